from pathlib import Path

import pytest
import yaml

from dossiers.filing.rules.conditions import Condition
from dossiers.filing.rules.form import FilingForm
from dossiers.filing.rules.spreadsheet import BadExpression, Sheets, read_expression
from tests.dossiers.filing.rules.forms import FORM, faults_of

EXPRESSIONS = yaml.safe_load(Path(__file__).with_name("conditions.yaml").read_text("utf-8"))["expressions"]


@pytest.mark.parametrize(("expression", "data"), EXPRESSIONS)
def test_an_expression_of_xlsform_is_a_condition(expression, data):
    found = read_expression(expression, flags=["b"])
    assert found == data
    Condition.from_data(found)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "${a}",
        "${a} =",
        "${a} = 'x",
        "${a} = ''",
        "${a} = ${b}",
        "${Tên} = 'x'",
        "${today} = 'x'",
        "'x' = 'y'",
        "${a} = 'x' 'y'",
        "${a} = 'x')",
        "(${a} = 'x'",
        "regex(., '[0-9]+')",
        "${a} ~ 'x'",
        "not ${a} = 'x'",
        "(" * 9 + "${a} = 'x'" + ")" * 9,
        "${a} = 'x' or " * 100,
        "today() = ${a}",
        "under_years(${a}, 12)",
    ],
)
def test_what_is_no_expression_is_refused_with_a_sentence(expression):
    with pytest.raises(BadExpression):
        read_expression(expression)


def rows(*written):
    """Rows from line 2 on, each a text of cells "column: value | …"."""
    pairs = [dict(cell.strip().split(": ", 1) for cell in row.split(" | ")) for row in written]
    return list(enumerate(pairs, 2))


SETTINGS = rows(
    "form_id: 1.000001 | form_title: Thử nghiệm | minutes: 10 | basis: Quyết định thử | basis_day: 2026-01-02"
    " | owner_name: me | desk: noi_o"
)
CHOICES = rows(
    "list_name: nuoc | name: co | label: Có",
    "list_name: nuoc | name: khong | label: Không | ends: national_portal | ends_url: https://example.vn/nop"
    " | ends_sentence: Xin nộp tại Cổng Dịch vụ công quốc gia.",
    "list_name: dt | name: kinh | label: Kinh",
    "list_name: dt | name: khac | label: Khác",
)
SURVEY = rows(
    "type: begin_group | name: dieu_kien | label: Điều kiện",
    "type: select_one nuoc | name: trong_nuoc | label: Cháu sinh trong nước?",
    "type: end_group",
    "type: begin group | name: con | label: Về cháu",
    "type: text | name: ten | label: Tên | personal: name | required: yes",
    "type: date | name: ngay_sinh | label: Ngày sinh | personal: birth | required: yes | constraint: . <= today()"
    " | constraint_message: Ngày sinh 100% không thể sau hôm nay. | constraint_message_en: Not in the future.",
    "type: yes_no | name: co_cha | label: Ghi cha? | personal: family | required: có",
    "type: end group",
    "type: begin_group | name: cha | label: Về cha | relevant: ${co_cha} = 'yes'",
    "type: person | name: cha | label: Cha | personal: name | required: yes",
    "type: begin_group | name: dan_toc",
    "type: select_one dt | name: dan_toc | label: Dân tộc | personal: ethnicity | required: yes",
    "type: text | name: dan_toc_khac | label: Dân tộc nào | personal: ethnicity | required: yes"
    " | relevant: ${dan_toc} = 'khac'",
    "type: end_group",
    "type: end_group",
    "type: begin_group | name: me | label: Về mẹ",
    "type: person | name: me | label: Mẹ | personal: name | required: yes",
    "type: address here | name: noi_o | label: Nơi ở | personal: address | required: yes",
    "type: image | name: giay | label: Ảnh | personal: health | paper: Giấy chứng sinh | required: yes",
    "type: end_group",
)


def sheets(survey=SURVEY, choices=CHOICES, settings=SETTINGS):
    return Sheets({"survey": survey, "choices": choices, "settings": settings})


def faults(**changed):
    """(sheet, row, column) of every fault."""
    found = sheets(**changed)
    return [
        (one.sheet, one.row, one.column) for one in [*found.faults, *map(found.place, faults_of(found.data))]
    ]


def test_a_spreadsheet_says_the_same_form_as_data_do():
    assert sheets().faults == []
    assert FilingForm.from_data(sheets().data) == FORM


def test_lists_other_words_and_addresses_taken_over_stand_in_the_survey():
    survey = rows(
        "type: begin_group | name: ai | label: Ai",
        "type: select_one ethnic_groups | name: dan_toc | label: Dân tộc | personal: ethnicity",
        "type: address | name: noi_o | label: Nơi ở | personal: address",
        "type: address | name: noi_nhan | label: Nơi nhận | personal: address | same_as: noi_o"
        " | variant_when: ${dan_toc} = 'e-de' | variant_label: Buôn nào? | variant_label_en: Which village?",
        "type: number | name: so_ban | label: Mấy bản? | personal: none | copy_price: 8000",
        "type: end_group",
    )
    form = FilingForm.from_data(
        sheets(survey, settings=rows("form_id: 1 | form_title: T | minutes: 1 | basis: B")).data
    )
    assert form.questions["so_ban"].copy_price == 8000
    assert len(form.questions["dan_toc"].options) == 54
    place = form.questions["noi_nhan"]
    assert (place.same_as, place.worded({"dan_toc": "e-de"}).label) == (("noi_o",), "Buôn nào?")


def changed(row, text, of=SURVEY):
    """The rows with the cells of one row, by its line, written anew."""
    return [(number, rows(text)[0][1] if number == row else cells) for number, cells in of]


@pytest.mark.parametrize(
    ("survey", "place"),
    [
        (changed(6, "type: text | name: Tên | label: Tên | personal: name"), ("survey", 6, "name")),
        (changed(6, "type: text | name: ten | personal: name"), ("survey", 6, "label")),
        (changed(6, "type: text | name: ten | label: Tên | personal: ten"), ("survey", 6, "personal")),
        (
            changed(6, "type: text | name: ten | label: T | personal: name | required: maybe"),
            ("survey", 6, "required"),
        ),
        (
            changed(13, "type: select_one dx | name: dan_toc | label: D | personal: none"),
            ("survey", 13, "type"),
        ),
        (changed(18, "type: person born | name: me | label: Mẹ | personal: name"), ("survey", 18, "type")),
        (changed(20, "type: image | name: giay | label: Ảnh | personal: none"), ("survey", 20, "paper")),
        (
            changed(20, "type: image | name: g | label: Ảnh | personal: none | paper: x | max_files: hai"),
            ("survey", 20, "max_files"),
        ),
        (changed(3, "type: text | name: trong_nuoc | label: Nước?"), ("survey", 3, "type")),
        ([*SURVEY, (30, {"type": "end_group"})], ("survey", 30, "type")),
        (
            [*SURVEY, (30, {"type": "text", "name": "x", "label": "X", "personal": "none"})],
            ("survey", 30, "type"),
        ),
    ],
)
def test_a_fault_of_the_survey_stands_at_its_cell(survey, place):
    assert place in faults(survey=survey)


def test_a_group_that_is_not_closed_is_a_fault():
    assert ("survey", 0, "type") in faults(survey=SURVEY[:-1])


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([], ("settings", 0, "")),
        (changed(2, "form_id: 1 | minutes: 1 | basis: B", SETTINGS), ("settings", 2, "form_title")),
        (changed(2, "form_id: 1 | form_title: T | minutes: 1", SETTINGS), ("settings", 2, "basis")),
        (
            changed(2, "form_id: 1 | form_title: T | minutes: 1 | basis: B | desk: me", SETTINGS),
            ("settings", 2, "desk"),
        ),
    ],
)
def test_a_fault_of_the_settings_stands_at_its_cell(rows, place):
    assert place in faults(settings=rows)


@pytest.mark.parametrize(
    ("choices", "place"),
    [
        (changed(4, "list_name: dt | name: kinh", CHOICES), ("choices", 4, "label")),
        (
            changed(3, "list_name: nuoc | name: khong | label: Không | ends: nowhere", CHOICES),
            ("choices", 3, "ends"),
        ),
    ],
)
def test_a_fault_of_the_choices_stands_at_its_cell(choices, place):
    assert place in faults(choices=choices)


def test_rows_of_a_repeated_group_are_its_questions():
    survey = rows(
        "type: begin_group | name: nha | label: Nhà",
        "type: begin_repeat | name: con | label: Các con | personal: family",
        "type: text | name: ten | label: Tên | personal: name | required: yes",
        "type: integer | name: tuoi | label: Tuổi | personal: birth",
        "type: end_repeat",
        "type: decimal | name: dien_tich | label: Diện tích | personal: none",
        "type: end_group",
    )
    data = sheets(survey, settings=rows("form_id: 1 | form_title: T | minutes: 1 | basis: B")).data
    form = FilingForm.from_data(data)
    assert [inner.name for inner in form.questions["con"].questions] == ["ten", "tuoi"]
    assert form.questions["dien_tich"].decimals == 2
    assert not form.questions["dien_tich"].required
    assert [page.code for page in form.pages] == ["con", "dien-tich"]
