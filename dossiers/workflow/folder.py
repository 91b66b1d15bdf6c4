"""The workflows in a province's folder: `workflow.yaml` for everything, `workflows/*.yaml` for what they name."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import Field, model_validator

from dossiers.workflow.models import WorkflowAssignment, WorkflowVersion
from dossiers.workflow.rules.schema import Parts, WorkflowData
from dossiers.workflow.rules.shipped import (
    complaint_workflow_data,
    conciliation_workflow_data,
    default_workflow_data,
)
from dossiers.workflow.rules.vocabulary import NOTICES_OF_COMPLAINTS
from dossiers.workflow.rules.workflow import Workflow, check
from procedures.catalogue.contents import national
from procedures.catalogue.models import ProcedureKind, Sector
from tenants import clock
from tenants.agency_codes import is_agency_code
from tenants.folder.file_schema import Line, load
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, ValidationProblem
from tenants.folder.readers.yaml_reader import Document
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.organisation.folder import agencies
from tenants.text import fold
from tenants.validation import Fault, Schema, fault, gettext_noop, shown

DEFAULT = "workflow.yaml"
DIRECTORY = "workflows"
HEADING = "applies_to"
Kind = Literal["complaint", "conciliation"]
KINDS: tuple[str, ...] = get_args(Kind)
"""Kinds that may have a workflow of their own; all other dossiers have the default one."""
SCOPES = {"kinds": "kind", "sectors": "sector", "procedures": "procedure"}

Key = tuple[str, str]
"""Scope and key of an assignment."""
Named = Annotated[Line, Field(min_length=1)]


class AppliesTo(Schema):
    """What the dossiers are that have this workflow."""

    kinds: tuple[Kind, ...] = ()
    sectors: tuple[Named, ...] = ()
    procedures: tuple[Named, ...] = ()

    @model_validator(mode="after")
    def _check_any(self) -> "AppliesTo":
        if not (self.kinds or self.sectors or self.procedures):
            raise fault(gettext_noop("applies_to chưa nêu gì; quy trình chung để ở workflow.yaml."))
        return self


class AssignedWorkflow(WorkflowData):
    """A workflow of its own for what its heading names."""

    applies_to: AppliesTo


@dataclass(frozen=True)
class Sheet:
    """One file: what can be read of the workflow, its faults, and its claims as (list, place in it, key)."""

    document: Document
    parts: Parts
    faults: Sequence[Fault]
    claims: Sequence[tuple[str, int, Key]]

    @property
    def data(self) -> dict[str, Any]:
        return {key: value for key, value in self.document.data.items() if key != HEADING}

    @property
    def code(self) -> str:
        code = self.document.at(("code",))
        return code if isinstance(code, str) else ""


def _check(folder: Folder, sheets: Sequence[Sheet]) -> list[ValidationProblem]:
    """Every fault of every workflow, at its line: in itself, and in what it says of agencies and procedures."""
    problems: list[ValidationProblem] = []
    known_agencies: frozenset[str] | None = None
    with suppress(Refused):
        known_agencies = agencies.agency_codes_in(folder)
    for sheet in sheets:
        problems += [
            sheet.document.problem(
                f"{one.place}: {_(one.message) % one.params}".removeprefix(": "), *one.path
            )
            for one in sheet.faults
        ]
        problems += _strange_agencies(sheet, known_agencies)
        problems += _strange_keys(sheet)
        problems += _strange_texts(sheet)
    problems += _clashes(sheets)
    for file in folder.files_in(DIRECTORY, ""):
        if not file.endswith(".yaml"):
            problems.append(
                ValidationProblem(file, 0, _("chỉ đọc tệp có đuôi .yaml; xem lại tên tệp."), blocks=False)
            )
    return problems


def _write(folder: Folder, sheets: Sequence[Sheet], progress: Progress) -> StepReport:
    """Publish a new version of each workflow that differs, and assign each to what it names.

    The folder's files come first; where it has none, the default workflow and those of complaints and
    conciliations that ship with the portal are used. Dossiers keep the version they were received under.
    """
    own = [sheet for sheet in sheets if sheet.document.file != DEFAULT]
    wanted = {key: sheet.code for sheet in own for _list, _place, key in sheet.claims}
    default = (sheet.data for sheet in sheets if sheet.document.file == DEFAULT)
    published = {WorkflowVersion.DEFAULT_CODE: next(default, default_workflow_data())}
    published |= {sheet.code: sheet.data for sheet in own}
    for kind, data in shipped().items():
        if ("kind", kind) not in wanted:
            wanted["kind", kind] = data["code"]
            published[data["code"]] = data
    report = StepReport()
    for code, data in published.items():
        if folder.keeps(code):
            report.unchanged += 1
            continue
        version, created = WorkflowVersion.publish(Workflow.from_data(data).to_data(), code)
        report.count(new=version.number == 1, differs=created)
    assign(wanted, report)
    return report


def assign(wanted: Mapping[Key, str], report: StepReport) -> None:
    """Make the assignments of the present province exactly these, by scope and key the code of a workflow."""
    left = {(row.scope, row.key): row for row in WorkflowAssignment.objects.all()}
    for key, code in wanted.items():
        row = left.pop(key, None)
        if row is None or row.workflow_code != code:
            values = {"workflow_code": code}
            WorkflowAssignment.objects.update_or_create(scope=key[0], key=key[1], defaults=values)
            report.count(new=row is None)
    WorkflowAssignment.objects.filter(pk__in=[row.pk for row in left.values()]).delete()
    report.hidden += len(left)


def shipped() -> dict[str, dict[str, Any]]:
    """The workflows that come with the portal, by the kind for which they hold today."""
    return {
        ProcedureKind.COMPLAINT: complaint_workflow_data(clock.today()),
        ProcedureKind.CONCILIATION: conciliation_workflow_data(),
    }


# --- Reading


def read(folder: Folder) -> tuple[list[Sheet], list[ValidationProblem]]:
    """The readable files, and the problems of the others."""
    sheets: list[Sheet] = []
    problems: list[ValidationProblem] = []
    files = [DEFAULT] if folder.has(DEFAULT) else []
    for file in [*files, *folder.files_in(DIRECTORY, ".yaml")]:
        try:
            document = folder.document(file)
        except Refused as refusal:
            problems += refusal.problems
            continue
        parts, faults = check(document.data, WorkflowData if file == DEFAULT else AssignedWorkflow)
        heading, _faults = load(AppliesTo, document, (HEADING,), instead={})
        claims = [
            (name, place, (scope, fold(item) if scope == "sector" else item))
            for name, scope in (SCOPES.items() if heading and file != DEFAULT else ())
            for place, item in enumerate(getattr(heading, name))
        ]
        sheets.append(Sheet(document, parts, faults, claims))
    return sheets, problems


# --- Problems of one file


def _strange_agencies(sheet: Sheet, known: frozenset[str] | None) -> Iterator[ValidationProblem]:
    """Agencies of steps that the folder's own list does not have; nothing when that list cannot be read."""
    for number, step in sheet.parts.steps.items():
        code = step.agency
        if known is None or code is None or not is_agency_code(code) or code in known:
            continue
        text = _("không có cơ quan đang hoạt động mã %(code)s trong %(file)s.")
        names = {"code": shown(code), "file": agencies.FILE}
        yield sheet.document.problem(text % names, "steps", number, "agency")


def _strange_keys(sheet: Sheet) -> Iterator[ValidationProblem]:
    """Sectors and procedures that are not there.

    This is only a remark: the province may have imported them from an official
    list. A name that is nearly one of the catalogue is taken for a slip of the pen and blocks.
    """
    for name, place, (scope, key) in sheet.claims:
        at = (HEADING, name, place)
        if scope == "procedure" and key not in national.kinds():
            text = _(
                "không có thủ tục mã %(code)s trong danh mục đi kèm; phải nhập danh mục có mã này trước."
            )
            yield sheet.document.problem(text % {"code": shown(key)}, *at, blocks=False)
        elif scope == "sector" and (remark := national.remark_on_sector(str(sheet.document.at(at)))):
            yield sheet.document.problem(remark[0], *at, blocks=remark[1])


def _strange_texts(sheet: Sheet) -> Iterator[ValidationProblem]:
    """Complaints and conciliations have messages that say nothing of the matter, and only they have those."""
    # A sector's workflow, like the default one, holds for usual procedures.
    kinds = {
        {"kind": key, "sector": str(ProcedureKind.NORMAL)}.get(scope) or national.kinds().get(key, "")
        for _list, _place, (scope, key) in sheet.claims
    }
    special = bool(kinds & set(KINDS))
    if special and kinds - set(KINDS):
        text = _("một quy trình không dùng chung cho khiếu nại, hòa giải và thủ tục khác; hãy tách tệp.")
        yield sheet.document.problem(text, HEADING)
        return
    for number, way in sheet.parts.transitions.items():
        if way.notice and (way.notice in NOTICES_OF_COMPLAINTS) != special:
            text = (
                _("tin “%(notice)s” nói rõ việc, không dùng cho khiếu nại và hòa giải.")
                if special
                else _("tin “%(notice)s” chỉ dùng cho khiếu nại và hòa giải.")
            )
            yield sheet.document.problem(text % {"notice": way.notice}, "transitions", number, "notice")


# --- Problems between files


def _clashes(sheets: Sequence[Sheet]) -> Iterator[ValidationProblem]:
    """Codes and claims that two files share, and codes that belong to what ships with the portal."""
    first_codes: dict[str, str] = {}
    first_claims: dict[Key, str] = {}
    reserved = {WorkflowVersion.DEFAULT_CODE: "", **{data["code"]: kind for kind, data in shipped().items()}}
    for sheet in sheets:
        file = sheet.document.file
        claimed = {key for _list, _place, key in sheet.claims}
        if sheet.code in first_codes:
            text = _("mã “%(code)s” đã có ở %(file)s.") % {
                "code": sheet.code,
                "file": first_codes[sheet.code],
            }
            yield sheet.document.problem(text, "code")
        elif file != DEFAULT and sheet.code in reserved and ("kind", reserved[sheet.code]) not in claimed:
            text = _("mã “%(code)s” dành cho quy trình đi kèm cổng; hãy chọn mã khác.")
            yield sheet.document.problem(text % {"code": sheet.code}, "code")
        if sheet.code:
            first_codes.setdefault(sheet.code, file)
        for name, place, key in sheet.claims:
            if key in first_claims:
                text = _("đã có quy trình ở %(file)s áp dụng cho mục này.") % {"file": first_claims[key]}
                yield sheet.document.problem(text, HEADING, name, place)
            first_claims.setdefault(key, file)


# --- The workflows of a province as its folder would say them: for a plan, and for an export


def _state(folder: Folder) -> State:
    found: dict[str, dict[str, str]] = {
        one.code: {"version": f"bản {one.number}"} for one in WorkflowVersion.newest_of_each()
    }
    for row in WorkflowAssignment.objects.order_by("scope", "key"):
        found[f"{row.scope} {row.key}"] = {"workflow": row.workflow_code}
    return found


def _export(draft: Draft) -> None:
    """`workflow.yaml`, and a file for each workflow that holds for something, but for those of the portal."""
    claims = _claims()
    for one in WorkflowVersion.newest_of_each():
        if one.code == WorkflowVersion.DEFAULT_CODE:
            draft.document(DEFAULT, one.data, "Quy trình chung của tỉnh.")
            continue
        wanted = claims.get(one.code, {})
        own = [kind for kind, data in shipped().items() if data == one.data]
        if not wanted or wanted == {"kinds": own}:
            continue
        draft.document(
            f"{DIRECTORY}/{one.code}.yaml", {HEADING: wanted, **one.data}, "Quy trình riêng của tỉnh."
        )


def _claims() -> dict[str, dict[str, list[str]]]:
    lists = {scope: name for name, scope in SCOPES.items()}
    sectors = dict(Sector.objects.values_list("folded", "name"))
    found: dict[str, Any] = defaultdict(lambda: defaultdict(list))
    for row in WorkflowAssignment.objects.order_by("scope", "key"):
        key = sectors.get(row.key, row.key) if row.scope == WorkflowAssignment.Scope.SECTOR else row.key
        found[row.workflow_code][lists[row.scope]].append(key)
    return {code: dict(claimed) for code, claimed in found.items()}


STEP = Step(
    "workflow",
    gettext_lazy("Quy trình"),
    read,
    _write,
    {DEFAULT: WorkflowData, DIRECTORY: AssignedWorkflow},
    _state,
    _export,
    check=_check,
)
