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
import logging
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels.accounts.channel_accounts import account_of, values_of
from messaging.channels.base import (
    Account,
    Channel,
    Granted,
    GrantLater,
    GrantLost,
    GrantUnclear,
    Outcome,
    Reason,
    Renewal,
    registry,
)
from messaging.channels.lanes import circuit_breaker
from messaging.channels.lanes.circuit_breaker import Condition
from messaging.channels.lanes.lanes import wake_lane
from messaging.channels.models import ChannelAccount, Credential, CredentialEvent, Lane
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.context import current_province, province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.web import telemetry

log = logging.getLogger(__name__)

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

    state: Credential.State
    generation: int
    left: timedelta
    trouble: str


def standing(channel: str, account: str) -> Standing | None:
    """How the grant of this account stands; None when there never was one."""
    row = (
        Credential.objects.filter(account__channel=channel, account__name=account)
        .annotate(db_now=Now())
        .first()
    )
    if row is None:
        return None
    left = row.expires_at - row.db_now if row.expires_at else timedelta(0)
    return Standing(Credential.State(row.state), row.generation, left, row.trouble)


def store(
    account: ChannelAccount, credentials: Mapping[str, str], lasts: timedelta, actor: User | None = None
) -> Credential:
    """Write down what a person's consent gave the account, good for `lasts`, and let its lane work again.

    It takes the place of whatever was there; a renewal that is on its way changes nothing any more. Raises
    ValueError for credentials without a value.
    """
    if not any(credentials.values()):
        raise ValueError("credentials without a value")
    with transaction.atomic():
        credential = _locked(account.pk) or Credential(account=account)
        _put(credential, {name: value for name, value in credentials.items() if value}, lasts)
        _note(credential, CredentialEvent.Kind.CONSENTED)
        audit.record("grant.store", f"account:{account}", actor=actor, generation=credential.generation)
        _let_work(account)
        _tell("grant.stored", account)
        credential.refresh_from_db()
    return credential


def end(account: ChannelAccount, actor: User | None = None) -> None:
    """Forget what the account was granted; its lane waits for a new consent."""
    with transaction.atomic():
        credential = _locked(account.pk)
        if credential is None or credential.state == Credential.State.NONE:
            return
        credential.credentials, credential.state = "", Credential.State.NONE
        credential.trouble = without_consent()
        credential.generation += 1
        _drop_intent(credential)
        credential.save()
        _note(credential, CredentialEvent.Kind.ENDED)
        audit.record("grant.end", f"account:{account}", actor=actor, generation=credential.generation)


def begin(account: ChannelAccount, used: int) -> Begun | Newer | Busy | Lost:
    """Take the right to renew what was of generation `used`, if it is still the one that counts.

    Begun is returned after the commit. Whoever has it asks the provider once, and calls `finish` with the
    answer. Must not be called inside a transaction.
    """
    channel = registry.get(account.channel)
    with transaction.atomic(durable=True):
        credential = _locked(account.pk)
        if credential is None or credential.state == Credential.State.NONE:
            return Lost(without_consent())
        if credential.generation > used:
            return Newer()
        if credential.state == Credential.State.REAUTH_REQUIRED:
            return Lost(credential.trouble)
        if credential.intent_until is not None and credential.intent_until > credential.db_now:
            return Busy(credential.intent_until - credential.db_now)
        if credential.intent_token is not None:
            _note(credential, CredentialEvent.Kind.LAPSED)
        if credential.intent_tries >= MOST_TRIES:
            return _lose(credential, "", _("Không rõ lần gia hạn trước có thành không."))
        if not credential.intent_tries and _is_fresh(credential):
            return Lost(_("Kênh không nhận quyền vừa được gia hạn. Cổng sẽ thử lại."))
        credential.intent_token = uuid4()
        credential.intent_until = credential.db_now + channel.timeout + LEASE_MARGIN
        credential.intent_tries += 1
        credential.save()
        begun = Begun(
            account.pk, credential.intent_token, credential.generation, values_of(account, credential)
        )
    return begun


def finish(begun: Begun, renewal: Renewal) -> Renewed | Newer | Busy | Lost:
    """Write down what came of a renewal; only after this returns may anybody use what was granted.

    What the provider granted counts as long as nothing newer stands there, however late: it is the only one
    that is good now. Any other answer changes nothing once the right has gone to somebody else. Must not be
    called inside a transaction.
    """
    with transaction.atomic(durable=True):
        credential = _locked(begun.row)
        if credential is None or credential.generation > begun.generation:
            return Newer()
        if isinstance(renewal, Granted) and not any(renewal.credentials.values()):
            # An answer without credentials, however friendly, is none.
            renewal = GrantUnclear("empty")
        if isinstance(renewal, Granted):
            return _keep(credential, renewal)
        if credential.intent_token != begun.token:
            return (
                Busy(BEFORE_SECOND_TRY)
                if credential.state == Credential.State.ACTIVE
                else Lost(credential.trouble)
            )
        return _without(credential, renewal)


def due() -> list[ChannelAccount]:
    """Accounts of this province whose grant is to be renewed now, whether or not they have anything to send."""
    channels = [code for code in registry.codes() if registry.get(code).capabilities.needs_grant]
    active = Credential.objects.filter(state=Credential.State.ACTIVE, account__channel__in=channels)
    free = active.filter(Q(intent_until__isnull=True) | Q(intent_until__lte=Now()))
    known = free.select_related("account").annotate(db_now=Now()).order_by("pk")
    return [credential.account for credential in known if _is_due(credential)]


def _is_due(credential: Any) -> bool:
    left = credential.expires_at - credential.db_now
    shortest = min(SOON_OVER, (credential.expires_at - credential.granted_at) / LAST_PART)
    return bool(
        credential.intent_tries or credential.db_now - credential.granted_at >= OLD_AFTER or left <= shortest
    )


def _is_fresh(credential: Any) -> bool:
    """Whether the provider made it just now, and it is not over yet by its own account."""
    if credential.db_now - credential.granted_at >= FRESH_FOR or credential.expires_at <= credential.db_now:
        return False
    last = CredentialEvent.objects.filter(account=credential.account).order_by("-pk").first()
    return last is not None and last.kind == CredentialEvent.Kind.RENEWED


def _keep(credential: Any, renewal: Granted) -> Renewed:
    # A provider may leave out what did not change; nothing empty takes the place of something.
    kept = json.loads(credential.credentials) | {
        k: value for k, value in renewal.credentials.items() if value
    }
    _put(credential, kept, renewal.lasts)
    _note(credential, CredentialEvent.Kind.RENEWED)
    _tell("grant.renewed", credential.account)
    return Renewed()


def _without(credential: Any, renewal: GrantLost | GrantUnclear | GrantLater) -> Busy | Lost:
    if isinstance(renewal, GrantLost):
        return _lose(credential, renewal.code, renewal.detail)
    credential.intent_token = None
    if isinstance(renewal, GrantLater):
        wait, kind = AFTER_REFUSAL, CredentialEvent.Kind.LATER
        credential.intent_tries -= 1
    elif credential.intent_tries >= MOST_TRIES:
        return _lose(credential, renewal.code, _("Không rõ lần gia hạn trước có thành không."))
    else:
        wait, kind = BEFORE_SECOND_TRY, CredentialEvent.Kind.UNCLEAR
        _tell("grant.unclear", credential.account)
    credential.intent_until = credential.db_now + wait
    credential.save()
    _note(credential, kind, renewal.code)
    return Busy(wait)


def _lose(credential: Credential, code: str, detail: str) -> Lost:
    """Only a person can help now. The credentials stay: an answer that is still on its way builds on them."""
    credential.state = Credential.State.REAUTH_REQUIRED
    credential.trouble = _ask_for_consent(detail)[:500]
    _drop_intent(credential)
    credential.save()
    _note(credential, CredentialEvent.Kind.LOST, code)
    _tell("grant.lost", credential.account)
    return Lost(credential.trouble)


def _put(credential: Credential, credentials: Mapping[str, str], lasts: timedelta) -> None:
    credential.credentials = json.dumps(dict(credentials))
    credential.generation += 1
    was_lost = credential.state != Credential.State.ACTIVE
    credential.state, credential.trouble = Credential.State.ACTIVE, ""
    credential.granted_at, credential.expires_at = Now(), Now() + lasts
    _drop_intent(credential)
    credential.save()
    if was_lost:
        _let_work(credential.account)


def _drop_intent(credential: Credential) -> None:
    credential.intent_token = credential.intent_until = None
    credential.intent_tries = 0


def _locked(account_id: int) -> Any:
    locked = Credential.objects.select_for_update(of=("self",)).select_related("account")
    return locked.filter(account_id=account_id).annotate(db_now=Now()).first()


def _let_work(account: ChannelAccount) -> None:
    """The lane's rest is over, whatever it was for: the next message tries how things are."""
    for lane in Lane.objects.filter(channel=account.channel, account=account.name):
        circuit_breaker.forget(lane)
        wake_lane(lane)


def _note(credential: Credential, kind: CredentialEvent.Kind, code: str = "") -> None:
    digest = (
        hashlib.sha256(credential.credentials.encode()).hexdigest()[:12] if credential.credentials else ""
    )
    CredentialEvent.objects.create(
        account=credential.account, kind=kind, generation=credential.generation, code=code[:40], digest=digest
    )


def _tell(event: str, account: ChannelAccount) -> None:
    transaction.on_commit(
        partial(telemetry.log, event, channel=account.channel, account=account.name), robust=True
    )


def without_consent() -> str:
    """What a person has to do for an account that was granted nothing."""
    return _ask_for_consent(_("Tài khoản chưa được cấp quyền."))


def _ask_for_consent(detail: str) -> str:
    words = _("Vào “Tài khoản gửi”, mở tài khoản này và bấm “Cấp quyền”.")
    return f"{detail.strip()} {words}".strip()


# Another process renews: how soon to look again, in seconds.
LOOK_AGAIN = 0.5
_AT_ONCE = 4


class AttemptResult(Protocol):
    """The result of an attempt, and the account it was made with."""

    @property
    def result(self) -> object: ...

    @property
    def account(self) -> Account: ...


class LaneAtWork(Protocol):
    """What a renewal reads and writes of a lane at work."""

    lane_id: int
    channel: Channel
    account: Account
    condition: Condition
    closing: bool

    @property
    def renewing(self) -> "Renewing": ...


@dataclass(slots=True)
class Renewing:
    """How the grant of one lane at work stands. `over_at`: when it ends, by this process's steady clock."""

    looked: bool = False
    over_at: float | None = None
    refused: bool = False
    again_at: float = 0.0
    begun: Begun | None = None
    asked: Future[Renewal] | None = None

    @property
    def holds_back(self) -> bool:
        """Whether nothing may be sent until there is a new one."""
        return self.refused or self.asked is not None

    def may_end(self, closing: bool) -> bool:
        """Whether the lane need not be held for its sake: an answer on its way must be written down."""
        return self.asked is None if closing else not self.holds_back

    def is_wanted(self, now: float) -> bool:
        """Whether the lane's thread with the database has something to do about it."""
        if self.asked is not None:
            return self.asked.done()
        if self.refused:
            return now >= self.again_at
        return self.over_at is not None and now >= self.over_at

    def hear(self, answers: Iterable[AttemptResult], current: int) -> None:
        """Note whether the provider took what counts now, of generation `current`, for worn out. What was sent
        with an older one asks for nothing new."""
        for answer in answers:
            stale = isinstance(answer.result, Outcome) and answer.result.reason is Reason.STALE
            self.refused |= stale and answer.account.generation >= current


def see_to(run: LaneAtWork, pool: Executor) -> None:
    """Take a lane's renewal one step further. In the province of the lane, outside any transaction.

    Afterwards the lane has an account that can send, or `holds_back`, or is closing and at rest.
    """
    mine = run.renewing
    renewable = run.channel.capabilities.needs_grant
    if renewable and not mine.looked:
        _look(run)
    if not mine.is_wanted(time.monotonic()):
        return
    came: Begun | Newer | Busy | Lost | Renewed
    if mine.begun is not None and mine.asked is not None:
        came = finish(mine.begun, mine.asked.result())
        mine.begun = mine.asked = None
    else:
        came = _begin(run) if renewable else Lost(_("Kênh không nhận khóa của tài khoản gửi."))
    match came:
        case Begun():
            mine.begun, mine.asked = came, pool.submit(_ask, run.channel, came)
        case Newer() | Renewed():
            _look(run)
        case Busy(wait=span):
            mine.refused = True
            mine.again_at = time.monotonic() + min(span.total_seconds(), LOOK_AGAIN)
        case Lost(trouble=trouble):
            lane = Lane.objects.get(pk=run.lane_id)
            run.condition = circuit_breaker.rest_for_account(lane, trouble)
            mine.refused, run.closing = True, True
            mine.again_at = float("inf")


def _look(run: LaneAtWork) -> None:
    """How long what the run's account has is good for, read anew where somebody renewed it since."""
    found = standing(run.channel.code, run.account.name)
    if found is not None and found.generation > run.account.generation:
        run.account = account_of(run.channel.code, run.account.name)
    usable = found is not None and found.state == Credential.State.ACTIVE
    left = found.left if found is not None and usable else timedelta(0)
    run.renewing.looked, run.renewing.refused = True, False
    run.renewing.over_at = time.monotonic() + left.total_seconds()


def _begin(run: LaneAtWork) -> Begun | Newer | Busy | Lost:
    row = ChannelAccount.objects.filter(channel=run.channel.code, name=run.account.name).first()
    return begin(row, run.account.generation) if row else Lost(without_consent())


def _ask(channel: Channel, begun: Begun) -> Renewal:
    """Runs in a thread: no database here. A channel that raises has left it unclear how far it came."""
    try:
        return channel.refresh_credentials(begun.account)
    except Exception as error:
        # Not the error itself: it may quote what it was called with.
        log.error("channel %s raised %s while renewing", channel.code, type(error).__name__)
        return GrantUnclear(type(error).__name__)


@dataclass(slots=True)
class Renewals:
    """Renewals of whole provinces, beside the lanes: `begin` inside a province, `collect` anywhere."""

    pool: Executor = field(default_factory=lambda: ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="renew"))
    going: list[tuple[ProvinceRecord, str, str, Begun, Future[Renewal]]] = field(default_factory=list)

    def begin(self) -> int:
        """Ask the providers for what is due in the current province; how many were asked."""
        begun = 0
        for row in due():
            came = begin(row, row.credential.generation)
            if isinstance(came, Begun):
                asked = self.pool.submit(_ask, registry.get(row.channel), came)
                self.going.append((current_province(), row.channel, row.name, came, asked))
                begun += 1
            elif isinstance(came, Lost):
                _rest(row.channel, row.name, came.trouble)
        return begun

    def collect(self, *, patience: timedelta = timedelta(0)) -> int:
        """Write down the answers that came, or that come within `patience`; how many grants are new."""
        if patience:
            wait([asked for *_rest, asked in self.going], patience.total_seconds())
        renewed = 0
        for one in [one for one in self.going if one[-1].done()]:
            try:
                renewed += self._finish(*one)
                self.going.remove(one)
            except (DatabaseError, InterfaceError):
                # Kept: what came is the only one that is good now.
                log.exception("a renewal for %s cannot be written down yet", one[0].slug)
                connection.close()
        return renewed

    def _finish(
        self,
        province: ProvinceRecord,
        channel: str,
        name: str,
        begun: Begun,
        asked: Future[Renewal],
    ) -> bool:
        with province_context(province):
            came = finish(begun, asked.result())
            if isinstance(came, Lost):
                _rest(channel, name, came.trouble)
        return isinstance(came, Renewed)

    def end(self) -> None:
        """Wait for what is on its way, as long as its channels may take: thrown away it would be lost for good."""
        self.collect(patience=longest())
        self.pool.shutdown(wait=False, cancel_futures=True)


def renew_due() -> int:
    """Renew what is due in the current province and wait for the answers; how many grants are new.

    Two at once do no harm. Must not be called inside a transaction.
    """
    renewals = Renewals()
    try:
        renewals.begin()
        return renewals.collect(patience=longest())
    finally:
        renewals.end()


def renew(account: ChannelAccount, used: int) -> bool:
    """Renew what an account was refused with, while a command or a task waits; whether there is a newer one now."""
    came = begin(account, used)
    if not isinstance(came, Begun):
        return isinstance(came, Newer)
    done = finish(came, _ask(registry.get(account.channel), came))
    return isinstance(done, Newer | Renewed)


def longest() -> timedelta:
    """How long a renewal may take, whatever the channel."""
    spans = [registry.get(code).timeout for code in registry.codes()]
    return max(spans, default=timedelta(0)) + timedelta(seconds=1)


def _rest(channel: str, name: str, trouble: str) -> None:
    for lane in Lane.objects.filter(channel=channel, account=name):
        circuit_breaker.rest_for_account(lane, trouble)
