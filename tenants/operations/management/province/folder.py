"""Sub-commands around a province's folder: write it, validate it, plan and apply it, invite its staff."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.signin import invitations
from tenants.folder import invitation_sheets
from tenants.folder.folder import refuse_bad_slug, reports_folder, require_whole
from tenants.folder.invitation_sheets import Invited
from tenants.folder.problems import ValidationProblem, blocking, summary
from tenants.folder.questionnaire import QUESTIONS, Answers, BadAnswer
from tenants.folder.steps import AnyStep, StepReport
from tenants.folder.terminal import REFUSED, Terminal
from tenants.isolation.context import province_context
from tenants.operations.management.province import SubCommand, listed
from tenants.operations.onboarding.apply import (
    ApplyReport,
    Manual,
    RanStep,
    apply_province,
    plan_province,
    write_report,
)
from tenants.operations.onboarding.folder_writing import answers_in, refuse_existing, start_province
from tenants.operations.onboarding.json_schemas import write_schemas
from tenants.operations.onboarding.validate import as_data, as_page, validate_province
from tenants.organisation.folder.staff import renew_invitations, with_links

FORMATS = ("text", "json", "html", "xlsx")

CHANGES = 2
SHOWN = 20
"""So many values of a step are named on the terminal; `--format json` names all."""
LONGEST = 60


class Init(SubCommand):
    """Hỏi 12 câu rồi viết thư mục đầu tiên của một tỉnh; chỉ ghi tệp, không đụng cơ sở dữ liệu."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="tên gọi tắt của tỉnh mới, ví dụ laocai; không đổi được về sau")
        parser.add_argument(
            "--answers", type=Path, metavar="TỆP", help="tệp YAML trả lời sẵn: docs/van-hanh/tinh-moi.md"
        )

    def run(self, terminal: Terminal, slug: str, answers: Path | None, **options: Any) -> None:
        refuse_existing(slug)
        known = answers_in(answers, slug) if answers else _ask_questions(terminal, slug)
        folder = start_province(known)
        for file in sorted(path.name for path in folder.iterdir()):
            terminal.line(f"  {file}")
        terminal.line(
            _("Đã viết %(folder)s. Đọc %(readme)s ở đó để làm tiếp.")
            % {"folder": folder, "readme": "README.vi.md"}
        )


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


class Validate(SubCommand):
    """Nêu mọi chỗ sai trong thư mục của tỉnh, không thay đổi gì. Mã thoát 2 khi còn chỗ phải sửa."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--format",
            choices=FORMATS,
            default="text",
            help="text và json in ra; html và xlsx ghi thành tệp để gửi lại cho tỉnh",
        )
        parser.add_argument(
            "--out", type=Path, default=None, metavar="TỆP", help="html, xlsx: ghi vào tệp này"
        )

    def run(self, terminal: Terminal, slug: str, format: str, out: Path | None, **options: Any) -> None:
        problems = validate_province(slug)
        if format == "json":
            terminal.line(json.dumps(as_data(slug, problems), ensure_ascii=False, indent=2))
            sys.exit(REFUSED if blocking(problems) else 0)
        if format != "text":
            terminal.line(_("Đã ghi %(file)s") % {"file": _write_report(slug, format, out, problems)})
        else:
            terminal.faults(problems)
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


class Plan(SubCommand):
    """Cho biết áp dụng thư mục sẽ đổi gì, không thay đổi gì. Mã thoát 2 khi có thay đổi, 0 khi không."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--only", default="", metavar="BƯỚC,…", help="chỉ các bước này, ví dụ agencies,staff"
        )
        parser.add_argument("--format", choices=["text", "json"], default="text", help="cách in kết quả")

    def run(self, terminal: Terminal, slug: str, only: str, format: str, **options: Any) -> None:
        found = plan_province(slug, terminal.progress(), only=listed(only))
        if format == "json":
            terminal.line(json.dumps(found.as_data(), ensure_ascii=False, indent=2))
            sys.exit(CHANGES if found.changes else 0)
        terminal.faults(found.remarks)
        if found.created:
            terminal.line(_("Tỉnh chưa có: sẽ tạo lược đồ, vai trò, các bảng."))
        for change in found.row_changes:
            terminal.line(f"  {change}")
        for step in found.steps:
            _show_step(terminal, step, details=not found.created)
        counts = {"slug": slug, "count": found.changes, "by_hand": len(found.by_hand)}
        if found.by_hand:
            terminal.line(
                _("! %(by_hand)d chỗ đã sửa tay sẽ bị ghi đè; apply từ chối nếu không nêu rõ.") % counts
            )
        terminal.line(_("%(slug)s: sẽ có %(count)d thay đổi") % counts)
        sys.exit(CHANGES if found.changes else 0)


def _show_step(terminal: Terminal, one: RanStep, *, details: bool) -> None:
    _show_counts(terminal, one.step, one.report, f"  ! {sum(change.by_hand for change in one.changes)}")
    if not details:
        return
    # Manual changes come first: they need a decision.
    ordered = sorted(one.changes, key=lambda change: not change.by_hand)
    for change in ordered[:SHOWN]:
        mark = "!" if change.by_hand else "~"
        terminal.line(f"    {mark} {change.place}: {_cut(change.before)} → {_cut(change.after)}")
    if len(ordered) > SHOWN:
        terminal.line(_("    … và %(count)d giá trị khác") % {"count": len(ordered) - SHOWN})


def _show_counts(terminal: Terminal, step: AnyStep, report: StepReport, more: str = "") -> None:
    counts = f"+ {report.added}  ~ {report.changed}  - {report.hidden}  = {report.unchanged}{more}"
    for line in (f"{step.title}: {counts}", *(f"  {note}" for note in report.notes)):
        terminal.line(f"  {line}")


def _cut(value: str) -> str:
    value = " ".join(value.split()) or "–"
    return value if len(value) <= LONGEST else f"{value[:LONGEST]}…"


class Apply(SubCommand):
    """Đưa tỉnh về đúng những gì thư mục provinces/<slug> nói."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--yes", action="store_true", help="không hỏi lại trước khi áp dụng")
        parser.add_argument("--dry-run", action="store_true", help="chỉ xem sẽ đổi gì, như lệnh plan")
        parser.add_argument(
            "--only", default="", metavar="BƯỚC,…", help="chỉ các bước này, ví dụ agencies,staff"
        )
        manual = parser.add_mutually_exclusive_group()
        manual.add_argument(
            "--keep-manual", action="store_true", help="giữ những chỗ đã sửa tay từ lần áp dụng trước"
        )
        manual.add_argument(
            "--overwrite-manual", action="store_true", help="ghi theo tệp cả những chỗ đã sửa tay"
        )

    def run(self, terminal: Terminal, slug: str, yes: bool, dry_run: bool, only: str, **options: Any) -> None:
        if dry_run:
            Plan().run(terminal, slug, only=only, format="text")
        if not yes and sys.stdin.isatty():
            answer = input(_("Áp dụng provinces/%(slug)s? [c/K] ") % {"slug": slug})
            if answer.strip().lower() not in ("c", "có", "co"):
                terminal.refuse(_("Đã dừng, chưa có gì thay đổi."))
        manual = Manual.KEEP if options["keep_manual"] else Manual.REFUSE
        manual = Manual.OVERWRITE if options["overwrite_manual"] else manual
        report = apply_province(slug, terminal.progress(), only=listed(only), manual=manual)
        try:
            terminal.line(_("Biên bản: %(file)s") % {"file": write_report(report)})
        except OSError as error:
            terminal.line(_("! Không ghi được biên bản: %(error)s") % {"error": error.strerror or error})
        _show_report(terminal, report)


def _show_report(terminal: Terminal, report: ApplyReport) -> None:
    terminal.faults(report.remarks)
    if report.created:
        terminal.line(_("Đã tạo tỉnh mới."))
    for change in report.row_changes:
        terminal.line(f"  {change}")
    for one in report.steps:
        _show_counts(terminal, one.step, one.report)
        hand_out(terminal, report.slug, one.report.invited)
    if report.kept:
        terminal.line(_("Giữ nguyên %(count)d chỗ đã sửa tay.") % {"count": report.kept})
    terminal.line(_("%(slug)s: %(count)d thay đổi") % {"slug": report.slug, "count": report.changes})


class Invite(SubCommand):
    """Mời lại cán bộ: in liên kết của một người, hoặc làm phiếu cho từng cơ quan."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("username", nargs="?", default="", help="tên đăng nhập của người được mời")
        parser.add_argument(
            "--pending", action="store_true", help="mọi người chưa đặt mật khẩu: mỗi cơ quan một phiếu"
        )
        parser.add_argument("--agency", default="", metavar="MÃ", help="như --pending, của một cơ quan")

    def run(
        self, terminal: Terminal, slug: str, username: str, pending: bool, agency: str, **options: Any
    ) -> None:
        with province_context(require_whole(slug)):
            if pending or agency:
                invited = renew_invitations(agency)
                if not invited:
                    terminal.line(_("%(slug)s: ai cũng đã đặt mật khẩu.") % {"slug": slug})
                hand_out(terminal, slug, invited)
                return
            user = User.objects.filter(username=username).first()
            if user is None:
                terminal.refuse(
                    _("%(slug)s chưa có tài khoản “%(name)s”.") % {"slug": slug, "name": username}
                )
            _show_links(terminal, with_links([user], [invitations.invite(user)]))


def hand_out(terminal: Terminal, slug: str, invited: Sequence[Invited]) -> None:
    """Write the sheets and say where; where none can be written the links are shown, for they are shown only once."""
    if not invited:
        return
    try:
        sheets = invitation_sheets.write(slug, invited)
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


class JsonSchemas(SubCommand):
    """Viết JSON Schema của các tệp YAML vào provinces/.schema, để trình soạn thảo gợi ý và báo lỗi khi gõ."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """No arguments: the schemas are the same for all provinces."""

    def run(self, terminal: Terminal, **options: Any) -> None:
        for path in write_schemas():
            terminal.line(str(path))


COMMANDS = {
    "init": Init(),
    "schema": JsonSchemas(),
    "validate": Validate(),
    "plan": Plan(),
    "apply": Apply(),
    "invite": Invite(),
}
