from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from dossiers.filing.rules.conditions import Condition
from tests.dossiers.filing.rules.forms import VALUES, conditions

CASES = yaml.safe_load(Path(__file__).with_name("conditions.yaml").read_text("utf-8"))

KNOWN = [(kind, kind) for kind in VALUES]
ANSWERS = st.fixed_dictionaries({}, optional=VALUES)


@pytest.mark.parametrize(("data", "answers", "holds"), CASES["meant"])
def test_a_condition_means_what_it_says(data, answers, holds):
    assert Condition.from_data(data).holds(answers) is holds


@pytest.mark.parametrize("data", CASES["refused"])
def test_what_is_no_condition_is_refused_with_a_sentence(data):
    with pytest.raises(PydanticCustomError) as refused:
        Condition.from_data(data)
    assert refused.value.context["message"]


def test_conditions_nest_to_a_depth_that_can_be_read():
    data = {"is": ["a", "x"]}
    for _number in range(9):
        data = {"not": data}
    with pytest.raises(PydanticCustomError):
        Condition.from_data(data)


@given(conditions(KNOWN), ANSWERS)
def test_a_condition_comes_back_from_its_data_with_the_same_meaning(data, answers):
    condition = Condition.from_data(data)
    again = Condition.from_data(condition.to_data())
    assert again == condition
    assert again.holds(answers) == condition.holds(answers)


@given(conditions(KNOWN), ANSWERS)
def test_only_the_names_of_a_condition_matter_to_it(data, answers):
    condition = Condition.from_data(data)
    named = {name: value for name, value in answers.items() if name in condition.names}
    assert condition.holds(named) == condition.holds(answers)


@given(conditions(KNOWN), ANSWERS)
def test_the_export_for_json_logic_means_the_same(data, answers):
    condition = Condition.from_data(data)
    assert bool(json_logic(condition.to_json_logic(), answers)) == condition.holds(answers)


def json_logic(rule, answers):
    """JsonLogic as jsonlogic.com describes it, as far as conditions use it."""
    if not isinstance(rule, dict):
        return rule
    ((word, parts),) = rule.items()
    if word == "var":
        return answers.get(parts)
    parts = [json_logic(part, answers) for part in parts]
    if word == "in":
        return (
            isinstance(parts[1], list | str) and parts[0] in parts[1] if isinstance(parts[1], list) else False
        )
    return {
        "==": lambda: type(parts[0]) is type(parts[1]) and parts[0] == parts[1],
        "!=": lambda: parts[0] != parts[1],
        ">": lambda: None not in parts and parts[0] > parts[1],
        "and": lambda: all(parts),
        "or": lambda: any(parts),
        "!": lambda: not parts[0],
    }[word]()
