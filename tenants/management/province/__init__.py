"""The sub-commands of `manage.py province`: each module lists those of one subject in `COMMANDS`.

The docstring of a sub-command is its help text. `add_arguments(parser)` takes what follows `province <name>`,
`run(terminal, …)` gets those arguments by name.
"""

from argparse import ArgumentParser


def add_slug(parser: ArgumentParser) -> None:
    """The argument that names the province."""
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")


def listed(text: str) -> tuple[str, ...]:
    """The words of an option like `--only agencies,staff`."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
