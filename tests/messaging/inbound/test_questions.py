"""What the chat did not understand, on the page of those who learn from it. People and texts are invented."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.urls import reverse

from messaging.contacts import followers
from messaging.contacts.models import Follower
from messaging.inbound.chat import unanswered
from messaging.inbound.handlers import erase
from messaging.inbound.models import IncomingMessage
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Role
from tests import tables
from tests.factories import AgencyFactory, AssignmentFactory

Kind = IncomingMessage.Kind
HOST = {"host": "daklak.localhost"}


@pytest.fixture
def reader(province: ProvinceRecord) -> Follower:
    return Follower.objects.create(channel="zalo", account="chinh", address="246845883529197922")


def heard(reader: Follower, text: str, kind: str = Kind.NOTHING) -> IncomingMessage:
    return IncomingMessage.objects.create(
        channel="zalo", account="chinh", provider_id=f"m{IncomingMessage.objects.count()}", follower=reader, text=text,
        written_at=clock.now(), answered_as=kind,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        *tables.read(__file__, "masked_questions.yaml"),
        ("x" * 91, ""),
    ],
)
def test_what_may_tell_who_asked_is_masked(text: str, shown: str) -> None:
    assert unanswered.mask(text) == shown


def test_the_same_question_is_listed_once_the_commonest_first(reader: Follower) -> None:
    for text in ("Giấy nuôi ong", "xin giấy bán bánh mì", "giay nuoi ong?"):
        heard(reader, text)
    heard(reader, "giấy khai sinh", Kind.PROCEDURE)
    found = unanswered.not_understood()
    assert [(one.text, one.times) for one in found] == [("Giấy nuôi ong", 2), ("xin giấy bán bánh mì", 1)]


def test_figures_say_how_much_was_answered(reader: Follower) -> None:
    for kind in (Kind.PROCEDURE, Kind.PROCEDURE, Kind.NOTHING, ""):
        heard(reader, "câu hỏi", kind)
    heard(reader, "xưa", Kind.MENU)
    IncomingMessage.objects.filter(answered_as=Kind.MENU).update(heard_at=F("heard_at") - timedelta(days=31))
    found = unanswered.figures()
    assert (found["heard"], found["answered"], found["not_understood"]) == (4, 2, 1)
    assert found["kinds"][0] == (Kind.PROCEDURE.label, 2)


def test_what_is_old_or_erased_is_gone(reader: Follower) -> None:
    heard(reader, "giấy nuôi ong")
    erase(followers.lock(reader.pk))
    assert unanswered.not_understood() == ()


def staff(client: Client, role: Role | None) -> Client:
    user = User.objects.create_user("canbo", password="mật khẩu thử", is_staff=True)
    if role:
        AssignmentFactory(user=user, agency=AgencyFactory(code="H15.66"), role=role)
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", [Role.COMMUNICATIONS, Role.ADMINISTRATOR])
def test_the_page_leads_to_a_new_word(reader: Follower, client: Client, role: Role) -> None:
    heard(reader, "giấy nuôi ong 0905123456")
    page = (
        staff(client, role)
        .get(reverse("admin:inbound_incomingmessage_changelist"), headers=HOST)
        .content.decode()
    )
    assert "giấy nuôi ong …" in page
    assert "Vẫn có thể còn tên người" in page
    assert "0905123456" not in page
    assert "synonym/add/?everyday=gi%E1%BA%A5y+nu%C3%B4i+ong" in page
    assert AuditEntry.objects.filter(action="chat.questions", detail__shown=1).exists()


@pytest.mark.parametrize("role", [Role.CLERK, Role.AUDITOR, None])
def test_it_is_nobody_elses(reader: Follower, client: Client, role: Role | None) -> None:
    heard(reader, "giấy nuôi ong")
    answer = staff(client, role).get(reverse("admin:inbound_incomingmessage_changelist"), headers=HOST)
    assert answer.status_code == 403


def test_the_files_of_the_menu_are_written(province: ProvinceRecord, tmp_path: Path) -> None:
    call_command("chat", "menu", "daklak", out=tmp_path)
    assert {one.name for one in tmp_path.iterdir()} == {
        "menu.json", "menu.txt", "loi-chao.txt", "tra-cuu.png", "tra-cuu.svg",
    }  # fmt: skip
    with province_context("daklak"):
        assert "/tra-cuu/" in (tmp_path / "menu.txt").read_text(encoding="utf-8")
