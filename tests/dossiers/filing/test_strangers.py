"""What a stranger may cause at the pages of filing, and that the others go on. People are invented."""

from contextlib import suppress
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from dossiers.deadlines import wording
from dossiers.filing import answers, budgets, drafts, papers
from dossiers.filing.models import FilingDraft, FilingFile
from procedures.catalogue.models import FilingMode
from tenants.files.inspection import FileRefused, Inspected
from tenants.web.budgets import DAY, NETWORK, PROVINCE, BudgetSpent, Limit
from tests.budgets import only, shrink
from tests.dossiers.chatting import HOST, words
from tests.dossiers.filing.citizen import TYPED, Citizen, later
from tests.dossiers.filing.filling import NUMBER, PHONE, Filing
from tests.dossiers.lifecycle.files import samples


def bare(agent: str, address: str = "198.51.100.9") -> Client:
    """A browser that has nothing but the address of a draft."""
    return Client(headers={"host": HOST, "user-agent": agent}, REMOTE_ADDR=address)


def asks_again(citizen: Citizen, browser: Client, page: str = "ten") -> bool:
    answer = browser.get(citizen.at(page))
    if answer.status_code == 303:
        assert "/tiep-tuc/" in answer["Location"]
        return True
    assert answer.status_code == 200
    return False


@pytest.fixture
def prepared(citizen: Citizen) -> Citizen:
    """A citizen with a draft whose number no code has proven."""
    citizen.filing.procedure.filing_mode = FilingMode.COUNTER
    citizen.filing.procedure.save()
    address = citizen.start + "?buoc=dieu-kien"
    address = citizen.client.post(address, {"trong_nuoc": "co"})["Location"]
    citizen.name = citizen.client.post(address, {"so": NUMBER})["Location"].split("/")[3]
    return citizen


# --- The browser of a draft


def test_the_address_of_a_draft_opens_nothing_in_another_network(begun: Citizen) -> None:
    assert asks_again(begun, bare(PHONE.user_agent))


@pytest.mark.parametrize(
    ("agent", "asked"), [("Chrome/125.0.0.0 Mobile", True), ("Zalo android/260802903", False)]
)
def test_the_address_alone_opens_nothing_where_the_browser_keeps_its_cookie(
    citizen: Citizen, agent: str, asked: bool
) -> None:
    """Zalo's may lose its cookie between two taps."""
    citizen.client = bare(agent, PHONE.address)
    citizen.begin()
    citizen.get("muc-luc")
    assert asks_again(citizen, bare(agent, PHONE.address)) == asked


def test_what_is_typed_after_the_cookie_was_lost_is_kept_aside(citizen: Citizen) -> None:
    citizen.client = bare("Chrome/125.0.0.0 Mobile", PHONE.address)
    citizen.begin()
    citizen.get("muc-luc")
    citizen.client = bare("Chrome/125.0.0.0 Mobile", PHONE.address)
    ended = citizen.send("ten", ten="Nguyễn Văn Dở")
    asked = citizen.client.post(ended["Location"], {"gui": "1"})
    opened = citizen.client.post(asked["Location"], {"ma": citizen.filing.code()})
    assert 'value="Nguyễn Văn Dở"' in words(citizen.follow(opened))


def test_a_browser_with_its_cookie_goes_from_network_to_network(begun: Citizen) -> None:
    begun.client.defaults["REMOTE_ADDR"] = "198.51.100.9"
    assert not asks_again(begun, begun.client)


def test_a_browser_that_keeps_no_cookie_goes_on_in_its_network(begun: Citizen) -> None:
    for _page in range(2):
        begun.client.cookies.clear()
        assert not asks_again(begun, begun.client)


@pytest.mark.parametrize(("secure", "name"), [(False, "nhap"), (True, "__Host-nhap")])
def test_the_cookie_is_for_this_host_and_no_script(
    citizen: Citizen, settings: Any, secure: bool, name: str
) -> None:
    settings.SESSION_COOKIE_SECURE, settings.DRAFT_COOKIE_NAME = secure, name
    citizen.begin()
    (cookie,) = citizen.client.cookies.values()
    assert cookie.key.startswith(f"{name}-")
    assert (bool(cookie["secure"]), cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        secure, True, "Lax", "/", "",
    )  # fmt: skip


def test_the_cookie_of_one_draft_opens_no_other(begun: Citizen) -> None:
    other = Citizen(begun.filing)
    other.begin()
    other.client.defaults["REMOTE_ADDR"] = "198.51.100.9"
    assert asks_again(begun, other.client)


# --- What is kept aside


@pytest.mark.parametrize(("length", "kept"), [(19_000, True), (20_001, False)])
def test_so_much_is_kept_aside_and_what_is_not_is_said(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch, length: int, kept: bool
) -> None:
    later(monkeypatch)
    page = words(begun.follow(begun.send("ten", ten="a" * length)))
    assert (bool(answers.read(FilingDraft.objects.get()).pending), "chưa được giữ" in page) == (
        kept,
        not kept,
    )


def test_nothing_is_kept_aside_that_the_page_has_no_box_for(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    begun.send("ten", ten="Nguyễn Văn Dở", khac="a" * 1000, **{"ten-2": "b"})
    assert answers.read(FilingDraft.objects.get()).pending == {"ten": {"ten": ["Nguyễn Văn Dở"]}}


# --- How long a draft is kept


def test_a_draft_of_a_number_without_a_code_is_kept_seven_days_and_says_so(prepared: Citizen) -> None:
    draft = FilingDraft.objects.get()
    assert draft.expires_at == draft.created_at + timedelta(days=7)
    page = words(prepared.get("muc-luc")).replace(wording.NO_BREAK, " ")
    assert f"Được giữ đến {wording.moment(draft.expires_at)}" in page


def test_a_draft_prepared_to_the_end_is_kept_thirty_days_as_its_sheet_says(prepared: Citizen) -> None:
    prepared.fill()
    sheet = words(prepared.get("da-nop"))
    draft = FilingDraft.objects.get()
    assert draft.expires_at == draft.created_at + timedelta(days=30)
    assert wording.moment(draft.expires_at) in sheet.replace(wording.NO_BREAK, " ")


def test_a_sheet_with_questions_left_is_kept_no_longer(prepared: Citizen) -> None:
    prepared.get("da-nop")
    draft = FilingDraft.objects.get()
    assert draft.expires_at == draft.created_at + timedelta(days=7)


def test_a_sheet_says_before_it_is_printed_what_was_typed_and_is_not_stored(prepared: Citizen) -> None:
    prepared.fill()
    answers.keep_pending(FilingDraft.objects.get(), "ten", {"ten": ["Nguyễn Văn Dở"]})
    assert f'href="{prepared.at("ten", "?ve=kiem-tra")}">Tên</a>' in words(prepared.get("da-nop"))


# --- What it costs


def test_posts_to_one_draft_have_a_limit_in_its_own_words(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, budgets.POSTS, Limit("session", 1))
    begun.send("ten", ten="Nguyễn Văn Ghi")
    refused = begun.send("ten", ten="Nguyễn Văn Nữa")
    assert (refused.status_code, "Những gì đã ghi vẫn còn" in words(refused)) == (429, True)
    assert "tra cứu" not in words(refused).partition("<main")[2].partition("</main>")[0]
    assert 'value="Nguyễn Văn Ghi"' in words(begun.get("ten"))


@pytest.mark.parametrize("link", ["printed", "copied"])
def test_who_has_a_link_alone_uses_up_nothing_of_its_session(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    only(monkeypatch, budgets.POSTS, Limit("session", 1))
    printed = urlsplit(drafts.link(FilingDraft.objects.get())).path + "tiep-tuc/"
    for _post in range(3):
        place = printed if link == "printed" else begun.at("ten")
        assert bare("Chrome").post(place, {"ma": "000000", "ten": "Lạ"}).status_code != 429
    assert begun.send("ten", ten="Nguyễn Văn Ghi").status_code == 303


def test_text_beyond_the_bytes_of_a_day_stays_in_its_box(
    prepared: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    shrink(monkeypatch, budgets.KEPT[False], NETWORK, 10, seconds=DAY)
    page = words(prepared.send("ten", **TYPED["ten"]))
    assert ("gửi tiếp ngày mai" in page, 'value="Nguyễn Văn Thử"' in page) == (True, True)


def test_text_that_is_refused_costs_no_bytes(begun: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, budgets.KEPT[True], Limit("draft", 110, DAY))
    monkeypatch.setattr(answers, "LARGEST", 99)
    assert "quá dài" in words(begun.send("ten", ten="N" * 100))
    assert begun.send("ten", ten="Nguyễn Văn Ngắn").status_code == 303


@pytest.fixture
def inspected(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds for which each file was inspected. Each takes a second of a processor, and one "bad" is refused."""
    seen: list[float] = []

    def inspect(upload: Any, seconds: float) -> Inspected:
        seen.append(seconds)
        upload.seek(0)
        content = upload.read()
        if content == b"bad":
            refusal = FileRefused("hỏng")
            refusal.cpu_seconds = 1.0
            raise refusal
        return Inspected(upload.name, "image/png", content, content.hex(), None, None, cpu_seconds=1.0)

    monkeypatch.setattr(papers, "inspect", inspect)
    return seen


def store(draft: FilingDraft, content: bytes, address: str = "198.51.100.9") -> FilingFile:
    return papers.store(draft, "giay", samples.upload(content, "giay.png"), address=address)


def test_a_strangers_file_is_inspected_for_three_seconds(filing: Filing, inspected: list[float]) -> None:
    store(filing.draft(prepared=True), b"1")
    store(filing.draft(), b"1")
    assert inspected == [3, 5]


def test_what_has_no_room_is_not_inspected(filing: Filing, inspected: list[float], settings: Any) -> None:
    draft = filing.draft(prepared=True)
    store(draft, b"1")
    settings.FILE_MAX_PER_DOSSIER = 1
    with pytest.raises(FileRefused, match="nhiều nhất 1 tệp"):
        store(draft, b"2")
    assert len(inspected) == 1


def test_the_same_picture_again_is_not_inspected_and_costs_nothing(
    filing: Filing, inspected: list[float], settings: Any
) -> None:
    draft = filing.draft()
    settings.FILE_MAX_PER_DOSSIER = 1
    assert store(draft, b"1") == store(draft, b"1")
    assert len(inspected) == 1


@pytest.mark.parametrize("content", [b"1", b"bad"])
def test_processor_time_is_paid_as_far_as_it_was_used(
    filing: Filing, inspected: list[float], monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    only(monkeypatch, budgets.INSPECTION[False], Limit("draft", 5000))
    draft = filing.draft(prepared=True)

    def refused(number: int) -> str:
        try:
            store(draft, content if content == b"bad" else bytes([number]))
        except (FileRefused, BudgetSpent) as refusal:
            return type(refusal).__name__
        return ""

    one = "FileRefused" if content == b"bad" else ""
    # Two seconds are left for one that may take three.
    assert [refused(number) for number in range(4)] == [one, one, one, "BudgetSpent"]


@pytest.mark.parametrize(
    ("budget", "most"),
    [(budgets.INSPECTION[False], 3500), (budgets.KEPT[False], 2), (budgets.FILES, 2)],
)
def test_a_network_that_used_up_its_budget_leaves_the_others_theirs(
    filing: Filing, inspected: list[float], monkeypatch: pytest.MonkeyPatch, budget: Any, most: int
) -> None:
    seconds = next(limit.seconds for limit in budget.limits if limit.scope == NETWORK)
    only(
        monkeypatch,
        budget,
        Limit(NETWORK, most, seconds),
        Limit(PROVINCE, most, seconds, narrowed=most),
    )
    draft = filing.draft(prepared=True)
    with suppress(BudgetSpent):
        for number in range(4):
            store(draft, bytes([number]))
    assert draft.files.count() < 4
    assert store(draft, b"9", "203.0.113.7").pk


def test_a_number_that_was_proven_pays_for_its_own_files_in_any_network(
    filing: Filing, inspected: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    only(monkeypatch, budgets.KEPT[True], Limit("number", 1, DAY))
    store(filing.draft(), b"1")
    with pytest.raises(BudgetSpent, match="số điện thoại này"):
        store(filing.draft(), b"2", "203.0.113.7")
    assert store(filing.draft(phone="0905000679"), b"2").pk
