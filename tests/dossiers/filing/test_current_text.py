"""One text of a dossier counts: after a supplement every door shows the new answer as current, the old one as replaced."""

import re
from collections.abc import Iterator

import pypdfium2
import pytest
from django.test import Client

from dossiers.desk.dossier import tabs
from dossiers.filing import answers, drafts, papers, personal_data, supplements
from dossiers.filing.models import FilingDraft
from dossiers.filing.submission import complete_supplement
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.files import access
from dossiers.lifecycle.models import AccessToken, Dossier
from messaging.channels.states import State
from messaging.contacts.models import Consent
from messaging.outbox.models.messages import Message
from tests.dossiers.chatting import address, words
from tests.dossiers.desk.test_desk import logged_in, page_of
from tests.dossiers.filing.citizen import Citizen
from tests.dossiers.filing.filling import NUMBER, PHONE, Filing
from tests.dossiers.filing.rules.forms import DATA, PERSON, data
from tests.dossiers.filing.test_answers import sent as counted
from tests.dossiers.filing.test_review_at_the_desk import WRONG, returned, supplemented, text_of
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.walking import take
from tests.system import addresses

OLD, NEW = "Nguyễn Văn Thử", "Nguyễn Văn Mới"
REPLACED = re.compile(rf"<del>.*?</del>|<td data-label=\"Trước\">.*?</td>|{OLD}\s*\(thay lúc", re.DOTALL)
MOTHER = {"name": "Trần Thị Đúng", "born": "1990-02-01", "id_number": "066190000002"}
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def places(filing: Filing, dossier: Dossier) -> Iterator[tuple[Client, str]]:
    """Every address of this dossier and of the drafts that were filed for it, with one who may open it."""
    clerk, citizen = (
        logged_in(filing.office.clerk),
        Citizen.browser(PHONE),
    )
    names = [drafts.open_other(one, PHONE).name for one in FilingDraft.objects.exclude(filed_at=None)]
    token = address(dossier, AccessToken.Purpose.RECEIPT).split("/")[2]
    for one in addresses.addresses(addresses.PROVINCE):
        known = {
            "dossier_id": str(dossier.pk),
            "object_id": str(dossier.pk),
            "token": token,
            "page": "da-nop",
        }
        if not any(part in one.text for part in ("/dossiers/dossier/<", "/h/<", "/ban-nhap/<str:name>")):
            continue
        for name in names if "<str:name>" in one.text else [""]:
            values = {**known, "name": name}
            if all(part in values for part in _PLACE.findall(one.text)):
                path = _PLACE.sub(lambda found, values=values: values[found[1]], one.text)  # type: ignore[misc]
                yield (clerk if one.is_staff else citizen), path
    for tab in tabs._PANELS:
        yield clerk, f"{page_of(dossier)}?tab={tab}"


def shown(client: Client, path: str) -> str:
    response = client.get(path)
    if response.status_code != 200 or response.streaming or response["Content-Type"].startswith("image/"):
        return ""
    if response["Content-Type"] != "application/pdf":
        return words(response)
    with pypdfium2.PdfDocument(response.content) as document:
        return " ".join(page.get_textpage().get_text_bounded() for page in document).replace("\r\n", " ")


def test_an_answer_that_was_cleared_counts_at_no_door(filing: Filing) -> None:
    filing.publish(data("sections", 0, "pages", 0, "questions", 0, required=False))
    dossier, seen = supplemented(filing, ten={}), 0
    for client, path in places(filing, dossier):
        page = shown(client, path)
        seen += OLD in page
        assert OLD not in REPLACED.sub("", page), path
    assert seen


def mother_files(filing: Filing) -> None:
    """The mother is the owner and files herself."""
    people = {"owner_name": "me", "owner_id_number": "me", "filer": "me"}
    filing.publish({**DATA, "people": people})
    for page in ("cha", "dan-toc"):
        del filing.filled[page]
    filing.filled["co-cha"] = {"co_cha": False}
    filing.filled["nguoi-nop"] = {part: PERSON[part] for part in ("name", "id_number")}


def identity_corrected(filing: Filing) -> Dossier:
    """She is another person by her answer to a request."""
    mother_files(filing)
    return supplemented(filing, me={"me": MOTHER})


def test_every_door_shows_the_corrected_identity_as_the_one_that_counts(filing: Filing) -> None:
    dossier, doors = identity_corrected(filing), set()
    take(filing.office, dossier, "accept")
    old = rf"{PERSON['name']}[^→<]*→|{PERSON['name']}.{{,120}}\(thay lúc"
    replaced = re.compile(f"{REPLACED.pattern}|{old}", re.DOTALL)
    for client, path in places(filing, dossier):
        page = shown(client, path)
        # What was sent stands as it was sent.
        if (MOTHER["name"] in page or PERSON["name"] in page) and not path.endswith(tabs.NOTICES):
            doors.add(path)
            current = replaced.sub("", page)
            assert MOTHER["name"] in page, path
            assert OLD not in current, path
            assert PERSON["name"] not in current, path
            assert PERSON["id_number"] not in current, path
    assert {"ban-sao/", "ban-sao.pdf"} < {path.rpartition("/da-nop/")[2] for path in doors}
    tabs_shown = {f"{page_of(dossier)}?tab={tab}" for tab in ("noi-dung-nop", "thong-tin", "xu-ly")}
    assert tabs_shown | {page_of(dossier), page_of(dossier).replace("change", "giay-hen")} <= doors
    history = text_of(logged_in(filing.office.clerk), f"{page_of(dossier)}?tab=xu-ly")
    for role in ("chủ hồ sơ", "người nộp"):
        assert f"Người dân sửa {role}: {PERSON['name']}, •••• 8901 → {MOTHER['name']}, •••• 0002." in history


def test_a_corrected_identity_is_written_to_and_keeps_its_proven_number(filing: Filing) -> None:
    dossier = Dossier.objects.get(pk=identity_corrected(filing).pk)
    services.apply_transition(dossier.pk, "accept", actor=filing.office.clerk, seen=dossier.last_sequence)
    notice = Message.objects.get(subject=dossier.subject, intent="received")
    assert (MOTHER["name"] in notice.body, PERSON["name"] in notice.body) == (True, False)
    (exported,) = personal_data.export(NUMBER).rows["dossiers"]
    for role in ("submitter", "recipient"):
        one = exported["people"][role]
        assert (one["name"], one["id_number"]) == (MOTHER["name"], MOTHER["id_number"])
    assert (dossier.recipient.phone, Consent.objects.filter(purpose="dossier_status").count()) == (NUMBER, 1)
    note = dossier.events.get(kind="filing_completed").note
    assert note is not None
    assert PERSON["id_number"] not in str(note.data)


@pytest.mark.parametrize("wants_messages", [True, False])
def test_what_was_not_told_yet_of_a_request_is_told_anew_with_each_part(
    filing: Filing, *, wants_messages: bool
) -> None:
    mother_files(filing)
    filing.filled["nhan-ket-qua"]["notices"] = wants_messages
    dossier = returned(filing)
    opened = filing.supplement(dossier)
    answers.save(opened.draft, "me", {"me": MOTHER})
    filing.paper(opened, "ro-hon.png", "giay-1")
    complete_supplement(opened.draft.pk)
    if wants_messages:
        message = Message.objects.get(subject=dossier.subject, state=State.QUEUED, intent="supplement")
        told = f"{message.reader} {message.body} {message.rows}"
        assert message.not_before > message.created_at
    else:
        told = text_of(logged_in(filing.office.clerk), "/quan-tri/goi-dien/")
    for wanted, is_told in {
        MOTHER["name"]: True,
        f"{WRONG}: sai dấu. Lý do: Xin sửa": True,
        "Giấy chứng sinh: mờ": False,
        PERSON["name"]: False,
    }.items():
        assert (wanted in told) == is_told, (wanted, told)
    sent(filing, dossier, "giay-1", "trang-2.png")
    assert Message.objects.filter(intent="supplement").count() == wants_messages


def test_a_new_paper_stands_in_the_place_of_the_old_one_which_is_still_there(filing: Filing) -> None:
    dossier = supplemented(filing)
    page = text_of(logged_in(filing.office.clerk), page_of(dossier))
    assert re.search(
        r"Giấy tờ đã gửi .{,60}Ảnh ro-hon\.png \S+ \S+ KB .{,30} giay\.png .{,30}đã thay lúc", page
    ), page
    old, new = supplements.current_papers(dossier, dossier.attachments.all())[::-1]
    assert (old.name, new.name, new.replaced_at) == ("Giấy chứng sinh", "Giấy chứng sinh", None)
    access.open_stored(old.file).file.close()


def test_the_copy_calls_what_was_replaced_by_what_it_is(filing: Filing) -> None:
    supplemented(filing)
    opened = drafts.open_other(FilingDraft.objects.get(kind="file"), PHONE)
    page = words(Citizen.browser(PHONE).get(f"/nop/ban-nhap/{opened.name}/da-nop/ban-sao/"))
    labels = re.findall(r">([^<]+ cũ:)</span> <del>([^<]+)</del>", page)
    assert labels == [("Câu trả lời cũ:", OLD), ("Tệp cũ:", "giay.png")]


def sent(filing: Filing, dossier: Dossier, question: str, name: str) -> None:
    """The citizen hands this paper in, and nothing else."""
    opened = filing.supplement(dossier)
    papers.store(opened.draft, question, samples.upload(samples.png(samples.picture((len(name), 60))), name))
    complete_supplement(opened.draft.pk)


def test_parts_that_came_to_one_request_stand_side_by_side(filing: Filing) -> None:
    dossier = returned(filing)
    for name in ("trang-1.png", "trang-hai.png"):
        sent(filing, dossier, "giay-1", name)
    current = [
        one.file.name
        for one in supplements.current_papers(dossier, dossier.attachments.all())
        if not one.replaced_at
    ]
    assert current == ["trang-1.png", "trang-hai.png"]


def test_reading_what_was_filed_costs_no_more_statements_for_more_parts(filing: Filing) -> None:
    dossier, clerk = returned(filing), logged_in(filing.office.clerk)
    statements = []
    for name in ("trang-1.png", "trang-hai.png", "trang-thu-ba.png"):
        sent(filing, dossier, "giay-1", name)
        statements.append(counted(lambda: clerk.get(f"{page_of(dossier)}?tab=noi-dung-nop")))
    assert statements[1] == statements[2]


def test_the_desk_sees_what_is_lacking_of_a_request(filing: Filing) -> None:
    dossier = returned(filing)
    sent(filing, dossier, "giay-1", "trang-1.png")
    assert f"Chưa có: {WRONG}" in text_of(
        logged_in(filing.office.clerk), f"{page_of(dossier)}?tab=noi-dung-nop"
    )


def test_another_number_that_brought_papers_gets_no_copy_of_the_answers(filing: Filing) -> None:
    supplemented(filing)
    FilingDraft.objects.filter(kind="supplement").update(phone="0905000679")
    opened = drafts.open_other(FilingDraft.objects.get(kind="supplement"), PHONE)
    citizen, place = (
        Citizen.browser(PHONE),
        f"/nop/ban-nhap/{opened.name}/da-nop/",
    )
    assert "ban-sao/" not in words(citizen.get(place))
    assert citizen.get(f"{place}ban-sao/").status_code == 404
