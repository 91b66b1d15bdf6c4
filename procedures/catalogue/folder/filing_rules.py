"""`filing_rules.yaml` of a province's folder, optional: what it says of filing, instead of what ships or besides."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.catalogue.contents import national
from procedures.catalogue.contents.filing_rules import RuleFile
from procedures.catalogue.models import FilingRules
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import ValidationProblem
from tenants.folder.readers.yaml_reader import Document
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.text import fold

FILE = "filing_rules.yaml"


def _write(folder: Folder, found: RuleFile | None, progress: Progress) -> StepReport:
    """Keep what the file says; without the file, nothing, so that pages say what the portal ships."""
    report = StepReport()
    row = FilingRules.objects.first()
    content = found.model_dump(mode="json", exclude_defaults=True) if found else None
    if folder.keeps(FILE) or content == (row.content if row else None):
        report.unchanged += row is not None
    elif content is not None:
        FilingRules.objects.update_or_create(pk=1, defaults={"content": content})
        report.count(new=row is None)
    elif row:
        row.delete()
        report.hidden += 1
    return report


def _state(folder: Folder) -> State:
    fields = {
        f"{_holds_for(group)}: {topic}": json.dumps(rule, ensure_ascii=False)
        for row in FilingRules.objects.all()
        for group in row.content["groups"]
        for topic, rule in group["rules"].items()
    }
    return {FILE: fields}


def _holds_for(group: Mapping[str, Any]) -> str:
    return ", ".join([*group.get("codes", ()), *group.get("sectors", ())]) or group.get("level", "*")


def _export(draft: Draft) -> None:
    for row in FilingRules.objects.all():
        draft.document(FILE, row.content, "Trước khi đi nộp, phần riêng của tỉnh.")


def _read(folder: Folder) -> tuple[RuleFile | None, list[ValidationProblem]]:
    document, found, problems = folder.content(FILE, RuleFile)
    if found:
        problems = [*_left_empty(document), *_remarks(document, found)]
    return found, problems


def _left_empty(document: Document) -> Iterator[ValidationProblem]:
    """A list whose last entry went must not make its rules those of all procedures."""
    text = _("“%(key)s” bị trống.")
    for number, group in enumerate(document.data["groups"]):
        for key in ("codes", "sectors", "level"):
            if key in group and not group[key]:
                yield document.problem(text % {"key": key}, "groups", number, key)


def _remarks(document: Document, file: RuleFile) -> Iterator[ValidationProblem]:
    """Only remarks: the province may have imported the code or the sector from an official file."""
    known = {*national.sectors(), *national.kinds()}
    text = _("“%(name)s” không có trong danh mục đi kèm; phải nhập danh mục có nó trước.")
    for number, group in enumerate(file.groups):
        for key, names in (("codes", group.codes), ("sectors", group.sectors)):
            for place, name in enumerate(names):
                if not known.intersection((name, fold(name))):
                    yield document.problem(text % {"name": name}, "groups", number, key, place, blocks=False)


STEP = Step(
    "filing_rules", gettext_lazy("Trước khi đi nộp"), _read, _write, {FILE: RuleFile}, _state, _export
)
