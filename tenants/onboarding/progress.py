"""How far an apply is, for the person who waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str], None]
"""Takes one Vietnamese line."""
Draw = Callable[[float, str], None]
"""Takes how much is done, 0 to 1, and what is being done."""


class Progress:
    """A step calls it with a sentence, or says with `part` how much of itself is done."""

    def __init__(self, tell: Tell = lambda line: None, draw: Draw = lambda share, what: None) -> None:
        self._tell = tell
        self._draw = draw
        self._from, self._to, self._what = 0.0, 1.0, ""

    def __call__(self, line: str) -> None:
        """Say something besides."""
        self._tell(line)

    def part(self, share: float) -> None:
        """So much, 0 to 1, of what is being done is done."""
        self._draw(self._from + (self._to - self._from) * min(max(share, 0.0), 1.0), self._what)

    @contextmanager
    def span(self, begin: float, end: float, what: str) -> Iterator[None]:
        """Within the block `part` counts from `begin` to `end` of the whole."""
        self._from, self._to, self._what = begin, end, what
        self.part(0)
        yield
        self.part(1)
