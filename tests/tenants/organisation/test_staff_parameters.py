"""What stands in an address of a staff page may be anything: the page answers in words, never with a 500."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin import AdminSite
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.lifecycle import actions as services
from messaging.channels.base import registry
from tenants.isolation.context import public_context
from tenants.organisation.staff_site.sites import operators_site, province_site
from tests import tables
from tests.deep import share
from tests.factories import Office, UserFactory

pytestmark = pytest.mark.sampled

HUGE = "9" * 30
WHERE = "/quan-tri/"
E = "?e=1"
# What a list without acts says to one; all others lead back to themselves.
NO_ACTION = tables.read(__file__, "no_action.yaml")


@pytest.fixture
def administrator(office: Office) -> Client:
    return signed_in(UserFactory(administrator=True))


def signed_in(user: Any) -> Client:
    client = Client(headers={"host": "daklak.localhost"}, raise_request_exception=False)
    client.force_login(user)
    return client


def lists(site: AdminSite) -> list[Any]:
    """Each list of a site, by its model and what stands behind it."""
    return [pytest.param(admin, id=model._meta.label) for model, admin in site._registry.items()]


def in_turn(turn: int) -> pytest.MarkDecorator:
    """Every other list in `make test`, beginning with this one."""
    return pytest.mark.parametrize("admin", share(lists(province_site), turn, 2))


def list_of(admin: Any, where: str = WHERE) -> str:
    return f"{where}{admin.opts.app_label}/{admin.opts.model_name}/"


def unreadable_values(admin: Any) -> Iterator[str]:
    """Filters that are there, asked for what they cannot mean."""
    for one in admin.list_filter:
        name = getattr(one, "parameter_name", None)
        yield from (
            f"{known}={value}"
            for known in ([name] if name else [f"{one}__exact", f"{one}__id__exact"])
            for value in ("(", HUGE)
        )
    if admin.date_hierarchy:
        yield from (f"{admin.date_hierarchy}__year={year}" for year in ("0", "99999", HUGE, "²"))


@in_turn(0)
def test_a_list_is_narrowed_by_its_filters_alone(administrator: Client, admin: Any) -> None:
    """Else a condition on a column that nobody is shown answers questions about it."""
    place = list_of(admin)
    text = next(field.name for field in admin.opts.concrete_fields if field.name != "id")
    for asked in ("pk__regex=(", f"pk={HUGE}", f"{text}__startswith=g", "khong_co=1"):
        answer = administrator.get(f"{place}?{asked}")
        if answer.status_code == 200:
            assert "cl" not in answer.context, f"a page of its own takes no condition; this list took {asked}"
        else:
            assert answer.headers.get("Location") == place + E or answer.status_code == 400, asked


@in_turn(1)
def test_a_list_survives_what_its_filters_cannot_mean(administrator: Client, admin: Any) -> None:
    place = list_of(admin)
    asked = [f"o={HUGE}", f"p={HUGE}", *unreadable_values(admin)]
    answers = {one: administrator.get(f"{place}?{one}").status_code for one in asked}
    assert {one: code for one, code in answers.items() if code not in (200, 302)} == {}


@in_turn(1)
def test_a_long_search_is_shortened_in_words(administrator: Client, admin: Any) -> None:
    if not admin.search_fields:
        return
    with CaptureQueriesContext(connection) as asked:
        page = administrator.get(list_of(admin), {"q": "ab " * 2000})
    assert max(len(query["sql"]) for query in asked) < 10_000
    assert page.status_code == 403 or "10 từ đầu" in page.content.decode()


def test_operators_list_does_not_break_on_its_address(db: None) -> None:
    client = Client(headers={"host": "localhost"}, raise_request_exception=False)
    with public_context():
        client.force_login(
            UserFactory(administrator=True), backend="tenants.organisation.auth_backend.RoleBackend"
        )
    for param in lists(operators_site):
        place = list_of(param.values[0], "/van-hanh/")
        assert client.get(f"{place}?id__regex=(").headers.get("Location") == place + E, place


def test_who_is_led_to_the_whole_list_reads_why(administrator: Client) -> None:
    said = administrator.get("/quan-tri/accounts/user/?date_joined__year=99999", follow=True)
    assert "Điều kiện lọc trong địa chỉ không đọc được" in said.content.decode()


@in_turn(0)
def test_ticked_rows_that_are_none_change_nothing(administrator: Client, admin: Any) -> None:
    sent = {"action": (admin.actions or ("delete_selected",))[0], "index": "0"}
    for ticked in ("abc", "²", "", HUGE):
        answer = administrator.post(list_of(admin), {**sent, "_selected_action": ticked})
        assert answer.status_code == NO_ACTION.get(admin.opts.label, 302), ticked


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("accounts/user/²/dang-nhap/", 404),
        (f"accounts/user/{HUGE}/dang-nhap/", 404),
        ("dossiers/dossier/?hen-den=31/12/9999", 200),
        ("dossiers/dossier/?hen-tu=01/01/0001", 200),
        ("bao-cao/bao-cao.pdf?loai=so-theo-doi&ky=ngay&tu=01/01/0001&den=31/12/9999", 422),
        (
            f"autocomplete/?app_label=organisation&model_name=assignment&field_name=user&term={HUGE}&page={HUGE}",
            404,
        ),
    ],
)
def test_a_page_survives_its_address(administrator: Client, address: str, status: int) -> None:
    assert administrator.get(WHERE + address).status_code == status


def test_there_is_no_shortcut_past_the_pages(office: Office) -> None:
    dossier = services.receive(office.intake(), actor=office.clerk).dossier
    assert signed_in(office.clerk).get(f"/quan-tri/r/{dossier.pk}/{dossier.pk}/").status_code == 404


def test_settings_that_no_page_can_show_are_refused_in_words(administrator: Client) -> None:
    sent = {"channel": registry.codes()[0], "name": "thu", "config": '{"ten": "\\ud800"}', "new_secrets": ""}
    answer = administrator.post("/quan-tri/channels/channelaccount/add/", sent)
    assert "ký tự" in answer.content.decode()
