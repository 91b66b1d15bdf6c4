"""How texts are set: what belongs together stays on one line, whatever the width."""

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.utils import translation
from django.utils.safestring import mark_safe

from portal.templatetags import portal_tags as tags


@pytest.mark.parametrize(
    ("text", "kept_together"),
    [
        ("17:00, thứ Sáu 11/12/2026", "thứ Sáu 11/12/2026"),
        ("còn 11 ngày làm việc", "11 ngày"),
        ("Cấp đổi Giấy chứng nhận quyền sử dụng đất", "quyền sử dụng đất"),
    ],
)
def test_dates_units_and_compounds_are_not_broken(text, kept_together):
    glued = tags.glue(text)
    assert kept_together.replace(" ", tags.NO_BREAK_SPACE) in glued
    assert glued.replace(tags.NO_BREAK_SPACE, " ") == text


def test_the_name_of_the_province_is_not_broken():
    assert "Đắk\u00a0Lắk" in tags.glue("Trung tâm tỉnh Đắk Lắk", "Đắk Lắk")


def test_numbers_keys_paragraphs_and_codes():
    numbers = {"0262 000 0000": "tel:02620000000", "+84 262 1": "tel:+842621", "": ""}
    assert {number: tags.tel(number) for number in numbers} == numbers
    assert (tags.key_groups("K7M4QT"), tags.key_groups("K7M4")) == ("K7M\u00a04QT", "K7M4")
    assert tags.paragraphs(" một \n\n hai") == ["một", "hai"]
    assert tags.paragraphs(["một", "hai\nba"]) == ["một", "hai", "ba"]
    assert tags.paragraphs(None) == []
    html = tags.whole_codes("<b>ví dụ H15.08-261125-0042</b>")
    assert html == '&lt;b&gt;ví dụ <span class="mc-nowrap">H15.08-261125-0042</span>&lt;/b&gt;'


@pytest.fixture
def kept():
    return Template(
        "{% load i18n portal_tags %}{% kept place=where.name %}{{ place }}{{ secret }} {% translate 'Tra cứu' %}{% endkept %}"
    )


def test_a_kept_block_is_rendered_once_for_each_value_and_language(kept, monkeypatch):
    def render(name):
        return kept.render(Context({"where": {"name": name}}))

    first = [render("Huế"), render("Đà Nẵng")]
    with translation.override("en"):
        assert render("Huế") != first[0]
    monkeypatch.setattr(kept.nodelist[1].nodelist, "render", lambda context: 1 / 0)
    assert [render("Huế"), render("Đà Nẵng")] == first
    with pytest.raises(ZeroDivisionError):
        render("Cà Mau")


def test_a_kept_block_takes_and_sees_names_only_and_equal_values_of_other_types_are_kept_apart(kept):
    assert kept.render(Context({"where": {"name": "Huế"}, "secret": "0905"})) == "Huế Tra cứu"
    safe = kept.render(Context({"where": {"name": mark_safe("<b>")}}))
    assert kept.render(Context({"where": {"name": "<b>"}})) != safe
    with pytest.raises(TemplateSyntaxError):
        Template("{% load portal_tags %}{% kept province %}{% endkept %}")


def test_columns_of_a_list_are_named_once_for_telephones():
    columns, headers = (
        ("action_checkbox", "code", "name"),
        [{"text": text} for text in ("", "mã", 'tên "</style>')],
    )
    style = tags.column_labels(columns, headers)
    assert style.count("field-") == 1
    assert '.field-name:before{content:"Tên \\22 \\3c \\2f style\\3e \\3a  "}' in style
    assert tags.column_labels(("code", "look"), headers[1:]) == ""
