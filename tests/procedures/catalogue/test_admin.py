import pytest
from django.test import Client

from procedures.catalogue.models import Procedure, Synonym
from procedures.catalogue.search import search
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tests import tables
from tests.factories import signed_in

pytestmark = pytest.mark.usefixtures("catalogue")
LIST = "/quan-tri/procedures/procedure/"


@pytest.fixture
def staff(settings) -> Client:
    settings.REQUIRE_MFA = False
    return signed_in(User.objects.create_superuser(username="quantri", password="mau-khong-that"))


def change_address(code: str) -> str:
    return f"{LIST}{Procedure.objects.get(code=code).pk}/change/"


@pytest.mark.parametrize("query", ["ket hon", "Đăng ký kết hôn", "1.000894"])
def test_list_is_searched_without_marks(staff: Client, query: str) -> None:
    found = staff.get(LIST, {"q": query}).context["cl"].result_list
    assert "1.000894" in {procedure.code for procedure in found}


def test_settings_are_audited_and_words_wait_for_a_second_person(staff: Client) -> None:
    form = tables.read(__file__, "settings_form.yaml")
    before = Procedure.objects.get(code="1.000894")
    assert staff.post(change_address("1.000894"), form).status_code == 302
    after = Procedure.objects.get(code="1.000894")
    words = [(one.short_name, one.everyday, one.summary, one.where_text) for one in (before, after)]
    assert words[0] == words[1]
    assert after.no_term_source == "Luật minh họa"
    entry = AuditEntry.objects.get(action="procedure.settings", subject="procedure:1.000894")
    assert "no_term_source" in entry.detail["changed"]
    address = "/quan-tri/audit/auditentry/?doi-tuong=procedure%3A1.000894"
    assert f'href="{address}"' in staff.get(change_address("1.000894")).content.decode()
    assert f'">1.000894, {after.short_name}</a>' in staff.get(address).content.decode()


def test_denunciation_cannot_be_handled(staff: Client) -> None:
    form = {
        "handled": "on",
        "state": "active",
        "filing_mode": "counter",
        "short_name": "Tố cáo",
        "versions-TOTAL_FORMS": "0",
        "versions-INITIAL_FORMS": "0",
    }
    response = staff.post(change_address("1.003482"), form)
    assert "bảo vệ người tố cáo" in response.content.decode()


def test_nothing_is_added_or_deleted_by_hand(staff: Client) -> None:
    deletion = change_address("1.000894").replace("change", "delete")
    assert [staff.get(address).status_code for address in (f"{LIST}add/", deletion)] == [403, 403]


class TestEverydayWords:
    ADD = "/quan-tri/procedures/synonym/add/"

    @pytest.mark.parametrize("official", ["1.000894", "đăng ký kết hôn"])
    def test_new_word_is_found_at_once(self, staff, inside, official):
        word = {"everyday": "zuzu", "official": official, "active": "on"}
        assert staff.post(self.ADD, word).status_code == 302
        with inside("daklak"):
            assert "1.000894" in [hit.code for hit in search.search("zuzu").hits]

    def test_word_that_is_switched_off_finds_nothing_any_more(self, staff, inside):
        word = Synonym.objects.get(everyday="hôn thú")
        address = f"/quan-tri/procedures/synonym/{word.pk}/change/"
        staff.post(address, {"everyday": word.everyday, "official": word.official})
        with inside("daklak"):
            assert not search.search("hôn thú").synonyms
            assert "\t hon thu \n" not in Procedure.objects.get(code="1.000894").folded

    @pytest.mark.parametrize(
        ("word", "fault"),
        [
            ({"everyday": "!!!", "official": "kết hôn"}, "ít nhất một chữ"),
            ({"everyday": "zuzu", "official": "không có tên này"}, "Không có thủ tục nào"),
            ({"everyday": "zuzu", "official": "9.999999"}, "Không có thủ tục nào"),
            ({"everyday": "GIẤY KẾT HÔN", "official": "Kết hôn"}, "đã có với nghĩa này"),
        ],
    )
    def test_word_that_helps_nobody_is_refused(self, staff: Client, word: dict[str, str], fault: str) -> None:
        response = staff.post(self.ADD, word)
        assert response.status_code == 200
        assert fault in str(response.context["errors"]) + response.content.decode()

    def test_page_of_a_word_shows_what_it_finds(self, staff: Client) -> None:
        word = Synonym.objects.create(everyday="kết hôn", official="đăng ký kết hôn")
        page = staff.get(f"/quan-tri/procedures/synonym/{word.pk}/change/").content.decode()
        assert 'href="/thu-tuc/1.000894/"' in page

    def test_only_administrators_come_in(self, settings) -> None:
        settings.REQUIRE_MFA = False
        clerk = signed_in(User.objects.create_user("canbo", password="mau-khong-that", is_staff=True))
        assert clerk.get(self.ADD).status_code == 403

    @pytest.mark.parametrize("query", ["lay vo", "Kết Hôn"])
    def test_list_is_searched_without_marks(self, staff: Client, query: str) -> None:
        response = staff.get("/quan-tri/procedures/synonym/", {"q": query})
        assert response.status_code == 200
        assert response.context["cl"].result_count
