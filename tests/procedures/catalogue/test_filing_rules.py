"""`filing_rules.yaml` of a province's folder: what it says of filing stands before what ships, equally near."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from procedures.catalogue.folder import filing_rules
from procedures.catalogue.folder.filing_rules import FILE
from procedures.catalogue.models import FilingRules
from tenants.folder.folder import Folder
from tenants.folder.problems import Refused
from tenants.isolation.province_cache import ProvinceRecord
from tests.factories import ProcedureFactory, SectorFactory

pytestmark = pytest.mark.usefixtures("province")
CODE = "9.999999"
HELP = "/tro-giup/"
"""The page that says what holds of all procedures."""
SHIPPED = "Cán bộ phải báo một lần"


def group(topic: str, text: str, holds_for: str = "") -> str:
    said = f"{{text: {text}, english: Ours, source: QĐ minh họa}}"
    return f"  - {{rules: {{{topic}: {said}}}{holds_for}}}\n"


def folder(path: Path, *groups: str) -> Folder:
    """A folder with this file alone; its manifest plays no part here."""
    manifest: Any = None
    (path / FILE).write_text("groups:\n" + "".join(groups), encoding="utf-8")
    return Folder("thu", path, manifest, ())


def apply(here: Folder) -> int:
    return filing_rules.STEP.apply(here).changes


def make_procedure() -> None:
    ProcedureFactory(code=CODE, sector=SectorFactory(name="Hộ tịch"))


def read(host: str = "daklak.localhost", path: str = f"/thu-tuc/{CODE}/", **query: str) -> str:
    response = Client(headers={"host": host}).get(path, query)
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture
def page() -> Callable[..., str]:
    """What the page of a procedure about civil status shows."""
    make_procedure()
    return read


def test_rule_of_the_province_stands_until_its_file_goes(tmp_path: Path) -> None:
    assert SHIPPED in read(path=HELP)
    here = folder(tmp_path, group("missing", "Tỉnh gọi điện báo thiếu gì"))
    assert (apply(here), apply(here)) == (1, 0)
    shown = read(path=HELP)
    assert ("Tỉnh gọi điện báo thiếu gì" in shown, SHIPPED in shown) == (True, False)
    (tmp_path / FILE).unlink()
    assert (apply(here), apply(here)) == (1, 0)
    assert SHIPPED in read(path=HELP)


@pytest.mark.parametrize(
    ("holds_for", "stands"),
    [("", False), (", sectors: [Hộ tịch]", True), (f', codes: ["{CODE}"]', True)],
    ids=["all", "sector", "code"],
)
def test_nearer_rule_stands_the_province_before_what_ships(page, tmp_path, holds_for, stands):
    apply(folder(tmp_path, group("papers", "Mang bản giấy của tỉnh", holds_for)))
    assert ("Mang bản giấy của tỉnh" in page(), "“1 bản chính”" in page()) == (stands, not stands)


def test_english_page_says_it_in_english(tmp_path: Path) -> None:
    apply(folder(tmp_path, group("missing", "Tỉnh gọi điện báo")))
    assert "Ours" in read(path=HELP, lang="en")


def test_it_is_nothing_in_another_province(other_province: ProvinceRecord, tmp_path: Path) -> None:
    apply(folder(tmp_path, group("missing", "Tỉnh gọi điện báo")))
    assert "Tỉnh gọi điện báo" in read(path=HELP)
    assert SHIPPED in read("dongnai.localhost", HELP)


def test_plan_names_what_changes(tmp_path: Path) -> None:
    here = folder(
        tmp_path, group("missing", "Tỉnh gọi điện báo"), group("papers", "Hai bản", f', codes: ["{CODE}"]')
    )
    apply(here)
    assert filing_rules.STEP.state(here)[FILE].keys() == {"*: missing", f"{CODE}: papers"}


@pytest.mark.parametrize(
    ("faulty", "says"),
    [
        (group("paper", "Hai bản"), "3: không có mục “paper”; có phải “papers”?"),
        ("  - rules:\n      papers: {text: Hai bản, source: QĐ minh họa}\n", "4: thiếu mục “english”."),
        (
            group("papers", "Hai bản", ", level: commune, sectors: [Hộ tịch]"),
            "3: “level” không đi cùng “codes”, “sectors”; tách thành hai nhóm.",
        ),
        (
            group("papers", "Hai bản", ", sectors: [], codes:"),
            f"3: “codes” bị trống.\n{FILE}:3: “sectors” bị trống.",
        ),
    ],
    ids=["topic", "english", "level", "empty"],
)
def test_fault_is_named_at_its_line_and_changes_nothing(tmp_path: Path, faulty: str, says: str) -> None:
    apply(folder(tmp_path, group("missing", "Tỉnh gọi điện báo")))
    before = FilingRules.objects.values_list("content", flat=True).get()
    with pytest.raises(Refused) as refused:
        apply(folder(tmp_path, group("missing", "Lời khác"), faulty))
    assert str(refused.value) == f"{FILE}:{says}"
    assert FilingRules.objects.values_list("content", flat=True).get() == before


def test_what_does_not_ship_is_a_remark(tmp_path: Path) -> None:
    holds_for = f', codes: ["1.000894", "{CODE}"], sectors: [hộ tịch, Nuôi ong]'
    problems = filing_rules.STEP.validate(folder(tmp_path, group("papers", "Hai bản", holds_for)))
    assert [(problem.message.split("”")[0], problem.blocks) for problem in problems] == [
        (f"“{CODE}", False),
        ("“Nuôi ong", False),
    ]
