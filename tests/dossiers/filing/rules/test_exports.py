import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dossiers.filing.rules import journey
from dossiers.filing.rules.form import FilingForm, read_form
from dossiers.filing.rules.json_schema import export
from tests.deep import DEEP
from tests.dossiers.filing.rules.forms import ANSWERS, FORM, PERSON, VALUES, form_of, invented_forms, question
from tests.dossiers.filing.rules.test_question_types import MORE
from tests.dossiers.filing.rules.test_question_types import VALUES as TYPED


def fits(form, answers):
    schema = export(form)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema).is_valid(answers)


def test_what_is_filed_fits_the_schema_and_what_could_not_be_does_not():
    assert fits(FORM, ANSWERS)
    assert not fits(FORM, {**ANSWERS, "ten": {}})
    assert not fits(FORM, {**ANSWERS, "ten": {"ten": 1}})
    assert not fits(FORM, {**ANSWERS, "me": {"me": {**PERSON, "x": "y"}}})


def test_the_schema_names_the_personal_data_and_the_paper_of_a_question():
    paper = export(FORM)["properties"]["giay"]["properties"]["giay"]
    assert (paper["x-personal"], paper["x-paper"]) == ("health", "Giấy chứng sinh")
    asked = export(FORM)["properties"]["cha"]["properties"]["cha"]["x-relevant"]
    assert "co_cha" in str(asked)


@pytest.mark.parametrize("kind", TYPED)
def test_every_answer_of_a_type_fits_its_schema(kind):
    form = FilingForm.from_data(form_of(question(kind, **MORE.get(kind, {}))))

    @given(TYPED[kind])
    def check(value):
        assert fits(form, {"trang-a": {"a": value}})

    check()


@settings(deadline=None, max_examples=50 if DEEP else 20)
@given(invented_forms(), st.data())
def test_the_visible_answers_of_any_complete_journey_fit_the_schema(invented, data):
    form, faults = read_form(invented)
    assume(not faults)
    answers = {
        page.code: {one.name: data.draw(VALUES[one.type]) for one in page.questions} for page in form.pages
    }
    assert fits(form, journey.visible_answers(form, answers))
