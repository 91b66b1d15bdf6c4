"""Queries whose text is made once: they answer like any queryset, in each province, whatever changes beneath them."""

import psycopg
import pytest
from django.db.models import CharField

from tenants.isolation.backend.compiled_query import CompiledQuery, Parameter
from tenants.isolation.context import province_context
from tenants.organisation.models import Agency
from tests.conftest import subprocess_environment
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


def test_one_connection_answers_each_province_with_its_own(province, other_province):
    query = agencies()
    AgencyFactory(code="X", name="của Đắk Lắk")
    with province_context(other_province):
        AgencyFactory(code="X", name="của Đồng Nai")
    for _ in range(OFTEN):
        assert query.first(code="X").name == "của Đắk Lắk"  # type: ignore[union-attr]
        with province_context(other_province):
            assert query.first(code="X").name == "của Đồng Nai"  # type: ignore[union-attr]


def as_another(*statements: str) -> None:
    """Run these as owner on another connection, as a migration or a swap does while pages are served."""
    with psycopg.connect(subprocess_environment()["DATABASE_OWNER_URL"], autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement)  # type: ignore[call-overload]


@pytest.mark.committed
def test_a_column_that_got_another_type_is_read_by_a_kept_connection(committed_province):
    AgencyFactory(code="X", name="Phòng Một cửa")
    query = agencies()
    for _ in range(OFTEN):
        query.rows(code="X")
    as_another(f"ALTER TABLE {committed_province.slug}.organisation_agency ALTER name TYPE text")
    assert query.first(code="X").name == "Phòng Một cửa"  # type: ignore[union-attr]
