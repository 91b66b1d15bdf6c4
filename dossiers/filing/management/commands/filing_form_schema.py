"""`manage.py filing_form_schema`: the form with which a procedure is filed, as JSON Schema."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from dossiers.filing.models import FilingFormVersion
from dossiers.filing.rules.json_schema import export
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import UnknownProvince


class Command(BaseCommand):
    help = "In JSON Schema của biểu mẫu nộp hồ sơ đang dùng: filing_form_schema <tỉnh> <mã thủ tục>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
        parser.add_argument("code", help="mã thủ tục, ví dụ 9.999999")

    def handle(self, *args: Any, slug: str, code: str, **options: Any) -> None:
        try:
            with province_context(slug):
                version = FilingFormVersion.newest(code)
                if version is None or version.is_withdrawn:
                    raise CommandError(_("Thủ tục “%(code)s” không có biểu mẫu nộp hồ sơ.") % {"code": code})
                schema = export(version.form)
        except UnknownProvince as error:
            raise CommandError(_("Không có tỉnh “%(slug)s”.") % {"slug": slug}) from error
        self.stdout.write(json.dumps(schema, ensure_ascii=False, indent=2))
