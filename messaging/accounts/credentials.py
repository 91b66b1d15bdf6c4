"""What providers grant to accounts: kept, renewed by one at a time, and never used before it is written down.

A renewal uses up what it renews. So whoever renews writes down that he is about to (`begin`), commits, asks the
provider outside any transaction, and writes down the answer (`finish`) before anybody uses it. A second one who
comes meanwhile is told to wait, or to read again what is there by now. Where a process died between the
provider's answer and our commit, or no answer came, what was to be renewed may be used up: it is shown to the
provider once more, and if that does not help a person has to consent anew. No message is lost by that: the
lane waits.

Times are by the database's clock. Credentials stand in the row, encrypted, and nowhere else.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging import event_log
from messaging.accounts.channel_accounts import values_of
from messaging.channels import registry
from messaging.channels.base import Account, Granted, GrantLater, GrantLost, GrantUnclear, Renewal
from messaging.lanes import breaker_state, wakeup
from messaging.models import ChannelAccount, Grant, GrantEvent, Lane
from tenants.accounts.models import User
from tenants.audit import log as audit

# Longer than the provider may take to answer, by more than writing it down takes.
LEASE_MARGIN = timedelta(seconds=10)
# What may be used up is shown to the provider so often, no more.
MOST_TRIES = 2
BEFORE_SECOND_TRY = timedelta(seconds=5)
AFTER_REFUSAL = timedelta(seconds=30)
# Refused so soon after it was renewed, it is not renewed again: that would go round in circles.
FRESH_FOR = timedelta(seconds=60)
# Renewed before it is old: after this long, or with so little left.
OLD_AFTER = timedelta(hours=20)
SOON_OVER = timedelta(hours=5)
# Of a grant that lasts a shorter time, when a fifth is left.
LAST_PART = 5


@dataclass(frozen=True, slots=True)
class Begun:
    """The right to renew, on record. `account` holds what is to be renewed; `token` shows that the right is ours."""

    row: int
    token: UUID
    generation: int
    account: Account = field(repr=False)


@dataclass(frozen=True, slots=True)
class Newer:
    """There is a newer one than was used: read the account again."""


@dataclass(frozen=True, slots=True)
class Busy:
    """Somebody else is renewing it, or it is too soon after he failed: wait so long, then ask again."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class Lost:
    """It cannot be renewed. `trouble` says in Vietnamese what a person has to do."""

    trouble: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """The new one is written down: read the account again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a grant stands. `left`: how long it lasts from now on."""

    state: Grant.State
    generation: int
    left: timedelta
    trouble: str


def standing(channel: str, account: str) -> Standing | None:
    """How the grant of this account stands; None when there never was one."""
    row = Grant.objects.filter(account__channel=channel, account__name=account).annotate(db_now=Now()).first()
    if row is None:
        return None
    left = row.expires_at - row.db_now if row.expires_at else timedelta(0)
    return Standing(Grant.State(row.state), row.generation, left, row.trouble)


def store(
    account: ChannelAccount, credentials: Mapping[str, str], lasts: timedelta, actor: User | None = None
) -> Grant:
    """Write down what a person's consent gave the account, good for `lasts`, and let its lane work again.

    It takes the place of whatever was there; a renewal that is on its way changes nothing any more. Raises
    ValueError for credentials without a value.
    """
    if not any(credentials.values()):
        raise ValueError("credentials without a value")
    with transaction.atomic():
        grant = _locked(account.pk) or Grant(account=account)
        _put(grant, {name: value for name, value in credentials.items() if value}, lasts)
        _note(grant, GrantEvent.Kind.CONSENTED)
        audit.record("grant.store", f"account:{account}", actor=actor, generation=grant.generation)
        _let_work(account)
        _tell("grant.stored", account)
        grant.refresh_from_db()
    return grant


def end(account: ChannelAccount, actor: User | None = None) -> None:
    """Forget what the account was granted; its lane waits for a new consent."""
    with transaction.atomic():
        grant = _locked(account.pk)
        if grant is None or grant.state == Grant.State.NONE:
            return
        grant.credentials, grant.state = "", Grant.State.NONE
        grant.trouble = without_consent()
        grant.generation += 1
        _drop_intent(grant)
        grant.save()
        _note(grant, GrantEvent.Kind.ENDED)
        audit.record("grant.end", f"account:{account}", actor=actor, generation=grant.generation)


def begin(account: ChannelAccount, used: int) -> Begun | Newer | Busy | Lost:
    """Take the right to renew what was of generation `used`, if it is still the one that counts.

    Begun is returned after the commit. Whoever has it asks the provider once, and calls `finish` with the
    answer. Must not be called inside a transaction.
    """
    channel = registry.get(account.channel)
    with transaction.atomic(durable=True):
        grant = _locked(account.pk)
        if grant is None or grant.state == Grant.State.NONE:
            return Lost(without_consent())
        if grant.generation > used:
            return Newer()
        if grant.state == Grant.State.REAUTH_REQUIRED:
            return Lost(grant.trouble)
        if grant.intent_until is not None and grant.intent_until > grant.db_now:
            return Busy(grant.intent_until - grant.db_now)
        if grant.intent_token is not None:
            _note(grant, GrantEvent.Kind.LAPSED)
        if grant.intent_tries >= MOST_TRIES:
            return _lose(grant, "", _("Không rõ lần gia hạn trước có thành không."))
        if not grant.intent_tries and _is_fresh(grant):
            return Lost(_("Kênh không nhận quyền vừa được gia hạn. Cổng sẽ thử lại."))
        grant.intent_token = uuid4()
        grant.intent_until = grant.db_now + channel.timeout + LEASE_MARGIN
        grant.intent_tries += 1
        grant.save()
        begun = Begun(account.pk, grant.intent_token, grant.generation, values_of(account, grant))
    return begun


def finish(begun: Begun, renewal: Renewal) -> Renewed | Newer | Busy | Lost:
    """Write down what came of a renewal; only after this returns may anybody use what was granted.

    What the provider granted counts as long as nothing newer stands there, however late: it is the only one
    that is good now. Any other answer changes nothing once the right has gone to somebody else. Must not be
    called inside a transaction.
    """
    with transaction.atomic(durable=True):
        grant = _locked(begun.row)
        if grant is None or grant.generation > begun.generation:
            return Newer()
        if isinstance(renewal, Granted) and not any(renewal.credentials.values()):
            # An answer without credentials, however friendly, is none.
            renewal = GrantUnclear("empty")
        if isinstance(renewal, Granted):
            return _keep(grant, renewal)
        if grant.intent_token != begun.token:
            return Busy(BEFORE_SECOND_TRY) if grant.state == Grant.State.ACTIVE else Lost(grant.trouble)
        return _without(grant, renewal)


def due() -> list[ChannelAccount]:
    """Accounts of this province whose grant is to be renewed now, whether or not they have anything to send."""
    channels = [code for code in registry.codes() if registry.get(code).capabilities.needs_grant]
    active = Grant.objects.filter(state=Grant.State.ACTIVE, account__channel__in=channels)
    free = active.filter(Q(intent_until__isnull=True) | Q(intent_until__lte=Now()))
    known = free.select_related("account").annotate(db_now=Now()).order_by("pk")
    return [grant.account for grant in known if _is_due(grant)]


def _is_due(grant: Any) -> bool:
    left = grant.expires_at - grant.db_now
    shortest = min(SOON_OVER, (grant.expires_at - grant.granted_at) / LAST_PART)
    return bool(grant.intent_tries or grant.db_now - grant.granted_at >= OLD_AFTER or left <= shortest)


def _is_fresh(grant: Any) -> bool:
    """Whether the provider made it just now, and it is not over yet by its own account."""
    if grant.db_now - grant.granted_at >= FRESH_FOR or grant.expires_at <= grant.db_now:
        return False
    last = GrantEvent.objects.filter(account=grant.account).order_by("-pk").first()
    return last is not None and last.kind == GrantEvent.Kind.RENEWED


def _keep(grant: Any, renewal: Granted) -> Renewed:
    # A provider may leave out what did not change; nothing empty takes the place of something.
    kept = json.loads(grant.credentials) | {k: value for k, value in renewal.credentials.items() if value}
    _put(grant, kept, renewal.lasts)
    _note(grant, GrantEvent.Kind.RENEWED)
    _tell("grant.renewed", grant.account)
    return Renewed()


def _without(grant: Any, renewal: GrantLost | GrantUnclear | GrantLater) -> Busy | Lost:
    if isinstance(renewal, GrantLost):
        return _lose(grant, renewal.code, renewal.detail)
    grant.intent_token = None
    if isinstance(renewal, GrantLater):
        wait, kind = AFTER_REFUSAL, GrantEvent.Kind.LATER
        grant.intent_tries -= 1
    elif grant.intent_tries >= MOST_TRIES:
        return _lose(grant, renewal.code, _("Không rõ lần gia hạn trước có thành không."))
    else:
        wait, kind = BEFORE_SECOND_TRY, GrantEvent.Kind.UNCLEAR
        _tell("grant.unclear", grant.account)
    grant.intent_until = grant.db_now + wait
    grant.save()
    _note(grant, kind, renewal.code)
    return Busy(wait)


def _lose(grant: Grant, code: str, detail: str) -> Lost:
    """Only a person can help now. The credentials stay: an answer that is still on its way builds on them."""
    grant.state = Grant.State.REAUTH_REQUIRED
    grant.trouble = _ask_for_consent(detail)[:500]
    _drop_intent(grant)
    grant.save()
    _note(grant, GrantEvent.Kind.LOST, code)
    _tell("grant.lost", grant.account)
    return Lost(grant.trouble)


def _put(grant: Grant, credentials: Mapping[str, str], lasts: timedelta) -> None:
    grant.credentials = json.dumps(dict(credentials))
    grant.generation += 1
    was_lost = grant.state != Grant.State.ACTIVE
    grant.state, grant.trouble = Grant.State.ACTIVE, ""
    grant.granted_at, grant.expires_at = Now(), Now() + lasts
    _drop_intent(grant)
    grant.save()
    if was_lost:
        _let_work(grant.account)


def _drop_intent(grant: Grant) -> None:
    grant.intent_token = grant.intent_until = None
    grant.intent_tries = 0


def _locked(account_id: int) -> Any:
    locked = Grant.objects.select_for_update(of=("self",)).select_related("account")
    return locked.filter(account_id=account_id).annotate(db_now=Now()).first()


def _let_work(account: ChannelAccount) -> None:
    """The lane's rest is over, whatever it was for: the next message tries how things are."""
    for lane in Lane.objects.filter(channel=account.channel, account=account.name):
        breaker_state.forget(lane)
        wakeup.wake_lane(lane)


def _note(grant: Grant, kind: GrantEvent.Kind, code: str = "") -> None:
    digest = hashlib.sha256(grant.credentials.encode()).hexdigest()[:12] if grant.credentials else ""
    GrantEvent.objects.create(
        account=grant.account, kind=kind, generation=grant.generation, code=code[:40], digest=digest
    )


def _tell(event: str, account: ChannelAccount) -> None:
    transaction.on_commit(
        partial(event_log.log, event, channel=account.channel, account=account.name), robust=True
    )


def without_consent() -> str:
    """What a person has to do for an account that was granted nothing."""
    return _ask_for_consent(_("Tài khoản chưa được cấp quyền."))


def _ask_for_consent(detail: str) -> str:
    words = _("Vào “Tài khoản gửi”, mở tài khoản này và bấm “Cấp quyền”.")
    return f"{detail.strip()} {words}".strip()
