"""All that is wrong with a province's folder, from every step, found without changing anything."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.folder import Folder, open_folder
from tenants.folder.manifest import FILE
from tenants.folder.problems import Refused, ValidationProblem, blocking, in_order
from tenants.folder.steps import AnyStep
from tenants.isolation.context import public_context
from tenants.isolation.models import Domain, Province
from tenants.operations.onboarding import sections


def validate_province(slug: str) -> list[ValidationProblem]:
    """All that is wrong with the folder of a province, in order of file and line. Changes nothing."""
    try:
        return faults_of(open_folder(slug), sections.STEPS)
    except Refused as refusal:
        return list(refusal.problems)


def faults_of(folder: Folder, chosen: Iterable[AnyStep]) -> list[ValidationProblem]:
    """What is wrong with the manifest and with the files of these steps."""
    problems = [*folder.problems, *_unread_files(folder), *_conflicts(folder)]
    for step in chosen:
        problems += step.validate(folder)
    return in_order(problems)


def _unread_files(folder: Folder) -> Iterator[ValidationProblem]:
    """A misspelt file name would otherwise be ignored in silence."""
    known = {FILE, *(file for step in sections.STEPS for file in step.files)}
    for path in sorted(folder.path.iterdir()):
        if path.name in known or path.suffix == ".md" or path.name.startswith("."):
            continue
        text = _("không bước nào đọc tệp này; xem lại tên tệp.")
        if path.with_suffix(".csv").name in known:
            text = _("tệp bảng tính không được đọc; mở bằng Excel rồi lưu dạng “CSV UTF-8”, tên %(name)s.")
        yield ValidationProblem(path.name, 0, text % {"name": f"{path.stem}.csv"}, blocks=False)


def _conflicts(folder: Folder) -> Iterator[ValidationProblem]:
    """What another province of this installation has already."""
    manifest, document = folder.manifest, folder.manifest_document
    with public_context():
        taken_hosts = dict(
            Domain.objects.filter(domain__in=manifest.hosts)
            .exclude(tenant__schema_name=manifest.slug)
            .values_list("domain", "tenant__name")
        )
        others = list(Province.objects.exclude(schema_name=manifest.slug))
    for number, host in enumerate(manifest.hosts):
        if host in taken_hosts:
            names = {"host": host, "name": taken_hosts[host]}
            yield document.problem(_("tên miền %(host)s đang thuộc %(name)s.") % names, "hosts", number)
    for other in others:
        for code in manifest.agency_codes:
            if code and code in other.as_record("").agency_codes:
                place = "agency_code" if code == manifest.agency_code else "merged_from"
                names = {"code": code, "name": other.name}
                yield document.problem(_("mã %(code)s đang thuộc %(name)s.") % names, place)


def as_data(slug: str, problems: Sequence[ValidationProblem]) -> dict[str, Any]:
    return {
        "province": slug,
        "valid": not blocking(problems),
        "blocking": len(blocking(problems)),
        "problems": [
            {
                "file": one.file,
                "row": one.line or None,
                "column": one.column or None,
                "blocks": one.blocks,
                "text": one.message,
            }
            for one in problems
        ],
    }


def as_page(slug: str, problems: Sequence[ValidationProblem]) -> str:
    """The faults as a page of its own, file by file. It shows no content of the files."""
    files = [(file, list(found)) for file, found in groupby(problems, key=lambda one: one.file)]
    context = {
        "slug": slug,
        "files": files,
        "blocking": len(blocking(problems)),
        "remarks": len(problems) - len(blocking(problems)),
        "moment": clock.now(),
    }
    return render_to_string("operations/faults.html", context)
