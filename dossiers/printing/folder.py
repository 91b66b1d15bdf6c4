"""A province's own templates, from `forms/` of its folder: `forms.yaml` names them, each is a Typst file."""

import io
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, ValidationInfo, field_validator

from dossiers.printing import samples, typst_pool
from dossiers.printing.circulars import circulars
from dossiers.printing.contents import PAPERS
from dossiers.printing.models import Form, FormTemplate
from tenants import clock
from tenants.folder.file_schema import load
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, ValidationProblem
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.validation import Day, Schema, fault, gettext_noop, read_rows, shaped

FOLDER = "forms"
LIST = "forms.yaml"
PATH = f"{FOLDER}/{LIST}"
_FILE = r"[a-z0-9][a-z0-9-]{0,60}\.typ"
_NAMED = shaped(_FILE, gettext_noop("tên tệp chỉ gồm chữ thường không dấu, chữ số, gạch nối và đuôi .typ."))
_CIRCULAR = Field(json_schema_extra=lambda schema: schema.update(enum=[one.code for one in circulars()]))
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


class Entry(Schema):
    form: Form
    file: Annotated[str, _NAMED, Field(json_schema_extra={"pattern": f"^{_FILE}$"})]
    circular: Annotated[str, _CIRCULAR]
    effective_from: Day

    @field_validator("circular")
    @classmethod
    def _check_circular(cls, code: str, info: ValidationInfo) -> str:
        known = {circular.code: circular for circular in circulars()}
        if code not in known:
            words = gettext_noop("không có thông tư này; các thông tư là: %(known)s.")
            raise fault(words, known=", ".join(known))
        if info.data.get("form", Form.RECEIPT) not in known[code].forms:
            raise fault(gettext_noop("thông tư này không có biểu mẫu ấy."))
        return code


class FormsFile(Schema):
    """The list of the templates that stand in the place of the portal's own."""

    forms: tuple[Entry, ...]


Entries = list[tuple[Entry, str]]
"""Each with the source of its template."""


def _check(folder: Folder, entries: Entries) -> list[ValidationProblem]:
    return [problem for entry, source in entries for problem in _tried(entry, source)]


def _write(folder: Folder, entries: Entries, progress: Progress) -> StepReport:
    """Publish a version of each template that differs; one no longer listed gives way to the portal's own."""
    report = StepReport()
    for entry, source in entries:
        if folder.keeps(str(entry.form)):
            report.unchanged += 1
            continue
        day = entry.effective_from.isoformat()
        data = {"circular": entry.circular, "effective_from": day, "source": source}
        version, created = FormTemplate.publish(data, entry.form)
        report.count(new=version.number == 1, differs=created)
    listed = {entry.form for entry, _source in entries}
    for version in FormTemplate.newest_of_each():
        if version.data["source"] and version.code not in listed and not folder.keeps(version.code):
            gone = {"effective_from": clock.today().isoformat(), "source": ""}
            FormTemplate.publish({**version.data, **gone}, version.code)
            report.hidden += 1
    return report


def _state(folder: Folder) -> State:
    return {
        version.code: {
            "circular": version.data["circular"],
            "effective_from": version.data["effective_from"],
            "file": f"bản {version.number}",
        }
        for version in FormTemplate.newest_of_each()
        if version.data["source"]
    }


def _export(draft: Draft) -> None:
    rows = []
    for version in FormTemplate.newest_of_each():
        data = dict(version.data)
        if source := data.pop("source"):
            file = f"{version.code}.typ"
            draft.files[f"{FOLDER}/{file}"] = source
            rows.append({"form": version.code, "file": file, **data})
    if rows:
        draft.document(PATH, {"forms": rows}, "Mẫu giấy riêng của tỉnh.")


def _read(folder: Folder) -> tuple[Entries, list[ValidationProblem]]:
    """Readable entries with their sources, and the problems of the list and its files."""
    path = folder.path / FOLDER
    if not path.exists():
        return [], []
    document = folder.document(PATH)
    _whole, problems = load(FormsFile, document)
    written = document.at(("forms",))
    rows, _faults = read_rows(Entry, written)
    found: dict[Form, tuple[Entry, str]] = {}
    for number, entry in rows.items():
        if entry.form in found:
            problems.append(document.problem(_("biểu mẫu này đã nêu ở trên."), "forms", number, "form"))
            continue
        try:
            found[entry.form] = (entry, folder.text(f"{FOLDER}/{entry.file}"))
        except Refused as refusal:
            problems += refusal.problems
    given = written if isinstance(written, list) else []
    named = [LIST, *(row.get("file") for row in given if isinstance(row, dict))]
    for unread in sorted(one.name for one in path.iterdir() if not one.name.startswith(".")):
        if unread not in named:
            text = _("forms.yaml không nêu tệp này; xem lại tên tệp.")
            problems.append(ValidationProblem(f"{FOLDER}/{unread}", 0, text, blocks=False))
    return list(found.values()), problems


def _tried(entry: Entry, source: str) -> list[ValidationProblem]:
    """Problems of printing the template on each sheet, with little and with much content."""
    from pypdf import PdfReader  # slow to import, and few folders have templates

    file = f"{FOLDER}/{entry.file}"
    for paper in PAPERS[entry.form]:
        for content in (samples.sample(entry.form, paper=paper), samples.full(entry.form, paper=paper)):
            try:
                pdf = typst_pool.render(source, content)
            except typst_pool.TypesettingError as error:
                return [ValidationProblem(file, error.line, typst_pool.error_sentence(error))]
            shown = _letters("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))
            lost = [key for key in MUST_SHOW[entry.form] if _letters(content[key]) not in shown]
            if lost:
                text = _("mẫu in ra không có: %(names)s.") % {
                    "names": ", ".join(f"form.{key}" for key in lost)
                }
                return [ValidationProblem(file, 0, text)]
    return []


def _letters(text: str) -> str:
    """Letters and digits alone: lines and columns break where they will."""
    return "".join(character for character in text if character.isalnum())


_FILES = {FOLDER: None, PATH: FormsFile}
STEP = Step("forms", gettext_lazy("Biểu mẫu"), _read, _write, _FILES, _state, _export, check=_check)
