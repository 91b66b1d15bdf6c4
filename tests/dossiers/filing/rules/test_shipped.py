"""The forms that ship with the portal: sound, complete in two languages, and true to the catalogue."""

from itertools import chain, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dossiers.filing
from dossiers.filing.folder import papers_of
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import shipped_forms
from dossiers.filing.rules.question_types import TYPES
from procedures.catalogue.contents import cases, national
from tests.deep import DEEP
from tests.dossiers.filing.rules.test_question_types import VALUES, number_of

FORMS = shipped_forms()
SHIPPED = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


def test_twenty_forms_ship_and_the_source_code_names_none_of_them():
    """What one form lacks is added to all: as a type of question, never as a line about that form."""
    assert len(FORMS) == 20
    written = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(dossiers.filing.__path__[0]).rglob("*.py")
    )
    assert [code for code in FORMS if code in written] == []


@SHIPPED
def test_the_procedure_and_those_to_which_it_sends_people_are_in_the_catalogue(form):
    known = {record.code for record in national.load().records}
    sent = {answer.ends.procedure for one in form.eligibility for answer in one.answers if answer.ends}
    assert {form.procedure, *sent - {None}} <= known


@SHIPPED
def test_a_paper_has_the_name_that_the_desk_looks_for(form):
    asked = {one.paper for one in form.questions.values() if one.paper}
    assert asked <= set(papers_of(form.procedure))


@SHIPPED
def test_every_text_of_a_form_is_there_in_english_too(form):
    questions = [one for outer in form.questions.values() for one in (outer, *outer.questions)]
    rows = [form, *form.sections, *questions, *form.eligibility]
    rows += [choice for one in questions for choice in one.choices]
    rows += [answer for one in form.eligibility for answer in one.answers]
    rows += [answer.ends for one in form.eligibility for answer in one.answers if answer.ends]
    lacking = [
        (row, name)
        for row in rows
        for name in ("title", "label", "sentence", "constraint_message", "paper")
        if getattr(row, name, None) and not getattr(row, f"{name}_en")
    ]
    assert lacking == []


@SHIPPED
def test_the_cards_of_the_owner_and_of_who_fills_in_may_be_scanned(form):
    asked = {form.people.owner_name, form.people.filer} - {None}
    assert [name for name in asked if not form.questions[name].card] == []


def answer_to(question, known=()):
    """An answer to a question of a shipped form that may stand beside those before it."""
    if question.type in ("one_of", "some_of"):
        codes = [choice.code for choice in question.options]
        fitting = [one for one in codes if not TYPES[question.type].breach(question, one, dict(known))]
        code = st.sampled_from(fitting)
        return code if question.type == "one_of" else st.lists(code, min_size=1, max_size=1)
    if question.type == "person":
        return st.sampled_from(list(people(question, dict(known))))
    if question.type == "repeat":
        row = {one.name: answer_to(one) for one in question.questions}
        return st.lists(st.fixed_dictionaries(row), min_size=1, max_size=2)
    if question.type == "address" and question.places == "here":
        return VALUES["address"].map(lambda value: {key: value[key] for key in ("commune", "detail")})
    return {
        "number": st.integers(1, 20),
        "paper": st.integers(question.min_files, question.max_files),
        # The later of two days comes second on its page.
        "date": st.sampled_from(["2026-01-02"] if question.constraint is None else ["2026-11-03"]),
    }.get(question.type, VALUES.get(question.type))


def people(question, known):
    """Those who fit the rules of the question: of women and men of two ages, or of two newborn where no number is asked."""
    ages = ("1961-05-06", "1990-02-01") if "id_number" in question.parts else ("2026-11-01",)
    for born, sex in product(ages, (0, 1)):
        whole = {
            "name": "Nguyễn Thử",
            "sex": ("nam", "nu")[sex],
            "born": born,
            "id_number": number_of(born, "066000001", sex),
        }
        value = {part: whole[part] for part in question.parts if part in whole}
        if not TYPES["person"].breach(question, value, known):
            yield value


ORDINARY = {"quan_he": "me", "cha_me": "da_ket_hon", "loai_chung_sinh": "giay", "truong_hop": "thong_thuong"}
"""A mother registers the child of a marriage, with the certificate on paper."""


AROUND = 9
"""Pages beside those of the form: start, number, code, list, how the result comes, check, declaration, filed; the case."""


def test_an_ordinary_birth_needs_few_pages_and_little_typing():
    form = FORMS["1.001193"]
    (case,) = form.eligibility
    answers = {"dieu-kien": {case.name: ORDINARY[case.name]}}
    page, pages, typed = form.pages[0].code, AROUND, 2
    while page:
        pages += 1
        known = journey.known_answers(form, answers, page)
        shown = journey.visible_questions(form, answers)[page]
        for one in shown:
            if one.required and not one.same_as:
                boxes = TYPES[one.type].fields(one)
                typed += sum(box.widget == "text" and not box.options for box in boxes)
            plain = {"address": {"commune": "Xã Thử", "detail": "Số 1"}, "paper": 1}.get(one.type, "Chữ")
            person = next(people(one, known), None) if one.type == "person" else None
            choice = one.options[0].code if one.options else None
            answers.setdefault(page, {})[one.name] = ORDINARY.get(one.name) or person or choice or plain
        page = journey.neighbour(form, answers, page, 1)
    assert (pages <= 26, typed <= 18) == (True, True), (pages, typed)


@SHIPPED
def test_every_way_through_a_form_ends(form):
    @settings(
        deadline=None,
        max_examples=25 if DEEP else 5,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.data())
    def check(data):
        going_on = {
            one.name: data.draw(
                st.sampled_from([answer.code for answer in one.answers if answer.ends is None])
            )
            for one in form.eligibility
        }
        answers = {"dieu-kien": going_on}
        assert journey.is_eligible(form, answers)
        for _step in form.pages:
            page = journey.first_page(form, answers)
            if page is None:
                break
            shown = journey.visible_questions(form, answers)[page]
            known = journey.known_answers(form, answers, page) | {"today": "2026-11-24"}
            answers[page] = {one.name: data.draw(answer_to(one, known)) for one in shown}
            for one in shown:
                # What is drawn is what boxes can hold.
                assert TYPES[one.type].accepts(one, answers[page][one.name])
        assert journey.missing(form, answers, "2026-11-24") == []

    check()


def test_what_a_procedures_page_is_told_fits_the_form():
    for question in chain(*cases.by_code().values()):
        forms = [FORMS[code] for code in question.codes if code in FORMS]
        for answer in question.answers:
            for name, value in answer.form.items():
                known = [
                    [*form.questions.values(), *(one.question for one in form.eligibility)] for form in forms
                ]
                asked = [one for questions in known for one in questions if one.name == name]
                assert asked, name
                assert all(TYPES[one.type].accepts(one, value) for one in asked), (name, value)
