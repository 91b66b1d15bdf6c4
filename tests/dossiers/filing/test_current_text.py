"""One text of a dossier counts: after a supplement every door shows the new answer as current, the old one as replaced."""

import re
from collections.abc import Iterator

import pypdfium2
from django.test import Client

from dossiers.desk.dossier import tabs
from dossiers.filing import drafts, papers, supplements
from dossiers.filing.models import FilingDraft
from dossiers.filing.submission import complete_supplement
from dossiers.lifecycle.files import access
from dossiers.lifecycle.models.access import AccessToken
from dossiers.lifecycle.models.dossier import Dossier
from tests.dossiers.chatting import address, words
from tests.dossiers.desk.test_desk import logged_in, page_of
from tests.dossiers.filing.citizen import Citizen
from tests.dossiers.filing.filling import PHONE, Filing
from tests.dossiers.filing.test_review_at_the_desk import WRONG, returned, supplemented, text_of
from tests.dossiers.lifecycle.files import samples
from tests.system import addresses

OLD, NEW = "Nguyễn Văn Thử", "Nguyễn Văn Mới"
REPLACED = re.compile(rf"<del>.*?</del>|<td data-label=\"Trước\">.*?</td>|{OLD}\s*\(thay lúc", re.DOTALL)
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


def test_every_door_shows_the_new_answer_as_the_one_that_counts(filing: Filing) -> None:
    dossier, doors = supplemented(filing), set()
    for client, path in places(filing, dossier):
        page = shown(client, path)
        if NEW in page or OLD in page:
            doors.add(re.sub(r"[^/]{40,}", "…", path))
            assert NEW in page, path
            assert OLD not in REPLACED.sub("", page), path
    assert {"/nop/ban-nhap/…/da-nop/ban-sao/", "/nop/ban-nhap/…/da-nop/ban-sao.pdf"} < doors
    assert f"{page_of(dossier)}?tab=noi-dung-nop" in doors


def test_a_new_paper_stands_in_the_place_of_the_old_one_which_is_still_there(filing: Filing) -> None:
    dossier = supplemented(filing)
    page = text_of(logged_in(filing.office.clerk), page_of(dossier))
    assert re.search(r"Giấy tờ đã gửi Ảnh ro-hon\.png \S+ \S+ KB giay\.png .{,30}đã thay lúc", page), page
    old, new = supplements.current_papers(dossier, dossier.attachments.all())[::-1]
    assert (old.name, new.name, new.replaced_at) == ("Giấy chứng sinh", "Giấy chứng sinh", None)
    access.open_stored(old.file).file.close()


def sent(filing: Filing, dossier: Dossier, question: str, name: str) -> None:
    """The citizen hands this paper in, and nothing else."""
    reference = drafts.send_supplement_code(dossier, PHONE)
    opened = drafts.begin_supplement(dossier, PHONE, reference=reference, code=filing.code())
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
