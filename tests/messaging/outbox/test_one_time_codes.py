"""One-time codes: sent once to the right number, good once, for one thing, for a while; what limits them."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from messaging.channels.accounts import credentials
from messaging.channels.base import Outcome, OutcomeKind, Reason, registry
from messaging.channels.models import ChannelAccount, Lane
from messaging.delivery import tasks
from messaging.outbox.models.one_time_codes import OneTimeCode
from messaging.outbox.models.provider_templates import ProviderTemplate, Template, TemplateAssignment
from messaging.outbox.one_time_codes import codes, delivery
from tenants import clock
from tenants.isolation.context import province_context
from tenants.phone_numbers import BadPhone
from tests.conftest import NOON
from tests.messaging.conftest import NUMBER, ScriptedChannel
from tests.messaging.granting import LASTS, granted
from tests.messaging.holding import PATIENCE, at_once, wait_for_locks
from tests.messaging.outbox.test_provider_templates import FormChannel
from tests.task_queue import TaskQueue

OTHER_NUMBER = "0905000218"
PURPOSE, SUBJECT = "start_notices", "dossier:H15.08-261125-0001"


@pytest.fixture(autouse=True)
def _rolled_back(request: pytest.FixtureRequest) -> None:
    """In a province of all tests, unless the test has one of its own."""
    if "committed_province" not in request.fixturenames:
        request.getfixturevalue("province")


@pytest.fixture
def sent(scripted: ScriptedChannel, task_queue: TaskQueue) -> Callable[[], str]:
    """Does the work of the newest task, and reads the code in what the channel was given."""
    waiting = task_queue.watch("send_one_time_code")

    def read() -> str:
        slug, encrypted = waiting[-1]
        with province_context(slug):
            delivery.deliver(codes.OutgoingCode.decrypted(encrypted))
        found = re.search(r"\b\d{6}\b", scripted.sent[-1].body)
        assert found
        return found[0]

    return read


def issue(number: str = NUMBER, **changed: Any) -> str:
    return codes.issue(**{"purpose": PURPOSE, "subject": SUBJECT, "telephone": number, **changed})


def check(reference: str, code: str, **changed: Any) -> bool:
    return codes.check(
        reference, code, **{"purpose": PURPOSE, "subject": SUBJECT, "telephone": NUMBER, **changed}
    )


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


pytestmark = pytest.mark.usefixtures("strict_texts")


# --- one code


def test_the_code_that_was_sent_fits_once(sent: Callable[[], str], scripted: ScriptedChannel) -> None:
    reference, code = issue("+84 905 000 217"), sent()
    assert (scripted.sent[-1].address, check(reference, code), check(reference, code)) == (
        NUMBER,
        True,
        False,
    )


@pytest.mark.parametrize("spelled", ["{0} {1}", " {0}-{1} ", "{0}.{1}"])
def test_a_code_is_read_as_people_type_it(sent: Callable[[], str], spelled: str) -> None:
    reference, code = issue(), sent()
    assert check(reference, spelled.format(code[:3], code[3:]))


@pytest.mark.parametrize(
    "changed",
    [{"purpose": "filing"}, {"subject": "dossier:H15.08-261125-0002"}, {"telephone": OTHER_NUMBER}],
    ids=lambda changed: next(iter(changed)),
)
def test_a_code_fits_nothing_else(sent: Callable[[], str], changed: dict[str, str]) -> None:
    reference, code = issue(), sent()
    assert not check(reference, code, **changed)
    assert check(reference, code)


@pytest.mark.parametrize(
    ("later", "fits"), [(timedelta(minutes=10, seconds=-1), True), (timedelta(minutes=10), False)]
)
def test_a_code_is_good_for_ten_minutes(sent: Callable[[], str], later: timedelta, fits: bool) -> None:
    reference, code = issue(), sent()
    with clock.frozen(NOON + later):
        assert (codes.is_open(reference), check(reference, code)) == (fits, fits)


def test_after_five_wrong_tries_the_right_one_fits_no_more(sent: Callable[[], str]) -> None:
    reference, code = issue(), sent()
    assert not any(check(reference, other_than(code)) for _try in range(codes.MOST_TRIES))
    assert not check(reference, code)


def test_the_fifth_try_is_a_try(sent: Callable[[], str]) -> None:
    reference, code = issue(), sent()
    assert not any(check(reference, other_than(code)) for _try in range(codes.MOST_TRIES - 1))
    assert check(reference, code)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３٤٥٦", "1" * 5000])
def test_what_is_no_code_costs_no_try(sent: Callable[[], str], typed: str) -> None:
    reference = issue()
    assert not check(reference, typed)
    assert OneTimeCode.objects.get().tries == 0


@pytest.mark.parametrize("reference", ["", "x", "x:y:z", "a" * 5000, "\u0000"])
def test_an_invented_reference_fits_nothing(sent: Callable[[], str], reference: str) -> None:
    issue()
    assert (codes.is_open(reference), check(reference, sent())) == (False, False)


def test_the_caller_cannot_take_a_try_back(sent: Callable[[], str]) -> None:
    reference, code = issue(), sent()
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        check(reference, code)


def test_neither_the_number_nor_the_code_is_stored(sent: Callable[[], str], task_queue: TaskQueue) -> None:
    issue()
    code = sent()
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM messaging_onetimecode t")
        stored = cursor.fetchone()[0]
    task = str(task_queue.sent)
    assert not [secret for secret in (code, NUMBER, NUMBER[1:]) if secret in stored or secret in task]


# --- what the caller learns


def test_where_nothing_is_to_be_sent_all_looks_the_same(sent, scripted, task_queue):
    reference = issue(deliver=False)
    (_name, slug, encrypted), row = task_queue.sent[-1], OneTimeCode.objects.get()
    outgoing = codes.OutgoingCode.decrypted(encrypted)
    assert (slug, delivery.deliver(outgoing), scripted.sent) == ("daklak", False, [])
    assert codes.is_open(reference)
    assert not check(reference, outgoing.code)
    assert OneTimeCode.objects.get(pk=row.pk).tries == 1


def test_what_is_no_mobile_number_or_no_purpose_is_refused() -> None:
    with pytest.raises(BadPhone):
        issue("02623000000")
    with pytest.raises(codes.UnknownPurpose):
        issue(purpose="unheard of")
    assert not OneTimeCode.objects.exists()


def test_a_queue_that_is_down_is_said_and_uses_up_no_code(task_queue: TaskQueue) -> None:
    task_queue.is_down = True
    with pytest.raises(codes.CodeNotSent):
        issue()
    assert not OneTimeCode.objects.exists()


# --- limits


def test_a_number_gets_so_many_an_hour(sent: Callable[[], str]) -> None:
    for minute in range(codes.PER_NUMBER):
        with clock.frozen(NOON + timedelta(minutes=minute)):
            issue()
    with clock.frozen(NOON + timedelta(minutes=30)):
        with pytest.raises(codes.TooManyCodes) as refused:
            issue(subject="dossier:another")
        assert refused.value.retry_after == timedelta(minutes=30)
        issue(OTHER_NUMBER)
    with clock.frozen(NOON + timedelta(hours=1)):
        issue()


@pytest.mark.parametrize(
    ("last_hour", "free"), [(12, timedelta(hours=14)), (13.5, timedelta(hours=14, minutes=30))]
)
def test_a_number_gets_so_many_a_day(sent: Callable[[], str], last_hour: float, free: timedelta) -> None:
    """Again from midnight, 14 hours after NOON, or when the last hour's codes allow it, whichever is later."""
    for hours in (0, 1, 2, 3, 4, *[last_hour] * codes.PER_NUMBER):
        with clock.frozen(NOON + timedelta(hours=hours)):
            issue()
    with clock.frozen(NOON + timedelta(hours=13.75)):
        codes.purge()
        with pytest.raises(codes.TooManyCodes) as refused:
            issue(subject="dossier:another")
        assert clock.now() + refused.value.retry_after == NOON + free
    with clock.frozen(NOON + free):
        issue()


def test_a_province_gets_so_many_a_day(sent, monkeypatch, caplog):
    monkeypatch.setattr(codes, "PER_PROVINCE_A_DAY", 2)
    issue()
    issue(OTHER_NUMBER)
    with pytest.raises(codes.TooManyCodes) as refused:
        issue("0905000219")
    assert refused.value.retry_after == timedelta(hours=14)
    assert "code.limit" in caplog.text
    with province_context("dongnai"):
        issue()
    with clock.frozen(NOON + timedelta(hours=14)):
        issue("0905000219")


def test_a_night_deletes_the_codes_of_its_day(sent, monkeypatch):
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    issue()
    with clock.frozen(NOON + timedelta(hours=14)):
        issue()
        tasks.forget()
        assert OneTimeCode.objects.get().created_at == clock.now()


# --- the way out


def test_a_channel_that_refuses_leaves_it_to_the_next(sent, scripted, provider_memory):
    from messaging.channels.mock import store
    from tenants.isolation.context import current_province

    scripted.answers = [Outcome(OutcomeKind.PERMANENT, "no", reason=Reason.NO_ACCOUNT)]
    issue()
    code = sent()
    (arrived,) = store.Journal(current_province().uuid).received()
    assert code in arrived.body


@pytest.mark.parametrize(
    "columns",
    [
        {"state": Lane.State.PAUSED},
        {"monthly_budget": 0},
        {"rests_until": Now() + timedelta(minutes=1)},
        {"next_slot_at": Now() + timedelta(minutes=1)},
    ],
    ids=lambda columns: next(iter(columns)),
)
def test_a_lane_that_cannot_send_is_passed_over(scripted, task_queue, provider_memory, columns):
    lane = Lane.objects.create(channel=scripted.code, account="chinh")
    Lane.objects.filter(pk=lane.pk).update(**columns)
    issue()
    assert delivery.deliver(codes.OutgoingCode.decrypted(task_queue.sent[-1][2]))
    assert scripted.sent == []


def test_a_code_counts_for_the_budget_of_its_lane(sent: Callable[[], str], scripted: ScriptedChannel) -> None:
    scripted.answers = [Outcome(OutcomeKind.DELIVERED, cost=300)]
    issue()
    sent()
    lane = Lane.objects.get(channel=scripted.code)
    assert (lane.spent, lane.money_spent) == (1, 300)


def test_slow_recipients_wait_together_and_the_rest_for_the_next_turn(scripted, task_queue, monkeypatch):
    together, answer = Barrier(3), scripted.send
    monkeypatch.setattr(scripted, "send", lambda *given: (together.wait(PATIENCE), answer(*given))[1])
    monkeypatch.setattr(delivery, "TURN_SECONDS", 0.0)
    waiting = task_queue.watch("send_one_time_code")
    for number in (NUMBER, OTHER_NUMBER, "0905000219"):
        issue(number)
    assert delivery.reserve_task(delivery._WAITING, 60), "another worker is at them"
    assert not any(delivery.deliver_in_turn(encrypted) for _slug, encrypted in waiting)
    assert scripted.sent == []
    delivery.release_task(delivery._WAITING)
    assert delivery.deliver_in_turn(""), "the next turn is another task's"
    monkeypatch.setattr(delivery, "TURN_SECONDS", 60.0)
    assert not delivery.deliver_in_turn("")
    assert len({one.address for one in scripted.sent}) == 3


def test_an_old_task_sends_nothing(scripted: ScriptedChannel, task_queue: TaskQueue) -> None:
    issue()
    with clock.frozen(NOON + codes.GOOD_FOR):
        assert not delivery.deliver(codes.OutgoingCode.decrypted(task_queue.sent[-1][2]))
    assert scripted.sent == []


def test_a_channel_with_forms_needs_one_for_codes(scripted, settings, task_queue, monkeypatch):
    forms = FormChannel()
    monkeypatch.setitem(registry._channels, forms.code, forms)
    settings.MESSAGING_CHANNELS = [forms.code]
    account = ChannelAccount.objects.create(channel=forms.code, name="chinh")
    assert not delivery.can_send(PURPOSE)
    form = ProviderTemplate.objects.create(
        account=account, code="1", name="Mã", state="enabled", ways=["by_phone"],
        parameters=[{"name": "otp", "required": True, "longest": 30}],
    )  # fmt: skip
    TemplateAssignment.objects.create(
        account=account, intent=codes.INTENT, template=form, parameters={"otp": "ma_xac_nhan"}
    )
    issue()
    outgoing = codes.OutgoingCode.decrypted(task_queue.sent[-1][2])
    assert (delivery.can_send(PURPOSE), delivery.deliver(outgoing)) == (True, True)
    assert forms.sent[-1].template is not None
    assert forms.sent[-1].template.values == {"otp": outgoing.code}


def test_credentials_that_wore_out_are_renewed_on_the_way(granting, task_queue):
    account = granted(granting)
    credentials.store(account, {**granting.pair(), "access": "worn out"}, LASTS)
    issue()
    assert delivery.deliver(codes.OutgoingCode.decrypted(task_queue.sent[-1][2]))
    assert (granting.refused, [one.address for one in granting.sent]) == (1, [NUMBER])


def test_words_of_a_province_cannot_lose_the_code(sent: Callable[[], str]) -> None:
    Template.objects.create(name=codes.INTENT, title="Mã xác nhận", body="Xin chào.")
    issue()
    assert sent()


# --- at once


@pytest.mark.committed
@pytest.mark.parametrize(("is_right", "fits"), [(True, [False, True]), (False, [False, False])])
def test_of_two_who_type_at_the_last_try_one_has_it(committed_province, scripted, task_queue, is_right, fits):
    """Both have looked at the row, where one try is left, before either counts its own."""
    reference = issue()
    code = codes.OutgoingCode.decrypted(task_queue.sent[-1][2]).code
    code = code if is_right else other_than(code)
    OneTimeCode.objects.update(tries=codes.MOST_TRIES - 1)
    answers: list[bool] = []

    def turn() -> None:
        answers.append(check(reference, code))

    with ThreadPoolExecutor(1) as others:
        with transaction.atomic():
            OneTimeCode.objects.select_for_update().get()
            failed = others.submit(at_once, committed_province, turn, turn)
            wait_for_locks(2)
        assert failed.result() == []
    assert (sorted(answers), OneTimeCode.objects.get().tries) == (fits, codes.MOST_TRIES)
