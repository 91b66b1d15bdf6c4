"""A process that is killed between any two of its steps loses nothing and doubles nothing, in either direction."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.db.models.functions import Now

from dossiers.exchange.national.models import NationalDifference, NationalDossier
from dossiers.lifecycle.models import Attachment, Dossier
from tests.dossiers.exchange.national.conftest import linked, receive
from tests.dossiers.exchange.national.test_intake import filed
from tests.factories import Office

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]

KILLS = range(4, 64, 3)
"""After so many statements and ends of calls each of these processes dies."""
WORKER = """
import itertools, os, signal, sys, django
django.setup()
from django.db import connection
from django.db.models.functions import Now
from dossiers.exchange.national import turn
from dossiers.exchange.national.models import NationalLink
from tenants.audit import sealer
from tenants.isolation.context import province_context
from tenants.web import http

def work(slug, last):
    steps, call = itertools.count(1), http.call

    def count():
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(*given, **named):
        count()
        answer = call(*given, **named)
        count()
        return answer

    http.call = counted
    sealer.seal(slug)
    with province_context(slug):
        NationalLink.objects.update(next_try_at=Now())
        with connection.execute_wrapper(lambda execute, *given: (count(), execute(*given))[1]):
            turn.run(NationalLink.objects.get().pk)

slug, *points = sys.argv[1:]
killed = 0
for point in points:
    if (child := os.fork()) == 0:
        work(slug, int(point))
        os._exit(0)
    killed += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
print(killed)
"""


def test_killed_at_twenty_points_nothing_is_lost_or_doubled(committed_province, portal):
    office = Office("H99")
    link = linked(office, portal)
    codes = [receive(office).code for _ in range(8)]
    filings = [f"G22.99.21-261124-000012{number}" for number in range(6)]
    for code in filings:
        portal.control(file=filed(office, code))
    place = f"127.0.0.1:{portal.port}"

    def work(*points: int) -> int:
        command = [sys.executable, "-c", WORKER, committed_province.slug, *map(str, points)]
        environ = {**committed_province.environ, "OUTBOUND_ALLOW": place}
        return int(subprocess.check_output(command, cwd=settings.BASE_DIR, env=environ, timeout=80))

    assert work(*KILLS) == len(KILLS)
    assert work(0, 0, 0) == 0
    type(link).objects.update(next_comparison_at=Now(), compared_id=0)
    assert work(0, 0) == 0
    there = portal.control()
    assert sorted(there) == sorted(codes + filings)
    assert {code: len(one["DanhSachTienDo"]) for code, one in there.items()} == dict.fromkeys(there, 1)
    assert sorted(NationalDossier.objects.values_list("code", flat=True)) == sorted(codes + filings)
    assert (Dossier.objects.count(), Attachment.objects.count()) == (14, 6)
    creates = [one for one in portal.taken("DongBoHoSoMC") if one["updating"] == "False"]
    assert sorted(one["rows"][0]["MaHoSo"] for one in creates) == sorted(codes)
    assert NationalDifference.objects.count() == 0
