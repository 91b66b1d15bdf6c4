"""Secrets of an App, of OAs and of grants go to Zalo and stand encrypted in the province's rows. Nowhere else."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client, TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from messaging.channels.accounts import credentials as grants
from messaging.channels.accounts import routes as channel_routes
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Granted, registry
from messaging.channels.models import ChannelAccount, Credential, Lane
from messaging.channels.zalo import oauth
from messaging.channels.zalo.settings import profile_of
from messaging.delivery import lane_loop, tasks
from messaging.inbound import receive
from messaging.provisioning import oauth_connect, readiness
from portal.celery import app
from tenants.accounts.models import User
from tenants.organisation.staff_site.sites import province_site
from tests.messaging.channels.zalo.acceptance.conftest import Staging
from tests.messaging.channels.zalo.acceptance.stage import Office, Stage
from tests.messaging.channels.zalo.acceptance.tracing import Canaries, Listening, queue, rows_of

VERIFIER = "kiem-chung-luu-san-0123456789-0123456789-ABCDE"
PAGE = "/quan-tri/channels/channelaccount/ket-noi/zalo/chinh/"


@dataclass
class Told:
    """A whole life of an account, and all that was said on the way."""

    stage: Stage
    office: Office
    canaries: Canaries
    log: list[str]
    browser: Client


@pytest.fixture
def told(staging: Staging, monkeypatch: pytest.MonkeyPatch) -> Iterator[Told]:
    """Connected on the page, sent by every way, renewed, lost, connected again; with trouble of all kinds."""
    app.control.purge()
    stage = staging()
    (office,) = stage.offices
    # Tasks are really put on the queue.
    monkeypatch.delattr(app, "send_task")
    monkeypatch.setattr(grants, "BEFORE_SECOND_TRY", timedelta(0))
    # In a test's transaction no connection is old.
    monkeypatch.setattr(tasks, "close_old_connections", lambda: None)
    with office.inside():
        user = User.objects.create_superuser("quantri", password="mật khẩu thử")
        browser = Client(headers={"host": f"{office.slug}.localhost"}, raise_request_exception=False)
        browser.force_login(user)
    with Listening() as listening, CaptureQueriesContext(connection):
        stage.control.set_app(
            office.app, pkce_mode="fixed", fixed_challenge=oauth.challenge_of(VERIFIER), proof_required=True
        )
        typed = {"external_id": office.oa_id, "app_id": office.app, "app_secret": stage.app["secret"],
                 "oa_secret": stage.app["oa_secret"], "oa_secret_old": "khoa-webhook-cu-0123456789",
                 "pkce_mode": "fixed", "pkce_verifier": VERIFIER}  # fmt: skip
        assert browser.post(PAGE, {"act": "save", **typed}).status_code == 302
        office.consent()
        canaries = Canaries(stage)
        browser.post(PAGE, {"act": "test"})
        live(stage, office, canaries)
        canaries.note()
    yield Told(stage, office, canaries, listening.said, browser)
    app.control.purge()


def live(stage: Stage, office: Office, canaries: Canaries) -> None:
    """Messages, trouble, renewals."""
    office.fetch_forms()
    person, stranger = office.person(), office.person(follows=False)
    for number, fault in enumerate(("expired_text", "cut_after", "html", "http"), 1):
        stage.control.fault(fault, path="/v3.0/oa/message/cs", times=1)
        stage.control.fault("wrong_signature", times=1)
        with office.inside(), TestCase.captureOnCommitCallbacks(execute=True):
            office.write(person, number)
            office.write(stranger, 10 + number)
        stage.carry_on()
        canaries.note()
    stage.later(hours=21)
    tasks.renew_grants()
    with office.inside():
        grants.renew_due()
    canaries.note()
    office.wear_out(known=True)
    stage.control.fault("cut_after", host="oauth", times=1)
    office.write(person, 20)
    with office.inside(), TestCase.captureOnCommitCallbacks(execute=True):
        stage.run()
    with office.inside():
        assert Credential.objects.get().state == Credential.State.REAUTH_REQUIRED
    canaries.note()
    office.consent()
    stage.carry_on()


def test_they_are_in_no_row_queue_log_or_page(told: Told) -> None:
    """One life for all of these: it is long."""
    canaries = told.canaries
    # Several generations of tokens, and what was typed.
    assert len(canaries.values) >= 10

    rows = rows_of(told.office.slug)
    assert told.office.oa_id.encode() in rows["channels_channelaccount"]
    assert [name for name, text in rows.items() if canaries.found_in(text)] == []
    shared = rows_of()
    assert told.office.oa_id.encode() in shared["tenants_channelroute"]
    assert [name for name, text in shared.items() if canaries.found_in(text)] == []

    queued = list(queue())
    assert any(b"messaging.delivery.tasks.run_lane" in text for text in queued)
    assert any(b"messaging.delivery.tasks.renew_grants_of_province" in text for text in queued)
    assert canaries.found_in(*queued) == []

    assert any("grant.lost" in line for line in told.log)
    assert any(line.startswith("httpcore") for line in told.log)
    assert any(line.startswith("django.db.backends") for line in told.log)
    assert canaries.found_in(*told.log) == []

    pages = dict(desk_pages(told))
    for part in ("ket-noi/zalo", "channelaccount/", "audit", "message/", "lane"):
        assert any(part in address for address in pages), part
    assert [address for address, text in pages.items() if canaries.found_in(text)] == []


def desk_pages(told: Told) -> Iterator[tuple[str, bytes]]:
    """Every page of the desk about what the messaging room and the audit keep, with the newest rows of each."""
    addresses = [PAGE, f"{PAGE}?ve=tinh", "/quan-tri/"]
    with told.office.inside():
        for model in province_site._registry:
            meta = model._meta
            if not model.__module__.startswith(("messaging.", "tenants.audit.")):
                continue
            name = f"admin:{meta.app_label}_{meta.model_name}"
            wanted = [(f"{name}_changelist", []), (f"{name}_add", [])]
            for row in model._default_manager.order_by("-pk")[:1]:
                wanted += [(f"{name}_{page}", [row.pk]) for page in ("change", "history", "delete")]
            for page, arguments in wanted:
                # Some have pages of their own instead.
                with suppress(NoReverseMatch):
                    addresses.append(reverse(page, args=arguments, urlconf="portal.urls"))
    for address in addresses:
        answer = told.browser.get(address)
        assert answer.status_code < 500, address
        yield address, answer.content


@pytest.mark.parametrize("where", ["connect", "account", "webhook", "test"])
def test_error_pages_tell_none(stage, monkeypatch, settings, where):
    """Whatever breaks, with whatever in its words."""
    assert settings.DEBUG is False
    (office,) = stage.offices
    canaries = Canaries(stage)

    def breaks(*arguments: Any, **more: Any) -> Any:
        raise RuntimeError(" ".join(canaries.values.values()), arguments, more)

    with office.inside():
        user = User.objects.create_superuser("quantri", password="mật khẩu thử")
        browser = Client(headers={"host": f"{office.slug}.localhost"}, raise_request_exception=False)
        browser.force_login(user)
        account = office.row.pk
    if where == "webhook":
        monkeypatch.setattr(receive, "_store", breaks)
        office.control.act_follow(office.control.add_user()["user_id"], office.oa_id)
        stage.deliver()
        assert [entry["answer"] for entry in office.control.journal("webhook")] == ["500"]
        national = Client(headers={"host": "localhost"}, raise_request_exception=False)
        entry = office.control.journal("webhook")[0]
        answer = national.post(
            "/webhooks/zalo/", entry["body"].encode(), "application/json", headers=entry["headers"]
        )
    else:
        monkeypatch.setattr(readiness, "findings_of", breaks)
        monkeypatch.setattr(ChannelAccount, "__str__", breaks)
        monkeypatch.setattr(registry.get("zalo"), "health", breaks)
        address = PAGE if where != "account" else f"/quan-tri/channels/channelaccount/{account}/change/"
        answer = browser.post(address, {"act": "test"}) if where == "test" else browser.get(address)
    assert answer.status_code == 500
    assert (
        canaries.found_in(answer.content, *(f"{name}: {text}" for name, text in answer.headers.items())) == []
    )


def test_values_tell_none_of_themselves(stage: Stage) -> None:
    (office,) = stage.offices
    office.save({"pkce_verifier": VERIFIER, "oa_secret_old": "khoa-webhook-cu-0123456789"}, pkce_mode="fixed")
    canaries = Canaries(stage)
    with office.inside():
        user = User.objects.create_superuser("quantri", password="mật khẩu thử")
        row, account = office.row, account_of("zalo", "chinh")
        credentials = dict(account.credentials)
        asking = oauth_connect.begin(row, user)
        run = lane_loop._begin(Lane.objects.get(channel="zalo").pk)
        found = [
            row, Credential.objects.get(), account, profile_of(account), run, asking,
            oauth_connect._decode_state(asking.state), oauth.invitation(account, "http://a/"),
            Granted(credentials, grants.OLD_AFTER), grants.standing("zalo", "chinh"),
            *channel_routes.find("zalo", office.app, [office.oa_id]),
            grants._take(registry.get("zalo"), "chinh", account.generation),
        ]  # fmt: skip
        assert run is not None
        assert len(found) == 12
        assert [type(one).__name__ for one in found if canaries.found_in(repr(one), str(one))] == []
