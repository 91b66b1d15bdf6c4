"""Desk, copy, its sheet and the export tell the same of a dossier's answers and papers after a correction."""

import re
from html import unescape
from typing import Any

from django.test import Client

from dossiers.filing import answers, drafts
from dossiers.filing.models import FilingDraft
from dossiers.filing.submission import complete_supplement, submit
from dossiers.lifecycle.models.dossier import Dossier
from tests.dossiers.desk.test_desk import logged_in, page_of
from tests.dossiers.filing.citizen import Citizen
from tests.dossiers.filing.filling import NUMBER, PHONE, Filing
from tests.dossiers.filing.rules import forms
from tests.dossiers.filing.test_current_text import shown
from tests.dossiers.filing.test_expiry import archive_of
from tests.dossiers.filing.test_review_at_the_desk import text_of
from tests.dossiers.walking import take

Rows = dict[str, tuple[list[str], list[str]]]
EXTRA = "Ảnh chụp sổ hộ khẩu cũ"
GONE = ["không còn hỏi"]
EXPECTED: Rows = {
    "Cháu sinh trong nước?": (["Có"], []),
    "Tên": (["Nguyễn Văn Thử"], []),
    "Ngày sinh": (["01/11/2026"], []),
    "Ghi cha?": (["Không"], ["Có"]),
    "Cha": (GONE, ["Nguyễn Thị Thử; Ngày sinh: 01/02/1990; Số định danh cá nhân: 012345678901"]),
    "Dân tộc": (GONE, ["Khác"]),
    "Dân tộc nào": (GONE, ["Ê-đê"]),
    "Ảnh thẻ": (GONE, ["the.png"]),
    "Mẹ": (["Nguyễn Thị Thử", "Ngày sinh: 01/02/1990", "Số định danh cá nhân: 012345678901"], []),
    "Nơi ở": (["Số 1, Phường Thử"], []),
    "Ảnh": (["ro.png"], ["giay.png"]),
    "Ảnh thay": (["thay.png"], ["hon-thu.png"]),
    EXTRA: (["ho-khau.png"], []),
}
"""What counts now and what is struck, by question, of a filing in which a correction hid the answers about the father."""


def corrected(filing: Filing) -> Dossier:
    """The father is taken out, the paper comes anew, and with it one that no question asks."""
    data = forms.data()

    def paper(name: str, label: str, paper: str, **more: Any) -> dict[str, Any]:
        asked = {"name": name, "type": "paper", "label": label, "paper": paper, "personal": "family"}
        return {"code": name, "questions": [asked], **more}

    father, mother = (data["sections"][place]["pages"] for place in (1, 2))
    father += [paper("hon", "Ảnh hôn thú", "Giấy kết hôn"), paper("the", "Ảnh thẻ", "Thẻ của cha")]
    mother.append(paper("thay", "Ảnh thay", "Giấy kết hôn", relevant={"is": ["co_cha", False]}))
    filing.publish(data)
    opened = filing.begun(reminders=False)
    for name, question in (("hon-thu.png", "hon"), ("the.png", "the")):
        filing.paper(opened, name, question)
    dossier = submit(filing.complete(opened).draft.pk).dossier
    papers = ("Giấy chứng sinh: mờ", "Câu trả lời “Ghi cha?”", EXTRA)
    take(filing.office, dossier, "return_filing", papers=papers)
    sent = filing.supplement(dossier)
    answers.save(sent.draft, "co-cha", {"co_cha": False})
    filing.paper(sent, "ro.png", "giay-1")
    filing.paper(sent, "ho-khau.png", "giay-3")
    filing.paper(sent, "thay.png", "thay")
    answers.save(sent.draft, "thay", {"thay": 1})
    complete_supplement(sent.draft.pk)
    return Dossier.objects.get(pk=dossier.pk)


def rows_of(client: Client, path: str) -> Rows:
    """Each question on a page with what counts and what is struck."""
    page = unescape(client.get(path).content.decode()).replace("\xa0", " ")
    found: Rows = {}
    for label, cell in re.findall(r"<dt[^>]*>(.*?)</dt><dd[^>]*>(.*?)</dd>", page, re.DOTALL):
        struck = re.findall(r"<del>(.*?)</del>|mc-replaced\">(?:<a[^>]*>)?([^<]*)", cell)
        rest = re.sub(
            r'<span class="[^"]*hidden">.*|<p class="[^"]*mc-replaced.*|<span class="mc-hint.*?</span>',
            "",
            cell,
        )
        lines = [re.sub(r"<[^>]+>", "", one).strip() for one in re.split("<br>|</p>", rest)]
        found[label] = ([one for one in lines if one], ["".join(one).strip() for one in struck])
    return found


def printed(text: str) -> Rows:
    """The expected rows that stand in the text of a sheet, where what is struck is followed by its moment."""
    text = re.sub(r"\s|thay lúc[^)]*", "", text)

    def of(label: str, lines: list[str], struck: list[str]) -> str:
        whole = "".join([label, *lines, *(f"{one}()" for one in struck)])
        return re.sub(r"\s|;", "", whole)

    return {label: row for label, row in EXPECTED.items() if of(label, *row) in text}


def test_each_door_tells_the_same_of_answers_and_papers(filing: Filing) -> None:
    dossier = corrected(filing)
    names = [drafts.open_other(one, PHONE).name for one in FilingDraft.objects.order_by("kind")]
    clerk, citizen = logged_in(filing.office.clerk), Citizen.browser(PHONE)
    copy, other = (f"/nop/ban-nhap/{name}/da-nop/ban-sao" for name in names)
    tab = f"{page_of(dossier)}?tab=noi-dung-nop"
    (exported,) = (one["in_words"] for one in archive_of(NUMBER)[0]["drafts"] if one["kind"] == "file")
    told: dict[str, Rows] = {
        "desk": rows_of(clerk, tab),
        "copy": (copied := rows_of(citizen, f"{copy}/")),
        "sheet": printed(shown(citizen, f"{copy}.pdf")),
        "export": {
            row["question"]: (row["answer"], ["; ".join(one["answer"]) for one in row["earlier"]])
            for row in exported
        },
    }
    for door, rows in told.items():
        assert {label: rows.get(label) for label in EXPECTED} == EXPECTED, door
        assert "Ảnh hôn thú" not in rows
    assert rows_of(citizen, f"{other}/") == copied
    assert "Ông/bà muốn nhận kết quả thế nào?" in copied
    changes = text_of(clerk, tab).partition("Nộp lúc")[0]
    for old in ("Dân tộc nào Ê-đê", r"Ảnh thẻ the\.png .{,60}"):
        assert re.search(f"{old} không còn hỏi", changes), changes
