"""The front door: what opens here, errors at an address of their own, the way to another procedure, the code for the
counter; what the check of the answers and the page of what was filed tell."""

import copy
import random
import re
import string
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from dossiers.filing import answers, budgets, drafts
from dossiers.filing.models import FilingDraft
from procedures.catalogue.contents import cases
from procedures.catalogue.models import FilingMode
from tests.dossiers.chatting import HOST, words
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.filing.citizen import TYPED, Citizen
from tests.dossiers.filing.filling import ELSEWHERE, NUMBER, PHONE, Filing
from tests.dossiers.filing.rules.forms import DATA, ENDS

WRONG_DAY = {"ngay_sinh-ngay": "31", "ngay_sinh-thang": "2", "ngay_sinh-nam": "2026"}


def led(client: Client, path: str, data: dict[str, Any]) -> tuple[str, str]:
    """Where a post led, and the page there."""
    answer = client.post(path, data, follow=True)
    [(address, status)] = answer.redirect_chain
    assert status == 303
    return address, words(answer)


def test_an_error_of_a_draft_stands_at_its_own_address_until_it_is_mended(begun: Citizen) -> None:
    address, page = led(begun.client, begun.at("ngay-sinh"), WRONG_DAY)
    assert ("govuk-error-summary" in page, 'value="31"' in page, "31" in address) == (True, True, False)
    assert "govuk-error-summary" in words(begun.client.get(address)), "when one goes back to it"
    assert begun.browser(ELSEWHERE).get(address).status_code == 303, "asked who it is"
    begun.send("ngay-sinh", **TYPED["ngay-sinh"])
    assert "govuk-error-summary" not in words(begun.client.get(address))


def test_an_error_without_a_draft_is_shown_to_its_browser_alone(citizen: Citizen) -> None:
    address, page = led(citizen.client, "/phan-anh/tra-loi/", {"code": "PA-THU", "key": ""})
    assert ('value="PA-THU"' in page, "PA-THU" in address) == (True, False)
    others = (citizen.browser(ELSEWHERE), Client(headers={"host": HOST, "user-agent": "Zalo iOS"}))
    assert ["PA-THU" in words(other.get(address)) for other in others] == [False, False]


def test_without_a_store_the_post_itself_shows_its_errors(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenants.web.public_pages.crypto.encrypt", lambda _text: 1 / 0)
    answer = begun.client.post(begun.at("ngay-sinh"), WRONG_DAY, follow=True)
    assert (answer.redirect_chain, 'value="31"' in words(answer)) == ([], True)


def test_an_answer_that_would_fill_the_cache_is_shown_at_once(begun: Citizen) -> None:
    long = "".join(random.Random(1).choices(string.ascii_letters, k=60_000))
    answer = begun.client.post(begun.at("ngay-sinh"), {**WRONG_DAY, "ngay_sinh-nam": long}, follow=True)
    assert (answer.redirect_chain, long[:50] in words(answer)) == ([], True)


@pytest.mark.parametrize("path", ["/", "/nop/"])
def test_what_opens_here_is_named_first(citizen: Citizen, path: str) -> None:
    page = words(citizen.client.get(path))
    assert page.index(f'href="{citizen.start}"') < page.index("dichvucong.gov.vn")
    citizen.filing.procedure.filing_mode = FilingMode.NATIONAL_PORTAL
    citizen.filing.procedure.save()
    assert citizen.start not in words(citizen.client.get(path))


def test_a_stop_leads_to_the_procedure_that_it_names(citizen: Citizen) -> None:
    data: Any = copy.deepcopy(DATA)
    ends = {**ENDS, "procedure": citizen.filing.procedure.code}
    data["eligibility"][0]["answers"][1]["ends"] = ends
    citizen.filing.publish(data)
    stopped = citizen.client.post(f"{citizen.start}?buoc=dieu-kien", {"trong_nuoc": "khong"})
    page = words(citizen.follow(stopped))
    assert f'href="/thu-tuc/{citizen.filing.procedure.code}/"' in page
    assert citizen.filing.procedure.short_name in page


def test_the_sheet_for_the_counter_says_where_and_what_a_clerk_may_type(
    citizen: Citizen, filing: Filing, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = filing.draft(prepared=True)
    citizen.name = drafts.resume_by_number(draft, PHONE, draft.phone).name
    page, code = words(citizen.get("da-nop")), drafts.counter_code(draft)
    assert (code in page, filing.office.desk.local_name in page) == (True, True)
    clerk = logged_in(filing.office.clerk)
    opened = [scan(clerk, text)["Location"] for text in (code, f" {code.lower().replace('-', ' ')}")]
    assert opened[0] == opened[1]
    assert clerk.get(opened[0]).status_code == 200
    monkeypatch.setattr(budgets.COUNTER_CODES, "limits", (budgets.Limit("clerk", 1),))
    other = "BBBB-BBBB" if code != "BBBB-BBBB" else "CCCC-CCCC"
    assert [scan(clerk, text).status_code for text in (other, code)] == [200, 200], "nobody guesses on"


def scan(client: Client, text: str) -> Any:
    return client.get(f"{LIST}quet/?{urlencode({'q': text})}")


def test_answers_of_the_procedures_page_begin_the_form(
    citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A question before the form is not asked again, one in it is filled in, and what the form lacks is ignored."""
    code = citizen.filing.procedure.code
    told = {"trong_nuoc": "co", "co_cha": False, "co_me": True, "ten": False}
    words_of = {"text": "Tôi", "english": "I"}
    mine = [{"code": "toi", "form": told, **words_of}, {"code": "khac", **words_of}]
    data = {"key": "ai-nop", "codes": [code], "answers": mine, **words_of}
    question = cases.CaseQuestion.model_validate(data, strict=False)
    monkeypatch.setattr(cases, "by_code", lambda: {code: [question]})
    page = words(citizen.client.get(f"{citizen.start}?ai-nop=toi"))
    first = re.search(rf'href="({citizen.start}\?buoc=[^"]+)">Bắt đầu', page)
    assert first
    number = citizen.follow(citizen.client.get(first[1].replace("&amp;", "&")))
    sent = citizen.client.post(
        number.request["PATH_INFO"] + "?" + number.request["QUERY_STRING"], {"so": NUMBER}
    )
    opened = citizen.client.post(sent["Location"], {"ma": citizen.filing.code()})
    citizen.name = opened["Location"].split("/")[3]
    stored = answers.read(FilingDraft.objects.get()).answers
    assert (stored["dieu-kien"], stored["co-cha"]) == ({"trong_nuoc": "co"}, {"co_cha": False})
    assert stored.keys() == {"dieu-kien", "co-cha"}


def test_copies_are_checked_with_their_price_and_what_was_filed_says_what_comes_next(
    citizen: Citizen,
) -> None:
    data = copy.deepcopy(DATA)
    asked = {"name": "so_ban", "type": "number", "label": "Mấy bản?", "personal": "none", "copy_price": 8000}
    data["sections"][0]["pages"].append({"code": "so-ban", "questions": [asked]})
    citizen.filing.publish(data)
    citizen.begin()
    citizen.send("so-ban", so_ban="2")
    citizen.fill()
    assert "2 (phí 16.000 đồng, trả khi nhận)" in words(citizen.get("kiem-tra"))
    page = words(citizen.follow(citizen.file()))
    for said in (
        "rồi báo ngày hẹn trả",
        "Thời hạn của thủ tục: 5 ngày làm việc",
        "giữ bản chính các giấy đã chụp",
    ):
        assert said in page


@pytest.mark.parametrize(
    ("page", "typed", "said"),
    [
        (
            "me",
            {"me-name": "nguyễn thị thử"},
            "“nguyễn thị thử” viết chữ thường. Viết hoa là “Nguyễn Thị Thử”.",
        ),
        ("ten", {"ten": "Nguyễn Văn Thử Minh"}, "Tên cháu khác tên mẹ."),
    ],
)
def test_what_is_doubtful_is_told_once_more_before_filing_and_stops_nobody(
    citizen: Citizen, page: str, typed: dict[str, str], said: str
) -> None:
    data = copy.deepcopy(DATA)
    rule = {"require": {"is": [".", "Nguyễn Văn Thử"]}, "sentence": "Tên cháu khác tên mẹ.", "warns": True}
    data["sections"][0]["pages"][0]["questions"][0]["rules"] = [rule]
    citizen.filing.publish(data)
    citizen.begin()
    citizen.fill()
    assert said not in words(citizen.get("kiem-tra"))
    citizen.send(page, **{**TYPED[page], **typed})
    assert said in words(citizen.get("kiem-tra"))
    assert citizen.file()["Location"] == citizen.at("da-nop")


@pytest.mark.parametrize("seen", ["", "x"])
def test_what_was_typed_on_a_refused_page_stands_there_in_the_other_language(
    begun: Citizen, seen: str
) -> None:
    """Of a page that was refused for a box, and of one that was stored elsewhere since it was drawn."""
    begun.send("ngay-sinh", **TYPED["ngay-sinh"])
    typed = {**TYPED["ngay-sinh"], "ngay_sinh-nam": "2020", "ngay_sinh-thang": "12" if seen else "13"}
    begun.send("ngay-sinh", _dang_co=seen, **typed)
    english = words(begun.client.get(begun.at("ngay-sinh", "?xem-lai=1&lang=en"), follow=True))
    assert ('value="2020"' in english, "govuk-error-summary" in english, "Continue" in english) == (True,) * 3
    assert answers.read(FilingDraft.objects.get()).answers["ngay-sinh"] == {"ngay_sinh": "2026-11-01"}
    begun.send("ngay-sinh", "?xem-lai=1", **TYPED["ngay-sinh"])
    for language in ("vi", "en"):
        page = begun.client.get(begun.at("ngay-sinh", f"?xem-lai=1&lang={language}"), follow=True)
        assert 'value="2020"' not in words(page)


def test_the_start_says_what_it_takes_and_why_here(citizen: Citizen) -> None:
    citizen.filing.procedure.filing_decision = "12/QĐ-UBND"
    citizen.filing.procedure.filing_reason = "Tỉnh được nhận trực tiếp thủ tục này."
    citizen.filing.procedure.save()
    page = words(citizen.client.get(citizen.start))
    for wanted in ("khoảng 10 phút", "Giấy chứng sinh", "30 ngày", "12/QĐ-UBND", "Tỉnh được nhận trực tiếp"):
        assert wanted in page
    english = words(citizen.client.get(citizen.start, {"lang": "en"}))
    assert ("By 12/QĐ-UBND." in english, "Tỉnh được nhận" in english) == (True, False)
