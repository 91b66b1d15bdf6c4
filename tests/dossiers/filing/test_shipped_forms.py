"""Every form that ships, from its first page to the printed sheets, by answers that a seed draws."""

import io
import random
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from dossiers.filing import answers
from dossiers.filing.drafts import Browser
from dossiers.filing.models import FilingDraft
from dossiers.filing.public import sheets
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import CHECK, FILED, FILER, RESULT, TASKS, shipped_forms
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle.models import Dossier
from procedures.catalogue.models import FilingMode
from tenants import clock
from tests.deep import DEEP
from tests.dossiers.chatting import HOST, words
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.filing.filling import NUMBER, Filing
from tests.dossiers.filing.test_drafts_at_the_desk import page_of, place
from tests.dossiers.filing.test_journeys import plain, rows
from tests.dossiers.lifecycle.files import samples

FORMS = shipped_forms()
NOTICE = "chưa đối chiếu mẫu"
MARK = re.compile(r"\bDau\d{3}x\b")
TRIES = 100
"""Answers that rules between answers may refuse before one fits."""
PHOTOGRAPH = samples.png()


class Walker:
    """One person with a telephone who prepares a form at home and answers at random."""

    def __init__(self, filing: Filing, code: str, seed: int) -> None:
        self.form, self.random, self.marks = FORMS[code], random.Random(f"{code} {seed}"), 0
        browser = Browser("Zalo", f"203.0.{seed}.{1 + list(FORMS).index(code)}")
        self.client = Client(headers={"host": HOST, "user-agent": "Zalo"}, REMOTE_ADDR=browser.address)
        filing.procedure.filing_mode = FilingMode.COUNTER
        filing.procedure.save()
        filing.publish(self.form.to_data())
        self.start = f"/nop/{filing.procedure.code}/"

    def begin(self) -> str:
        """Through the questions before the form; the address of the draft's first page."""
        page = words(self.client.get(self.start))
        assert (NOTICE in page) == self.form.is_published_text_only
        address = re.search(r'<a class="mc-button" href="([^"]+)"', page)
        assert address
        at = unescape(address[1])
        for one in self.form.eligibility:
            going_on = [answer.code for answer in one.answers if answer.ends is None]
            at = self.follow(at, {one.name: self.random.choice(going_on)})
        return self.follow(at, {"so": NUMBER})

    def follow(self, at: str, sent: dict[str, Any]) -> str:
        """Where the page leads after this was sent; "" where it asks again."""
        return str(self.client.post(at, sent).get("Location", ""))

    def answer(self, at: str) -> str:
        """Fill in a page; where it leads."""
        code = at.rstrip("/").rpartition("/")[2]
        if code == FILER:
            self.follow(at, {"cho_ai": "minh"})
            return self.follow(at, {"cho_ai": "minh"})
        if code == RESULT:
            return self.follow(at, {"cach_nhan": "quay", "tin_bao": "yes"})
        given = answers.read(FilingDraft.objects.get()).answers
        known = {**journey.known_answers(self.form, given, code), "today": f"{clock.today()}"}
        for _try in range(TRIES):
            if onward := self.follow(at, self.sent(journey.visible_questions(self.form, given)[code], known)):
                return onward
        raise AssertionError(words(self.client.get(at)))

    def sent(self, questions: tuple[Question, ...], before: dict[str, Any]) -> dict[str, Any]:
        found, known = dict[str, Any](viec="tiep"), dict(before)
        for one in questions:
            if one.type == "paper":
                if one.required or self.random.random() < 0.3:
                    self.marks += 1
                    found[f"tep-{one.name}"] = samples.upload(PHOTOGRAPH, f"Dau{self.marks:03}x.png")
            elif one.required or self.random.random() < 0.7:
                known[one.name] = self.fitting(one, known)
                found |= TYPES[one.type].fill(one, known[one.name])
        return found

    def fitting(self, question: Question, known: dict[str, Any]) -> Any:
        """An answer that may stand beside those before it, if one is drawn soon: a page that refuses costs more."""
        marks = self.marks
        for _try in range(TRIES):
            self.marks = marks
            value = self.value(question)
            if TYPES[question.type].breach(question, value, known) is None:
                break
        return value

    def value(self, question: Question) -> Any:
        """An answer of the question's type."""
        drawn = self.random
        self.marks += 1
        text = f"Dau{self.marks:03}x"
        codes = [choice.code for choice in question.options]
        match question.type:
            case "person":
                # Who has no number to give is a child: no rule about ages can be fulfilled by chance alone.
                year = (
                    drawn.randint(1930, 2005) if "id_number" in question.parts else drawn.randint(2015, 2026)
                )
                sex = drawn.randint(0, 1)
                number = f"066{sex + 2 * (year >= 2000)}{year % 100:02}{drawn.randint(0, 999999):06}"
                known = {"name": f"Tên {text}", "sex": ("nam", "nu")[sex], "born": f"{year}-01-02"}
                known["id_number"] = number
                return {part: known[part] for part in question.parts if part in known}
            case "address":
                return {"province": "Tỉnh Khác", "commune": "Phường Thử", "detail": f"Số {text}"}
            case "repeat":
                count = drawn.randint(1, min(3, question.max_rows))
                return [{one.name: self.value(one) for one in question.questions} for _row in range(count)]
            case "one_of":
                return drawn.choice(codes)
            case "some_of":
                return drawn.sample(codes, drawn.randint(1, len(codes)))
        return {
            "number": drawn.randint(1, 20),
            "money": drawn.randint(1, 900) * 100_000,
            "date": f"2026-{drawn.randint(9, 12):02}-{drawn.randint(10, 28)}",
            "yes_no": drawn.random() < 0.5,
            "phone": NUMBER,
        }.get(question.type, f"Chữ {text}")


@pytest.mark.sampled
@pytest.mark.parametrize("seed", range(6 if DEEP else 1))
@pytest.mark.parametrize("code", FORMS)
def test_a_shipped_form_is_walked_to_its_sheets_and_what_was_shown_is_filed(
    filing: Filing, code: str, seed: int
) -> None:
    walker, form = Walker(filing, code, seed), FORMS[code]
    at = walker.begin()
    while not at.endswith(f"/{CHECK}/"):
        if at.endswith(f"/{TASKS}/"):
            at = re.findall(r'<a class="mc-button" href="([^"]+)"', words(walker.client.get(at)))[0]
        at = walker.answer(at)
    draft = FilingDraft.objects.get()
    given = answers.read(draft).answers
    assert journey.missing(form, given, "2026-11-24") == []
    known = journey.known_answers(form, given)
    visible = journey.visible_questions(form, given).values()
    asked = {plain(one.worded(known).label) for page in visible for one in page}
    check = words(walker.client.get(at))
    shown = {label: said for label, said in rows(check).items() if label in asked}
    assert shown.keys() == asked
    home = at.removesuffix(f"{CHECK}/")
    prepared = words(walker.client.get(f"{home}{FILED}/"))
    assert "Đã chuẩn bị xong" in prepared
    assert (NOTICE in prepared) == form.is_published_text_only
    clerk = logged_in(filing.office.clerk)
    received = clerk.post(page_of(draft), place(filing, clerk, page_of(draft)))
    assert received.status_code == 302, words(received)
    dossier = Dossier.objects.get()
    copy = walker.client.get(f"{home}{FILED}/ban-sao/")
    assert {label: said for label, said in rows(words(copy)).items() if label in asked} == shown
    kept = answers.read(dossier.filing_draft).answers
    assert [kept.get(page.code, {}) for page in form.pages] == [
        given.get(page.code, {}) for page in form.pages
    ]
    printed = text_of(walker.client.get(f"{home}{FILED}/ban-sao.pdf").content)
    assert set(MARK.findall(printed)) == set(MARK.findall(check))
    blank = text_of(sheets.print_sheet(form, filing.office.desk))
    assert [NOTICE in " ".join(sheet.split()) for sheet in (printed, blank)] == [
        form.is_published_text_only
    ] * 2
    assert form.sections[0].title in " ".join(blank.split())


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
