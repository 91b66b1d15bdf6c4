"""A province's own templates: faults at their lines, versions that are never edited."""

from pathlib import Path
from typing import Any

import pytest

from dossiers.printing import circulars
from dossiers.printing import folder as printed_forms
from dossiers.printing.models import Form, FormTemplate
from tenants.folder.folder import Folder
from tenants.folder.problems import blocking
from tenants.folder.steps import StepReport
from tests import tables

SOUND = "#header()\n#title()\nMã hồ sơ: #form.code\n\nLý do: #form.reason\n"
LIST = """\
forms:
  - form: "03"
    file: tu-choi.typ
    circular: tt03-2025
    effective_from: 2026-12-01
"""


class Shelf:
    """The folder `forms/` of a province, to plant faults in."""

    def __init__(self, path: Path) -> None:
        (path / "forms").mkdir()
        self.path = path / "forms"
        manifest: Any = None
        self.folder = Folder("daklak", path, manifest, ())
        self.write("forms.yaml", LIST)
        self.write("tu-choi.typ", SOUND)

    def write(self, file: str, text: str) -> None:
        (self.path / file).write_text(text, encoding="utf-8")

    def problems(self) -> list[str]:
        return [str(problem) for problem in printed_forms.STEP.validate(self.folder)]

    def apply(self) -> StepReport:
        assert blocking(printed_forms.STEP.validate(self.folder)) == []
        return printed_forms.STEP.apply(self.folder)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_a_folder_without_forms_has_no_problem(tmp_path: Path) -> None:
    manifest: Any = None
    assert printed_forms.STEP.validate(Folder("daklak", tmp_path, manifest, ())) == []


@pytest.mark.parametrize("form", Form)
def test_the_portals_own_templates_are_sound(shelf: Shelf, form: Form) -> None:
    """A province begins by copying one of them."""
    shelf.write("forms.yaml", LIST.replace("03", str(form), 1))
    shelf.write("tu-choi.typ", circulars.circulars()[-1].forms[form].source)
    assert shelf.problems() == []


@pytest.mark.parametrize(
    ("line", "sentence"),
    tables.read(__file__, "template_faults.yaml"),
)
def test_a_fault_of_a_template_stands_at_its_line(shelf: Shelf, line: str, sentence: str) -> None:
    shelf.write("tu-choi.typ", f"{SOUND}\n{line}\n")
    assert shelf.problems() == [f"forms/tu-choi.typ:7: {sentence}"]


def test_endless_work_is_a_fault_and_what_does_not_say_what_it_is_for(shelf, quick_worker):
    shelf.write("tu-choi.typ", SOUND + "#for i in range(100000) { for j in range(100000) {} }")
    assert shelf.problems() == ["forms/tu-choi.typ: mẫu dựng quá lâu; xem lại các vòng lặp."]
    shelf.write("tu-choi.typ", SOUND.replace("#form.reason", ""))
    assert shelf.problems() == ["forms/tu-choi.typ: mẫu in ra không có: form.reason."]


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        *tables.read(__file__, "form_list_faults.yaml"),
        (LIST, "forms: 1\n", "forms/forms.yaml:1", "“forms” phải là danh sách"),
    ],
)
def test_a_fault_of_the_list_stands_at_its_line(shelf, old, new, place, words):
    shelf.write("forms.yaml", LIST.replace(old, new, 1))
    found = shelf.problems()
    if not place:
        assert found == []
        return
    assert found[0].startswith(f"{place}: ")
    assert words in found[0]


def test_every_fault_is_told_at_once(shelf: Shelf) -> None:
    second = LIST.partition("\n")[2].replace("tu-choi", "khac").replace('"03"', '"01"')
    wrong = second.replace("khac", "Khac").replace("2026-12-01", "mai").replace("form:", "from:")
    shelf.write("forms.yaml", LIST + second + second + wrong)
    shelf.write("tu-choi.typ", "#mot")
    shelf.write("khac.typ", "#hai")
    assert sorted(problem.partition(": ")[0] for problem in shelf.problems()) == [
        "forms/forms.yaml:10",
        "forms/forms.yaml:14",
        "forms/forms.yaml:14",
        "forms/forms.yaml:15",
        "forms/forms.yaml:17",
        "forms/khac.typ:1",
        "forms/tu-choi.typ:1",
    ]


def test_a_file_that_nobody_names_is_remarked(shelf: Shelf) -> None:
    shelf.write("tu-chio.typ", SOUND)
    problems = printed_forms.STEP.validate(shelf.folder)
    assert [(problem.file, problem.blocks) for problem in problems] == [("forms/tu-chio.typ", False)]


def test_a_changed_text_is_a_new_version_and_the_same_nothing(province, noon, shelf):
    assert shelf.apply().changes == 1
    second = shelf.apply()
    assert (second.changes, second.unchanged) == (0, 1)
    assert FormTemplate.objects.get().data["source"] == SOUND
    shelf.write("tu-choi.typ", SOUND + "\nThêm một dòng.")
    assert shelf.apply().changed == 1
    assert list(FormTemplate.objects.values_list("number", flat=True)) == [2, 1]


def test_a_text_taken_from_the_list_gives_the_portals_own_back_until_it_is_put_back(province, noon, shelf):
    shelf.apply()
    shelf.write("forms.yaml", "forms: []\n")
    assert shelf.apply().hidden == 1
    assert shelf.apply().changes == 0
    assert FormTemplate.source_at("03", "tt03-2025", noon.replace(month=12)) == ""
    shelf.write("forms.yaml", LIST)
    assert shelf.apply().changes == 1
    assert FormTemplate.source_at("03", "tt03-2025", noon.replace(month=12)) == SOUND
