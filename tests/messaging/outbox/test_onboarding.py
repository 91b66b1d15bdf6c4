from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from messaging.channels.models import Lane
from messaging.outbox import folder as folder_texts
from messaging.outbox import wording as templates
from messaging.outbox.models.provider_templates import Template
from tenants.folder.folder import Folder
from tenants.folder.problems import Refused

pytestmark = pytest.mark.usefixtures("province")


@pytest.fixture
def folder(tmp_path: Path, text: Callable[..., str]) -> Callable[[str | None], Folder]:
    """A folder whose only message is called `thu`; its manifest plays no part here."""
    text("Gửi {ho_ten}", button="Xem")
    manifest: Any = None

    def make(wording: str | None) -> Folder:
        if wording is not None:
            (tmp_path / folder_texts.WORDING).write_text(wording, encoding="utf-8")
        return Folder("thu", tmp_path, manifest, ())

    return make


def apply(folder: Folder) -> int:
    return folder_texts.STEP.apply(folder).changes


def test_a_province_gets_a_lane_for_each_channel(folder: Callable[..., Folder], settings: Any) -> None:
    settings.MESSAGING_CHANNELS = ["mock", "zalo"]
    assert apply(folder(None)) == 2
    assert sorted(Lane.objects.values_list("channel", flat=True)) == ["mock", "zalo"]


def test_the_folders_wording_is_used(folder: Callable[..., Folder]) -> None:
    apply(folder("thu:\n  body: Chào {ho_ten}\n"))
    assert templates.render("thu", {"ho_ten": "Thử"}) == templates.Rendered("Tiêu đề", "Chào Thử", "Xem")


def test_applying_twice_changes_nothing_and_a_changed_wording_is_one_change(folder):
    apply(folder("thu:\n  body: Chào {ho_ten}\n"))
    assert apply(folder("thu:\n  body: Chào {ho_ten}\n")) == 0
    assert (apply(folder("thu:\n  body: Kính chào {ho_ten}\n")), Template.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("wording", "line", "sentence"),
    [
        ("thu:\n  body: Gửi {so_cccd}\n", 1, "không có chỗ điền: so_cccd"),
        ("\nsai_ten:\n  body: Gửi\n", 2, "không có mục “sai_ten”"),
        ("thu:\n  boddy: Gửi\n", 2, "không có mục “boddy”"),
    ],
)
def test_a_faulty_wording_is_refused_at_its_line(folder, wording, line, sentence):
    broken = folder(wording)
    (problem,) = folder_texts.STEP.validate(broken)
    assert (problem.file, problem.line, sentence in problem.message) == ("wording.yaml", line, True)
    with pytest.raises(Refused):
        apply(broken)
    assert not Template.objects.exists()


def test_the_faults_of_all_messages_are_told_at_once(folder: Callable[..., Folder]) -> None:
    broken = folder("sai_ten:\n  titel: Đã nhận\nthu:\n  body: Gửi {so_cccd}\n")
    told = [(one.line, one.message) for one in folder_texts.STEP.validate(broken)]
    assert [line for line, _text in told] == [1, 2, 3]
    assert "có phải “title”?" in told[1][1]
