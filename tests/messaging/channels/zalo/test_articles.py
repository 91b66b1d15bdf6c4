"""An article at a pretended Zalo: created hidden, finished after a while, sent once, to followers alone."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from messaging.broadcasts.actions import stop
from messaging.broadcasts.models import Publication, PublicationArticle
from messaging.broadcasts.sending import articles
from messaging.broadcasts.sending.statistics import progress
from messaging.channels.accounts import channel_accounts, credentials
from messaging.channels.capabilities import Article
from messaging.channels.models import ChannelAccount
from messaging.channels.zalo.articles import content_of
from messaging.outbox.models.messages import SendingRules
from tenants.organisation.models import Role
from tests.factories import AssignmentFactory, Office
from tests.messaging.broadcasting import approved, follower, go_on
from tests.messaging.channels.zalo.making import Serve, asked, refusal, success

State = PublicationArticle.State
CREATE, VERIFY, SEND = "/v2.0/article/create", "/v2.0/article/verify", "/v2.0/oa/message"


@pytest.fixture
def account(province: Any, settings: Any) -> ChannelAccount:
    settings.MESSAGING_CHANNELS = ["zalo", "mock"]
    SendingRules.objects.update_or_create(
        pk=1, defaults={"window_from": time(0, 0), "window_until": time(23, 59, 59)}
    )
    row = channel_accounts.save(
        "zalo",
        "chinh",
        config={"app_id": "360846524940903967"},
        secrets={"app_secret": "bi-mat-ung-dung", "oa_secret": "bi-mat-oa"},
        external_id="388613280878808645",
    )
    pair = {"access_token": "khoa-truy-cap-1", "refresh_token": "khoa-lam-moi-1"}
    credentials.store(row, pair, timedelta(hours=25), None)  # type: ignore[arg-type]
    return row


@pytest.fixture
def publication(account: ChannelAccount) -> Publication:
    """Running, to all who follow: two do."""
    desk = Office().desk
    author, second = (AssignmentFactory(agency=desk, role=Role.COMMUNICATIONS).user for _ in range(2))
    for number in (1, 2):
        follower(number, channel="zalo", state="following")
    return go_on(approved(author, second, audiences=["article"]))


def step(times: int = 1) -> PublicationArticle:
    """Time passes, and somebody comes by."""
    for _ in range(times):
        PublicationArticle.objects.filter(next_try_at__isnull=False).update(next_try_at=Now())
        articles.work_off()
    return PublicationArticle.objects.get()


def test_it_is_created_hidden_with_the_words_and_where_to_read_on() -> None:
    content = content_of(Article("Tiêu đề", "Tóm tắt", "Tỉnh", "Nội dung", "http://x/thong-bao/1/"))
    assert (content["title"], content["status"], content["author"]) == ("Tiêu đề", "hide", "Tỉnh")
    assert [part["content"] for part in content["body"]] == [
        "Tóm tắt",
        "Nội dung",
        "Đọc thông báo đầy đủ tại: http://x/thong-bao/1/",
    ]


def test_an_unfinished_one_is_not_sent(serve: Serve, publication: Publication) -> None:
    server = serve({CREATE: success(token="cho-xu-ly"), VERIFY: refusal(-214)})
    row = step(3)
    assert (row.state, [asked(server, number)[0].split()[1] for number in range(3)]) == (
        State.CREATED,
        [CREATE, VERIFY, VERIFY],
    )


def test_finished_it_is_sent_once_and_its_followers_get_nothing_else(serve, publication):
    server = serve(
        {CREATE: success(token="cho-xu-ly"), VERIFY: success(id="bai-1"), SEND: success(message_id="m1")}
    )
    row = step(5)
    assert (row.state, row.provider_id, len(server.requests)) == (State.SENT, "m1", 3)
    publication = go_on(publication)
    assert (publication.state, publication.recipients.count()) == ("done", 0)
    (result,) = progress(publication).results
    assert (result.people, result.sent) == (2, 2)


def test_a_send_under_which_a_process_died_is_not_repeated(serve: Serve, publication: Publication) -> None:
    server = serve({})
    PublicationArticle.objects.update(state=State.SENDING, article_id="bai-1", lease_until=Now())
    row = step(2)
    assert (row.state, len(server.requests)) == (State.UNKNOWN, 0)


def test_a_stop_leaves_it_unsent(serve: Serve, publication: Publication) -> None:
    server = serve({})
    stop(
        publication.pk,
        actor=publication.approved_by,
        reason="Sai ngày tiếp dân",  # type: ignore[arg-type]
    )
    assert (step().state, len(server.requests)) == (State.FAILED, 0)


def test_who_was_away_longer_than_the_lease_undoes_nothing(publication: Publication) -> None:
    """Else what another sent meanwhile would be due again."""
    late = articles._taken(step(0).pk)
    PublicationArticle.objects.update(state=State.SENT, tries=late.tries + 1)
    articles._write(late, state=State.READY, next_try_at=Now())
    assert PublicationArticle.objects.get().state == State.SENT
