"""What a deployment costs when nothing changed: thirty-four provinces looked through by `schemas migrate`.

Beside it, the same by django-tenants' command over all of them with nothing to do.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from bench import Figure, Stage
from bench.traffic.processes import manage

PROVINCES = int(os.environ.get("SCHEMAS_PROVINCES", "34"))
MOST_SECONDS = 3.0


def measure(stage: Stage) -> Iterable[Figure]:
    stage.say(f"{PROVINCES} provinces, empty")
    with _provinces():
        yield Figure("an empty province on disk", _megabytes(), "MB")
        manage("schemas", "migrate")
        stage.say("nothing to do, three times each")
        ours = stage.seconds(lambda: manage("schemas", "migrate"))
        worked = stage.seconds(lambda: manage("schemas", "migrate"), clock=_of_children)
        status = stage.seconds(lambda: manage("schemas", "status"))
        theirs = stage.seconds(lambda: manage("migrate_schemas", "--verbosity", "0"), times=1)
        yield Figure("nothing to do", ours, "s", bound=MOST_SECONDS, better="less")
        yield Figure("nothing to do, its processor time", worked, "s")
        yield Figure("status", status, "s", bound=MOST_SECONDS, better="less")
        yield Figure("nothing to do, migrate_schemas", theirs, "s")
        yield Figure("share of migrate_schemas", ours / theirs, "ratio", bound=0.5, better="less")


def _of_children() -> float:
    """Seconds of processor that finished commands took: on a busy machine the clock on the wall tells of others."""
    times = os.times()
    return times.children_user + times.children_system


def _megabytes() -> float:
    """What the tables and indexes of one of them take."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(one.oid)) FROM pg_class one WHERE one.relkind IN ('r', 'm')"
            " AND one.relnamespace = 'b00'::regnamespace"
        )
        return float(cursor.fetchone()[0]) / 1_000_000


@contextmanager
def _provinces() -> Iterator[None]:
    """So many provinces. Dropped afterwards."""
    from tenants.isolation.models import Province
    from tests.provinces import as_owner, make_province

    slugs = [f"b{number:02d}" for number in range(PROVINCES)]
    try:
        with as_owner():
            for slug in slugs:
                make_province(slug, f"Tỉnh Đo {slug}", f"Đo {slug}", "H15")
        yield
    finally:
        with as_owner():
            for province in Province.objects.filter(schema_name__in=slugs):
                province.delete(force_drop=True)
