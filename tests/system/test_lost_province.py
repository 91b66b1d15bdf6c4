"""An installation that lost a province, `public` too, has it back from its archive."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from tenants.folder.problems import Refused
from tenants.isolation import province_cache
from tenants.isolation.context import each_province, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import restore, side_schemas
from tenants.operations.backup.archive import Damaged
from tenants.operations.golive.golive import resume_province
from tests.conftest import as_owner
from tests.system.backing_up import Site, standing_site

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]


@pytest.fixture(scope="module")
def whole_site(kept_province: ProvinceRecord, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with standing_site(kept_province, tmp_path_factory.mktemp("lost")) as made:
        made.back_up()
        yield made
        forget(made.slug)
    with as_owner(), public_context():
        # for who drops what it made
        Province(schema_name=made.slug, name="x", short_name="x", agency_code="H99").save(verbosity=0)


@pytest.fixture
def lost(whole_site: Site) -> Site:
    """An installation that knows nothing any more of a province."""
    forget(whole_site.slug)
    return whole_site


def forget(slug: str) -> None:
    with as_owner(), public_context():
        for copy in side_schemas.of(slug):
            restore.discard_schema(copy.name)
        for province in Province.objects.filter(schema_name=slug):
            province.delete(force_drop=True)
    province_cache.clear_cache()


def test_a_lost_province_that_does_not_come_back_leaves_nothing(lost, monkeypatch):
    def breaks(*arguments: Any) -> None:
        raise Damaged("hỏng")

    monkeypatch.setattr(restore, "_compare", breaks)
    with pytest.raises(Damaged, match="hỏng"):
        lost.restore()
    with public_context():
        assert not Province.objects.filter(schema_name=lost.slug).exists()


def test_a_lost_province_is_forgotten_again_with_its_last_copy(lost: Site) -> None:
    lost.restore()
    with as_owner():
        restore.discard(lost.slug, f"{lost.slug}_moi")
    with public_context():
        assert not Province.objects.filter(schema_name=lost.slug).exists()


def test_a_lost_province_whose_return_was_killed_before_any_copy_can_be_forgotten(lost: Site) -> None:
    lost.kill_at("_commit")
    province_cache.clear_cache()
    with as_owner(), public_context():
        assert side_schemas.of(lost.slug) == []
        call_command("backup", "discard", lost.slug, f"{lost.slug}_moi", "--yes")
    with public_context():
        assert not Province.objects.filter(schema_name=lost.slug).exists()


def test_a_lost_province_that_is_half_back_is_served_by_nothing(lost: Site) -> None:
    lost.restore()
    province_cache.clear_cache()
    record = province_cache.by_slug(lost.slug)
    assert (record.state, record.is_at_rest) == ("unfinished", True)
    assert lost.slug not in {province.slug for province in each_province()}
    assert Client(headers={"host": record.host}).get("/webhooks/zalo/").status_code == 503
    with pytest.raises(Refused, match="chưa dựng xong"):
        resume_province(lost.slug)
