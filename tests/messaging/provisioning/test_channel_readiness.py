"""What keeps channels from sending, as `province check` tells it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.accounts import routes as channel_routes
from messaging.channels.base import Capabilities, Health, registry
from messaging.channels.models import Credential, Lane
from messaging.inbound.models import WebhookEvent
from messaging.outbox import provider_templates
from messaging.outbox.provider_templates import Missing
from messaging.provisioning import readiness
from tenants.folder.readiness import Finding, Level, State
from tenants.operations.readiness import all_checks
from tests.messaging.common_door import APP, CommonDoorChannel
from tests.messaging.granted_door import GrantedChannel, GrantsInMemory

pytestmark = pytest.mark.usefixtures("province")

CODE = "common"


class NeedsAll(GrantedChannel):
    """Needs a grant and approved forms, and misses its secret."""

    capabilities = Capabilities(needs_grant=True, has_templates=True)
    check_account = CommonDoorChannel.check_account


@pytest.fixture(autouse=True)
def grants(monkeypatch: pytest.MonkeyPatch) -> GrantsInMemory:
    made = GrantsInMemory(now=Credential(state="active"))
    monkeypatch.setattr(credentials, "standing", made.standing)
    monkeypatch.setattr(provider_templates, "find_missing", lambda account: [])
    return made


@pytest.fixture(autouse=True)
def channel(settings: Any, monkeypatch: pytest.MonkeyPatch) -> NeedsAll:
    made = NeedsAll()
    monkeypatch.setitem(registry._channels, CODE, made)
    settings.MESSAGING_CHANNELS = [CODE]
    return made


@pytest.fixture
def saved() -> None:
    channel_accounts.save(CODE, "chinh", config={"app_id": APP}, secrets={"hook": "x"}, external_id="1")


@pytest.fixture
def heard(saved: None) -> WebhookEvent:
    return WebhookEvent.objects.create(channel=CODE, account="chinh", key="k", raw="{}")


def found(level: Level = Level.GOLIVE) -> dict[str, Finding]:
    return {one.id: one for one in all_checks.run_checks("daklak", level).findings if one.id.startswith(CODE)}


def states(level: Level = Level.GOLIVE) -> dict[str, str]:
    return {id.removeprefix(f"{CODE}."): one.state.value for id, one in found(level).items()}


def test_a_channel_that_has_all_is_well(heard: WebhookEvent) -> None:
    assert states() == dict.fromkeys(("account", "grant", "webhook", "lane", "health", "template"), "ok")
    assert "UBND thử." in found()[f"{CODE}.health"].title


def test_a_channel_that_has_nothing_says_all_at_once() -> None:
    assert states() == {
        "account": "blocked", "grant": "ok", "webhook": "blocked", "lane": "blocked", "health": "skipped",
        "template": "skipped",
    }  # fmt: skip
    assert "Thiếu bí mật “hook”." in found()[f"{CODE}.account"].cause


def test_nothing_of_it_is_asked_of_a_province_that_is_being_built() -> None:
    assert found(Level.DEV) == {}


@pytest.mark.parametrize(
    ("now", "cause"),
    [
        (None, "Chưa được cấp quyền."),
        (Credential(state="reauth_required", trouble="Mã làm mới đã dùng."), "Mã làm mới đã dùng."),
    ],
)
def test_without_a_grant_it_does_not_pass_and_nobody_is_asked(heard, grants, now, cause):
    grants.now = now
    told = found()[f"{CODE}.grant"]
    assert (told.state, told.cause, "Cấp quyền" in told.fix) == (State.BLOCKED, cause, True)
    assert states()["health"] == "skipped"


def test_a_channel_that_was_never_heard_is_a_warning(saved: None) -> None:
    assert found()[f"{CODE}.webhook"].state == State.WARNING


def test_an_account_that_callbacks_do_not_find_does_not_pass(heard: WebhookEvent) -> None:
    channel_routes.drop(CODE, "chinh")
    assert states()["webhook"] == "blocked"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"state": Lane.State.PAUSED}, "tạm dừng"),
        ({"rests": 1, "rests_until": Now() + timedelta(hours=1), "trouble": "Hết tiền."}, "Hết tiền."),
    ],
)
def test_a_lane_that_does_not_work_is_told_in_the_words_of_the_board(heard, change, word):
    Lane.objects.update(**change)
    told = found()[f"{CODE}.lane"]
    assert (told.state, word in told.cause) == (State.WARNING, True)


@pytest.mark.parametrize("said", [Health(False, "Official Account chưa được xác thực."), RuntimeError("abc")])
def test_what_the_provider_objects_to_is_told(heard: WebhookEvent, channel: NeedsAll, said: Any) -> None:
    channel.well = said
    told = found()[f"{CODE}.health"]
    assert told.state == State.WARNING
    assert ("xác thực" in told.cause) == isinstance(said, Health)
    assert "abc" not in told.cause


def test_each_message_without_an_approved_form_has_an_id_of_its_own(heard, monkeypatch):
    lacking = [Missing("received", "chưa chọn mẫu của kênh."), Missing("reminder", "chờ duyệt.")]
    monkeypatch.setattr(provider_templates, "find_missing", lambda account: lacking)
    told = {
        id.rpartition(".")[2]: (one.state.value, one.cause) for id, one in found().items() if "template" in id
    }
    assert told == {
        "received": ("blocked", "chưa chọn mẫu của kênh."),
        # It can wait, so it keeps nobody from serving.
        "reminder": ("warning", "chờ duyệt."),
    }
    (received,) = (
        one for one in all_checks.run_checks("daklak", Level.GOLIVE).findings if one.id.endswith(".received")
    )
    assert received.level == Level.GOLIVE
    assert not any("template" in name for name in found(Level.PILOT))


def test_with_the_tables_every_message_lacks_a_form_at_first(saved, monkeypatch):
    monkeypatch.undo()
    monkeypatch.setitem(registry._channels, CODE, NeedsAll())
    lacking = {one.id for one in readiness.findings_of(CODE, "chinh") if one.state == State.BLOCKED}
    assert {f"{CODE}.grant", f"{CODE}.template.received", f"{CODE}.template.done"} <= lacking


def test_channels_without_grants_forms_and_common_doors_are_asked_less(settings: Any) -> None:
    settings.MESSAGING_CHANNELS = ["mock"]
    channel_accounts.save("mock", "chinh", config={})
    ids = [
        one.id for one in all_checks.run_checks("daklak", Level.GOLIVE).findings if one.id.startswith("mock.")
    ]
    assert ids == ["mock.account", "mock.health", "mock.lane"]


def test_a_channel_that_is_not_installed_is_named(settings: Any) -> None:
    settings.MESSAGING_CHANNELS = ["mock", "fax"]
    (error,) = readiness.channels_are_installed(None)
    assert (error.id, "fax" in error.msg) == ("messaging.E001", True)
