"""The pictures in the documents show the workflows as they are."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from dossiers.workflow.management.commands import workflow_pictures


def test_the_pictures_in_the_repository_are_current() -> None:
    call_command("workflow_pictures", check=True)


def test_both_demonstration_provinces_are_shown_and_their_workflows_differ() -> None:
    files = workflow_pictures.files()
    first, second = files["quy-trinh-daklak.svg"], files["quy-trinh-dongnai.svg"]
    assert "Thẩm định" not in first
    assert "Thẩm định" in second


def test_the_page_shows_every_picture_and_every_picture_is_one() -> None:
    files = workflow_pictures.files()
    page = files.pop(workflow_pictures.PAGE)
    assert [name for name in files if f"]({name})" not in page] == []
    assert {ElementTree.fromstring(text).tag.rpartition("}")[2] for text in files.values()} == {"svg"}


def test_no_act_calls_who_files_a_citizen() -> None:
    # The names of the statuses are those of the state.
    found = [name for name, text in workflow_pictures.files().items() if "của công dân" in text]
    assert found == []


def test_checking_writes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(workflow_pictures, "PLACE", tmp_path)
    with pytest.raises(CommandError, match="make docs"):
        call_command("workflow_pictures", check=True)
    assert list(tmp_path.iterdir()) == []


def test_writing_makes_them_current_and_takes_away_what_is_no_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "quy-trinh-gone.svg").write_text("<svg/>")
    (tmp_path / "ghi-chu.txt").write_text("của người khác")
    monkeypatch.setattr(workflow_pictures, "PLACE", tmp_path)
    call_command("workflow_pictures")
    assert workflow_pictures.is_current(tmp_path)
    assert (tmp_path / "ghi-chu.txt").exists()
