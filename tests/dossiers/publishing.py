"""A province with figures to publish: what tests of the page and of the files start from.

It is Wednesday 25/11/2026. In October thirty dossiers were settled, two of them late; November has eleven.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.statistics.periods import Period, Unit
from dossiers.statistics.snapshots import refresh
from tenants import clock
from tests.dossiers.histories import Act, History, write
from tests.factories import AgencyFactory, Office, ProcedureFactory, SectorFactory

OCTOBER = Period("month", date(2026, 10, 1))
NOVEMBER = Period("month", date(2026, 11, 1))
COUNTED: tuple[tuple[Unit, date], ...] = (
    ("day", date(2026, 11, 25)),
    ("month", date(2026, 9, 1)),
    ("month", date(2026, 10, 1)),
    ("month", date(2026, 11, 1)),
    ("quarter", date(2026, 10, 1)),
    ("year", date(2026, 1, 1)),
)
HOST = "daklak.localhost"
PAGE = "/minh-bach/"


def settled(day: int, month: int = 10, *, late: bool = False, **places: Any) -> History:
    """Received at eight, due five days later, settled the day before that or the day after."""
    received = datetime(2026, month, day, 8, tzinfo=clock.VIETNAM)
    due = received + timedelta(days=5)
    finish = due + timedelta(days=1 if late else -1)
    return History(received, [Act(received, 2, due=due), Act(finish, 9, "close", due=due)], **places)


def waiting(day: int, due_day: int, **places: Any) -> History:
    received = datetime(2026, 11, day, 8, tzinfo=clock.VIETNAM)
    due = datetime(2026, 11, due_day, 17, tzinfo=clock.VIETNAM)
    return History(received, [Act(received, 4, due=due)], **places)


class Published:
    """Đắk Lắk, counted; with `empty`, before the first dossier came."""

    def __init__(self, office: Office, *, empty: bool = False) -> None:
        self.office = office
        self.counted = 0
        if not empty:
            self.fill()

    def fill(self) -> None:
        self.big = AgencyFactory(code="H15.77", name="Sở Minh Họa")
        self.small = AgencyFactory(code="H15.78", name="Sở Nhỏ")
        self.tiny = AgencyFactory(code="H15.79", name="=Sở Tí Hon")
        sector = SectorFactory(name="Lĩnh vực minh họa")
        self.procedure = ProcedureFactory(
            code="9.000001",
            name="Thủ tục minh họa",
            short_name="Việc minh họa",
            sector=sector,
            term=(4, "working_day"),
        )
        common = {"procedure": self.procedure}
        self.write(
            [
                *(settled(5 + number % 10, agency=self.big, **common) for number in range(12)),
                *(settled(5, late=True, agency=self.big, channel="online", **common) for _ in range(2)),
                *(settled(5, agency=self.small, channel="online", **common) for _ in range(12)),
                *(settled(6, agency=self.tiny, **common) for _ in range(4)),
                *(settled(2, 11, agency=self.big, **common) for _ in range(7)),
                waiting(10, 20, **common),
                waiting(20, 26, **common),
                waiting(20, 30, **common),
                waiting(20, 30, **common),
            ]
        )

    def write(self, histories: Sequence[History]) -> None:
        write(self.office, histories)
        self.count()

    def count(self) -> None:
        """As beat does, a minute later each time; of the months a year back, one stands for the empty ones."""
        with clock.frozen(clock.now() + timedelta(minutes=self.counted)):
            for unit, day in COUNTED:
                refresh(Period.of(unit, day))
        self.counted += 1


def get(path: str = PAGE, **headers: str) -> HttpResponse:
    return Client(headers={"host": HOST, **headers}).get(path)


def statements(path: str, **headers: str) -> list[str]:
    with CaptureQueriesContext(connection) as asked:
        get(path, **headers)
    return [query["sql"] for query in asked if query["sql"].startswith("SELECT") and "FROM" in query["sql"]]


def words(response: HttpResponse) -> str:
    return " ".join(response.content.decode().replace("\xa0", " ").split())
