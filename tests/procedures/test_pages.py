from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from procedures import presentation
from procedures.formats.base import Term
from procedures.models import Procedure
from procedures.selection import CatalogueSelection, LocalData, LocalTerm, apply_selection
from tenants.organisation.models import Agency

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def get() -> Callable[..., object]:
    return lambda path, **query: Client().get(path, query, headers={"host": "daklak.localhost"})


def page(code: str) -> dict:
    found = presentation.procedure_page(code)
    assert found is not None
    return found


class TestSearchPage:
    def test_answers_with_both_counts(self, get: Callable[..., object]) -> None:
        response = get("/thu-tuc/", q="giay phep")
        assert response.status_code == 200
        assert "làm tại tỉnh" in response.context["count_text"]
        assert "chỉ để xem" in response.context["count_text"]

    def test_nothing_found_is_said(self) -> None:
        assert (
            presentation.search_page({"q": "khongcogi"})["count_text"] == "Không có thủ tục khớp “khongcogi”."
        )

    def test_result_is_in_words(self) -> None:
        result = presentation.search_page({"q": "1.012783"})["results"][0]
        assert result["term"].startswith("Tùy trường hợp: 15 ngày làm việc")
        assert (result["level"], result["url"]) == ("cấp tỉnh", "/thu-tuc/1.012783/")
        assert result["ways"] == "Trực tuyến, tại quầy, bưu điện"

    def test_sector_filter_is_a_readable_address(self) -> None:
        context = presentation.search_page({"linh-vuc": "ho-tich"})
        assert {result["sector"] for result in context["results"]} == {"Hộ tịch"}
        assert [sector["label"] for sector in context["filters"]["sectors"] if sector["selected"]] == [
            "Hộ tịch"
        ]

    def test_page_links_keep_the_question(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("procedures.search.PAGE_SIZE", 2)
        context = presentation.search_page({"q": "cap", "cap": "commune", "trang": "2"})
        assert context["pagination"]["previous_url"] == "/thu-tuc/?q=cap&cap=commune&trang=1"
        assert "Trang 2" in context["pagination"]["text"]

    @pytest.mark.parametrize(
        "query",
        [
            {"q": "a\x00b"},
            {"q": "\ud800"},
            {"trang": "x"},
            {"trang": "9" * 90},
            {"linh-vuc": "\x00"},
            {"cap": "%"},
        ],
    )
    def test_bad_input_is_answered(self, query: dict[str, str]) -> None:
        assert "results" in presentation.search_page(query)

    def test_sets_no_cookie(self, get: Callable[..., object]) -> None:
        assert not get("/thu-tuc/", q="ket hon").cookies


class TestProcedurePage:
    def test_answers(self, get: Callable[..., object]) -> None:
        response = get("/thu-tuc/1.000894/")
        assert response.status_code == 200
        assert "Đăng ký kết hôn" in response.content.decode()

    def test_four_facts(self, commune: Agency) -> None:
        local = LocalData("H15.99", term=LocalTerm(Term(None, "same_day"), "12/2026/QĐ-UBND"))
        apply_selection(CatalogueSelection(local={"1.000894": local}))
        facts = {fact["label"]: (fact["value"], fact["detail"]) for fact in page("1.000894")["facts4"]}
        assert facts["Thời hạn"] == ("Trong ngày", "theo 12/2026/QĐ-UBND")
        assert facts["Lệ phí"][0] == "Miễn phí"
        assert facts["Nộp ở đâu"][0] == "UBND phường Mẫu"
        assert facts["Nhận gì"][0] == "Giấy chứng nhận kết hôn"

    def test_unknown_term_is_said_and_not_invented(self) -> None:
        shown = page("1.000894")
        assert shown["facts4"][0]["value"] == "Chưa có thời hạn công bố"
        assert shown["incomplete"] == ["thời hạn"]

    def test_fee_set_by_the_province_is_not_called_free(self) -> None:
        facts = {fact["label"]: fact["value"] for fact in page("1.004873")["facts4"]}
        assert facts["Lệ phí"] == "Có thu theo quy định"

    def test_handled_leads_to_the_national_portal(self) -> None:
        assert page("1.000894")["filing"]["url"].startswith("https://dichvucong.gov.vn")

    @pytest.mark.parametrize("code", ["2.000592", "1.012812"])
    def test_complaint_and_conciliation_are_not_sent_there(self, code: str) -> None:
        assert page(code)["filing"]["url"] == ""

    def test_what_others_handle_says_so(self) -> None:
        shown = page("1.000010")
        assert (shown["handled"], shown["filing"]["url"]) == (False, "")
        assert "Bộ Xây dựng" in shown["filing"]["note"]

    def test_papers_of_one_case_stand_together(self) -> None:
        cases = [document["case"] for document in page("1.013978")["documents"]]
        assert cases == sorted(cases, key=cases.index)

    def test_code_with_agency_leads_to_the_procedure(self, get: Callable[..., object]) -> None:
        response = get("/thu-tuc/1.000894.000.00.00.H15/")
        assert (response.status_code, response.headers["location"]) == (301, "/thu-tuc/1.000894/")

    @pytest.mark.parametrize("code", ["9.999999", "x", "1.000894'", "%F0%9F%98%80"])
    def test_unknown_code_is_not_found(self, get: Callable[..., object], code: str) -> None:
        assert get(f"/thu-tuc/{code}/").status_code == 404

    def test_hidden_is_not_found(self, get: Callable[..., object]) -> None:
        Procedure.objects.filter(code="1.000894").update(state=Procedure.State.HIDDEN)
        assert get("/thu-tuc/1.000894/").status_code == 404

    def test_three_statements(self) -> None:
        with CaptureQueriesContext(connection) as captured:
            page("1.000894")
        assert len(captured) == 3
