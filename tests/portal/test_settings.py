"""Settings in a process of their own, as web and worker have them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.settings import environment
from tests import tables
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


def test_a_process_enters_by_its_role_and_the_owner_needs_none(db: None) -> None:
    environment = subprocess_environment()
    done = run(SHOW_ROLE, {**environment, "DB_LOGIN": "owner"})
    assert done.stdout.strip() == "none", done.stderr
    del environment["DATABASE_OWNER_URL"]
    done = run(SHOW_ROLE, environment)
    assert done.stdout.strip() == f"{environment['PROVINCE_ROLE_PREFIX']}daklak", done.stderr


def test_missing_settings_are_said_all_at_once_in_a_line_each(tmp_path: object) -> None:
    needed = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "INDEX_KEYS")
    environment = {name: value for name, value in subprocess_environment().items() if name not in needed}
    done = run(SHOW_ERROR, {**environment, "DATA_DIR": str(tmp_path)})
    assert done.returncode != 0
    *lines, ways = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"Thiếu {name}" for name in needed]
    assert "make demo" in ways


def test_bad_settings_are_said_all_at_once_without_a_traceback(tmp_path: Path) -> None:
    wrong = tables.read(__file__, "bad_settings.yaml")
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


@pytest.mark.parametrize(
    ("scheme", "cookies"),
    [("https", "__Host-phien __Host-csrf True 31536000 1"), ("http", "phien csrf False 0 0")],
)
def test_https_makes_host_bound_secure_cookies(db: None, scheme: str, cookies: str) -> None:
    done = run(SHOW_COOKIES, {**subprocess_environment(), "PUBLIC_SCHEME": scheme})
    assert done.stdout.strip() == cookies, done.stderr


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


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://a:b@db1.example:5432,db2.example:6432/mot_cua",
        "postgresql://a:b@/mot_cua?host=db1.example,db2.example&port=5432,6432",
    ],
)
def test_of_several_hosts_the_one_that_takes_writes_is_wanted(address: str) -> None:
    made = environment.database(address)
    assert (made["HOST"], made["PORT"]) == ("db1.example,db2.example", "5432,6432")
    assert made["OPTIONS"]["target_session_attrs"] == "read-write"
    chosen = environment.database(f"{address.partition('?')[0]}?host=a,b&target_session_attrs=any")
    assert chosen["OPTIONS"]["target_session_attrs"] == "any"


def test_what_is_no_address_of_a_database_is_said_without_the_password(embedded, monkeypatch) -> None:
    for wrong in (
        "mysql://a:matkhau@b/c",
        "postgresql://a:matkhau@b:1,c:2,d/e?port=1,2",
        "postgresql://a?matkhau=1",
    ):
        monkeypatch.setenv("DATABASE_URL", wrong)
        with pytest.raises(ImproperlyConfigured) as refused:
            environment.read()
        assert str(refused.value).startswith("DATABASE_URL=…: ")
        assert "matkhau" not in str(refused.value)


def test_mock_channel_is_refused_in_service(db: None) -> None:
    done = run(SHOW_ERROR, {**subprocess_environment(), "DEMO": "0", "MESSAGING_CHANNELS": "mock"})
    assert done.returncode != 0
    assert "DEMO=1" in done.stderr


# --- NAME_FILE instead of NAME: the value is what the file holds


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What FIELD_KEYS_FILE names."""
    path = tmp_path / "field_keys"
    path.write_text("mới,cũ\n", encoding="utf-8")
    monkeypatch.delenv("FIELD_KEYS", raising=False)
    monkeypatch.setenv("FIELD_KEYS_FILE", str(path))
    return path


def test_the_files_content_is_the_value(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.read().FIELD_KEYS == ["mới", "cũ"]
    monkeypatch.setenv("FIELD_KEYS", "riêng")
    assert environment.read().FIELD_KEYS == ["riêng"]
    monkeypatch.delenv("FIELD_KEYS")
    file.unlink()
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS_FILE"):
        environment.read()


def test_without_backup_keys_the_portal_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BACKUP_KEYS", raising=False)
    monkeypatch.setenv("DATA_DIR", "/nonexistent")
    assert environment.read().BACKUP_KEYS == []


# --- The file store and the virus scanner

S3 = {
    "DOSSIER_STORAGE": "s3",
    "DOSSIER_STORAGE_BUCKET": "mot-cua",
    "DOSSIER_STORAGE_ENDPOINT": "https://kho.minh-hoa.example",
    "DOSSIER_STORAGE_ACCESS_KEY": "ma",
    "DOSSIER_STORAGE_SECRET_KEY": "khoa",
}


def test_a_missing_package_is_named_before_anything_starts(db: None) -> None:
    without = "import sys; sys.modules['boto3'] = None\n"
    hidden = (
        "import importlib.util as u; real = u.find_spec\n"
        "u.find_spec = lambda name, *rest: None if name == 'boto3' else real(name, *rest)\n"
    )
    done = run(without + hidden + SHOW_ERROR, {**subprocess_environment(), **S3})
    assert done.returncode != 0
    assert "requirements/s3.txt" in done.stderr


REFUSED = {
    "BACKUP_KEEP": ("14", "14d", "d w m", "14d 8w 12m 1y"),
    "CLAMD_URL": ("clamd:3310", "http://clamd:3310", "unix://run/clamd", "tcp://", "unix:"),
    "DOSSIER_STORAGE": ("ftp", "s3"),
    "FILE_MAX_MB": ("0", "-1", "hai mươi", "1.5"),
    "OUTBOUND_ALLOW": ("sms.example", "http://sms.example:80", "sms.example:0", ":80", "a:b"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_values_that_cannot_be_used_stop_the_start(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for value in REFUSED[name]:
        monkeypatch.setenv(name, value)
        with pytest.raises(ImproperlyConfigured, match=name):
            environment.read().dossier_storage()
