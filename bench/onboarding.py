"""A province from its folder: with the national catalogue, 150 agencies and 500 people, then again without change.

The folder is Đắk Lắk's with more agencies and invented people. Each is the operators' own command in a process of its
own, less the start of one that only lists provinces. The clock is that on the wall; fsync is off.
"""

import csv
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench import Figure, Stage
from bench.traffic.processes import manage

SLUG, CODE, FORMER = "domoi", "H42", "H25"
AGENCIES, STAFF = 150, 500
ROLES = ("clerk", "specialist", "leader")
STAFF_COLUMNS = ("username", "full_name", "position", "email", "agency", "role")


def measure(stage: Stage) -> Iterable[Figure]:
    with _folder() as root:
        environ = {"PROVINCES_DIR": str(root), "DATA_DIR": str(root)}

        def seconds(*arguments: str, times: int = 3) -> float:
            return stage.seconds(partial(manage, "province", *arguments, **environ), times=times)

        stage.say(f"{AGENCIES} agencies, {STAFF} people, the national catalogue")
        start = seconds("list")
        yield Figure("start of a command", start, "s")
        yield Figure("validate", seconds("validate", SLUG) - start, "s")
        first = seconds("apply", SLUG, "--yes", times=1) - start
        yield Figure("first apply", first, "s", bound=10, better="less")
        _check()
        again = seconds("apply", SLUG, "--yes") - start
        yield Figure("second apply", again, "s", bound=2, better="less")
        yield Figure("plan", seconds("plan", SLUG) - start, "s")


def _check() -> None:
    """What was measured is what was promised."""
    from procedures.catalogue.models import Procedure
    from tenants.accounts.models import User
    from tenants.isolation.context import province_context
    from tenants.organisation.models import Agency

    with province_context(SLUG):
        assert Procedure.objects.count() > 2_000
        assert (Agency.objects.count(), User.objects.count()) == (AGENCIES, STAFF)


@contextmanager
def _folder() -> Iterator[Path]:
    """Where the folder of a province lies that is not there yet. All of it is gone afterwards."""
    from django.conf import settings

    from tenants.isolation.models import Province
    from tests.provinces import as_owner

    root = Path(tempfile.mkdtemp(prefix="mot-cua-bench-"))
    _write(settings.PROVINCES_DIR / "daklak", root / SLUG)
    try:
        yield root
    finally:
        with as_owner():
            for province in Province.objects.filter(schema_name=SLUG):
                province.delete(force_drop=True)
        shutil.rmtree(root)


def _write(source: Path, target: Path) -> None:
    target.mkdir()
    for file in source.iterdir():
        text = file.read_text(encoding="utf-8").replace("daklak", SLUG)
        text = text.replace("H15", CODE).replace("H45", FORMER)
        (target / file.name).write_text(text, encoding="utf-8")
    with (target / "agencies.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
    columns = list(rows[0])
    for number in range(AGENCIES - len(rows)):
        row = dict.fromkeys(columns, "")
        row |= {"code": f"{CODE}.{500 + number}", "name": f"UBND xã Minh Họa {number}", "level": "commune"}
        rows.append(row | {"parent": CODE, "is_desk": "có", "phone": "0262 000 0000", "demo": "có"})
    _table(target / "agencies.csv", columns, rows)
    working = [row["code"] for row in rows if not row["dissolved_on"]]
    people = [
        {
            "username": f"canbo{number}",
            "full_name": f"Cán bộ Minh Họa {number}",
            "agency": working[number % len(working)],
            "role": ROLES[number % len(ROLES)],
        }
        for number in range(STAFF)
    ]
    _table(target / "staff.csv", list(STAFF_COLUMNS), people)


def _table(file: Path, columns: list[str], rows: Iterable[dict[str, str]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
