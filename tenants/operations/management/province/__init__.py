"""The sub-commands of `manage.py province`: functions of these modules, whose docstrings are their help texts."""

from collections.abc import Callable
from typing import Any

COMMANDS: dict[str, tuple[Callable[..., None], tuple[Any, ...]]] = {}
"""By name, what runs and its arguments."""


def argument(*names: str, **options: Any) -> tuple[tuple[str, ...], dict[str, Any]]:
    return names, options


SLUG = argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
ONLY = argument("--only", default="", metavar="BƯỚC,…", help="chỉ các bước này, ví dụ agencies,staff")
FORMAT = argument("--format", choices=["text", "json"], default="text", help="cách in kết quả")
BY = argument("--by", metavar="TÊN", default="", help="tên đăng nhập của người vận hành; không nêu thì hỏi")
WITHDRAW = argument("--withdraw", action="store_true", help="rút lại điều đã đề nghị, đã ghi")


def sub_command[Run: Callable[..., None]](name: str, *arguments: Any) -> Callable[[Run], Run]:
    """Makes a function a sub-command: it gets the terminal and, by their names, these arguments."""

    def register(run: Run) -> Run:
        COMMANDS[name] = run, arguments
        return run

    return register


def listed(text: str) -> tuple[str, ...]:
    """The words of an option like `--only agencies,staff`."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
