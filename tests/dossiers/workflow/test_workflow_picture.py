"""The picture of a workflow: everything is in it, everything is readable, nothing of it can act."""

import re
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.workflow.rules.diagram import WIDTH, draw, width, wrap
from dossiers.workflow.rules.shipped import (
    complaint_workflow_data,
    conciliation_workflow_data,
    default_workflow_data,
)
from dossiers.workflow.rules.workflow import Workflow

SVG = "{http://www.w3.org/2000/svg}"
SHIPPED = {
    "default": default_workflow_data(),
    "complaint": complaint_workflow_data(),
    "conciliation": conciliation_workflow_data(),
}
shipped = pytest.mark.parametrize("data", SHIPPED.values(), ids=SHIPPED)

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def drawn(data: dict[str, Any]) -> ElementTree.Element:
    return ElementTree.fromstring(draw(Workflow.from_data(data)))


def words(picture: ElementTree.Element) -> str:
    """All words of the drawing without spaces, since names are broken into lines."""
    return "".join("".join(one.itertext()) for one in picture.iter(f"{SVG}text")).replace(" ", "")


def rect_box(rect: ElementTree.Element) -> Box:
    x, y, wide, high = (float(rect.get(name, 0)) for name in ("x", "y", "width", "height"))
    return x, y, x + wide, y + high


def text_box(text: ElementTree.Element) -> Box:
    size = float(text.get("font-size", 0))
    long = width("".join(text.itertext()), size, bold=text.get("font-weight") == "bold")
    x, y = float(text.get("x", 0)), float(text.get("y", 0))
    left = x - long / 2 if text.get("text-anchor") == "middle" else x
    return left, y - size * 0.75, left + long, y + size * 0.2


def clipped(picture: ElementTree.Element) -> list[str]:
    """Words that the edge of the picture cuts."""
    height = float(picture.get("height", 0))
    found = {"".join(text.itertext()): text_box(text) for text in picture.iter(f"{SVG}text")}
    return [word for word, box in found.items() if box[0] < 0 or box[2] > WIDTH or box[3] > height]


def collisions(picture: ElementTree.Element) -> list[tuple[str, str]]:
    """Words that cover each other."""
    found = [("".join(text.itertext()), text_box(text)) for text in picture.iter(f"{SVG}text")]
    return [(one[0], two[0]) for n, one in enumerate(found) for two in found[:n] if overlap(one[1], two[1])]


def overlap(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    along = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and along > 1


def busy_workflow(steps: int, ways: list[tuple[int, int]]) -> dict[str, Any]:
    """A made-up workflow of many steps in one status and ways wherever the numbers say."""
    names = ["received", *(f"inner_{number}" for number in range(steps))]
    rows = [{"code": "received", "name": "Đã tiếp nhận hồ sơ của công dân", "status": 2, "role": "clerk"}]
    rows += [
        {"code": code, "name": f"Bước bên trong số {code[6:]}", "status": 4, "role": "clerk"}
        for code in names[1:]
    ]
    rows.append({"code": "end", "name": "Đã rút", "status": 7, "role": "clerk"})
    base = {"roles": ["clerk"], "notice": "in_progress"}
    row = [
        {**base, "code": f"on_{number}", "name": f"Đi tiếp {number}", "source": [one], "target": other}
        for number, (one, other) in enumerate(pairwise(names))
    ]
    extra = [
        {
            **base,
            "code": f"way_{number}",
            "name": f"Đường ngang số {number} có tên dài hơn chỗ trống ở bên phải của mũi tên",
            "source": [names[one % len(names)]],
            "target": names[1 + other % steps],
        }
        for number, (one, other) in enumerate(ways)
    ]
    close = {
        **base,
        "code": "withdraw",
        "name": "Rút",
        "source": names,
        "target": "end",
        "clock": "close",
        "notice": "withdrawn",
    }
    return {
        "code": "busy",
        "name": "Quy trình nhiều bước",
        "starts": ["received"],
        "steps": rows,
        "transitions": [*row, *extra, close],
    }


@shipped
def test_every_step_and_every_way_is_named(data: dict[str, Any]) -> None:
    text = words(drawn(data))
    names = [row["name"].replace(" ", "") for row in (*data["steps"], *data["transitions"])]
    assert [name for name in names if name not in text] == []


@shipped
def test_nothing_is_cut_off_and_no_word_covers_another(data: dict[str, Any]) -> None:
    picture = drawn(data)
    assert clipped(picture) == collisions(picture) == []


@given(
    st.integers(1, 7).flatmap(
        lambda steps: st.tuples(
            st.just(steps), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12)
        )
    )
)
def test_any_sound_workflow_stays_readable(made: tuple[int, list[tuple[int, int]]]) -> None:
    data = busy_workflow(*made)
    picture = drawn(data)
    assert clipped(picture) == collisions(picture) == []
    text = words(picture)
    assert all(row["name"].replace(" ", "") in text for row in data["transitions"])


@shipped
def test_boxes_do_not_touch(data: dict[str, Any]) -> None:
    rects = [rect_box(one) for one in drawn(data).iter(f"{SVG}rect") if one.get("x")]
    assert [(one, other) for n, one in enumerate(rects) for other in rects[:n] if overlap(one, other)] == []


@shipped
def test_steps_where_the_term_stands_still_or_is_over_are_marked(data: dict[str, Any]) -> None:
    workflow = Workflow.from_data(data)
    paused = sum(workflow.clock_state(code) == "paused" for code in workflow.steps)
    over = sum(
        workflow.clock_state(code) == "closed" and not step.status.is_closed
        for code, step in workflow.steps.items()
    )
    text = words(drawn(data))
    assert (text.count("Tạmdừngtínhhạn"), text.count("Hếttínhhạn")) == (paused, over)


@shipped
def test_a_content_policy_finds_nothing_to_forbid(data: dict[str, Any]) -> None:
    elements = list(drawn(data).iter())
    assert {one.tag.removeprefix(SVG) for one in elements} <= {
        "svg",
        "title",
        "desc",
        "rect",
        "circle",
        "path",
        "text",
    }
    names = {name for one in elements for name in one.attrib}
    assert not [name for name in names if name.startswith("on") or name in ("style", "class", "href")]


def test_names_of_a_province_are_shown_and_not_run() -> None:
    data = default_workflow_data()
    data["name"] = "<script>alert(1)</script> & bạn"
    data["steps"][0]["name"] = '"><img src=x>'
    drawing = draw(Workflow.from_data(data))
    assert "<script" not in drawing
    assert "<img" not in drawing
    title = ElementTree.fromstring(drawing).find(f"{SVG}title")
    assert title is not None
    assert title.text == data["name"]


def test_who_does_not_see_it_is_told_the_same() -> None:
    picture = drawn(SHIPPED["default"])
    ids = picture.get("aria-labelledby", "").split()
    told = {one.get("id"): one.text or "" for one in picture if one.get("id")}
    assert picture.get("role") == "img"
    assert list(told) == ids
    assert "Đã tiếp nhận (2, Được tiếp nhận): Chuyển xử lý → Đang giải quyết; " in told[ids[1]]


def test_a_translation_reaches_every_name() -> None:
    drawing = draw(Workflow.from_data(SHIPPED["default"]), lambda text: re.sub(r"[^ ]", "x", text))
    assert not re.search(r"[à-ỹ]", drawing)


@shipped
def test_nothing_empty_is_translated(data: dict[str, Any]) -> None:
    """The translation of an empty text is the head of the catalogue."""
    asked: list[str] = []

    def say(text: str) -> str:
        asked.append(text)
        return text

    draw(Workflow.from_data(data), say)
    assert "" not in asked


@given(st.text(max_size=80), st.floats(5, 200))
def test_lines_keep_every_letter_and_fit(text: str, room: float) -> None:
    lines = wrap(text, room, 11)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(width(line, 11) <= room or len(line) == 1 for line in lines)
