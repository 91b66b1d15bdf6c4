"""Carries out a plan: services, steps, servers; waits; stops everything in order."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portal import embedded
from portal.demo import status_file
from portal.demo.plan import COUNTS, Plan, PlanError, Server, Step, port_is_free
from portal.embedded import patroni
from portal.embedded.files import Services, usable, write_private
from portal.embedded.processes import (
    EmbeddedError,
    StillRunning,
    all_running,
    claim,
    launch,
    log_of,
    running,
    stop_servers,
    tail,
)

_PREPARED = "demo-prepared.json"
_ANNOUNCEMENT = "demo.json"
# What RESET=1 removes beside the services; the secrets stay, other files are not ours.
_DATA = (_ANNOUNCEMENT, _PREPARED, "demo-seed.json", "beat*", "files", "logs", COUNTS)
_PROGRESS = "hồ sơ minh họa"
"""So ends a line with which a step says how far it is."""
_READY_SECONDS = 90
_WATCH_SECONDS = 0.1
_ROLES_SECONDS = 0.5
_DEATHS_BORNE = 6
_DEATHS_WITHIN_SECONDS = 60.0

STOPPED, FAILED, MISUSED = 0, 1, 2


class _StopAsked(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""


def say(line: str) -> None:
    """Show a line at once, even through a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def stop(data_dir: Path) -> int:
    """End what runs on a folder, a demonstration or the servers of a killed one. Returns the exit code."""
    try:
        with usable(data_dir):
            left = embedded.stop_all(data_dir, *all_running(data_dir))
    except EmbeddedError as error:
        say(str(error))
        return FAILED
    (data_dir / _ANNOUNCEMENT).unlink(missing_ok=True)
    say(f"Đã dừng {', '.join(left)}." if left else "Không có gì đang chạy.")
    return STOPPED


def run(plan: Plan, *, reset: bool = False) -> int:
    """Run the demonstration until it is shown to stop (Ctrl-C, SIGTERM) or something dies.

    Returns the exit code: 0 stopped when asked; 1 a step or server failed, after stopping the rest;
    2 nothing was started (port in use, another demonstration or servers of a killed one on this DATA_DIR).
    """
    try:
        with usable(plan.data_dir), _alone(plan.data_dir):
            return _Supervisor(plan).run(reset=reset)
    except (PlanError, StillRunning, patroni.ProgramMissing) as error:
        say(str(error))
        return MISUSED
    except EmbeddedError as error:
        say(str(error))
        return FAILED


@contextlib.contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Hold DATA_DIR against a second demonstration; a killed holder frees it."""
    try:
        lock = claim(data_dir, "demo")
    except StillRunning as error:
        raise PlanError(f"Một bản minh họa khác đang chạy trên {data_dir}. Hãy dừng nó trước.") from error
    with lock:
        lock.write(str(os.getpid()))
        lock.flush()
        if left := _others_running(data_dir):
            raise StillRunning(", ".join(left), data_dir)
        yield


def _others_running(data_dir: Path) -> list[str]:
    return [name for name in all_running(data_dir) if name != "demo"]


class _Supervisor:
    def __init__(self, plan: Plan) -> None:
        self.plan, self.data_dir = plan, plan.data_dir
        self._environment = {**os.environ, **plan.environment}
        self._services = Services()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._deaths: list[float] = []
        self._stop_asked = False
        self._said: dict[str, Any] = {}
        self._roles_asked = float("-inf")

    def run(self, *, reset: bool) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # Only a mark: an exception here could tear a start in two and lose the child it just made.
            signal.signal(number, lambda *_: setattr(self, "_stop_asked", True))
        for port in (self.plan.port, *self.plan.province_ports.values()):
            if not port_is_free(self.plan.host, port):
                raise PlanError(
                    f"Cổng {port} đang có chương trình khác dùng. Hãy dừng chương trình đó, "
                    f"hoặc chọn cổng khác: make demo PORT={port + 10}"
                )
        if self.plan.ha:
            patroni.require(self.data_dir)
        try:
            if reset:
                self._reset()
            self._bring_up()
            while True:
                self._pause()
                self._mend_what_died()
                self._follow_roles()
        except _StopAsked:
            say("\nĐang dừng…")
        finally:
            (self.data_dir / _ANNOUNCEMENT).unlink(missing_ok=True)
            # Web, beat, worker, relay, Valkey, PostgreSQL: nothing loses what it stands on while it works.
            embedded.stop_all(self.data_dir, *_others_running(self.data_dir))
            say("Đã dừng.")
        return STOPPED

    def _pause(self, seconds: float = _WATCH_SECONDS) -> None:
        time.sleep(seconds)
        if self._stop_asked:
            raise _StopAsked

    def _reset(self) -> None:
        say("Đang xóa dữ liệu minh họa cũ…")
        embedded.reset(self.data_dir)
        for path in [path for pattern in _DATA for path in self.data_dir.glob(pattern)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _bring_up(self) -> None:
        with _timed("Hai máy PostgreSQL, etcd và Valkey" if self.plan.ha else "PostgreSQL và Valkey"):
            self._services = embedded.start(self.data_dir, ha=self.plan.ha)
            embedded.ensure_secrets(self.data_dir)
        self._prepare_data()
        shutil.rmtree(self.data_dir / COUNTS, ignore_errors=True)
        # Nobody waits for the last one, the safety net.
        *awaited, last = self.plan.servers
        with _timed("Trang web, bộ hẹn giờ và tiến trình nền"):
            for server in awaited:
                self._launch(server)
            self._wait_until_ready(awaited)
        self._launch(last)
        self._announce()

    def _prepare_data(self) -> None:
        marker = self.data_dir / _PREPARED
        fingerprint = self.plan.fingerprint(self._services.database_url)
        with contextlib.suppress(OSError, ValueError):
            if json.loads(marker.read_text()) == fingerprint:
                say("• Dữ liệu minh họa: đã có, giữ nguyên")
                return
        for number, step in enumerate(self.plan.steps, 1):
            with _timed(step.title):
                self._run_step(number, step)
        write_private(marker, fingerprint)

    def _run_step(self, number: int, step: Step) -> None:
        # What is written here is written again by the next run, should the machine fail before the disk has it.
        environment = {
            **self._environment,
            "PGOPTIONS": "-c synchronous_commit=off",
            "PYTHONUNBUFFERED": "1",  # its log is read while it works
        }
        children, shown = {}, dict[str, str]()
        for place, command in enumerate(step.commands, 1):
            name = f"step-{number}-{place}"
            log_of(self.data_dir, name).unlink(missing_ok=True)
            children[name] = self._start(name, command, environment)
        working = True
        while working:
            self._pause()
            working = any(child.poll() is None for child in children.values())
            for name in children:
                line = tail(log_of(self.data_dir, name), 1)
                if line.endswith(_PROGRESS) and line != shown.get(name):
                    say(line)
                    shown[name] = line
        for name, child in children.items():
            if child.returncode:
                raise self._failure(name, "Bước này không xong.")

    def _start(
        self, name: str, command: tuple[str, ...], environment: dict[str, str]
    ) -> "subprocess.Popen[bytes]":
        folder = self.plan.project
        return launch(name, command, data_dir=self.data_dir, folder=folder, environment=environment)

    def _launch(self, server: Server) -> None:
        """Servers get the addresses they need and never the owner's."""
        environment = {
            **self._environment,
            "DATABASE_URL": self._services.database_url,
            "REDIS_URL": self._services.redis_url,
        }
        for name in ("DATABASE_OWNER_URL", "DB_LOGIN"):
            environment.pop(name, None)
        self._children[server.name] = self._start(server.name, server.command, environment)

    def _wait_until_ready(self, servers: list[Server]) -> None:
        end = time.monotonic() + _READY_SECONDS
        waiting = [server for server in servers if server.ready]
        while waiting:
            for name in self._dead():
                raise self._failure(name, f"{name} đã dừng đột ngột.")
            waiting = [server for server in waiting if server.ready and not server.ready()]
            if waiting and time.monotonic() > end:
                name = waiting[0].name
                raise self._failure(name, f"{name} không trả lời sau {_READY_SECONDS} giây.")
            self._pause()

    def _announce(self) -> None:
        services = ("valkey", *patroni.SERVERS) if self.plan.ha else ("valkey", "postgres")
        pids = {name: running(self.data_dir, name) for name in (*self._children, *services)}
        try:
            said = status_file.compose(self.plan, pids)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise EmbeddedError(f"Không đọc được kết quả nạp dữ liệu minh họa ({error!r}).") from error
        self._said = status_file.with_nodes(said, patroni.nodes(self.data_dir)) if self.plan.ha else said
        write_private(self.data_dir / _ANNOUNCEMENT, self._said)
        say(status_file.as_text(self.plan, self._said))

    def _follow_roles(self) -> None:
        """Keep the file true when another node leads; the terminal hears of leaders only."""
        if not self.plan.ha or time.monotonic() - self._roles_asked < _ROLES_SECONDS:
            return
        self._roles_asked = time.monotonic()
        nodes = patroni.nodes(self.data_dir)
        if nodes == self._said["database"]["nodes"]:
            return
        before, self._said = self._said, status_file.with_nodes(self._said, nodes)
        write_private(self.data_dir / _ANNOUNCEMENT, self._said)
        leader = self._said["pids"]["postgres"]
        if leader and leader != before["pids"]["postgres"]:
            say(f"PostgreSQL: tiến trình {leader} đang dẫn đầu.")

    def _dead(self) -> list[str]:
        outside = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
        if self.plan.ha:
            outside = dict.fromkeys(("valkey", *patroni.SERVERS), "") | {"valkey": "REDIS_URL"}
        ours = [name for name, variable in outside.items() if not os.environ.get(variable)]
        dead = [name for name in ours if running(self.data_dir, name) is None]
        return dead + [name for name, child in self._children.items() if child.poll() is not None]

    def _mend_what_died(self) -> None:
        """Start again what was killed, services first; give up when it keeps dying."""
        dead = self._dead()
        if not dead:
            return
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _DEATHS_WITHIN_SECONDS] + [now] * len(dead)
        if len(self._deaths) > _DEATHS_BORNE:
            raise self._failure(dead[0], f"{dead[0]} đã dừng đột ngột nhiều lần.")
        say(f"{', '.join(dead)} đã dừng đột ngột; đang khởi động lại.")
        self._services = embedded.start(self.data_dir, ha=self.plan.ha)
        for server in self.plan.servers:
            if server.name in dead:
                stop_servers(self.data_dir, server.name)  # its children may have outlived it
                self._launch(server)
        self._announce()

    def _failure(self, name: str, what: str) -> EmbeddedError:
        log = log_of(self.data_dir, name)
        return EmbeddedError(f"\n{what} Cuối nhật ký {log}:\n{tail(log, 25)}")


@contextlib.contextmanager
def _timed(title: str) -> Iterator[None]:
    say(f"• {title}…")
    began = time.monotonic()
    yield
    seconds = f"{time.monotonic() - began:.1f}".replace(".", ",")
    say(f"  xong sau {seconds} giây")
