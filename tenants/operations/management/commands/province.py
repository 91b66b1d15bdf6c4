"""`manage.py province …`: the operators' door to onboarding."""

import logging
import sys
from argparse import ArgumentParser
from inspect import signature
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from tenants.folder.problems import Refused, summary
from tenants.folder.terminal import REFUSED, Terminal
from tenants.isolation.province_cache import UnknownProvince
from tenants.isolation.schemas import NotTheOwner
from tenants.operations.management.province import COMMANDS, folder, lifecycle, readiness

__all__ = ["Command", "folder", "lifecycle", "readiness"]  # they fill COMMANDS


class Command(BaseCommand):
    help = "Đưa một tỉnh vào hoạt động từ thư mục provinces/<slug>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parsers = parser.add_subparsers(dest="action", metavar="lệnh", required=True)
        for name, (run, arguments) in sorted(COMMANDS.items()):
            sub_parser = parsers.add_parser(name, help=run.__doc__, description=run.__doc__)
            for names, options in arguments:
                sub_parser.add_argument(*names, **options)

    def run_from_argv(self, argv: list[str]) -> None:
        asked = argv[2] if len(argv) > 2 else ""
        if asked not in COMMANDS and not asked.startswith("-"):
            names = {"action": asked, "known": ", ".join(sorted(COMMANDS))}
            self.stderr.write(_("Không có lệnh con “%(action)s”. Các lệnh: %(known)s.") % names)
            sys.exit(REFUSED)
        super().run_from_argv(argv)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        terminal = Terminal(self.stdout, self.stderr)
        # The report is for eyes: what went well is in it, and events are kept in their tables.
        logging.disable(logging.INFO)
        try:
            run, _arguments = COMMANDS[action]
            wanted = signature(run).parameters
            run(terminal, **{name: value for name, value in options.items() if name in wanted})
        except Refused as refusal:
            terminal.faults(refusal.problems)
            terminal.refuse(
                _("Từ chối, chưa có gì thay đổi: %(summary)s") % {"summary": summary(refusal.problems)}
            )
        except NotTheOwner as error:
            terminal.refuse(str(error))
        except UnknownProvince as error:
            terminal.refuse(_("Chưa có tỉnh %(slug)s; xem `province list`.") % {"slug": error})
        except OSError as error:
            if error.filename is None:
                raise  # no path that was typed
            names = {"file": error.filename, "error": error.strerror}
            terminal.refuse(_("Không đọc hoặc ghi được %(file)s: %(error)s.") % names)
        finally:
            logging.disable(logging.NOTSET)
