"""`manage.py dossiers import`: running dossiers of an old system, the first time and every time after."""

import sys
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from dossiers.legacy_import import error_workbook
from dossiers.legacy_import.importer import Outcome, load
from dossiers.statistics import tasks
from tenants import clock
from tenants.folder.problems import Refused, summary
from tenants.folder.terminal import OperatorCommand
from tenants.isolation.context import province_context

ERRORS_IN_ROWS = 1
CANNOT_READ = 2
ERRORS_LEFT = 3
INTERRUPTED = 130
_AS_OF = "%d/%m/%Y %H:%M"


class Command(OperatorCommand):
    help = "Hồ sơ đang chạy của hệ thống cũ: import <tỉnh> <tệp> --mapping <tệp ánh xạ> [--dry-run]."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        importing = actions.add_parser("import", help="nhập, hoặc cập nhật theo tệp mới của cùng hệ thống cũ")
        importing.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
        importing.add_argument("file", type=Path, help="tệp CSV hoặc XLSX")
        importing.add_argument("--mapping", type=Path, required=True, help="tệp ánh xạ (YAML)")
        importing.add_argument("--dry-run", action="store_true", help="soát và báo cáo, không ghi gì")
        importing.add_argument(
            "--good-rows", action="store_true", help="ghi các dòng đúng; dòng lỗi để riêng ra tệp, không ghi"
        )
        importing.add_argument("--report", type=Path, help="nơi ghi báo cáo; mặc định cạnh tệp dữ liệu")
        importing.add_argument("--as-of", help="lúc xuất tệp, dd/mm/yyyy HH:MM; mặc định là bây giờ")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        report: Path = options["report"] or file.with_name(f"{file.stem}-bao-cao.xlsx")
        try:
            with province_context(options["slug"]):
                outcome = load(
                    file,
                    options["mapping"],
                    report_to=report,
                    dry_run=options["dry_run"],
                    good_rows=options["good_rows"],
                    as_of=_read_as_of(options["as_of"]),
                    progress=self.terminal.progress,
                )
        except Refused as refusal:
            for problem in refusal.problems:
                self.stderr.write(f"✗ {problem}")
            self.stderr.write(_("Chưa có gì thay đổi: %(summary)s") % {"summary": summary(refusal.problems)})
            sys.exit(CANNOT_READ)
        except KeyboardInterrupt:
            self.stderr.write(
                _(
                    "Đã dừng, phần dở dang chưa ghi gì. Chạy lại cùng lệnh để làm tiếp; phần đã xong không ghi lần nữa."
                )
            )
            sys.exit(INTERRUPTED)
        except OSError as error:
            text = _("Không ghi được báo cáo “%(file)s”: %(reason)s.")
            raise CommandError(text % {"file": report.name, "reason": error.strerror}) from error
        error_workbook.remove_untouched()
        if outcome.written:
            tasks.refresh_history(options["slug"])
        self._tell(outcome, report, options["dry_run"])

    def _tell(self, outcome: Outcome, report: Path, dry_run: bool) -> None:
        for finding in outcome.findings.most_pressing():
            self.stdout.write(str(finding))
        for name, figure in outcome.summary():
            self.stdout.write(f"{name}: {figure}")
        self.stdout.write(_("Báo cáo từng dòng: %(file)s") % {"file": report})
        if outcome.faulty_in is not None:
            text = _(
                "Các dòng lỗi, kèm lý do, để sửa hoặc gửi lại (có dữ liệu cá nhân không che; tự xóa sau một ngày nếu chưa ai sửa): %(file)s"
            )
            self.stdout.write(text % {"file": outcome.faulty_in})
        if outcome.findings.are_blocking and outcome.written:
            self.stdout.write(
                _("Đã ghi các dòng đúng. Dòng lỗi chưa ghi: sửa trong tệp riêng rồi nhập tệp ấy.")
            )
            sys.exit(ERRORS_LEFT)
        if outcome.findings.are_blocking:
            self.stderr.write(
                _("Chưa ghi gì. Sửa tệp hoặc tệp ánh xạ rồi chạy lại; thêm --good-rows để ghi các dòng đúng.")
            )
            sys.exit(ERRORS_IN_ROWS)
        self.stdout.write(_("Chạy thử: chưa ghi gì.") if dry_run else _("Đã ghi."))


def _read_as_of(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, _AS_OF).replace(tzinfo=clock.VIETNAM)
    except ValueError as error:
        raise CommandError(_("--as-of viết như 25/11/2026 17:00.")) from error
