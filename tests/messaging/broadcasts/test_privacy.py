"""What a text for everybody must not hold."""

import pytest

from dossiers.feedback.personal_data_check import traces
from tests import tables

NAME = "Nguyễn Thị Minh Họa"
CONTACTS = ("066190000001", "0905000678", "minh.hoa@vi-du.vn", "")


@pytest.mark.parametrize(
    "text",
    [
        *tables.read(__file__, "traces.yaml"),
        "Nguyễn\u200bThị Minh Họa".replace("\u200b", " \u200b"),
    ],
)
def test_trace_is_found(text: str) -> None:
    assert traces(text, names=[NAME], contacts=CONTACTS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Về việc thu hồi đất tại xã Minh Hòa",
        "Quyết định 1234/QĐ-UBND ngày 07/12/2026",
        "Bồi thường 1.250.000.000 đồng",
        "Thửa đất số 12, tờ bản đồ số 34, diện tích 1.250,5 m²",
    ],
)
def test_ordinary_text_is_free(text: str) -> None:
    assert traces(text, names=[NAME], contacts=CONTACTS) == []


def test_name_of_one_word_counts_as_it_is_written() -> None:
    assert traces("Bà Hoa hỏi", names=["Hoa"])
    assert not traces("Hỏi về hoa màu bị thu hồi", names=["Hoa"])
