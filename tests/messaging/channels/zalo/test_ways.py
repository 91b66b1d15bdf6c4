"""Which way a message goes: a rule with examples, and what holds for any message."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.channels.base import ApprovedTemplate, OutcomeKind, OutgoingMessage, Reason
from messaging.channels.zalo.channel import no_way
from messaging.channels.zalo.settings import (
    CHAT,
    ORDER,
    TEMPLATE_PHONE,
    TEMPLATE_UID,
    Settings,
    open_ways,
    usable_ways,
)
from tests.messaging.channels.zalo.making import DAY, FORM, HOUR, PHONE, UID, message

FREE, PAYS = Settings(app_id="1"), Settings(app_id="1", chat_paid=True, chat_price=55)


@pytest.mark.parametrize(
    ("more", "terms", "way", "cost"),
    [
        ({}, FREE, CHAT, 0),
        ({"heard_ago": 48 * HOUR}, FREE, CHAT, 0),
        ({"heard_ago": 49 * HOUR}, FREE, TEMPLATE_UID, 100),
        ({"heard_ago": 49 * HOUR}, PAYS, CHAT, 55),
        ({"heard_ago": 7 * DAY}, PAYS, CHAT, 55),
        ({"heard_ago": 8 * DAY}, PAYS, TEMPLATE_UID, 100),
        ({"heard_ago": None}, PAYS, TEMPLATE_UID, 100),
        ({"address": "", "heard_ago": None}, PAYS, TEMPLATE_PHONE, 120),
        ({"ways_done": frozenset({CHAT})}, PAYS, TEMPLATE_UID, 100),
        ({"ways_done": frozenset({CHAT, TEMPLATE_UID})}, PAYS, TEMPLATE_PHONE, 120),
        ({"may_cost": False}, PAYS, CHAT, 0),
    ],
)
def test_the_way(more: dict[str, Any], terms: Settings, way: str, cost: int) -> None:
    assert next(iter(open_ways(message(**more), terms).items())) == (way, cost)


@pytest.mark.parametrize(
    ("more", "code", "reason"),
    [
        ({"address": "", "phone": "", "heard_ago": None}, "nobody", Reason.BAD_ADDRESS),
        ({"heard_ago": None, "template": None}, "no_template", Reason.TEMPLATE_UNUSABLE),
        ({"heard_ago": None, "template": None, "template_problem": "mẫu 1 bị khóa."}, "unfit", Reason.BAD_PAYLOAD),
        ({"address": "", "template": ApprovedTemplate("1", {}, frozenset({TEMPLATE_UID}))},
         "no_template_way", Reason.TEMPLATE_UNUSABLE),
        ({"heard_ago": None, "may_cost": False}, "money", Reason.OUTSIDE_WINDOW),
        ({"ways_done": frozenset(ORDER)}, "all_tried", Reason.OUTSIDE_WINDOW),
    ],
)  # fmt: skip
def test_why_there_is_none(more: dict[str, Any], code: str, reason: Reason) -> None:
    assert open_ways(message(**more), FREE) == {}
    none = no_way(message(**more), FREE)
    assert (none.kind, none.code, none.reason) == (OutcomeKind.PERMANENT, code, reason)
    # That one message has no way rests no lane.
    assert not none.reason.concerns_account
    assert not none.reason.trips


_prices = st.dictionaries(st.sampled_from(ORDER), st.integers(0, 500))
_forms = st.none() | st.builds(
    ApprovedTemplate, st.just("1"), st.just({}), st.frozensets(st.sampled_from(ORDER[1:])), _prices
)
_messages = st.builds(
    message,
    address=st.sampled_from(["", UID]),
    phone=st.sampled_from(["", PHONE]),
    heard_ago=st.none() | st.timedeltas(timedelta(0), timedelta(days=30)),
    template=_forms,
    ways_done=st.frozensets(st.sampled_from(ORDER)),
    may_cost=st.booleans(),
)
_terms = st.builds(Settings, app_id=st.just("1"), chat_paid=st.booleans(), chat_price=st.integers(0, 500))


@given(_messages, _terms)
def test_what_holds_for_any_message(one: OutgoingMessage, terms: Settings) -> None:
    ways = open_ways(one, terms)
    names = list(ways)
    assert names == sorted(names, key=ORDER.index)
    assert not set(names) & one.ways_done
    assert set(names) <= usable_ways(one)
    assert one.may_cost or not any(ways.values())
    assert one.address or not {CHAT, TEMPLATE_UID} & set(names)
    assert one.phone or TEMPLATE_PHONE not in names
    paid = one.heard_ago is not None and one.heard_ago > timedelta(hours=48)
    allowed = terms.chat_paid and (one.may_cost or terms.chat_price == 0)
    assert allowed or not (paid and CHAT in names)


def test_a_form_is_for_the_ways_it_names() -> None:
    only = ApprovedTemplate("1", FORM.values, frozenset({TEMPLATE_PHONE}), FORM.price)
    assert open_ways(message(heard_ago=None, template=only), FREE) == {TEMPLATE_PHONE: 120}
