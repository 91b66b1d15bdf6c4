"""What is made in one province is worth nothing in another: ids, signatures, ciphers, cache, sessions, tasks."""

from typing import Any

import pytest

from messaging.delivery.tasks import run_lane
from tenants.isolation.context import NoProvince, province_context, province_task
from tenants.isolation.cross_schema_guard import WrongProvince
from tenants.isolation.province_cache import ProvinceRecord, UnknownProvince
from tests.factories import AgencyFactory


def test_object_of_one_province_is_not_saved_in_another(province: ProvinceRecord) -> None:
    agency = AgencyFactory(code="H15.01")
    with province_context("dongnai"):
        stranger = AgencyFactory(code="H19.01")
        stranger.pk = agency.pk
        with pytest.raises(WrongProvince):
            agency.save()
        with pytest.raises(WrongProvince):
            agency.delete()


@pytest.mark.parametrize("slug", ["public", "", None, 7])
def test_task_without_a_province_is_refused_when_sent_and_when_run(db: None, slug: Any) -> None:
    with pytest.raises(NoProvince):
        run_lane.delay(slug, 1)
    with pytest.raises(NoProvince):
        run_lane(slug, 1)


def test_a_task_whose_worker_dies_goes_back_to_the_queue() -> None:
    assert (run_lane.acks_late, run_lane.reject_on_worker_lost) == (True, True)


def test_task_of_an_unknown_province_is_refused(django_db_setup: None, django_db_blocker: Any) -> None:
    @province_task(name="tests.unknown")
    def work() -> None:
        pytest.fail("it must not run")

    with django_db_blocker.unblock(), pytest.raises(UnknownProvince):
        work("khongco")
