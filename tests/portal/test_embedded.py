"""The embedded services, for real: what they promise, and what they survive."""

import json
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from portal import embedded
from portal.embedded.files import Services
from tests.faults.processes import wait_until

PROJECT = Path(__file__).resolve().parents[2]
SMALL = {"max_connections": "20", "shared_buffers": "16MB"}


@pytest.fixture(autouse=True)
def _no_outer_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """The suite itself may run on addresses given by the environment."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A DATA_DIR with a space and an accent in its path; each test brings the services up itself."""
    folder = tmp_path_factory.mktemp("dữ liệu") / "data"
    yield folder
    embedded.reset(folder)


@pytest.fixture
def services(data_dir: Path) -> Services:
    return start(data_dir)


def start(data_dir: Path) -> Services:
    return embedded.start(data_dir, fsync=False, settings=SMALL)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        answer = connection.execute(query)
        return answer.fetchone() if answer.description else None


def kill(data_dir: Path, name: str) -> None:
    os.kill(embedded.running(data_dir, name), signal.SIGKILL)
    wait_until(lambda: embedded.running(data_dir, name) is None, 10, "it", every=0.02)


@pytest.fixture
def stranger() -> Iterator[int]:
    """A process that is none of ours, run as the account that PostgreSQL runs as."""
    account = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "60"], **account) as child:
        yield child.pid
        assert child.poll() is None
        child.kill()


# --- What is promised


def test_runtime_login_may_do_nothing_but_connect(services: Services) -> None:
    rights = ask(
        services.database_url,
        "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls "
        "FROM pg_roles WHERE rolname = current_user",
    )
    assert rights == (False,) * 6


def test_owner_login_owns_the_database_and_makes_roles_without_being_superuser(services: Services) -> None:
    rights = ask(
        services.database_owner_url,
        "SELECT rolsuper, rolcreaterole, rolcreatedb, pg_get_userbyid(datdba) = current_user "
        "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()",
    )
    assert rights == (False, True, True, True)


def test_superuser_and_a_wrong_password_are_refused_and_only_loopback_is_answered(services):
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        psycopg.connect(host="127.0.0.1", port=services.postgres_port, user="postgres", dbname="postgres")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(services.database_url, password="khác")
    assert ask(services.database_url, "SELECT current_setting('listen_addresses')") == ("127.0.0.1",)
    # What the caller sets reaches the server.
    assert ask(services.database_url, "SELECT current_setting('max_connections')") == ("20",)


def test_log_of_the_server_names_nobody(data_dir: Path, services: Services) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        ask(services.database_url, "SELECT 'Nguyễn Thị Bịa' FROM nowhere")
    log = (data_dir / "logs" / "postgres.log").read_text()
    assert 'relation "nowhere" does not exist' in log
    assert "Bịa" not in log


def test_valkey_keeps_a_log_drops_nothing_and_asks_for_its_password(services: Services) -> None:
    client = redis.Redis.from_url(services.redis_url, decode_responses=True)
    wanted = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "bind": "127.0.0.1",
    }
    assert client.config_get(*wanted) == wanted
    with socket.create_connection(("127.0.0.1", services.valkey_port)) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(100).startswith(b"-NOAUTH")


def test_passwords_are_for_this_account_alone(data_dir: Path, services: Services) -> None:
    embedded.ensure_secrets(data_dir)
    for name in ("services.json", "secrets.json", "valkey/valkey.conf"):
        assert stat.S_IMODE((data_dir / name).stat().st_mode) == 0o600, name
    listing = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    left = json.loads((data_dir / "services.json").read_text())
    passwords = [left[name].split("@")[0].rpartition(":")[2] for name in left if name.endswith("_url")]
    assert not [password for password in passwords if password in listing]


def test_secrets_are_made_once_and_damaged_ones_are_not_replaced(tmp_path: Path) -> None:
    assert embedded.ensure_secrets(tmp_path) == embedded.ensure_secrets(tmp_path)
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(embedded.EmbeddedError, match="khôi phục từ bản sao"):
        embedded.ensure_secrets(tmp_path)


# --- Starting again


def test_second_start_leaves_what_runs_as_it_is(data_dir: Path, services: Services) -> None:
    before = [embedded.running(data_dir, name) for name in ("postgres", "valkey")]
    assert start(data_dir) == services
    assert [embedded.running(data_dir, name) for name in ("postgres", "valkey")] == before


def test_a_stop_leaves_no_process_and_ports_stay_the_same(data_dir: Path, services: Services) -> None:
    pids = [embedded.running(data_dir, name) for name in ("postgres", "valkey")]
    embedded.stop(data_dir)
    for name, pid in zip(("postgres", "valkey"), pids, strict=True):
        assert embedded.running(data_dir, name) is None
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    again = start(data_dir)
    assert (again.postgres_port, again.valkey_port) == (services.postgres_port, services.valkey_port)


def test_committed_rows_survive_a_killed_postmaster(data_dir: Path, services: Services) -> None:
    ask(services.database_owner_url, "DROP TABLE IF EXISTS kept")
    ask(services.database_owner_url, "CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    session = psycopg.connect(services.database_owner_url)  # a session that lingers after the kill
    kill(data_dir, "postgres")
    again = start(data_dir)
    session.close()
    assert ask(again.database_owner_url, "SELECT count(*) FROM kept") == (1000,)


def test_queued_work_survives_a_killed_valkey_and_the_other_service_stays(data_dir, services):
    before = embedded.running(data_dir, "postgres")
    redis.Redis.from_url(services.redis_url).rpush("queue", *range(1000))
    kill(data_dir, "valkey")
    client = redis.Redis.from_url(start(data_dir).redis_url)
    assert (client.llen("queue"), embedded.running(data_dir, "postgres")) == (1000, before)
    client.delete("queue")


def test_lost_addresses_of_running_servers_are_said_and_cost_no_data(data_dir, services):
    ask(services.database_owner_url, "CREATE TABLE IF NOT EXISTS remembered AS SELECT 7 AS n")
    (data_dir / "services.json").write_text("{ cut off")
    with pytest.raises(embedded.EmbeddedError, match=r"Lần chạy trước còn để lại postgres .* `make stop`"):
        start(data_dir)
    embedded.stop(data_dir)
    again = start(data_dir)
    assert ask(again.database_owner_url, "SELECT n FROM remembered") == (7,)
    assert redis.Redis.from_url(again.redis_url).ping()


def test_taken_port_is_left_to_its_holder(data_dir: Path, services: Services) -> None:
    embedded.stop(data_dir)
    with socket.create_server(("127.0.0.1", services.postgres_port)):
        again = start(data_dir)
        assert again.postgres_port != services.postgres_port
        assert ask(again.database_url, "SELECT 1") == (1,)


def test_pid_file_that_names_a_stranger_prevents_no_start_and_costs_no_stranger(data_dir, services, stranger):
    kill(data_dir, "postgres")
    ours = data_dir / "run" / "postgres.pid"
    its_own = data_dir / "postgres" / "data" / "postmaster.pid"
    ours.write_text(str(stranger))
    left = its_own.read_text().splitlines()
    its_own.write_text("\n".join([str(stranger), *left[1:]]))
    assert ask(start(data_dir).database_url, "SELECT 1") == (1,)
    embedded.stop(data_dir)
    ours.write_text(str(stranger))
    embedded.stop(data_dir)
    os.kill(stranger, 0)


def test_reset_leaves_nothing_but_the_secrets(tmp_path: Path) -> None:
    secrets = embedded.ensure_secrets(tmp_path)
    start(tmp_path)
    home = (tmp_path / "postgres").resolve()
    embedded.reset(tmp_path)
    assert embedded.running(tmp_path, "postgres") is None
    assert not home.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"secrets.json", "run", "logs"}
    assert embedded.ensure_secrets(tmp_path) == secrets


# --- Where there is nothing to start


def test_services_given_by_the_environment_are_not_started(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://tinh@db.example/portal")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example/0")
    services = embedded.start(tmp_path)
    assert (services.database_url, services.redis_url) == (
        "postgresql://tinh@db.example/portal",
        "redis://cache.example/0",
    )
    assert not list((tmp_path / "run").glob("*.pid"))


def test_machine_without_the_wheels_is_told_what_to_set(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(embedded.EmbeddedUnavailable, match="DATABASE_URL, DATABASE_OWNER_URL và REDIS_URL"):
        embedded.start(tmp_path)
    embedded.reset(tmp_path)
