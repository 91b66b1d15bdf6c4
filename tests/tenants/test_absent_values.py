"""Null in data from outside: absent at a key of a model, a value elsewhere."""

from typing import Any

import pytest
from pydantic import RootModel

from tenants.validation import Schema, read


class Small(Schema):
    text: str = "sẵn"
    maybe: str | None = "sẵn"


class Large(Schema):
    small: Small = Small()
    rows: tuple[Small, ...] = ()
    free: dict[str, str] = {}
    named: dict[str, Small] = {}
    anything: dict[str, Any] = {}


class Needed(Schema):
    code: str


class Named(RootModel[dict[str, Small]]):
    """Models by free keys."""


def faults(model: Any, data: object) -> list[str]:
    return [str(one) for one in read(model, data)[1]]


@pytest.mark.parametrize(
    "data",
    [
        {"small": None, "rows": None},
        {"small": {"text": None}},
        {"rows": [{"text": None}]},
        {"named": {"a": {"text": None}}},
    ],
)
def test_null_at_a_key_of_a_model_is_absent(data: dict[str, Any]) -> None:
    found, wrong = read(Large, data)
    assert wrong == []
    assert found is not None
    assert {one.text for one in (found.small, *found.rows, *found.named.values())} == {"sẵn"}


def test_null_is_kept_where_anything_may_stand() -> None:
    found, _wrong = read(Large, {"anything": {"a": None, "b": {"c": None}}})
    assert found is not None
    assert found.anything == {"a": None, "b": {"c": None}}


def test_null_may_be_kept_everywhere() -> None:
    found, _wrong = read(Small, {"maybe": None}, keep_null=True)
    assert found is not None
    assert found.maybe is None
    assert [str(one) for one in read(Small, {"text": None}, keep_null=True)[1]] == [
        "text: “text” phải là chữ."
    ]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"free": {"a": None}}, "free.a: “a” phải là chữ."),
        ({"named": {"a": None}}, "named.a: phải là các mục “tên: giá trị”."),
        ({"rows": [None]}, "rows[0]: phải là các mục “tên: giá trị”."),
        ({"smal": None}, "smal: không có mục “smal”; có phải “small”?"),
    ],
)
def test_null_elsewhere_is_a_fault(data: dict[str, Any], fault: str) -> None:
    assert faults(Large, data) == [fault]


def test_a_misspelt_key_below_free_keys_is_told_with_the_nearest() -> None:
    assert faults(Named, {"a": {"txt": None}}) == ["a.txt: không có mục “txt”; có phải “text”?"]


def test_a_needed_key_without_a_value_is_told_apart_from_none() -> None:
    assert faults(Needed, {}) == ["code: thiếu mục “code”."]
    assert "“code” bị trống; giá trị bắt đầu bằng #" in faults(Needed, {"code": None})[0]
