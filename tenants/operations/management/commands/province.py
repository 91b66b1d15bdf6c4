"""`manage.py province …`: the operators' door to onboarding."""

import logging
import sys
from argparse import ArgumentParser
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from tenants.folder.problems import Refused, summary
from tenants.folder.terminal import REFUSED, Terminal
from tenants.isolation.province_cache import UnknownProvince
from tenants.isolation.schemas import NotTheOwner
from tenants.operations.management import province


def acts() -> dict[str, Any]:
    """The sub-commands by name, from the modules of `tenants.operations.management.province`."""
    found: dict[str, Any] = {}
    for module in iter_modules(province.__path__):
        found |= import_module(f"{province.__name__}.{module.name}").COMMANDS
    return dict(sorted(found.items()))


class Command(BaseCommand):
    help = "Đưa một tỉnh vào hoạt động từ thư mục provinces/<slug>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parsers = parser.add_subparsers(dest="action", metavar="lệnh", required=True)
        for name, act in acts().items():
            summary_line = (act.__doc__ or "").partition("\n")[0]
            act.add_arguments(parsers.add_parser(name, help=summary_line, description=act.__doc__))

    def run_from_argv(self, argv: list[str]) -> None:
        asked = argv[2] if len(argv) > 2 else ""
        if asked not in acts() and not asked.startswith("-"):
            names = {"action": asked, "known": ", ".join(acts())}
            self.stderr.write(_("Không có lệnh con “%(action)s”. Các lệnh: %(known)s.") % names)
            sys.exit(REFUSED)
        super().run_from_argv(argv)

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        terminal = Terminal(self.stdout, self.stderr)
        # The report is for eyes: what went well is in it, and events are kept in their tables.
        logging.disable(logging.INFO)
        try:
            acts()[action].run(terminal, **options)
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
