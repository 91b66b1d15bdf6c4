"""Servers that outlive the process that started them.

Each holds a lock on `run/<name>.pid` as long as it lives, handed down by its parent: the kernel frees it with
the last holder, so that a number in the file is never taken for a stranger's.
"""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any


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


class StillRunning(EmbeddedError):
    def __init__(self, names: str, data_dir: Path) -> None:
        super().__init__(
            f"Lần chạy trước còn để lại {names} trên {data_dir}. Hãy dừng bằng `make stop` rồi chạy lại."
        )


# Servers in the order in which they are stopped; what is not named here (a step) comes first.
_STOP_ORDER = ("demo", "step", "web", "beat", "worker", "relay", "valkey", "postgres", "patroni", "etcd")
# PostgreSQL cuts sessions and shuts down at SIGINT; at SIGTERM it would wait for them.
_STOP_SIGNAL = {"postgres": signal.SIGINT}
_STOP_SECONDS = {"postgres": 40.0, "patroni-a": 40.0, "patroni-b": 40.0, "demo": 120.0}
_POLL_SECONDS = 0.02
_LOG_KEPT_BYTES = 5_000_000

# A child that ended stays a zombie until its parent asks for it.
_children: dict[int, subprocess.Popen[bytes]] = {}


def claim(data_dir: Path, name: str) -> IO[str]:
    """Open and lock the pid file of a server. Raises StillRunning when another process holds it."""
    folder = data_dir / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = (folder / f"{name}.pid").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise StillRunning(name, data_dir) from error
    file.truncate(0)
    return file


def launch(
    name: str,
    command: Sequence[str | Path],
    *,
    data_dir: Path,
    folder: Path,
    environment: Mapping[str, str],
    account: int | None = None,
    stale: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own (Ctrl-C does not reach it), its output in `logs/<name>.log`.

    `account`: the uid and gid to run as, where the caller is root. `stale`: what one that was killed may have
    left, and would make another refuse. Raises OSError when it cannot be started, StillRunning when it runs.
    """
    log = log_of(data_dir, name)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_KEPT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with claim(data_dir, name) as lock, log.open("ab") as output:
        if stale:
            stale.unlink(missing_ok=True)
        child = subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            cwd=folder,
            env=with_clock(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[lock.fileno()],
            **run_as(account),
        )
        lock.write(str(child.pid))
    _children[child.pid] = child
    return child


def launch_on_port(
    name: str,
    port: int | None,
    command: Callable[[int], Sequence[str | Path]],
    answers: Callable[[int], bool],
    **where: Any,
) -> int:
    """Start a server on `port`, or on another one where that is taken, and wait until it answers.

    Returns the port. Raises EmbeddedUnavailable or EmbeddedError with the end of its log.
    """
    log = log_of(where["data_dir"], name)
    for _attempt in range(3):  # between the choice of the port and its use another program may take it
        port = free_port(port)
        try:
            child = launch(name, command(port), **where)
        except OSError as error:
            raise EmbeddedUnavailable(name, str(error)) from error
        end = time.monotonic() + 90  # recovery after a power cut may take a while
        while child.poll() is None and time.monotonic() < end:
            if answers(port):
                return port
            time.sleep(_POLL_SECONDS)
        if child.poll() is None:
            stop_servers(where["data_dir"], name)
            break
    raise EmbeddedError(f"{name} không khởi động được. Cuối nhật ký {log}:\n{tail(log)}")


def running(data_dir: Path, name: str) -> int | None:
    """The number of a server that runs, or of whose processes one still does; else None."""
    with contextlib.suppress(FileNotFoundError), (data_dir / "run" / f"{name}.pid").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(file.read() or 0)
    return None


def all_running(data_dir: Path) -> list[str]:
    """Names of the servers that run on a folder, in the order in which they are to be stopped."""

    def place(name: str) -> int:
        return _STOP_ORDER.index(name.partition("-")[0])

    names = [path.stem for path in (data_dir / "run").glob("*.pid")]
    return sorted((name for name in names if running(data_dir, name) is not None), key=place)


def stop_servers(data_dir: Path, *names: str, number: int = 0) -> None:
    """Stop these in turn: ask each, give it time, then kill what is left of its group.

    `number`: another signal to ask with. Raises EmbeddedError when one survives or is another account's.
    """
    for name in names:
        pid = running(data_dir, name)
        if not pid:
            continue
        try:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number or _STOP_SIGNAL.get(name, signal.SIGTERM))
                _wait(data_dir, name, _STOP_SECONDS.get(name, 15.0), leader=pid)
            if name != "demo":  # its servers lead groups of their own
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
        except PermissionError as error:
            raise EmbeddedError(f"Tiến trình {pid} thuộc tài khoản khác, không dừng được.") from error
        if not _wait(data_dir, name, 5):
            raise EmbeddedError(f"Tiến trình {pid} ({name}) không chịu dừng.")
        if child := _children.pop(pid, None):
            child.wait()


def _wait(data_dir: Path, name: str, seconds: float, leader: int | None = None) -> bool:
    """Whether all of a server's processes ended in time. Raises ProcessLookupError when its `leader` did."""
    end = time.monotonic() + seconds
    while running(data_dir, name) is not None:
        if time.monotonic() > end:
            return False
        if child := _children.get(leader or 0):
            child.poll()
        if leader:
            os.kill(leader, 0)
        time.sleep(_POLL_SECONDS)
    return True


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
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def log_of(data_dir: Path, name: str) -> Path:
    """The file to which a server's output is appended."""
    return data_dir / "logs" / f"{name}.log"


def tail(log: Path, lines: int = 15) -> str:
    """Last lines of a log file; "" when there is none."""
    with contextlib.suppress(FileNotFoundError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    return ""
