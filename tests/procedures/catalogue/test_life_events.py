"""Life events: what ships is whole, and a province changes, hides and adds its own through its folder."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from procedures.catalogue.contents import national
from procedures.catalogue.life_events import events
from procedures.catalogue.life_events import folder as life_events
from procedures.catalogue.life_events.events import LifeEventFile
from procedures.catalogue.models import Fee, LifeEvent, Procedure
from tenants.folder.folder import Folder
from tenants.folder.problems import Refused
from tenants.validation import read
from tests.factories import ProcedureFactory

pytestmark = pytest.mark.usefixtures("province")
PICTURES = settings.BASE_DIR / "templates/citizen/pictures"
BIRTH = "1.001193"
BEES = "title: Nuôi ong\nintro: Bán mật ong.\nsteps:\n  - text: Hỏi UBND xã.\n"


def get(path: str) -> str:
    response = Client().get(path, headers={"host": "daklak.localhost"})
    assert response.status_code == 200
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def folder(path: Path, **files: str) -> Folder:
    """A folder with these files alone; its manifest plays no part here."""
    manifest: Any = None
    (path / "life_events").mkdir(exist_ok=True)
    for name, text in files.items():
        (path / "life_events" / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return Folder("thu", path, manifest, ())


def apply(here: Folder) -> int:
    return life_events.STEP.apply(here).changes


@pytest.mark.parametrize("slug", events.shipped())
def test_shipped_event_is_whole(slug: str) -> None:
    event, faults = read(LifeEventFile, events.shipped()[slug])
    assert event, faults
    linked = [one for step in event.steps for one in step.procedures]
    assert event.english
    assert all(one.english for one in (*event.steps, *linked))
    assert {one.code for one in linked} <= {record.code for record in national.load().records}
    assert len((PICTURES / f"{event.picture}.svg").read_bytes()) <= 1024


def test_first_six_stand_on_the_home_page_and_all_on_their_own() -> None:
    home, overview = get("/"), get("/doi-song/")
    assert (home.count('class="mc-pic"'), overview.count('class="mc-pic"')) == (6, len(events.shipped()))
    assert home.index('href="/doi-song/sinh-con/"') < home.index('href="/doi-song/ket-hon/"')


def test_step_leads_to_its_procedure_with_term_and_fee() -> None:
    procedure = ProcedureFactory(code=BIRTH, short_name="Đăng ký khai sinh")
    Fee.objects.create(version=procedure.current_version, order=1, kind="le_phi", amount=8_000)
    page = get("/doi-song/sinh-con/")
    assert f'href="/thu-tuc/{BIRTH}/">Đăng ký khai sinh</a>' in page
    assert "5 ngày làm việc · 8.000 đồng" in page


def test_procedure_of_others_says_where_it_is_filed() -> None:
    ProcedureFactory(code=BIRTH, information_only=True, where_text="nộp tại nơi khác")
    assert "Nộp tại nơi khác" in get("/doi-song/sinh-con/")


def test_hidden_procedure_is_left_out() -> None:
    ProcedureFactory(code=BIRTH, state=Procedure.State.HIDDEN)
    assert BIRTH not in get("/doi-song/sinh-con/")


def test_english_reader_gets_english_and_the_name_for_the_counter() -> None:
    ProcedureFactory(code=BIRTH, short_name="Đăng ký khai sinh")
    page = get("/doi-song/sinh-con/?lang=en")
    assert "Having a child</h1>" in page
    assert ">Birth registration</a>" in page
    assert 'lang="vi">Đăng ký khai sinh<' in page


def test_more_procedures_cost_no_more_statements() -> None:
    event = read(LifeEventFile, events.shipped()["sinh-con"])[0]
    assert event
    for code in {one.code for step in event.steps for one in step.procedures}:
        ProcedureFactory(code=code)
    with CaptureQueriesContext(connection) as captured:
        get("/doi-song/sinh-con/")  # made anew: something changed since it was kept
    assert len(captured) <= 5


def test_province_changes_hides_and_adds(tmp_path: Path) -> None:
    get("/doi-song/")
    here = folder(
        tmp_path, ket_hon="title: Cưới hỏi\n", sinh_con="hidden: true\n", nuoi_ong=f"order: 1\n{BEES}"
    )
    assert apply(here) == 3
    page = get("/doi-song/")
    assert "Cưới hỏi</a>" in page
    assert events.shipped()["ket-hon"]["intro"] in page, "what the file does not say stays"
    assert "/doi-song/sinh-con/" not in page
    assert page.index("Nuôi ong</a>") < page.index("Cưới hỏi</a>")
    assert Client().get("/doi-song/sinh-con/", headers={"host": "daklak.localhost"}).status_code == 404


def test_second_time_changes_nothing_and_without_files_all_is_as_shipped(tmp_path: Path) -> None:
    here = folder(tmp_path, ket_hon="title: Cưới hỏi\n", nuoi_ong=BEES)
    assert (apply(here), apply(here)) == (2, 0)
    (tmp_path / "life_events/nuoi-ong.yaml").unlink()
    assert (apply(here), apply(here)) == (1, 0)
    (tmp_path / "life_events/ket-hon.yaml").unlink()
    apply(here)
    assert not LifeEvent.objects.exists()


def test_changes_of_an_event_that_no_longer_ships_show_nothing() -> None:
    LifeEvent.objects.create(slug="da-bo", content={"title": "Đã bỏ"})
    assert "Đã bỏ" not in get("/doi-song/")


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("ket_hon", "order: đầu\n", 1),
        ("ket_hon", "title: Cưới\npicture: cake\n", 2),
        ("ket_hon", "steps:\n  - text: Đăng ký\n    procedures:\n      - {code: x}\n", 4),
        ("ket_hon", "titel: Cưới\n", 1),
        ("nuoi_ong", "title: Nuôi ong\nintro: Mật.\n", 1),
        ("Nuoi", BEES, 0),
        ("ket_hon", "- x\n", 1),
    ],
)
def test_fault_is_named_at_its_line(tmp_path: Path, name: str, text: str, line: int) -> None:
    here = folder(tmp_path, **{name: text})
    (problem,) = life_events.STEP.validate(here)
    assert (problem.file, problem.line) == (f"life_events/{name.replace('_', '-')}.yaml", line)
    with pytest.raises(Refused):
        apply(here)
    assert not LifeEvent.objects.exists()


def test_code_that_does_not_ship_is_a_remark(tmp_path: Path) -> None:
    steps = 'steps:\n  - {text: Làm, procedures: [{code: "9.999999"}]}\n'
    (problem,) = life_events.STEP.validate(folder(tmp_path, ket_hon=steps))
    assert (problem.line, problem.blocks) == (2, False)
