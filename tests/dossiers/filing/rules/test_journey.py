import copy

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dossiers.filing.rules import journey
from dossiers.filing.rules.form import FilingForm, read_form
from tests.deep import DEEP
from tests.dossiers.filing.rules.forms import (
    ANSWERS,
    DATA,
    FORM,
    PERSON,
    VALUES,
    data,
    form_of,
    invented_forms,
    question,
)


def without(*pages, **changed):
    """ANSWERS without some pages, with other answers on some."""
    kept = {code: dict(values) for code, values in copy.deepcopy(ANSWERS).items() if code not in pages}
    return kept | {code.replace("_", "-"): values for code, values in changed.items()}


def test_pages_follow_one_another_over_what_is_hidden():
    hidden = without(co_cha={"co_cha": False})
    assert journey.neighbour(FORM, hidden, "co-cha", 1) == "me"
    assert journey.neighbour(FORM, hidden, "me", -1) == "co-cha"
    assert journey.neighbour(FORM, hidden, "cha", 1) == "me"
    assert journey.neighbour(FORM, ANSWERS, "giay", 1) is None
    assert journey.neighbour(FORM, ANSWERS, "ten", -1) is None
    assert journey.neighbour(FORM, ANSWERS, "khong-co", 1) is None


def test_a_hidden_answer_is_not_filed_and_comes_back_when_it_is_shown_again():
    hidden = without(co_cha={"co_cha": False})
    filed = journey.visible_answers(FORM, hidden)
    assert "cha" not in filed
    assert "dan-toc" not in filed
    assert journey.visible_answers(FORM, {**hidden, "co-cha": {"co_cha": True}}) == ANSWERS


def test_a_hidden_answer_shows_no_later_question():
    asked = [
        question("yes_no", name="a"),
        question("yes_no", name="b", relevant={"is": ["a", True]}),
        question("text", name="c", relevant={"is": ["b", True]}),
    ]
    answers = {"trang-a": {"a": False}, "trang-b": {"b": True}, "trang-c": {"c": "x"}}
    visible = journey.visible_questions(FilingForm.from_data(form_of(*asked)), answers)
    assert [one.name for questions in visible.values() for one in questions] == ["a"]


def test_what_no_question_asks_is_not_filed_but_the_pages_of_every_journey_are():
    strange = without(ten={"ten": "An", "la": "x"}, la={"la": "x"}, nguoi_nop={"owner": True})
    filed = journey.visible_answers(FORM, strange)
    assert filed["ten"] == {"ten": "An"}
    assert "la" not in filed
    assert filed["nguoi-nop"] == {"owner": True}


def test_everything_that_is_missing_is_named_in_order():
    wanting = journey.missing(FORM, without("ten", "cha", dieu_kien={}, dan_toc={"dan_toc": "khac"}))
    assert [(one.page, one.name) for one in wanting] == [
        ("dieu-kien", "trong_nuoc"),
        ("ten", "ten"),
        ("cha", "cha"),
        ("dan-toc", "dan_toc_khac"),
    ]


def test_an_answer_that_no_longer_fits_is_missing():
    wanting = journey.missing(FORM, without(dan_toc={"dan_toc": "thai"}, giay={"giay": 9}))
    assert [(one.name, one.sentence) for one in wanting] == [
        ("dan_toc", journey.NO_LONGER_FITS),
        ("giay", journey.NO_LONGER_FITS),
    ]


def test_a_constraint_counts_the_answers_of_other_questions():
    later = question("date", name="den", constraint={"more_than": [".", "tu"]})
    form = FilingForm.from_data(form_of(question("date", name="tu"), later))
    answers = {"trang-tu": {"tu": "2026-01-05"}, "trang-den": {"den": "2026-01-06"}}
    assert journey.missing(form, answers) == []
    assert [one.name for one in journey.missing(form, {**answers, "trang-tu": {"tu": "2026-01-07"}})] == [
        "den"
    ]


INNER = [question("yes_no", name="b"), question(name="c", relevant={"is": ["b", True]})]
GROUPS = FilingForm.from_data(form_of(question("repeat", questions=INNER)))


def test_hidden_answers_of_a_repeated_row_are_not_filed():
    answers = {"trang-a": {"a": [{"b": True, "c": "x"}, {"b": False, "c": "y"}]}}
    assert journey.visible_answers(GROUPS, answers)["trang-a"]["a"] == [{"b": True, "c": "x"}, {"b": False}]


def test_what_a_repeated_row_lacks_is_missing_on_its_page():
    (wanting,) = journey.missing(GROUPS, {"trang-a": {"a": [{"b": True, "c": "x"}, {"b": True}]}})
    assert (wanting.page, wanting.name) == ("trang-a", "a")


@pytest.mark.parametrize(
    ("answers", "states"),
    [
        ({}, ["not_started", "cannot_start", "not_started"]),
        (without("ten"), ["started", "done", "done"]),
        (without("cha", "dan-toc"), ["done", "not_started", "done"]),
        (without("cha"), ["done", "started", "done"]),
        (without("cha", "dan-toc", co_cha={"co_cha": False}), ["done", "done", "done"]),
        (ANSWERS, ["done", "done", "done"]),
    ],
)
def test_the_task_list_says_how_far_each_section_is(answers, states):
    assert [row.state for row in journey.sections_state(FORM, answers)] == states


def test_a_section_that_was_begun_stays_open_whatever_becomes_unanswered_before_it():
    new = data("sections", 1, relevant={"not": {"is": ["co_cha", False]}})
    rows = journey.sections_state(FilingForm.from_data(new), without("co-cha", "cha"))
    assert [row.state for row in rows] == ["started", "started", "done"]


def test_the_task_list_goes_on_where_something_is_missing():
    pages = [
        row.page
        for row in journey.sections_state(
            FORM, without("ngay-sinh", "cha", "dan-toc", co_cha={"co_cha": False})
        )
    ]
    assert pages == ["ngay-sinh", None, "me"]
    assert journey.first_page(FORM, without("ngay-sinh")) == "ngay-sinh"


def test_a_new_version_keeps_the_answers_that_still_fit():
    new = data(
        "sections",
        1,
        "pages",
        1,
        "questions",
        0,
        choices=[{"code": "kinh", "label": "Kinh"}, {"code": "tay", "label": "Tày"}],
    )
    new["sections"][1]["pages"][1]["questions"].pop()
    new["sections"][2]["pages"].append(
        {"code": "moi", "questions": [{"name": "moi", "type": "text", "label": "Mới", "personal": "none"}]}
    )
    new["sections"][0]["pages"][0]["code"] = "ho-ten"
    answers = without("giay", nguoi_nop={"owner": True})
    carried, again = journey.carry_over(FORM, FilingForm.from_data(new), answers)
    assert carried["ho-ten"] == ANSWERS["ten"]
    assert carried["cha"] == {"cha": PERSON}
    assert carried["nguoi-nop"] == {"owner": True}
    assert "dan-toc" not in carried
    # The paper was missing before: it is nothing to answer again.
    assert again == ["dan-toc", "moi"]


def test_a_new_question_before_the_form_is_asked():
    asked = {
        "name": "moi",
        "label": "Mới?",
        "answers": [{"code": "a", "label": "A"}, {"code": "b", "label": "B"}],
    }
    new = FilingForm.from_data(data(eligibility=[*DATA["eligibility"], asked]))
    carried, again = journey.carry_over(FORM, new, ANSWERS)
    assert carried["dieu-kien"] == {"trong_nuoc": "co"}
    assert again == ["dieu-kien"]


# --- Random journeys


@st.composite
def journeys(draw):
    """A form, answers that were given while their questions were shown, and moves through it: forwards, backwards or to
    any page, with an answer, a changed one, or none."""
    form, _faults = read_form(draw(invented_forms()))
    assume(form is not None)
    moves = st.lists(st.tuples(st.sampled_from(["next", "back", "jump"]), st.integers(0, 7)), max_size=25)
    before = {q.name: draw(st.none() | VALUES[q.type]) for page in form.pages for q in page.questions}
    return form, before, draw(moves), draw(st.data())


@pytest.mark.sampled
@settings(deadline=None, max_examples=150 if DEEP else 40)
@given(journeys())
def test_what_is_filed_is_what_was_shown_last(walk):
    form, last, moves, data = walk
    stored = {
        page.code: {q.name: last[q.name] for q in page.questions if last[q.name] is not None}
        for page in form.pages
    }
    code = form.pages[0].code
    for move, number in moves:
        step = 1 if move == "next" else -1
        wanted = (
            form.pages[number % len(form.pages)].code
            if move == "jump"
            else journey.neighbour(form, stored, code, step)
        )
        shown = journey.visible_questions(form, stored)
        code = wanted if wanted in shown else code
        if code not in shown:
            continue
        (asked,) = shown[code]
        value = data.draw(st.none() | VALUES[asked.type])
        stored[code] = {} if value is None else {asked.name: value}
        last[asked.name] = value
    filed = {
        name: value for page in journey.visible_answers(form, stored).values() for name, value in page.items()
    }
    kept = {}
    for name, condition in form.conditions.items():
        if last.get(name) is not None and (condition is None or condition.holds(kept)):
            kept[name] = last[name]
    assert filed == kept
    # What leaves decides alike what is shown.
    assert journey.visible_answers(form, journey.visible_answers(form, stored)) == journey.visible_answers(
        form, stored
    )


@pytest.mark.sampled
@settings(deadline=None, max_examples=150 if DEEP else 40)
@given(invented_forms(), st.data())
def test_every_form_ends_by_answering_what_is_missing(invented, data):
    form, faults = read_form(invented)
    assume(not faults)
    answers = {}
    for _step in range(len(form.questions)):
        page = journey.first_page(form, answers)
        if page is None:
            break
        answers[page] = {
            one.name: data.draw(VALUES[one.type]) for one in journey.visible_questions(form, answers)[page]
        }
    assert journey.missing(form, answers) == []
    assert {row.state for row in journey.sections_state(form, answers)} <= {"done", "not_started"}


@pytest.mark.sampled
@settings(deadline=None, max_examples=100 if DEEP else 40)
@given(invented_forms(), st.data())
def test_the_same_version_keeps_every_visible_answer_and_asks_nothing_again(invented, data):
    form, faults = read_form(invented)
    assume(not faults)
    answers = {
        page.code: {one.name: data.draw(VALUES[one.type]) for one in page.questions} for page in form.pages
    }
    carried, again = journey.carry_over(form, form, answers)
    assert journey.visible_answers(form, carried) == journey.visible_answers(form, answers)
    assert again == []
