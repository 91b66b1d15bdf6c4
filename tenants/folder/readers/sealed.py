"""Programs that read what strangers wrote: each a process of its own, without secrets, with little memory and time.

Such a program lies in a file that the portal never imports, and imports nothing of the portal itself. Its process runs
this file, isolated from the folder and the environment, which calls the program's `main` with `confine` and the
arguments.
"""

import runpy
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO


def start(
    program: Path, *arguments: str, stdin: IO[bytes] | int = subprocess.PIPE, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """A process of this program. What it says of its errors is lost; nothing bounds it before it confines itself."""
    return subprocess.Popen(  # noqa: S603 - our own program; what strangers wrote comes on its input
        [sys.executable, "-I", "-W", "ignore", __file__, str(program), *arguments],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=cwd,
        env={},
    )


def confine(seconds: int, memory: int) -> None:
    """From here on this process takes no more seconds of a processor (-1: any) and bytes of memory, and writes no file.

    No limit where the system has none.
    """
    try:
        import resource
    except ImportError:
        return
    limits = {"RLIMIT_CPU": seconds, "RLIMIT_AS": memory, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
    for name, most in limits.items():
        with suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, name), (most, most))


if __name__ == "__main__":
    runpy.run_path(sys.argv[1])["main"](confine, *sys.argv[2:])
