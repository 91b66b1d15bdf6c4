"""The documents that the code writes tell what it reads and answers."""

import shutil

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pydantic import Field

from portal.management.commands import docs
from portal.settings import environment


def test_the_documents_in_the_repository_are_current_and_show_no_path_of_this_machine() -> None:
    call_command("docs", check=True)
    assert str(environment.BASE_DIR) not in docs.settings_page()


def test_a_new_setting_makes_the_page_stale_and_a_bar_does_not_break_the_table(monkeypatch):
    class Longer(environment.Environment):
        NEW: str = Field("a|b", description="hoặc x | y")

    monkeypatch.setattr(environment, "Environment", Longer)
    with pytest.raises(CommandError, match=r"cau-hinh.*make docs"):
        call_command("docs", check=True)
    assert "| `NEW` | `a\\|b` | hoặc x \\| y |" in docs.settings_page()


@pytest.mark.parametrize("name", [docs.SETTINGS, docs.API])
def test_checking_writes_nothing_and_writing_makes_it_current(name, monkeypatch, tmp_path):
    for file in (docs.SETTINGS, docs.API):
        (tmp_path / file).parent.mkdir()
        shutil.copy(docs.DOCS / file, tmp_path / file)
    monkeypatch.setattr(docs, "DOCS", tmp_path)
    current = (tmp_path / name).read_text(encoding="utf-8")
    stale = current + "cũ"
    (tmp_path / name).write_text(stale, encoding="utf-8")
    with pytest.raises(CommandError, match=name):
        call_command("docs", check=True)
    assert (tmp_path / name).read_text(encoding="utf-8") == stale
    call_command("docs")
    assert (tmp_path / name).read_text(encoding="utf-8") == current
