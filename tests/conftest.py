"""Two provinces for the whole session; a transaction per test; real roles and the runtime login.

*rollback* tests (default) take `province`. *committed* tests take `committed_province`: a schema of their
own that is really written, for processes, kills and triggers; never together with `db`.
"""

import gc
import hashlib
import os
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from dossiers.exchange import quiet_polls
from dossiers.lifecycle import access_links
from messaging.broadcasts.queries import forget_all
from messaging.channels.accounts import channel_accounts
from messaging.channels.accounts import routes as channel_routes
from messaging.channels.base import registry
from tenants import clock
from tenants.audit import log
from tenants.files import inspection
from tenants.isolation import province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation import data_version
from tenants.web import rate_limits
from tenants.web.public_pages import SHOWN_AGAIN
from tests.deep import DEEP
from tests.dossiers.chatting import ChatChannel, Talk
from tests.factories import Office
from tests.provinces import CHANGE_BY_OWNER, as_owner, make_province
from tests.task_queue import task_queue  # noqa: F401 – a fixture

# The same examples in each run, however slow the machine: a failure comes from a change, never from luck.
hypothesis_settings.register_profile(
    "suite",
    deadline=None,
    derandomize=True,
    max_examples=100 if DEEP else 40,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("suite")

# Entries tell of the moment at which the tests' clock stands; `test_append_only` tries the function as it is.
ORIGIN = log.ORIGIN
log.ORIGIN = log.ORIGIN.replace("clock_timestamp()", "NEW.at")

_post = Client.post


def _post_as_browsers_do(client: Client, path: str, *args: Any, **options: Any) -> Any:
    """The post, and after it the page that shows what became of it, as `led` to by a 303."""
    answer = _post(client, path, *args, **options)
    if f"{SHOWN_AGAIN}=" not in answer.headers.get("Location", ""):
        return answer
    asked = {name: value for name, value in options.items() if name not in ("data", "content_type", "follow")}
    shown: Any = client.get(answer.headers["Location"], **asked)
    shown.led = True
    return shown


Client.post = _post_as_browsers_do  # type: ignore[method-assign,assignment]

BROWSER = "tests/browser/"
# Minutes or half minutes each, with few tests.
LONGEST = (
    BROWSER,
    "tests/system/test_roles.py",
    "tests/system/test_backup.py",
    "tests/messaging/delivery/test_killed_relay.py",
    "tests/system/test_two_weeks.py",
    "tests/system/test_first_start.py",
    "tests/system/test_apply_killed.py",
    "tests/messaging/broadcasts/test_killed_broadcast.py",
)
NOON = datetime(2026, 11, 25, 10, 0, tzinfo=clock.VIETNAM)
_AT_NOON: ContextVar[datetime | None] = ContextVar("frozen", default=NOON)
PROVINCES = {
    "daklak": ("Tỉnh Đắk Lắk", "Đắk Lắk", "H15", "#0B5394"),
    "dongnai": ("Thành phố Đồng Nai", "Đồng Nai", "H19", "#0F7A52"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-browser", action="store_true", help="a missing Chromium is a failure, not a skip"
    )


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look through it after each page."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Files go to workers whole; those of the browser go to one together, which starts one demonstration."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            scope = super()._split_scope(nodeid)
            return BROWSER if scope.startswith(BROWSER) else scope

        def _assign_work_unit(self, node: Any) -> None:
            """The longest first: xdist goes by the number of tests, so that a few long ones would end alone."""
            for scope in reversed(LONGEST):
                if scope in self.workqueue:
                    self.workqueue.move_to_end(scope, last=False)
            super()._assign_work_unit(node)

    return Together(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `deep` is left to `make test-deep`, which also tries more examples of each property."""
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker("sampled")
    if not DEEP:
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("deep")])
        items[:] = [item for item in items if not item.get_closest_marker("deep")]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, django_db_modify_db_settings: None) -> Iterator[None]:
    with django_db_blocker.unblock():
        with as_owner():
            config = setup_databases(verbosity=0, interactive=False)
            for slug, described in PROVINCES.items():
                make_province(slug, *described)
            with connection.cursor() as cursor:
                cursor.execute(CHANGE_BY_OWNER)
        os.environ["TEST_DB_NAME"] = connection.settings_dict["NAME"]
    yield
    with django_db_blocker.unblock(), as_owner():
        prefix = os.environ["PROVINCE_ROLE_PREFIX"]
        teardown_databases(config, verbosity=0)
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT rolname FROM pg_roles WHERE starts_with(rolname, %s)", [prefix])
            for (role,) in cursor.fetchall():
                cursor.execute(f'DROP ROLE "{role}"')


@pytest.fixture(autouse=True, scope="session")
def _each_file_examined_once() -> None:
    """A process of its own, with Pillow and pypdf, examines each upload; what it found of the same bytes stays true."""
    known: dict[Any, Any] = {}

    def run(command: list[str], *, input: bytes, **options: Any) -> Any:
        key = (*command, hashlib.sha256(input).digest(), repr(options))
        if key in known:
            return known[key]
        done = subprocess.run(command, input=input, **options)
        if done.returncode == 0:
            known[key] = done
        return done

    inspection.subprocess = SimpleNamespace(run=run, TimeoutExpired=subprocess.TimeoutExpired)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _start_clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test inherits a province, a cached host or a spent budget from the one before."""
    province_cache.clear_cache()
    data_version.clear_caches()
    # Read again after some seconds, the provinces would count as statements of a slow test.
    monkeypatch.setattr(province_cache, "MAX_AGE_SECONDS", 600.0)
    forget_all()
    cache.clear()
    rate_limits.forget_local()
    access_links.clear_cache()
    quiet_polls.clear_cache()
    channel_accounts.clear_cache()
    channel_routes.clear_cache()
    yield
    if connection.connection is None or not connection.in_atomic_block:
        connection.set_schema_to_public()


@pytest.fixture(autouse=True)
def _working_day(request: pytest.FixtureRequest) -> Iterator[None]:
    """The clock stands at NOON, in threads too, so that no test depends on its day; see the mark `real_clock`."""
    # Not by the fixture `monkeypatch`: a test may undo that one.
    with pytest.MonkeyPatch.context() as patch:
        if not any(request.node.get_closest_marker(mark) for mark in ("real_clock", "browser")):
            patch.setattr(clock, "_frozen", _AT_NOON)
        yield


@pytest.fixture
def migrated_by_django(settings: Any) -> None:
    """New schemas go through every migration, for what happens on the way; see `tests.migrating`."""
    settings.TENANT_BASE_MIGRATE_COMMAND = "django.core.management.commands.migrate.Command"


@pytest.fixture
def noon() -> Iterator[datetime]:
    """Wednesday 25/11/2026, 10:00 in Viet Nam; 24/11 is a day off."""
    with clock.frozen(NOON):
        yield NOON


@pytest.fixture
def province(db: None) -> Iterator[ProvinceRecord]:
    """The test runs inside Đắk Lắk."""
    with province_context("daklak") as record:
        yield record


@pytest.fixture
def office(province: ProvinceRecord, noon: datetime) -> Office:
    """A working desk in Đắk Lắk on Wednesday 25/11/2026, 10:00."""
    return Office()


@pytest.fixture
def channel(settings: Any, monkeypatch: pytest.MonkeyPatch) -> ChatChannel:
    """The service is installed, and nobody has an account there yet."""
    made = ChatChannel()
    monkeypatch.setitem(registry._channels, made.code, made)
    settings.MESSAGING_CHANNELS = ["chat", "mock"]
    return made


@pytest.fixture
def talk(office: Office, channel: ChatChannel) -> Talk:
    return Talk(channel)


@pytest.fixture
def other_province(db: None) -> ProvinceRecord:
    """Đồng Nai, for tests about what must not cross."""
    with public_context():
        return province_cache.by_slug("dongnai")


@pytest.fixture
def inside() -> Callable[[str], AbstractContextManager[ProvinceRecord]]:
    """`with inside("dongnai"):`"""
    return province_context


class CommittedProvince:
    """A province whose rows are really committed, and the environment for processes that work in it."""

    def __init__(self, record: ProvinceRecord, environ: dict[str, str]) -> None:
        self.record = record
        self.slug = record.slug
        self.environ = environ


@pytest.fixture
def committed_province(django_db_setup: None, django_db_blocker: Any) -> Iterator[CommittedProvince]:
    slug = f"t{uuid.uuid4().hex[:10]}"
    with django_db_blocker.unblock():
        with as_owner():
            make_province(slug, "Tỉnh Thử", "Thử", "H99")
        record = province_cache.by_slug(slug)
        try:
            with province_context(record):
                yield CommittedProvince(record, subprocess_environment())
        finally:
            connection.set_schema_to_public()
            with as_owner():
                Province.objects.get(schema_name=slug).delete(force_drop=True)
            connection.close()


def subprocess_environment() -> dict[str, str]:
    """What a process needs to work on the test database as the runtime login."""
    name = connection.settings_dict["NAME"]
    swapped = {
        key: os.environ[key].rpartition("/")[0] + "/" + name for key in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    return {**os.environ, **swapped, "DJANGO_SETTINGS_MODULE": "portal.settings"}
