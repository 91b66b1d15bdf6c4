"""`make demo` as a whole: what it prints and leaves, how it stops, what it survives. Stand-ins do the work."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from portal import embedded
from portal.demo.supervisor import stop
from portal.embedded import processes
from tests.faults.processes import wait_until

PROJECT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).with_name("demo_stand_in.py")
ELSEWHERE = {
    "DATABASE_URL": "postgresql://runtime@db.example/portal",
    "DATABASE_OWNER_URL": "postgresql://owner@db.example/portal",
    "REDIS_URL": "redis://cache.example/0",
}
SECONDS = 20


def quiet_port() -> int:
    """A free port, with free ones after it, below those that the system gives to passing connections."""
    while True:
        first = random.randrange(20_000, 30_000)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            for port in range(first, first + 4):
                stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            return first


class Demo:
    """One run of the supervisor in a process of its own."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.data_dir, self.port = Path(environment["DATA_DIR"]), environment["PORT"]
        self.output = folder / f"output-{time.monotonic_ns()}"
        self._relays_before = self._relays()
        bare = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
        with self.output.open("wb") as output:
            self.child = subprocess.Popen(
                [sys.executable, STAND_IN, "supervise"],
                env={**bare, "PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1", **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    @property
    def said(self) -> dict[str, object]:
        return json.loads((self.data_dir / "demo.json").read_text())

    @property
    def trace(self) -> list[str]:
        return (self.data_dir / "trace").read_text().splitlines()

    def _relays(self) -> int:
        trace = self.data_dir / "trace"
        return sum(line.startswith("relay up") for line in self.trace) if trace.exists() else 0

    def until_up(self, seconds: float = SECONDS) -> "Demo":
        """Until it says so; and until the relay is there, for which it does not wait itself."""
        wait_until(
            lambda: "Nhấn Ctrl-C để dừng." in self.text or self.child.poll() is not None,
            seconds,
            "it",
            every=0.02,
        )
        assert self.child.poll() is None, self.text
        wait_until(lambda: self._relays() > self._relays_before, SECONDS, "it", every=0.02)
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.child.send_signal(number)
        return self.child.wait(4 * SECONDS)


def services_elsewhere(folder: Path) -> dict[str, str]:
    """So that no test waits for servers that it does not look at."""
    (folder / "provinces").mkdir()
    (folder / "provinces" / "daklak.yaml").write_text("name: Đắk Lắk")
    return {"DATA_DIR": str(folder / "data"), "PORT": str(quiet_port()), **ELSEWHERE}


@contextlib.contextmanager
def supervising(folder: Path, environment: dict[str, str]) -> Iterator[Callable[..., Demo]]:
    """Starts a supervisor; whatever it leaves is ended after the block."""
    runs: list[Demo] = []

    def start(**more: str) -> Demo:
        runs.append(Demo(folder, {**environment, **more}))
        return runs[-1]

    try:
        yield start
    finally:
        for run in runs:
            if run.child.poll() is None:
                run.stop()
        stop(Path(environment["DATA_DIR"]))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return services_elsewhere(tmp_path)


@pytest.fixture
def demo(tmp_path: Path, environment: dict[str, str]) -> Iterator[Callable[..., Demo]]:
    with supervising(tmp_path, environment) as start:
        yield start


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One that is up, for tests that only read what it says."""
    folder = tmp_path_factory.mktemp("demo")
    with supervising(folder, services_elsewhere(folder)) as start:
        yield start().until_up()


# --- What it says


def test_terminal_shows_addresses_log_ins_and_a_dossier_with_its_key(running: Demo) -> None:
    text = running.text
    assert "DỮ LIỆU MINH HỌA" in text
    assert f"http://daklak.localhost:{running.port}/quan-tri/" in text
    assert "mật khẩu bi-mat-daklak   (Cán bộ tiếp nhận)" in text
    assert "Hdaklak.26   mã tra cứu BCGHKL" in text
    assert "REQUIRE_MFA=0" in text
    assert "  Tỉnh mẫu: 40/40 hồ sơ minh họa\n" in text
    assert "Đăng nhập canbo: việc hôm nay" in text


def test_lan_gives_each_province_an_address_of_its_own(demo, environment) -> None:
    text = demo(LAN="1").until_up().text
    assert f"http://192.168.1.20:{int(environment['PORT']) + 2}/" in text


# --- How it stops


def test_stops_web_then_beat_then_worker_then_relay_and_exits_0(demo) -> None:
    run = demo().until_up()
    assert run.stop(signal.SIGINT) == 0
    assert run.trace[-4:] == ["web down", "beat down", "worker down", "relay down"]
    assert not (run.data_dir / "demo.json").exists()


def test_killed_server_is_started_again_and_its_children_make_room(demo) -> None:
    """A child of the web holds its port."""
    run = demo(WEB_FORKS="1").until_up()
    for name in ("worker", "web"):
        before = run.said["pids"]
        os.kill(before[name], signal.SIGKILL)
        wait_until(lambda: run.said["pids"][name] != before[name], SECONDS, "it", every=0.02)  # noqa: B023 – waited for at once
        assert f"{name} đã dừng đột ngột; đang khởi động lại." in run.text
        assert {**run.said["pids"], name: 0} == {**before, name: 0}
    wait_until(lambda: run.trace.count("web up postgresql []") == 2, SECONDS, "it", every=0.02)


def test_failing_step_shows_why_and_starts_no_server(demo) -> None:
    run = demo(STEP_FAILS="1")
    assert run.child.wait(SECONDS) == 1
    assert "tỉnh không có tệp province.yaml" in run.text
    assert run.trace == ["step"]


def test_port_in_use_is_said_at_once(demo, environment) -> None:
    with socket.create_server(("127.0.0.1", int(environment["PORT"]))):
        run = demo()
        assert run.child.wait(SECONDS) == 2
    assert f"Cổng {environment['PORT']} đang có chương trình khác dùng" in run.text
    assert not (run.data_dir / "trace").exists()


def test_second_demonstration_on_the_same_data_is_refused(demo) -> None:
    first = demo().until_up()
    second = demo(PORT=str(quiet_port()))
    assert second.child.wait(SECONDS) == 2
    assert "bản minh họa khác đang chạy" in second.text
    assert first.child.poll() is None


# --- Running it again


def test_a_further_run_keeps_the_data_until_a_province_changes_or_all_is_to_begin_afresh(demo, tmp_path):
    first = demo().until_up()
    first.stop()
    left = first.data_dir / "metrics" / "counter_0.db"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"")
    again = demo().until_up()
    assert (again.trace.count("step"), left.exists()) == (1, False)
    again.stop()
    (tmp_path / "provinces" / "daklak.yaml").write_text("name: Đắk Lắk mới")
    changed = demo().until_up()
    assert changed.trace.count("step") == 2
    changed.stop()
    assert demo(RESET="1").until_up().trace.count("step") == 3


def test_servers_of_a_killed_run_are_named_with_the_way_to_end_them(demo, environment, capsys) -> None:
    killed = demo().until_up()
    before = killed.said["pids"]
    killed.stop(signal.SIGKILL)
    refused = demo()
    assert refused.child.wait(SECONDS) == 2
    assert "Lần chạy trước còn để lại web, beat, worker, relay" in refused.text
    assert "Hãy dừng bằng `make stop`" in refused.text
    assert killed.said["pids"] == before

    assert stop(killed.data_dir) == 0
    assert capsys.readouterr().out == "Đã dừng web, beat, worker, relay.\n"
    assert killed.trace[-4:] == ["web down", "beat down", "worker down", "relay down"]
    assert not (killed.data_dir / "demo.json").exists()
    assert demo().until_up().stop() == 0


# --- With the real services


def test_services_are_stopped_last_and_left_by_a_kill_until_they_are_stopped(demo, environment) -> None:
    for name in ELSEWHERE:
        del environment[name]
    data_dir = Path(environment["DATA_DIR"])
    try:
        run = demo().until_up()
        os.kill(embedded.running(data_dir, "valkey"), signal.SIGKILL)
        wait_until(
            lambda: "valkey đã dừng đột ngột; đang khởi động lại." in run.text, SECONDS, "it", every=0.02
        )
        assert run.stop() == 0
        assert processes.all_running(data_dir) == []
        killed = demo().until_up()
        killed.stop(signal.SIGKILL)
        names = ["web", "beat", "worker", "relay", "valkey", "postgres"]
        assert processes.all_running(data_dir) == names
        assert stop(data_dir) == 0
        assert processes.all_running(data_dir) == []
    finally:
        embedded.reset(data_dir)
