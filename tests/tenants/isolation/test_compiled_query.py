"""Queries whose text is made once: they answer like any queryset, in each province, whatever changes beneath them."""

import psycopg
import pytest
from django.db.models import CharField
from django.test.utils import CaptureQueriesContext

from tenants.isolation.backend import connection
from tenants.isolation.backend.compiled_query import CompiledQuery, Parameter
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Agency
from tests.conftest import CommittedProvince, subprocess_environment
from tests.factories import AgencyFactory

# Custom plans come first; only afterwards does PostgreSQL keep one for all values.
OFTEN = 8


def agencies() -> CompiledQuery[Agency]:
    """A query of a test's own, compiled anew."""
    return CompiledQuery(
        lambda: (
            Agency.objects.filter(code=Parameter("code", CharField()))
            .select_related("parent")
            .only("name", "dissolved_on", "parent__name")
        )
    )


def test_it_gives_the_objects_of_the_queryset(province: ProvinceRecord) -> None:
    AgencyFactory(code="H15.1", name="Phòng Một cửa", parent=AgencyFactory(code="H15", name="Tỉnh"))
    AgencyFactory(code="H15.2", name="Phòng Hai")
    query = agencies()
    found = query.first(code="H15.1")
    assert found is not None
    assert (found.name, found.parent.name) == ("Phòng Một cửa", "Tỉnh")  # type: ignore[union-attr]
    assert found.get_deferred_fields() >= {"address", "phone"}
    assert query.first(code="H15.2").parent is None  # type: ignore[union-attr]
    assert query.rows(code="H15.3") == []


def test_one_connection_answers_each_province_with_its_own(
    province: ProvinceRecord, other_province: ProvinceRecord
) -> None:
    query = agencies()
    AgencyFactory(code="X", name="của Đắk Lắk")
    with province_context(other_province):
        AgencyFactory(code="X", name="của Đồng Nai")
    for _ in range(OFTEN):
        assert query.first(code="X").name == "của Đắk Lắk"  # type: ignore[union-attr]
        with province_context(other_province):
            assert query.first(code="X").name == "của Đồng Nai"  # type: ignore[union-attr]


def test_it_is_one_statement_that_the_server_has_prepared(province: ProvinceRecord) -> None:
    query = agencies()
    query.rows(code="X")
    with CaptureQueriesContext(connection) as captured:
        for _ in range(OFTEN):
            query.rows(code="X")
    assert len(captured) == OFTEN
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE %s",
            [f"%organisation_agency%/* {province.slug} */"],
        )
        assert cursor.fetchall() == [(OFTEN + 1,)]


def as_another(*statements: str) -> None:
    """Run these as owner on another connection, as a migration or a swap does while pages are served."""
    with psycopg.connect(subprocess_environment()["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement)  # type: ignore[call-overload]


@pytest.mark.committed
def test_a_column_that_got_another_type_is_read_by_a_kept_connection(
    committed_province: CommittedProvince,
) -> None:
    AgencyFactory(code="X", name="Phòng Một cửa")
    query = agencies()
    for _ in range(OFTEN):
        query.rows(code="X")
    as_another(f"ALTER TABLE {committed_province.slug}.organisation_agency ALTER name TYPE text")
    assert query.first(code="X").name == "Phòng Một cửa"  # type: ignore[union-attr]


@pytest.mark.committed
def test_a_schema_that_took_the_place_of_another_is_read_at_once(
    committed_province: CommittedProvince,
) -> None:
    slug, (_path, role) = committed_province.slug, connection.wanted_scope()
    AgencyFactory(code="X", name="trước")
    query = agencies()
    for _ in range(OFTEN):
        query.rows(code="X")
    as_another(
        f"ALTER SCHEMA {slug} RENAME TO {slug}_cu",
        f"CREATE SCHEMA {slug}",
        f"CREATE TABLE {slug}.organisation_agency (LIKE {slug}_cu.organisation_agency)",
        f"INSERT INTO {slug}.organisation_agency SELECT * FROM {slug}_cu.organisation_agency",
        f"UPDATE {slug}.organisation_agency SET name = 'sau'",
        f"GRANT USAGE ON SCHEMA {slug} TO {role}",
        f"GRANT SELECT ON {slug}.organisation_agency TO {role}",
    )
    try:
        assert query.first(code="X").name == "sau"  # type: ignore[union-attr]
    finally:
        as_another(f"DROP SCHEMA {slug} CASCADE", f"ALTER SCHEMA {slug}_cu RENAME TO {slug}")
