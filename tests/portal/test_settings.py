"""Settings in a process of their own, as web and worker have them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.settings import environment
from tests.conftest import subprocess_environment

SHOW_ROLE = """
import django; django.setup()
from tenants.isolation.backend import connection
print(connection.role_of("daklak"))
"""
SHOW_ERROR = """
import django; django.setup()
"""


def run(program: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_process_without_the_owner_address_enters_by_its_role(db: None) -> None:
    environment = subprocess_environment()
    del environment["DATABASE_OWNER_URL"]
    done = run(SHOW_ROLE, environment)
    assert done.stdout.strip() == f"{environment['PROVINCE_ROLE_PREFIX']}daklak", done.stderr


def test_owner_needs_no_role(db: None) -> None:
    done = run(SHOW_ROLE, {**subprocess_environment(), "DB_LOGIN": "owner"})
    assert done.stdout.strip() == "none", done.stderr


def test_missing_settings_are_said_all_at_once_in_a_line_each(tmp_path: object) -> None:
    needed = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "INDEX_KEYS")
    environment = {name: value for name, value in subprocess_environment().items() if name not in needed}
    done = run(SHOW_ERROR, {**environment, "DATA_DIR": str(tmp_path)})
    assert done.returncode != 0
    *lines, ways = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"Thiếu {name}" for name in needed]
    assert "make demo" in ways


def test_bad_settings_are_said_all_at_once_without_a_traceback(tmp_path: Path) -> None:
    wrong = {
        "DB_LOGIN": "chu",
        "WEB_THREADS": "hai",
        "REQUIRE_MFA": "bật",
        "PUBLIC_SCHEME": "ftp",
        "PROXY_COUNT": "-1",
        "PROVINCE_PORTS": "8001",
        "LOG_FORMAT": "xml",
    }
    unreadable = {"SECRET_KEY": "", "SECRET_KEY_FILE": str(tmp_path)}
    done = run(SHOW_ERROR, {**subprocess_environment(), **wrong, **unreadable})
    assert done.returncode != 0
    *lines, _ways = done.stderr.splitlines()
    said = sorted(line.partition(": ")[0] for line in lines)
    assert said == sorted(
        [f"SECRET_KEY_FILE={tmp_path}", *(f"{name}={value}" for name, value in wrong.items())]
    )


def test_a_bad_value_out_of_a_file_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "limit"
    file.write_text("hai mươi")
    monkeypatch.setenv("FILE_MAX_MB_FILE", str(file))
    with pytest.raises(ImproperlyConfigured, match=f"^FILE_MAX_MB_FILE={file}: .*số nguyên"):
        environment.read()


@pytest.mark.parametrize(
    ("written", "read"), [("on", True), ("YES", True), ("0", False), ("off", False), (" ", True)]
)
def test_words_of_a_switch(written: str, read: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_MFA", written)
    assert environment.read().REQUIRE_MFA is read


@pytest.fixture
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where embedded services left their addresses and secrets; the environment names none of them."""
    services = {"database_url": "postgresql://nhung/a", "database_owner_url": "postgresql://nhung/b"}
    (tmp_path / "services.json").write_text(json.dumps({**services, "redis_url": "redis://nhung"}))
    secrets = {"SECRET_KEY": "nhung", "FIELD_KEYS": ["nhung"], "INDEX_KEYS": ["nhung"]}
    (tmp_path / "secrets.json").write_text(json.dumps(secrets))
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", *secrets):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def test_what_is_not_set_comes_from_the_embedded_services(embedded: Path) -> None:
    env = environment.read()
    assert (env.DATABASE_URL, env.DATABASE_OWNER_URL) == ("postgresql://nhung/a", "postgresql://nhung/b")
    assert (env.REDIS_URL, env.SECRET_KEY, env.FIELD_KEYS) == ("redis://nhung", "nhung", ["nhung"])


def test_both_logins_are_those_of_one_server(embedded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://rieng/b")
    assert environment.read().DATABASE_OWNER_URL == "postgresql://nhung/b"
    monkeypatch.setenv("DATABASE_URL", "postgresql://rieng/a")
    assert environment.read().DATABASE_OWNER_URL == "postgresql://rieng/b"
    monkeypatch.delenv("DATABASE_OWNER_URL")
    assert environment.read().DATABASE_OWNER_URL == ""


SHOW_COOKIES = """
import django; django.setup()
from django.conf import settings as s
print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.PROXY_COUNT)
"""


def test_https_makes_host_bound_secure_cookies(db: None) -> None:
    done = run(SHOW_COOKIES, {**subprocess_environment(), "PUBLIC_SCHEME": "https"})
    assert done.stdout.split() == ["__Host-phien", "__Host-csrf", "True", "31536000", "1"], done.stderr


def test_http_makes_plain_cookies(db: None) -> None:
    done = run(SHOW_COOKIES, {**subprocess_environment(), "PUBLIC_SCHEME": "http"})
    assert done.stdout.split() == ["phien", "csrf", "False", "0", "0"], done.stderr


def test_options_in_the_database_address_are_kept() -> None:
    made = environment.database(
        "postgresql://mot%20cua:a%40b@db.example:6432/mot_cua?sslmode=verify-full&keepalives_idle=60"
    )
    assert made["OPTIONS"] == {
        "connect_timeout": 5,
        "tcp_user_timeout": "10000",
        "keepalives_idle": "60",
        "keepalives_interval": "5",
        "keepalives_count": "3",
        "sslmode": "verify-full",
    }
    assert (made["USER"], made["PASSWORD"], made["NAME"]) == ("mot cua", "a@b", "mot_cua")


def test_mock_channel_is_refused_in_service(db: None) -> None:
    done = run(SHOW_ERROR, {**subprocess_environment(), "DEMO": "0", "MESSAGING_CHANNELS": "mock"})
    assert done.returncode != 0
    assert "DEMO=1" in done.stderr
