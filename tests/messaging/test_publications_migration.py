"""Announcements and broadcasts of before become publications, with all that hangs on them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from messaging.models import ChannelAccount, Publication
from tenants import clock
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tests.factories import UserFactory
from tests.provinces import as_owner

from .broadcasting import subscriber


def migrate(name: str) -> Any:
    """The models as they stood after this migration."""
    executor = MigrationExecutor(connection)
    executor.migrate([("messaging", name)])
    return MigrationExecutor(connection).loader.project_state(("messaging", name)).apps


@pytest.fixture
def owned(committed_province: ProvinceRecord) -> Iterator[None]:
    """A province of its own, whose tables may be altered."""
    with as_owner(), province_context(committed_province.slug):
        yield


@pytest.mark.usefixtures("owned")
def test_nothing_is_lost() -> None:
    author, second = UserFactory(), UserFactory()
    person = subscriber(1)
    account = ChannelAccount.objects.create(channel="scripted", name="bai", external_id="9")
    before = migrate("0003_names_of_models")
    model, now = before.get_model, clock.now()
    words = {"summary": "Tóm tắt", "written_at": now, "written_by_id": author.pk, "authors": [author.pk]}
    page = model("messaging", "Announcement").objects.create(
        title="Chỉ trên web", publish_from=now, published_at=now, **words
    )
    said = model("messaging", "Announcement").objects.create(title="Gửi nhiều người", **words)
    sent = model("messaging", "Broadcast").objects.create(
        announcement=said, audiences={"news": {}}, state="running", version=7, authors=[second.pk],
        written_at=now, words={"tieu_de": "Gửi nhiều người"}, asked_by_id=author.pk, approved_by_id=second.pk,
        started_at=now, next_step_at=now, cursor={"audience": "news", "after": 3},
    )  # fmt: skip
    model("messaging", "BroadcastRecipient").objects.create(
        broadcast=sent, person=f"c{person.pk}", audience="news", channel="scripted", contact_id=person.pk
    )
    model("messaging", "BroadcastArticle").objects.create(broadcast=sent, account_id=account.pk, state="sent")
    kinds, permissions = model("contenttypes", "ContentType").objects, model("auth", "Permission").objects
    permissions.filter(codename="send_publication").delete()
    permissions.filter(codename="change_publication").update(codename="change_announcement")
    of_broadcasts = kinds.get_or_create(app_label="messaging", model="broadcast")[0]
    permissions.create(content_type=of_broadcasts, codename="change_broadcast", name="x")
    migrate("0004_publications")
    alone, both = Publication.objects.get(pk=page.pk), Publication.objects.get(pk=said.pk)
    assert (alone.title, alone.state, alone.audiences) == ("Chỉ trên web", "draft", {})
    assert (both.state, both.audiences, both.approved_by, both.asked_by) == (
        "running",
        {"news": {}},
        second,
        author,
    )
    assert (both.authors, both.cursor, both.words) == (
        sorted([author.pk, second.pk]),
        {"audience": "news", "after": 3},
        {"tieu_de": "Gửi nhiều người"},
    )
    assert [one.person for one in both.recipients.all()] == [f"c{person.pk}"]
    assert [one.state for one in both.articles.all()] == ["sent"]
    kind = ContentType.objects.get(app_label="messaging", model="publication")
    names = set(Permission.objects.filter(content_type=kind).values_list("codename", flat=True))
    assert {"change_publication", "send_publication"} <= names
