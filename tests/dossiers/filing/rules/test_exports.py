import jsonschema
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dossiers.filing.rules import journey
from dossiers.filing.rules.form import read_form
from dossiers.filing.rules.json_schema import export
from tests.deep import DEEP
from tests.dossiers.filing.rules.forms import VALUES, invented_forms


def fits(form, answers):
    schema = export(form)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema).is_valid(answers)


@settings(deadline=None, max_examples=50 if DEEP else 20)
@given(invented_forms(), st.data())
def test_the_visible_answers_of_any_complete_journey_fit_the_schema(invented, data):
    form, faults = read_form(invented)
    assume(not faults)
    answers = {
        page.code: {one.name: data.draw(VALUES[one.type]) for one in page.questions} for page in form.pages
    }
    assert fits(form, journey.visible_answers(form, answers))
