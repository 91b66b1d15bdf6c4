"""Threads that hurry from one province to the other on connections of their own see no foreign row."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier
from dossiers.lookup import lookup
from dossiers.workflow.models import WorkflowVersion
from tenants.isolation.context import current_province, province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Agency
from tests.factories import Office
from tests.system.served import Served

pytestmark = pytest.mark.committed

THREADS = 4
ROUNDS = 60
UNDONE = "không được giữ"
MODELS = (Agency, Dossier, WorkflowVersion)


@pytest.fixture
def stations(committed_province: Any, beside: ProvinceRecord) -> dict[str, dict[str, Any]]:
    """What each of two committed provinces must answer: codes, a token, content types with ids of their own."""
    expected: dict[str, dict[str, Any]] = {}
    for record, prefix in ((committed_province.record, "H99"), (beside, "H98")):
        with province_context(record):
            office = Office(prefix)
            received = services.receive(office.intake(), actor=office.clerk)
            if record is beside:
                _move_content_types()
            types = ContentType.objects.get_for_models(*MODELS)
            expected[record.slug] = {
                "record": record,
                "prefix": f"{prefix}.",
                "code": received.dossier.code,
                "path": f"/h/{received.token_url.rstrip('/').rpartition('/')[2]}/",
                "types": {model: one.pk for model, one in types.items()},
            }
    first, second = expected.values()
    assert all(first["types"][model] != second["types"][model] for model in MODELS)
    return expected


def _move_content_types() -> None:
    """As where a province was made under an earlier version: the same type, another id."""
    Permission.objects.all().delete()
    for one in ContentType.objects.order_by("-pk"):
        ContentType.objects.filter(pk=one.pk).update(id=one.pk + 1000)
    ContentType.objects.clear_cache()


def _begin_and_fail(agency: str) -> None:
    """A write that is undone, as by a request that ends in an error."""
    with suppress(ZeroDivisionError), transaction.atomic():
        Agency.objects.filter(code=agency).update(name=UNDONE)
        raise ZeroDivisionError


def _faults(expected: dict[str, Any], dice: random.Random) -> list[str]:
    """One visit to a province: a few reads of different kinds, some of them ending in an error."""
    faults: list[str] = []
    with province_context(expected["record"]):
        model = dice.choice(MODELS)
        if ContentType.objects.get_for_model(model).pk != expected["types"][model]:
            faults.append("content type")
        if not all(
            code.startswith(expected["prefix"]) for code in Agency.objects.values_list("code", flat=True)
        ):
            faults.append("agency")
        if dice.random() < 0.2:
            _begin_and_fail(f"{expected['prefix']}08")
        if [one.code for one in Dossier.objects.all()] != [expected["code"]]:
            faults.append("dossier")
        if not isinstance(lookup.by_code(expected["code"]), lookup.Progress):
            faults.append("look-up")
        if current_province().slug != expected["record"].slug:
            faults.append("record")
    return faults


def test_threads_that_switch_see_no_foreign_row(stations: dict[str, dict[str, Any]]) -> None:
    start = threading.Barrier(THREADS)

    def hurry(seed: int) -> Counter[str]:
        dice, found = random.Random(seed), Counter[str]()
        start.wait(30)
        try:
            for _round in range(ROUNDS):
                slug = dice.choice(list(stations))
                found.update(_faults(stations[slug], dice) or ["right"])
        finally:
            connection.close()
        return found

    with ThreadPoolExecutor(THREADS) as pool:
        total = sum(pool.map(hurry, range(THREADS)), Counter[str]())
    assert total == {"right": THREADS * ROUNDS}
    for expected in stations.values():
        with province_context(expected["record"]):
            assert not Agency.objects.filter(name=UNDONE).exists()


def test_requests_of_both_provinces_side_by_side_see_no_foreign_row(stations):
    """Four server threads; each answer shows its own dossier and not the other's."""
    browsers = {slug: Served(expected["record"].host) for slug, expected in stations.items()}
    start = threading.Barrier(THREADS)

    def visit(seed: int) -> Counter[tuple[int, bool, bool]]:
        dice, seen = random.Random(seed), Counter[tuple[int, bool, bool]]()
        start.wait(30)
        try:
            for _round in range(ROUNDS // 2):
                slug = dice.choice(list(stations))
                own = stations[slug]
                other = next(one for one in stations.values() if one is not own)
                answer = browsers[slug].get(own["path"])
                seen[(answer.status, own["code"] in answer.text, other["code"] in answer.text)] += 1
        finally:
            connection.close()
        return seen

    with ThreadPoolExecutor(THREADS) as pool:
        total = sum(pool.map(visit, range(THREADS)), Counter[tuple[int, bool, bool]]())
    assert total == {(200, True, False): THREADS * (ROUNDS // 2)}
