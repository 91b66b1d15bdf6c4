"""Providers' forms: which carries a message, what fills it, and when it is not used."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from messaging.channels.accounts import credentials
from messaging.channels.base import Account, Capabilities, Outcome, OutcomeKind, Reason, registry
from messaging.channels.capabilities import ListedTemplate, TemplatePage
from messaging.channels.inbound_items import TemplateChanged
from messaging.channels.models import ChannelAccount
from messaging.contacts.models import Contact
from messaging.delivery import lane_loop, tasks
from messaging.inbound import privacy, receive
from messaging.inbound.models import WebhookEvent
from messaging.outbox import provider_templates
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import Message
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment
from messaging.outbox.provider_templates import BadAssignment
from messaging.outbox.wording import Rendered
from messaging.provisioning import provider_sync
from messaging.provisioning.tasks import read_followers, read_forms
from tenants.isolation.crypto import decrypt
from tests.messaging.conftest import ScriptedChannel, filled_form, write
from tests.task_queue import TaskQueue

BODY = "Hồ sơ {ma_ho_so} của {ho_ten} đã được tiếp nhận."
VALUES = {"ho_ten": "Nguyễn Thị Thử", "ma_ho_so": "H15.08-261125-0001"}
PLACES = [{"name": "ten", "required": True, "longest": 30}, {"name": "ma", "required": True, "longest": 30}]
FILLED = {"ten": "ho_ten", "ma": "ma_ho_so"}


class FormChannel(ScriptedChannel):
    capabilities = Capabilities(can_be_asked=True, has_templates=True)

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, TemplatePage] = {}

    def list_templates(self, account: Account, cursor: str) -> TemplatePage:
        return self.pages[cursor]


@pytest.fixture
def channel(province: Any, scripted: ScriptedChannel, monkeypatch: pytest.MonkeyPatch) -> FormChannel:
    forms = FormChannel()
    monkeypatch.setitem(registry._channels, forms.code, forms)
    monkeypatch.setattr(templates, "_registry", {})
    templates.register("tin", "Đã tiếp nhận", BODY, placeholders=("luc",), label="Đã tiếp nhận hồ sơ")
    return forms


@pytest.fixture
def account(channel: FormChannel) -> ChannelAccount:
    return ChannelAccount.objects.create(channel=channel.code, name="chinh")


@pytest.fixture
def form(account: ChannelAccount) -> ProviderTemplate:
    row = ProviderTemplate.objects.create(
        account=account, code="123456", name="Tiếp nhận", state="enabled", parameters=PLACES,
        ways=["by_id", "by_phone"], price={"by_id": 100, "by_phone": 200}, dropped_after=timedelta(hours=2),
    )  # fmt: skip
    provider_templates.assign(account, "tin", row, FILLED)
    return row


def notice(contact: Contact, event: str = "1") -> Message:
    words = templates.render("tin", VALUES)
    return write(contact, event, subject=f"dossier:{event}", intent="tin", rendered=words)


class TestUse:
    def test_the_form_is_filled_from_our_values(self, account: ChannelAccount, form: Any) -> None:
        found = filled_form(account, "tin", VALUES)
        assert found is not None
        assert found.code == "123456"
        assert dict(found.values) == {"ten": "Nguyễn Thị Thử", "ma": "H15.08-261125-0001"}
        assert (found.ways, dict(found.price)) == ({"by_id", "by_phone"}, {"by_id": 100, "by_phone": 200})
        assert found.dropped_after == timedelta(hours=2)

    @pytest.mark.parametrize(
        ("state", "intent", "changed"),
        [
            *((state, "tin", {}) for state in ("pending", "rejected", "disabled")),
            ("enabled", "tin", {"ho_ten": ""}),
            ("enabled", "khac", {}),
        ],
    )
    def test_not_approved_without_a_value_or_for_another_message_it_is_not_used(
        self, account: ChannelAccount, form: Any, state: str, intent: str, changed: dict[str, str]
    ) -> None:
        ProviderTemplate.objects.update(state=state)
        assert filled_form(account, intent, {**VALUES, **changed}) is None

    def test_a_value_that_may_be_empty_may_be(self, account: ChannelAccount, form: Any) -> None:
        places = [{**PLACES[0], "may_be_empty": True}, PLACES[1]]
        ProviderTemplate.objects.update(parameters=places)
        found = filled_form(account, "tin", {**VALUES, "ho_ten": ""})
        assert found is not None
        assert found.values["ten"] == ""

    @pytest.mark.parametrize(
        ("intent", "parameters", "why"),
        [
            ("tin", {"ten": "ho_ten", "ma": "ma_ho_so", "la": "luc"}, "không có tham số “la”"),
            ("tin", {"ten": "ho_ten", "ma": "la_gi"}, "không có chỗ điền “la_gi”"),
            ("tin", {"ten": "ho_ten"}, "“ma” phải có chỗ điền"),
            ("khac", FILLED, "Không có mẫu tin tên “khac”"),
        ],
    )
    def test_what_cannot_fill_it_is_refused(self, account, form, intent, parameters, why):
        with pytest.raises(BadAssignment, match=why):
            provider_templates.assign(account, intent, form, parameters)
        assert TemplateAssignment.objects.get().parameters == FILLED

    def test_a_form_of_another_account_is_refused(self, form: Any) -> None:
        other = ChannelAccount.objects.create(channel="scripted", name="khac")
        with pytest.raises(BadAssignment, match="tài khoản khác"):
            provider_templates.assign(other, "tin", form, FILLED)


class TestSending:
    @pytest.mark.parametrize(
        "outcome",
        [
            Outcome(OutcomeKind.PERMANENT, "no_template", reason=Reason.TEMPLATE_UNUSABLE),
            Outcome(OutcomeKind.TEMPORARY, "-147", reason=Reason.TEMPLATE_UNUSABLE, way="by_phone"),
        ],
        ids=["the channel chose none", "for today"],
    )
    def test_what_says_nothing_against_the_form_leaves_it(self, contact, form, channel, outcome):
        channel.answers = [outcome]
        lane_loop.run_lane(notice(contact).lane_id)
        form.refresh_from_db()
        assert (form.state, form.ways_closed) == ("enabled", [])

    def test_values_are_stored_as_cipher_text_and_erased_with_the_reader(self, contact, form):
        message = notice(contact)
        with connection.cursor() as cursor:
            cursor.execute("SELECT facts FROM messaging_message")
            (stored,) = cursor.fetchone()
        assert "Thử" not in stored
        assert provider_templates.read_values(decrypt(stored)) == VALUES
        lane_loop.run_lane(message.lane_id)
        privacy.erase(contact, None)
        assert Message.objects.get().facts == ""

    def test_only_values_that_the_text_may_use_are_kept(self, channel: FormChannel) -> None:
        rendered = templates.render("tin", {**VALUES, "bi_mat": "x", "luc": ""})
        assert dict(rendered.values) == VALUES

    def test_a_message_without_values_is_sent_without_a_form(self, contact, form, channel):
        message = write(contact, intent="tin", rendered=Rendered("Tiêu đề", "Lời."))
        lane_loop.run_lane(message.lane_id)
        assert channel.sent[0].template is None


class TestWhatTheProviderTells:
    @staticmethod
    def hear(channel: FormChannel, monkeypatch: pytest.MonkeyPatch, *items: Any) -> None:
        monkeypatch.setattr(FormChannel, "parse_events", lambda self, account, raw: list(items))
        WebhookEvent.objects.create(
            channel=channel.code, account="chinh", key=f"{WebhookEvent.objects.count()}", raw="x"
        )
        receive.process_pending()

    def test_an_older_word_changes_nothing(self, form, channel, monkeypatch):
        noon = datetime(2026, 11, 20, 5, tzinfo=UTC)
        self.hear(channel, monkeypatch, TemplateChanged("123456", "disabled", reported_at=noon))
        earlier = TemplateChanged("123456", "enabled", reported_at=noon - timedelta(hours=1))
        self.hear(channel, monkeypatch, earlier)
        form.refresh_from_db()
        assert form.state == "disabled"

    def test_a_form_that_nobody_knew_is_noted(self, account, channel, monkeypatch):
        self.hear(channel, monkeypatch, TemplateChanged("777", "rejected", cause="Thiếu lô-gô."))
        assert ProviderTemplate.objects.get().state == "rejected"

    @pytest.mark.parametrize(
        ("listed", "cause"), [("rejected", "Thiếu lô-gô."), ("pending", ""), ("enabled", "")]
    )
    def test_a_list_that_gives_no_reason_keeps_the_one_of_the_same_state(
        self,
        account: ChannelAccount,
        channel: FormChannel,
        monkeypatch: pytest.MonkeyPatch,
        listed: str,
        cause: str,
    ) -> None:
        self.hear(channel, monkeypatch, TemplateChanged("777", "rejected", cause="Thiếu lô-gô."))
        channel.pages = {"": TemplatePage((ListedTemplate("777", state=listed),))}
        provider_sync.fetch_templates(account)
        form = ProviderTemplate.objects.get()
        assert (form.state, form.cause) == (listed, cause)

    def test_one_that_the_provider_deleted_is_used_no_more(self, account, channel):
        kept, gone = ListedTemplate("1", state="enabled"), ListedTemplate("2", state="enabled")
        ProviderTemplate.objects.create(account=account, code="3", state="enabled")
        states = ProviderTemplate.objects.values_list("code", "state")
        channel.pages = {"": TemplatePage((kept, gone))}
        provider_sync.fetch_templates(account)
        channel.pages = {"": TemplatePage(())}
        provider_sync.fetch_templates(account)
        assert dict(states.all()) == {"1": "enabled", "2": "enabled", "3": "enabled"}
        channel.pages = {"": TemplatePage((kept,))}
        provider_sync.fetch_templates(account)
        # The third was typed by hand and never stood in a list.
        assert dict(states.all()) == {"1": "enabled", "2": "disabled", "3": "enabled"}

    def test_lists_are_read_behind_the_scenes_where_an_account_may_ask(
        self,
        account: ChannelAccount,
        channel: FormChannel,
        monkeypatch: pytest.MonkeyPatch,
        task_queue: TaskQueue,
    ) -> None:
        monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
        read_forms()
        credentials.store(account, {"access": "a"}, timedelta(hours=25))
        assert (read_forms(), read_followers()) == (1, 0)
        assert task_queue.sent == [("fetch_templates", "daklak", account.channel, "chinh")]


class TestMissing:
    def test_a_message_without_a_form_is_named(self, account: ChannelAccount) -> None:
        (one,) = provider_templates.find_missing(account)
        assert str(one) == "Đã tiếp nhận hồ sơ: chưa chọn mẫu của kênh."

    def test_a_form_that_grew_a_place_is_named(self, account: ChannelAccount, form: Any) -> None:
        ProviderTemplate.objects.update(parameters=[*PLACES, {"name": "moi", "required": True}])
        (one,) = provider_templates.find_missing(account)
        assert "“moi” phải có chỗ điền" in one.why

    def test_when_all_are_carried_nothing_is_missing(self, account: ChannelAccount, form: Any) -> None:
        assert provider_templates.find_missing(account) == []
