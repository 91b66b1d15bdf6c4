"""What the list of dossiers costs: few statements, and never a number over all of them."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dossiers.desk.worklist import change_list
from tests.deep import share
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.walking import in_progress, received
from tests.factories import Office

pytestmark = pytest.mark.sampled

MOST_STATEMENTS = 11
ROWS = 12
VIEWS = [
    "",
    "cua-toi",
    "qua-han",
    "hom-nay",
    "sap-han",
    "cho-dan",
    "cho-tra",
    "nop-truc-tuyen",
    "cho-duyet",
    "tat-ca",
]


@pytest.fixture
def filled(office: Office) -> Office:
    for _number in range(ROWS // 2):
        received(office)
        in_progress(office)
    return office


def statements(office: Office, **asked: str) -> list[str]:
    """The statements behind the second showing of the page: the first also learns what stays the same."""
    client = logged_in(office.clerk)
    client.get(LIST, asked)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(LIST, asked).status_code == 200
    return [query["sql"] for query in captured.captured_queries if query["sql"].startswith("SELECT")]


@pytest.mark.parametrize("view", share(VIEWS, 0, 2))
def test_each_view_takes_few_statements(filled: Office, view: str) -> None:
    sent = statements(filled, **({"viec": view} if view else {}))
    assert len(sent) <= MOST_STATEMENTS, "\n".join(sent)


def test_more_rows_take_no_more_statements(filled: Office) -> None:
    before = len(statements(filled))
    for _number in range(6):
        in_progress(filled)
    assert len(statements(filled)) == before


def test_fifty_rows_weigh_130_kilobytes(filled: Office) -> None:
    page = logged_in(filled.clerk).get(LIST).content
    rows = re.findall(rb"<tbody.*?</tbody>", page, re.DOTALL)
    assert len(rows) == ROWS
    assert max(map(len, rows)) <= 1_300
    assert len(page) - sum(map(len, rows)) <= 60_000


@pytest.mark.parametrize("view", share(VIEWS, 1, 2))
def test_nothing_counts_all_dossiers(filled: Office, view: str) -> None:
    counting = [
        sql
        for sql in statements(filled, **({"viec": view} if view else {}))
        if re.search(r"COUNT\(\*\)", sql, re.IGNORECASE) and '"dossiers_dossier"' in sql
    ]
    assert counting == []


@pytest.mark.parametrize(("hint", "rows"), [("?1", 5), ("?0", 6), ("", 6)])
def test_a_telephone_gets_shorter_pages(
    office: Office, monkeypatch: pytest.MonkeyPatch, hint: str, rows: int
) -> None:
    monkeypatch.setattr(change_list, "PER_PAGE_ON_PHONE", 5)
    for _number in range(6):
        received(office)
    page = logged_in(office.clerk).get(LIST, headers={"sec-ch-ua-mobile": hint}).content
    assert page.count(b'class="data-row"') == rows
