"""Ghi ai đã xác nhận điều máy không thấy được, ví dụ giấy hẹn đã in ra giấy."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants.folder.folder import refuse_bad_slug
from tenants.lifecycle import confirmations
from tenants.management import prompts
from tenants.management.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument("code", help=", ".join(one.code for one in confirmations.CONFIRMATIONS))
    parser.add_argument("--person", default="", metavar="AI", help="họ tên, chức vụ người đã thấy tận mắt")
    prompts.add_who(parser)


def run(
    terminal: Terminal, slug: str, code: str, person: str, by: str, withdraw: bool, **options: Any
) -> None:
    refuse_bad_slug(slug)
    actor = prompts.who(terminal, by)
    if withdraw:
        confirmations.take_back(slug, code, actor=actor)
        terminal.line(_("%(slug)s: đã rút xác nhận.") % {"slug": slug})
    else:
        confirmations.confirm(slug, code, person=person, actor=actor)
        terminal.line(_("%(slug)s: đã ghi xác nhận.") % {"slug": slug})
