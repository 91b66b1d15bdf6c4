from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question, TypeName
from dossiers.filing.rules.simple_types import Refused
from tenants.validation import read
from tests.dossiers.filing.rules.forms import CHOICES, question

CASES = yaml.safe_load(Path(__file__).with_name("answers.yaml").read_text("utf-8"))

INNER = [
    question("text", name="ten"),
    question("number", name="tuoi", required=False),
    question("text", name="truong", relevant={"more_than": ["tuoi", 5]}),
]
MORE = {
    "one_of": {"choices": CHOICES},
    "some_of": {"choices": CHOICES},
    "paper": {"paper": "Tờ khai"},
    "number": {"decimals": 2},
    "repeat": {"questions": INNER, "max_rows": 3},
}


def made(kind, **more):
    found, faults = read(Question, question(kind, **{**MORE.get(kind, {}), **more}))
    assert not faults
    return found


def read_answer(kind, raw, answers=None, **more):
    texts = {name: [value] if isinstance(value, str) else value for name, value in raw.items()}
    return TYPES[kind].read(made(kind, **more), texts, answers)


def refusal(kind, raw, answers=None, **more):
    with pytest.raises(Refused) as refused:
        read_answer(kind, raw, answers, **more)
    return {suffix: fault.message % fault.params for suffix, fault in refused.value.faults.items()}


def test_every_type_that_a_question_may_have_is_in_the_registry():
    assert set(TYPES) == set(get_args(TypeName))


@pytest.mark.parametrize(("kind", "raw", "value"), CASES["typed"])
def test_what_is_typed_becomes_an_answer(kind, raw, value):
    assert read_answer(kind, raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("text", {"a": "x" * 251}),
        ("text", {"a": "x" * 30_000}),
        ("text", {"a": "a\x00b"}),
        ("long_text", {"a": "x" * 4001}),
        ("long_text", {"a": "a\ud800"}),
        ("number", {"a": "nhiều"}),
        ("number", {"a": "1e5"}),
        ("number", {"a": "9" * 16}),
        ("number", {"a": "1,234"}),
        ("number", {"a": "NaN"}),
        ("number", {"a": "١٢"}),
        ("money", {"a": "12,50"}),
        ("money", {"a": "-5"}),
        ("date", {"a": "31/02/2026"}),
        ("date", {"a": "hôm qua"}),
        ("date", {"a": "1/1/26"}),
        ("date", {"a": "1/1/0001"}),
        ("date", {"a-ngay": "1", "a-nam": "2026"}),
        ("yes_no", {"a": "maybe"}),
        ("one_of", {"a": "w"}),
        ("some_of", {"a": ["x", "w"]}),
        ("phone", {"a": "113"}),
        ("paper", {"a": "6"}),
        ("paper", {"a": "hai"}),
        ("person", {"a-name": "Nguyễn"}),
        (
            "person",
            {
                "a-name": "N",
                "a-born-ngay": "1",
                "a-born-thang": "1",
                "a-born-nam": "1990",
                "a-id_number": "123",
            },
        ),
        ("address", {"a-commune": "Xã Thử"}),
        ("address", {"a-province": "T", "a-commune": "X", "a-detail": "x" * 131}),
        ("repeat", {"a-0-tuoi": "7"}),
    ],
)
def test_what_is_no_answer_is_refused_with_a_sentence(kind, raw):
    assert all(refusal(kind, raw).values())


@pytest.mark.parametrize("typed", ["nhiều", "2,5"])
def test_a_whole_number_is_asked_for_without_an_example_of_another(typed):
    assert refusal("number", {"a": typed}, decimals=0) == {"": "Xin nhập số nguyên, ví dụ 12."}


def test_a_fault_stands_at_its_box():
    assert refusal("person", {"a-name": "N", "a-id_number": "012190678901"}).keys() == {"-born-ngay"}
    assert refusal("repeat", {"a-1-ten": "An", "a-1-tuoi": "x"}).keys() == {"-1-tuoi"}


@pytest.mark.parametrize("kind", TYPES)
def test_an_empty_post_is_no_answer_and_a_fault_only_where_one_is_required(kind):
    assert read_answer(kind, {}, required=False) is None
    names = {made(kind).name + field.suffix for field in TYPES[kind].fields(made(kind))}
    assert {"a" + suffix for suffix in refusal(kind, {})} <= names


def test_a_constraint_is_told_in_the_words_of_the_form():
    constraint = {"not": {"more_than": [".", "today"]}}
    words = {"constraint": constraint, "constraint_message": "Không 100% đúng."}
    today = {"today": "2026-11-24"}
    assert read_answer("date", {"a": "24/11/2026"}, today, **words) == "2026-11-24"
    assert refusal("date", {"a": "25/11/2026"}, today, **words) == {"-ngay": "Không 100% đúng."}
    assert read_answer("date", {"a": "25/11/2026"}, {}, **words) == "2026-11-25"


MAN = {"a-name": "A", "a-id_number": "066090000001"}
BORN = {"a-born-ngay": "1", "a-born-thang": "2"}


@pytest.mark.parametrize(
    ("typed", "parts", "told"),
    [
        ({**BORN, "a-born-nam": "1990"}, ["name", "born", "id_number"], None),
        ({**BORN, "a-born-nam": "1890"}, ["name", "born", "id_number"], "không phải của người sinh năm ấy"),
        ({"a-sex": "nam"}, ["name", "sex", "id_number"], None),
        ({"a-sex": "nu"}, ["name", "sex", "id_number"], "không hợp với giới tính"),
        ({"a-sex": "x"}, ["name", "sex", "id_number"], "Xin chọn giới tính"),
        ({}, ["name", "birth_year", "id_number"], None),
        ({"a-id_number": "0123456789"}, ["name", "birth_year", "id_number"], "đủ 12 chữ số"),
    ],
)
def test_the_number_of_a_person_agrees_with_birth_and_sex(typed, parts, told):
    if told:
        assert told in " ".join(refusal("person", {**MAN, **typed}, parts=parts).values())
        return
    found = read_answer("person", {**MAN, **typed}, parts=parts)
    lines = TYPES["person"].lines(made("person", parts=parts), found)
    assert ("Năm sinh: 1990" in lines) == ("birth_year" in parts)


def test_each_rule_is_told_in_its_own_sentence():
    rules = [
        {"require": {"not": {"is": [".sex", "nam"]}}, "sentence": "Xin ghi số của mẹ."},
        {"require": {"not": {"under_years": ["b.born", ".born", 12]}}, "sentence": "Xem lại 100%."},
    ]
    parts = ["name", "id_number"]
    assert refusal("person", MAN, rules=rules, parts=parts) == {"-id_number": "Xin ghi số của mẹ."}
    woman, child = {**MAN, "a-id_number": "066190000001"}, {"b": {"born": "1980-01-01"}}
    assert refusal("person", woman, child, rules=rules, parts=parts) == {"-id_number": "Xem lại 100%."}
    assert read_answer("person", woman, {}, rules=rules, parts=parts)


def test_a_question_is_put_in_the_words_for_the_answers_before_it():
    variant = {"when": {"is": ["b", "x"]}, "label": "Ông/bà?", "label_en": "You?"}
    asked = made("text", hint="Gợi ý", variants=[variant])
    assert [asked.worded({"b": one}).label for one in "xy"] == ["Ông/bà?", asked.label]
    assert asked.worded({"b": "x"}).hint == "Gợi ý"


texts = st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Z"]), min_size=1, max_size=20)
# Composed letters in one line are what a box gives back.
tidy = texts.map(lambda text: " ".join(__import__("unicodedata").normalize("NFC", text).split())).filter(bool)
days = st.dates(min_value=__import__("datetime").date(1880, 1, 1)).map(str)


def number_of(born, rest, sex=1):
    """An identification number of one who is born on this day."""
    return f"{rest[:3]}{2 * (int(born[:2]) - 19) + sex}{born[2:4]}{rest[3:]}"


VALUES = {
    "text": tidy,
    "long_text": st.lists(tidy, min_size=1, max_size=3).map("\n".join),
    "number": st.one_of(
        st.integers(-(10**14), 10**14), st.integers(-999, 999).map(lambda n: f"{n}.25" if n else "0.5")
    ),
    "date": days,
    "yes_no": st.booleans(),
    "one_of": st.sampled_from("xyz"),
    "some_of": st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(sorted),
    "person": st.builds(
        lambda name, day, rest: {"name": name, "born": day, "id_number": number_of(day, rest)},
        tidy,
        st.dates(
            min_value=__import__("datetime").date(1900, 1, 1),
            max_value=__import__("datetime").date(2399, 1, 1),
        ).map(str),
        st.from_regex(r"[0-9]{9}", fullmatch=True),
    ),
    "address": st.fixed_dictionaries({"province": tidy, "commune": tidy, "detail": tidy}),
    "phone": st.from_regex(r"0[35789][0-9]{8}", fullmatch=True),
    "money": st.integers(0, 10**15 - 1),
    "paper": st.integers(1, 5),
    "repeat": st.lists(
        st.fixed_dictionaries({"ten": tidy}, optional={"tuoi": st.integers(0, 5)}), min_size=1, max_size=3
    ),
}


@pytest.mark.parametrize("kind", TYPES)
def test_the_boxes_give_back_what_they_were_filled_with(kind):
    @given(VALUES[kind])
    def check(value):
        filled = TYPES[kind].fill(made(kind), value)
        assert TYPES[kind].read(made(kind), filled) == value
        assert TYPES[kind].accepts(made(kind), value)
        assert all(isinstance(line, str) and line for line in TYPES[kind].lines(made(kind), value))

    check()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("strange", [0.5, "", "??", [], {}, [[]], {"x": 1}, [{"x": 1}], -7.5])
def test_a_value_that_no_box_gives_is_not_accepted(kind, strange):
    if (kind, strange) not in [("text", "??"), ("long_text", "??")]:
        assert not TYPES[kind].accepts(made(kind), strange)


def test_a_choice_is_said_in_the_language_of_the_reader():
    choices = [{"code": "x", "label": "Kinh", "label_en": "Viet"}]
    question = made("one_of", choices=choices)
    assert TYPES["one_of"].lines(question, "x") == ["Kinh"]
    assert TYPES["one_of"].lines(question, "x", lambda text, english: english or text) == ["Viet"]


@pytest.mark.parametrize(("kind", "value", "lines"), CASES["said"])
def test_an_answer_is_said_in_words(kind, value, lines):
    assert TYPES[kind].lines(made(kind), value) == lines


def test_a_repeated_group_draws_a_row_more_than_it_has_answers_up_to_its_limit():
    rows = [
        {field.row for field in TYPES["repeat"].fields(made("repeat"), [{}] * count)} for count in (0, 1, 3)
    ]
    assert rows == [{0}, {0, 1}, {0, 1, 2}]
