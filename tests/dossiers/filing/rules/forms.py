"""Forms for the tests of online filing: one written by hand, and any number of invented ones."""

import copy
from pathlib import Path

import yaml
from hypothesis import strategies as st

from dossiers.filing.rules.form import FilingForm, read_form

DATA = yaml.safe_load(Path(__file__).with_name("form.yaml").read_text(encoding="utf-8"))
ENDS = DATA["eligibility"][0]["answers"][1]["ends"]
FORM = FilingForm.from_data(DATA)
PERSON = {"name": "Nguyễn Thị Thử", "born": "1990-02-01", "id_number": "012190678901"}
ANSWERS = {
    "dieu-kien": {"trong_nuoc": "co"},
    "ten": {"ten": "Nguyễn Văn Thử"},
    "ngay-sinh": {"ngay_sinh": "2026-11-01"},
    "co-cha": {"co_cha": True},
    "cha": {"cha": PERSON},
    "dan-toc": {"dan_toc": "khac", "dan_toc_khac": "Ê-đê"},
    "me": {"me": PERSON},
    "noi-o": {"noi_o": {"commune": "Phường Thử", "detail": "Số 1"}},
    "giay": {"giay": 1},
}
"""Everything that FORM asks."""


def faults_of(written):
    return read_form(written)[1]


def data(*path, **changes):
    """The data of FORM with changes at the value at a path."""
    changed = copy.deepcopy(DATA)
    at = changed
    for part in path:
        at = at[part]
    for key, value in changes.items():
        if value is None:
            del at[key]
        else:
            at[key] = value
    return changed


def question(kind="text", **more):
    """A question `a` of a type, as data."""
    label = f"Câu hỏi {more['name']}" if "name" in more else "Câu hỏi"
    return {"name": "a", "type": kind, "label": label, "personal": "other", **more}


def form_of(*questions, **more):
    """A form with one page for each of the questions, as data."""
    pages = [{"code": f"trang-{one['name'].replace('_', '-')}", "questions": [one]} for one in questions]
    sections = [{"code": "phan", "title": "Phần", "pages": pages}]
    return {
        "procedure": "1",
        "title": "T",
        "minutes": 1,
        "basis": [{"name": "B"}],
        "sections": sections,
        **more,
    }


CHOICES = [{"code": code, "label": code.upper()} for code in ("x", "y", "z")]


@st.composite
def invented_forms(draw):
    """Forms of up to eight questions, each of which may depend on any earlier ones."""
    questions = []
    comparable = []
    for number in range(draw(st.integers(1, 8))):
        name = f"q{number}"
        kind = draw(st.sampled_from(["yes_no", "one_of", "some_of", "number", "text", "date"]))
        one = question(kind, name=name, required=draw(st.booleans()))
        if kind in ("one_of", "some_of"):
            one["choices"] = CHOICES
        if comparable and draw(st.booleans()):
            # Often on the question just before it, so that one that is hidden hides others.
            one["relevant"] = draw(conditions(comparable) | conditions(comparable[-1:]))
        questions.append(one)
        comparable.append((name, kind))
    return form_of(*questions)


def conditions(known):
    """Any condition on questions given as (name, type)."""
    return st.recursive(
        st.sampled_from(known).flatmap(_comparison),
        lambda below: st.one_of(
            st.lists(below, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(below, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            below.map(lambda part: {"not": part}),
        ),
        max_leaves=4,
    )


def _comparison(known):
    name, kind = known
    if kind in ("number", "date"):
        value = st.integers(-2, 2) if kind == "number" else st.sampled_from(["2026-01-01", "2026-06-01"])
        return st.one_of(
            value.map(lambda one: {"more_than": [name, one]}),
            value.map(lambda one: {"more_than": [one, name]}),
        )
    values = {"yes_no": st.booleans(), "text": st.sampled_from(["a", "b"])}.get(kind, st.sampled_from("xyz"))
    return st.one_of(
        values.map(lambda one: {"is": [name, one]}),
        st.lists(values, min_size=1, max_size=2, unique=True).map(lambda many: {"in": [name, many]}),
    )


VALUES = {
    "yes_no": st.booleans(),
    "one_of": st.sampled_from("xyz"),
    "some_of": st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(sorted),
    "number": st.integers(-3, 3),
    "text": st.sampled_from(["a", "b", "c"]),
    "date": st.sampled_from(["2025-12-31", "2026-01-02", "2026-07-01"]),
}
"""Answers of the types that invented forms have."""
