"""NAME_FILE instead of NAME: the value is what the file holds."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from portal.settings import environment


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What FIELD_KEYS_FILE names."""
    path = tmp_path / "field_keys"
    path.write_text("mới,cũ\n", encoding="utf-8")
    monkeypatch.delenv("FIELD_KEYS", raising=False)
    monkeypatch.setenv("FIELD_KEYS_FILE", str(path))
    return path


def test_the_files_content_is_the_value(file: Path) -> None:
    assert environment.read().FIELD_KEYS == ["mới", "cũ"]


def test_a_value_of_its_own_goes_before_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELD_KEYS", "riêng")
    assert environment.read().FIELD_KEYS == ["riêng"]


def test_a_file_that_cannot_be_read_is_said_and_not_passed_over(file: Path) -> None:
    file.unlink()
    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS_FILE"):
        environment.read()


def test_without_backup_keys_the_portal_runs_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BACKUP_KEYS", raising=False)
    monkeypatch.setenv("DATA_DIR", "/nonexistent")
    assert environment.read().BACKUP_KEYS == []


@pytest.mark.parametrize("rule", ["14", "14d", "d w m", "14d 8w 12m 1y"])
def test_a_rule_of_keeping_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    monkeypatch.setenv("BACKUP_KEEP", rule)
    with pytest.raises(ImproperlyConfigured, match="BACKUP_KEEP"):
        environment.read()
