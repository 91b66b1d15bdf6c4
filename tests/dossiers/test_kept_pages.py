"""Public pages that processes keep: one statement for who has them, and nothing shown that is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.models import StatisticsSnapshot
from messaging import publications
from messaging.publications import Draft
from tenants import clock
from tests.dossiers.publishing import PAGE, Published, get, words
from tests.factories import Office, UserFactory

KEPT = [PAGE, "/minh-bach.json", "/minh-bach.csv"]


@pytest.fixture
def published(office: Office, noon: datetime) -> Published:
    return Published(office)


def statements(path: str, **headers: str) -> list[str]:
    """What reading the page asks of tables."""
    with CaptureQueriesContext(connection) as asked:
        get(path, **headers)
    return [query["sql"] for query in asked if query["sql"].startswith("SELECT") and "FROM" in query["sql"]]


@pytest.mark.parametrize("path", KEPT)
def test_who_has_the_page_costs_one_statement_even_where_nothing_is_kept(
    published: Published, path: str, settings: Any
) -> None:
    settings.PROVINCE_CACHE = False
    tag = get(path)["ETag"]
    assert get(path, **{"if-none-match": tag}).status_code == 304
    assert len(statements(path, **{"if-none-match": tag})) == 1


def test_the_switch_keeps_no_page(published: Published, settings: Any) -> None:
    settings.PROVINCE_CACHE = False
    get()
    assert len(statements(PAGE)) > 1


@pytest.mark.parametrize("path", KEPT)
def test_a_kept_page_is_byte_for_byte_the_first(published: Published, path: str) -> None:
    first, second = (
        {**page.headers, "page": page.content, "X-Request-ID": ""} for page in (get(path), get(path))
    )
    assert second == first


def test_an_address_with_other_parameters_is_not_kept(published: Published) -> None:
    address = f"{PAGE}?x=1"
    get(address)
    assert len(statements(address)) > 1


def test_an_announcement_stands_on_kept_pages_until_its_end(published: Published, noon: datetime) -> None:
    get()
    speaker = UserFactory(administrator=True)
    draft = Draft(
        title="Cầu sập", summary="Không đi được.", kind="urgent", publish_until=noon + timedelta(hours=1)
    )
    kept = publications.write(draft, actor=speaker)
    publications.publish(kept.pk, actor=speaker, seen=kept.version)
    publications.forget_all()
    tag = get()["ETag"]
    assert "Cầu sập" in words(get())
    with clock.frozen(noon + timedelta(hours=1)):
        assert "Cầu sập" not in words(get(**{"if-none-match": tag}))


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
def test_what_changes_the_page_changes_its_tag(
    published: Published, settings: Any, change: Callable[[Any], None]
) -> None:
    before = get()["ETag"]
    change(settings)
    assert get(**{"if-none-match": before}).status_code == 200
