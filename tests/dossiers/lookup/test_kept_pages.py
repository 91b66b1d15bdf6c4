"""Public pages that processes keep: one statement for who has them, and nothing shown that is over."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dossiers.statistics.models import StatisticsSnapshot
from messaging.broadcasts.actions import publish, write
from messaging.broadcasts.models import Publication
from messaging.broadcasts.queries import forget_all
from tenants import clock
from tenants.organisation import data_version
from tests.dossiers.publishing import PAGE, Published, get, statements, words
from tests.factories import Office, UserFactory

KEPT = [
    *(PAGE, "/minh-bach.json", "/minh-bach.csv"),
    *("/tro-giup/", "/quyen-rieng-tu/", "/tiep-can/", "/noi-nop/", "/noi-nop/H15.08/"),
    *("/bieu-mau/", "/doi-song/", "/doi-song/sinh-con/"),
    *("/", "/nop/", "/thu-tuc/", "/thu-tuc/9.000001/"),
    *("/thong-bao/", "/thong-bao/nam/2026/", "/thong-bao/atom.xml"),
]


@pytest.mark.parametrize("path", KEPT)
def test_who_has_the_page_costs_one_statement_even_where_nothing_is_kept(published, path, settings):
    """Announcements and desks one more: when they begin, end, open and close, which is kept otherwise."""
    settings.PROVINCE_CACHE = False
    tag = get(path)["ETag"]
    assert get(path, **{"if-none-match": tag}).status_code == 304
    timed = path.startswith(("/thong-bao/", "/noi-nop/"))
    assert len(statements(path, **{"if-none-match": tag})) == 1 + timed


@pytest.mark.parametrize("path", KEPT)
def test_a_kept_page_is_byte_for_byte_the_first_whatever_it_is_asked_with(published, path):
    first, second = (
        {**page.headers, "page": page.content, "X-Request-ID": ""} for page in (get(path), get(path))
    )
    assert second == first
    odd = get(f"{path}?x=1&khong-co=&utm_source=zalo&lang=xx")
    assert (odd.content, odd["ETag"]) == (first["page"], first["ETag"])


def test_a_page_that_is_not_there_is_not_unchanged(published: Published) -> None:
    assert get(f"{PAGE}?ky=2031-01", **{"if-none-match": "*"}).status_code == 404


def test_the_switch_keeps_no_page(published: Published, settings: Any) -> None:
    settings.PROVINCE_CACHE = False
    get()
    assert len(statements(PAGE)) > 1


@pytest.mark.parametrize("path", [PAGE, "/", "/thong-bao/", "/thong-bao/atom.xml"])
def test_an_announcement_stands_on_kept_pages_until_its_end(published, noon, path):
    get(path)
    speaker = UserFactory(administrator=True)
    until = noon + timedelta(hours=1)
    draft = {"title": "Cầu sập", "summary": "Không đi được.", "kind": "urgent", "publish_until": until}
    kept = write(draft, actor=speaker)
    publish(kept.pk, actor=speaker, seen=kept.version)
    forget_all()
    tag = get(path)["ETag"]
    assert "Cầu sập" in words(get(path))
    with clock.frozen(noon + timedelta(hours=1)):
        assert "Cầu sập" not in words(get(path, **{"if-none-match": tag}))


def test_progress_of_a_broadcast_changes_no_page(office: Office, noon: datetime) -> None:
    draft = write({"title": "Tin", "summary": "Tóm tắt."}, actor=UserFactory(administrator=True))
    before = data_version.read("news")
    Publication.objects.update(next_step_at=noon)
    draft.save(update_fields=["cursor"])
    assert data_version.read("news") == before
    Publication.objects.update(title="Tin mới")
    assert data_version.read("news") != before


def test_the_next_day_is_another_page(published: Published) -> None:
    assert '<option value="2026-10" selected>' in words(get())
    with clock.frozen(datetime(2026, 12, 1, 0, 0, tzinfo=clock.VIETNAM)):
        assert '<option value="2026-11" selected>' in words(get())


def _demo(settings: Any) -> None:
    settings.DEMO = not settings.DEMO


def _version(settings: Any) -> None:
    settings.VERSION = "99.0"


def _figures(_settings: Any) -> None:
    StatisticsSnapshot.objects.update(computed_at=clock.now())


@pytest.mark.parametrize("change", [_demo, _version, _figures])
def test_what_changes_the_page_changes_its_tag(published, settings, change):
    before = get()["ETag"]
    change(settings)
    assert get(**{"if-none-match": before}).status_code == 200
