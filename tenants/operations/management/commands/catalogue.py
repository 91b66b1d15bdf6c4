"""`manage.py catalogue import|export|national`: the procedure catalogue of a province."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from procedures.catalogue import formats
from procedures.catalogue.contents import national, national_papers, update
from procedures.catalogue.folder import catalogue_state
from procedures.catalogue.folder.tables import rows
from procedures.catalogue.formats.base import CatalogueError
from tenants.folder.readers.spreadsheets import write_csv
from tenants.folder.terminal import OperatorCommand
from tenants.isolation.context import province_context
from tenants.operations.board.board import open_dossiers_by_procedure


class Command(OperatorCommand):
    help = "Danh mục thủ tục của một tỉnh: import <tỉnh> <tệp>, export <tỉnh>, national <tệp>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        importing = actions.add_parser("import", help="nhập tệp danh mục vào tỉnh")
        importing.add_argument("slug")
        importing.add_argument("file", type=Path)
        importing.add_argument("--dry-run", action="store_true", help="chỉ báo sẽ thay đổi gì")
        importing.add_argument("--format", choices=formats.FORMATS, default="auto")
        importing.add_argument("--hide-missing", action="store_true", help="ẩn thủ tục không còn trong tệp")
        exporting = actions.add_parser("export", help="xuất danh mục của tỉnh ra CSV")
        exporting.add_argument("slug")
        shipping = actions.add_parser("national", help="làm lại danh mục quốc gia đi kèm, từ bản xuất đầy đủ")
        shipping.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["action"] == "national":
                self._national(options["file"])
            else:
                with province_context(options["slug"]):
                    if options["action"] == "import":
                        self._import(options)
                    else:
                        write_csv(self.stdout, tuple(formats.tables.COLUMNS), rows())
        except CatalogueError as error:
            self._print(problem for problem in error.problems if problem.fatal)
            raise CommandError(str(error)) from error

    def _import(self, options: dict[str, Any]) -> None:
        reading = formats.read(options["file"], options["format"])
        self._print(reading.problems)
        change = update.diff(reading.records)
        impacts = catalogue_state.release_impacts(
            [*(item.code for item in change.changed), *(gone.code for gone in change.missing)],
            open_dossiers_by_procedure,
        )
        for item in change.changed:
            self.stdout.write(f"~ {item.code} {item.facts.official_name[:70]} ({', '.join(item.fields)})")
            self._print_impact(impacts.get(item.code))
        for item in change.added:
            self.stdout.write(f"+ {item.code} {item.facts.official_name[:70]}")
        for gone in change.missing:
            self.stdout.write(f"- {gone.code} {gone.name[:70]}")
            self._print_impact(impacts.get(gone.code))
        self._print(change.notes)
        counts = {
            "added": len(change.added),
            "changed": len(change.changed),
            "unchanged": len(change.unchanged),
            "missing": len(change.missing),
            "problems": len(reading.problems),
        }
        summary = _(
            "%(added)d thêm, %(changed)d đổi, %(unchanged)d giữ nguyên, "
            "%(missing)d không còn trong tệp, %(problems)d chỗ cần xem."
        )
        if options["dry_run"]:
            self.stdout.write(f"{summary % counts} {_('Chạy thử: chưa ghi gì.')}")
            return
        report = update.apply(change, hide_missing=options["hide_missing"])
        hidden = _("Đã ẩn %(count)d.") % {"count": len(report.hidden)} if report.hidden else ""
        self.stdout.write(f"{summary % counts} {_('Đã ghi.')} {hidden}".strip())
        if follows := update.what_follows(report):
            self.stdout.write(follows)

    def _print_impact(self, impact: catalogue_state.ReleaseImpact | None) -> None:
        if impact is None:
            return
        if impact.own:
            self.stdout.write(
                _("    tỉnh tự đặt, giữ nguyên: %(fields)s") % {"fields": ", ".join(impact.own)}
            )
        if impact.by_hand:
            self.stdout.write(
                _("    ! sửa tay từ lần áp dụng: %(fields)s") % {"fields": ", ".join(impact.by_hand)}
            )
        if impact.running:
            text = ngettext(
                "    %(count)d hồ sơ đang giải quyết giữ bản đã nhận",
                "    %(count)d hồ sơ đang giải quyết giữ bản đã nhận",
                impact.running,
            )
            self.stdout.write(text % {"count": impact.running})

    def _national(self, file: Path) -> None:
        reading = formats.read(file)
        self._print(reading.problems)
        count = national.write(reading.records)
        counts, left_out = national_papers.write(reading.records)
        self._print(left_out)
        self.stdout.write(_("Đã ghi %(count)d thủ tục.") % {"count": count})
        text = _(
            "Đã ghi %(papers)d giấy tờ của %(procedures)d thủ tục, %(fees)d mức phí; bỏ %(left_out)d dòng không phải giấy tờ."
        )
        self.stdout.write(text % {**counts, "left_out": len(left_out)})

    def _print(self, lines: Iterable[object]) -> None:
        for line in lines:
            self.stdout.write(f"! {line}")
