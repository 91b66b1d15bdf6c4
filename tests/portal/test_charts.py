"""Charts: the finding as title, every value in words, nothing told by colour alone, nothing that moves."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest
from django.template import Context, Template
from django.utils import translation

from portal.templatetags import chart_tags as charts
from portal.templatetags import workflow_tags
from portal.templatetags.svg import LETTER, WIDTH, Chart

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: str) -> ElementTree.Element:
    """The drawing, which must be whole."""
    figure = ElementTree.fromstring(picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" '))
    assert figure.tag == "figure"
    return figure[0]


def texts(picture: str) -> list[str]:
    return [text.text or "" for text in drawn(picture).iter(f"{SVG}text")]


def bars_of(picture: str, kind: str = "") -> list[ElementTree.Element]:
    wanted = f"mc-chart__bar mc-chart__bar--{kind}" if kind else "mc-chart__bar"
    return [bar for bar in drawn(picture).iter(f"{SVG}rect") if bar.get("class") == wanted]


def month(number: int, value: float | None) -> dict[str, Any]:
    text = "" if value is None else f"{value:.1f}".replace(".", ",")
    return {
        "label": f"{number:02}/2026",
        "value": value,
        "text": text,
        "lowest": f"thấp nhất {text}",
    }


def months(*values: float | None) -> Chart:
    return Chart("m", "Tốt lên", [month(number, value) for number, value in enumerate(values, 1)], 95)


def agency(name: str, value: float | None, note: str = "120") -> dict[str, Any]:
    return {
        "label": name,
        "value": value,
        "text": "–" if value is None else f"{value:.1f} %",
        "note": note,
    }


SPAN = {"label": "Đăng ký kết hôn", "text": "một nửa 2 · 90 % 4", "middle": 2, "high": 4, "limit": 5}
PART = {"value": 30, "text": "30", "tone": "plain"}

DAY = {"line": 0, "column": 2, "weekday": "T4", "day": "25/11", "text": "0", "tone": "received"}
DUE = {"labels": ("T4", "25"), "value": 3, "text": "3"}
STEP = {"name": "Đang giải quyết", "who": "Chuyên viên", "waits": False}

EVERY: dict[str, tuple[Callable[[Chart], str], Chart]] = {
    "columns": (charts.columns, months(90, 96)),
    "bars": (charts.bars, Chart("b", "Tốt lên", [agency("Sở Tư pháp", 97)], 95)),
    "spans": (charts.spans, Chart("s", "Tốt lên", [SPAN])),
    "stack": (charts.stack, Chart("t", "Tốt lên", [PART])),
    "counts": (charts.counted_columns, Chart("n", "Tốt lên", [DUE])),
    "days": (charts.days, Chart("d", "Tốt lên", [DAY])),
    "road": (workflow_tags.road, Chart("r", "Tốt lên", [STEP])),
}


@pytest.mark.parametrize(("draw", "chart"), EVERY.values(), ids=EVERY)
def test_a_chart_says_its_finding_carries_no_style_and_escapes_what_is_written(draw, chart):
    with translation.override("vi"):
        picture = draw(chart)
    drawing = drawn(picture)
    title = drawing.find(f"{SVG}title")
    assert (drawing.get("role"), title.text) == ("img", "Tốt lên")
    assert drawing.get("aria-labelledby") == title.get("id") == chart.id
    assert not re.search(r"style|script|\son\w+=|fill=|http", picture)
    # Numbers of a drawing do not follow the language.
    assert drawing.get("viewBox").replace(" ", "").replace(".", "").isdigit()
    row = {**chart.rows[0], "label": "<b>&", "text": "<i>", "name": "<b>&", "day": "<b>"}
    assert "<b>" not in draw(Chart("x", "<script>", [row, row], chart.target))


def test_below_the_target_is_grey_and_the_present_month_is_full() -> None:
    picture = charts.columns(months(96, 94.9, 95))
    assert [len(bars_of(picture, kind)) for kind in ("past", "weak", "")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("values", "over"),
    [
        ((90, 91, 92), {"90,0", "91,0", "92,0"}),
        ((93, 94, 95, 96, 97, 98, 70, 95, 96, 97, 98, 99, 96), {"93,0", "thấp nhất 70,0", "96,0"}),
        ((96, None, 97), {"96,0", "97,0", "03/2026"}),
    ],
    ids=["few", "many", "one without figures"],
)
def test_columns_carry_their_values(values: tuple[float | None, ...], over: set[str]) -> None:
    picture = charts.columns(months(*values))
    assert set(texts(picture)[:3]) == over
    columns = sum(len(bars_of(picture, kind)) for kind in ("past", "weak", ""))
    assert columns == len(values) - values.count(None)


@pytest.mark.parametrize("lowest", range(13))
def test_values_over_columns_never_stand_on_each_other(lowest: int) -> None:
    values = [96.0] * 13
    values[lowest] = 70
    places = []
    for text in drawn(charts.columns(months(*values))).iter(f"{SVG}text"):
        if text.get("y") == "20":
            wide = LETTER * len(text.text)
            x = float(text.get("x"))
            left = {"start": x, "middle": x - wide / 2, "end": x - wide}[text.get("text-anchor")]
            places.append((left, left + wide))
    places.sort()
    assert places[0][0] >= -0.1
    assert places[-1][1] <= WIDTH + 0.1
    assert all(one[1] <= other[0] for one, other in pairwise(places))


def test_nothing_to_draw_is_no_error() -> None:
    assert bars_of(charts.columns(months(*[None] * 13))) == []
    row = {**SPAN, "middle": 0, "high": 0, "limit": None}
    assert texts(charts.spans(Chart("s", "", [row])))
    assert charts.sparkline("Đúng hạn", [("11/2026", None, "–")]) == ""
    template = Template("{% load chart_tags %}{% bar_chart chart %}")
    assert template.render(Context({"chart": {"id": "b", "title": "", "rows": []}})) == ""


def test_bars_keep_their_order_and_give_value_and_number() -> None:
    rows = [agency("Sở Tư pháp", 97, "412"), agency("Sở Xây dựng", 88, "90")]
    picture = charts.bars(Chart("b", "", rows, 95))
    assert texts(picture) == ["Sở Tư pháp", "97.0 %", "412", "Sở Xây dựng", "88.0 %", "90"]
    assert [len(bars_of(picture, kind)) for kind in ("", "weak", "track")] == [1, 1, 2]


def test_below_the_target_the_name_is_bold_and_a_hidden_value_has_no_bar() -> None:
    picture = charts.bars(Chart("b", "", [agency("Sở Xây dựng", 88), agency("Sở Y tế", None)], 95))
    name = next(text for text in drawn(picture).iter(f"{SVG}text") if text.text == "Sở Xây dựng")
    assert name.get("class") == "mc-chart__strong"
    assert (len(bars_of(picture)), len(bars_of(picture, "weak"))) == (0, 1)


def test_a_long_name_is_cut_into_two_lines() -> None:
    name = "Chi nhánh Văn phòng Đăng ký đất đai khu vực Buôn Ma Thuột và các xã lân cận"
    lines = texts(charts.bars(Chart("b", "", [agency(name, 88)])))[:2]
    assert lines[1].endswith("…")
    assert all(len(line) <= charts.LABEL_LETTERS + 1 for line in lines)
    assert name.startswith(" ".join(lines).rstrip("…"))


def test_longer_than_the_term_is_grey_and_without_one_there_is_no_ground() -> None:
    picture = charts.spans(Chart("s", "", [SPAN, {**SPAN, "high": 6}]))
    assert [len(bars_of(picture, kind)) for kind in ("", "weak")] == [1, 1]
    assert bars_of(charts.spans(Chart("s", "", [{**SPAN, "limit": None}])), "track") == []


def test_parts_fill_the_bar_and_the_smallest_is_still_seen() -> None:
    rows = [PART | {"value": 9_990}, PART | {"value": 1, "tone": "late"}, PART | {"value": 0}]
    picture = charts.stack(Chart("t", "", rows))
    drawing = drawn(picture)
    widths = [float(bar.get("width")) for bar in drawing.iter(f"{SVG}rect")]
    assert len(widths) == 2
    assert widths[1] >= 3.9
    assert sum(widths) + 2 == pytest.approx(WIDTH, abs=0.3)


def test_a_number_stands_only_where_it_fits() -> None:
    rows = [PART | {"value": 990, "text": "990"}, PART | {"value": 1, "text": "1"}]
    assert texts(charts.stack(Chart("t", "", rows))) == ["990"]


@pytest.mark.parametrize(
    ("tag", "kind"),
    [("column_chart", "columns"), ("bar_chart", "bars"), ("span_chart", "spans"), ("stacked_bar", "stack")],
)
def test_each_tag_draws_its_chart(tag: str, kind: str) -> None:
    draw, chart = EVERY[kind]
    described = {"id": chart.id, "title": chart.title, "rows": chart.rows, "target": chart.target}
    template = Template(f"{{% load chart_tags %}}{{% {tag} chart %}}")
    assert template.render(Context({"chart": described})) == draw(chart)


def test_closed_days_are_hatched_inside_their_boxes() -> None:
    rows = [DAY, {**DAY, "column": 3, "tone": "closed", "text": ""}]
    picture = charts.days(Chart("d", "", rows))
    (box,) = bars_of(picture, "closed")
    hatch = next(path for path in drawn(picture).iter(f"{SVG}path"))
    left = float(box.get("x"))
    places = [tuple(map(float, pair)) for pair in re.findall(r"[ML]([\d.]+) ([\d.]+)", hatch.get("d"))]
    assert len(places) > 6
    assert all(left - 0.1 <= x <= left + float(box.get("width")) + 0.1 for x, _y in places)
    assert all(charts.DAY_HEAD - 0.1 <= y <= charts.DAY_HEAD + charts.DAY_BOX + 0.1 for _x, y in places)


def test_the_highest_number_fills_the_height() -> None:
    rows = [DUE, {**DUE, "value": 6, "text": "6"}, {**DUE, "value": 0, "text": ""}]
    first, second = bars_of(charts.counted_columns(Chart("n", "", rows)))
    assert float(second.get("height")) == pytest.approx(2 * float(first.get("height")), abs=0.2)


def test_a_line_has_a_gap_where_a_number_is_missing_and_says_its_ends() -> None:
    points = [("09/2026", 90.0, "90,0"), ("10/2026", None, "–"), ("11/2026", 96.0, "96,0")]
    picture = charts.sparkline("Đúng hạn", points)
    assert picture.count("M") == 2
    assert "thấp nhất 90,0 (09/2026), cao nhất 96,0 (11/2026), gần nhất 96,0 (11/2026)" in picture


def test_a_step_that_waits_for_the_reader_is_set_in() -> None:
    picture = workflow_tags.road(Chart("r", "", [STEP, {**STEP, "waits": True}]))
    (step,), (waiting,) = bars_of(picture, "step"), bars_of(picture, "waiting")
    assert float(waiting.get("x")) > float(step.get("x"))
