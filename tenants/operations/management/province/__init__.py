"""The sub-commands of `manage.py province`: each module lists those of one subject in `COMMANDS`.

The docstring of a sub-command is its help text. `run(terminal, …)` gets its arguments by name.
"""

from argparse import ArgumentParser


class SubCommand:
    """A sub-command of `manage.py province` for one province."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments after `province <name>`: the province, and more in subclasses."""
        parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")


def listed(text: str) -> tuple[str, ...]:
    """The words of an option like `--only agencies,staff`."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
