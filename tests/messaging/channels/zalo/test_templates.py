"""What Zalo tells of its forms, and values that fit into them or do not."""

import json
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from messaging.channels.base import ApprovedTemplate
from messaging.channels.capabilities import Parameter
from messaging.channels.zalo import client, protocol, templates
from messaging.channels.zalo.settings import TEMPLATE_PHONE, TEMPLATE_UID
from messaging.channels.zalo.templates import BY_UID_SINCE, Quality, TemplateState, Unfit
from tests.messaging.channels.zalo.making import NAME, Serve, account, asked, refusal, success

TOLD = {
    "templateId": 123456,
    "templateName": "Tiếp nhận hồ sơ",
    "status": "ENABLE",
    "listParams": [
        {
            "name": "ten",
            "require": True,
            "type": "NAME",
            "maxLength": 30,
            "minLength": 1,
            "acceptNull": False,
        },
        {
            "name": "ghi_chu",
            "require": False,
            "type": "STRING",
            "maxLength": 90,
            "minLength": 0,
            "acceptNull": True,
        },
    ],
    "listButtons": [{"type": 1, "title": "Xem hồ sơ", "content": "https://daklak.example/"}],
    "timeout": 7200000,
    "previewUrl": "https://x.zdn.vn/1",
    "templateQuality": "HIGH",
    "templateTag": "TRANSACTION",
    "price": "120.0",
    "price_sdt": "120.0",
    "price_uid": "100",
}
FORM = templates.read(protocol.loads(json.dumps(TOLD).encode()))


def one(kind: str = "STRING", **more: Any) -> templates.ProviderTemplate:
    return replace(FORM, parameters=(Parameter("o", kind, **more),))


def fill(form: templates.ProviderTemplate, value: str, **more: Any) -> str:
    return templates.fill(form, {"o": value}, ways=[TEMPLATE_PHONE], **more).values.get("o", "")


# --- Reading


def test_a_form_in_full(serve: Serve) -> None:
    server = serve({"/template/info/v2": success(**TOLD)})
    form = templates.detail(account(), "123456")
    assert asked(server)[0] == "GET /template/info/v2?template_id=123456 HTTP/1.1"
    assert (form.code, form.state, form.quality) == ("123456", TemplateState.ENABLED, Quality.HIGH)
    assert (form.price_phone, form.price_uid, form.dropped_after) == (120, 100, timedelta(hours=2))
    assert form.parameters[1] == Parameter("ghi_chu", "STRING", False, 90, 0, True)
    assert form.buttons == (("1", "Xem hồ sơ", "https://daklak.example/"),)


def test_a_form_of_which_little_is_told() -> None:
    form = templates.read({"templateId": "7"}, "7")
    assert (form.state, form.price(), form.dropped_after) == (TemplateState.UNKNOWN, {}, None)


def test_the_older_price_counts_where_there_is_no_other() -> None:
    assert templates.read({"price": "200"}).price_phone == 200


def test_the_list_goes_on_where_it_ended(serve: Serve) -> None:
    lines = [
        {
            "templateId": n,
            "templateName": "x",
            "createdTime": 1766000000000,
            "status": "DISABLE",
            "templateQuality": "LOW",
        }
        for n in range(2)
    ]
    server = serve({"/template/all": {"error": 0, "data": lines, "metadata": {"total": 3}}})
    page = templates.page(account(), 0, limit=2)
    assert asked(server)[0] == "GET /template/all?offset=0&limit=2 HTTP/1.1"
    assert (page.total, page.next_offset, len(page.listed)) == (3, 2, 2)
    assert page.listed[0].created_at == datetime.fromtimestamp(1766000000, UTC)


def test_the_list_ends(serve: Serve) -> None:
    serve({"/template/all": {"error": 0, "data": [], "metadata": {"total": 3}}})
    assert templates.page(account(), 3).next_offset is None


def test_a_refused_question_says_why(serve: Serve) -> None:
    serve({"/template/all": refusal(-124)})
    with pytest.raises(client.Trouble) as trouble:
        templates.page(account())
    assert trouble.value.outcome.reason == "stale"


# --- Over which ways


@pytest.mark.parametrize(
    ("change", "created", "allowed"),
    [
        ({}, BY_UID_SINCE, True),
        ({}, BY_UID_SINCE - timedelta(seconds=1), False),
        ({}, None, False),
        ({"price_uid": None}, BY_UID_SINCE, False),
        ({"parameters": (Parameter("o", "OTP"),)}, BY_UID_SINCE, False),
        ({"buttons": (("QUICK_REPLY", "Có", ""),)}, BY_UID_SINCE, False),
        ({"tag": "JOURNEY"}, BY_UID_SINCE, False),
    ],
)
def test_whether_it_may_go_to_a_zalo_id(
    change: dict[str, Any], created: datetime | None, allowed: bool
) -> None:
    assert replace(FORM, **change).uid_allowed(created) is allowed


@pytest.mark.parametrize(
    "state", [TemplateState.PENDING, TemplateState.REJECTED, TemplateState.DISABLED, TemplateState.UNKNOWN]
)
def test_what_is_not_approved_goes_nowhere(state: TemplateState) -> None:
    assert replace(FORM, state=state).ways(BY_UID_SINCE) == frozenset()


def test_an_approved_form_goes_both_ways() -> None:
    assert FORM.ways(BY_UID_SINCE) == {TEMPLATE_PHONE, TEMPLATE_UID}


# --- Filling


def test_a_filled_form_knows_its_prices_and_its_time() -> None:
    filled = templates.fill(FORM, {"ten": NAME, "la": "không có chỗ"}, ways=[TEMPLATE_PHONE])
    assert filled == ApprovedTemplate(
        "123456",
        {"ten": NAME},
        frozenset({TEMPLATE_PHONE}),
        {TEMPLATE_PHONE: 120, TEMPLATE_UID: 100},
        timedelta(hours=2),
    )


def test_a_moment_is_written_as_zalo_reads_it() -> None:
    assert fill(one("DATE", longest=20), "17:00, 02/12/2026") == "17:00 02/12/2026"


def test_letters_are_counted_composed() -> None:
    value = "ế" * 30
    assert fill(one("CODE", longest=30), unicodedata.normalize("NFD", value)) == value


def test_a_value_is_one_line() -> None:
    assert fill(one(), " Trung tâm\n phục vụ\t") == "Trung tâm phục vụ"


@pytest.mark.parametrize("kind", ["STRING", "NAME", "PRODUCT", "CODE"])
def test_words_are_cut_at_a_word_whatever_the_provider_calls_them(kind: str) -> None:
    cut = fill(one(kind, longest=20), "Trung tâm Phục vụ hành chính công", cut=["o"])
    assert cut == "Trung tâm Phục vụ…"


@pytest.mark.parametrize("kind", ["STRING", "NAME", "DATE"])
def test_what_is_not_only_words_is_refused(kind: str) -> None:
    with pytest.raises(Unfit):
        fill(one(kind, longest=5), "123456")


def test_what_is_too_short_to_be_cut_is_refused() -> None:
    with pytest.raises(Unfit):
        fill(one("NAME", longest=5), "Nguyễn Thị", cut=["o"])


@pytest.mark.parametrize(
    ("more", "value"),
    [({}, ""), ({"shortest": 3}, "ab"), ({"kind": "NUMBER"}, "một"), ({"kind": "NUMBER"}, "१२"), ({}, "   ")],
)
def test_what_does_not_fit_is_refused(more: dict[str, Any], value: str) -> None:
    with pytest.raises(Unfit):
        fill(one(**more), value)


def test_a_place_that_may_be_empty_is() -> None:
    assert templates.fill(one(may_be_empty=True), {}, ways=[]).values == {"o": ""}


def test_a_place_that_is_not_required_is_left_out() -> None:
    assert templates.fill(one(required=False), {}, ways=[]).values == {}


def test_all_faults_are_told_and_no_value_is() -> None:
    with pytest.raises(Unfit) as unfit:
        templates.fill(FORM, {"ghi_chu": "bí mật " * 40}, ways=[])
    assert (len(unfit.value.problems), "bí mật" in str(unfit.value)) == (2, False)


def test_a_limit_is_the_kinds_where_the_form_names_none() -> None:
    form = templates.read({"listParams": [{"name": "o", "type": "phone"}]})
    assert form.parameters[0].longest == 15


def test_the_last_look_takes_what_is_composed() -> None:
    filled = ApprovedTemplate("1", {"o": unicodedata.normalize("NFD", "ế" * 400)})
    assert len(templates.last_look(filled)["o"]) == 400


@pytest.mark.parametrize("bad", [ApprovedTemplate("1", {"o": "x" * 401}), ApprovedTemplate("", {"o": "x"})])
def test_the_last_look_refuses_what_no_form_takes(bad: ApprovedTemplate) -> None:
    with pytest.raises(Unfit):
        templates.last_look(bad)
