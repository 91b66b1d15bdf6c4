"""The desk reads what was filed: answers beside papers, old beside new, and what to do first."""

import copy
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from dossiers.filing import answers
from dossiers.filing.drafts import Opened
from dossiers.filing.submission import complete_supplement
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions import requirements
from dossiers.lifecycle.actions.requirements import TransitionInput
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tenants.audit.models import AuditEntry
from tests.dossiers.desk.test_bulk import MANY, answer, keys
from tests.dossiers.desk.test_desk import LIST, logged_in, page_of, step
from tests.dossiers.filing.filling import Filing
from tests.dossiers.filing.rules import forms
from tests.dossiers.walking import take

WRONG = "Câu trả lời “Tên”"


def text_of(client: Client, path: str) -> str:
    page = client.get(path).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\xa0", " ")


def returned(filing: Filing) -> Dossier:
    """Sent back by the desk, for a paper and an answer."""
    return asked(filing, filing.submitted().dossier, "return_filing")


def asked(filing: Filing, dossier: Dossier, step: str) -> Dossier:
    """The same by a step of the workflow."""
    papers = ("Giấy chứng sinh: mờ", f"{WRONG}: sai dấu")
    take(filing.office, dossier, step, note="Xin sửa", papers=papers)
    return dossier


def supplemented(filing: Filing, **corrected: dict[str, Any]) -> Dossier:
    """Sent back, and completed."""
    return completed(filing, returned(filing), **corrected)


def completed(filing: Filing, dossier: Dossier, **corrected: dict[str, Any]) -> Dossier:
    """By the citizen, who brings what was asked for and also corrects these pages."""
    opened = filing.supplement(dossier)
    for page, values in {"ten": {"ten": "Nguyễn Văn Mới"}, **corrected}.items():
        answers.save(opened.draft, page, values)
    filing.paper(opened, "ro-hon.png", "giay-1")
    complete_supplement(opened.draft.pk)
    return dossier


def test_a_new_filing_opens_at_its_answers_and_says_what_to_do_first(filing: Filing) -> None:
    dossier = filing.submitted().dossier
    page = text_of(logged_in(filing.office.clerk), page_of(dossier))
    for wanted in ("Hồ sơ nộp trực tuyến, chờ kiểm tra", "Nguyễn Văn Thử", "giay.png", "Tiếp nhận F9"):
        assert wanted in page, wanted


def test_a_photograph_is_looked_at_beside_answers_whose_ticks_stand_in_the_note(filing: Filing) -> None:
    dossier = filing.submitted().dossier
    clerk = logged_in(filing.office.clerk)
    page = clerk.get(page_of(dossier)).content.decode()
    (seen,) = re.findall('<img src="([^"]+)"', page)
    answer = clerk.get(seen)
    assert (answer["Content-Type"], answer["Content-Disposition"][:6]) == ("image/png", "inline")
    names = re.findall('data-looked-at="([^"]+)"', page)
    ticked = "&".join(f"da_xem={name}" for name in names if name != "ten")
    note = clerk.get(f"{step(dossier, 'accept')}?{ticked}").content.decode()
    assert re.search(r"Đã đối chiếu \d+ trên \d+ câu trả lời. Chưa đối chiếu: Tên", note)
    assert "Đã đối chiếu" not in clerk.get(f"{step(dossier, 'return_filing')}?{ticked}").content.decode()


def test_a_filing_after_hours_counts_from_the_next_opening_whenever_it_is_accepted(filing: Filing) -> None:
    evening = datetime(2026, 11, 27, 21, 0, tzinfo=clock.VIETNAM)
    with clock.frozen(evening):
        dossier = filing.submitted().dossier
    with clock.frozen(datetime(2026, 12, 1, 9, 0, tzinfo=clock.VIETNAM)):
        clerk = logged_in(filing.office.clerk)
        clerk.post(step(dossier, "accept"), {"seen": dossier.last_sequence})
        page = text_of(clerk, f"{page_of(dossier)}?tab=thong-tin")
    assert "21:00, 27/11/2026, ngoài giờ làm việc, nên tính là nhận lúc 07:30, 30/11/2026" in page
    dossier.refresh_from_db()
    assert (dossier.step, dossier.due_at.date() if dossier.due_at else None) == (
        "received",
        date(2026, 12, 7),
    )


def test_reading_the_answers_is_recorded(filing: Filing) -> None:
    dossier = filing.submitted().dossier
    logged_in(filing.office.clerk).get(page_of(dossier))
    assert AuditEntry.objects.filter(action="dossier.answers", subject=dossier.subject).count() == 1


def test_a_dossier_of_the_counter_has_no_such_tab(filing: Filing) -> None:
    dossier = services.receive(filing.office.intake(), actor=filing.office.clerk).dossier
    assert "Nội dung nộp" not in text_of(logged_in(filing.office.clerk), page_of(dossier))


def test_the_request_offers_answers_beside_papers(filing: Filing) -> None:
    dossier, clerk = filing.submitted().dossier, logged_in(filing.office.clerk)
    assert WRONG in text_of(clerk, step(dossier, "return_filing"))
    page = clerk.get(step(dossier, "return_filing")).content.decode()
    ticks = dict(re.findall(r'name="(answer_paper_\d+)"[^>]*>\s*<span>(Câu trả lời “[^”]*”)', page))
    tick = next(name for name, label in ticks.items() if label == WRONG)
    day = requirements.usual_deadline(dossier)
    clerk.post(
        step(dossier, "return_filing"),
        {"seen": dossier.last_sequence, tick: "on", "note": "Sai tên", "deadline": f"{day:%d/%m/%Y}"},
    )
    assert dossier.events.latest("sequence").note.data["papers"] == [WRONG]


@pytest.mark.parametrize(
    ("act", "put_in"),
    [
        ("buoc/filing_completed", lambda filing, opened: filing.paper(opened, question="giay-1")),
        ("buoc/refuse", lambda _filing, opened: answers.save(opened.draft, "ten", {"ten": "Mới"})),
        ("viec/thu-hoi", lambda _filing, opened: answers.save(opened.draft, "ten", {"ten": "Mới"})),
    ],
)
def test_before_an_act_that_ends_a_request_the_clerk_reads_that_something_was_not_sent(
    filing: Filing, act: str, put_in: Callable[[Filing, Opened], object]
) -> None:
    dossier, clerk = returned(filing), logged_in(filing.office.clerk)
    opened, place = filing.supplement(dossier), page_of(dossier).replace("change", act)
    read = ["chưa bấm gửi" in text_of(clerk, place)]
    put_in(filing, opened)
    read.append("chưa bấm gửi" in text_of(clerk, place))
    assert read == [False, True]


def test_an_act_on_many_leaves_out_what_its_citizen_has_not_sent_and_says_so(filing: Filing) -> None:
    put_in, other = returned(filing), returned(filing)
    place, clerk = f"{MANY}?hs={keys(put_in, other)}", logged_in(filing.office.clerk)
    answers.save(filing.supplement(put_in).draft, "ten", {"ten": "Mới"})
    before = text_of(clerk, place)
    result = clerk.post(place, answer(filing.office, put_in, other, act="filing_completed")).content.decode()
    assert (before.count("chưa bấm gửi"), result.count("chưa bấm gửi")) == (1, 1)
    assert ("(1 hồ sơ)" in before, "1 hồ sơ đã làm xong, 1 hồ sơ không làm được" in result) == (True, True)
    assert [one.events.filter(kind="filing_completed").count() for one in (put_in, other)] == [0, 1]


def test_the_step_that_hands_over_names_originals_to_take_and_copies_with_their_price(filing: Filing) -> None:
    data = copy.deepcopy(forms.DATA)
    asked = {"name": "so_ban", "type": "number", "label": "Mấy bản?", "personal": "none", "copy_price": 8000}
    data["sections"][0]["pages"].append({"code": "so-ban", "questions": [asked]})
    filing.publish(data)
    filing.filled["so-ban"] = {"so_ban": 2}
    dossier = filing.submitted().dossier
    for code in ("accept", "forward", "finish"):
        take(filing.office, dossier, code)
    page = text_of(logged_in(filing.office.clerk), step(dossier, "return"))
    assert "Thu bản chính: Giấy chứng sinh" in page
    assert "Giao 2 bản sao, thu 16.000 đồng." in page


def test_filings_to_be_checked_are_a_number_and_a_list(filing: Filing) -> None:
    dossier, clerk = filing.submitted().dossier, logged_in(filing.office.clerk)
    assert re.search(r"Nộp trực tuyến chờ kiểm tra 1 1 của tôi", text_of(clerk, f"{LIST}hom-nay/"))
    # Checked before it is accepted: the queue leads to the answers.
    queue = clerk.get(f"{LIST}hom-nay/").content.decode()
    assert re.search(rf'class="mc-next" href="{page_of(dossier)}">Kiểm tra', queue)
    listed = f"{LIST}?viec=nop-truc-tuyen"
    assert dossier.code in text_of(clerk, listed)
    services.apply_transition(
        dossier.pk, "accept", actor=filing.office.clerk, seen=dossier.last_sequence, given=TransitionInput()
    )
    assert dossier.code not in text_of(clerk, listed)
