"""A province from its folder: with the national catalogue, 150 agencies and 500 people, then again without change.

The folder is Đắk Lắk's with more agencies and invented people. The clock is that on the wall; fsync is off.
"""

import csv
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench import Figure, Stage

if TYPE_CHECKING:
    from tenants.onboarding.apply import ApplyReport

SLUG, CODE, FORMER = "domoi", "H42", "H25"
AGENCIES, STAFF = 150, 500
ROLES = ("clerk", "specialist", "leader")
STAFF_COLUMNS = ("username", "full_name", "position", "email", "agency", "role")


def measure(stage: Stage) -> Iterable[Figure]:
    from tenants.onboarding.apply import apply_province, plan_province
    from tenants.onboarding.folder_writing import draft_of
    from tenants.onboarding.validate import validate_province

    with _ground() as folder:
        stage.say(f"{AGENCIES} agencies, {STAFF} people, the national catalogue")
        assert not [one for one in validate_province(SLUG) if one.blocks]
        yield Figure("validate", stage.seconds(lambda: validate_province(SLUG)), "s")
        yield Figure("plan of a new province", stage.seconds(lambda: plan_province(SLUG), times=1), "s")
        first = apply_province(SLUG)
        yield Figure("first apply", first.seconds, "s", bound=10, better="less")
        _check(folder)
        again = [_anew(apply_province) for _ in range(3)]
        assert {report.changes for report in again} == {0}
        seconds = sorted(report.seconds for report in again)[1]
        yield Figure("second apply", seconds, "s", bound=2, better="less")
        yield Figure("plan", stage.seconds(lambda: plan_province(SLUG)), "s")
        yield Figure("export", stage.seconds(lambda: draft_of(SLUG)), "s")


def _anew(apply: "Callable[[str], ApplyReport]") -> "ApplyReport":
    """Apply as a new process would: nothing of the catalogue that ships is at hand."""
    from procedures.catalogue import local_selection, national

    for kept in (national._read, national.load_explanations, local_selection._folded):
        kept.cache_clear()
    return apply(SLUG)


def _check(folder: Path) -> None:
    """What was measured is what was promised."""
    from procedures.models import Procedure
    from tenants.accounts.models import User
    from tenants.isolation.context import province_context
    from tenants.organisation.models import Agency

    with province_context(SLUG):
        assert Procedure.objects.count() > 2_000
        assert (Agency.objects.count(), User.objects.count()) == (AGENCIES, STAFF)


@contextmanager
def _ground() -> Iterator[Path]:
    """The folder of a province that is not there yet; as owner. All of it is gone afterwards."""
    from django.conf import settings

    from tenants.isolation.models import Province
    from tests.provinces import as_owner

    root, former = Path(tempfile.mkdtemp(prefix="mot-cua-bench-")), settings.PROVINCES_DIR
    _write(former / "daklak", root / SLUG)
    settings.PROVINCES_DIR = root
    # Every migration, as an installation has them; tests say remembered statements instead.
    remembered = settings.TENANT_BASE_MIGRATE_COMMAND
    settings.TENANT_BASE_MIGRATE_COMMAND = "django.core.management.commands.migrate.Command"
    try:
        with as_owner():
            try:
                yield root / SLUG
            finally:
                for province in Province.objects.filter(schema_name=SLUG):
                    province.delete(force_drop=True)
    finally:
        settings.PROVINCES_DIR = former
        settings.TENANT_BASE_MIGRATE_COMMAND = remembered
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
