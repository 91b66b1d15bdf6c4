"""A draft on two devices: words kept aside on both, and a declaration of what the other one changed."""

import re

import pytest

from dossiers.filing import answers
from dossiers.filing.models import FilingDraft
from dossiers.lifecycle.models import Dossier
from tests.dossiers.chatting import words
from tests.dossiers.filing.citizen import PERSON, Citizen
from tests.dossiers.filing.rules.forms import data
from tests.dossiers.filing.test_citizen_pages import asked_to_correct
from tests.dossiers.lifecycle.files import samples


def drawn(name: str, page: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def test_words_typed_too_late_on_two_devices_are_both_shown(begun: Citizen) -> None:
    draft = FilingDraft.objects.get()
    for typed in ("Nguyễn Văn Một", "Nguyễn Văn Hai", "Nguyễn Văn Hai"):
        answers.keep_pending(draft, "ten", {"ten": [typed]})
    page = words(begun.get("ten"))
    assert ('value="Nguyễn Văn Hai"' in page, page.count("Nguyễn Văn Một")) == (True, 1)


@pytest.mark.parametrize("act", [{"ten": "Nguyễn Văn Ghi"}, {"viec": "bo"}])
def test_words_typed_too_late_elsewhere_stay_until_they_are_seen(begun: Citizen, act: dict[str, str]) -> None:
    seen = drawn("_con_giu", words(begun.get("ten")))
    answers.keep_pending(FilingDraft.objects.get(), "ten", {"ten": ["Nguyễn Văn Dở"]})
    begun.send("ten", **act, _con_giu=seen)
    assert 'value="Nguyễn Văn Dở"' in words(begun.get("ten"))


@pytest.mark.parametrize("supplement", [False, True])
def test_what_is_sent_to_a_page_that_an_answer_elsewhere_hid_is_kept_and_shown(
    begun: Citizen, *, supplement: bool
) -> None:
    if supplement:
        asked_to_correct(begun, begun.filing.office, question="co_cha")
    typed = {f"cha{box}": text for box, text in {**PERSON, "-name": "Lê Văn Cha"}.items()}
    for answer in ("yes", "no"):
        begun.send("co-cha", co_cha=answer)
    told = begun.send("cha", **typed)
    page = words(told)
    assert (told.status_code, "Lê Văn Cha" in page, "được giữ riêng" in page) == (409, True, True), page
    assert begun.send("cha", **{"cha-name": " "}).status_code == 303
    begun.send("co-cha", co_cha="yes")
    assert 'value="Lê Văn Cha"' in words(begun.get("cha"))


def test_a_photograph_for_a_page_that_an_answer_elsewhere_hid_is_kept(citizen: Citizen) -> None:
    relevant = {"is": ["co_cha", True]}
    citizen.filing.publish(data("sections", 2, "pages", 2, "questions", 0, relevant=relevant))
    citizen.begin()
    citizen.send("co-cha", co_cha="no")
    page = words(citizen.photograph())
    assert ("giay.png" in page, "được giữ riêng" in page) == (True, True), page
    citizen.send("co-cha", co_cha="yes")
    assert "giay.png" in words(citizen.get("giay"))


def test_what_is_sent_to_a_draft_that_was_deleted_elsewhere_is_shown_to_its_sender(begun: Citizen) -> None:
    sent = {"_thu_tuc": drawn("_thu_tuc", words(begun.get("ten"))), "_hoi": "ten", "ten": "Nguyễn Văn Sau"}
    begun.send("muc-luc", viec="xoa", chac="1")
    told = begun.send("ten", **sent)
    page = words(told)
    assert (told.status_code, "đã được xóa" in page, f'href="{begun.start}"' in page) == (410, True, True)
    assert "<dt><strong>Tên</strong></dt><dd>Nguyễn Văn Sau</dd>" in page
    # Where the page is unknown, and of names that never were a draft, the same.
    begun.name = "A" * 22
    paper = samples.upload(samples.png(), "sau.png")
    page = words(begun.send("khac", **{**sent, "_thu_tuc": "x", "tep-giay": paper}))
    assert ("<dd>Nguyễn Văn Sau</dd>" in page, "sau.png" in page, "_thu_tuc" in page) == (True, True, False)


@pytest.mark.parametrize(
    ("page", "change"),
    [
        ("ten", {"ten": "Nguyễn Văn Sửa"}),
        ("nhan-ket-qua", {"cach_nhan": "quay", "tin_bao": "no"}),
    ],
)
@pytest.mark.parametrize("from_check", [True, False])
def test_what_was_changed_elsewhere_is_read_again_before_the_draft_is_filed(
    begun: Citizen, page: str, change: dict[str, str], *, from_check: bool
) -> None:
    begun.fill()
    declaration = begun.to_declaration()
    if from_check:
        begun.send(page, **change)
    shown = words(begun.client.get(declaration))
    begun.send(page, **change)
    # A press without the mark files nothing, and takes up no newer answers.
    seen = drawn("_dang_co", words(begun.send("cam-doan", _dang_co=drawn("_dang_co", shown))))
    refused = words(begun.send("cam-doan", cam_doan="dung", _dang_co=seen))
    assert ("vừa được sửa ở nơi khác" in refused, Dossier.objects.exists()) == (True, False)
    assert ("_dang_co" in refused, begun.at("kiem-tra") in refused) == (False, True)
    checked = drawn("_dang_co", words(begun.client.get(begun.to_declaration())))
    begun.send("cam-doan", cam_doan="dung", _dang_co=checked)
    assert Dossier.objects.exists()


@pytest.mark.parametrize("query", ["", "?lang=en", "?da_xem="])
def test_a_declaration_that_says_nothing_of_the_check_leads_to_it(begun: Citizen, query: str) -> None:
    begun.fill()
    led = [begun.get("cam-doan", query), begun.send("cam-doan", query, cam_doan="dung")]
    assert [one["Location"] for one in led] == [begun.at("kiem-tra")] * 2
    assert not Dossier.objects.exists()


def test_a_part_of_a_supplement_leaves_as_it_was_read(begun: Citizen) -> None:
    asked_to_correct(begun, begun.filing.office)
    seen = answers.digest(FilingDraft.objects.latest("pk"), answers.Filled())
    begun.send("ten", ten="Nguyễn Văn Sửa")
    begun.send("muc-luc", viec="nop", _dang_co=seen)
    assert FilingDraft.objects.latest("pk").filed_at is None
    begun.send("muc-luc", viec="nop", _dang_co=drawn("_dang_co", words(begun.get("muc-luc"))))
    assert FilingDraft.objects.latest("pk").filed_at is not None
