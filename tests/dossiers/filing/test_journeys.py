"""Random ways through the pages of a shipped form: what was shown last is what is filed, and nothing that was hidden."""

import io
import itertools
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from dossiers.filing import answers, budgets
from dossiers.filing.drafts import Browser
from dossiers.filing.models import FilingDraft
from dossiers.filing.rules.form import shipped_forms
from dossiers.lifecycle.models import Dossier
from tests.budgets import only
from tests.deep import DEEP
from tests.dossiers.chatting import HOST, words
from tests.dossiers.desk.test_desk import logged_in, page_of
from tests.dossiers.filing.filling import Filing
from tests.dossiers.lifecycle.files import samples
from tests.provinces import undone

FORM = shipped_forms()["1.004873"]
CODES = tuple(page.code for page in FORM.pages)
CHOSEN = {
    "xin_cho": ("minh", "nguoi_khac"),
    "tinh_trang": ("chua", "ly_hon", "goa", "co_vo_chong"),
    "da_cap": ("no", "yes"),
    "con_giay_cu": ("no", "yes"),
}
MARK = re.compile(r"\bDau[a-e]{2}x[0-3]\b")
_networks = itertools.count(1)
_files: dict[str, bytes] = {}
DECIDING = tuple(page.code for page in FORM.pages if page.questions[0].name in CHOSEN)
"""Pages whose answers hide and show others: of a random way every second step goes there."""
steps = st.lists(
    st.tuples(st.sampled_from(DECIDING) | st.sampled_from(CODES), st.integers(0, 3), st.booleans()),
    max_size=10,
)


def typed(code: str, turn: int) -> dict[str, Any]:
    """What is sent to a page; each text carries a mark of its page and turn."""
    if code == "nhan-ket-qua":
        return {"cach_nhan": "quay", "tin_bao": "yes"}
    (question,) = next(page for page in FORM.pages if page.code == code).questions
    name, place = question.name, CODES.index(code)
    mark = f"Dau{chr(97 + place // 5)}{chr(97 + place % 5)}x{turn}"
    if name in CHOSEN:
        return {name: CHOSEN[name][turn % len(CHOSEN[name])]}
    if question.type == "paper":
        return {f"tep-{name}": samples.upload(photograph(code), f"{mark}.png"), "viec": "tiep"}
    if question.type == "person":
        born = {f"{name}-born-ngay": "1", f"{name}-born-thang": "2", f"{name}-born-nam": str(1980 + turn)}
        return {f"{name}-name": f"Tên {mark}", f"{name}-id_number": f"06618{turn}00000{turn}", **born}
    if question.type == "address":
        return {f"{name}-commune": "Phường Thử", f"{name}-detail": f"Số {mark}"}
    if question.list:
        return {name: question.options[turn].code}
    return {name: f"Chữ {mark}" if question.required or turn else ""}


def photograph(code: str) -> bytes:
    if code not in _files:
        _files[code] = samples.png(samples.picture((40 + len(_files), 60)))
    return _files[code]


def rows(page: str) -> dict[str, str]:
    """Question and answer as a page shows them."""
    found = re.findall(r"<dt[^>]*>(.*?)</dt><dd[^>]*>(.*?)</dd>", page, re.DOTALL)
    return {plain(label): plain(value) for label, value in found}


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def asked(given: dict[str, dict[str, Any]]) -> set[str]:
    """The questions that these answers ask, worked out anew: an answer counts where its own question is asked."""
    values = {name: value for page in given.values() for name, value in page.items()}
    known = dict(given["dieu-kien"])
    labels = set()
    for name, question in FORM.questions.items():
        condition = FORM.conditions[name]
        if condition is None or condition.holds(known):
            labels.add(plain(question.worded(known).label))
            known |= {name: values[name]} if name in values else {}
    return labels


class Journey:
    """One draft of the form, at its pages."""

    def __init__(self, filing: Filing, purpose: str) -> None:
        browser = Browser("Zalo", f"203.0.{next(_networks) % 250}.7")
        opened = filing.begun(browser, given={"dieu-kien": {"muc_dich": purpose}})
        self.place = f"/nop/ban-nhap/{opened.name}/"
        self.client = Client(headers={"host": HOST, "user-agent": "Zalo"}, REMOTE_ADDR=browser.address)

    def walk(self, ways: list[tuple[str, int, bool]]) -> None:
        for code, turn, twice in ways:
            for _press in range(1 + twice):
                self.client.post(f"{self.place}{code}/", typed(code, turn))

    def complete(self) -> str:
        """The page that checks the answers, once every answer that it misses was given."""
        for _missing in range(40):
            page = words(self.client.get(f"{self.place}kiem-tra/"))
            lacking = re.search(r'<li><a class="govuk-link" href="[^"]+/([a-z-]+)/\?ve=kiem-tra">', page)
            if lacking is None:
                return page
            self.walk([(lacking[1], 1, False)])
        raise AssertionError(page)


@pytest.mark.sampled
@settings(max_examples=60 if DEEP else 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(purpose=st.sampled_from(["ket_hon", "viec_khac"]), first=steps, then=steps)
def test_what_was_shown_last_is_filed_and_nothing_that_was_hidden(
    filing: Filing, monkeypatch: pytest.MonkeyPatch, purpose: str, first: list[Any], then: list[Any]
) -> None:
    # One number, many times.
    only(monkeypatch, budgets.FILED)
    with undone():
        filing.publish(FORM.to_data())
        journey = Journey(filing, purpose)
        journey.walk(first)
        journey.complete()
        journey.walk(then)
        check = journey.complete()
        draft = FilingDraft.objects.get()
        all_labels = {
            plain(one.label) for asked in FORM.questions.values() for one in (asked, *asked.variants)
        }
        assert all_labels.intersection(rows(check)) == asked(answers.read(draft).answers)
        (seen,) = re.findall(r'/cam-doan/\?da_xem=([^"]+)"', check)
        filed = journey.client.post(f"{journey.place}cam-doan/", {"cam_doan": "dung", "_dang_co": seen})
        assert filed["Location"] == f"{journey.place}da-nop/", words(filed)
        dossier = Dossier.objects.get()
        copy = words(journey.client.get(f"{journey.place}da-nop/ban-sao/"))
        pdf = journey.client.get(f"{journey.place}da-nop/ban-sao.pdf").content
        shown, kept = rows(check), rows(copy)
        # Filed, it has an office that settles it.
        assert dossier.competent_agency.name in kept.pop("Cơ quan giải quyết")
        papers = {label: value for label, value in shown.items() if value.endswith(".png")}
        assert list(kept.items()) == list(shown.items())
        assert {one.name for one in dossier.attachments.all()} == set(papers.values())
        marks = set(MARK.findall(" ".join(value for label, value in shown.items() if label not in papers)))
        stored = answers.read(dossier.filing_draft)
        assert stored is not None
        assert set(MARK.findall(str(stored.answers))) == marks != set()
        marks |= set(MARK.findall(" ".join(papers.values())))
        sheet = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
        assert set(MARK.findall(sheet)) == marks
        desk = words(logged_in(filing.office.clerk).get(page_of(dossier)))
        assert set(MARK.findall(desk)) == marks
