"""Every command in the operators' pages exists, with the options that are shown; those that can be run are."""

import io
import re
import shlex
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand

from portal.management.commands import docs
from portal.settings import environment
from tests.system.tree import ROOT

FOLDER = ROOT / "docs" / "van-hanh"
PAGES = sorted(FOLDER.glob("*.md"))
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
# What the reader puts in: <tỉnh>, <tệp> and the like.
BLANK = re.compile(r"<([^<>]+)>|\{[^{}]+\}")
FILES = {"tệp", "tệp.mcb", "tệp.csv"}


def commands(page: Path) -> Iterator[str]:
    """Lines of code blocks, and inline pieces, that call `manage.py`, by itself or as `mot-cua`, or `make`."""
    text = page.read_text(encoding="utf-8")
    for language, block in FENCED.findall(text):
        if language in ("", "sh", "bash"):
            for line in block.replace("\\\n", " ").splitlines():
                yield from _calls(line.partition(" #")[0])
    for piece in INLINE.findall(FENCED.sub("", text)):
        yield from _calls(piece)


def _calls(line: str) -> Iterator[str]:
    for found in re.finditer(r"(?:manage\.py|sudo mot-cua) (\S.*)|(?:^|&& |\$ )(make [a-z].*)", line.strip()):
        yield ((found[1] and f"manage.py {found[1]}") or found[2]).split(" && ")[0].split(" | ")[0].strip()


CALLS = sorted({(page.name, call) for page in PAGES for call in commands(page)})


def filled(call: str) -> list[str]:
    """The words of a call, with an example in each blank."""
    words = shlex.split(BLANK.sub(lambda found: _example(found[1] or ""), call))
    return [
        word
        for before, word in zip(["", *words], words, strict=False)
        if word not in ("…", "...") or before.startswith("--")
    ]


def _example(blank: str) -> str:
    return "daklak" if blank in ("tỉnh", "slug") else "vidu"


def parser_of(name: str) -> ArgumentParser:
    command = load_command_class(get_commands()[name], name)
    assert isinstance(command, BaseCommand)
    return command.create_parser("manage.py", name)


def test_the_pages_show_commands() -> None:
    assert len(CALLS) > 40


@pytest.mark.parametrize(("page", "call"), [call for call in CALLS if call[1].startswith("manage.py")])
def test_a_command_and_its_options_exist(page: str, call: str) -> None:
    _program, name, *words = filled(call)
    assert name in get_commands(), call
    if not words:
        return
    said = io.StringIO()
    try:
        with redirect_stderr(said), redirect_stdout(said):
            parser_of(name).parse_args(_whole(name, words))
    except Exception as error:  # Django's parser raises a CommandError
        pytest.fail(f"{page}: {call}: {error} {said.getvalue()[-300:]}")
    except SystemExit:
        pytest.fail(f"{page}: {call}: {said.getvalue()[-300:]}")


def _whole(name: str, words: list[str]) -> list[str]:
    """A call that is only named ("`manage.py backup swap`") is given what it needs."""
    missing = {
        ("backup", "swap"): ["daklak", "daklak_moi"],
        ("backup", "discard"): ["daklak", "daklak_moi"],
        ("backup", "release"): ["daklak"],
        ("backup", "restore"): ["daklak"],
        ("backup", "rehearse"): ["daklak"],
        ("backup", "verify"): ["a.mcb"],
        ("catalogue", "import"): ["daklak", "a.xlsx"],
    }
    return [*words, *missing.get((name, words[0]), [])] if len(words) == 1 else words


@pytest.mark.parametrize(("page", "call"), [call for call in CALLS if call[1].startswith("make")])
def test_a_make_target_exists(page: str, call: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    (target,) = [word for word in filled(call)[1:] if "=" not in word]
    assert target in targets, page


READ_ONLY = [
    ("keys", "status", "daklak"), ("audit", "verify", "daklak"), ("province", "list"),
    ("relay", "status"), ("files", "sweep", "--dry-run"),
]  # fmt: skip


@pytest.mark.parametrize("words", READ_ONLY, ids=" ".join)
def test_what_only_looks_is_run(db: None, words: tuple[str, ...], settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    shown = [call for _page, call in CALLS if call.startswith(f"manage.py {' '.join(words[:2])}")]
    assert shown, "the pages no longer show it"
    with suppress(SystemExit):  # how it stands is not what this is about
        call_command(*words)


def test_every_link_between_the_pages_leads_somewhere() -> None:
    broken = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []


def test_every_setting_that_is_named_is_declared() -> None:
    known = {*environment.Environment.model_fields, *_of_compose()}
    named = set()
    for page in PAGES:
        if page != docs.DOCS / docs.SETTINGS:
            text = page.read_text(encoding="utf-8")
            named |= set(re.findall(r"`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)(?:=[^`]*)?`", text))
    assert {name.removesuffix("_FILE") for name in named} - known == set()


def _of_compose() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docker").glob("compose*.yaml"))
    return set(re.findall(r"\$\{(\w+)", text)) | {"X_FORWARDED_FOR"}


def test_the_alert_rules_are_the_ones_prometheus_is_told_to_read() -> None:
    assert yaml.safe_load((FOLDER / "canh-bao.yaml").read_text(encoding="utf-8"))["groups"]
