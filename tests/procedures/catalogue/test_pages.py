import gzip
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from procedures.catalogue.contents import national, national_papers, update
from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.contents.selection import CatalogueSelection
from procedures.catalogue.formats.base import Document, FeeItem, Step, Term
from procedures.catalogue.models import FilingMode, Procedure
from procedures.catalogue.public import pages
from procedures.catalogue.public.search_page import search_context
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tenants.organisation.models import Agency
from tests.procedures.files import said, term

pytestmark = pytest.mark.usefixtures("catalogue")

LONGEST = "1.004881"
"""The procedure with most papers in the national table."""


@pytest.fixture
def get() -> Callable[..., object]:
    return lambda path, **query: Client().get(path, query, headers={"host": "daklak.localhost"})


def stylesheets(page: bytes) -> int:
    """What the page's stylesheets and pictures weigh on the wire."""
    hrefs = re.findall(rb'(?:href|src)="(/[^"]+\.(?:css|js|svg|png)[^"]*)"', page)
    return sum(len(gzip.compress(stored(href.decode().split("?")[0]))) for href in hrefs)


def stored(name: str) -> bytes:
    if name.startswith("/theme"):
        return bytes(Client().get(name, headers={"host": "daklak.localhost"}).content)
    found = finders.find(name.removeprefix("/static/"))
    return Path(str(found)).read_bytes()


def page(code: str) -> dict:
    found = pages.published(code)
    assert found is not None
    return pages.procedure_context(*found, {})


class TestSearchPage:
    def test_answers_with_both_counts(self, get: Callable[..., object]) -> None:
        response = get("/thu-tuc/", q="giay phep")
        assert response.status_code == 200
        assert "làm tại tỉnh" in response.context["count_text"]
        assert "chỉ để xem" in response.context["count_text"]

    def test_nothing_found_is_said(self) -> None:
        assert search_context({"q": "khongcogi"})["count_text"] == "Không có thủ tục khớp “khongcogi”."

    def test_nothing_found_offers_the_fields(self) -> None:
        sectors = search_context({"q": "khongcogi"})["sectors"]
        assert "Hộ tịch" in {sector["label"] for sector in sectors["first"]}

    def test_filters_that_leave_nothing_are_said_and_can_be_dropped(self, get: Callable[..., object]) -> None:
        page = get("/thu-tuc/", **{"q": "ket hon", "linh-vuc": "dat-dai"}).content.decode()
        assert "trong phần đã lọc" in page
        assert 'href="/thu-tuc/?q=ket+hon"' in page
        assert "Đất đai (0)" in page

    def test_filters_say_how_much_each_choice_leaves(self) -> None:
        filters = search_context({"q": "ket hon"})["filters"]
        for part, name in (("levels", "cap"), ("sectors", "linh-vuc"), ("channels", "cach-nop")):
            for option in filters[part]:
                left = search_context({"q": "ket hon", name: option["value"]})
                assert len(left["results"]) == option["count"] > 0

    def test_page_links_and_the_box_keep_all_filters(self, get, monkeypatch):
        monkeypatch.setattr("procedures.catalogue.search.search.PAGE_SIZE", 1)
        asked = {"q": "giay", "cap": "commune", "cach-nop": "direct"}
        pages = search_context({**asked, "trang": "2"})["pagination"]
        address = "/thu-tuc/?q=giay&cap=commune&cach-nop=direct&trang="
        assert (pages["previous_url"], pages["next_url"]) == (f"{address}1", f"{address}3")
        assert "Trang 2" in pages["text"]
        page = get("/thu-tuc/", **asked).content.decode()
        assert '<input type="hidden" name="cach-nop" value="direct">' in page

    def test_near_results_are_called_near(self) -> None:
        (sentence,) = search_context({"q": "dang ky ket hom"})["explained"]
        assert sentence == "Có phải ông/bà tìm:"

    @pytest.mark.parametrize(
        ("language", "name"), [("vi", "Đăng ký tạm trú"), ("en", "Register temporary residence")]
    )
    def test_what_the_catalogue_lacks_has_a_signpost(self, get, language, name):
        page = get("/thu-tuc/", q="đăng ký tạm trú", lang=language).content.decode()
        assert (name in page, "1.004194" in page, "Không có thủ tục" in page) == (True, True, False)

    def test_everyday_word_is_explained_once_understood(self) -> None:
        assert search_context({"q": "làm giấy khai sinh"})["explained"] == []
        (sentence,) = search_context({"q": "giấy độc thân"})["explained"]
        assert sentence == "“Giấy độc thân” là cách gọi thường ngày của “xác nhận tình trạng hôn nhân”."

    @pytest.mark.parametrize(
        ("query", "statements"), [("ket hon", 3), ("dang ky ket hom", 6), ("", 4), ("khongcogi", 5)]
    )
    def test_statements_of_the_page(self, get: Callable[..., object], query: str, statements: int) -> None:
        get("/thu-tuc/", q=query)
        with public_context():
            Province.objects.count()  # the connection comes from somewhere else, as it does in service
        with CaptureQueriesContext(connection) as captured:
            assert get("/thu-tuc/", q=query).status_code == 200
        assert len(captured) <= statements

    @pytest.mark.parametrize("query", ["giay", "khongcogi", ""])
    def test_page_is_light_and_has_nothing_inline(self, get: Callable[..., object], query: str) -> None:
        page = get("/thu-tuc/", q=query).content
        assert len(gzip.compress(page)) + stylesheets(page) <= 30 * 1024
        assert not re.search(rb"<script|<style| style=| on\w+=", page)

    def test_without_a_question_it_begins_with_what_is_used_most(self, get: Callable[..., Any]) -> None:
        page = get("/thu-tuc/").content.decode()
        heads = re.findall(r'<h2 class="govuk-heading-m">([^<]+)', page)
        assert heads[:3] == ["Thủ tục hay dùng", "Việc trong đời", "Các lĩnh vực"]
        assert re.search(r'linh-vuc=ho-tich">Hộ tịch</a> <span class="mc-note">\d+<', page)

    def test_result_is_in_words(self) -> None:
        result = search_context({"q": "1.012783"})["results"][0]
        assert result["term"].startswith("Tùy trường hợp: nhiều nhất 20 ngày làm việc")
        assert (result["level"], result["url"]) == ("cấp tỉnh", "/thu-tuc/1.012783/")
        assert result["ways"] == "Trực tuyến, tại quầy, bưu điện"

    def test_sector_filter_is_a_readable_address(self) -> None:
        context = search_context({"linh-vuc": "ho-tich"})
        assert {result["sector"] for result in context["results"]} == {"Hộ tịch"}
        assert [sector["label"] for sector in context["filters"]["sectors"] if sector["selected"]] == [
            "Hộ tịch"
        ]

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
        assert "results" in search_context(query)

    def test_sets_no_cookie(self, get: Callable[..., object]) -> None:
        assert not get("/thu-tuc/", q="ket hon").cookies


class TestProcedurePage:
    def test_four_facts(self, commune: Agency) -> None:
        local, terms = said("1.000894", agency="H15.99"), term("1.000894", "", "same_day")
        apply_selection(CatalogueSelection(local=local, terms=terms))
        facts = {fact["label"]: (fact["value"], fact["detail"]) for fact in page("1.000894")["facts4"]}
        assert facts["Thời hạn"] == ("Trong ngày", "theo 12/2026/QĐ-UBND")
        assert facts["Lệ phí"][0] == "Miễn phí"
        place, more = facts["Nộp ở đâu"]
        assert ("nơi một trong hai người cư trú" in place, "UBND phường Mẫu" in more) == (True, False)
        assert facts["Nhận gì"][0] == "Giấy chứng nhận kết hôn"

    def test_term_without_unit_is_said_as_the_source_says_it(self) -> None:
        (record,) = (one for one in national.load().records if one.code == "1.012753")
        update.apply(update.diff([replace(record, source="portal", term=Term(note="Chưa rõ: “1”"))]))
        shown = page("1.012753")
        assert shown["facts4"][0]["value"] == "Chưa rõ: “1”"
        assert "Giấy tiếp nhận hồ sơ" in shown["facts4"][0]["detail"]
        assert "thời hạn" in shown["incomplete"]

    def test_unknown_fee_says_what_to_do(self) -> None:
        (record,) = (one for one in national.load().records if one.code == "1.012783")
        update.apply(update.diff([replace(record, source="portal", fees=())]))
        facts = {fact["label"]: (fact["value"], fact["detail"]) for fact in page("1.012783")["facts4"]}
        assert facts["Lệ phí"] == (
            "Nguồn chưa ghi",
            "Có phải nộp không, nơi nộp cho biết khi nhận hồ sơ.",
        )

    def test_what_is_filed_at_the_counter_only_is_not_sent_online(self) -> None:
        (record,) = (one for one in national.load().records if one.code == "1.012783")
        update.apply(update.diff([replace(record, channels=("direct",))]))
        filing = page("1.012783")["filing"]
        assert (filing["url"], "chỉ tại quầy" in filing["note"]) == ("", True)

    def test_what_the_province_takes_at_the_counter_is_not_offered_online(self) -> None:
        Procedure.objects.filter(code="1.000894").update(filing_mode=FilingMode.COUNTER)
        shown = page("1.000894")
        place = next(fact["detail"] for fact in shown["facts4"] if fact["label"] == "Nộp ở đâu")
        assert ("bưu điện" in place, "rực tuyến" in place) == (True, False)

    def test_nearest_rule_of_filing_stands(self, get: Callable[..., object]) -> None:
        rules = {rule.topic: rule for rule in page("1.000894")["filing_rules"]}
        assert "Không nhờ người khác thay được" in rules["person"].text, "of the code"
        assert "“1 bản chính”" in rules["papers"].text, "of the sector"
        assert "missing" not in rules, "of all"
        assert "báo một lần" in get("/tro-giup/").content.decode()

    def test_desks_are_offered_where_one_takes_it(self) -> None:
        found = pages.published("1.000894")
        assert found is not None
        procedure, version = found
        of_desk = pages.page_context(procedure, version)["visit"]
        procedure.code = "2.000829"
        elsewhere = pages.page_context(procedure, version)["visit"]
        assert ("desk_url" in of_desk, "desk_url" in elsewhere) == (True, False)

    def test_english_page_says_what_is_vietnamese(self, get: Callable[..., object]) -> None:
        text = get("/thu-tuc/1.000894/", lang="en").content.decode()
        assert "Nobody else may go for you" in text
        assert "Usually the same day, at most 5 working days" in text
        assert "Both are present and sign the book" in text
        (record,) = (one for one in national.load().records if one.code == "1.000894")
        steps = (Step("Nộp hồ sơ", "Bước riêng của tỉnh."),)
        update.apply(update.diff([replace(record, source="portal", steps=steps)]))
        text = get("/thu-tuc/1.000894/", lang="en").content.decode()
        assert re.search(r'Only in Vietnamese.*<li lang="vi"><strong class="pl__name">Nộp hồ sơ', text, re.S)

    def test_fee_set_by_the_province_is_not_called_free(self) -> None:
        facts = {fact["label"]: (fact["value"], fact["detail"]) for fact in page("1.004873")["facts4"]}
        assert facts["Lệ phí"][0] == "Mức thu do Hội đồng nhân dân tỉnh quyết định"
        assert facts["Lệ phí"][1] == "Hỏi số tiền ở nơi nộp."

    def test_note_of_what_has_no_amount_stands_beside_the_amount(self) -> None:
        (record,) = (one for one in national.load().records if one.code == "1.012783")
        fees = (
            FeeItem("phi", 5_000, "Mỗi lần"),
            FeeItem("phi", note="Ở xa"),
            FeeItem("le_phi", note="Tại quầy"),
        )
        update.apply(update.diff([replace(record, source="portal", fees=fees)]))
        facts = {fact["label"]: (fact["value"], fact["detail"]) for fact in page("1.012783")["facts4"]}
        assert facts["Lệ phí"] == ("5.000 đồng, khác xem ghi chú", "Tại quầy")

    def test_handled_leads_to_the_national_portal(self) -> None:
        assert page("1.000894")["filing"]["url"].startswith("https://dichvucong.gov.vn")
        text = Client(headers={"host": "daklak.localhost"}).get("/thu-tuc/1.000894/").content.decode()
        button = text.index('href="https://dichvucong.gov.vn/"')
        assert "1.000894" in text[button : text.index("</p>", button)], "the code to search for there"

    @pytest.mark.parametrize("code", ["2.000592", "1.012812"])
    def test_complaint_and_conciliation_are_not_sent_there(self, code: str) -> None:
        assert page(code)["filing"]["url"] == ""

    def test_what_others_handle_says_so(self) -> None:
        filing = page("1.000010")["filing"]
        assert filing["url"] == ""
        assert "Bộ Xây dựng" in filing["note"]

    def test_paper_of_a_case_that_the_province_edited_is_needed_in_it(self) -> None:
        (record,) = (one for one in national.load().records if one.code == "1.000010")
        papers = (Document("Thẻ cũ", case="Trường hợp đổi thẻ", required=False),)
        update.apply(update.diff([replace(record, text_source="edited", documents=papers)]))
        assert page("1.000010")["documents"][0]["required"]

    def test_code_with_agency_leads_to_the_procedure(self, get: Callable[..., object]) -> None:
        response = get("/thu-tuc/1.000894.000.00.00.H15/")
        assert (response.status_code, response.headers["location"]) == (301, "/thu-tuc/1.000894/")

    @pytest.mark.parametrize("code", ["9.999999", "x", "1.000894'", "%F0%9F%98%80"])
    def test_unknown_code_is_not_found(self, get: Callable[..., object], code: str) -> None:
        assert get(f"/thu-tuc/{code}/").status_code == 404

    def test_hidden_is_not_found(self, get: Callable[..., object]) -> None:
        Procedure.objects.filter(code="1.000894").update(state=Procedure.State.HIDDEN)
        assert get("/thu-tuc/1.000894/").status_code == 404

    def test_papers_of_the_national_table_say_so(self, get: Callable[..., object]) -> None:
        text = get("/thu-tuc/1.000010/").content.decode()
        assert "Theo danh mục quốc gia, tháng 7/2026; tên dài đã rút gọn" in text
        assert page("1.000010")["incomplete"] == ["trình tự", "kết quả", "căn cứ pháp lý"]

    def test_longest_list_is_folded_and_light(self, get: Callable[..., object]) -> None:
        papers = tuple(national_papers.load()[LONGEST].papers.values())
        (record,) = (one for one in national.load().records if one.code == "1.012783")
        update.apply(update.diff([replace(record, source="portal", documents=papers)]))
        with CaptureQueriesContext(connection) as captured:
            content = get("/thu-tuc/1.012783/").content
        assert len(papers) > 80
        assert content.count(b"<li><input") == len(papers)
        assert content.count(b"mc-more--printed") > 5
        assert len(gzip.compress(content)) + stylesheets(content) <= 30 * 1024
        assert len(captured) <= 6

    def test_english_page_has_english_names_and_says_what_has_none(self, get: Callable[..., object]) -> None:
        (record,) = (one for one in national.load().records if one.code == "1.000010")
        papers = (Document("Đơn đề nghị cấp đổi", english="Request"), Document("Sổ đỏ cũ"))
        update.apply(update.diff([replace(record, source="portal", documents=papers)]))
        Procedure.objects.filter(code="1.000010").update(english_name="Land certificate", mistakes="Quên")
        text = get("/thu-tuc/1.000010/", lang="en").content.decode()
        assert re.search(r"<h1[^>]*>Land certificate</h1>", text)
        assert re.search(r'Request</label>.*<span lang="vi">Đơn đề nghị cấp đổi</span>', text)
        assert re.search(r'<label[^>]*lang="vi">Sổ đỏ cũ', text)

    def test_own_case_has_its_papers_fee_and_sheet(self, get: Callable[..., Any]) -> None:
        query = {"truong-hop": "mang-thai-ho", "viec": "trong-han", "ai-nop": "nguoi-nha"}
        text = get("/thu-tuc/1.001193/", **query).content.decode().replace("\xa0", " ")
        assert all(said in text for said in ("mang thai hộ của cơ sở y tế", 'content="noindex"'))
        assert "<strong>Khai trong 60 ngày được miễn</strong>" in text
        assert "/thu-tuc/1.001193/?truong-hop=mang-thai-ho&amp;viec=trong-han&amp;ai-nop=nguoi-nha" in text
        assert not re.search("Văn bản ủy quyền|Biên bản về việc trẻ bị bỏ rơi", text)
        english = get("/thu-tuc/1.001193/", **query, lang="en").content.decode().replace("\xa0", " ")
        assert "Who registers the birth? A parent, grandparent or relative of the child." in english
        assert "<strong>Free within 60 days</strong>" in english

    @pytest.mark.parametrize(
        "query", [{"truong-hop": "x"}, {"viec": ""}, {"ai-nop": "<b>"}, {"t": "mang-thai-ho"}]
    )
    def test_what_answers_no_question_changes_nothing(self, get, query):
        pages = [get("/thu-tuc/1.001193/", **given).content.decode() for given in (query, {})]
        assert pages[0].partition("<main")[2] == pages[1].partition("<main")[2]
        assert "noindex" not in pages[0]

    def test_question_about_a_case_that_the_papers_lost_is_not_asked(self, get: Callable[..., Any]) -> None:
        explained = national.load_explanations()["1.001193"].facts["documents"]
        (record,) = (one for one in national.load().records if one.code == "1.001193")
        papers = tuple(paper for paper in explained if paper.case != "Trẻ bị bỏ rơi")
        update.apply(update.diff([replace(record, source="portal", documents=papers)]))
        text = get("/thu-tuc/1.001193/", **{"truong-hop": "mang-thai-ho"}).content.decode()
        assert ("Ai đi đăng ký?" in text, "Cháu thuộc trường hợp nào?" in text) == (True, False)
        assert ("noindex" in text, "Văn bản ủy quyền" in text) == (False, True)
