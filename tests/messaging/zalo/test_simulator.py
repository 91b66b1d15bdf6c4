"""The channel against a Zalo that keeps what it was given: what telephones show decides."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from messaging.channels.base import (
    Account,
    AnsweredByHand,
    Approached,
    ApprovedTemplate,
    ContactKind,
    ErasureAsked,
    Finding,
    Granted,
    GrantLost,
    GrantUnclear,
    InfoShared,
    MessageIn,
    Outcome,
    OutcomeKind,
    OutgoingMessage,
    Question,
    QuotaChanged,
    Rated,
    Reason,
    Receipt,
    ReceiptKind,
    Rejected,
    TemplateChanged,
)
from messaging.channels.zalo import ZaloChannel, followers, oauth, quota, templates, uploads
from messaging.channels.zalo.ways import CHAT, TEMPLATE_PHONE, TEMPLATE_UID
from messaging.outbound import client as connections
from tenants import clock
from tests.zalo_simulator.process import ZaloSimulator

from .making import NOON, message

CHANNEL = ZaloChannel()
BACK = "http://127.0.0.1:8000/zalo/callback"
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20
VALUES = {"ten": "Nguyễn Thị Thử", "ma_ho_so": "H15.08-261125-0001", "trang_thai": "Đã tiếp nhận"}
HOURS = timedelta(hours=1)


class House:
    """One OA, one person and the channel's account, in a simulator whose clock stands at noon."""

    def __init__(self, zalo: ZaloSimulator) -> None:
        self.control = zalo.control
        self.control.set_clock("2026-11-25T12:00:20", freeze=True)
        # Nobody listens there: what is posted waits for its next try, and is taken from the queue.
        staged = self.control.stage(webhook_url="http://127.0.0.1:9/")
        self.app, self.oa, self.person = staged["app"], staged["oas"][0], staged["users"][0]
        self.user = self.person["user_id"]
        self.account = Account(
            uuid.uuid4(),
            "chinh",
            self.oa["oa_id"],
            config={"app_id": self.app["app_id"]},
            secrets={"app_secret": self.app["secret"], "oa_secret": self.app["oa_secret"]},
            credentials={name: self.oa[name] for name in ("access_token", "refresh_token")},
        )

    def config(self, **more: Any) -> Account:
        return replace(self.account, config={**self.account.config, **more})

    def heard(self, hours: float = 1.0) -> str:
        return self.control.last_interaction(self.user, self.oa["oa_id"], hours_ago=hours)

    def message(self, uid: str = "", **more: Any) -> OutgoingMessage:
        phone = f"0{self.person['phone'].removeprefix('84')}"
        form = ApprovedTemplate(
            self.oa["template_id"],
            VALUES,
            frozenset({TEMPLATE_UID, TEMPLATE_PHONE}),
            {TEMPLATE_UID: 100, TEMPLATE_PHONE: 120},
            timedelta(hours=2),
        )
        heard_ago = HOURS if uid else None
        return message(**{"address": uid, "phone": phone, "template": form, "heard_ago": heard_ago, **more})

    def send(self, one: OutgoingMessage) -> Outcome:
        return CHANNEL.send(self.account, one)

    def shown(self) -> list[str]:
        self.control.settle()
        return [one.text for one in self.control.phone(self.user)]

    def told(self, who: Account | None = None) -> list[Any]:
        """What the webhooks that wait say to the account, once they are verified."""
        who = who or self.account
        items: list[Any] = []
        moment = datetime.fromtimestamp(self.control.now(), clock.VIETNAM)
        for webhook in self.control.take_webhooks():
            headers = {name.lower(): value for name, value in webhook.headers.items()}
            with clock.frozen(moment):
                refused = CHANNEL.verify_webhook(who, headers, webhook.body)
            items += [refused] if refused else CHANNEL.parse_events(who, webhook.body)
        return items


@pytest.fixture
def house(settings: Any) -> Iterator[House]:
    with ZaloSimulator() as zalo:
        settings.OUTBOUND_ALLOW = frozenset({("127.0.0.1", zalo.port)})
        for name in ("oauth", "openapi", "business", "graph"):
            setattr(settings, f"ZALO_{name.upper()}_URL", getattr(zalo.urls, name))
        yield House(zalo)
        connections.forget()


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
    question = Question(one.tracking_id, outcome.provider_id, outcome.way, one, age)
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
        quota.official_account(replace(house.account, credentials=granted.credentials)).oa_id
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


# --- Webhooks

STYLES: list[dict[str, Any]] = [
    {}, {"body_spaces": True}, {"body_ascii": True}, {"body_slashes": True}, {"body_order": "sorted"},
    {"body_order": "reversed"}, {"number_style": "number"}, {"received_direction": "user_sender"},
]  # fmt: skip


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_a_conversation_in_any_style(house: House, style: dict[str, Any]) -> None:
    control, oa = house.control, house.oa["oa_id"]
    control.settings(**style)
    uid = control.act_follow(house.user, oa)
    text = control.act_send_text(house.user, oa, "Hồ sơ https://a/b đến đâu?")
    sent = house.send(house.message(uid))
    control.advance(5)
    control.act_see(house.user, oa)
    by_hand = control.act_admin_types(house.user, oa, "Chào ông/bà")
    items = house.told()
    assert not [item for item in items if isinstance(item, Rejected)]
    assert [(type(item), getattr(item, "address", uid)) for item in items if not isinstance(item, Receipt)] == [
        (Approached, uid), (MessageIn, uid), (AnsweredByHand, uid),
    ]  # fmt: skip
    assert next(item for item in items if isinstance(item, MessageIn)).provider_id == text
    assert next(item for item in items if isinstance(item, AnsweredByHand)).provider_id == by_hand
    receipts = [(item.kind, item.provider_id) for item in items if isinstance(item, Receipt)]
    assert receipts == [(ReceiptKind.DELIVERED, sent.provider_id), (ReceiptKind.SEEN, sent.provider_id)]


@pytest.mark.parametrize("receipt", ["phone", "hash"])
@pytest.mark.parametrize("style", [{}, {"number_style": "number"}], ids=str)
def test_a_receipt_from_the_telephone(house: House, receipt: str, style: dict[str, Any]) -> None:
    house.control.settings(receipt_phone=receipt, **style)
    one = house.message()
    sent = house.send(one)
    house.control.advance(5)
    assert house.told() == [Receipt(ReceiptKind.DELIVERED, one.tracking_id, sent.provider_id)]


def test_what_people_and_consoles_do(house: House) -> None:
    control, oa = house.control, house.oa["oa_id"]
    control.act_click_chatnow(house.user, oa)
    control.act_submit_info(house.user, oa, {"name": "Nguyễn Thị Thử", "phone": "84905000217"})
    sent = house.send(house.message())
    control.advance(5)
    control.act_feedback(sent.provider_id, rate=5, note="Tốt")
    control.disable_template(house.oa["template_id"], reason="Chất lượng thấp")
    control.set_quota(oa, 2000)
    control.act_withdraw(house.user, oa)
    control.act_unfollow(house.user, oa)
    kinds = [type(item) for item in house.told()]
    assert [Approached, InfoShared, Receipt, Rated, TemplateChanged, QuotaChanged, ErasureAsked] == [
        kind for kind in dict.fromkeys(kinds) if kind is not Rejected
    ]
    assert Rejected not in kinds


@pytest.mark.parametrize("first", ["app_id", "oa_id"])
@pytest.mark.parametrize("key", ["oa_secret", "app_secret"])
def test_a_signature_that_the_account_expects(house: House, first: str, key: str) -> None:
    house.control.settings(sign_first_term=first, mac_key=key)
    uid = house.control.act_follow(house.user, house.oa["oa_id"])
    (item,) = house.told(house.config(signature=f"{first}+{key}"))
    assert (item.kind, item.address) == (ContactKind.FOLLOWED, uid)


@pytest.mark.parametrize(
    "fault", ["wrong_signature", "no_signature", "tampered", "other_oa", "unknown_oa", "invalid_utf8"]
)
def test_what_is_not_ours_is_refused(house: House, fault: str) -> None:
    more = {"value": house.control.add_oa()["oa_id"]} if fault == "other_oa" else {}
    house.control.fault(fault, event="user_send_text", **more)
    house.control.act_send_text(house.user, house.oa["oa_id"], "a")
    (item,) = house.told()
    assert isinstance(item, Rejected)


@pytest.mark.parametrize("fault", ["upper_hex", "no_mac_prefix", "nfd_text", "big_body"])
def test_what_is_ours_however_written_is_taken(house: House, fault: str) -> None:
    house.control.fault(fault, event="user_send_text")
    house.control.act_send_text(house.user, house.oa["oa_id"], "Đã nhận")
    (item,) = house.told()
    assert isinstance(item, MessageIn)


@pytest.mark.parametrize("fault", ["unknown_event", "huge_ids"])
def test_what_nobody_knows_says_nothing(house: House, fault: str) -> None:
    house.control.fault(fault, event="user_send_text")
    house.control.act_send_text(house.user, house.oa["oa_id"], "a")
    assert [item for item in house.told() if not isinstance(item, Rejected)] == []


def test_a_reset_secret_counts_beside_the_old_one(house: House) -> None:
    oa = house.oa["oa_id"]
    house.control.act_send_text(house.user, oa, "a")
    new = house.control.admin("reset_secret", app=house.app["app_id"])["oa_secret"]
    house.control.act_send_text(house.user, oa, "b")
    secrets = {**house.account.secrets, "oa_secret": new, "oa_secret_old": house.app["oa_secret"]}
    items = house.told(replace(house.account, secrets=secrets))
    assert [item.text for item in items] == ["a", "b"]


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


def test_a_picture_is_sent(house: House) -> None:
    uid = house.heard()
    picture = uploads.upload_image(house.account, PNG)
    assert uploads.send_image(house.account, uid, picture).kind == OutcomeKind.ACCEPTED
    house.control.advance(8 * 24 * 3600)
    house.control.last_interaction(house.user, house.oa["oa_id"], hours_ago=1)
    house.account = replace(
        house.account, credentials=house.control.grant(house.app["app_id"], house.oa["oa_id"])
    )
    assert uploads.send_image(house.account, uid, picture).code == "-100"


def test_a_sound_account_is_well(house: House) -> None:
    health = CHANNEL.health(house.account)
    assert (health.well, "mẫu tin" in health.detail) == (True, True)
