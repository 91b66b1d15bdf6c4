"""What Zalo tells of its forms, and values that fit into them or do not."""

import json
import unicodedata
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest

from messaging.channels.base import ApprovedTemplate, Parameter
from messaging.channels.capabilities import ListedTemplate, Unanswered
from messaging.channels.zalo import protocol, templates
from messaging.channels.zalo.settings import TEMPLATE_PHONE, TEMPLATE_UID
from messaging.channels.zalo.templates import BY_UID_SINCE, Unfit
from tests import tables
from tests.messaging.channels.zalo.making import Serve, account, asked, refusal, success

TOLD = tables.read(__file__, "template_told.yaml")
MADE = int(BY_UID_SINCE.timestamp() * 1000)


def read(**change: Any) -> ListedTemplate:
    return templates.read(protocol.loads(json.dumps({**TOLD, "createdTime": MADE, **change}).encode()))


def fill(value: str, kind: str = "STRING", cut: Collection[str] = (), **more: Any) -> str | None:
    return templates.fitting([Parameter("o", kind, **more)], {"o": value}, cut=cut).get("o")


# --- Reading


def test_a_form_in_full(serve: Serve) -> None:
    line = {"templateId": 123456, "templateName": "x", "createdTime": MADE, "status": "DISABLE"}
    forms = {"error": 0, "data": [line], "metadata": {"total": 1}}
    server = serve({"/template/all": forms, "/template/info/v2": success(**TOLD)})
    page = templates.listing(account(), "")
    assert asked(server)[0] == "GET /template/info/v2?template_id=123456 HTTP/1.1"
    assert (page.templates, page.cursor) == ((read(),), "")
    form = read()
    assert (form.code, form.name, form.state, form.quality) == (
        "123456",
        "Tiếp nhận hồ sơ",
        "enabled",
        "high",
    )
    assert (form.price, form.dropped_after) == ({TEMPLATE_PHONE: 120, TEMPLATE_UID: 100}, timedelta(hours=2))
    assert form.parameters[1] == Parameter("ghi_chu", "STRING", False, 90, 0, True)


def test_the_older_price_counts_where_there_is_no_other() -> None:
    assert templates.read({"price": "200"}).price == {TEMPLATE_PHONE: 200}


def test_a_refused_question_says_why(serve: Serve) -> None:
    serve({"/template/all": refusal(-124)})
    with pytest.raises(Unanswered) as trouble:
        templates.listing(account(), "")
    assert trouble.value.outcome.reason == "stale"


# --- Over which ways


@pytest.mark.parametrize(
    "change",
    [
        {"createdTime": MADE - 1000},
        {"createdTime": None},
        {"price_uid": None},
        {"listParams": [{"name": "o", "type": "OTP"}]},
        {"listButtons": [{"type": "QUICK_REPLY", "title": "Có"}]},
        {"templateTag": "JOURNEY"},
    ],
)
def test_what_may_not_go_to_a_zalo_id(change: dict[str, Any]) -> None:
    assert read(**change).ways == {TEMPLATE_PHONE}


@pytest.mark.parametrize("state", ["PENDING_REVIEW", "REJECT", "DISABLE", "LA"])
def test_what_is_not_approved_goes_nowhere(state: str) -> None:
    assert read(status=state).ways == frozenset()


# --- Filling


@pytest.mark.parametrize(
    ("value", "more", "written"),
    [
        ("17:00, 02/12/2026", {"kind": "DATE", "longest": 20}, "17:00 02/12/2026"),
        # Letters are counted composed.
        (unicodedata.normalize("NFD", "ế" * 30), {"kind": "CODE", "longest": 30}, "ế" * 30),
        (" Trung tâm\n phục vụ\t", {}, "Trung tâm phục vụ"),
        # Words are cut at a word whatever the provider calls them.
        *(("Trung tâm Phục vụ hành chính công", {"kind": kind, "cut": ["o"], "longest": 20}, "Trung tâm Phục vụ…")
          for kind in ("STRING", "NAME", "PRODUCT", "CODE")),
        ("", {"may_be_empty": True}, ""),
        ("", {"required": False}, None),
    ],
)  # fmt: skip
def test_a_value_is_written_as_zalo_takes_it(value: str, more: dict[str, Any], written: str | None) -> None:
    assert fill(value, **more) == written


@pytest.mark.parametrize(
    ("more", "value"),
    [
        ({}, ""), ({"shortest": 3}, "ab"), ({"kind": "NUMBER"}, "một"), ({"kind": "NUMBER"}, "१२"), ({}, "   "),
        # What is not only words, or too short to be cut.
        *(({"kind": kind, "longest": 5}, "123456") for kind in ("STRING", "NAME", "DATE")),
        ({"kind": "NAME", "cut": ["o"], "longest": 5}, "Nguyễn Thị"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(more: dict[str, Any], value: str) -> None:
    with pytest.raises(Unfit):
        fill(value, **more)


def test_all_faults_are_told_and_no_value_is() -> None:
    with pytest.raises(Unfit) as unfit:
        templates.fitting(read().parameters, {"ghi_chu": "bí mật " * 40})
    assert str(unfit.value) == "Thiếu giá trị cho “ten”. “ghi_chu” dài quá 90 ký tự."


def test_a_limit_is_the_kinds_where_the_form_names_none() -> None:
    form = templates.read({"listParams": [{"name": "o", "type": "phone"}]})
    assert form.parameters[0].longest == 15


@pytest.mark.parametrize("bad", [ApprovedTemplate("1", {"o": "x" * 401}), ApprovedTemplate("", {"o": "x"})])
def test_the_last_look_refuses_what_no_form_takes(bad: ApprovedTemplate) -> None:
    with pytest.raises(Unfit):
        templates.last_look(bad)
