"""The web server as an installation runs it, with its processes and their memory."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
READY_SECONDS = 90.0


@dataclass(frozen=True)
class Web:
    """A web server that answers on this port of this machine."""

    port: int
    process: "subprocess.Popen[bytes]"

    def memory(self) -> float:
        """MB of all its processes, shared pages counted once (PSS)."""
        return _memory(self.process.pid)


@contextmanager
def web_server(
    folder: Path, *, settings: str = "portal.settings", port: int = 0, plain: bool = False, **more: str
) -> Iterator[Web]:
    """Inside the block a web server stands on this process's database; `more` is part of its environment.

    `plain`: Granian alone, with as many processes and threads, and without the guards of `portal.server`.
    """
    port = port or free_port()
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": settings,
        "MESSAGING_CHANNELS": "sms",
        "NATIONAL_HOST": "localhost",
        "PUBLIC_SCHEME": "http",
        "PUBLIC_PORT": str(port),
        "DB_LOGIN": "runtime",
        "DEMO": "0",
        "DEBUG": "0",
        **more,
    }
    environ.pop("DATABASE_OWNER_URL")
    collect = (sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0")
    subprocess.run(collect, cwd=PROJECT, env=environ, check=True)
    log = folder / f"web-{port}.log"
    command = _plain(port) if plain else (sys.executable, "-m", "portal.server", "--port", str(port))
    with log.open("wb") as stream:
        web = subprocess.Popen(
            command, cwd=PROJECT, env=environ, stdout=stream, stderr=stream, start_new_session=True
        )
        try:
            _wait_until_it_answers(port, web, log)
            yield Web(port, web)
        finally:
            end(web)


def _plain(port: int) -> tuple[str, ...]:
    from django.conf import settings

    from portal.server.__main__ import processes

    options = {"interface": "wsgi", "http": "1", "workers": processes(), "port": port}
    options["blocking-threads"] = settings.WEB_THREADS
    given = (text for name, value in options.items() for text in (f"--{name}", str(value)))
    return (sys.executable, "-m", "granian", *given, "portal.wsgi:application")


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end, and kill its group after 20 seconds."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def database_memory() -> float:
    """MB of PostgreSQL's processes, shared pages counted once (PSS)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    return _memory(_parent(backend))


def _memory(ancestor: int) -> float:
    kilobytes = 0
    for process in _family(ancestor):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                kilobytes += int(line.split()[1])
    return kilobytes / 1024


def _family(ancestor: int) -> Iterable[int]:
    """This process and all below it."""
    parents = {int(one.name): _parent(int(one.name)) for one in Path("/proc").iterdir() if one.name.isdigit()}
    family = {ancestor}
    while more := {one for one, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _parent(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    except FileNotFoundError:  # it has just ended
        return 0


def _wait_until_it_answers(port: int, web: "subprocess.Popen[bytes]", log: Path) -> None:
    from portal.demo.plan import web_answers

    deadline = time.monotonic() + READY_SECONDS
    while not web_answers(port):
        if time.monotonic() > deadline or web.poll() is not None:
            raise RuntimeError(f"the web server does not answer\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)
