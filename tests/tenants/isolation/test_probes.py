"""One statement tells what waits in all provinces, and can tell nothing else."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from tenants.isolation import schemas, work_discovery
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tests.conftest import as_owner, make_province
from tests.factories import AgencyFactory
from tests.provinces import change

AGENCIES = "test.agencies"
SELECT = "SELECT id, now() FROM {schema}.organisation_agency WHERE name LIKE '%đợi'"
WORK = {AGENCIES: SELECT}
WAITS = "Sở đợi"


@pytest.fixture(scope="module", autouse=True)
def _looks_for_agencies(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The function looks for agencies with a certain name, in place of what is looked for otherwise."""

    def install() -> None:
        with django_db_blocker.unblock(), as_owner():
            schemas.prepare_schema(None, "public")

    with override_settings(DUE_WORK=f"{__name__}.WORK"):
        install()
        yield
    install()


@pytest.fixture
def owner(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The connection is the owner's, in a transaction that is undone."""
    with django_db_blocker.unblock():
        with as_owner(), transaction.atomic():
            yield
            transaction.set_rollback(True)
        connection.close()


def found() -> list[tuple[str, str]]:
    return sorted((one.schema, one.what) for one in work_discovery.due_work())


def run(statement: str, *values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []


def waits_in(slug: str) -> int:
    with province_context(slug):
        return int(AgencyFactory(name=WAITS).pk)


def test_the_runtime_login_hears_of_all_provinces_in_one_statement(db: None) -> None:
    numbers = [waits_in("daklak"), waits_in("dongnai")]
    with public_context(), CaptureQueriesContext(connection) as queries:
        heard = work_discovery.due_work()
    assert sorted((one.schema, one.what, one.id) for one in heard) == [
        ("daklak", AGENCIES, numbers[0]),
        ("dongnai", AGENCIES, numbers[1]),
    ]
    assert all(one.oldest for one in heard)
    assert len([one for one in queries.captured_queries if "set_config" not in one["sql"]]) == 1


def test_asking_inside_a_province_leaves_it_where_it_was(province: Any) -> None:
    assert found() == [], "it is quiet where nothing waits"
    waits_in("dongnai")
    assert found() == [("dongnai", AGENCIES)]
    assert run("SELECT current_schema()") == [("daklak",)]


def test_it_returns_four_columns_runs_as_the_owner_and_is_for_the_runtime_login_alone(db: None) -> None:
    """It looks at no path of its caller."""
    [(result, owner, definer, options)] = run(
        "SELECT pg_get_function_result(oid), pg_get_userbyid(proowner), prosecdef, proconfig FROM pg_proc "
        "WHERE proname = %s",
        work_discovery.FUNCTION,
    )
    assert result == "TABLE(schema text, what text, id bigint, oldest timestamp with time zone)"
    assert (owner, definer) == (settings.DATABASE_OWNER_USER, True)
    assert "search_path=pg_catalog, pg_temp" in options
    granted = run(
        "SELECT acl.grantee::regrole::text FROM pg_proc, aclexplode(proacl) acl WHERE proname = %s",
        work_discovery.FUNCTION,
    )
    assert {name.strip('"') for (name,) in granted} == {owner, settings.DATABASE_RUNTIME_USER}


def test_a_province_may_neither_name_it_nor_call_it_and_a_caller_reads_no_province(province: Any) -> None:
    with pytest.raises(ProgrammingError, match="permission denied for schema public"), transaction.atomic():
        run(f"SELECT * FROM public.{work_discovery.FUNCTION}()")
    role = schemas.role_name("daklak")
    with public_context():
        may = run("SELECT has_function_privilege(%s, 'public.waiting_in_provinces()', 'EXECUTE')", role)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            run("SELECT name FROM daklak.organisation_agency")
    assert may == [(False,)]


def test_a_new_province_is_looked_through_by_itself_and_a_deleted_one_is_not_missed(committed_province):
    slug = committed_province.slug
    waits_in(slug)
    assert found() == [(slug, AGENCIES)]
    for at_rest in (Province.State.ARCHIVED, Province.State.UNFINISHED):
        with public_context():
            Province.objects.filter(schema_name=slug).update(state=at_rest)
        assert found() == []
    with public_context():
        Province.objects.filter(schema_name=slug).update(state=Province.State.PAUSED)
    assert found() == [(slug, AGENCIES)]
    connection.set_schema_to_public()
    with as_owner():
        schemas.drop_schema(slug)
    assert found() == [], "the row is still there, the schema is not"


@pytest.mark.parametrize(
    "slug",
    [
        'x"; DROP TABLE daklak.organisation_agency; --',
        "x'; DROP TABLE daklak.organisation_agency; --",
        "daklak.organisation_agency UNION ALL SELECT 1",
        "%1$s",
        "pg_catalog",
        "public",
    ],
)
def test_a_name_of_a_province_is_never_read_as_sql(db: None, slug: str) -> None:
    """The login may not write this column; what stands there must not run as the owner all the same."""
    waits_in("daklak")
    with public_context():
        change(Province.objects.filter(schema_name="dongnai"), schema_name=slug)
    assert found() == [("daklak", AGENCIES)]


def test_nor_where_a_schema_has_such_a_name(owner: None) -> None:
    name = """a"b'; --"""
    waits_in("dongnai")
    with public_context():
        run("UPDATE tenants_province SET schema_name = %s WHERE schema_name = 'dongnai'", name)
    run("""ALTER SCHEMA dongnai RENAME TO "a""b'; --" """)
    assert found() == [(name, AGENCIES)]


def test_a_province_without_the_table_is_passed_over_and_one_that_is_behind_hides_no_other(owner):
    waits_in("daklak")
    run("ALTER TABLE dongnai.organisation_agency RENAME COLUMN name TO of_later")
    assert found() == [("daklak", AGENCIES), ("dongnai", work_discovery.UNREADABLE)]
    run("ALTER TABLE dongnai.organisation_agency RENAME TO of_later")
    assert found() == [("daklak", AGENCIES)]


@pytest.mark.database_timers
def test_a_province_that_is_being_migrated_is_not_waited_for(db: None) -> None:
    waits_in("daklak")
    url = os.environ["DATABASE_OWNER_URL"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    with psycopg.connect(url) as migrating:
        migrating.execute("LOCK TABLE dongnai.organisation_agency IN ACCESS EXCLUSIVE MODE")
        run("SET LOCAL statement_timeout = '10s'")
        heard = found()
        migrating.rollback()
    assert heard == [("daklak", AGENCIES), ("dongnai", work_discovery.UNREADABLE)]


def test_it_works_where_no_roles_can_be_made(django_db_setup, django_db_blocker, settings):
    settings.PROVINCE_ROLES = False
    slug = "tkhongvaitro"
    with django_db_blocker.unblock():
        try:
            with as_owner():
                schemas.prepare_schema(None, "public")
                make_province(slug, "Tỉnh Thử", "Thử", "H97")
            waits_in(slug)
            assert found() == [(slug, AGENCIES)]
        finally:
            connection.set_schema_to_public()
            with as_owner():
                Province.objects.get(schema_name=slug).delete(force_drop=True)
            connection.close()


def test_with_nothing_named_nothing_is_looked_for(owner: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.WORK", {})
    schemas.prepare_schema(None, "public")
    waits_in("daklak")
    assert found() == []
