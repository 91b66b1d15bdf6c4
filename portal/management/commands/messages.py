"""`manage.py messages`: the catalogues of texts in locale/.

Vietnamese is the source of every string, so locale/en holds them all, and locale/vi only those of Django and
Unfold that would stay English, or read worse, without it. Texts are gathered with GNU gettext; `--check` needs no tool.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import polib
import yaml
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.management.commands import makemessages
from django.utils import translation

from dossiers.lifecycle import notices
from dossiers.workflow.rules import shipped
from messaging.channels.sms import gateway
from messaging.channels.zalo import errors
from messaging.channels.zalo import settings as zalo
from messaging.outbox import wording
from tenants.audit import labels as audit
from tenants.operations.backup import parts
from tenants.operations.board import onboarding_timeline as timeline
from tenants.operations.board import pages as board
from tenants.text import read_labels

# No dates and no names of tools: gathering twice writes the same bytes.
HEADERS = {
    "Project-Id-Version": "mot-cua",
    "Language": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "",
}
PLURAL_FORMS = {"en": "nplurals=2; plural=(n != 1);", "vi": "nplurals=1; plural=0;"}
INTRODUCTIONS = {
    "en": "Every text of the portal in English; the source is Vietnamese. `make messages` keeps the list.",
    "vi": "Texts of Django and Unfold in Vietnamese: those left in English, and those that read better so.",
}
IGNORED = [".*", "bench", "build", "docs", "node_modules", "staticfiles", "tests"]

_PLACEHOLDER = re.compile(r"%\(\w+\)[#0 +-]*[\d.]*[a-zA-Z]|%[sdrif]|{\w*}|</?\w[^>]*>")
VIETNAMESE = re.compile(
    r"[ăâđêôơưáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ]", re.IGNORECASE
)
# Words that stay Vietnamese in an English text: the portal's name, the currency, and quoted words.
LEFT_VIETNAMESE = re.compile(r"Một Cửa|đồng\b|“[^”]*”")


class Gathering(makemessages.Command):
    """Django's own, without guesses: a changed text is untranslated, not almost translated."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]


class Command(BaseCommand):
    help = "Gom chuỗi cần dịch, kiểm tra và biên dịch các bản dịch trong locale/ (cần GNU gettext)."
    requires_system_checks = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--check", action="store_true", help="chỉ kiểm tra, không ghi gì; không cần gettext"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if not check:
            gather()
            for path in catalogues():
                compile_catalogue(path)
        found = [f"{path.parent.parent.name}: {fault}" for path in catalogues() for fault in faults(path)]
        if found:
            raise CommandError("\n".join([*found, f"{len(found)} chỗ phải sửa trong locale/."]))
        for path in catalogues():
            language = path.parent.parent.name
            self.stdout.write(f"{language}: {len(polib.pofile(str(path)))} chuỗi, đã dịch đủ.")


def catalogues() -> list[Path]:
    return sorted((settings.BASE_DIR / "locale").glob("*/LC_MESSAGES/django.po"))


def gather() -> None:
    """Bring locale/en up to date with code, templates and workflows; needs xgettext and msgmerge."""
    with chdir(settings.BASE_DIR):
        # xgettext reads no data: while it runs, the texts of a file of data stand in a Python file beside it.
        names = sources()
        for path, source in names.items():
            path.write_text(source, encoding="utf-8")
        try:
            call_command(
                Gathering(),
                locale=["en"],
                no_obsolete=True,
                no_wrap=True,
                add_location="file",
                ignore_patterns=IGNORED,
                verbosity=0,
            )
        finally:
            for path in names:
                path.unlink(missing_ok=True)


def sources() -> dict[Path, str]:
    """Python source that marks for translation the texts of each file of data, by the path where it may stand."""
    rules = [rule for table in errors.TABLES.values() for rule in table.values()]
    rules += [rule for others in errors.ANOTHER_MEANING.values() for _word, rule in others]
    labels = (audit.FILE, zalo.NAMES_FILE, gateway.SENTENCES_FILE, board.ACTS_FILE, board.DETAILS_FILE)
    with translation.override(settings.LANGUAGE_CODE):
        found = {
            **{path.with_suffix(".csv.py"): list(map(str, read_labels(path).values())) for path in labels},
            zalo.SETUP_FILE.with_suffix(".yaml.py"): [str(text) for one in zalo.SETUP for text in one.texts],
            timeline.FILE.with_suffix(".csv.py"): [str(one.title) for one in timeline.MILESTONES],
            shipped.FOLDER / "names.py": names_in_workflows(),
            **{path.with_suffix(".yaml.py"): meanings_in(path) for path in (notices.FILE, wording.FILE)},
            errors.FILE.with_suffix(".csv.py"): [str(rule.words) for rule in rules],
            parts.FILE.with_suffix(".yaml.py"): [str(one.title) for one in (*parts.CARRIES, *parts.LOSSES)],
        }
    return {
        path: "".join(f"gettext_noop({text!r})\n" for text in dict.fromkeys(texts))
        for path, texts in found.items()
    }


def meanings_in(path: Path) -> list[str]:
    """What stands for the placeholders that this file explains."""
    explained = yaml.safe_load(path.read_text(encoding="utf-8"))["placeholders"]
    return [one["meaning"] for one in explained.values()]


def names_in_workflows() -> list[str]:
    """Every name in the shipped workflows, and of the limits in them."""
    workflows = [
        shipped.default_workflow_data(),
        shipped.complaint_workflow_data(),
        shipped.conciliation_workflow_data(),
    ]
    rows = [row for data in workflows for row in (*data["steps"], *data["transitions"])]
    # The name of the default workflow is not translated.
    names = dict.fromkeys(row["name"] for row in (*rows, *workflows[1:]))
    names |= dict.fromkeys(limit.name for limit in shipped.limits().settling)
    return list(names)


def compile_catalogue(path: Path) -> None:
    """Write a .po in its fixed form, and its .mo beside it; the same texts give the same bytes."""
    catalogue = polib.pofile(str(path), wrapwidth=0)
    language = path.parent.parent.name
    catalogue.header = INTRODUCTIONS[language]
    catalogue.metadata = {**HEADERS, "Language": language, "Plural-Forms": PLURAL_FORMS[language]}
    catalogue.metadata_is_fuzzy = False
    catalogue.save(str(path))
    catalogue.save_as_mofile(str(path.with_suffix(".mo")))


def faults(path: Path) -> list[str]:
    """What is wrong with a catalogue and its .mo, each in one sentence; empty when all is well."""
    catalogue = polib.pofile(str(path))
    forms = int(PLURAL_FORMS[path.parent.parent.name].removeprefix("nplurals=")[0])
    english = path.parent.parent.name == "en"
    found = [fault for entry in catalogue for fault in _faults_of(entry, forms, english)]
    compiled = path.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != catalogue.to_binary():
        found.append(f"{compiled.name} không khớp với {path.name}. Chạy: make messages")
    return found


def _faults_of(entry: polib.POEntry, forms: int, english: bool) -> Iterator[str]:
    name = f"“{entry.msgid}”"
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if entry.obsolete or entry.fuzzy:
        yield f"{name} đã bỏ hoặc mới dịch phỏng chừng."
    if len(texts) != (forms if entry.msgid_plural else 1) or not all(texts):
        yield f"{name} chưa dịch."
        return
    for text in texts:
        if _placeholders(text) != _placeholders(entry.msgid):
            yield f"{name} dịch thành “{text}”: các chỗ điền hoặc thẻ không giống nhau."
        if _edges(text) != _edges(entry.msgid):
            yield f"{name} dịch thành “{text}”: khoảng trắng đầu hoặc cuối không giống nhau."
        if english and VIETNAMESE.search(LEFT_VIETNAMESE.sub("", text)):
            yield f"{name} dịch thành “{text}”: còn tiếng Việt."


def _placeholders(text: str) -> Counter[str]:
    return Counter(_PLACEHOLDER.findall(text))


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
