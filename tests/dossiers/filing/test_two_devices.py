"""A draft on two devices: words kept aside on both, and a declaration of what the other one changed."""

import re

import pytest

from dossiers.filing import answers
from dossiers.filing.models import FilingDraft
from dossiers.lifecycle.models import Dossier
from tests.dossiers.chatting import words
from tests.dossiers.filing.citizen import Citizen


def drawn(name: str, page: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found
    return found[1]


def test_words_typed_too_late_on_two_devices_are_both_shown(begun: Citizen) -> None:
    draft = FilingDraft.objects.get()
    for typed in ("Nguyễn Văn Một", "Nguyễn Văn Hai", "Nguyễn Văn Hai"):
        answers.keep_pending(draft, "ten", {"ten": [typed]})
    page = words(begun.get("ten"))
    assert ('value="Nguyễn Văn Hai"' in page, page.count("Nguyễn Văn Một")) == (True, 1)


@pytest.mark.parametrize("act", [{"ten": "Nguyễn Văn Ghi"}, {"viec": "bo"}])
def test_words_typed_too_late_elsewhere_stay_until_they_are_seen(begun: Citizen, act: dict[str, str]) -> None:
    seen = drawn("_con_giu", words(begun.get("ten")))
    answers.keep_pending(FilingDraft.objects.get(), "ten", {"ten": ["Nguyễn Văn Dở"]})
    begun.send("ten", **act, _con_giu=seen)
    assert 'value="Nguyễn Văn Dở"' in words(begun.get("ten"))


def test_what_was_changed_elsewhere_is_read_again_before_the_draft_is_filed(begun: Citizen) -> None:
    begun.fill()
    seen = drawn("_dang_co", words(begun.get("cam-doan")))
    begun.send("ten", ten="Nguyễn Văn Sửa")
    refused = words(begun.send("cam-doan", cam_doan="dung", _dang_co=seen))
    assert ("vừa được sửa ở nơi khác" in refused, Dossier.objects.exists()) == (True, False)
    begun.send("cam-doan", cam_doan="dung", _dang_co=drawn("_dang_co", refused))
    assert Dossier.objects.exists()
