"""Renewing what providers granted: for a lane at work, and for all accounts before it grows old.

The right to renew is taken, and the answer written down, in the thread that calls; the provider is asked in
another one, which knows no database. What is claimed meanwhile waits and is sent with what was granted anew.
"""

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import gettext as _

from messaging.accounts import credentials
from messaging.accounts.channel_accounts import account_of
from messaging.channels import registry
from messaging.channels.base import Account, Channel, GrantUnclear, Outcome, Reason, Renewal
from messaging.lanes import breaker_state
from messaging.lanes.circuit_breaker import Condition
from messaging.models import ChannelAccount, Grant, Lane
from tenants.isolation.context import current_province, province_context
from tenants.isolation.province_cache import ProvinceRecord

log = logging.getLogger(__name__)

# Somebody else is at it: how soon to look again.
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
    begun: credentials.Begun | None = None
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

    def wakes_at(self) -> float:
        """When it has something to do that no answer brings about."""
        if self.asked is not None:
            return float("inf")
        if self.refused:
            return self.again_at
        return float("inf") if self.over_at is None else self.over_at

    def hear(self, answers: Iterable[AttemptResult], current: int) -> None:
        """Note whether the provider took what counts now, of generation `current`, for worn out. What was sent
        with an older one asks for nothing new."""
        for answer in answers:
            stale = isinstance(answer.result, Outcome) and answer.result.reason is Reason.STALE
            self.refused |= stale and answer.account.generation >= current


def see_to(run: LaneAtWork, pool: Executor, tell: Callable[[], None]) -> None:
    """Take a lane's renewal one step further. In the province of the lane, outside any transaction.
    `tell`: called in another thread when there is a next step.

    Afterwards the lane has an account that can send, or `holds_back`, or is closing and at rest.
    """
    mine = run.renewing
    renewable = run.channel.capabilities.needs_grant
    if renewable and not mine.looked:
        _look(run)
    if not mine.is_wanted(time.monotonic()):
        return
    came: credentials.Begun | credentials.Newer | credentials.Busy | credentials.Lost | credentials.Renewed
    if mine.begun is not None and mine.asked is not None:
        came = credentials.finish(mine.begun, mine.asked.result())
        mine.begun = mine.asked = None
    else:
        came = _begin(run) if renewable else credentials.Lost(_("Kênh không nhận khóa của tài khoản gửi."))
    match came:
        case credentials.Begun():
            mine.begun, mine.asked = came, pool.submit(_ask, run.channel, came)
            mine.asked.add_done_callback(lambda _asked: tell())
        case credentials.Newer() | credentials.Renewed():
            _look(run)
        case credentials.Busy(wait=span):
            mine.refused = True
            mine.again_at = time.monotonic() + min(span.total_seconds(), LOOK_AGAIN)
        case credentials.Lost(trouble=trouble):
            lane = Lane.objects.get(pk=run.lane_id)
            run.condition = breaker_state.rest_for_account(lane, trouble)
            mine.refused, run.closing = True, True
            mine.again_at = float("inf")


def _look(run: LaneAtWork) -> None:
    """How long what the run's account has is good for, read anew where somebody renewed it since."""
    found = credentials.standing(run.channel.code, run.account.name)
    if found is not None and found.generation > run.account.generation:
        run.account = account_of(run.channel.code, run.account.name)
    usable = found is not None and found.state == Grant.State.ACTIVE
    left = found.left if found is not None and usable else timedelta(0)
    run.renewing.looked, run.renewing.refused = True, False
    run.renewing.over_at = time.monotonic() + left.total_seconds()


def _begin(run: LaneAtWork) -> credentials.Begun | credentials.Newer | credentials.Busy | credentials.Lost:
    row = ChannelAccount.objects.filter(channel=run.channel.code, name=run.account.name).first()
    return (
        credentials.begin(row, run.account.generation)
        if row
        else credentials.Lost(credentials.without_consent())
    )


def _ask(channel: Channel, begun: credentials.Begun) -> Renewal:
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
    going: list[tuple[ProvinceRecord, str, str, credentials.Begun, Future[Renewal]]] = field(
        default_factory=list
    )

    def begin(self) -> int:
        """Ask the providers for what is due in the current province; how many were asked."""
        begun = 0
        for row in credentials.due():
            came = credentials.begin(row, row.grant.generation)
            if isinstance(came, credentials.Begun):
                asked = self.pool.submit(_ask, registry.get(row.channel), came)
                self.going.append((current_province(), row.channel, row.name, came, asked))
                begun += 1
            elif isinstance(came, credentials.Lost):
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
        begun: credentials.Begun,
        asked: Future[Renewal],
    ) -> bool:
        with province_context(province):
            came = credentials.finish(begun, asked.result())
            if isinstance(came, credentials.Lost):
                _rest(channel, name, came.trouble)
        return isinstance(came, credentials.Renewed)

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
    came = credentials.begin(account, used)
    if not isinstance(came, credentials.Begun):
        return isinstance(came, credentials.Newer)
    done = credentials.finish(came, _ask(registry.get(account.channel), came))
    return isinstance(done, credentials.Newer | credentials.Renewed)


def longest() -> timedelta:
    """How long a renewal may take, whatever the channel."""
    spans = [registry.get(code).timeout for code in registry.codes()]
    return max(spans, default=timedelta(0)) + timedelta(seconds=1)


def _rest(channel: str, name: str, trouble: str) -> None:
    for lane in Lane.objects.filter(channel=channel, account=name):
        breaker_state.rest_for_account(lane, trouble)
