"""Servers that outlive the process that started them, told apart from strangers with the same number."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


class EmbeddedError(RuntimeError):
    """The embedded services cannot be started or stopped; the message is for people, in Vietnamese."""


class EmbeddedUnavailable(EmbeddedError):
    """This machine has no embedded service at all; the message names the variables to set instead."""

    def __init__(self, service: str, cause: str = "") -> None:
        why = f" ({cause})" if cause else ""
        super().__init__(
            f"Máy này không có {service} nhúng{why}. Hãy dùng PostgreSQL 18 và Valkey có sẵn: "
            "đặt DATABASE_URL, DATABASE_OWNER_URL và REDIS_URL rồi chạy lại."
        )


_POLL_SECONDS = 0.02
_LOG_KEPT_BYTES = 5_000_000

# A child that ended stays a zombie until its parent asks for it.
_children: dict[int, subprocess.Popen[bytes]] = {}


@dataclass(frozen=True, slots=True)
class Process:
    """A process by its number and the moment it was born, so that a recycled number is never taken for it."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Process | None":
        """The living process with this number; None when there is none."""
        started = _birth(pid)
        return cls(pid, started) if started else None

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        child = _children.get(self.pid)
        if child is not None and child.poll() is not None:
            del _children[self.pid]
        return _birth(self.pid) == self.started

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so many seconds; True when it ended."""
        end = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() > end:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def stop(self, *tries: tuple[signal.Signals, float]) -> None:
        """Send each signal in turn and wait its seconds, until the process has ended.

        Raises EmbeddedError when it survives the last one or belongs to another account.
        """
        for number, seconds in tries:
            if not self.alive():
                return
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return
            except PermissionError as error:
                raise EmbeddedError(
                    f"Tiến trình {self.pid} thuộc tài khoản khác, không dừng được."
                ) from error
            if self.wait(seconds):
                return
        raise EmbeddedError(f"Tiến trình {self.pid} không chịu dừng.")


@cache
def _boot() -> str:
    """Which boot of the machine this is: birth times on Linux count from there."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _birth(pid: int) -> str | None:
    if pid <= 0:
        return None
    if Path("/proc/self/stat").exists():
        try:
            # The name, in brackets, may itself hold brackets and spaces; state and times come after it.
            fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else f"{_boot()}:{fields[19]}"
    return None if "Z" in _ps(pid, "stat") else _ps(pid, "lstart") or None


def _ps(pid: int, column: str) -> str:
    command = ["/bin/ps", "-o", f"{column}=", "-p", str(pid)]
    answer = subprocess.run(command, capture_output=True, env={"LC_ALL": "C"}, check=False)  # noqa: S603
    return answer.stdout.decode(errors="replace").strip()


def _arguments(pid: int) -> list[str]:
    """Program and arguments of a process; [] when it has ended."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return [word.decode(errors="surrogateescape") for word in words]
    except (FileNotFoundError, ProcessLookupError):
        return [] if Path("/proc/self/stat").exists() else [_ps(pid, "comm"), _ps(pid, "command")]


def named_by(pid_file: Path, *, program: str, config: Path) -> Process | None:
    """The server that wrote this pid file and still runs with this configuration file.

    None when it ended, or when its number now belongs to something else. Raises EmbeddedError when the
    number belongs to the same program run from elsewhere (the folder was moved under a running server):
    two servers on one folder would destroy it.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None
    process = Process.of(pid)
    arguments = _arguments(pid) if process else []
    if process is None or not arguments or not Path(arguments[0]).name.startswith(program):
        return None
    if any(str(config) in argument for argument in arguments):
        return process
    raise EmbeddedError(
        f"Một {program} khác (tiến trình {pid}) có thể đang dùng thư mục {pid_file.parent}. "
        "Hãy dừng nó rồi chạy lại."
    )


def launch(
    command: Iterable[str | Path],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
    account: int | None = None,
) -> Process:
    """Start a server in a session of its own (Ctrl-C does not reach it), its output appended to `log`.

    `account`: the uid and gid to run as, where the caller is root. Raises OSError when it cannot be started.
    """
    child = start_child(command, folder=folder, log=log, environment=environment, account=account)
    _children[child.pid] = child
    return Process.of(child.pid) or Process(child.pid, "ended")


def start_child(
    command: Iterable[str | Path],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str],
    account: int | None = None,
) -> subprocess.Popen[bytes]:
    """The same for a command whose exit code the caller wants, and must ask for."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            cwd=folder,
            env=with_clock(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **run_as(account),
        )


def with_clock(environment: Mapping[str, str]) -> dict[str, str]:
    """The same variables, and those by which libfaketime shifted the clock of this process, if it did.

    Services on the real clock would disagree with their caller about the day.
    """
    if "FAKETIME" not in os.environ:
        return dict(environment)
    shifted = {name for name in os.environ if name == "LD_PRELOAD" or name.startswith("FAKETIME")}
    return {**environment, **{name: os.environ[name] for name in shifted}}


def run_as(account: int | None) -> dict[str, Any]:
    """Arguments of subprocess for running as another uid, without any group of ours."""
    return {} if account is None else {"user": account, "group": account, "extra_groups": []}


def free_port(wanted: int | None) -> int:
    """`wanted` when nobody listens there on 127.0.0.1, else another free port."""
    for port in (wanted or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise EmbeddedError("Không còn cổng mạng nào trống trên 127.0.0.1.")


def tail(log: Path, lines: int = 15) -> str:
    """Last lines of a log file; "" when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 20_000))
            return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    except FileNotFoundError:
        return ""
