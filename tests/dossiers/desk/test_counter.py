"""The counter asks while it is filled in, and takes in what is ticked. People and numbers are invented."""

import re
from typing import Any

import pytest
from django.test import Client

from dossiers.desk.counter.forms import Found
from dossiers.desk.counter.receipt_page import fee_text
from dossiers.lifecycle.models import Dossier
from procedures.catalogue.models import Procedure, RequiredDocument
from procedures.catalogue.search.index import reindex
from tenants.organisation.models import Agency
from tests.dossiers.desk.test_desk import ADD, LIST, logged_in, typed
from tests.dossiers.lifecycle.rules.test_identity_card import NUMBER, WHOLE
from tests.factories import AgencyFactory, AssignmentFactory, Office, ProcedureFactory

HITS, CHOSEN, CARD = f"{ADD}thu-tuc/", f"{ADD}thu-tuc/da-chon/", f"{ADD}the/"


@pytest.fixture
def papers(office: Office) -> list[RequiredDocument]:
    """Two papers that marriage asks for, and one for a case only."""
    version = office.procedure.current_version
    return [
        RequiredDocument.objects.create(
            version=version, order=1, name="Tờ khai đăng ký kết hôn", originals=1
        ),
        RequiredDocument.objects.create(
            version=version, order=2, name="Giấy xác nhận", originals=1, copies=2
        ),
        RequiredDocument.objects.create(version=version, order=3, name="Văn bản ủy quyền", case="Nộp thay"),
    ]


def chosen(client: Client, office: Office, **changed: Any) -> str:
    asked = {"choice": "1.000894", "receiving_agency": office.desk.code, **changed}
    return client.get(CHOSEN, asked).content.decode().replace("\xa0", " ")


@pytest.mark.parametrize("text", ["dkkh", "ket hon", "đăng ký kết", "1.000894"])
def test_hits_are_found_as_they_are_typed(clerk: Client, office: Office, text: str) -> None:
    reindex()
    assert 'data-procedure="1.000894"' in clerk.get(HITS, {"q": text}).content.decode()


@pytest.mark.parametrize(
    ("text", "status"),
    [("", 200), ("qqqq xxxx", 200), ("A" * 5000, 200), ("\ud800".encode("utf-8", "surrogatepass"), 400)],
)
def test_what_fits_nothing_gives_no_hit(clerk: Client, office: Office, text: Any, status: int) -> None:
    reindex()
    response = clerk.get(HITS, {"q": text})
    assert response.status_code == status
    assert "data-procedure" not in response.content.decode()


def test_date_reason_and_days_are_shown_before_saving_and_kept(clerk: Client, office: Office) -> None:
    page = chosen(clerk, office)
    assert "17:00, thứ Tư 02/12/2026" in page
    assert "5 ngày làm việc, không tính ngày nhận 25/11/2026" in page
    assert re.findall(r"mc-day--(\w+)", page) == ["start", "day", "day", "off", "off", "day", "day", "due"]
    assert not Dossier.objects.exists()
    promised = chosen(clerk, office, support_point=AgencyFactory(code="H15.77", desk=True).code)
    clerk.post(ADD, typed(office))
    assert f"{Dossier.objects.get().due_at:%d/%m/%Y}" in promised


def test_a_term_without_a_date_is_said_as_on_the_public_page(clerk: Client, office: Office) -> None:
    said = "5 ngày làm việc, lâu hơn nếu phải xác minh"
    version = office.procedure.current_version
    version.pk, version.number, version.checksum = None, 2, "noted"
    version.term_value, version.term_unit, version.term_note = None, "", said
    version.save(force_insert=True)
    Procedure.objects.update(current_version=version)
    slip = clerk.post(ADD, typed(office), follow=True)
    for page in (
        chosen(clerk, office),
        slip.content.decode(),
        clerk.get("/thu-tuc/1.000894/").content.decode(),
    ):
        assert said in page.replace("\xa0", " ")


def test_papers_of_the_procedure_are_ticked_and_kept(
    clerk: Client, office: Office, papers: list[RequiredDocument]
) -> None:
    page = chosen(clerk, office)
    assert len(re.findall(r'name="papers"', page)) == 3
    assert len(re.findall(r"data-required", page)) == 2
    clerk.post(ADD, typed(office, papers=[papers[0].pk, papers[2].pk], documents="Giấy khác"))
    assert Dossier.objects.get().documents == ["Tờ khai đăng ký kết hôn", "Văn bản ủy quyền", "Giấy khác"]


def test_ticks_stay_when_something_else_is_wrong(
    clerk: Client, office: Office, papers: list[RequiredDocument]
) -> None:
    assert clerk.post(ADD, typed(office, papers=["999999"])).status_code == 422
    page = clerk.post(ADD, typed(office, papers=[papers[1].pk], owner_phone="123")).content.decode()
    ticked = re.findall(r'name="papers" value="(\d+)" checked', page)
    assert ticked == [str(papers[1].pk)]


def test_find_button_asks_and_takes_nothing_in(clerk: Client, office: Office) -> None:
    page = clerk.post(ADD, typed(office, owner_name="", find="1")).content.decode()
    assert "02/12/2026" in page
    assert "Xin nhập họ tên" not in page
    assert not Dossier.objects.exists()


def test_card_fills_number_name_and_address(clerk: Client, office: Office) -> None:
    assert clerk.post(CARD, {"card": WHOLE}).json() == {
        "number": NUMBER,
        "name": "Nguyễn Thị Minh Họa",
        "address": "12 Đường Minh Họa, Phường Tân Lập",
        "problem": "",
    }
    read = clerk.post(CARD, {"card": f"{NUMBER}||Nguyeenx Thij|1|N|x|1"}).json()
    assert (read["number"], read["name"]) == (NUMBER, "")
    assert "Xin nhập họ tên" in read["problem"]
    assert clerk.get(CARD, {"card": WHOLE}).status_code == 405


def test_card_scanned_without_script_is_taken_over_on_saving(clerk: Client, office: Office) -> None:
    clerk.post(ADD, typed(office, owner_id_number=WHOLE, owner_name="", owner_address=""))
    owner = Dossier.objects.get().owner
    assert (owner.id_number, owner.name) == (NUMBER, "Nguyễn Thị Minh Họa")


def test_last_receipt_and_last_procedures_are_offered_again(clerk: Client, office: Office) -> None:
    slip = clerk.post(ADD, typed(office), follow=True).content.decode()
    assert f'data-print-then="{ADD}"' in slip
    page = clerk.get(ADD).content.decode()
    dossier = Dossier.objects.get()
    assert "data-print-then" not in clerk.get(f"{LIST}{dossier.pk}/giay-hen/").content.decode()
    assert f"{LIST}{dossier.pk}/giay-hen/?in=1" in page
    assert 'class="mc-recent__one" data-procedure="1.000894"' in page
    others = logged_in(AssignmentFactory(agency=office.desk).user).get(ADD).content.decode()
    assert not any(offered in others for offered in ("?in=1", "mc-recent__one"))


@pytest.mark.parametrize("address", [ADD, HITS, CHOSEN])
def test_only_clerks_open_the_counter(office: Office, address: str) -> None:
    assert logged_in(office.specialist).get(address).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [{"choice": "9.999999"}, {"choice": ""}, {"receiving_agency": "H99"}, {"receiving_agency": "x" * 500}],
)
def test_unknown_codes_promise_nothing(clerk: Client, office: Office, changed: dict[str, str]) -> None:
    assert "02/12/2026" not in chosen(clerk, office, **changed)


def test_unknown_fee_beside_zeros_is_not_called_free() -> None:
    assert fee_text([0, 0]) == "Không phải nộp"
    assert fee_text([0, None]) == ""


ARBITRATION = {
    "code": "1.008904",
    "name": "Đăng ký hoạt động Chi nhánh Trung tâm trọng tài",
    "short_name": "Đăng ký hoạt động Chi nhánh Trung tâm trọng tài",
}


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("tam tru", False),
        ("trong tam", False),
        ("trung tâm trọng", True),
        ("dkhd", True),
        ("tài trọng chi nhánh", True),
        ("1.008904", True),
    ],
)
def test_only_what_says_what_was_typed_is_taken_by_enter(
    clerk: Client, office: Office, text: str, sure: bool
) -> None:
    ProcedureFactory(**ARBITRATION)
    reindex()
    page = clerk.get(HITS, {"q": text}).content.decode()
    assert ("data-sure" in page) is sure
    assert 'data-procedure="1.008904"' in page or not sure


def test_one_near_hit_begins_no_intake(clerk: Client, office: Office, monkeypatch: Any) -> None:
    """Without a script too: what was typed must be confirmed."""
    found = [Found(office.procedure.code, office.procedure.short_name, sure=False)]
    monkeypatch.setattr("dossiers.desk.counter.forms.found_procedures", lambda typed: found)
    page = clerk.post(ADD, typed(office, procedure="ket hom", choice="")).content.decode()
    assert not Dossier.objects.exists()
    assert "Không có thủ tục nào mang đúng tên đã gõ" in page
    assert f'value="{office.procedure.code}"' in page


def test_without_a_script_the_chosen_procedure_outlives_another_mistake(
    clerk: Client, office: Office, monkeypatch: Any
) -> None:
    found = [Found(office.procedure.code, "Một", sure=True), Found("9.999999", "Hai", sure=True)]
    monkeypatch.setattr("dossiers.desk.counter.forms.found_procedures", lambda typed: found)
    wrong = typed(office, procedure="ket hon", choice=office.procedure.code, owner_name="")
    page = clerk.post(ADD, wrong).content.decode()
    assert f'name="choice" value="{office.procedure.code}"' in page
    assert not Dossier.objects.exists()


class TestOfAnotherLevel:
    """A marriage is some commune's, also when it is handed in at the province's desk."""

    @pytest.fixture
    def provincial(self, office: Office) -> Office:
        office.desk.level = Agency.Level.PROVINCE
        office.desk.save()
        return office

    def test_the_counter_asks_who_settles(self, clerk: Client, provincial: Office) -> None:
        page = chosen(clerk, provincial)
        assert "data-asks-competent" in page
        assert "17:00, thứ Tư 02/12/2026" in page
        named = chosen(clerk, provincial, competent_agency=provincial.department.code)
        assert "data-asks-competent" not in named
        assert provincial.department.name in named

    def test_nothing_is_taken_in_before_it_is_named(self, clerk: Client, provincial: Office) -> None:
        page = clerk.post(ADD, typed(provincial, competent_agency="")).content.decode()
        assert "Thủ tục này do cấp xã giải quyết. Xin chọn cơ quan giải quyết." in page
        assert not Dossier.objects.exists()
        clerk.post(ADD, typed(provincial))
        assert Dossier.objects.get().competent_agency == provincial.department

    def test_a_desk_of_that_level_is_not_asked(self, clerk: Client, office: Office) -> None:
        clerk.post(ADD, typed(office, competent_agency=""))
        assert Dossier.objects.get().competent_agency == office.desk
