"""The channel against a Zalo that keeps what it was given: what telephones show decides."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from messaging.channels.base import Finding, Granted, GrantLost, GrantUnclear, OutcomeKind, Question, Reason
from messaging.channels.inbound_items import ReceiptKind
from messaging.channels.zalo import followers, health, oauth, templates
from messaging.channels.zalo.settings import CHAT, TEMPLATE_PHONE, TEMPLATE_UID
from tenants import clock
from tests.messaging.channels.zalo.making import NOON
from tests.messaging.channels.zalo.simulated import CHANNEL, HOURS, VALUES, House

BACK = "http://127.0.0.1:8000/zalo/callback"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


# --- Each way


def test_a_chat_reaches_the_telephone(house: House) -> None:
    outcome = house.send(house.message(house.heard()))
    assert (outcome.kind, outcome.way, outcome.cost) == (OutcomeKind.ACCEPTED, CHAT, 0)
    (text,) = house.shown()
    assert text.startswith("Đã tiếp nhận hồ sơ\n\n")


@pytest.mark.parametrize("by_phone", [False, True])
def test_a_form_reaches_the_telephone(house: House, by_phone: bool) -> None:
    uid = house.heard(24 * 30)
    if not by_phone:
        house.control.admin("set_template", template=house.oa["template_id"], uid_allowed=True)
    outcome = house.send(house.message("" if by_phone else uid, heard_ago=None))
    assert (outcome.kind, outcome.way) == (OutcomeKind.ACCEPTED, TEMPLATE_PHONE if by_phone else TEMPLATE_UID)
    (text,) = house.shown()
    assert "H15.08-261125-0001 của ông/bà Nguyễn Thị Thử: Đã tiếp nhận" in text


def test_way_after_way_until_one_is_open(house: House) -> None:
    uid = house.heard(24 * 8)
    house.control.admin("set_template", template=house.oa["template_id"], uid_allowed=False)
    one, outcomes = house.message(uid), []
    while True:
        outcomes.append(house.send(one))
        if not outcomes[-1].next_way:
            break
        one = replace(one, ways_done=one.ways_done | {outcomes[-1].way})
    assert [(one.way, one.code) for one in outcomes] == [
        (CHAT, "-230"),
        (TEMPLATE_UID, "-249"),
        (TEMPLATE_PHONE, "0"),
    ]
    assert len(house.shown()) == 1


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"verified": False}, "-221", Reason.CONFIG),
        ({"package": "free"}, "-224", Reason.CONFIG),
        ({"enabled": False}, "-204", Reason.PLATFORM_BLOCK),
        ({"cs_quota": 0}, "-211", Reason.DAILY_QUOTA),
    ],
)
def test_what_ails_the_account(house: House, change: dict[str, Any], code: str, reason: Reason) -> None:
    uid = house.heard()
    house.control.set_oa(house.oa["oa_id"], **change)
    outcome = house.send(house.message(uid))
    assert (outcome.kind, outcome.code, outcome.reason) == (OutcomeKind.TEMPORARY, code, reason)


def test_a_person_without_zalo(house: House) -> None:
    house.control.set_user(house.user, has_zalo=False)
    outcome = house.send(house.message())
    assert (outcome.kind, outcome.reason) == (OutcomeKind.PERMANENT, Reason.NO_ACCOUNT)


def test_a_person_who_refuses(house: House) -> None:
    uid = house.heard()
    house.control.act_block(house.user, house.oa["oa_id"])
    outcome = house.send(house.message(uid))
    assert (outcome.reason, outcome.next_way) == (Reason.OPTED_OUT, False)


def test_a_spent_day_ends_at_five_past_midnight(house: House) -> None:
    house.control.admin("set_quota", oa=house.oa["oa_id"], quota=0)
    outcome = house.send(house.message())
    assert (outcome.reason, NOON + (outcome.retry_after or HOURS)) == (
        Reason.DAILY_QUOTA,
        datetime(2026, 11, 26, 0, 5, tzinfo=clock.VIETNAM),
    )


def test_an_app_that_wants_proof_gets_it(house: House) -> None:
    uid = house.heard()
    house.control.set_app(house.app["app_id"], proof_required=True)
    assert house.send(house.message(uid)).kind == OutcomeKind.ACCEPTED


@pytest.mark.parametrize("code", [-216, -220])
def test_a_dead_token_is_stale_under_either_code(house: House, code: int) -> None:
    uid = house.heard()
    house.control.settings(dead_token_code=code)
    house.control.expire_access(house.app["app_id"], house.oa["oa_id"])
    assert house.send(house.message(uid)).reason == Reason.STALE
    assert house.send(house.message()).reason == Reason.STALE


@pytest.mark.parametrize("fault", ["html", "truncated", "empty", "gzip"])
def test_an_answer_that_is_spoilt_is_unknown(house: House, fault: str) -> None:
    uid = house.heard()
    house.control.fault(fault)
    assert house.send(house.message(uid)).kind == OutcomeKind.UNKNOWN


@pytest.mark.parametrize("fault", ["error_string", "no_data", "content_type"])
def test_an_answer_that_is_odd_is_a_success(house: House, fault: str) -> None:
    uid = house.heard()
    house.control.fault(fault)
    assert house.send(house.message(uid)).kind == OutcomeKind.ACCEPTED


# --- The answer is lost


def test_a_chat_whose_answer_was_lost_is_found(house: House) -> None:
    one = house.message(house.heard())
    house.control.fault("cut_after", path="/v3.0/oa/message/cs", nth=1)
    outcome = house.send(one)
    question = Question(one.tracking_id, way=outcome.way, message=one, age=timedelta(seconds=30))
    assert (outcome.kind, CHANNEL.reconcile_unknown(house.account, question)) == (
        OutcomeKind.UNKNOWN,
        Finding.ACCEPTED,
    )


def test_a_chat_that_never_came_is_absent(house: House) -> None:
    uid = house.heard()
    house.control.act_send_text(house.user, house.oa["oa_id"], "Xin chào")
    house.control.fault("cut_before", path="/v3.0/oa/message/cs", nth=1)
    one = house.message(uid)
    outcome = house.send(one)
    question = Question(one.tracking_id, way=outcome.way, message=one, age=timedelta(seconds=30))
    assert CHANNEL.reconcile_unknown(house.account, question) == Finding.ABSENT


def test_a_form_whose_answer_was_lost_is_told_by_its_receipt(house: House) -> None:
    one = house.message()
    house.control.fault("cut_after", path="/message/template", nth=1)
    outcome = house.send(one)
    question = Question(one.tracking_id, way=outcome.way, message=one, age=timedelta(seconds=30))
    assert CHANNEL.reconcile_unknown(house.account, question) == Finding.AWAITED
    house.control.advance(5)
    (receipt,) = house.told()
    assert (receipt.kind, receipt.tracking_id) == (ReceiptKind.DELIVERED, one.tracking_id)


@pytest.mark.parametrize(
    ("online", "seconds", "found"),
    [(True, 5, Finding.DELIVERED), (False, 5, Finding.ACCEPTED), (False, 3 * 3600, Finding.UNDELIVERED)],
)
def test_what_became_of_a_form(house: House, online: bool, seconds: int, found: Finding) -> None:
    house.control.act_go_online(house.user, online=online)
    one = house.message()
    outcome = house.send(one)
    house.control.advance(seconds)
    age = timedelta(seconds=seconds)
    question = Question(one.tracking_id, outcome.provider_id, outcome.way, one, age, age)
    assert CHANNEL.reconcile_unknown(house.account, question) == found


# --- The grant


def test_a_consent_brings_tokens(house: House) -> None:
    invitation = oauth.invitation(house.account, BACK, "ky-hieu")
    asked = parse_qs(urlsplit(invitation.url).query)
    where = house.control.consent(
        house.app["app_id"],
        house.oa["oa_id"],
        BACK,
        code_challenge=asked["code_challenge"][0],
        state="ky-hieu",
    )
    came = parse_qs(urlsplit(where).query)
    granted = oauth.exchange_code(house.account, came["code"][0], invitation.verifier)
    assert isinstance(granted, Granted)
    assert came["oa_id"] == [
        health.official_account(replace(house.account, credentials=granted.credentials)).oa_id
    ]


def test_a_code_with_another_verifier_is_refused(house: House) -> None:
    invitation = oauth.invitation(house.account, BACK, "x")
    challenge = parse_qs(urlsplit(invitation.url).query)["code_challenge"][0]
    where = house.control.consent(house.app["app_id"], house.oa["oa_id"], BACK, code_challenge=challenge)
    code = parse_qs(urlsplit(where).query)["code"][0]
    assert isinstance(oauth.exchange_code(house.account, code, oauth.new_verifier()), GrantLost)


def test_a_challenge_of_the_console_needs_the_kept_verifier(house: House) -> None:
    verifier = "A" * 43
    house.control.set_app(
        house.app["app_id"], pkce_mode="fixed", fixed_challenge=oauth.challenge_of(verifier)
    )
    one = replace(
        house.config(pkce_mode="fixed"), secrets={**house.account.secrets, "pkce_verifier": verifier}
    )
    where = house.control.consent(house.app["app_id"], house.oa["oa_id"], BACK)
    assert isinstance(oauth.exchange_code(one, parse_qs(urlsplit(where).query)["code"][0]), Granted)


def test_a_refresh_token_works_once(house: House) -> None:
    first, second = CHANNEL.refresh_credentials(house.account), CHANNEL.refresh_credentials(house.account)
    assert isinstance(first, Granted)
    assert (first.lasts, type(second)) == (timedelta(hours=25), GrantLost)


def test_the_old_access_token_dies_with_the_renewal(house: House) -> None:
    uid = house.heard()
    renewed = CHANNEL.refresh_credentials(house.account)
    assert isinstance(renewed, Granted)
    assert house.send(house.message(uid)).reason == Reason.STALE
    house.account = replace(house.account, credentials=renewed.credentials)
    assert house.send(house.message(uid)).kind == OutcomeKind.ACCEPTED


@pytest.mark.parametrize("fault", ["cut_after", "empty_tokens", "html", "truncated"])
def test_a_renewal_without_a_good_answer_is_unclear(house: House, fault: str) -> None:
    house.control.fault(fault, host="oauth")
    assert isinstance(CHANNEL.refresh_credentials(house.account), GrantUnclear)


def test_a_renewal_without_a_refresh_token_keeps_the_old_one(house: House) -> None:
    house.control.fault("no_refresh_token", host="oauth")
    renewed = CHANNEL.refresh_credentials(house.account)
    assert isinstance(renewed, Granted)
    assert renewed.credentials["refresh_token"] == house.oa["refresh_token"]


@pytest.mark.parametrize("style", ["error_name", "empty_message"])
def test_a_revoked_grant_needs_a_person(house: House, style: str) -> None:
    house.control.settings(oauth_error_style=style)
    house.control.revoke(house.app["app_id"], house.oa["oa_id"])
    lost = CHANNEL.refresh_credentials(house.account)
    assert isinstance(lost, GrantLost)
    assert lost.code == "-14014"


# --- Asking


def test_forms_are_listed_and_read(house: House) -> None:
    (listed,) = templates.page(house.account).listed
    form = templates.detail(house.account, listed.code)
    assert (form.code, form.state) == (house.oa["template_id"], templates.TemplateState.ENABLED)
    assert templates.fill(form, VALUES, ways=form.ways(listed.created_at)).values == VALUES


def test_everybody_is_listed(house: House) -> None:
    crowd = house.control.crowd(house.oa["oa_id"], 120)
    page = followers.page(house.account)
    found = list(page.addresses)
    while page.cursor:
        page = followers.page(house.account, page.cursor)
        found += page.addresses
    assert (set(found), page.complete) == (set(crowd), True)
    assert followers.person(house.account, crowd[0]).heard_on == NOON.date()


def test_a_sound_account_is_well(house: House) -> None:
    state = CHANNEL.health(house.account)
    assert (state.well, "mẫu tin" in state.detail) == (True, True)
