"""Mời lại một cán bộ: in liên kết kích hoạt dùng một lần."""

from argparse import ArgumentParser
from typing import Any

from django.utils.translation import gettext as _

from tenants.accounts.models import User
from tenants.context import province_context
from tenants.onboarding.terminal import Terminal
from tenants.onboarding.wholeness import require_whole
from tenants.signin import invitations


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument("username", nargs="?", default="", help="tên đăng nhập của người được mời")


def run(terminal: Terminal, slug: str, username: str, **options: Any) -> None:
    with province_context(require_whole(slug)):
        user = User.objects.filter(username=username).first()
        if user is None:
            terminal.refuse(_("%(slug)s chưa có tài khoản “%(name)s”.") % {"slug": slug, "name": username})
        link = invitations.invite(user)
    names = {"person": user.get_full_name(), "username": user.username, "link": link}
    terminal.line(_("Lời mời của %(person)s (%(username)s), dùng một lần: %(link)s") % names)
