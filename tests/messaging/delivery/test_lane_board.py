"""The board of lanes: what staff see of them and what they may do. People and numbers are invented."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models.functions import Now
from django.test import Client

from messaging.channels.base import Capabilities
from messaging.channels.models import ChannelAccount, Credential, Lane, WayRest
from messaging.channels.states import State
from messaging.contacts.models import Contact
from messaging.outbox.models.messages import Message
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tests.messaging.conftest import HOST, ScriptedChannel, address, agreed, write


@pytest.fixture
def message(contact: Contact, scripted: ScriptedChannel) -> Message:
    return write(contact)


@pytest.fixture
def lane(message: Message) -> Lane:
    return message.lane


def board(desk: Client) -> str:
    response = desk.get(address("channels_lane_changelist"), headers=HOST)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def changed(lane: Lane, **columns: Any) -> None:
    Lane.objects.filter(pk=lane.pk).update(**columns)


def now(lane: Lane) -> Lane:
    with province_context("daklak"):
        return Lane.objects.get(pk=lane.pk)


def acts() -> list[str]:
    with province_context("daklak"):
        return list(AuditEntry.objects.filter(action__startswith="lane.").values_list("action", flat=True))


def test_what_waits_is_shown(desk: Client, message: Message) -> None:
    Message.objects.update(next_attempt_at=Now() - timedelta(minutes=6))
    page = board(desk)
    assert "1 tin, trong đó 1 tin đến hạn gửi" in page
    assert "Có tin đến hạn đã chờ 6 phút" in page


def test_a_resting_way_is_shown_with_its_cause(desk: Client, lane: Lane) -> None:
    ends = Now() + timedelta(minutes=2)
    WayRest.objects.create(
        lane=lane, way="by_phone", rests=1, rests_until=ends, trouble="Hết số tin.", trouble_since=Now()
    )
    page = board(desk)
    assert all(word in page for word in ("Đường “by_phone” nghỉ đến", "Hết số tin.", "Đánh thức luồng"))


def test_a_rest_is_shown_with_its_cause(desk: Client, lane: Lane) -> None:
    changed(lane, rests=1, rests_until=Now() + timedelta(minutes=2), trouble="Hết tiền.", trouble_since=Now())
    page = board(desk)
    assert all(word in page for word in ("Luồng nghỉ đến", "Hết tiền.", "Tự nghỉ khi lỗi</dt><dd>đang nghỉ"))


def test_causes_lead_to_the_messages(desk: Client, message: Message) -> None:
    for one in (message, write(agreed("0905000218"), "2")):
        Message.objects.filter(pk=one.pk).update(
            state=State.FAILED, finished_at=Now(), problem="Số này không có tài khoản."
        )
    page = board(desk)
    link = re.search(r'<a class="underline" href="([^"]+)">2 tin</a>: Số này không có tài khoản\.', page)
    assert link
    found = desk.get(link[1].replace("&amp;", "&"), headers=HOST)
    assert (found.status_code, found.context["cl"].result_count) == (200, 2)


@pytest.mark.parametrize(
    ("before", "word", "after", "act"),
    [
        ({"state": "active"}, "tam-dung", {"state": "paused"}, "lane.state"),
        ({"state": "paused"}, "chay-tiep", {"state": "active"}, "lane.state"),
        ({"rests": 1, "rests_until": Now() + timedelta(1)}, "thu-ngay", {"rests_until": None}, "lane.wake"),
    ],
)
def test_an_act_is_done_and_written_down(desk, lane, before, word, after, act):
    changed(lane, **before)
    response = desk.post(address(f"lane-{word}", lane.pk), headers=HOST)
    done = now(lane)
    assert response.status_code == 302
    assert ({name: getattr(done, name) for name in after}, acts()) == (after, [act])


def test_acts_are_not_done_by_a_link(desk: Client, lane: Lane) -> None:
    assert desk.get(address("lane-tam-dung", lane.pk), headers=HOST).status_code == 405


def set_limits(desk: Client, lane: Lane, **typed: str) -> int:
    form = {"rate": "", "monthly_budget": "", **typed}
    return desk.post(address("channels_lane_change", lane.pk), form, headers=HOST).status_code


def test_limits_are_set_shown_and_written_down_beside_what_the_relay_writes(desk: Client, lane: Lane) -> None:
    desk.get(address("channels_lane_change", lane.pk), headers=HOST)
    changed(lane, spent=7, failures=3, spent_month=clock.today().replace(day=1))
    assert set_limits(desk, lane, rate="2.5", monthly_budget="100", money_limit="500000", spent="0") == 302
    done, page = now(lane), board(desk)
    assert (done.rate, done.monthly_budget, done.money_limit, acts()) == (2.5, 100, 500000, ["lane.limits"])
    assert (done.spent, done.failures) == (7, 3)
    assert ("2,5 tin mỗi giây" in page, "7/100 tin, còn 93" in page) == (True, True)


def test_a_rate_of_nothing_is_refused(desk: Client, lane: Lane) -> None:
    set_limits(desk, lane, rate="0")
    assert now(lane).rate is None


@pytest.fixture
def reader(province: ProvinceRecord, client: Client) -> Client:
    """May look and not touch."""
    user = User.objects.create_user("chixem", password="mật khẩu thử", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_lane"))
    client.force_login(user)
    return client


@pytest.mark.parametrize("word", ["tam-dung", "chay-tiep", "thu-ngay"])
def test_who_may_only_look_sees_no_buttons_and_changes_nothing(reader: Client, lane: Lane, word: str) -> None:
    assert "Tạm dừng" not in board(reader)
    assert reader.post(address(f"lane-{word}", lane.pk), headers=HOST).status_code == 403


def test_who_may_not_look_is_refused(province: ProvinceRecord, client: Client, lane: Lane) -> None:
    client.force_login(User.objects.create_user("ngoai", password="mật khẩu thử", is_staff=True))
    assert client.get(address("channels_lane_changelist"), headers=HOST).status_code == 403


# --- How the account stands with its provider


@pytest.fixture
def account(lane: Lane) -> ChannelAccount:
    return ChannelAccount.objects.create(channel=lane.channel, name=lane.account)


@pytest.fixture
def costly(scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> ScriptedChannel:
    """Its provider grants, and has forms that cost something; a page of the desk connects it."""
    monkeypatch.setattr(scripted, "capabilities", Capabilities(needs_grant=True, has_templates=True))
    for name in ("setup", "invitation", "exchange_code"):
        monkeypatch.setattr(scripted, name, (), raising=False)
    return scripted


CONNECT = "/quan-tri/channels/channelaccount/ket-noi/scripted/chinh/"


@pytest.mark.parametrize(
    ("state", "told"),
    [("reauth_required", "Tài khoản phải được cấp quyền lại"), ("none", "Tài khoản chưa được cấp quyền")],
)
def test_a_lost_grant_leads_to_the_page_that_connects(desk, account, costly, state, told):
    Credential.objects.create(account=account, state=state, trouble="Kênh không gia hạn nữa.")
    page = board(desk)
    assert (told in page, "Kênh không gia hạn nữa." in page, CONNECT in page) == (True, True, True)


def test_a_good_grant_raises_no_alarm(desk: Client, account: ChannelAccount, costly: ScriptedChannel) -> None:
    Credential.objects.create(
        account=account, state="active", credentials='{"access": "bi-mat"}', expires_at=Now()
    )
    page = board(desk)
    assert ("mc-note" in page, "đang dùng được" in page, "bi-mat" in page) == (False, True, False)


def test_who_may_not_connect_is_told_and_not_led(reader, account, costly):
    page = board(reader)
    assert ("Tài khoản chưa được cấp quyền" in page, CONNECT in page) == (True, False)


def test_the_quota_that_the_provider_told_is_shown(desk: Client, account: ChannelAccount) -> None:
    ChannelAccount.objects.update(daily_quota=500, quota_reported_at=Now())
    assert "500 tin mỗi ngày" in board(desk)


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({}, "0 đồng, không giới hạn"),
        ({"money_limit": 500000, "money_spent": 1250}, "1.250/500.000 đồng"),
        ({"money_limit": 1000, "money_spent": 1000}, "hết tiền: chỉ còn gửi bằng đường không mất tiền"),
    ],
)
def test_the_months_money_is_shown(desk, lane, costly, columns, told):
    changed(lane, spent_month=clock.today().replace(day=1), **columns)
    assert told in board(desk)
