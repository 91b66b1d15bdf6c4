"""Sub-commands that write a province's folder and rebuild a province from a full export."""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from tenants.folder.terminal import Terminal
from tenants.operations.backup import export as portability
from tenants.operations.management.province import SLUG, argument, sub_command
from tenants.operations.onboarding.folder_writing import export_province


@sub_command(
    "export",
    SLUG,
    argument(
        "--to",
        type=Path,
        metavar="THƯ MỤC",
        help="viết vào THƯ MỤC/<slug>; không nêu: DATA_DIR/exports/<slug>",
    ),
)
def export(terminal: Terminal, slug: str, to: Path | None) -> None:
    """Viết lại thư mục của tỉnh từ cơ sở dữ liệu, không kèm bí mật."""
    target = to or Path(settings.DATA_DIR) / "exports"
    draft = export_province(slug, target)
    for file in sorted(draft.files):
        terminal.line(f"  {file}")
    for note in draft.notes:
        terminal.line(f"! {note}")
    terminal.line(_("%(slug)s: đã xuất ra %(folder)s") % {"slug": slug, "folder": target / slug})


@sub_command("import", argument("folder", metavar="THƯ_MỤC", help="thư mục của bản xuất"))
def bring_in(terminal: Terminal, folder: str) -> None:
    """Dựng lại một tỉnh từ bản xuất toàn bộ (province offboard --export), ở một bản cài chưa có tỉnh ấy."""
    counted = portability.import_province(Path(folder), terminal.line)
    text = _(
        "Đã nhập %(rows)d dòng. Tỉnh đang tạm dừng; mời cán bộ (province invite), khai lại bí mật của kênh, rồi resume."
    )
    terminal.line(text % {"rows": sum(counted.values())})


@sub_command("discard", SLUG)
def discard(terminal: Terminal, slug: str) -> None:
    """Bỏ phần dở dang của một tỉnh chưa dựng xong (lần nhập bị dừng giữa chừng), không đụng tỉnh nào khác."""
    portability.discard_unfinished(slug)
    terminal.line(_("%(slug)s: đã bỏ phần dở dang; tên gọi tắt này dùng lại được.") % {"slug": slug})
