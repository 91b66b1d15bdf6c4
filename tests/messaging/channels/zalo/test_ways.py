"""Which way a message goes: a rule with examples, and what holds for any message."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.channels.base import ApprovedTemplate, OutgoingMessage, Reason
from messaging.channels.zalo.settings import (
    CHAT,
    ORDER,
    TEMPLATE_PHONE,
    TEMPLATE_UID,
    Choice,
    NoWay,
    Terms,
    choose_way,
    open_ways,
    usable_ways,
)
from tests.messaging.channels.zalo.making import DAY, FORM, HOUR, PHONE, UID, message

PAYS = Terms(pays_for_chat=True, chat_price=55)


@pytest.mark.parametrize(
    ("more", "terms", "way", "cost"),
    [
        ({}, Terms(), CHAT, 0),
        ({"heard_ago": 48 * HOUR}, Terms(), CHAT, 0),
        ({"heard_ago": 49 * HOUR}, Terms(), TEMPLATE_UID, 100),
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
def test_the_way(more: dict[str, Any], terms: Terms, way: str, cost: int) -> None:
    assert choose_way(message(**more), terms) == Choice(way, cost)


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
    none = choose_way(message(**more), Terms())
    assert isinstance(none, NoWay)
    assert (none.code, none.reason) == (code, reason)


@pytest.mark.parametrize("more", [{"heard_ago": None, "may_cost": False}, {"ways_done": frozenset(ORDER)}])
def test_that_one_message_has_no_way_does_not_rest_the_lane(more: dict[str, Any]) -> None:
    none = choose_way(message(**more), Terms())
    assert isinstance(none, NoWay)
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
_terms = st.builds(Terms, st.booleans(), st.integers(0, 500))


@given(_messages, _terms)
def test_what_holds_for_any_message(one: OutgoingMessage, terms: Terms) -> None:
    ways = list(open_ways(one, terms))
    names = [choice.way for choice in ways]
    assert names == sorted(names, key=ORDER.index)
    assert not set(names) & one.ways_done
    assert set(names) <= usable_ways(one)
    assert one.may_cost or all(choice.cost == 0 for choice in ways)
    assert one.address or not {CHAT, TEMPLATE_UID} & set(names)
    assert one.phone or TEMPLATE_PHONE not in names
    paid = one.heard_ago is not None and one.heard_ago > timedelta(hours=48)
    allowed = terms.pays_for_chat and (one.may_cost or terms.chat_price == 0)
    assert allowed or not (paid and CHAT in names)
    assert isinstance(choose_way(one, terms), Choice) == bool(ways)


@given(_messages, _terms)
def test_closing_way_after_way_ends(one: OutgoingMessage, terms: Terms) -> None:
    taken = []
    while isinstance(choice := choose_way(one, terms), Choice):
        taken.append(choice.way)
        one = replace(one, ways_done=one.ways_done | {choice.way})
    assert len(taken) == len(set(taken)) <= len(ORDER)


def test_a_form_is_for_the_ways_it_names() -> None:
    only = ApprovedTemplate("1", FORM.values, frozenset({TEMPLATE_PHONE}), FORM.price)
    assert choose_way(message(heard_ago=None, template=only), Terms()) == Choice(TEMPLATE_PHONE, 120)
