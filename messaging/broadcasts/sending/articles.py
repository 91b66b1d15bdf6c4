"""The article by which an account tells all who follow it: created hidden, finished by the provider, sent once.

What is about to be asked is written down first, and the provider is asked outside any transaction. Creating twice
tells nobody twice; sending is never repeated: a send that was cut, or under which a process died, is *unknown* and
waits for a person who looks at the account. One that certainly was not sent may be tried again by a person: all who
follow would be missed otherwise.
"""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.broadcasts.models import Publication, PublicationArticle
from messaging.broadcasts.sending import capacity
from messaging.channels.accounts import credentials
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Account, Outcome, OutcomeKind, Reason, registry
from messaging.channels.capabilities import Article, SendsArticles, Unanswered
from messaging.channels.lanes import retry_policy
from messaging.channels.models import ChannelAccount
from messaging.contacts.models import Follower, FollowerList
from messaging.outbox import sending_rules
from messaging.outbox import wording as templates
from messaging.outbox.models.messages import SendingRules
from messaging.outbox.wording import Rendered, Text
from tenants import clock
from tenants.audit import log as audit
from tenants.isolation.context import current_province
from tenants.web.absolute_urls import absolute

log = logging.getLogger(__name__)

State = PublicationArticle.State
OPEN = (State.TO_CREATE, State.CREATED, State.READY, State.SENDING)
LEASE = timedelta(seconds=60)
# So often in a row it comes to nothing before it is given up, in about an hour.
MOST_TROUBLES = 30
STILL_PROCESSED = timedelta(seconds=20)
# An account that cannot be used now is looked at again after this long.
LOOK_AGAIN = timedelta(minutes=1)


def is_going_on(publication: Publication) -> bool:
    """Whether an account has something to do yet."""
    return publication.articles.filter(state__in=OPEN).exists()


def usable_accounts() -> list[ChannelAccount]:
    """Accounts that can tell all who follow them at once, and can be used: switched on, granted, not paused, not long
    in trouble. Who follows another is reached otherwise, or not at all."""
    accounts = ChannelAccount.objects.order_by("pk")
    known = [row for row in accounts if row.channel in registry.codes()]
    able = [row for row in known if isinstance(registry.get(row.channel), SendsArticles)]
    return [row for row in able if not capacity.obstacle_of(row)]


def count_followers(account: ChannelAccount) -> int | None:
    """How many follow this account; None where its list was never read."""
    was_read = FollowerList.objects.filter(account=account, finished_at__isnull=False).exists()
    return _following(account) if was_read else None


def _following(account: ChannelAccount) -> int:
    mine = Follower.objects.filter(channel=account.channel, account=account.name)
    return mine.filter(state=Follower.State.FOLLOWING).count()


def begin(publication: Publication, accounts: Iterable[ChannelAccount]) -> None:
    """Note the article of each of these accounts, with how many follow it; asking again changes nothing. After a
    restore each is unknown: it may have been sent since. Part of the caller's transaction, which holds the broadcast.
    """
    first: dict[str, Any] = doubtful() if publication.restored_at else {"next_try_at": Now()}
    rows = [
        PublicationArticle(publication=publication, account=row, followers=_following(row), **first)
        for row in accounts
    ]
    PublicationArticle.objects.bulk_create(rows, ignore_conflicts=True)


def doubtful() -> dict[str, Any]:
    """The columns of one that may have been sent before a restore: a person looks at the account."""
    why = _("Tỉnh vừa được phục hồi về lúc trước: không rõ bài viết đã gửi chưa.")
    return {"state": State.UNKNOWN, "problem": why, "next_try_at": None}


def stop(publication: Publication) -> None:
    """Send none any more; one that is being sent just now is. Part of the caller's transaction."""
    waiting = publication.articles.filter(state__in=(State.TO_CREATE, State.CREATED, State.READY))
    waiting.update(state=State.FAILED, problem=_stopped(), next_try_at=None)


def settle(row: PublicationArticle, *, was_sent: bool) -> None:
    """Note what a person saw at the account: one of unknown outcome was sent after all, or was not. Part of the
    caller's transaction, which holds the broadcast."""
    going = (Publication.State.RUNNING, Publication.State.PAUSED)
    if not was_sent and row.publication.state in going:
        begin_again(row)
        return
    row.state = State.SENT if was_sent else State.FAILED
    row.problem = "" if was_sent else _("Người kiểm tra thấy bài viết chưa được gửi.")
    row.save(update_fields=["state", "problem"])


def begin_again(row: PublicationArticle) -> None:
    """Let one that was certainly not sent begin anew: the one that the provider made may be what it refused, and
    making another tells nobody. Part of the caller's transaction, which holds the broadcast."""
    PublicationArticle.objects.filter(pk=row.pk).update(
        state=State.TO_CREATE, problem="", troubles=0, next_try_at=Now()
    )


def work_off() -> int:
    """Take each article of this province that is due one step further, in the hours in which the province writes to
    people; how many steps.

    Must not be called inside a transaction.
    """
    # Whoever was sending died: nobody knows how far it came.
    died = PublicationArticle.objects.filter(state=State.SENDING, lease_until__lte=Now())
    died.update(state=State.UNKNOWN, lease_until=None, problem=_("Tiến trình dừng giữa lúc gửi."))
    if not sending_rules.is_open(clock.now(), SendingRules.current()):
        return 0
    return sum(_step(row) for row in list(_due().select_related("account").order_by("pk")))


def _step(due: PublicationArticle) -> bool:
    """One step of one article; whether it was taken. One in trouble keeps no other waiting."""
    try:
        if why := capacity.obstacle_of(due.account):
            # Nothing is asked of it meanwhile, and nothing counts against the article.
            _due().filter(pk=due.pk).update(problem=why, next_try_at=Now() + LOOK_AGAIN)
            return False
        row = _taken(due.pk)
        if row is not None:
            _go_on(row)
        return row is not None
    except Exception:
        log.exception("article %s cannot go on", due.pk)
        return False


def _due() -> Any:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())
    now = clock.now()
    said = Q(publication__publish_until__isnull=True) | Q(publication__publish_until__gt=now)
    return PublicationArticle.objects.filter(
        free,
        said,
        state__in=(State.TO_CREATE, State.CREATED, State.READY),
        publication__state=Publication.State.RUNNING,
        publication__withdrawn_at__isnull=True,
        next_try_at__lte=Now(),
    )


def _taken(pk: int) -> Any:
    """The article, ours for a while; one that is ready is *sending* from here on."""
    with transaction.atomic(durable=True):
        row = _due().select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if row is None:
            return None
        changed: dict[str, Any] = {"lease_until": Now() + LEASE, "tries": row.tries + 1}
        if row.state == State.READY:
            changed |= {"state": State.SENDING, "sent_at": Now()}
        PublicationArticle.objects.filter(pk=pk).update(**changed)
    return PublicationArticle.objects.select_related("publication", "account").get(pk=pk)


def _go_on(row: PublicationArticle) -> None:
    channel = registry.get(row.account.channel)
    if not isinstance(channel, SendsArticles):
        _write(row, state=State.FAILED, problem=_("Kênh này không gửi được bài viết."))
        return
    account = account_of(row.account.channel, row.account.name)
    try:
        match row.state:
            case State.TO_CREATE:
                token = channel.create_article(account, _article(row))
                _write(row, state=State.CREATED, token=token[:300], next_try_at=Now(), problem="", troubles=0)
            case State.CREATED:
                _ask(row, channel, account)
            case State.SENDING:
                _sent(row, channel.send_article(account, row.article_id), account)
    except Unanswered as trouble:
        _again(row, trouble.outcome, account)
    except ValueError as fault:  # settings that the channel cannot use
        _again(row, Outcome(OutcomeKind.TEMPORARY, "settings", str(fault), reason=Reason.CONFIG), account)


def _article(row: PublicationArticle) -> Article:
    words = row.publication.words
    return Article(
        words["tieu_de"],
        words["tom_tat"],
        words["noi_thong_bao"],
        words.get("noi_dung", ""),
        address(row.publication.pk),
    )


def _ask(row: PublicationArticle, channel: SendsArticles, account: Account) -> None:
    found = channel.finished_article(account, row.token)
    if found:
        _write(row, state=State.READY, article_id=found[:100], next_try_at=Now(), problem="", troubles=0)
    else:
        still = _("Kênh đang xử lý bài viết.")
        _again(row, Outcome(OutcomeKind.TEMPORARY, detail=still, retry_after=STILL_PROCESSED), account)


def _sent(row: PublicationArticle, outcome: Outcome, account: Account) -> None:
    match outcome.kind:
        case OutcomeKind.ACCEPTED | OutcomeKind.DELIVERED:
            _write(row, state=State.SENT, provider_id=outcome.provider_id, problem="", next_try_at=None)
            audit.record("broadcast.article_sent", row.publication.subject, account=str(row.account))
        case OutcomeKind.UNKNOWN:
            _write(row, state=State.UNKNOWN, problem=outcome.detail[:500], next_try_at=None)
        case _:
            # Certainly not sent.
            _again(row, outcome, account, back_to=State.READY)


def _again(row: PublicationArticle, outcome: Outcome, account: Account, back_to: str | None = None) -> None:
    state, troubles = back_to or row.state, row.troubles + 1
    if outcome.kind == OutcomeKind.PERMANENT or troubles >= MOST_TROUBLES:
        state = State.FAILED
    elif outcome.reason is Reason.STALE:
        credentials.renew(row.account.channel, row.account.name, account.generation)
    wait = retry_policy.wait_after(min(troubles, 6), at_least=outcome.retry_after)
    columns = {"state": state, "problem": outcome.detail[:500], "troubles": troubles}
    with transaction.atomic():
        # Stopped meanwhile, it would wait for ever: whoever stops it waits here, or has done so already.
        publication = Publication.objects.select_for_update().only("state").get(pk=row.publication_id)
        if publication.state == Publication.State.STOPPED and state != State.FAILED:
            columns |= {"state": State.FAILED, "problem": _stopped()}
        _write(row, next_try_at=Now() + wait, **columns)


def _stopped() -> str:
    return _("Đợt gửi đã dừng.")


def _write(row: PublicationArticle, **columns: Any) -> None:
    """What came of this try. Who was away longer than the lease finds that another has tried since, and is silent."""
    # While it was sent, nobody knew how far it came; now somebody does.
    states = [row.state, State.UNKNOWN] if row.state == State.SENDING else [row.state]
    mine = PublicationArticle.objects.filter(pk=row.pk, tries=row.tries, state__in=states)
    mine.update(lease_until=None, **columns)


INTENT = "broadcast"
_WORDING = "loi_tin"


def of(publication: Publication) -> dict[str, Any]:
    """The values behind the words, and the wording they stand in, as they are now."""
    wording = templates.wording(INTENT)
    issuer = publication.issuer.name if publication.issuer else current_province().name
    return {
        "tieu_de": publication.title,
        "tom_tat": publication.summary,
        "noi_thong_bao": issuer,
        "noi_dung": publication.body,
        _WORDING: list(wording),
    }


def rendered(words: dict[str, Any]) -> Rendered:
    """The message with these values, in the wording that stood when they were taken."""
    values = {key: value for key, value in words.items() if key not in ("noi_dung", _WORDING)}
    wording = Text(*words[_WORDING]) if _WORDING in words else templates.wording(INTENT)
    return templates.render_text(INTENT, wording, values)


def address(publication_id: int) -> str:
    return absolute(f"/thong-bao/{publication_id}/")
