"""Steps and servers run as process groups, remembered on disk: the next run ends what a killed one left."""

import contextlib
import json
import os
import signal
from collections.abc import Mapping
from pathlib import Path

from portal.embedded import EmbeddedError, Process
from portal.embedded.files import write_private


def remember(record: Path, running: Mapping[str, Process]) -> None:
    """Write down which processes lead the groups that run now."""
    write_private(record, {name: [process.pid, process.started] for name, process in running.items()})


def left_overs(record: Path, environment: Mapping[str, str]) -> dict[str, Process]:
    """Groups in the record of which something still runs, by name.

    Where only members are left (their leader was killed too), they count on Linux if they carry this
    environment; elsewhere they cannot be told from strangers and stay.
    """
    try:
        left = json.loads(record.read_text())
        processes = {name: Process(int(pid), str(started)) for name, (pid, started) in left.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}
    return {
        name: process
        for name, process in processes.items()
        if process.alive() or _members_carry(process.pid, environment)
    }


def _members_carry(group: int, environment: Mapping[str, str]) -> bool:
    wanted = {f"{name}={value}".encode() for name, value in environment.items()}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):  # it ended meanwhile, or is another account's
            if os.getpgid(int(folder.name)) == group:
                return wanted <= set((folder / "environ").read_bytes().split(b"\0"))
    return False


def end(process: Process, seconds: float) -> None:
    """Ask the leader to stop and give it so many seconds, then kill what is left of its group."""
    with contextlib.suppress(EmbeddedError):
        process.stop((signal.SIGTERM, seconds))
    # While members are left, the number of their group is given to nobody else; afterwards it may be.
    if Process.of(process.pid) in (None, process):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)
