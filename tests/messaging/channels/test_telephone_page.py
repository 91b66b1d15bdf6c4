import uuid
from typing import Any

import pytest
from django.test import Client

from messaging.channels.base import Account, OutgoingMessage
from messaging.channels.mock.channel import DESCRIPTIONS, MockChannel
from messaging.channels.models import Lane
from messaging.contacts.models import Consent
from messaging.delivery import lane_loop
from messaging.inbound.models import WebhookEvent
from portal.demo import phone_page
from tenants.isolation.province_cache import ProvinceRecord
from tests.budgets import shrink
from tests.messaging.conftest import NUMBER, agreed, write

pytestmark = pytest.mark.usefixtures("provider_memory")
PAGE = "/dev/dien-thoai/"


def receive(province: ProvinceRecord, number: str, name: str, title: str = "Đã tiếp nhận") -> None:
    message = OutgoingMessage(
        uuid.uuid4(), number, name, title, "Nội dung", (("Mã hồ sơ", "H15"),), "Xem", "/h/x/"
    )
    MockChannel().send(Account(province.uuid, "chinh"), message)


def get(client: Client, query: str = "", host: str = "daklak.localhost") -> Any:
    return client.get(PAGE + query, headers={"host": host})


def test_what_the_outbox_held_is_on_the_telephone(province: ProvinceRecord, client: Client) -> None:
    message = write(agreed("0905000217"))
    lane_loop.run_lane(message.lane_id)
    page = get(client).content.decode()
    assert all(word in page for word in ("Đã tiếp nhận hồ sơ", "H15.08-261125-0001", "/h/abc/"))
    # It looks again only when asked.
    assert ("http-equiv" in page, "Xem tin mới" in page) == (False, True)


@pytest.mark.parametrize(
    ("number", "name"),
    [("0905000001", "Người Một"), ("%2B84905000001", "Người Một"),
     *((wrong, "Người Hai") for wrong in ("", "abc", "0909999999", "9" * 5000))],
)  # fmt: skip
def test_a_number_is_chosen_by_its_link_or_it_is_the_latest(province, client, number, name):
    receive(province, "0905000001", "Người Một")
    receive(province, "0905000002", "Người Hai")
    assert get(client, f"?so={number}").context["current"]["name"] == name


def test_without_messages_of_its_own_a_province_has_an_empty_page_that_nobody_stores(
    province: ProvinceRecord, other_province: ProvinceRecord, client: Client
) -> None:
    receive(other_province, "0905000002", "Người Tỉnh Khác")
    response = get(client)
    assert (response.context["phones"], response.context["current"]) == ([], None)
    assert (response.status_code, response["Cache-Control"]) == (200, "no-store")
    assert all(f"…{ending}: " in response.content.decode() for ending in DESCRIPTIONS)


def test_what_citizens_write_is_escaped(province: ProvinceRecord, client: Client) -> None:
    receive(province, "0905000001", "<script>alert(1)</script>")
    page = get(client).content
    assert (b"<script>alert" in page, b"&lt;script&gt;alert" in page) == (False, True)


class TestWriting:
    @pytest.fixture(autouse=True)
    def _lane(self, province: ProvinceRecord, hints: Any) -> None:
        Lane.objects.get_or_create(channel="mock", account="chinh")

    def post(self, client: Client, **given: str) -> Any:
        return client.post(PAGE, {"so": NUMBER, **given}, headers={"host": "daklak.localhost"})

    @pytest.mark.parametrize("given", [{"text": "giờ làm việc"}, {"chip": "Giờ làm việc"}])
    def test_what_is_typed_or_pressed_is_answered_in_the_chat(self, client, given):
        answer = self.post(client, **given)
        assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}?so={NUMBER}")
        said, told = get(client, f"?so={NUMBER}").context["current"]["messages"]
        assert said["fate"] == "được hiểu là: hỏi giờ, địa chỉ"
        assert "Giờ làm việc" in told["body"]

    def test_a_word_to_stop_ends_what_was_agreed_to(self, client: Client) -> None:
        contact = agreed(NUMBER)
        self.post(client, chip="TẮT TIN")
        assert not Consent.objects.filter(contact=contact, channel="mock", withdrawn_at=None).exists()

    def test_what_became_of_each_message_is_told(self, client: Client) -> None:
        message = write(agreed(NUMBER))
        lane_loop.run_lane(message.lane_id)
        (fate,) = get(client).context["current"]["fates"]
        assert (fate["message"].attempts, fate["message"].get_state_display()) == (1, "đã đến")
        assert get(client).context["chips"][0] == "H15.08-261125-0001"

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ({"text": "  "}, "Xin gõ lời nhắn."),
            ({"text": "a" * 501}, "dài quá 500 chữ"),
            ({"so": "abc", "text": "chào"}, "Xin nhập số điện thoại"),
        ],
    )
    def test_a_fault_is_told_and_nothing_is_sent(self, client, given, told):
        page = self.post(client, **given)
        assert (page.status_code, told in page.content.decode()) == (422, True)
        assert not WebhookEvent.objects.exists()

    def test_who_writes_without_end_waits(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        shrink(monkeypatch, phone_page.WRITTEN, "number", 1, seconds=60)
        self.post(client, text="chào")
        assert "Xin đợi một phút" in self.post(client, text="chào").content.decode()

    def test_without_the_mock_channel_there_is_no_page(self, client: Client, settings: Any) -> None:
        settings.MESSAGING_CHANNELS = ["zalo"]
        assert (get(client).status_code, self.post(client, text="chào").status_code) == (404, 404)
