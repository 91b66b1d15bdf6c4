"""What was done is told in words, whatever room did it."""

import re

from django.test import Client

from tenants.audit import log
from tenants.audit.labels import WORDS
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory
from tests.system.tree import ROOMS, ROOT

RECORDED = re.compile(r"\b(?:log|audit)\.record\(\s*\"([a-z_]+\.[a-z_]+)\"")
SIGNING_IN = re.compile(r"\btrail\.record\(\s*\"([a-z_]+)\"")


def test_every_act_that_is_recorded_has_words() -> None:
    sources = [path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    found = {name for source in sources for name in RECORDED.findall(source)}
    found |= {f"signin.{name}" for source in sources for name in SIGNING_IN.findall(source)}
    assert len(found) > 40
    assert sorted(found - WORDS.keys()) == []


def test_the_administrator_reads_words(province: ProvinceRecord) -> None:
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(AssignmentFactory(role=Role.ADMINISTRATOR).user)
    log.record("lane.paused", "lane:1")
    log.record("message.read", "message:1")
    page = client.get("/quan-tri/audit/auditentry/?viec=lane.paused").content.decode()
    rows = page.partition('id="result_list"')[2].partition("</table>")[0]
    assert "tạm dừng luồng tin" in rows
    assert "xem tin gửi" not in rows
