"""The figures as JSON and CSV: as documented, the same numbers as the page, safe in a spreadsheet."""

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from dossiers.statistics.transparency import open_data, views
from tenants.isolation.context import current_province
from tenants.organisation import data_version
from tests.dossiers.publishing import PAGE, Published, get, words

JSON, CSV = "/minh-bach.json", "/minh-bach.csv"


def served(path: str = JSON) -> dict[str, Any]:
    return json.loads(get(path).content)


def rows(path: str = CSV) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(get(path).content.decode("utf-8-sig"))))


# --- The schema


def faults(value: Any) -> list[str]:
    """What a value has against the schema that is served."""
    schema = served("/minh-bach.schema.json")
    return [error.message for error in Draft202012Validator(schema).iter_errors(value)]


@pytest.mark.parametrize("query", ["", "?ky=2026-11", "?ky=2026-q4", "?ky=2026"])
def test_json_is_as_its_schema_says(published: Published, query: str) -> None:
    found = served(JSON + query)
    assert faults(found) == []
    assert found["$schema"] == "http://daklak.localhost:8000/minh-bach.schema.json"
    found["period"]["official"] = "Nguyễn Văn A"
    assert faults(found), "what is not described is a fault"


def test_every_number_is_described(published: Published) -> None:
    described = served("/minh-bach.schema.json")["$defs"]["numbers"]
    fields = ["too_few", *(field for field, _ in (*open_data.COUNTED, *open_data.MEASURED))]
    assert described["required"] == list(described["properties"]) == fields
    assert all(one["description"] for one in described["properties"].values())


# --- The same numbers everywhere


def test_json_says_what_the_page_says(published: Published) -> None:
    period = served()["period"]
    page = words(get())
    assert f"{period['on_time']} trên {period['with_term']} hồ sơ" in page
    assert f"{period['late']} hồ sơ trễ hẹn" in page
    assert period["on_time_rate"] == 93.33
    assert f"<strong>{round(period['on_time_rate'], 1)}".replace(".", ",") in page


def test_groups_of_json_are_the_rows_of_the_page(published: Published) -> None:
    found = re.findall(
        r'<th scope="row">([^<]+)</th><td>(\d+)</td><td>(\d+)</td>',
        words(get()).partition("theo: Cơ quan</caption>")[2].partition("</table>")[0],
    )
    told = [one for one in served()["by"]["agency"] if not one["too_few"]]
    assert found == [(one["name"], str(one["with_term"]), str(one["late"])) for one in told]
    (procedure,) = served()["by"]["procedure"]
    assert (procedure["key"], procedure["term"]) == ("9.000001", {"value": 4, "unit": "working_day"})
    assert "4 ngày làm việc" in [row["Thời hạn quy định"] for row in rows()]


def test_csv_has_the_numbers_of_json(published: Published) -> None:
    data = served("/minh-bach.json?ky=2026")
    from_json = [data["period"], *(group for by in data["by"].values() for group in by), *data["months"]]
    headings = [*open_data.COUNTED, *open_data.MEASURED]
    wanted = [["" if one[field] is None else str(one[field]) for field, _ in headings] for one in from_json]
    assert [[row[heading] for _, heading in headings] for row in rows("/minh-bach.csv?ky=2026")] == wanted


def test_months_up_to_the_period_come_along(published: Published) -> None:
    assert [month["key"] for month in served("/minh-bach.json?ky=2026-11")["months"]] == [
        "2026-10",
        "2026-11",
    ]
    assert [month["key"] for month in served()["months"]] == ["2026-10"]
    assert served("/minh-bach.json?ky=2026-11")["before"]["key"] == "2026-10"


def test_a_held_back_group_has_its_name_alone(published: Published) -> None:
    tiny = next(group for group in served()["by"]["agency"] if group["key"] == "H15.79")
    assert (tiny.pop("key"), tiny.pop("name"), tiny.pop("too_few")) == ("H15.79", "=Sở Tí Hon", True)
    assert set(tiny.values()) == {None}
    assert "'=Sở Tí Hon" in [row["Tên"] for row in rows()]


# --- Everyday manners of files


def test_csv_begins_with_a_byte_order_mark_and_its_fixed_columns(published: Published) -> None:
    named = get(f"{CSV}?ky=2026-q4")["Content-Disposition"]
    assert named == 'attachment; filename="minh-bach-daklak-2026-q4.csv"'
    content = get(CSV).content
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[0] == (
        "Tỉnh,Kỳ,Từ ngày,Đến ngày,Tính đến,Theo,Mã,Tên,Quá ít hồ sơ,Hồ sơ của kỳ,Kỳ trước chuyển sang,"
        "Tiếp nhận trong kỳ,Mở lại trong kỳ,Có thời hạn,Không quy định thời hạn,Không trễ hẹn,Trễ hẹn,Đã xử lý,"
        'Xong trước hạn,Xong đúng hạn,Xong trễ hạn,"Xong, không quy định thời hạn",Đang xử lý,'
        '"Đang xử lý, trong hạn",Trong đó sắp đến hạn,"Đang xử lý, quá hạn",'
        '"Đang xử lý, không quy định thời hạn",Tạm dừng,Không tiếp nhận,Rút,Dừng xử lý,Nộp trực tuyến,'
        "Tỷ lệ đúng hạn (%),Tỷ lệ trực tuyến (%),Số ngày làm việc trung bình,Số ngày làm việc trung vị,"
        "Số ngày làm việc mức 90 %,Thời hạn quy định,Giấy phép"
    )


@pytest.mark.parametrize("path", [JSON, CSV, "/minh-bach.schema.json"])
def test_the_switch_of_language_changes_no_file(published: Published, path: str) -> None:
    assert get(f"{path}?lang=en").content == get(path).content


@pytest.mark.parametrize("path", [JSON, CSV])
def test_a_licence_stands_in_the_file_and_on_it(published: Published, path: str) -> None:
    response = get(path)
    assert response["Link"] == '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "CC BY 4.0" in response.content.decode()
    assert 'rel="license">CC BY 4.0</a>' in words(get(PAGE))


def test_files_of_a_demonstration_say_so(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    assert served()["demo"] is False
    assert "minh họa, không phải" not in rows()[0]["Giấy phép"]
    shown = replace(current_province(), demo=True)
    data_version.clear_caches()
    monkeypatch.setattr(views, "current_province", lambda: shown)
    assert served()["demo"] is True
    assert "dữ liệu minh họa, không phải hồ sơ thật" in rows()[0]["Giấy phép"]
