"""Sub-commands around a province's folder: write it, validate it, plan and apply it, invite its staff, take all out."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.signin import invitations
from tenants.folder.folder import refuse_bad_slug, reports_folder, require_whole
from tenants.folder.problems import ValidationProblem, blocking, summary
from tenants.folder.questionnaire import QUESTIONS, Answers, BadAnswer
from tenants.folder.steps import Invited
from tenants.folder.terminal import REFUSED, Terminal
from tenants.isolation.context import province_context
from tenants.operations.backup import export as portability
from tenants.operations.management.province import FORMAT, ONLY, SLUG, argument, listed, sub_command
from tenants.operations.onboarding.apply import (
    ApplyReport,
    Manual,
    apply_province,
    plan_province,
    write_invitations,
    write_report,
)
from tenants.operations.onboarding.folder_writing import (
    answers_in,
    export_province,
    refuse_existing,
    start_province,
    write_schemas,
)
from tenants.operations.onboarding.validate import as_data, as_page, validate_province
from tenants.organisation.folder.staff import renew_invitations, with_links

FORMATS = ("text", "json", "html", "xlsx")

CHANGES = 2
SHOWN = 20
"""So many values of a step are named on the terminal; `--format json` names all."""
LONGEST = 60


@sub_command(
    "init",
    argument("slug", help="tên gọi tắt của tỉnh mới, ví dụ laocai; không đổi được về sau"),
    argument("--answers", type=Path, metavar="TỆP", help="tệp YAML trả lời sẵn: docs/van-hanh/tinh-moi.md"),
)
def init(terminal: Terminal, slug: str, answers: Path | None) -> None:
    """Hỏi 12 câu rồi viết thư mục đầu tiên của một tỉnh; chỉ ghi tệp, không đụng cơ sở dữ liệu."""
    refuse_existing(slug)
    folder = start_province(answers_in(answers, slug) if answers else _ask_questions(terminal, slug))
    for file in sorted(path.name for path in folder.iterdir()):
        terminal.line(f"  {file}")
    names = {"folder": folder, "readme": "README.vi.md"}
    terminal.line(_("Đã viết %(folder)s. Đọc %(readme)s ở đó để làm tiếp.") % names)


def _ask_questions(terminal: Terminal, slug: str) -> Answers:
    terminal.line(_("Chưa ghi gì. Enter nhận câu trả lời trong ngoặc vuông; Ctrl-C hoặc Ctrl-D để thôi."))
    answers = Answers(slug=slug)
    try:
        for number, question in enumerate(QUESTIONS, start=1):
            suggested = question.suggest(answers)
            prompt = f"{number:2d}/{len(QUESTIONS)} {question.text}" + (
                f" [{suggested}]" if suggested else ""
            )
            while True:
                try:
                    question.accept(input(f"{prompt}: "), answers)
                    break
                except BadAnswer as error:
                    terminal.line(f"   ✗ {error}")
    except (EOFError, KeyboardInterrupt):
        terminal.line("")
        terminal.refuse(_("Đã dừng, chưa ghi gì."))
    return answers


@sub_command(
    "validate",
    SLUG,
    argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text và json in ra; html và xlsx ghi thành tệp để gửi lại cho tỉnh",
    ),
    argument("--out", type=Path, metavar="TỆP", help="html, xlsx: ghi vào tệp này"),
)
def validate(terminal: Terminal, slug: str, format: str, out: Path | None) -> None:
    """Nêu mọi chỗ sai trong thư mục của tỉnh, không thay đổi gì. Mã thoát 2 khi còn chỗ phải sửa."""
    problems = validate_province(slug)
    if format == "json":
        terminal.line(json.dumps(as_data(slug, problems), ensure_ascii=False, indent=2))
        sys.exit(REFUSED if blocking(problems) else 0)
    if format == "text":
        terminal.faults(problems)
    else:
        terminal.line(_("Đã ghi %(file)s") % {"file": _write_report(slug, format, out, problems)})
    if blocking(problems):
        terminal.refuse(summary(problems))
    terminal.line(_("%(slug)s: hợp lệ.") % {"slug": slug})


def _write_report(slug: str, format: str, out: Path | None, problems: list[ValidationProblem]) -> Path:
    refuse_bad_slug(slug)
    target = out or reports_folder(slug) / f"{clock.now():%Y%m%d-%H%M%S}-validate.{format}"
    target.parent.mkdir(parents=True, exist_ok=True)
    if format == "html":
        target.write_text(as_page(slug, problems), encoding="utf-8")
    else:
        from tenants.operations.onboarding.problem_workbook import as_workbook

        target.write_bytes(as_workbook(slug, problems))
    return target


@sub_command("plan", SLUG, ONLY, FORMAT)
def plan(terminal: Terminal, slug: str, only: str, format: str = "text") -> None:
    """Cho biết áp dụng thư mục sẽ đổi gì, không thay đổi gì. Mã thoát 2 khi có thay đổi, 0 khi không."""
    found = plan_province(slug, terminal.progress, only=listed(only))
    if format == "json":
        terminal.line(json.dumps(found.as_data(), ensure_ascii=False, indent=2))
        sys.exit(CHANGES if found.changes else 0)
    _show_report(terminal, found, _("Tỉnh chưa có: sẽ tạo lược đồ, vai trò, các bảng."))
    counts = {"slug": slug, "count": found.changes, "by_hand": len(found.by_hand)}
    if found.by_hand:
        text = _("! %(by_hand)d chỗ đã sửa tay sẽ bị ghi đè; apply từ chối nếu không nêu rõ.")
        terminal.line(text % counts)
    terminal.line(_("%(slug)s: sẽ có %(count)d thay đổi") % counts)
    sys.exit(CHANGES if found.changes else 0)


def _show_report(terminal: Terminal, report: ApplyReport, created: str, *, planned: bool = True) -> None:
    """What was done or, `planned`, what would be: then each value that would differ, those set by hand first."""
    terminal.faults(report.remarks)
    if report.created:
        terminal.line(created)
    for change in report.row_changes:
        terminal.line(f"  {change}")
    for one in report.steps:
        did, by_hand = one.report, sum(change.by_hand for change in one.changes)
        counts = f"+ {did.added}  ~ {did.changed}  - {did.hidden}  = {did.unchanged}"
        terminal.line(f"  {one.step.title}: {counts}" + (f"  ! {by_hand}" if planned else ""))
        for note in did.notes:
            terminal.line(f"    {note}")
        hand_out(terminal, report.slug, did.invited if not planned else ())
        ordered = sorted(one.changes, key=lambda change: not change.by_hand) if not report.created else []
        for value in ordered[:SHOWN]:
            mark = "!" if value.by_hand else "~"
            terminal.line(f"    {mark} {value.place}: {_cut(value.before)} → {_cut(value.after)}")
        if len(ordered) > SHOWN:
            terminal.line(_("    … và %(count)d giá trị khác") % {"count": len(ordered) - SHOWN})


def _cut(value: str) -> str:
    value = " ".join(value.split()) or "–"
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


@sub_command(
    "apply",
    SLUG,
    argument("--yes", action="store_true", help="không hỏi lại trước khi áp dụng"),
    argument("--dry-run", action="store_true", help="chỉ xem sẽ đổi gì, như lệnh plan"),
    ONLY,
    argument("--keep-manual", action="store_true", help="giữ những chỗ đã sửa tay từ lần áp dụng trước"),
    argument("--overwrite-manual", action="store_true", help="ghi theo tệp cả những chỗ đã sửa tay"),
)
def apply(
    terminal: Terminal,
    slug: str,
    yes: bool,
    dry_run: bool,
    only: str,
    keep_manual: bool,
    overwrite_manual: bool,
) -> None:
    """Đưa tỉnh về đúng những gì thư mục provinces/<slug> nói."""
    if keep_manual and overwrite_manual:
        terminal.refuse(_("Chỉ chọn một: --keep-manual hoặc --overwrite-manual."))
    if dry_run:
        plan(terminal, slug, only)
    if not yes and sys.stdin.isatty():
        answer = input(_("Áp dụng provinces/%(slug)s? [c/K] ") % {"slug": slug})
        if answer.strip().lower() not in ("c", "có", "co"):
            terminal.refuse(_("Đã dừng, chưa có gì thay đổi."))
    manual = Manual.KEEP if keep_manual else Manual.OVERWRITE if overwrite_manual else Manual.REFUSE
    report = apply_province(slug, terminal.progress, only=listed(only), manual=manual)
    try:
        terminal.line(_("Biên bản: %(file)s") % {"file": write_report(report)})
    except OSError as error:
        terminal.line(_("! Không ghi được biên bản: %(error)s") % {"error": error.strerror or error})
    _show_report(terminal, report, _("Đã tạo tỉnh mới."), planned=False)
    if report.kept:
        terminal.line(_("Giữ nguyên %(count)d chỗ đã sửa tay.") % {"count": report.kept})
    terminal.line(_("%(slug)s: %(count)d thay đổi") % {"slug": report.slug, "count": report.changes})


@sub_command(
    "invite",
    SLUG,
    argument("username", nargs="?", default="", help="tên đăng nhập của người được mời"),
    argument("--pending", action="store_true", help="mọi người chưa đặt mật khẩu: mỗi cơ quan một phiếu"),
    argument("--agency", default="", metavar="MÃ", help="như --pending, của một cơ quan"),
)
def invite(terminal: Terminal, slug: str, username: str, pending: bool, agency: str) -> None:
    """Mời lại cán bộ: in liên kết của một người, hoặc làm phiếu cho từng cơ quan."""
    with province_context(require_whole(slug)):
        if pending or agency:
            invited = renew_invitations(agency)
            if not invited:
                terminal.line(_("%(slug)s: ai cũng đã đặt mật khẩu.") % {"slug": slug})
            hand_out(terminal, slug, invited)
            return
        user = User.objects.filter(username=username).first()
        if user is None:
            terminal.refuse(_("%(slug)s chưa có tài khoản “%(name)s”.") % {"slug": slug, "name": username})
        _show_links(terminal, with_links([user], [invitations.invite(user)]))


def hand_out(terminal: Terminal, slug: str, invited: Sequence[Invited]) -> None:
    """Write the sheets and say where; where none can be written the links are shown, for they are shown only once."""
    if not invited:
        return
    try:
        sheets = write_invitations(slug, invited)
    except OSError as error:
        terminal.line(_("! Không ghi được phiếu lời mời: %(error)s") % {"error": error.strerror or error})
        _show_links(terminal, invited)
        return
    names = {
        "people": len(invited),
        "sheets": len(sheets),
        "folder": sheets[0].parent,
        "until": clock.in_words(min(one.until for one in invited)),
    }
    text = _(
        "    %(people)d lời mời trong %(sheets)d phiếu, mỗi cơ quan một tệp, hết hạn lúc %(until)s: %(folder)s. "
        "Giao xong thì xóa."
    )
    terminal.line(text % names)


def _show_links(terminal: Terminal, invited: Sequence[Invited]) -> None:
    for one in invited:
        names = {"person": one.name, "username": one.username, "link": one.link}
        terminal.line(_("Lời mời của %(person)s (%(username)s), dùng một lần: %(link)s") % names)


@sub_command("schema")
def schema(terminal: Terminal) -> None:
    """Viết JSON Schema của các tệp YAML vào provinces/.schema, để trình soạn thảo gợi ý và báo lỗi khi gõ."""
    for path in write_schemas():
        terminal.line(str(path))


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
