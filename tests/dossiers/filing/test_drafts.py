"""Who may open a draft: the browser in which its session began, and who proves its number again."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from dossiers.filing import answers, budgets, drafts, expiry
from dossiers.filing.drafts import Browser, NoSuchDraft, SessionEnded, WrongProof
from dossiers.filing.models import FilingDraft, FilingSession
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.rules.statuses import Status
from messaging.outbox.models.one_time_codes import OneTimeCode
from messaging.outbox.one_time_codes import codes
from procedures.catalogue.models import FilingMode
from tenants import clock
from tenants.isolation import signing
from tenants.web.budgets import DAY, HOUR, NETWORK, PROVINCE, SITE, BudgetSpent
from tenants.web.rate_limits import WINDOW_SECONDS
from tests.budgets import shrink
from tests.dossiers.chatting import words
from tests.dossiers.filing.citizen import Citizen
from tests.dossiers.filing.filling import ELSEWHERE, NUMBER, PHONE, Filing
from tests.dossiers.walking import take

LATER = timedelta(minutes=30)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_a_right_code_begins_a_draft_with_what_was_answered_before(filing: Filing) -> None:
    opened = filing.begun(given={"dieu-kien": {"trong_nuoc": "co"}})
    found = drafts.open_draft(opened.name, PHONE)
    assert (found.draft, found.is_proven, found.draft.phone) == (opened.draft, True, NUMBER)
    assert answers.read(found.draft).answers == {"dieu-kien": {"trong_nuoc": "co"}}
    assert found.draft.expires_at == clock.now() + timedelta(days=30)


def test_a_code_of_another_procedure_begins_nothing(filing: Filing) -> None:
    other = type(filing.procedure)(pk=filing.procedure.pk, code="9.999999")
    reference = drafts.send_code(other, NUMBER, PHONE)
    with pytest.raises(WrongProof):
        drafts.begin(filing.procedure, "file", NUMBER, PHONE, reference=reference, code=filing.code())


@pytest.mark.parametrize(
    ("mode", "kind"), [(FilingMode.NATIONAL_PORTAL, "prepare"), (FilingMode.COUNTER, "file")]
)
def test_the_mode_of_the_procedure_says_which_draft_may_begin(filing: Filing, mode: str, kind: str) -> None:
    filing.procedure.filing_mode = mode
    with pytest.raises(NotPossible):
        drafts.begin(filing.procedure, kind, NUMBER, PHONE)


def test_a_withdrawn_form_begins_nothing(filing: Filing) -> None:
    filing.publish({"withdrawn": True})
    with pytest.raises(NotPossible):
        filing.begun()


def test_one_number_has_ten_drafts_at_once(filing: Filing) -> None:
    for _number in range(drafts.MOST_PER_NUMBER):
        filing.draft()
    filing.draft(over=True)
    with pytest.raises(NotPossible, match="10 bản nháp"):
        filing.begun()


def test_drafts_of_a_stranger_who_typed_the_number_do_not_count_for_its_holder(filing: Filing) -> None:
    for _number in range(drafts.MOST_PER_NUMBER):
        filing.draft(prepared=True)
    assert filing.begun().is_proven
    filing.procedure.filing_mode = FilingMode.COUNTER
    assert drafts.begin(filing.procedure, "prepare", NUMBER, PHONE).draft.phone == NUMBER


def test_one_site_of_many_networks_begins_no_more_than_a_few(
    filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begins(number: int) -> bool:
        browser = drafts.Browser("Zalo", f"2001:db8:0:{number:x}::1")
        try:
            drafts.begin(filing.procedure, "prepare", f"09051{number:05}", browser)
        except BudgetSpent:
            return False
        return True

    shrink(monkeypatch, budgets.BEGIN, SITE, 2)
    filing.procedure.filing_mode = FilingMode.COUNTER
    assert [begins(number) for number in range(3)] == [True, True, False]


def test_codes_that_begin_leave_some_to_those_who_go_on(
    filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = filing.begun().draft
    shrink(monkeypatch, budgets.BEGIN_CODE, PROVINCE, 1, seconds=DAY)
    with pytest.raises(BudgetSpent):
        filing.begun()
    assert drafts.send_resume_code(draft, PHONE)


@pytest.fixture
def by_many_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if each code were asked for from another network."""
    for seconds in (3600, DAY):
        shrink(monkeypatch, budgets.BEGIN_CODE, "number_here", 100, seconds=seconds)


def test_one_network_takes_not_all_codes_of_a_number(filing: Filing) -> None:
    stranger = Browser("Firefox", "198.51.100.7")
    for _code in range(2):
        drafts.send_code(filing.procedure, NUMBER, stranger)
    with pytest.raises(BudgetSpent):
        drafts.send_code(filing.procedure, NUMBER, stranger)
    assert filing.begun(PHONE).is_proven


def test_a_stranger_who_types_a_number_leaves_codes_for_its_holder(
    filing: Filing, by_many_networks: None
) -> None:
    draft, start = filing.draft(), clock.now()

    def sent(hours: int, send: Callable[[], str]) -> int:
        """How many codes are sent until one is refused."""
        with clock.frozen(start + timedelta(hours=hours)), suppress(codes.TooManyCodes):
            for _code in range(codes.PER_NUMBER):
                send()
        return OneTimeCode.objects.count()

    begin = partial(drafts.send_code, filing.procedure, NUMBER, ELSEWHERE)
    counts = [sent(hour, begin) for hour in range(3)]
    assert (counts, sent(2, partial(drafts.send_resume_code, draft, PHONE))) == ([5, 7, 7], 12)


def test_strangers_leave_a_code_where_the_number_was_proven(begun: Citizen, by_many_networks: None) -> None:
    stranger = begun.browser(Browser("Chrome", "198.51.100.7"))
    with clock.frozen(clock.now() + timedelta(days=3)):
        expiry.remove_due()
        asked = begun.client.post(f"{begun.start}?buoc=dieu-kien", {"trong_nuoc": "co"})["Location"]
        sent = [one.post(asked, {"so": NUMBER}) for one in [stranger] * 6 + [begun.client] * 2]
    assert [one.status_code for one in sent] == [303] * 5 + [429, 303, 429]
    assert "bằng liên kết trong tin nhắn" in words(sent[5])


@pytest.mark.parametrize("seconds", [WINDOW_SECONDS, HOUR, DAY])
def test_codes_of_many_strangers_leave_some_to_each_other_network(
    filing: Filing, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    shrink(monkeypatch, budgets.BEGIN_CODE, PROVINCE, 6, seconds=seconds, narrowed=True)
    for number in range(6):
        drafts.send_code(filing.procedure, f"09051{number:05}", ELSEWHERE)
    with pytest.raises(BudgetSpent, match="nhiều mạng khác nhau"):
        drafts.send_code(filing.procedure, "0905199999", ELSEWHERE)
    assert filing.begun(drafts.Browser("Zalo", "198.51.100.7")).is_proven


def test_codes_that_many_networks_take_at_once_end_no_day(citizen: Citizen) -> None:
    """By 25 networks, then by 41 more: every other network has some, and the next hour has its own."""
    for networks, people in ((range(25), 20), (range(25, 66), 5)):
        for address in (f"10.{network}.0.{person}" for person in range(people) for network in networks):
            with suppress(BudgetSpent):
                budgets.BEGIN_CODE.take(address=address, number_here=address)
    asked = citizen.client.post(f"{citizen.start}?buoc=dieu-kien", {"trong_nuoc": "co"})["Location"]
    answers = [citizen.client.post(asked, {"so": f"090519999{number}"}) for number in range(4)]
    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert answers[-1]["Retry-After"] == "3600"
    page = words(answers[-1])
    assert ("từ nhiều mạng khác nhau" in page, "Xin đợi một giờ" in page, "Từ mạng" in page) == (
        True,
        True,
        False,
    )


def test_a_code_that_is_not_sent_costs_nothing(
    filing: Filing, by_many_networks: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch, budgets.BEGIN_CODE, NETWORK, codes.OPEN_PER_NUMBER + 1)
    for _post in range(30):
        with suppress(codes.TooManyCodes):
            drafts.send_code(filing.procedure, "0905199999", ELSEWHERE)
    assert filing.begun(ELSEWHERE).is_proven


def prepares(filing: Filing) -> object:
    filing.procedure.filing_mode = FilingMode.COUNTER
    return drafts.begin(filing.procedure, "prepare", NUMBER, PHONE)


def guesses(filing: Filing) -> None:
    with suppress(WrongProof):
        drafts.resume_by_number(filing.draft(prepared=True), PHONE, "0905000001")


def asks_to_supplement(filing: Filing) -> object:
    dossier = Dossier.objects.first() or filing.submitted().dossier
    if dossier.status == Status.NEW:
        take(filing.office, dossier, "return_filing")
    return drafts.send_supplement_code(dossier, PHONE)


@pytest.mark.parametrize(
    ("budget", "seconds", "act"),
    [
        (budgets.BEGIN_CODE, WINDOW_SECONDS, Filing.begun),
        (budgets.BEGIN_CODE, DAY, Filing.begun),
        (budgets.RESUME_CODE, WINDOW_SECONDS, lambda filing: drafts.send_resume_code(filing.draft(), PHONE)),
        (budgets.BEGIN, WINDOW_SECONDS, prepares),
        (budgets.NUMBER, WINDOW_SECONDS, guesses),
        (budgets.SUPPLEMENT_CODE, WINDOW_SECONDS, asks_to_supplement),
    ],
    ids=["begins", "begins in a day", "resumes", "prepares", "types numbers", "asks to supplement"],
)
def test_one_network_does_it_so_many_times(
    filing: Filing,
    monkeypatch: pytest.MonkeyPatch,
    budget: Any,
    seconds: int,
    act: Callable[[Filing], object],
) -> None:
    shrink(monkeypatch, budget, NETWORK, 1, seconds=seconds)
    act(filing)
    with pytest.raises(BudgetSpent):
        act(filing)


@pytest.mark.parametrize(
    ("browser", "later"), [(PHONE, LATER), (ELSEWHERE, timedelta(0))], ids=["idle", "another browser"]
)
def test_an_ended_session_asks_for_a_code_and_goes_on(
    filing: Filing, browser: Browser, later: timedelta
) -> None:
    opened = filing.begun()
    with clock.frozen(clock.now() + later):
        with pytest.raises(SessionEnded) as ended:
            drafts.open_draft(opened.name, browser)
        reference = drafts.send_resume_code(ended.value.draft, browser)
        again = drafts.resume(ended.value.draft, browser, reference=reference, code=filing.code())
        assert drafts.open_draft(again.name, browser).draft == opened.draft


@pytest.mark.parametrize(
    ("later", "is_sender"), [(timedelta(0), False), (LATER, True)], ids=["living", "idle"]
)
def test_who_has_the_address_alone_types_into_no_living_session(
    filing: Filing, later: timedelta, is_sender: bool
) -> None:
    opened = filing.begun()
    with clock.frozen(clock.now() + later), pytest.raises(SessionEnded) as ended:
        drafts.open_draft(opened.name, Browser(PHONE.user_agent, "198.51.100.7"))
    assert (ended.value.session is not None) is is_sender


def test_each_request_keeps_a_session_alive(filing: Filing) -> None:
    opened, began = filing.begun(), clock.now()
    for minutes in (29, 58, 87):
        with clock.frozen(began + timedelta(minutes=minutes)):
            assert drafts.open_draft(opened.name, PHONE)


def test_a_code_for_one_draft_resumes_no_other(filing: Filing) -> None:
    one, other = filing.draft(), filing.draft()
    reference = drafts.send_resume_code(one, PHONE)
    with pytest.raises(WrongProof):
        drafts.resume(other, PHONE, reference=reference, code=filing.code())


def test_a_link_opens_nothing_by_itself(filing: Filing) -> None:
    opened = filing.begun()
    name = drafts.link(opened.draft).rstrip("/").rpartition("/")[2]
    with pytest.raises(SessionEnded) as ended:
        drafts.open_draft(name, PHONE)
    assert (ended.value.draft, ended.value.session) == (opened.draft, None)


@pytest.mark.parametrize(
    "made",
    [
        lambda draft: draft.name.hex,
        lambda draft: signing.dumps([draft.name.hex, ""], purpose="one_time_code"),
        lambda draft: signing.dumps(["0" * 32, ""], purpose="filing_draft"),
    ],
    ids=["unsigned", "signed for another purpose", "unknown"],
)
def test_a_name_that_is_none_opens_nothing(filing: Filing, made: Callable[[FilingDraft], str]) -> None:
    with pytest.raises(NoSuchDraft):
        drafts.open_draft(made(filing.draft()), PHONE)


def test_a_draft_whose_time_is_over_is_gone_before_it_is_removed(filing: Filing) -> None:
    opened = filing.begun()
    FilingSession.objects.update(seen_at=opened.draft.expires_at)
    with clock.frozen(opened.draft.expires_at), pytest.raises(NoSuchDraft):
        drafts.open_draft(opened.name, PHONE)


def test_without_a_code_the_number_typed_again_resumes(filing: Filing) -> None:
    draft = filing.draft(prepared=True)
    opened = drafts.resume_by_number(draft, ELSEWHERE, "+84 905 000 678")
    assert (drafts.open_draft(opened.name, ELSEWHERE).draft, opened.is_proven) == (draft, False)


def guess(draft: FilingDraft, browser: Browser, times: int) -> None:
    for tail in range(times):
        with pytest.raises(WrongProof):
            drafts.resume_by_number(draft, browser, f"090500000{tail}")


def test_a_number_is_guessed_five_times(filing: Filing) -> None:
    draft = filing.draft(prepared=True)
    guess(draft, PHONE, 5)
    with pytest.raises(BudgetSpent, match="chưa khớp"):
        drafts.resume_by_number(draft, PHONE, NUMBER)


def test_strangers_who_guess_do_not_keep_the_holder_out(filing: Filing) -> None:
    draft = filing.draft(prepared=True)
    for network in range(4):
        guess(draft, Browser("Chrome", f"198.51.{network}.7"), 5)
    other = Browser("Chrome", "198.51.4.7")
    guess(draft, other, 2)
    with pytest.raises(BudgetSpent):
        drafts.resume_by_number(draft, other, NUMBER)
    assert drafts.resume_by_number(draft, PHONE, NUMBER).draft == draft


def test_who_knows_the_number_alone_pushes_no_session_out_that_is_in_use(
    filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_SESSIONS", 2)
    draft = filing.draft(prepared=True)
    names = [drafts.resume_by_number(draft, PHONE, NUMBER).name for _one in range(2)]
    with pytest.raises(BudgetSpent, match="nhiều máy"):
        drafts.resume_by_number(draft, ELSEWHERE, NUMBER)
    assert drafts.open_draft(names[0], PHONE).draft == draft
    with clock.frozen(clock.now() + LATER):
        drafts.resume_by_number(draft, ELSEWHERE, NUMBER)
    assert FilingSession.objects.count() == 2


def test_a_proven_draft_is_not_resumed_by_its_number_alone(filing: Filing) -> None:
    with pytest.raises(WrongProof):
        drafts.resume_by_number(filing.draft(), PHONE, NUMBER)


def test_a_draft_is_open_in_the_browser_of_its_session_alone_until_that_ends(filing: Filing) -> None:
    opened = filing.begun()
    assert drafts.living_session(opened.name, PHONE) == opened.session
    assert drafts.living_session(opened.name, ELSEWHERE) is None
    with clock.frozen(clock.now() + LATER):
        assert drafts.living_session(opened.name, PHONE) is None
