"""Each door tells the same of a dossier: its answers and papers after a correction, and what a request still lacks."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

from django.test import Client

from dossiers.desk.worklist import counts
from dossiers.filing import answers, drafts
from dossiers.filing.models import FilingDraft
from dossiers.filing.submission import complete_supplement, submit
from dossiers.lifecycle import access_links, notices
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.actions import reminders
from dossiers.lifecycle.files.attachments import withdraw_file
from dossiers.lifecycle.models import AccessToken, Dossier
from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules.shipped import default_workflow_data
from messaging.inbound.chat.dossiers import details_text
from messaging.outbox.models.messages import Message
from messaging.outbox.models.one_time_codes import OneTimeCode
from tenants import clock
from tests.dossiers.chatting import HOST
from tests.dossiers.desk.test_desk import LIST, logged_in, page_of
from tests.dossiers.filing.citizen import Citizen
from tests.dossiers.filing.filling import NUMBER, PHONE, Filing
from tests.dossiers.filing.rules import forms
from tests.dossiers.filing.test_current_text import shown
from tests.dossiers.filing.test_expiry import archive_of
from tests.dossiers.filing.test_review_at_the_desk import text_of
from tests.dossiers.lifecycle.test_correcting import deliver
from tests.dossiers.lookup.test_api import ask
from tests.dossiers.walking import take

Rows = dict[str, tuple[list[str], list[str]]]
EXTRA = "Ảnh chụp sổ hộ khẩu cũ"
GONE = ["không còn hỏi"]
EXPECTED: Rows = {
    "Cháu sinh trong nước?": (["Có"], []),
    "Tên": (["Nguyễn Văn Thử"], []),
    "Ngày sinh": (["01/11/2026"], []),
    "Ghi cha?": (["Không"], ["Có"]),
    "Cha": (GONE, ["Nguyễn Thị Thử; Ngày sinh: 01/02/1990; Số định danh cá nhân: 012190678901"]),
    "Dân tộc": (GONE, ["Khác"]),
    "Dân tộc nào": (GONE, ["Ê-đê"]),
    "Ảnh thẻ": (GONE, ["the.png"]),
    "Ảnh bìa": (["bia-moi.png"], ["bia.png"]),
    "Mẹ": (["Nguyễn Thị Thử", "Ngày sinh: 01/02/1990", "Số định danh cá nhân: 012190678901"], []),
    "Nơi ở": (["Số 1, Phường Thử"], []),
    "Ảnh": (["ro.png"], ["giay.png"]),
    "Ảnh thay": (["thay.png"], ["hon-thu.png"]),
    EXTRA: (["ho-khau.png"], []),
}
"""What counts now and what is struck, by question, of a filing in which a correction hid the answers about the father,
and brought one of his papers anew that the desk had asked for by its name."""


def corrected(filing: Filing) -> Dossier:
    """The father is taken out, the paper comes anew, and with it one that no question asks."""
    data = forms.data()

    def paper(name: str, label: str, paper: str, **more: Any) -> dict[str, Any]:
        asked = {"name": name, "type": "paper", "label": label, "paper": paper, "personal": "family"}
        return {"code": name, "questions": [asked], **more}

    father, mother = (data["sections"][place]["pages"] for place in (1, 2))
    father += [paper("hon", "Ảnh hôn thú", "Giấy kết hôn"), paper("the", "Ảnh thẻ", "Thẻ của cha")]
    father.append(paper("bia", "Ảnh bìa", "Bìa thẻ"))
    mother.append(paper("thay", "Ảnh thay", "Giấy kết hôn", relevant={"is": ["co_cha", False]}))
    filing.publish(data)
    opened = filing.begun(reminders=False)
    for name, question in (("hon-thu.png", "hon"), ("the.png", "the"), ("bia.png", "bia")):
        filing.paper(opened, name, question)
    dossier = submit(filing.complete(opened).draft.pk).dossier
    papers = ("Giấy chứng sinh: mờ", "Câu trả lời “Ghi cha?”", EXTRA, "Bìa thẻ: mờ")
    take(filing.office, dossier, "return_filing", papers=papers)
    sent = filing.supplement(dossier)
    answers.save(sent.draft, "co-cha", {"co_cha": False})
    filing.paper(sent, "ro.png", "giay-1")
    filing.paper(sent, "ho-khau.png", "giay-3")
    filing.paper(sent, "bia-moi.png", "giay-4")
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
            r'<details.*?</details>|<span class="[^"]*hidden">.*|<p class="[^"]*mc-replaced.*'
            r'|<span class="mc-hint.*?</span>',
            "",
            cell,
        )
        lines = [re.sub(r"<[^>]+>", "", one).strip() for one in re.split("<br>|</p>", rest)]
        found[re.sub(r"<[^>]+>", "", label).strip()] = (
            [one for one in lines if one],
            ["".join(one).strip() for one in struck],
        )
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
    (kept,) = archive_of(NUMBER)[0]["dossiers"]
    papers = text_of(clerk, f"{page_of(dossier)}?tab=giay-to")
    for file in kept["files"]:
        is_struck = any(file["name"] in struck for _counts, struck in EXPECTED.values())
        assert bool(file["replaced_at"]) == is_struck, file
        assert bool(re.search(rf"{file['name']} [^.]{{,40}}đã thay ngày", papers)) == is_struck, papers


LINES = ["Giấy chứng sinh: mờ", "Câu trả lời “Tên”", EXTRA]


def items(page: str, piece: str) -> list[str]:
    """The words of each item of the list in this piece of a page."""
    found = re.search(piece, unescape(page), re.DOTALL)
    rows = re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL) if found else []
    return [re.sub(r"<[^>]+>", "", row).strip() for row in rows]


def lacking_at_each_door(filing: Filing, dossier: Dossier) -> dict[str, list[str]]:
    """What each door says is still to be brought."""
    clerk, address = logged_in(filing.office.clerk), page_of(dossier)
    program = ask(Client(headers={"host": HOST}), dossier.code, dossier.lookup_key).json()
    token = access_links.issue(dossier, AccessToken.Purpose.RECEIPT)
    short = re.search("Đang chờ bổ sung: (.*?)</p>", unescape(page(clerk, f"{LIST}{dossier.pk}/xem-nhanh/")))
    asked = dossier.events.get(kind="return_filing")
    told = {
        "holder": items(
            page(Client(headers={"host": HOST}), f"/h/{token}/"), '<ol class="mc-paper">(.*?)</ol>'
        ),
        "program": program["details"]["action"]["items"],
        "chat": [line[2:] for line in details_text(dossier).split("\n") if line.startswith("– ")],
        "tab": items(page(clerk, f"{address}?tab=giay-to"), "Đang chờ người dân bổ sung:(.*?)</ul>"),
        "row": short[1].split("; ") if short else [],
    }
    if dossier.step == "filing_supplement":
        told["reminder"] = [one for one in notices.values(dossier, asked)["giay_to"].split("; ") if one]
        name = filing.supplement(dossier).name
        rows = items(page(Citizen.browser(PHONE), f"/nop/ban-nhap/{name}/muc-luc/"), '"mc-tasks">(.*?)</ul>')
        done = ("Đã có", "Đã sửa", "Không còn hỏi")
        told["list"] = [row.rpartition(" ")[0] for row in rows if not row.endswith(done)]
        told["list"] = [row.removesuffix(" Còn").removesuffix(" Cần") for row in told["list"]]
    return told


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode().replace("\xa0", " ")


def test_each_door_tells_what_a_request_still_lacks(filing: Filing) -> None:
    office, dossier = filing.office, filing.submitted().dossier
    take(office, dossier, "return_filing", papers=LINES, note="Xin sửa")

    def require(lines: list[str], moment: str) -> None:
        dossier.refresh_from_db()
        OneTimeCode.objects.all().delete()  # None is refused for those before.
        for door, told in lacking_at_each_door(filing, dossier).items():
            assert told == lines, (moment, door)

    def send(*questions: str) -> None:
        opened = filing.supplement(dossier)
        for question in questions:
            if question == "ten":
                answers.save(opened.draft, "ten", {"ten": f"Nguyễn Văn {opened.draft.pk}"})
            else:
                filing.paper(opened, f"{question}.png", question)
        complete_supplement(opened.draft.pk)
        dossier.refresh_from_db()

    require(LINES, "asked")
    send("giay-3")
    require(LINES[:2], "a part came")
    send("giay-1", "ten")
    assert dossier.step == "new"
    require([], "all came")
    deliver()
    services.correct(
        dossier.pk, actor=office.leader, seen=dossier.last_sequence, to_step="filing_supplement", reason="Mờ"
    )
    require(LINES, "put back")
    body = Message.objects.get(intent__in=["adjusted", "correction"]).body
    assert LINES[0] in body
    send("giay-3")
    require(LINES[:2], "a part came once more")
    assert EXTRA in dossier.documents
    for file in dossier.attachments.filter(paper=EXTRA):
        withdraw_file(file.pk, "Nhầm", office.clerk)
    require(LINES, "the desk took it away")
    assert EXTRA not in dossier.documents
    assert "Giấy chứng sinh" in dossier.documents


def test_what_a_new_answer_hides_is_no_longer_asked_for_at_any_door(filing: Filing) -> None:
    data, father = forms.data(), "Câu trả lời “Cha”: sai số"
    asked = {"name": "the", "type": "paper", "label": "Ảnh thẻ", "paper": "Thẻ của cha", "personal": "family"}
    data["sections"][1]["pages"].append({"code": "the", "questions": [asked]})
    filing.publish(data)
    opened = filing.begun(reminders=False)
    filing.paper(opened, "the.png", "the")
    dossier = submit(filing.complete(opened).draft.pk).dossier
    lines = ["Câu trả lời “Ghi cha?”", father, "Thẻ của cha: mờ", EXTRA, "Thẻ của mẹ"]
    take(filing.office, dossier, "return_filing", papers=lines, note="Xin sửa")
    for has_father, lacking in ((False, lines[3:]), (True, lines[1:]), (False, lines[3:])):
        opened = filing.supplement(dossier)
        answers.save(opened.draft, "co-cha", {"co_cha": has_father})
        listed = text_of(Citizen.browser(PHONE), f"/nop/ban-nhap/{opened.name}/muc-luc/")
        complete_supplement(opened.draft.pk)
        dossier.refresh_from_db()
        OneTimeCode.objects.all().delete()
        for door, told in lacking_at_each_door(filing, dossier).items():
            assert told == lacking, (has_father, door)
        assert listed.count("Không còn hỏi") == (0 if has_father else 2)
    for question in ("giay-4", "giay-5"):
        filing.paper(opened := filing.supplement(dossier), f"{question}.png", question)
        OneTimeCode.objects.all().delete()
        complete_supplement(opened.draft.pk)
    dossier.refresh_from_db()
    assert dossier.step == "new"


def test_where_the_desk_must_move_a_dossier_on_each_door_tells_that_all_came(filing: Filing) -> None:
    data = default_workflow_data()
    (way,) = (one for one in data["transitions"] if one["code"] == "filing_completed")
    way["requires"] = ["reason"]
    WorkflowVersion.publish(data)
    office, dossier = filing.office, filing.submitted().dossier
    take(office, dossier, "return_filing", papers=LINES[:1])
    opened = filing.supplement(dossier)
    assert counts.queue(office.clerk) == []
    filing.paper(opened, "giay-1.png", "giay-1")
    complete_supplement(opened.draft.pk)
    dossier.refresh_from_db()
    assert dossier.step == "filing_supplement"
    assert set(map(tuple, lacking_at_each_door(filing, dossier).values())) == {()}
    token = access_links.issue(dossier, AccessToken.Purpose.RECEIPT)
    for told in (page(Client(headers={"host": HOST}), f"/h/{token}/"), details_text(dossier)):
        assert "Ông/bà đã gửi đủ những gì được yêu cầu." in told
        assert "chậm nhất" not in told
    citizen = Client(headers={"host": HOST})
    assert "Cần bổ sung giấy tờ" not in page(citizen, f"/h/{token}/")
    told = ask(citizen, dossier.code, dossier.lookup_key).json()["details"]
    assert (told["answer_by"], told["received_at"]) == (None, None)
    assert citizen.get(f"/h/{token}/lich.ics").status_code == 404
    assert [row.pk for row, _step in counts.queue(office.clerk)] == [dossier.pk]
    with clock.frozen(dossier.citizen_due_at - timedelta(days=3)):
        assert reminders.send_due() == 0
