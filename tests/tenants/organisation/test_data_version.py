"""Data that changes rarely, kept by a process under a version that each change replaces."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation import data_version
from tenants.organisation.models import Agency
from tests.factories import AgencyFactory


def kept(version: object, names: Callable[[], list[str]]) -> list[str]:
    return data_version.kept("thu", version, "names", names)


def names_kept() -> list[str]:
    return kept(data_version.read("catalogue"), lambda: list(Agency.objects.values_list("name", flat=True)))


CHANGES = {
    "insert": lambda: AgencyFactory(name="Phòng Hai"),
    "update": lambda: Agency.objects.update(name="Phòng Ba"),
    "delete": lambda: Agency.objects.all().delete(),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_kept_costs_the_version_alone_until_a_change(province, django_assert_num_queries, change):
    AgencyFactory(name="Phòng Một cửa")
    names_kept()
    with django_assert_num_queries(1):
        assert names_kept() == ["Phòng Một cửa"]
    CHANGES[change]()
    assert names_kept() != ["Phòng Một cửa"]


def test_what_was_rolled_back_is_not_kept(province: ProvinceRecord) -> None:
    AgencyFactory(name="Phòng Một cửa")
    with transaction.atomic():
        Agency.objects.update(name="Phòng Hai")
        assert names_kept() == ["Phòng Hai"]
        transaction.set_rollback(True)
    assert names_kept() == ["Phòng Một cửa"]


def test_provinces_share_nothing_and_the_switch_keeps_nothing(province, other_province, settings):
    version = data_version.read("catalogue")
    kept(version, lambda: ["của Đắk Lắk"])
    with province_context(other_province):
        assert kept(version, list) == []
    settings.PROVINCE_CACHE = False
    assert kept(version, lambda: ["mới"]) == ["mới"]


@pytest.mark.parametrize(
    "table",
    [
        "organisation_agency",
        "procedures_procedure",
        "deadlines_calendarversion",
        "statistics_statisticssnapshot",
    ],
)
def test_each_schema_has_versions_and_triggers_of_its_own(province: ProvinceRecord, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            # 2: before the rows are touched, or two writers would lock rows and version crosswise.
            "SELECT count(*) FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass AND tgtype & 2 = 2",
            [f"{table}_version", table],
        )
        assert cursor.fetchone() == (1,)
