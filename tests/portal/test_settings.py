"""Settings in a process of their own, as web and worker have them."""

import subprocess
import sys

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
    needed = ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEYS", "DATABASE_URL", "REDIS_URL")
    environment = {name: value for name, value in subprocess_environment().items() if name not in needed}
    done = run(SHOW_ERROR, {**environment, "DATA_DIR": str(tmp_path)})
    assert done.returncode != 0
    *lines, ways = done.stderr.splitlines()
    assert [line.partition(":")[0] for line in lines] == [f"Thiếu {name}" for name in needed]
    assert "make demo" in ways


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
    from portal.settings import environment

    made = environment.database("postgresql://mot%20cua:a%40b@db.example:6432/mot_cua?sslmode=verify-full")
    assert made["OPTIONS"]["sslmode"] == "verify-full"
    assert (made["USER"], made["PASSWORD"], made["NAME"]) == ("mot cua", "a@b", "mot_cua")


def test_mock_channel_is_refused_in_service(db: None) -> None:
    done = run(SHOW_ERROR, {**subprocess_environment(), "DEMO": "0", "MESSAGING_CHANNELS": "mock"})
    assert done.returncode != 0
    assert "DEMO=1" in done.stderr
