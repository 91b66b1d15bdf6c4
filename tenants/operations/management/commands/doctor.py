"""`manage.py doctor`: what of the installation works, what does not, and what to do."""

import json
import logging
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from tenants.folder.readiness import State
from tenants.operations import processes
from tenants.operations.readiness import installation_checks
from tenants.operations.readiness.text import MARKS

WRONG = 1
_KEYS = ("id", "state", "title", "cause", "fix")


class Command(BaseCommand):
    help = "Khám cả bản cài: mỗi mục một dòng, kèm việc phải làm. Mã thoát 0: đúng hết; 1: có mục hỏng; 2: không chạy được."
    # One of the checks asks them, and says what they found.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--format", choices=["text", "json"], default="text", help="cách in kết quả")
        parser.add_argument(
            "--process", choices=processes.KINDS, help="chỉ xem tiến trình này ở máy này còn sống không"
        )

    def handle(self, *args: Any, format: str, process: str | None, **options: Any) -> None:
        if process:
            sys.exit(0 if installation_checks.is_alive_here(process) else WRONG)
        # What fails is said in the report.
        logging.disable(logging.CRITICAL)
        try:
            findings = installation_checks.run_all()
        finally:
            logging.disable(logging.NOTSET)
        if format == "json":
            data = [{name: str(getattr(one, name)) for name in _KEYS} for one in findings]
            self.stdout.write(json.dumps(data, ensure_ascii=False, indent=2))
        else:
            for one in findings:
                lines = (f" {MARKS[one.state]} {one.id}  {one.title}", one.cause, one.fix and f"→ {one.fix}")
                self.stdout.write("\n     ".join(filter(None, lines)))
            counts = {state.value: sum(one.state is state for one in findings) for state in State}
            self.stdout.write(_("Kết quả: %(ok)d đúng · %(warning)d cảnh báo · %(blocked)d hỏng.") % counts)
        sys.exit(WRONG if any(one.state is State.BLOCKED for one in findings) else 0)
