"""The invented year behind a demonstration's figures."""

import random
from datetime import date, datetime

from dossiers.lifecycle.models import Dossier, Event
from dossiers.statistics.periods import Period
from dossiers.statistics.snapshots import several
from messaging.outbox.models.messages import Message
from portal.demo import population
from tenants.isolation.province_cache import ProvinceRecord
from tests.factories import Office, ProcedureFactory

DAY = date(2026, 11, 25)


def test_it_reaches_a_year_back_is_settled_counted_and_told_to_nobody(
    province: ProvinceRecord, noon: datetime
) -> None:
    Office()
    ProcedureFactory(
        code="9.000001", name="Việc minh họa", short_name="Việc minh họa", term=(5, "working_day")
    )
    for seed in (1, 2):  # once is enough
        population.import_settled_year(60, DAY, random.Random(seed))
    dossiers = Dossier.objects.filter(source=population.ARCHIVE_SOURCE)
    received = [dossier.received_at for dossier in dossiers]
    assert len(received) == 60
    assert (noon - min(received)).days > 365
    assert max(received).date() <= DAY
    assert {dossier.status for dossier in dossiers} == {10}
    assert max(event.at for event in Event.objects.all()) <= noon
    assert not Message.objects.exists()
    said: list[str] = []
    population.count_statistics(said.append)
    (year,) = several([(Period.of("year", noon.date()), None)]).values()
    assert year.figures.total.received > 40
    assert said
