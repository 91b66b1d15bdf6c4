"""`manage.py workflow_pictures`: the pictures of the shipped workflows and of the demonstration provinces."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from dossiers.workflow import folder as workflows
from dossiers.workflow.rules.diagram import draw
from dossiers.workflow.rules.shipped import (
    complaint_workflow_data,
    conciliation_workflow_data,
    default_workflow_data,
)
from dossiers.workflow.rules.workflow import Workflow
from tenants.folder.folder import open_folder

PLACE = settings.BASE_DIR / "docs" / "quy-trinh"
PAGE = "README.md"
DEMONSTRATIONS = ("daklak", "dongnai")

_HEAD = """\
# Hình vẽ các quy trình

Trang này và các hình do `make docs` vẽ từ dữ liệu của quy trình. Đừng sửa tay: sửa quy trình rồi chạy lại. Trong
bàn làm việc, mục *Quy trình* có cùng hình ấy, kèm bảng các bước và các thao tác của tỉnh.

Cách một tỉnh viết quy trình của mình: [quy trình của tỉnh](../van-hanh/quy-trinh.md).
"""


def files() -> dict[str, str]:
    """All files of the page by name: the drawings, and the page that shows them."""
    drawings: dict[str, str] = {}
    page = [_HEAD]
    for name, owner, source, workflow in _workflows():
        drawings[f"quy-trinh-{name}.svg"] = draw(workflow)
        title = f"{owner}: {workflow.name}"
        page.append(f"\n## {title}\n\n{source}\n\n![{title}](quy-trinh-{name}.svg)\n")
    return {**drawings, PAGE: "".join(page)}


def _workflows() -> Iterator[tuple[str, str, str, Workflow]]:
    """Name of the drawing, whose workflow it is, where it is written, the workflow."""
    for data, source in (
        (default_workflow_data(), "Dùng khi tỉnh không có quy trình riêng."),
        (complaint_workflow_data(), "Dùng cho khiếu nại."),
        (conciliation_workflow_data(), "Dùng cho hòa giải tranh chấp đất đai."),
    ):
        yield data["code"], "Đi kèm cổng", source, Workflow.from_data(data)
    for slug in DEMONSTRATIONS:
        folder = open_folder(slug)
        sheets, _problems = workflows.read(folder)
        for sheet in sheets:
            file = sheet.document.file
            name = slug if file == workflows.DEFAULT else f"{slug}-{Path(file).stem}"
            source = f"Tỉnh trình diễn, viết ở [`provinces/{slug}/{file}`](../../provinces/{slug}/{file})."
            yield name, folder.manifest.short_name, source, Workflow.from_data(sheet.data)


def is_current(place: Path) -> bool:
    """Whether the folder holds exactly what `files` gives."""
    return _found(place) == files()


def _found(place: Path) -> dict[str, str]:
    paths = [*place.glob("quy-trinh-*.svg"), *place.glob(PAGE)]
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


class Command(BaseCommand):
    help = "Vẽ lại docs/quy-trinh từ các quy trình đi kèm và quy trình của các tỉnh trình diễn."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="không ghi; mã thoát 1 khi hình đã cũ")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if check:
            if not is_current(PLACE):
                raise CommandError("docs/quy-trinh đã cũ. Chạy: make docs")
            return
        PLACE.mkdir(parents=True, exist_ok=True)
        wanted = files()
        for name in _found(PLACE).keys() - wanted.keys():
            (PLACE / name).unlink()
        for name, text in wanted.items():
            (PLACE / name).write_text(text, encoding="utf-8")
