"""`feedback.yaml` of a province: within which time it answers, and every fault of the file at its line."""

from pathlib import Path
from typing import Any

import pytest

from dossiers.deadlines.rules.deadlines import Term, TermUnit
from dossiers.feedback import deadline_promise
from dossiers.feedback import folder as feedback
from dossiers.feedback.models import FeedbackPromise
from tenants.folder.folder import Folder
from tenants.folder.problems import Refused
from tenants.isolation.province_cache import ProvinceRecord


def folder(path: Path, text: str | None) -> Folder:
    """A folder with this file alone; its manifest plays no part here."""
    manifest: Any = None
    if text is not None:
        (path / "feedback.yaml").write_text(text, encoding="utf-8")
    return Folder("thu", path, manifest, ())


def quiet(line: str) -> None:
    """Progress that nobody watches."""


def test_promise_of_the_folder_is_in_force(province: ProvinceRecord, tmp_path: Path) -> None:
    text = "answer_within: {value: 15, unit: calendar_day}\nsource: Quyết định minh họa 1/QĐ\n"
    assert feedback.STEP.apply(folder(tmp_path, text)).added == 1
    assert feedback.STEP.apply(folder(tmp_path, text)).changes == 0
    assert deadline_promise.in_force() == deadline_promise.Promise(
        Term(15, TermUnit.CALENDAR_DAY), "Quyết định minh họa 1/QĐ"
    )


def test_without_a_file_the_portal_promises_itself(province: ProvinceRecord, tmp_path: Path) -> None:
    here = folder(tmp_path, None)
    assert feedback.STEP.validate(here) == []
    feedback.STEP.apply(here)
    assert deadline_promise.in_force().source == ""
    assert deadline_promise.in_force().term == Term(10, TermUnit.WORKING_DAY)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("answer_within: {value: 0}\n", 1),
        ("answer_within: {value: mười}\n", 1),
        ("answer_within:\n  value: 5\n  unit: hour\n", 3),
        ("answer_within:\n  unit: working_day\n", 1),
        ("source: x\nanswer: 5\n", 2),
        ("- 5\n", 1),
    ],
)
def test_fault_is_named_at_its_line(province: ProvinceRecord, tmp_path: Path, text: str, line: int) -> None:
    here = folder(tmp_path, text)
    (problem,) = feedback.STEP.validate(here)
    assert (problem.file, problem.line) == ("feedback.yaml", line)
    with pytest.raises(Refused):
        feedback.STEP.apply(here)
    assert not FeedbackPromise.objects.exists()
