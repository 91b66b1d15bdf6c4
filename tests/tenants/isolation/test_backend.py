"""Path and role go together, and a failure never lets a query run with the province before."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import DataError, connection, transaction
from django.db.utils import DatabaseError, ProgrammingError

from tenants.isolation.backend import base
from tenants.isolation.context import NoProvince, current_province, province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Agency
from tests.factories import AgencyFactory


def scope() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('search_path'), current_user")
        path, role = cursor.fetchone()
    return path, role


def test_path_is_the_schema_and_ext_in_another_province_and_back_and_never_public(province):
    path, role = scope()
    assert path == '"daklak", ext'
    assert role.endswith("daklak")
    with province_context("dongnai"):
        assert scope()[0] == '"dongnai", ext'
    assert scope()[0] == '"daklak", ext'


def test_right_province_after_a_rolled_back_savepoint_with_a_switch_inside(province: ProvinceRecord) -> None:
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        province_context("dongnai"),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1/0")
    assert scope()[0] == '"daklak", ext'


@pytest.fixture
def planted_role(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Entering Đồng Nai fails: its role is not there."""
    real = base.DatabaseWrapper.role_of

    def missing(self: Any, schema_name: str) -> str:
        return "mc_not_there" if schema_name == "dongnai" else real(self, schema_name)

    monkeypatch.setattr(base.DatabaseWrapper, "role_of", missing)
    return


def test_failing_role_raises_and_no_foreign_row_comes_back(province, planted_role):
    AgencyFactory(code="H15.77", name="Chỉ ở Đắk Lắk")
    answered: list[Any] = ["not asked"]
    with pytest.raises((DataError, ProgrammingError)), transaction.atomic(), province_context("dongnai"):
        answered = list(Agency.objects.values_list("code", flat=True))
    # Had the failure been swallowed, the row of Đắk Lắk would have answered for Đồng Nai.
    assert answered == ["not asked"]
    assert scope()[0] == '"daklak", ext'
    assert list(Agency.objects.values_list("code", flat=True)) == ["H15.77"]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM dongnai.organisation_agency",
        "SELECT * FROM public.tenants_province",
        "CREATE TABLE own_table (id int)",
        "CREATE TEMPORARY TABLE kept (id int)",
        "DROP TRIGGER audit_auditentry_append_only_rows ON audit_auditentry",
    ],
)
def test_role_of_a_province_may_use_its_schema_only(province: ProvinceRecord, statement: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_runtime_login_without_a_role_sees_no_province(db: None) -> None:
    with (
        public_context(),
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT * FROM daklak.organisation_agency")


def test_on_commit_runs_where_it_was_registered(province, django_capture_on_commit_callbacks):
    seen: list[str] = []
    with django_capture_on_commit_callbacks(execute=True):
        with province_context("dongnai"):
            transaction.on_commit(lambda: seen.append(current_province().slug))
        assert current_province().slug == "daklak"
    assert seen == ["dongnai"]


def test_a_kept_connection_passes_its_health_check(province: ProvinceRecord) -> None:
    connection.ensure_connection()
    assert connection.is_usable()


def test_no_province_no_work_and_provinces_are_not_read_from_inside_one(province: ProvinceRecord) -> None:
    with public_context(), pytest.raises(NoProvince):
        current_province()
    with pytest.raises(ProgrammingError), transaction.atomic():
        list(Province.objects.all())


def test_content_types_of_two_provinces_do_not_mix(province: ProvinceRecord) -> None:
    """Ids are made to differ; each thread of work must get its own."""
    here = ContentType.objects.get_for_model(Agency)
    with province_context("dongnai"):
        there = ContentType.objects.get_for_model(Agency)
        Permission.objects.filter(content_type=there).delete()
        ContentType.objects.filter(pk=there.pk).update(id=there.pk + 1000)
        ContentType.objects.clear_cache()
        moved = ContentType.objects.get_for_model(Agency)
    assert ContentType.objects.get_for_model(Agency).pk == here.pk
    with province_context("dongnai"):
        assert ContentType.objects.get_for_model(Agency).pk == moved.pk == there.pk + 1000


def test_new_thread_stands_in_public(committed_province: Any) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(connection.schema_name)
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == ["public"]
