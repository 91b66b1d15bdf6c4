"""How many files one page of online filing passes."""

from tests.dossiers.filing.citizen import Citizen
from tests.walks import apps_of, followed

MOST, MOST_APPS = 20, 3


def test_a_page_of_a_draft_passes_few_files(begun: Citizen) -> None:
    begun.send("ten", ten="Nguyễn Văn Một")
    with followed() as walk:
        assert begun.send("ten", ten="Nguyễn Văn Hai").status_code == 303
        assert begun.get("ten").status_code == 200
    assert len(walk) <= MOST, walk
    assert len(apps_of(walk)) <= MOST_APPS, walk
