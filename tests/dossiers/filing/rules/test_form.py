import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.filing.rules.form import FilingForm, FormError, read_form
from dossiers.filing.rules.journey import visible_questions
from tests.dossiers.filing.rules.forms import (
    CHOICES,
    DATA,
    ENDS,
    FORM,
    data,
    faults_of,
    form_of,
    invented_forms,
    question,
)

PAGE = ("sections", 0, "pages", 0)
YES = {"is": ["b", True]}
NAMED = [{"when": {"is": ["trong_nuoc", "co"]}, "label": "Tên"}]


def test_where_the_statutory_form_was_not_read_every_question_names_its_source():
    lacking = [fault.place for fault in faults_of(data(form_read=False))]
    assert len(lacking) == len(FORM.eligibility) + len(FORM.questions)
    assert {place.rpartition(".")[2] for place in lacking} == {"source"}


def test_a_question_is_asked_where_its_section_and_its_page_are():
    assert FORM.conditions["cha"].names == {"co_cha"}
    assert FORM.conditions["dan_toc_khac"].names == {"co_cha", "dan_toc"}
    assert FORM.conditions["me"] is None


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        (data(minutes=None), "minutes"),
        (data(minutes=0), "minutes"),
        (data(basis=[]), "basis"),
        (data(sections=[]), "sections"),
        (data(titel="x"), "titel"),
        (data(desk="me"), "desk"),
        (data(people={"owner_name": "noi_o"}), "people.owner_name"),
        (data(people={"owner_phone": "khong_co"}), "people.owner_phone"),
        (data("sections", 1, code="con"), "sections[1].code"),
        (data("sections", 1, "pages", 0, code="ten"), "sections[1].pages[0].code"),
        (data(*PAGE, code="kiem-tra"), "sections[0].pages[0].code"),
        (data(*PAGE, code="Trang 1"), "sections[0].pages[0].code"),
        (data(*PAGE, "questions", 0, name="me"), "sections[2].pages[0].questions[0].name"),
        (data(*PAGE, "questions", 0, name="trong_nuoc"), "sections[0].pages[0].questions[0].name"),
        (data(*PAGE, "questions", 0, name="today"), "sections[0].pages[0].questions[0].name"),
        (data(*PAGE, "questions", 0, label="Mẹ"), "sections[2].pages[0].questions[0].label"),
        (
            data("sections", 0, "pages", 2, "questions", 0, variants=NAMED),
            "sections[0].pages[2].questions[0].variants[0].label",
        ),
        (data(*PAGE, "questions", 0, type="tekst"), "sections[0].pages[0].questions[0].type"),
        (data(*PAGE, "questions", 0, personal=None), "sections[0].pages[0].questions[0].personal"),
        (data("sections", 0, relevant={"is": ["co_cha", True]}), "sections[0].relevant"),
        (data("sections", 1, relevant={"is": ["khong_co", True]}), "sections[1].relevant"),
        (data("sections", 1, relevant={"is": ["co_cha", "yes"]}), "sections[1].relevant"),
        (data("sections", 1, relevant={"more_than": ["ngay_sinh", 3]}), "sections[1].relevant"),
        (data("sections", 1, relevant={"more_than": ["ngay_sinh", "today"]}), "sections[1].relevant"),
        (data("sections", 1, relevant={"equal": ["co_cha", True]}), "sections[1].relevant"),
        (data("sections", 2, "pages", 0, relevant={"is": ["cha", "An"]}), "sections[2].pages[0].relevant"),
        (data("eligibility", 0, "answers", 0, ends=ENDS), "eligibility[0].answers"),
        (
            data("eligibility", 0, "answers", 1, "ends", to="procedure"),
            "eligibility[0].answers[1].ends.procedure",
        ),
        (data("eligibility", 0, "answers", 1, "ends", url="http://x"), "eligibility[0].answers[1].ends.url"),
    ],
)
def test_a_fault_of_a_form_is_found_at_its_place(broken, place):
    assert [fault.place for fault in faults_of(broken)] == [place]


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        (question("one_of"), "choices"),
        (question("text", choices=CHOICES), "choices"),
        (question("one_of", choices=[CHOICES[0], CHOICES[0]]), "choices[1].code"),
        (question("paper"), "paper"),
        (question("text", paper="Tờ khai"), "paper"),
        (question("paper", paper="Tờ khai", min_files=3, max_files=2), "max_files"),
        (question("repeat"), "questions"),
        (question("repeat", questions=[question("paper", name="b", paper="x")]), "questions[0].type"),
        (question("repeat", questions=[question(name="a")]), "questions[0].name"),
        (
            question("repeat", questions=[question(name="b", relevant={"is": ["b", "x"]})]),
            "questions[0].relevant",
        ),
        (question("person", personal="none"), "personal"),
        (question("person", parts=["born"]), "parts"),
        (question("number", constraint={"is": [".", "x"]}), "constraint"),
        (question("number", relevant={"more_than": [".", 1]}), "relevant"),
        (question("one_of", choices=CHOICES, list="ethnic_groups"), "choices"),
        (question("text", list="ethnic_groups"), "choices"),
        (question("person", parts=["name", "birth_year"]), "parts"),
        (question("person", rules=[{"require": {"is": [".sex", "x"]}, "sentence": "S"}]), "rules[0].require"),
        (question("person", rules=[{"require": {"is": [".", "x"]}, "sentence": "S"}]), "rules[0].require"),
        (question("number", constraint={"under_years": [".", "today", 1]}), "constraint"),
        (question("text", same_as=["a"]), "same_as[0]"),
        (question("address", same_as=["b"]), "same_as[0]"),
        (question("text", card="a"), "card"),
        (question("text", copy_price=8000), "copy_price"),
        (question("text", variants=[{"when": {"is": ["b", "x"]}, "label": "L"}]), "variants[0].when"),
    ],
)
def test_a_fault_of_a_question_is_found_at_its_key(wrong, key):
    faults = faults_of(form_of(wrong))
    assert [fault.place for fault in faults] == [f"sections[0].pages[0].questions[0].{key}"]


@pytest.mark.parametrize(("first", "second"), [(None, None), (None, YES), (YES, None)])
def test_a_paper_has_one_question_at_a_time(first, second):
    asked = [question("yes_no", name="b")]
    for name, relevant in (("c", first), ("d", second)):
        more = {"relevant": relevant} if relevant else {}
        asked.append(question("paper", name=name, paper="Tờ khai", **more))
    assert [fault.place for fault in faults_of(form_of(*asked))] == [
        "sections[0].pages[2].questions[0].paper"
    ]


@pytest.mark.parametrize(
    "relevant",
    [
        {"all": [YES, {"not": YES}]},
        {"all": [YES, {"is": ["c", "x"]}]},
        {"all": [{"more_than": ["d", 3]}, {"more_than": [4, "d"]}]},
        {"all": [{"is": ["e", "một"]}, {"is": ["e", "hai"]}]},
        {"more_than": ["f", "2999-12-31"]},
    ],
)
def test_a_question_that_no_answers_show_is_a_fault(relevant):
    before = [
        question("yes_no", name="b"),
        question("one_of", name="c", choices=CHOICES, relevant={"not": YES}),
        question("number", name="d"),
        question("text", name="e"),
        question("date", name="f"),
    ]
    assert [fault.place for fault in faults_of(form_of(*before, question(relevant=relevant)))] == [
        "sections[0].pages[5].questions[0].relevant"
    ]


@pytest.mark.parametrize(
    "relevant",
    [
        {"all": [{"not": YES}, {"is": ["c", "x"]}, {"is": ["c", "y"]}]},
        {"all": [{"more_than": ["d", "2026-02-01"]}, {"more_than": ["2026-06-01", "d"]}]},
    ],
    ids=["several of a list", "a day between two"],
)
def test_a_question_that_some_answers_show_is_none(relevant):
    before = [question("yes_no", name="b"), question("some_of", name="c", choices=CHOICES)]
    asked = [*before, question("date", name="d"), question(relevant=relevant)]
    assert faults_of(form_of(*asked)) == []


def test_a_form_with_faults_is_refused_with_all_of_them():
    with pytest.raises(FormError) as refused:
        FilingForm.from_data(data("sections", 1, relevant={"is": ["x", 1]}, code="con"))
    assert len(refused.value.faults) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.sampled_from([*DATA, "x"]), below, max_size=3)
    ),
)


@given(JSON)
def test_whatever_stands_in_a_file_is_a_form_or_has_faults(anything):
    form, faults = read_form(anything)
    assert (form is None) == bool(faults)


ANY = {
    "yes_no": [None, True, False],
    "one_of": [None, "x", "y", "z"],
    "some_of": [None, ["x"], ["y", "z"], ["x", "y", "z"]],
    "number": [None, -2, 0, 3],
    "text": [None, "a", "b"],
    "date": [None, "2025-12-31", "2026-03-01", "2026-07-01"],
}


@settings(deadline=None)
@given(invented_forms(), st.randoms(use_true_random=False))
def test_a_question_is_a_fault_only_where_no_answers_show_it(invented, chance):
    form, faults = read_form(invented)
    unreachable = {fault.params["name"] for fault in faults}
    for _try in range(30):
        answers = {
            page.code: {one.name: chance.choice(ANY[one.type]) for one in page.questions}
            for page in form.pages
        }
        shown = {one.name for asked in visible_questions(form, answers).values() for one in asked}
        assert shown.isdisjoint(unreachable)
