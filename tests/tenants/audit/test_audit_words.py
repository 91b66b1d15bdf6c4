"""What was done is told in words, whatever room did it."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.channels.models import ChannelAccount
from tenants.audit import log
from tenants.audit.labels import WORDS
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory, UserFactory, signed_in
from tests.system.tree import ROOMS, ROOT

RECORDED = re.compile(r"\b(?:log|audit)\.record\(\s*\"([a-z_]+\.[a-z_]+)\"")
SIGNING_IN = re.compile(r"\btrail\.record\(\s*\"([a-z_]+)\"")


def test_every_act_that_is_recorded_has_words() -> None:
    sources = [path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    found = {name for source in sources for name in RECORDED.findall(source)}
    found |= {f"signin.{name}" for source in sources for name in SIGNING_IN.findall(source)}
    assert len(found) > 40
    assert sorted(found - WORDS.keys()) == []


LOG = "/quan-tri/audit/auditentry/"


@pytest.fixture
def administrator(province: ProvinceRecord) -> Client:
    return signed_in(AssignmentFactory(role=Role.ADMINISTRATOR).user)


def rows(client: Client, **asked: str) -> str:
    return client.get(LOG, asked).content.decode().partition('id="result_list"')[2].partition("</table>")[0]


def test_subjects_have_names_and_links(administrator: Client) -> None:
    """The same number may mean a person or an account at a channel: the act says which."""
    person = UserFactory(full_name="Lê Thị Minh Họa")
    account = ChannelAccount.objects.create(pk=person.pk, channel="mock", name="phu")
    log.record("signin.invited", f"account:{person.pk}")
    log.record("account.save", f"account:{person.pk}")
    log.record("dossier.read", "dossier:H15.08-261125-0001")
    log.record("message.read", "message:x")
    shown = rows(administrator)
    assert f'<a href="/quan-tri/accounts/user/{person.pk}/change/">Lê Thị Minh Họa</a>' in shown
    assert f'<a href="/quan-tri/channels/channelaccount/{person.pk}/change/">{account}</a>' in shown
    assert '<a href="/quan-tri/dossiers/dossier/quet/?q=H15.08-261125-0001">H15.08-261125-0001</a>' in shown
    assert "message:x" in shown


def test_more_rows_of_a_kind_take_no_more_statements(administrator: Client) -> None:
    def statements(number: int) -> int:
        for _count in range(number):
            log.record("signin.invited", f"account:{UserFactory().pk}")
        with CaptureQueriesContext(connection) as captured:
            rows(administrator)
        return len(captured)

    statements(1)
    assert statements(1) == statements(5)


def test_a_row_leads_to_its_own_log_alone(administrator: Client) -> None:
    one, other = UserFactory(), UserFactory()
    for person in (one, other):
        log.record("signin.invited", f"account:{person.pk}")
    page = administrator.get(f"/quan-tri/accounts/user/{one.pk}/change/").content.decode()
    address = f"{LOG}?doi-tuong=person%3A{one.pk}"
    assert f'href="{address}"' in page
    shown = rows(administrator, **{"doi-tuong": f"person:{one.pk}"})
    assert one.full_name in shown
    assert other.full_name not in shown


def test_an_act_is_read_in_words_and_an_odd_subject_has_no_entries(administrator: Client) -> None:
    log.record("lane.paused", "lane:1")
    log.record("signin.invited", f"account:{UserFactory().pk}")
    shown = rows(administrator, viec="lane.paused")
    assert ("tạm dừng luồng tin" in shown, "tạo lời mời" in shown) == (True, False)
    for asked in ("x", "person:", "person:x", "person:" + "9" * 40):
        assert "tạo lời mời" not in rows(administrator, **{"doi-tuong": asked})
