"""A province's own templates, from `forms/` of its folder: `forms.yaml` names them, each is a Typst file."""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.models import Form
from dossiers.printed_forms import samples, typst_pool
from dossiers.printed_forms.circulars import circulars
from dossiers.printed_forms.contents import PAPERS
from tenants import clock
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Problem, Refused
from tenants.folder.steps import Progress, State, Step, StepReport, steps
from tenants.folder.yaml_reader import Document, read_document

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dossiers.models import FormTemplate

FOLDER = "forms"
LIST = "forms.yaml"
KEYS = ("form", "file", "circular", "effective_from")
_FILE = re.compile(r"\A[a-z0-9][a-z0-9-]{0,60}\.typ\Z")
MUST_SHOW = {
    Form.RECEIPT: ("code", "key", "due", "received"),
    Form.SUPPLEMENT: ("code", "reason"),
    Form.REFUSAL: ("code", "reason"),
    Form.APOLOGY: ("code", "reason", "due_before", "due_after"),
    Form.STOP: ("code", "reason"),
    Form.CONTROL: ("code",),
    Form.REGISTER: ("from", "to"),
}
"""The fields that each form must show."""


@dataclass(frozen=True)
class Entry:
    """One template of the list."""

    form: Form
    circular: str
    effective_from: date
    file: str
    source: str


def register() -> None:
    """Add this step to the onboarding of a province."""
    steps.register(
        Step(
            code="forms",
            title=gettext_lazy("Biểu mẫu"),
            validate=validate,
            apply=apply,
            order=35,
            files=(FOLDER,),
            state=state,
            export=export,
        )
    )


def validate(folder: Folder) -> Sequence[Problem]:
    """Every fault of the list and of the templates, each tried with made-up dossiers, small and full."""
    try:
        entries, problems = _read(folder)
    except Refused as refusal:
        return [_placed(problem) for problem in refusal.problems]
    for entry in entries:
        problems += _tried(entry)
    return problems


def apply(folder: Folder, progress: Progress) -> StepReport:
    """Publish a version of each template that differs; one no longer listed gives way to the portal's own."""
    from dossiers.models import FormTemplate

    report = StepReport()
    entries, _problems = _read(folder)
    for entry in entries:
        if folder.keeps(str(entry.form)):
            report.unchanged += 1
            continue
        version, created = FormTemplate.publish(
            entry.form, entry.circular, entry.effective_from, entry.source
        )
        report.added += created and version.number == 1
        report.changed += created and version.number > 1
        report.unchanged += not created
    listed = {entry.form for entry in entries}
    for version in _newest():
        if version.source and version.form not in listed and not folder.keeps(version.form):
            FormTemplate.publish(version.form, version.circular, clock.today(), "")
            report.hidden += 1
    return report


def state(folder: Folder) -> State:
    """The versions in force, by form."""
    return {
        version.form: {
            "circular": version.circular,
            "effective_from": version.effective_from.isoformat(),
            "file": f"bản {version.number}",
        }
        for version in _newest()
        if version.source
    }


def export(draft: Draft) -> None:
    """`forms/` with the templates of the present province that stand in the place of the portal's."""
    rows = []
    for version in _newest():
        if version.source:
            file = f"{version.form}.typ"
            draft.text(f"{FOLDER}/{file}", version.source)
            day = version.effective_from.isoformat()
            values = (version.form, file, version.circular, day)
            rows.append(dict(zip(KEYS, values, strict=True)))
    if rows:
        draft.document(f"{FOLDER}/{LIST}", {"forms": rows}, "Mẫu giấy riêng của tỉnh.")


def _newest() -> "QuerySet[FormTemplate]":
    from dossiers.models import FormTemplate

    return FormTemplate.objects.order_by("form", "-number").distinct("form")


def _read(folder: Folder) -> tuple[list[Entry], list[Problem]]:
    """Readable templates, and the problems of the list and its files."""
    path = folder.path / FOLDER
    if not path.exists():
        return [], []
    document = read_document(path / LIST)
    rows = document.data.get("forms") if isinstance(document.data, dict) else None
    if not isinstance(rows, list):
        return [], [_at(document, _("phải có mục “forms” là danh sách các mẫu."))]
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows):
        wrong = list(_row_faults(document, number, row, {entry.form for entry in entries}))
        if wrong:
            problems += wrong
            continue
        try:
            source = folder.text(f"{FOLDER}/{row['file']}")
        except Refused as refusal:
            problems += [_placed(problem) for problem in refusal.problems]
            continue
        day = date.fromisoformat(row["effective_from"])
        entries.append(Entry(Form(row["form"]), row["circular"], day, row["file"], source))
    named = {LIST, *(row.get("file") for row in rows if isinstance(row, dict))}
    for unread in sorted(one.name for one in path.iterdir() if not one.name.startswith(".")):
        if unread not in named:
            text = _("forms.yaml không nêu tệp này; xem lại tên tệp.")
            problems.append(Problem(f"{FOLDER}/{unread}", 0, text, blocks=False))
    return entries, problems


def _row_faults(document: Document, number: int, row: Any, taken: set[Form]) -> Iterator[Problem]:
    if (
        not isinstance(row, dict)
        or set(row) != set(KEYS)
        or not all(isinstance(one, str) for one in row.values())
    ):
        keys = ", ".join(KEYS)
        yield _at(document, _("mỗi mẫu phải có đủ và chỉ có: %(keys)s.") % {"keys": keys}, "forms", number)
        return
    if row["form"] not in Form.values:
        text = _("không có biểu mẫu “%(form)s”; các biểu mẫu là “01” đến “07”, viết trong ngoặc kép.")
        yield _at(document, text % {"form": row["form"]}, "forms", number, "form")
    elif row["form"] in taken:
        yield _at(document, _("biểu mẫu này đã nêu ở trên."), "forms", number, "form")
    if not _FILE.match(row["file"]):
        text = _("tên tệp chỉ gồm chữ thường không dấu, chữ số, gạch nối và đuôi .typ.")
        yield _at(document, text, "forms", number, "file")
    known = {circular.code: circular for circular in circulars()}
    circular = known.get(row["circular"])
    if circular is None:
        text = _("không có thông tư này; các thông tư là: %(known)s.") % {"known": ", ".join(known)}
        yield _at(document, text, "forms", number, "circular")
    elif row["form"] in Form.values and row["form"] not in circular.forms:
        yield _at(document, _("thông tư này không có biểu mẫu ấy."), "forms", number, "circular")
    try:
        date.fromisoformat(row["effective_from"])
    except ValueError:
        yield _at(document, _("ngày phải viết dạng 2026-12-01."), "forms", number, "effective_from")


def _tried(entry: Entry) -> list[Problem]:
    """Problems of printing the template on each sheet, with little and with much content."""
    from pypdf import PdfReader  # slow to import, and few folders have templates

    file = f"{FOLDER}/{entry.file}"
    for paper in PAPERS[entry.form]:
        for content in (samples.sample(entry.form, paper=paper), samples.full(entry.form, paper=paper)):
            try:
                pdf = typst_pool.render(entry.source, content)
            except typst_pool.TypesettingError as error:
                return [Problem(file, error.line, typst_pool.error_sentence(error))]
            shown = _letters("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
            lost = [key for key in MUST_SHOW[entry.form] if _letters(content[key]) not in shown]
            if lost:
                text = _("mẫu in ra không có: %(names)s.") % {
                    "names": ", ".join(f"form.{key}" for key in lost)
                }
                return [Problem(file, 0, text)]
    return []


def _letters(text: str) -> str:
    """Letters and digits alone: lines and columns break where they will."""
    return "".join(character for character in text if character.isalnum())


def _at(document: Document, text: str, *path: str | int) -> Problem:
    return _placed(document.problem(text, *path))


def _placed(problem: Problem) -> Problem:
    """The readers know the name of a file alone; this adds its folder."""
    return Problem(f"{FOLDER}/{problem.file}", problem.line, problem.text, problem.blocks)
