"""Carries out a plan: services, steps, servers; waits; stops everything in order.

Steps and servers run as process groups that are recorded on disk: the next run ends what a killed one left.
"""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType

from portal import embedded
from portal.demo import status_file
from portal.demo.plan import COUNTS, Plan, PlanError, Server, port_is_free
from portal.embedded import EmbeddedError
from portal.embedded.files import another_account, prepare, write_private
from portal.embedded.processes import Process, launch, start_child, tail

_PREPARED = "demo-prepared.json"
_PROCESSES = "demo-processes.json"
_ANNOUNCEMENT = "demo.json"
# What RESET=1 removes beside the services; the secrets stay, other files are not ours.
_DATA = (_ANNOUNCEMENT, _PREPARED, _PROCESSES, "demo-seed.json", "beat*", "files", "logs", COUNTS)
_READY_SECONDS = 90
_POLL_SECONDS = 0.05
_DEATHS_BORNE = 6
_DEATHS_WITHIN_SECONDS = 60.0
_WATCH_SECONDS = 0.2

STOPPED, FAILED, MISUSED = 0, 1, 2


class _StopAsked(Exception):
    """Ctrl-C, SIGTERM or a closed terminal."""


class _Failure(Exception):
    """The demonstration cannot go on; the message says why, in Vietnamese."""


def say(line: str) -> None:
    """Show a line at once, even through a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def run(plan: Plan, *, reset: bool = False) -> int:
    """Run the demonstration until it is told to stop (Ctrl-C, SIGTERM) or something dies.

    Returns the exit code: 0 stopped when asked; 1 a step or server failed, after stopping the rest;
    2 nothing was started (port in use, another demonstration on the same DATA_DIR).
    """
    try:
        supervisor = _Supervisor(plan)
        with supervisor.alone():
            return supervisor.run(reset=reset)
    except PlanError as error:
        say(str(error))
        return MISUSED
    except embedded.EmbeddedError as error:
        say(str(error))
        return FAILED
    except PermissionError:
        say(str(another_account(plan.data_dir)))
        return FAILED


class _Supervisor:
    def __init__(self, plan: Plan) -> None:
        self._deaths: list[float] = []
        self.plan = plan
        self.data_dir = prepare(plan.data_dir)
        self._record = self.data_dir / _PROCESSES
        self.services: embedded.Services | None = None
        self.running: dict[str, Process] = {}
        self._services_wanted = False
        self._stop_asked = False

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold DATA_DIR against a second demonstration; a killed holder frees it."""
        import fcntl

        with (self.data_dir / "demo.lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise PlanError(
                    f"Một bản minh họa khác đang chạy trên {self.data_dir}. Hãy dừng nó trước."
                ) from error
            yield

    def run(self, *, reset: bool) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        code = STOPPED
        try:
            self._clear_left_overs()
            self._check_ports()
            if reset:
                self._reset()
            self._bring_up()
            self._watch()
        except _StopAsked:
            say("\nĐang dừng…")
        except _Failure as failure:
            say(f"\n{failure}")
            code = FAILED
        finally:
            self._stop_everything()
        say("Đã dừng.")
        return code

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        # Only a mark: an exception here could tear a start in two and lose the child it just made.
        self._stop_asked = True

    def _pause(self, seconds: float) -> None:
        time.sleep(seconds)
        if self._stop_asked:
            raise _StopAsked

    # --- Up

    def _clear_left_overs(self) -> None:
        """End the servers of a run that was killed; the services are reused."""
        (self.data_dir / _ANNOUNCEMENT).unlink(missing_ok=True)
        left = _left_over_groups(self._record, {"DATA_DIR": str(self.data_dir)})
        if left:
            say(f"Lần chạy trước chưa dừng hẳn; đang dừng {', '.join(left)}…")
        for process in left.values():
            _end_group(process, 10)
        self._record.unlink(missing_ok=True)

    def _check_ports(self) -> None:
        for port in self.plan.ports:
            if not port_is_free(self.plan.bind_address, port):
                raise PlanError(
                    f"Cổng {port} đang có chương trình khác dùng. Hãy dừng chương trình đó, "
                    f"hoặc chọn cổng khác: make demo PORT={port + 10}"
                )

    def _reset(self) -> None:
        say("Đang xóa dữ liệu minh họa cũ…")
        embedded.reset(self.data_dir)
        for pattern in _DATA:
            for path in self.data_dir.glob(pattern):
                _delete(path)

    def _bring_up(self) -> None:
        with _timed("PostgreSQL và Valkey"):
            self._services_wanted = True
            self.services = services = embedded.start(self.data_dir)
            embedded.ensure_secrets(self.data_dir)
        self._pause(0)
        self._prepare_data(services)
        shutil.rmtree(self.data_dir / COUNTS, ignore_errors=True)
        with _timed("Trang web, bộ hẹn giờ và tiến trình nền"):
            for server in self.plan.servers:
                if not server.later:
                    self._launch(server, services)
            self._wait_until_ready()
        for server in self.plan.servers:
            if server.later:
                self._launch(server, services)
        self._announce(services)

    def _prepare_data(self, services: embedded.Services) -> None:
        marker = self.data_dir / _PREPARED
        fingerprint = self.plan.fingerprint(str(services.pgdata or services.database_url))
        with contextlib.suppress(OSError, ValueError):
            if json.loads(marker.read_text()) == fingerprint:
                say("• Dữ liệu minh họa: đã có, giữ nguyên")
                return
        for number, step in enumerate(self.plan.steps, 1):
            with _timed(step.title):
                self._run_step(f"step-{number}", step.command)
        write_private(marker, fingerprint)

    def _run_step(self, name: str, command: tuple[str, ...]) -> None:
        self._log(name).unlink(missing_ok=True)
        child = start_child(
            command, folder=self.plan.project, log=self._log(name), environment=self._environment()
        )
        process = Process.of(child.pid)
        if process:
            _remember_groups(self._record, {name: process})
        try:
            while child.poll() is None:
                self._pause(_POLL_SECONDS)
        except _StopAsked:
            if process:
                _end_group(process, 10)
            raise
        if child.returncode:
            raise _Failure(self._last_words(name, "Bước này không xong."))

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.plan.environment}

    def _server_environment(self, services: embedded.Services) -> dict[str, str]:
        """Servers get the addresses they need and never the owner's."""
        inherited = {
            name: value
            for name, value in self._environment().items()
            if name not in ("DATABASE_OWNER_URL", "DB_LOGIN")
        }
        return {**inherited, "DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}

    def _launch(self, server: Server, services: embedded.Services) -> None:
        self.running[server.name] = launch(
            server.command,
            folder=self.plan.project,
            log=self._log(server.name),
            environment=self._server_environment(services),
        )
        # At once, so that the next run finds it if this one is killed here.
        _remember_groups(self._record, self.running)

    def _wait_until_ready(self) -> None:
        waiting = {server.name: server.ready for server in self.plan.servers if server.ready}
        end = time.monotonic() + _READY_SECONDS
        while waiting:
            self._fail_if_something_died()
            waiting = {name: ready for name, ready in waiting.items() if not ready()}
            if waiting and time.monotonic() > end:
                name = next(iter(waiting))
                raise _Failure(self._last_words(name, f"{name} không trả lời sau {_READY_SECONDS} giây."))
            self._pause(_POLL_SECONDS if waiting else 0)

    def _announce(self, services: embedded.Services) -> None:
        pids: dict[str, int | None] = {name: process.pid for name, process in self.running.items()}
        pids["valkey"] = services.valkey.pid if services.valkey else None
        pids["postgres"] = services.postgres.pid if services.postgres else None
        try:
            said = status_file.compose(self.plan, pids)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise _Failure(f"Không đọc được kết quả nạp dữ liệu minh họa ({error!r}).") from error
        write_private(self.data_dir / _ANNOUNCEMENT, said)
        say(status_file.as_text(self.plan, said))

    # --- While it runs

    def _watch(self) -> None:
        while True:
            self._mend_what_died()
            self._pause(_WATCH_SECONDS)

    def _dead(self) -> list[str]:
        services = self.services
        ours = {"valkey": services and services.valkey, "postgres": services and services.postgres}
        return [name for name, process in {**ours, **self.running}.items() if process and not process.alive()]

    def _fail_if_something_died(self) -> None:
        """While coming up nothing may die."""
        for name in self._dead():
            raise _Failure(self._last_words(name, f"{name} đã dừng đột ngột."))

    def _mend_what_died(self) -> None:
        """Once up, start again what was killed, services first; give up when it keeps dying."""
        dead = self._dead()
        if not dead or self.services is None:
            return
        now = time.monotonic()
        self._deaths = [at for at in self._deaths if now - at < _DEATHS_WITHIN_SECONDS] + [now] * len(dead)
        if len(self._deaths) > _DEATHS_BORNE:
            raise _Failure(self._last_words(dead[0], f"{dead[0]} đã dừng đột ngột nhiều lần."))
        say(f"{', '.join(dead)} đã dừng đột ngột; đang khởi động lại.")
        if not {"valkey", "postgres"}.isdisjoint(dead):
            self.services = embedded.start(self.data_dir)
        for server in self.plan.servers:
            if server.name in dead:
                self._launch(server, self.services)
        self._announce(self.services)

    def _log(self, name: str) -> Path:
        return self.data_dir / "logs" / f"{name}.log"

    def _last_words(self, name: str, what: str) -> str:
        log = self._log(name)
        return f"{what} Cuối nhật ký {log}:\n{tail(log, 25)}"

    # --- Down

    def _stop_everything(self) -> None:
        """Web, beat, worker, relay, Valkey, PostgreSQL: nothing loses what it stands on while it still works."""
        (self.data_dir / _ANNOUNCEMENT).unlink(missing_ok=True)
        for server in self.plan.servers:
            if server.name in self.running:
                _end_group(self.running[server.name], server.stop_seconds)
        self._record.unlink(missing_ok=True)
        if self._services_wanted:
            embedded.stop(embedded.find_running(self.data_dir))


def _delete(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


@contextlib.contextmanager
def _timed(title: str) -> Iterator[None]:
    """Announce a piece of work, then how long it took."""
    say(f"• {title}…")
    began = time.monotonic()
    yield
    seconds = f"{time.monotonic() - began:.1f}".replace(".", ",")
    say(f"  xong sau {seconds} giây")


def _remember_groups(record: Path, running: Mapping[str, Process]) -> None:
    """Write down which processes lead the groups that run now."""
    write_private(record, {name: [process.pid, process.started] for name, process in running.items()})


def _left_over_groups(record: Path, environment: Mapping[str, str]) -> dict[str, Process]:
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


def _end_group(process: Process, seconds: float) -> None:
    """Ask the leader to stop and give it so many seconds, then kill what is left of its group."""
    with contextlib.suppress(EmbeddedError):
        process.stop((signal.SIGTERM, seconds))
    # While members are left, the number of their group is given to nobody else; afterwards it may be.
    if Process.of(process.pid) in (None, process):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait(5)
