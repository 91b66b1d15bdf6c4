"""The pages on the provider's forms: what staff see of them, choose, and read anew. Forms are invented."""

import re
import threading

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from messaging.channels.models import ChannelAccount
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment
from messaging.provisioning import provider_sync
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tests.messaging.conftest import HOST, address
from tests.messaging.listing import RECEIVED, SILENT, ListingChannel, place
from tests.messaging.provisioning.conftest import statements
from tests.task_queue import TaskQueue

FILLED = {"ho_ten": "ho_ten", "ma_ho_so": "ma_ho_so"}


@pytest.fixture
def reader(account: ChannelAccount, client: Client) -> Client:
    """May look and not touch."""
    user = User.objects.create_user("chixem", password="mật khẩu thử", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_providertemplate"))
    client.force_login(user)
    return client


@pytest.fixture
def form(account: ChannelAccount) -> ProviderTemplate:
    parameters = [{"name": name, "required": True, "longest": 30, "kind": "NAME"} for name in FILLED]
    return ProviderTemplate.objects.create(
        account=account, code="111111", name="Một Cửa – Mẫu thử", state="enabled", quality="high",
        parameters=parameters, ways=["by_phone"], price={"by_phone": 1200},
    )  # fmt: skip


def listed(client: Client) -> str:
    answer = client.get(address("messaging_providertemplate_changelist"), headers=HOST)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def message(client: Client, account: ChannelAccount, query: str = "", **posted: str) -> tuple[int, str]:
    where = address("forms-message", account.pk, "received") + query
    answer = client.post(where, posted, headers=HOST) if posted else client.get(where, headers=HOST)
    return answer.status_code, answer.content.decode()


def read(client: Client, account: ChannelAccount) -> str:
    answer = client.post(address("forms-read", account.pk), headers=HOST, follow=True)
    return answer.content.decode()


def uses() -> list[tuple[str, str, dict[str, str]]]:
    with province_context("daklak"):
        return list(TemplateAssignment.objects.values_list("intent", "template__code", "parameters"))


def acts() -> list[tuple[str, str]]:
    with province_context("daklak"):
        return list(
            AuditEntry.objects.filter(action__startswith="template.")
            .order_by("pk")
            .values_list("action", "actor_name")
        )


class TestList:
    def test_a_form_is_told_in_words(self, desk: Client, form: ProviderTemplate) -> None:
        page = listed(desk)
        assert all(
            word in page
            for word in (
                "Một Cửa – Mẫu thử",
                "được duyệt",
                "tốt",
                "theo số điện thoại, 1.200 đ",
                "loại tin chưa có mẫu",
            )
        )

    def test_what_the_provider_refused_is_told_with_its_cause(self, desk, form):
        ProviderTemplate.objects.update(state="disabled", cause="Bị báo xấu.", ways_closed=["by_phone"])
        page = listed(desk)
        assert "Bị báo xấu." in page
        assert "kênh đã từ chối: theo số điện thoại" in page

    def test_more_forms_take_no_more_statements(self, desk: Client, form: ProviderTemplate) -> None:
        listed(desk)
        before = statements(lambda: listed(desk))
        with province_context("daklak"):
            for number in range(5):
                ProviderTemplate.objects.create(account_id=form.account_id, code=f"{number}")
        assert statements(lambda: listed(desk)) == before

    def test_accounts_without_forms_are_left_out(self, desk: Client) -> None:
        with province_context("daklak"):
            ChannelAccount.objects.create(channel="mock", name="khac")
        assert "mock/khac" not in listed(desk)


class TestReading:
    def test_the_list_is_read_and_the_act_is_on_record(self, desk: Client, account: ChannelAccount) -> None:
        assert desk.get(address("forms-read", account.pk), headers=HOST).status_code == 405, "no link"
        page = read(desk, account)
        assert ("Đã đọc 2 mẫu từ kênh." in page, RECEIVED.name in page) == (True, True)
        assert acts() == [("template.fetch", "quantri")]

    @pytest.mark.parametrize(
        ("trouble", "told"),
        [(SILENT, "Kênh không trả lời lúc này."), (ValueError("Thiếu bí mật."), "Thiếu bí mật.")],
    )
    def test_a_provider_that_does_not_answer_is_told(self, desk, account, listing, trouble, told):
        listing.forms = trouble
        page = read(desk, account)
        assert f"Chưa đọc được danh sách mẫu: {told}" in page

    @pytest.mark.parametrize("queue", [True, False])
    def test_a_slow_provider_is_read_behind_the_scenes(
        self, desk: Client, account: ChannelAccount, listing: ListingChannel, monkeypatch: pytest.MonkeyPatch,
        task_queue: TaskQueue, queue: bool,
    ) -> None:  # fmt: skip
        task_queue.is_down = not queue
        monkeypatch.setattr(provider_sync, "TEMPLATES_SECONDS", 0.01)
        answers = threading.Event()
        monkeypatch.setattr(ListingChannel, "list_templates", lambda *asked: answers.wait(30))
        page = read(desk, account)
        answers.set()
        assert ("đang đọc tiếp ở phía sau" in page, "Kênh trả lời quá chậm." in page) == (queue, not queue)
        assert task_queue.sent == ([("fetch_templates", "daklak", "scripted", "chinh")] if queue else [])


class TestChoosing:
    def test_what_is_proposed_stands_in_the_selects(self, desk, account, form):
        _status, page = message(desk, account, "?mau=111111")
        assert re.search(r'<option value="ma_ho_so" selected>', page)
        assert re.search(r'data-shown="ho_ten"[^>]*>Nguyễn Thị Minh Họa<', page)

    def test_a_form_is_chosen_and_given_up_with_a_trace(self, desk, account, form):
        status, _page = message(desk, account, mau="111111", place0="ho_ten", place1="ma_ho_so")
        assert (status, uses()) == (302, [("received", "111111", FILLED)])
        message(desk, account, stop="1")
        assert uses() == []
        assert acts() == [("template.use", "quantri"), ("template.unuse", "quantri")]

    def test_looking_saves_nothing(self, desk, account, form):
        status, page = message(desk, account, mau="111111", place0="noi_tra", place1="", preview="1")
        assert (status, uses()) == (200, [])
        assert re.search(r'data-shown="ho_ten"[^>]*>Trung tâm Phục vụ hành chính…<', page)
        assert "khi gửi sẽ được rút gọn" in page

    @pytest.mark.parametrize(
        ("posted", "sentence"),
        [
            ({"place0": "ho_ten", "place1": ""}, "“ma_ho_so” phải có chỗ điền"),
            ({"place0": "ho_ten", "place1": "so_cccd"}, "Có giá trị không chọn được."),
        ],
    )
    def test_what_cannot_be_used_is_told_in_sentences(self, desk, account, form, posted, sentence):
        status, page = message(desk, account, mau="111111", **posted)
        assert (status, sentence in page, uses()) == (422, True, [])

    @pytest.mark.parametrize("code", ["khong-co", "x" * 500])
    def test_a_form_that_is_not_there_is_none(self, desk: Client, account: ChannelAccount, code: str) -> None:
        assert message(desk, account, mau=code, place0="ho_ten")[0] == 200
        assert uses() == []

    def test_a_message_that_nobody_sends_has_no_page(self, desk: Client, account: ChannelAccount) -> None:
        assert desk.get(address("forms-message", account.pk, "khong-co"), headers=HOST).status_code == 404

    def test_all_that_is_proposed_is_taken_at_once(self, desk, account, form):
        ProviderTemplate.objects.update(name="Một Cửa – Đã tiếp nhận hồ sơ của ông/bà")
        answer = desk.post(address("forms-messages", account.pk), headers=HOST, follow=True)
        assert "Đã chọn mẫu cho 1 tin theo gợi ý." in answer.content.decode()
        assert uses() == [("received", "111111", FILLED)]

    def test_a_name_out_of_nowhere_is_shown_as_text(self, desk: Client, account: ChannelAccount) -> None:
        hostile = place("<script>alert(1)</script>")
        ProviderTemplate.objects.create(
            account=account, code="9", name="<b>x</b>", state="enabled", ways=["by_phone"],
            parameters=[{"name": hostile.name, "required": True}], cause="<i>y</i>",
        )  # fmt: skip
        pages = listed(desk) + message(desk, account, "?mau=9")[1]
        assert not any(tag in pages for tag in ("<b>x</b>", "<i>y</i>", "<script>alert(1)"))


class TestRights:
    def test_who_may_only_look_sees_no_buttons_and_changes_nothing(self, reader, account, form):
        page = listed(reader)
        inner = reader.get(address("forms-messages", account.pk), headers=HOST).content.decode()
        assert "Đọc lại từ kênh" not in page
        assert address("forms-message", account.pk, "received") not in inner
        assert "Dùng mọi gợi ý" not in inner
        for name, arguments in (("forms-read", []), ("forms-messages", []), ("forms-message", ["received"])):
            answer = reader.post(address(name, account.pk, *arguments), {"mau": "111111"}, headers=HOST)
            assert answer.status_code == 403, name
        assert (uses(), acts()) == ([], [])

    def test_who_may_not_look_sees_no_page(self, account: ChannelAccount, client: Client) -> None:
        client.force_login(User.objects.create_user("ngoai", password="mật khẩu thử", is_staff=True))
        for name, arguments in (
            ("messaging_providertemplate_changelist", []),
            ("forms-messages", [account.pk]),
            ("forms-message", [account.pk, "received"]),
        ):
            assert client.get(address(name, *arguments), headers=HOST).status_code == 403, name
