"""`docker compose up` on a new machine: its own command lines, in their order, on servers that hold nothing.

No container engine is needed: what the image is built from is copied, and each command runs there with the
environment that Compose would give to it.
"""

import contextlib
import http.client
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import Celery
from redis import Redis, RedisError

from portal import embedded
from tests.system.composing import HOST, Machine, services

pytestmark = pytest.mark.committed

SECONDS = 90
SERVERS = ("postgres", "valkey", "proxy")
OF_PROXY = {"Host": HOST, "X-Forwarded-Proto": "https"}


class Running:
    """Processes by the name of their service; what each said stands in its log."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine, self.folder = machine, folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=self.machine.image,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def until(self, name: str, condition: Callable[[], Any]) -> Any:
        """What `condition` says once it says anything; the process must go on running meanwhile."""
        end = time.monotonic() + SECONDS
        while self.processes[name].poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError, RedisError, http.client.HTTPException):
                if found := condition():
                    return found
        raise AssertionError(f"{name}: {self.log(name)}")

    def stop(self) -> None:
        for process in self.processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The image, its secrets, and the two servers as Compose starts them, holding nothing."""
    folder = tmp_path_factory.mktemp("machine")
    made = Machine(folder)
    compose = services("compose.yaml")
    options = dict(one.split("=") for one in re.findall(r"-c (\S+)", compose["postgres"]["command"]))
    port = free_port()
    queue = Running(made, folder)
    queue.start("valkey", [*made.command(compose["valkey"]), "--port", str(port), "--dir", str(folder)], {})
    password = made.secret("valkey_conf").split()[1]
    try:
        queue.until("valkey", Redis(port=port, password=password).ping)
        made.secret("redis_url", f"redis://:{password}@127.0.0.1:{port}/0")
        with pytest.MonkeyPatch.context() as patched:
            patched.delenv("DATABASE_URL")
            database = embedded.start(folder / "servers", fsync=False, settings=options)
        made.secret("database_url", database.database_url)
        made.secret("database_owner_url", database.database_owner_url)
        # These two an operator brings along.
        for name in ("s3_access_key", "s3_secret_key"):
            made.secret(name, "minh-hoa")
        yield made
    finally:
        queue.stop()
        embedded.reset(folder / "servers")


def empty_database(machine: Machine, name: str) -> None:
    """A new database, in which nothing was made, under the addresses that the secrets hold."""
    with psycopg.connect(machine.secret("database_owner_url"), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")
    for secret in ("database_url", "database_owner_url"):
        machine.secret(secret, f"{machine.secret(secret).rpartition('/')[0]}/{name}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str, headers: Mapping[str, str] = OF_PROXY) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.deep
@pytest.mark.parametrize("files", [("compose.yaml",), ("compose.yaml", "compose.scaled.yaml")], ids=len)
def test_every_command_of_compose_runs_on_empty_servers(machine, tmp_path, files):
    empty_database(machine, f"moi_{len(files)}")
    compose = {name: one for name, one in services(*files).items() if name not in SERVERS}
    commands = {name: machine.command(one) for name, one in compose.items()}
    environments = {name: machine.environment(one) for name, one in compose.items()}

    def run(name: str) -> None:
        ended = subprocess.run(
            commands[name], cwd=machine.image, env=environments[name], capture_output=True, check=False
        )
        assert ended.returncode == 0, f"{shlex.join(commands[name])}: {ended.stderr.decode()}"

    run("migrate")
    port = free_port()
    commands["web"] += ["--port", str(port)]
    # Python would quietly take another folder.
    assert Path(environments["web"]["TMPDIR"]).is_dir()
    running = Running(machine, tmp_path)
    celery = Celery(broker=machine.secret("redis_url"), set_as_current=False)
    signs = {
        "web": lambda: get(port, "/healthz")[0] == 200,
        "worker": lambda: celery.control.ping(timeout=1, limit=1),
        "relay": lambda: "relay.started" in running.log("relay"),
        "beat": lambda: any((machine.folder / "memory").iterdir()),
    }
    assert set(compose) == {"migrate", "backup", *signs}
    try:
        for name in signs:
            running.start(name, commands[name], environments[name])
        for name, sign in signs.items():
            running.until(name, sign)
        # The probe of the machine itself, which names no host of the portal.
        assert get(port, "/readyz", {})[0] == 200
        status, page = get(port, "/")
        assert status == 200
        sheet = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert sheet
        assert get(port, sheet[1])[0] == 200
    finally:
        running.stop()
    run("backup")
