"""`manage.py api_key create|rotate|list|revoke`: keys by which the systems of a province ask its API."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from tenants.accounts import api_keys
from tenants.accounts.models import User
from tenants.folder.folder import require_whole
from tenants.folder.terminal import OperatorCommand
from tenants.isolation.context import province_context
from tenants.organisation.models import Agency, Assignment, Role
from tenants.refusals import Refused


class Command(OperatorCommand):
    help = "Khóa API của một hệ thống: tạo (create; in khóa ra một lần), thay (rotate; khóa cũ dùng thêm 7 ngày), xem (list), thu hồi (revoke)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["create", "rotate", "list", "revoke"])
        parser.add_argument("slug")
        parser.add_argument(
            "--account", required=True, help="tên tài khoản của hệ thống; chưa có thì được lập"
        )
        parser.add_argument("--role", choices=Role.values, help="vai trò, cùng với --agency")
        parser.add_argument("--agency", help="mã cơ quan")
        parser.add_argument("--days", type=int, default=api_keys.DAYS, help="dùng được bao nhiêu ngày")
        parser.add_argument("--networks", default="", help="chỉ từ các mạng này, cách nhau bằng dấu phẩy")
        parser.add_argument("--a-minute", type=int, default=api_keys.A_MINUTE, help="số yêu cầu mỗi phút")
        parser.add_argument("--key", default="", help="phần đầu của khóa cần thu hồi")

    def handle(self, *args: Any, what: str, slug: str, account: str, **options: Any) -> None:
        with province_context(require_whole(slug)), transaction.atomic():
            found = User.objects.filter(username=account).first()
            if what != "create" and not (found and found.is_machine):
                raise CommandError(
                    _("%(slug)s không có hệ thống nào tên %(name)s.") % {"slug": slug, "name": account}
                )
            if found is None or what in ("create", "rotate"):
                try:
                    if found is None or what == "create":
                        text = self._create(found, account, options)
                    else:
                        text = api_keys.rotate(found)
                except Refused as refusal:
                    raise CommandError(str(refusal)) from None
                except ValidationError as error:
                    raise CommandError(" ".join(error.messages)) from None
                self.stdout.write(text)
                return
            if what == "revoke" and not api_keys.revoke(found, options["key"]):
                raise CommandError(_("Không có khóa còn dùng nào bắt đầu bằng phần ấy."))
            for key in api_keys.living(found):
                used = f"{key.used_at:%d/%m/%Y}" if key.used_at else _("chưa dùng")
                self.stdout.write(f"{key.prefix}  → {key.ends_at:%d/%m/%Y}  {used}  {key.networks}".rstrip())

    def _create(self, found: User | None, name: str, options: dict[str, Any]) -> str:
        if bool(options["role"]) != bool(options["agency"]):
            raise CommandError(_("--role và --agency đi cùng nhau."))
        user = found or api_keys.add_machine(name)
        if options["role"]:
            agency = Agency.objects.filter(code=options["agency"]).first()
            if agency is None:
                raise CommandError(_("Không có cơ quan mang mã %(code)s.") % {"code": options["agency"]})
            if user.is_machine:
                Assignment.objects.get_or_create(user=user, agency=agency, role=options["role"])
        given = {name: options[name] for name in ("days", "networks", "a_minute")}
        return api_keys.create(user, **given)
