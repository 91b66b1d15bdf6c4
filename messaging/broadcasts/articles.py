"""The article by which an account tells all who follow it: created hidden, finished by the provider, sent once.

What is about to be asked is written down first, and the provider is asked outside any transaction. Creating twice
tells nobody twice; sending is never repeated: a send that was cut, or under which a process died, is *unknown* and
waits for a person who looks at the account.
"""

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging import renewing, retries
from messaging.accounts import account_of
from messaging.broadcasts import texts
from messaging.channels import registry
from messaging.channels.abilities import Article, SendsArticles, Unanswered
from messaging.channels.base import Account, Outcome, OutcomeKind, Reason
from messaging.models import Broadcast, BroadcastArticle
from tenants.accounts.models import User
from tenants.audit import log as audit

log = logging.getLogger(__name__)

State = BroadcastArticle.State
OPEN = (State.TO_CREATE, State.CREATED, State.READY, State.SENDING)
LEASE = timedelta(seconds=60)
MOST_TRIES = 30
STILL_PROCESSED = timedelta(seconds=20)


def is_going_on(broadcast: Broadcast) -> bool:
    """Whether an account has something to do yet."""
    return broadcast.articles.filter(state__in=OPEN).exists()


def stop(broadcast: Broadcast) -> None:
    """Send none any more; one that is being sent just now is. Part of the caller's transaction."""
    waiting = broadcast.articles.filter(state__in=(State.TO_CREATE, State.CREATED, State.READY))
    waiting.update(state=State.FAILED, problem=_("Đợt gửi đã dừng."), next_try_at=None)


def settle(article_id: int, actor: User, *, was_sent: bool) -> None:
    """Somebody looked at the account: an unknown one was sent after all, or is to be sent again."""
    with transaction.atomic():
        row = BroadcastArticle.objects.select_for_update().get(pk=article_id)
        if row.state != State.UNKNOWN:
            return
        if was_sent:
            row.state, row.problem = State.SENT, ""
        elif row.broadcast.state in (Broadcast.State.RUNNING, Broadcast.State.PAUSED):
            row.state = State.READY if row.article_id else State.TO_CREATE
            row.problem, row.next_try_at = "", Now()
        else:
            row.state, row.problem = State.FAILED, _("Người kiểm tra thấy bài viết chưa được gửi.")
        row.save(update_fields=["state", "problem", "next_try_at"])
        audit.record("broadcast.article", row.broadcast.subject, actor=actor, sent=was_sent, article=row.pk)


def work_off() -> int:
    """Take each article of this province that is due one step further; how many steps.

    Must not be called inside a transaction.
    """
    _lapse()
    steps = 0
    for pk in list(_due().order_by("pk").values_list("pk", flat=True)):
        row = _taken(pk)
        if row is not None:
            _go_on(row)
            steps += 1
    return steps


def _due() -> Any:
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=Now())
    return BroadcastArticle.objects.filter(
        free,
        state__in=(State.TO_CREATE, State.CREATED, State.READY),
        broadcast__state=Broadcast.State.RUNNING,
        next_try_at__lte=Now(),
    )


def _lapse() -> None:
    """Whoever was sending died: nobody knows how far it came."""
    died = BroadcastArticle.objects.filter(state=State.SENDING, lease_until__lte=Now())
    died.update(state=State.UNKNOWN, lease_until=None, problem=_("Tiến trình dừng giữa lúc gửi."))


def _taken(pk: int) -> Any:
    """The article, ours for a while; one that is ready is *sending* from here on."""
    with transaction.atomic(durable=True):
        row = _due().select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if row is None:
            return None
        changed: dict[str, Any] = {"lease_until": Now() + LEASE, "tries": row.tries + 1}
        if row.state == State.READY:
            changed |= {"state": State.SENDING, "sent_at": Now()}
        BroadcastArticle.objects.filter(pk=pk).update(**changed)
    return BroadcastArticle.objects.select_related("broadcast", "account").get(pk=pk)


def _go_on(row: BroadcastArticle) -> None:
    channel = registry.get(row.account.channel)
    if not isinstance(channel, SendsArticles):
        _write(row, state=State.FAILED, problem=_("Kênh này không gửi được bài viết."))
        return
    account = account_of(row.account.channel, row.account.name)
    try:
        match row.state:
            case State.TO_CREATE:
                token = channel.create_article(account, _article(row))
                _write(row, state=State.CREATED, token=token[:300], next_try_at=Now(), problem="")
            case State.CREATED:
                _ask(row, channel, account)
            case State.SENDING:
                _sent(row, channel.send_article(account, row.article_id), account)
    except Unanswered as trouble:
        _again(row, trouble.outcome, account)
    except ValueError as fault:  # settings that the channel cannot use
        _again(row, Outcome(OutcomeKind.TEMPORARY, "settings", str(fault), reason=Reason.CONFIG), account)


def _article(row: BroadcastArticle) -> Article:
    words = row.broadcast.words
    return Article(
        words["tieu_de"],
        words["tom_tat"],
        words["noi_thong_bao"],
        words.get("noi_dung", ""),
        texts.address(row.broadcast.announcement_id),
    )


def _ask(row: BroadcastArticle, channel: SendsArticles, account: Account) -> None:
    found = channel.finished_article(account, row.token)
    if found:
        _write(row, state=State.READY, article_id=found[:100], next_try_at=Now(), problem="")
    else:
        _write(row, next_try_at=Now() + STILL_PROCESSED, problem=_("Kênh đang xử lý bài viết."))


def _sent(row: BroadcastArticle, outcome: Outcome, account: Account) -> None:
    match outcome.kind:
        case OutcomeKind.ACCEPTED | OutcomeKind.DELIVERED:
            _write(row, state=State.SENT, provider_id=outcome.provider_id, problem="", next_try_at=None)
            audit.record("broadcast.article_sent", row.broadcast.subject, account=str(row.account))
        case OutcomeKind.UNKNOWN:
            _write(row, state=State.UNKNOWN, problem=outcome.detail[:500], next_try_at=None)
        case _:
            # Certainly not sent.
            _again(row, outcome, account, back_to=State.READY)


def _again(row: BroadcastArticle, outcome: Outcome, account: Account, back_to: str | None = None) -> None:
    state = back_to or row.state
    if outcome.kind == OutcomeKind.PERMANENT or row.tries >= MOST_TRIES:
        state = State.FAILED
    elif outcome.reason is Reason.STALE:
        renewing.renew(row.account, account.generation)
    wait = retries.wait_after(min(row.tries, 6), at_least=outcome.retry_after)
    _write(row, state=state, problem=outcome.detail[:500], next_try_at=Now() + wait)


def _write(row: BroadcastArticle, **columns: Any) -> None:
    """What came of this try. Who was away longer than the lease finds that another has tried since, and is silent."""
    # While it was sent, nobody knew how far it came; now somebody does.
    states = [row.state, State.UNKNOWN] if row.state == State.SENDING else [row.state]
    mine = BroadcastArticle.objects.filter(pk=row.pk, tries=row.tries, state__in=states)
    mine.update(lease_until=None, **columns)
