"""What the SMS channel says, code by code, and how its words are written. Numbers are invented."""

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import pytest

from messaging.channels.base import Account, Finding, OutcomeKind, OutgoingMessage, Question, Reason
from messaging.channels.inbound_items import Receipt, ReceiptKind
from messaging.channels.sms.channel import SmsChannel
from messaging.channels.sms.gateway import Gateway, read_gateway
from portal.settings.environment import BASE_DIR
from tenants.web import http
from tenants.web.http import Answered, Cut, NotSent
from tests import tables
from tests.messaging.scripted_server import ScriptedServer, plain
from tests.simulators.sms.process import account_settings

CHANNEL = SmsChannel()
PLACE = ("127.0.0.1", 9400)
STANDARD = account_settings("http://127.0.0.1:9400", "chinh")
SEND = {"url": "{base}/x", "fields": {"a": "{text}", "b": "{number}"}}
QUERY = {"url": "{base}/{reference}"}
LINK = "https://daklak.example/h/khoa/"


@pytest.fixture(autouse=True)
def _allowed(settings: Any) -> Iterator[None]:
    settings.OUTBOUND_ALLOW = frozenset({PLACE})
    yield
    http.forget()


def account(config: dict[str, Any] | None = None, **secrets: str) -> Account:
    return Account(
        uuid.UUID(int=1),
        "chinh",
        config={**STANDARD, **(config or {})},
        secrets=secrets,
        callback_url="http://x/",
    )


def gateway_of(config: dict[str, Any]) -> Gateway:
    gateway, problems = read_gateway({**STANDARD, **config}, {})
    assert gateway is not None, problems
    return gateway


def heard(
    status: int, body: Any = None, *, headers: dict[str, str] | None = None, **config: Any
) -> tuple[Gateway, http.Result]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return gateway_of(config), Answered(status, headers or {}, raw)


def message(body: str = "Kính gửi ông/bà.", link: str = LINK) -> OutgoingMessage:
    return OutgoingMessage(uuid.uuid4(), "0905000217", "Nguyễn Thị Thử", "Tiêu đề", body, button_url=link)


# --- What an answer means


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("bad_address opted_out bad_payload template_unusable", "permanent"),
        ("night provider unmapped rate_limit daily_quota billing credential", "temporary"),
        ("config platform_block", "temporary"),
    ],
)
def test_a_code_means_what_the_settings_say(words: str, kind: str) -> None:
    for word in words.split():
        outcome = CHANNEL.classify(heard(200, {"code": 7}, outcomes={"7": word}))
        assert (outcome.kind, outcome.reason) == (kind, word)


@pytest.mark.parametrize(
    ("status", "body", "config", "kind", "reason"),
    [
        *tables.read(__file__, "sms_answers.yaml"),
        # A code that nobody knows.
        *((status, {"code": "99"}, {}, "temporary", "unmapped") for status in (200, 301, 400, 404)),
        *((status, {"code": "99"}, {}, "temporary", "credential") for status in (401, 403)),
        *((status, {"code": "99"}, {}, "temporary", "provider") for status in (500, 502, 503)),
        (202, b"", {"send": {**SEND, "code": ""}}, "accepted", ""),
        # A yes that cannot be read may have been taken.
        *(
            (200, body, {}, "unknown", "unmapped")
            for body in (b"<html>\xff", b"", {}, [], "0", {"code": None}, {"code": {"a": 1}})
        ),
    ],
)
def test_status_code_and_settings_together(status, body, config, kind, reason):
    outcome = CHANNEL.classify(heard(status, body, **config))
    assert (outcome.kind, outcome.reason) == (kind, reason)


def test_the_name_of_the_message_is_kept() -> None:
    assert CHANNEL.classify(heard(200, {"code": 0, "id": 812})).provider_id == "812"


def test_codes_and_names_may_lie_deep() -> None:
    send = {**SEND, "code": "data.0.kq", "id": "data.0.ma"}
    outcome = CHANNEL.classify(heard(200, {"data": [{"kq": 0, "ma": "A1"}]}, send=send))
    assert (outcome.kind, outcome.provider_id) == (OutcomeKind.ACCEPTED, "A1")


def test_a_wait_is_taken_over() -> None:
    outcome = CHANNEL.classify(heard(429, {}, headers={"retry-after": "30"}))
    assert outcome.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("result", "kind", "reason"),
    [
        (NotSent("no address could be reached"), OutcomeKind.TEMPORARY, Reason.TRANSPORT),
        (NotSent("not public", refused=True), OutcomeKind.TEMPORARY, Reason.CONFIG),
        (Cut("ReadTimeout"), OutcomeKind.UNKNOWN, Reason.TRANSPORT),
    ],
)
def test_what_was_not_answered_was_sent_or_not(result, kind, reason):
    outcome = CHANNEL.classify((gateway_of({}), result))
    assert (outcome.kind, outcome.reason) == (kind, reason)


def test_a_code_that_is_a_sentence_is_not_kept() -> None:
    outcome = CHANNEL.classify(heard(200, {"code": "so 0905000217 khong co"}))
    assert (outcome.code, outcome.reason) == ("?", Reason.UNMAPPED)


# --- Asking


def found(status: int, body: Any, **config: Any) -> Finding:
    gateway, result = heard(status, body, **config)
    assert gateway.query is not None
    return gateway.query.finding_of(result)


@pytest.mark.parametrize(
    ("status", "body", "finding"),
    [
        (200, {"state": "accepted"}, Finding.ACCEPTED),
        (200, {"state": "delivered"}, Finding.DELIVERED),
        (200, {"state": "undelivered"}, Finding.UNDELIVERED),
        (200, {"state": "absent"}, Finding.ABSENT),
        (200, {"state": "la"}, Finding.LATER),
        (200, b"<html>", Finding.LATER),
        (404, {"state": "absent"}, Finding.LATER),
        (503, {}, Finding.LATER),
    ],
)
def test_what_an_answer_to_a_question_means(status: int, body: Any, finding: Finding) -> None:
    assert found(status, body) == finding


def test_settings_may_say_that_404_is_absent() -> None:
    assert found(404, {}, query={**QUERY, "statuses": {"404": "absent"}}) == Finding.ABSENT


def test_an_account_without_question_is_untold() -> None:
    assert CHANNEL.reconcile_unknown(account({"query": None}), Question(uuid.uuid4())) == Finding.UNSUPPORTED


# --- The call


@pytest.fixture
def gateway(settings: Any) -> Iterator[ScriptedServer]:
    server = ScriptedServer(plain(b'{"code": "0", "id": "SMS1"}'))
    settings.OUTBOUND_ALLOW = frozenset({server.place})
    yield server
    server.stop()


def sent(gateway: ScriptedServer, config: dict[str, Any], **secrets: str) -> tuple[str, bytes]:
    """Head and body of the call that one message leads to."""
    outcome = CHANNEL.send(account({"base": gateway.url, **config}, **secrets), message())
    assert outcome.kind == OutcomeKind.ACCEPTED, outcome
    head, _, body = gateway.requests[-1].partition(b"\r\n\r\n")
    return head.decode(), body


def test_a_post_is_json(gateway: ScriptedServer) -> None:
    fields = {"tin": [{"to": "+{number84}", "text": "{text}", "loai": 2, "la": "{x"}], "ma": "{reference}"}
    head, body = sent(gateway, {"send": {"url": "{base}/gui/{account}", "fields": fields}})
    told = json.loads(body)
    assert head.startswith("POST /gui/chinh HTTP/1.1")
    assert (told["tin"][0]["text"].endswith(LINK), len(told["ma"])) == (True, 36)
    assert told["tin"][0] == {"to": "+84905000217", "text": told["tin"][0]["text"], "loai": 2, "la": "{x"}


@pytest.mark.parametrize("receipts", [None, {"reference": "reference"}])
def test_a_callback_is_named_where_receipts_can_be_told(gateway, receipts):
    body = sent(gateway, {"receipts": receipts}, receipts="khóa thử")[1]
    assert ("callback" in json.loads(body)) == (receipts is not None)


def test_a_form_is_a_form(gateway: ScriptedServer) -> None:
    send = {
        "url": "{base}/gui",
        "format": "form",
        "headers": {"Authorization": "Bearer {secret:token}"},
        "fields": {"phone": "{number84}", "sms": "{text}", "pass": "{secret:token}", "brand": "{sender}"},
    }
    head, body = sent(gateway, {"send": send, "sender": "UBND ĐL&x=1"}, token="ma-thu")
    fields = dict(parse_qsl(body.decode()))
    assert "Authorization: Bearer ma-thu\r\n" in head
    assert fields.pop("sms").endswith(LINK)
    assert fields == {"phone": "84905000217", "pass": "ma-thu", "brand": "UBND ĐL&x=1"}


def test_get_carries_its_fields_in_the_address(gateway: ScriptedServer) -> None:
    send = {"url": "{base}/gui?loai=2", "method": "GET", "fields": {"to": "{number}", "text": "{text}"}}
    head, body = sent(gateway, {"send": send})
    assert head.startswith("GET /gui?loai=2&to=0905000217&text=K%C3%ADnh+g%E1%BB%ADi")
    assert body == b""


def test_settings_that_cannot_be_used_send_nothing(gateway: ScriptedServer) -> None:
    outcome = CHANNEL.send(account({"base": gateway.url, "outcomes": None}), message())
    assert (outcome.reason, gateway.requests) == (Reason.CONFIG, [])


# --- Receipts


def signed(raw: bytes, secret: str = "khóa") -> dict[str, str]:
    return {"x-signature": hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()}


def test_without_a_secret_no_receipt_is_believed() -> None:
    raw = b"{}"
    assert CHANNEL.verify_webhook(account(), signed(raw, ""), raw) is not None


@pytest.mark.parametrize(("shown", "good"), [("sha256={}", True), ("SHA256={}", False), ("{}", True)])
def test_a_signature_may_have_a_prefix(shown: str, good: bool) -> None:
    own = {"scheme": "hmac-sha256", "header": "X-Hub", "prefix": "sha256=", "secret": "khoa", "state": "s"}
    config = {"receipts": {**own, "reference": "r", "states": {"ok": "delivered"}}}
    header = {"x-hub": shown.format(signed(b"{}")["x-signature"].upper())}
    assert (CHANNEL.verify_webhook(account(config, khoa="khóa"), header, b"{}") is None) == good


@pytest.mark.parametrize(("shown", "good"), [("khóa", True), ("khoá", False), ("", False)])
def test_a_secret_in_a_header_is_compared(shown: str, good: bool) -> None:
    config = {"receipts": {"scheme": "secret", "header": "X-Key", "secret": "k", "reference": "r"}}
    assert (CHANNEL.verify_webhook(account(config, k="khóa"), {"x-key": shown}, b"{}") is None) == good


def test_receipts_are_read_as_the_settings_say() -> None:
    tracking_id = uuid.uuid4()
    own = {"header": "X-S", "secret": "k", "list": "kq", "reference": "r", "id": "i", "state": "s"}
    config = {"receipts": {**own, "states": {"1": "delivered", "2": "undelivered", "3": "ignore"}}}
    entries = [{"r": str(tracking_id), "s": 1}, {"i": "A2", "s": 2}, {"i": "A3", "s": 3}, {"i": "A4", "s": 9}]
    raw = json.dumps({"kq": entries}).encode()
    assert list(CHANNEL.parse_events(account(config, k="khóa"), raw)) == [
        Receipt(ReceiptKind.DELIVERED, tracking_id, code="1"),
        Receipt(ReceiptKind.UNDELIVERED, None, "A2", code="2"),
    ]


def test_too_many_receipts_are_none() -> None:
    config = {"receipts": {"header": "X-S", "secret": "k", "reference": "r", "state": "s"}}
    with pytest.raises(ValueError, match="not receipts"):
        list(CHANNEL.parse_events(account(config, k="khóa"), json.dumps([{}] * 1001).encode()))


# --- Settings


def send(**changes: Any) -> dict[str, Any]:
    return {"send": {**SEND, **changes}}


@pytest.mark.parametrize(
    ("config", "told"),
    [
        *tables.read(__file__, "sms_faults.yaml"),
        (send(fields={"a": "{text}"}), "“send”: phải chứa {number}."),
        (
            send(fields={"a": "{text}", "b": "{number}", "c": "{la}"}),
            "không có chỗ trống {la}. Có: {account}",
        ),
        (send(fields={"a": "{text}", "b": "{number}", "c": ["{secret:mk}"]}), "“mk”"),
        (send(fields={"a": "{text} {secret:k}", "b": "{number}"}), "mỗi mục chỉ có một chỗ trống, ở cuối"),
        (send(fields={"a": "{text}{number}"}), "mỗi mục chỉ có một chỗ trống, ở cuối"),
        (send(headers={"X": "{secret:k}."}), "mỗi mục chỉ có một chỗ trống, ở cuối"),
        (send(url="{base}/x?t={text}"), "Viết một mục của “fields”: “tên ở cổng”: “{text}”"),
        (send(url="{base}/x?t={secret:k}"), "Viết một mục của “fields”"),
        (send(url="{base}.{account}/x"), "“send.url”"),
        (send(url="{base}@evil.example"), "“send.url”"),
        *(
            ({"base": inside}, "địa chỉ công khai")
            for inside in (
                *("https://127.0.0.1", "https://[::1]", "https://2130706433", "https://0x7f.1"),
                *("https://localhost/", "https://sms.localhost.", "https://SMS.local", "https://smsgateway"),
            )
        ),
        (send(method="PUT"), "“send.method”"),
        (send(format="xml"), "“send.format”"),
        (send(headers={"Host": "x"}), "Host"),
        (send(headers={"X": "a\nb"}), "headers.X"),
        (send(fields=["{text}{number}"]), "“send.fields”"),
        (send(format="form", fields={"a": "{text}", "b": ["{number}"]}), "“send.fields.b”"),
        ({"query": {**QUERY, "fields": {"a": "{number}"}}}, "{number}"),
        ({"query": {**QUERY, "states": {"1": "x"}}}, "“query.states.1”"),
    ],
)
def test_a_fault_is_told_with_its_key(config: dict[str, Any], told: str) -> None:
    assert told in " ".join(CHANNEL.check_account({**STANDARD, **config}, {"k": "khóa"}))


def test_the_provider_of_the_tests_is_not_taken_for_granted() -> None:
    told = CHANNEL.check_account({"base": STANDARD["base"]}, {})
    assert told == ["“send”: thiếu mục “send”.", "“query”: thiếu mục “query”."]


def test_the_faults_of_both_calls_are_told_at_once() -> None:
    config = send(url="nơi nào", fields={"a": "{text}{la}", "b": "{number}", "c": "{secret:mk}"})
    told = CHANNEL.check_account({**STANDARD, **config, "query": {"url": "{base}/{reference}{text}"}}, {})
    places = [one.partition(":")[0] for one in told]
    assert places == ["“send.url”", "“send”", "“send”", "“send”", "“query.url”"]


def test_a_secret_with_a_line_break_is_refused() -> None:
    assert "“token”" in " ".join(CHANNEL.check_account(STANDARD, {"token": "a\nb"}))


@pytest.mark.parametrize("more", [{}, {"receipts": None, "text_max": 160}])
def test_settings_may_be_few(more: dict[str, Any]) -> None:
    assert CHANNEL.check_account({"base": STANDARD["base"], **send(), "query": None, **more}, {}) == []


def test_the_examples_of_the_manual_can_be_used() -> None:
    manual = (BASE_DIR / "docs" / "van-hanh" / "kenh-sms.md").read_text(encoding="utf-8")
    shown = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", manual, re.DOTALL)]
    secrets = {"token": "mã", "dlr": "khóa", "key": "mã", "receipts": "khóa"}
    assert [CHANNEL.check_account(one, secrets) for one in shown] == [[]] * len(shown)
    assert len(shown) >= 2
