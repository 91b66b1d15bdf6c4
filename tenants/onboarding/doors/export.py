"""Viết lại thư mục của tỉnh từ cơ sở dữ liệu, không kèm bí mật."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from tenants.onboarding.export import export_province
from tenants.onboarding.terminal import Terminal


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh, ví dụ daklak")
    parser.add_argument(
        "--to",
        type=Path,
        default=None,
        metavar="THƯ MỤC",
        help="viết vào THƯ MỤC/<slug>; không nêu: DATA_DIR/exports/<slug>",
    )


def run(terminal: Terminal, slug: str, to: Path | None, **options: Any) -> None:
    target = to or Path(settings.DATA_DIR) / "exports"
    draft = export_province(slug, target)
    for file in sorted(draft.files):
        terminal.line(f"  {file}")
    for note in draft.notes:
        terminal.line(f"! {note}")
    terminal.line(_("%(slug)s: đã xuất ra %(folder)s") % {"slug": slug, "folder": target / slug})
