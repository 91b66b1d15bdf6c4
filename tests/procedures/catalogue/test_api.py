"""The catalogue's doors for programs."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.contents.selection import CatalogueSelection
from procedures.catalogue.models import Procedure
from tenants.organisation.models import Agency
from tests.procedures.files import said, term

pytestmark = pytest.mark.usefixtures("catalogue")

LIST = "/api/v1/procedures/"
Get = Callable[..., Any]


@pytest.fixture
def get() -> Get:
    client = Client(headers={"host": "daklak.localhost"}, raise_request_exception=False)
    return lambda path, query=None, **headers: client.get(path, query, headers=headers)


def codes(page: dict[str, Any]) -> list[str]:
    return [item["code"] for item in page["items"]]


def errors(response: Any) -> dict[str, str]:
    assert response.status_code == 400
    return {error["name"]: error["detail"] for error in response.json()["errors"]}


class TestList:
    def test_finds_as_people_type(self, get: Get) -> None:
        page = get(LIST, {"q": "ket hon"}).json()
        assert "1.000894" in codes(page)[:3]
        assert page["count"]["handled"] >= 1

    def test_item_has_facts_and_words(self, get: Get) -> None:
        [item] = get(LIST, {"q": "1.000894"}).json()["items"]
        assert item["levels"] == ["commune"]
        assert item["fee_text"] == "Miễn phí"
        assert item["fees"][0]["amount"] == 0
        words = "Thường trong ngày, phải xác minh thì nhiều nhất 5 ngày làm việc (Điều 18 Luật Hộ tịch)"
        assert item["term"] == {"value": None, "unit": "", "note": words, "text": words}
        assert item["url"] == "http://daklak.localhost:8000/thu-tuc/1.000894/"

    def test_filters_by_sector_and_level(self, get: Get) -> None:
        page = get(LIST, {"sector": "ho-tich", "level": "commune"}).json()
        assert {item["sector"] for item in page["items"]} == {"Hộ tịch"}
        assert all("commune" in item["levels"] for item in page["items"])
        assert codes(page)

    def test_pages_follow_each_other_and_hold_everything_once(self, get, monkeypatch):
        monkeypatch.setattr("procedures.catalogue.search.search.PAGE_SIZE", 4)
        page = get(LIST, {"level": "commune"}).json()
        seen = codes(page)
        while page["next"]:
            address = urlsplit(page["next"])
            page = get(f"{address.path}?{address.query}").json()
            seen += codes(page)
        assert len(seen) == len(set(seen)) == sum(page["count"].values()) > 4

    def test_cursor_of_another_question_is_refused(self, get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("procedures.catalogue.search.search.PAGE_SIZE", 1)
        cursor = urlsplit(get(LIST, {"q": "cap"}).json()["next"]).query.rpartition("cursor=")[2]
        assert "cursor" in errors(get(LIST, {"q": "khai sinh", "cursor": cursor}))

    @pytest.mark.parametrize(
        ("query", "name"),
        [
            ({"level": "x"}, "level"),
            ({"q": "x" * 201}, "q"),
            ({"sector": "!!!"}, "sector"),
            ({"sector": "y" * 201}, "sector"),
            *(
                ({"cursor": one}, "cursor")
                for one in ("x", "%%%", "é", "MS4w", "9" * 90, "Mi4wMDAwMDAwMDAwMDAwMDAw")
            ),
            ({"cursor": "z" * 101}, "cursor"),
        ],
    )
    def test_wrong_parameter_is_named(self, get: Get, query: dict[str, str], name: str) -> None:
        assert list(errors(get(LIST, query))) == [name]

    def test_two_statements(self, get: Get) -> None:
        get(LIST)
        with CaptureQueriesContext(connection) as captured:
            get(LIST, {"q": "khai sinh"})
        assert len([one for one in captured if "set_config" not in one["sql"]]) == 2


class TestOne:
    def test_answers_with_all_that_is_published(self, get: Get, commune: Agency) -> None:
        local, terms = said("1.000894", agency="H15.99"), term("1.000894", "", "same_day")
        apply_selection(CatalogueSelection(local=local, terms=terms))
        found = get(f"{LIST}1.000894/").json()
        assert found["term"]["unit"] == "same_day"
        assert (found["term"]["source"], found["term"]["decision"]) == ("province", "12/2026/QĐ-UBND")
        assert found["agency"] == {"code": "H15.99", "name": "UBND phường Mẫu"}
        assert found["documents"]
        assert found["legal_basis"]
        assert found["kind"] == "normal"
        assert found["filing_mode"] == "national_portal"

    def test_gaps_are_said_and_what_others_handle_is_not_filed_here(self, get: Get) -> None:
        assert get(f"{LIST}1.000894/").json()["missing"] == []
        found = get(f"{LIST}1.000010/").json()
        assert "trình tự" in found["missing"]
        assert (found["handled"], found["filing_mode"]) == (False, "")

    def test_code_with_agency_is_the_same_procedure_and_an_unknown_or_hidden_one_a_problem(self, get):
        assert get(f"{LIST}1.000894.000.00.00.H15/").json()["code"] == "1.000894"
        Procedure.objects.filter(code="1.000894").update(state=Procedure.State.HIDDEN)
        for code in ("9.999999", "x", "1.000894'", "%F0%9F%98%80", "1" * 500, "1.000894"):
            response = get(f"{LIST}{code}/")
            assert response.status_code == 404, code
            assert response.json()["type"] == "/api/v1/docs/#not-found"

    def test_six_statements(self, get: Get) -> None:
        get(LIST)
        with CaptureQueriesContext(connection) as captured:
            get(f"{LIST}1.000894/")
        # The procedure, its papers, fees and blank forms, the version of the catalogue, and its filing form.
        assert len([one for one in captured if "set_config" not in one["sql"]]) == 6


@pytest.mark.parametrize("path", [LIST, f"{LIST}1.000894/"])
class TestManners:
    def test_anybody_may_keep_it_until_it_changes(self, get: Get, path: str) -> None:
        response = get(path)
        assert set(response["Cache-Control"].split(", ")) == {"public", "max-age=300"}
        assert ("Cookie" in response["Vary"], "Accept-Language" in response["Vary"]) == (False, True)
        assert not response.cookies
        tag = response["ETag"]
        assert get(path, **{"accept-language": "en"})["ETag"] != tag
        again = get(path, **{"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert get(path, **{"if-none-match": '"other"'}).status_code == 200
        Procedure.objects.filter(code="1.000894").update(short_name="Tên mới")
        assert get(path, **{"if-none-match": tag}).status_code == 200

    def test_words_are_english_when_asked(self, get: Get, path: str) -> None:
        apply_selection(CatalogueSelection(terms=term("1.000894", "", "same_day")))
        response = get(path, {"q": "1.000894"}, **{"accept-language": "en"})
        assert response["Content-Language"] == "en"
        assert "Same day" in response.content.decode()
