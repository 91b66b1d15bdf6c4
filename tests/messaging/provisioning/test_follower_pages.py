"""Who reads an account, on the desk: counts and states, never a name or an address. People are invented."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.test import Client

from messaging.channels.models import ChannelAccount
from messaging.contacts import followers
from messaging.contacts.models import Follower, FollowerList
from messaging.outbox import provider_templates
from messaging.outbox.models.provider_templates import ProviderTemplate
from messaging.provisioning import provider_sync
from messaging.provisioning.tasks import sync_followers
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tests.messaging.conftest import HOST, address, agreed
from tests.messaging.listing import SILENT, ListingChannel
from tests.messaging.provisioning.conftest import statements
from tests.task_queue import TaskQueue

Hints = list[tuple[str, str, str]]


@pytest.fixture
def hints(task_queue: TaskQueue) -> Hints:
    return task_queue.watch("sync_followers")


@pytest.fixture
def desk(desk: Client, hints: Hints) -> Client:
    return desk


def listed(client: Client) -> str:
    answer = client.get(address("contacts_follower_changelist"), headers=HOST)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def sync(client: Client, account: ChannelAccount) -> str:
    answer = client.post(address("followers-sync", account.pk), headers=HOST, follow=True)
    return re.sub(r"\s+", " ", answer.content.decode())


def endless(listing: ListingChannel) -> None:
    """A list of which each page says that there is another."""
    page = listing.people[""]
    listing.people = dict.fromkeys(["", "2"], page)


def reader_row() -> Follower:
    reader = Follower.objects.create(
        channel="scripted", account="chinh", address="246845883529197922", app_address="9876543210123",
        state="following",
    )  # fmt: skip
    contact = agreed("0905000218", "Trần Văn Thử")
    for number in (1, 2):
        followers.link(reader, f"dossier:H15.08-261125-{number:04d}", contact, "quét mã của Trần Văn Thử")
    return reader


def test_neither_name_nor_address_is_shown(desk: Client) -> None:
    row = reader_row()
    page = listed(desk)
    one = desk.get(address("contacts_follower_change", row.pk), headers=HOST).content.decode()
    for private in ("246845883529197922", "9876543210123", "Trần Văn Thử", "0905000218"):
        assert private not in page
        assert private not in one
    assert "đang quan tâm" in one


def test_readers_are_counted(desk: Client) -> None:
    reader_row()
    for number, state in enumerate(["left", "stranger", "erased"]):
        Follower.objects.create(channel="scripted", account="chinh", address=f"{number}", state=state)
    page = listed(desk)
    assert "1 trong 3 người cổng biết" in page
    assert re.search(r"Đã bỏ quan tâm</dt><dd>1<", page)
    assert re.search(r"Đã nối với hồ sơ</dt><dd>1<", page)


def test_more_readers_take_no_more_statements(desk: Client) -> None:
    reader_row()
    listed(desk)
    before = statements(lambda: listed(desk))
    with province_context("daklak"):
        for number in range(5):
            Follower.objects.create(channel="scripted", account="chinh", address=f"{number}")
    assert statements(lambda: listed(desk)) == before


def test_a_short_list_is_read_at_once(desk: Client, account: ChannelAccount, hints: Hints) -> None:
    page = sync(desk, account)
    assert ("Đã đọc hết danh sách của kênh: 3 người." in page, "đã đọc hết 3 người lúc" in page) == (
        True,
        True,
    )
    assert hints == []
    with province_context("daklak"):
        assert AuditEntry.objects.get(action="followers.sync").actor_name == "quantri"


def test_a_long_list_is_read_on_behind_the_scenes(desk, account, listing, hints):
    endless(listing)
    page = sync(desk, account)
    assert ("cổng đang đọc tiếp ở phía sau" in page, "Đọc tiếp" in page) == (True, False)
    assert hints == [("daklak", "scripted", "chinh")]
    asked = len(listing.asked_pages)
    sync(desk, account)
    assert (len(listing.asked_pages), len(hints)) == (asked, 1)


def test_what_nobody_reads_any_more_can_be_read_on(desk, account, listing):
    endless(listing)
    sync(desk, account)
    with province_context("daklak"):
        FollowerList.objects.update(read_at=Now() - timedelta(minutes=3))
    assert "Đọc tiếp" in listed(desk)
    asked = len(listing.asked_pages)
    sync(desk, account)
    assert listing.asked_pages[asked] == "2"


def test_a_provider_that_does_not_answer_is_told(desk, account, listing):
    listing.people["2"] = SILENT
    page = sync(desk, account)
    assert page.count("Kênh không trả lời lúc này.") == 2
    assert ("đã đọc 2 người" in page, "Đọc tiếp" in page) == (True, True)


def test_without_a_queue_one_goes_on_by_hand(desk, account, listing, task_queue):
    task_queue.is_down = True
    endless(listing)
    page = sync(desk, account)
    assert ("Hàng đợi chưa nhận việc đọc tiếp" in page, "Đọc tiếp" in page) == (True, True)


def test_who_may_only_look_reads_nothing(account, client, listing):
    user = User.objects.create_user("chixem", password="mật khẩu thử", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_follower"))
    client.force_login(user)
    assert "Đồng bộ danh sách" not in listed(client)
    assert client.post(address("followers-sync", account.pk), headers=HOST).status_code == 403
    assert listing.asked_pages == []
    client.force_login(User.objects.create_user("ngoai", password="mật khẩu thử", is_staff=True))
    assert client.get(address("contacts_follower_changelist"), headers=HOST).status_code == 403


def test_rows_are_neither_made_nor_changed_by_hand(desk: Client) -> None:
    row = reader_row()
    assert desk.get(address("contacts_follower_add"), headers=HOST).status_code == 403
    where = address("contacts_follower_change", row.pk)
    assert desk.post(where, {"state": "left"}, headers=HOST).status_code == 403


def test_a_page_that_comes_ends_the_trouble(account: ChannelAccount, listing: ListingChannel) -> None:
    good, listing.people["2"] = listing.people["2"], SILENT
    sync_followers.run.__wrapped__("scripted", "chinh")
    assert FollowerList.objects.get().trouble == "Kênh không trả lời lúc này."
    listing.people["2"] = good
    provider_sync.sync_followers(account)
    row = FollowerList.objects.get()
    assert (row.trouble, row.seen) == ("", 3)


class TestCommand:
    def test_lists_are_read_to_their_end(self, account, listing, capsys):
        call_command("channel", "followers", "daklak")
        call_command("channel", "forms", "daklak")
        with province_context("daklak"):
            assert (Follower.objects.count(), ProviderTemplate.objects.count()) == (3, 2)
        assert capsys.readouterr().out.splitlines() == ["scripted/chinh: 3 người", "scripted/chinh: 2 mẫu"]

    def test_a_chosen_form_that_cannot_carry_its_message_is_told(self, account, listing, capsys):
        provider_templates.assign(account, "received", provider_templates.get_or_create(account, "9"), {})
        call_command("channel", "forms", "daklak")
        assert (
            "scripted/chinh: Đã tiếp nhận hồ sơ của ông/bà: chưa đọc mẫu 9 từ kênh."
            in capsys.readouterr().out
        )

    @pytest.mark.parametrize(
        ("slug", "told"),
        [("daklak", r"Chưa đọc hết: scripted/chinh\."), ("khongco", "Không có"), ("dongnai", "Không có")],
    )
    def test_a_silence_and_what_is_not_there_are_told(self, account, listing, slug, told):
        listing.forms = SILENT
        with pytest.raises(CommandError, match=told):
            call_command("channel", "forms", slug)
