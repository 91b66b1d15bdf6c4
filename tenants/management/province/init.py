"""Hỏi 12 câu rồi viết thư mục đầu tiên của một tỉnh; chỉ ghi tệp, không đụng cơ sở dữ liệu."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants.folder.questionnaire import QUESTIONS, Answers, BadAnswer
from tenants.management.terminal import Terminal
from tenants.onboarding.init import answers_in, refuse_existing, start_province


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("slug", help="tên gọi tắt của tỉnh mới, ví dụ laocai; không đổi được về sau")
    parser.add_argument(
        "--answers", type=Path, default=None, metavar="TỆP", help="tệp YAML trả lời sẵn, không hỏi"
    )


def run(terminal: Terminal, slug: str, answers: Path | None, **options: Any) -> None:
    refuse_existing(slug)
    known = answers_in(answers, slug) if answers else _ask(terminal, slug)
    folder = start_province(known)
    for file in sorted(path.name for path in folder.iterdir()):
        terminal.line(f"  {file}")
    terminal.line(
        _("Đã viết %(folder)s. Đọc %(readme)s ở đó để làm tiếp.")
        % {"folder": folder, "readme": "README.vi.md"}
    )


def _ask(terminal: Terminal, slug: str) -> Answers:
    terminal.line(_("Chưa ghi gì. Enter nhận câu trả lời trong ngoặc vuông; Ctrl-C hoặc Ctrl-D để thôi."))
    answers = Answers(slug)
    try:
        for number, question in enumerate(QUESTIONS, start=1):
            suggested = question.suggest(answers)
            prompt = f"{number:2d}/{len(QUESTIONS)} {question.text}" + (
                f" [{suggested}]" if suggested else ""
            )
            while question.key not in answers.given:
                try:
                    answers.given[question.key] = question.read(input(f"{prompt}: "), answers)
                except BadAnswer as error:
                    terminal.line(f"   ✗ {error}")
    except (EOFError, KeyboardInterrupt):
        terminal.line("")
        terminal.refuse(_("Đã dừng, chưa ghi gì."))
    return answers
