"""Each way in which a call to Zalo can go wrong: nothing is lost, nothing comes twice, and it goes on after."""

from typing import Any

import pytest

from messaging.channels.states import State
from messaging.channels.zalo import client
from messaging.channels.zalo.settings import NAMES, TEMPLATE_PHONE
from messaging.outbox.models.messages import Attempt
from messaging.outbox.models.phone_calls import Call
from tests import tables
from tests.deep import share
from tests.messaging.channels.zalo.acceptance.stage import Office, Person, Stage

# What certainly was not sent is sent later; what may have been is asked about; of what nobody can tell,
# somebody calls.
FINE: list[tuple[str, dict[str, Any]]] = tables.read(__file__, "faults_that_are_fine.yaml")
UNCLEAR: list[tuple[str, dict[str, Any]]] = tables.read(__file__, "faults_that_are_unclear.yaml")
CHAT, FORM = "/v3.0/oa/message/cs", "/message/template"
# Answers that one host alone gives.
ONLY = {-216: CHAT, -32: CHAT, -124: FORM}
NEVER_CAME: list[tuple[str, dict[str, Any]]] = [("hang", {}), ("cut_before", {}), ("http", {"status": 500})]


def named(case: tuple[str, dict[str, Any]]) -> str:
    return " ".join([case[0], *(str(value) for value in case[1].values() if not isinstance(value, dict))])


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "READ_SECONDS", 0.3)


@pytest.mark.sampled
@pytest.mark.parametrize("case", [*share(FINE, 0, 2), *share(UNCLEAR, 0, 3)], ids=named)
def test_it_arrives_once(stage: Stage, office: Office, person: Person, case: tuple[str, Any]) -> None:
    stranger = office.person(follows=False)
    fault, more = case
    if "arguments" in more:
        more = {**more, "arguments": {"oa": office.oa_id, **more["arguments"]}}
    only = ONLY.get(-216 if fault == "expired_text" else more.get("code", 0))
    for path in [only] if only else [CHAT, FORM]:
        stage.control.fault(fault, path=path, times=1, **more)
    messages = [office.write(person, 1), office.write(person, 2), office.write(stranger, 3)]
    stage.carry_on()
    for reader, count in ((person, 2), (stranger, 1)):
        texts = [one.text for one in office.shown(reader)]
        assert (len(texts), len(set(texts))) == (count, count)
    assert {office.state(one) for one in messages} <= {State.ACCEPTED, State.DELIVERED}
    assert stage.accepted() == 3
    with office.inside():
        assert not Call.objects.exists()
    assert stage.count("refresh.spent") == 0


@pytest.mark.sampled
@pytest.mark.parametrize("case", share(NEVER_CAME, 1, 3), ids=named)
def test_what_may_never_have_come_is_not_sent_twice(stage, office, person, case):
    """A chat is looked up and sent again; of a form nobody can tell."""
    office.control.act_send_text(person.user, office.oa_id, "Xin chào")
    stage.deliver()
    stranger = office.person(follows=False)
    fault, more = case
    for path in (CHAT, FORM):
        stage.control.fault(fault, path=path, times=1, **more)
    chat, form = office.write(person, 1), office.write(stranger, 2)
    stage.carry_on(rounds=20, minutes=15)
    assert (office.state(chat), len(office.shown(person))) == (State.DELIVERED, 1)
    assert (office.state(form), len(office.shown(stranger))) == (State.FAILED, 0)
    with office.inside():
        assert [call.reason for call in Call.objects.all()] == [Call.Reason.UNCERTAIN]
    # The account is none the worse for it.
    after = office.write(stranger, 3)
    stage.carry_on()
    assert office.state(after) == State.DELIVERED


OUTAGES: list[tuple[str, dict[str, Any]]] = [
    ("http", {"status": 500, "html": True}), ("html", {}), ("hang", {}), ("cut_before", {}),
]  # fmt: skip


@pytest.mark.sampled
@pytest.mark.parametrize("case", share(OUTAGES, 0, 4), ids=named)
def test_an_outage_leaves_no_more_in_doubt_than_was_on_its_way(stage, office, case):
    """For two minutes Zalo gives no answer that can be read: it is asked whether it does, and sent nothing."""
    stranger = office.person(follows=False)
    for number in range(12):
        office.write(stranger, number)
    fault, more = case
    stage.control.fault(fault, **more)
    for _third in range(3):
        stage.run()
        stage.later(seconds=40)
    with office.inside():
        tried = Attempt.objects.filter(kind=Attempt.Kind.SEND).count()
    stage.control.clear_faults()
    stage.carry_on(rounds=2, minutes=1)
    stage.carry_on(rounds=3, hours=2)
    with office.inside():
        calls = Call.objects.count()
    shown = [one.text for one in office.shown(stranger)]
    assert (tried <= 9, calls <= 9, len(shown) + calls, len(set(shown))) == (True, True, 12, len(shown))


# "": what ails the account as a whole, of which only the OA's own host tells; else the one way that is closed by it.
BY_PHONE = str(NAMES[TEMPLATE_PHONE])
AILMENTS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "not verified": ({"verified": False}, {"verified": True}, BY_PHONE, "chưa xác thực"),
    "not verified, in a chat": ({"verified": False}, {"verified": True}, "", "chưa được xác thực"),
    "disabled": ({"enabled": False}, {"enabled": True}, "", "đã bị vô hiệu hóa"),
    "no money": ({"balance": 0}, {"balance": 1_000_000}, BY_PHONE, "hết tiền"),
    "no ZBS": ({"zbs_linked": False}, {"zbs_linked": True}, BY_PHONE, "chưa nối với tài khoản ZBS"),
    "free package": ({"package": "free"}, {"package": "advanced"}, BY_PHONE, "gói miễn phí"),
}


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("change", "cure", "way", "why"), share([*AILMENTS.values()], 0, 2), ids=share([*AILMENTS], 0, 2)
)
def test_what_ails_the_account_holds_its_messages_until_it_is_cured(stage, office, change, cure, way, why):
    reader = office.person(follows=not way)
    stage.control.set_oa(office.oa_id, **change)
    messages = [office.write(reader, number) for number in range(1, 6)]
    for _try in range(3):
        stage.run()
        told = office.status()
        stage.later(minutes=11)
    troubles = {"": told.trouble} if told.trouble else {}
    troubles |= {resting.name: resting.trouble for resting in told.ways}
    assert (list(troubles), why in "".join(troubles.values())) == ([way], True)
    assert (stage.accepted(), office.states().keys() <= {"queued", "deferred"}) == (0, True)
    stage.control.set_oa(office.oa_id, **cure)
    stage.carry_on(minutes=11)
    assert (office.states(), len(office.shown(reader))) == ({"delivered": 5}, len(messages))
    assert (office.status().trouble, office.status().ways) == ("", ())
