"""`life_events/*.yaml` of a province's folder, optional: what it says of life events, one file for each.

A file named like one that ships with the portal changes only the keys that it has; any other adds an event. With
`hidden: true` an event is not shown.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures.catalogue.contents import national
from procedures.catalogue.life_events import events
from procedures.catalogue.life_events.events import LifeEventFile
from procedures.catalogue.models import LifeEvent
from tenants.folder.file_schema import problems_of
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, ValidationProblem
from tenants.folder.readers.yaml_reader import Document
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.validation import read

DIRECTORY = "life_events"
_FILE = re.compile(rf"{DIRECTORY}/([a-z0-9]+(?:-[a-z0-9]+)*)\.yaml")
LONGEST_SLUG = 60


def _write(folder: Folder, contents: dict[str, dict[str, Any]], progress: Progress) -> StepReport:
    """Keep what the files say; an event whose file is gone is again what the portal ships, or is gone too."""
    report = StepReport()
    before = {row.slug: row for row in LifeEvent.objects.all()}
    for slug, content in contents.items():
        row = before.pop(slug, None)
        differs = not folder.keeps(slug) and (row is None or row.content != content)
        if differs:
            LifeEvent.objects.update_or_create(slug=slug, defaults={"content": content})
        report.count(new=row is None, differs=differs)
    for slug, row in before.items():
        if not folder.keeps(slug):
            row.delete()
            report.hidden += 1
    return report


def _state(folder: Folder) -> State:
    return {
        row.slug: {name: json.dumps(value, ensure_ascii=False) for name, value in row.content.items()}
        for row in LifeEvent.objects.all()
    }


def _export(draft: Draft) -> None:
    for row in LifeEvent.objects.all():
        draft.document(f"{DIRECTORY}/{row.slug}.yaml", row.content, "Việc trong đời, phần riêng của tỉnh.")


def _read(folder: Folder) -> tuple[dict[str, dict[str, Any]], list[ValidationProblem]]:
    found: dict[str, dict[str, Any]] = {}
    problems: list[ValidationProblem] = []
    for file in folder.files_in(DIRECTORY, ""):
        named = _FILE.fullmatch(file)
        if named is None or len(named[1]) > LONGEST_SLUG:
            text = _("tên tệp chỉ gồm chữ thường không dấu, chữ số, gạch nối và đuôi .yaml.")
            problems.append(ValidationProblem(file, 0, text))
            continue
        try:
            document = folder.document(file)
        except Refused as refusal:
            problems += refusal.problems
            continue
        own = document.data if isinstance(document.data, dict) else None
        event, faults = read(LifeEventFile, document.data if own is None else events.merged(named[1], own))
        problems += problems_of(document, faults)
        if event and own:
            found[named[1]] = own
            problems += _strange_codes(document, own, event)
    return found, problems


def _strange_codes(
    document: Document, own: dict[str, Any], event: LifeEventFile
) -> Iterator[ValidationProblem]:
    """Only a remark: the province may have imported the code from an official file."""
    if "steps" not in own:
        return
    known = national.kinds()
    text = _("%(code)s không có trong danh mục đi kèm; phải nhập danh mục có mã này trước.")
    for number, step in enumerate(event.steps):
        for place, linked in enumerate(step.procedures):
            if linked.code not in known:
                path = ("steps", number, "procedures", place)
                yield document.problem(text % {"code": linked.code}, *path, blocks=False)


STEP = Step(
    "life_events", gettext_lazy("Việc trong đời"), _read, _write, {DIRECTORY: LifeEventFile}, _state, _export
)
