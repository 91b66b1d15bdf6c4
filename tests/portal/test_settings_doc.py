"""The page of settings tells what the code reads."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pydantic import Field

from portal.management.commands import settings_doc
from portal.settings import environment


def declare(monkeypatch: pytest.MonkeyPatch, default: str, meaning: str) -> None:
    """Let there be one more variable, NEW."""

    class Longer(environment.Environment):
        NEW: str = Field(default, description=meaning)

    monkeypatch.setattr(environment, "Environment", Longer)


def test_the_page_in_the_repository_is_current_and_shows_no_path_of_this_machine() -> None:
    call_command("settings_doc", check=True)
    assert str(environment.BASE_DIR) not in settings_doc.page()


def test_a_new_setting_makes_the_page_stale_and_a_bar_does_not_break_the_table(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declare(monkeypatch, "a|b", "hoặc x | y")
    with pytest.raises(CommandError, match="make docs"):
        call_command("settings_doc", check=True)
    assert "| `NEW` | `a\\|b` | hoặc x \\| y |" in settings_doc.page()


def test_checking_writes_nothing_and_writing_makes_it_current(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stale = tmp_path / "cau-hinh.md"
    stale.write_text("cũ")
    monkeypatch.setattr(settings_doc, "PAGE", stale)
    with pytest.raises(CommandError):
        call_command("settings_doc", check=True)
    assert stale.read_text() == "cũ"
    call_command("settings_doc")
    assert stale.read_text(encoding="utf-8") == settings_doc.page()
