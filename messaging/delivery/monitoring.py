"""State of lanes for staff and operators: for the board, for `relay status`, for gauges and readiness.

Five statements for each province, and none reads finished messages: live messages by `messaging_due`, the
dead of the last day by `messaging_dead`, and the lanes themselves with their resting ways.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, Min
from django.db.models.functions import Now
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from messaging.channels import labels
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import registry
from messaging.channels.models import DEFAULT_ACCOUNT, ChannelAccount, Credential, Lane
from messaging.channels.states import State
from messaging.inbound.models import WebhookEvent
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.isolation import crypto
from tenants.isolation.context import each_province, province_context
from tenants.text import grouped
from tenants.web.telemetry import note_failure

# Given up: calls take the place of these messages.
DEAD = (State.FAILED, State.EXPIRED)
DAY = timedelta(days=1)
# Causes are shown for this long; older ones are found in the list of messages.
BOARD_DAYS = 7
# A message that is due and not on its way after this long is a matter for a person.
PATIENCE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class RestingWay:
    """A way of a lane that rests while the others go on: until when (aware), why, and since when."""

    code: str
    name: str
    until: datetime
    trouble: str
    since: datetime

    def __str__(self) -> str:
        return _("đường “%(way)s” đang nghỉ: %(trouble)s") % {"way": self.name, "trouble": self.trouble}


@dataclass(frozen=True, slots=True)
class LaneStatus:
    """One lane at this moment, by the database's clock.

    `waiting`: all that is not finished; `due`: of these, what should be on its way by now; `oldest`: for how
    long the first of those has been due; `dead`: given up in the last 24 hours. `rate` None: no limit.
    `rests`: how often in a row it went to rest, 0 when all is well; `resting`: for how much longer now, None
    while the next message only tries how things are. `trouble` says why, `trouble_since` since when. `ways`: those
    of its ways that rest alone now, or are being tried; `all_ways_rest`: the channel has no other.
    """

    pk: int
    channel: str
    account: str
    state: str
    waiting: int = 0
    due: int = 0
    oldest: timedelta | None = None
    dead: int = 0
    rate: float | None = None
    rate_is_own: bool = False
    budget: int | None = None
    spent: int = 0
    money_limit: int | None = None
    money_spent: int = 0
    rests: int = 0
    resting: timedelta | None = None
    rests_until: datetime | None = None
    trouble: str = ""
    trouble_since: datetime | None = None
    held_until: datetime | None = None
    holder: str = ""
    ways: tuple[RestingWay, ...] = ()
    all_ways_rest: bool = False

    @property
    def name(self) -> str:
        return f"{self.channel}/{self.account}"

    @property
    def channel_name(self) -> str:
        """What people call the channel; its code when it is not installed any more."""
        return str(registry.get(self.channel).name) if self.channel in registry.codes() else self.channel

    @property
    def paused(self) -> bool:
        return self.state == Lane.State.PAUSED

    @property
    def budget_left(self) -> int | None:
        """Messages that may still be sent this month; None: no budget."""
        return None if self.budget is None else max(self.budget - self.spent, 0)

    @property
    def holds_back(self) -> bool:
        """Whether the channel or the account lets nothing go but what tries how things are."""
        return bool(self.rests) or self.all_ways_rest

    @property
    def money_text(self) -> str:
        """“1.250/500.000 đồng”; empty where messages cost nothing so far and no limit is set."""
        if self.money_limit is None and not self.money_spent:
            return ""
        amounts = [self.money_spent, *([] if self.money_limit is None else [self.money_limit])]
        return _("%(amounts)s đồng") % {"amounts": "/".join(map(grouped, amounts))}

    @property
    def out_of_money(self) -> bool:
        """Whether only ways that cost nothing are left this month."""
        return self.money_limit is not None and self.money_spent >= self.money_limit

    @property
    def state_text(self) -> str:
        if self.paused:
            return str(Lane.State.PAUSED.label)
        if self.holds_back:
            return _("đang nghỉ") if self.resting or self.all_ways_rest else _("đang thử lại")
        return str(Lane.State.ACTIVE.label)

    @property
    def rate_text(self) -> str:
        """The rate as people write it, “2,5”; empty when there is no limit."""
        return number_format(Decimal(f"{self.rate:g}")) if self.rate else ""

    @property
    def oldest_text(self) -> str:
        return labels.span(self.oldest)

    @property
    def resting_text(self) -> str:
        return labels.span(self.resting)

    @property
    def needs_a_look(self) -> bool:
        """Whether `find_faults` has something to say about it, beside what died."""
        return bool(self.rests or self.ways) or bool(self.oldest and self.oldest > PATIENCE)

    def __str__(self) -> str:
        words = [
            self.name,
            self.state_text,
            _("chờ %(count)d") % {"count": self.waiting},
            _("đến hạn %(count)d") % {"count": self.due},
            _("chờ lâu nhất %(span)s") % {"span": labels.span(self.oldest)},
            _("không gửi được %(count)d trong 24 giờ") % {"count": self.dead},
        ]
        if self.budget is not None:
            words.append(_("tháng này %(spent)d/%(budget)d") % {"spent": self.spent, "budget": self.budget})
        if self.rests:
            words.append(self.trouble)
        words += map(str, self.ways)
        return "\t".join(words)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why messages of a lane were given up, and how many of them."""

    state: str
    problem: str
    count: int

    @property
    def state_text(self) -> str:
        return str(State(self.state).label)


@dataclass(frozen=True, slots=True)
class ProvinceStatus:
    """A province: its lanes, open calls, and callbacks that wait to be processed."""

    slug: str
    lanes: tuple[LaneStatus, ...] = ()
    calls_open: int = 0
    inbound_waiting: int = 0
    without_account: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All provinces that were asked for. A province that cannot be read has an `error` and hides no other."""

    offices: tuple[ProvinceStatus, ...] = field(default=())
    other_keys: str = ""
    """See `crypto.find_other_keys`; only where that was asked."""


def lanes() -> list[LaneStatus]:
    """All lanes of the current province, by channel and account."""
    live = {row["lane_id"]: row for row in _count_by_lane(Message.objects.live())}
    due = {
        row["lane_id"]: row
        for row in _count_by_lane(
            # A broadcast takes the time it takes.
            Message.objects.due().filter(bulk=False),
            oldest=ExpressionWrapper(Now() - Min("next_attempt_at"), output_field=DurationField()),
        )
    }
    dead = {
        row["lane_id"]: row
        for row in _count_by_lane(Message.objects.filter(state__in=DEAD, finished_at__gt=Now() - DAY))
    }
    nothing: dict[str, Any] = {"count": 0, "oldest": None}
    known = Lane.objects.annotate(db_now=Now()).prefetch_related("way_rests")
    return [
        _status(
            lane,
            waiting=live.get(lane.pk, nothing)["count"],
            due=due.get(lane.pk, nothing)["count"],
            oldest=due.get(lane.pk, nothing)["oldest"],
            dead=dead.get(lane.pk, nothing)["count"],
        )
        for lane in known.order_by("channel", "account")
    ]


def _count_by_lane(messages: Any, **more: Any) -> Iterable[dict[str, Any]]:
    return messages.order_by().values("lane_id").annotate(count=Count("pk"), **more)


def _status(lane: Any, **counts: Any) -> LaneStatus:
    channel = registry.get(lane.channel) if lane.channel in registry.codes() else None
    resting = lane.rests_until - lane.db_now if lane.rests_until else None
    is_resting = resting is not None and resting > timedelta(0)
    this_month = lane.spent_month == clock.today().replace(day=1)
    held = bool(lane.lease_until and lane.lease_until > lane.db_now)
    ways = tuple(
        RestingWay(row.way, labels.name(lane.channel, row.way), row.ends_at, row.trouble, row.trouble_since)
        for row in lane.way_rests.all()
        if row.ends_at > lane.db_now
    )
    return LaneStatus(
        pk=lane.pk,
        channel=lane.channel,
        account=lane.account,
        state=lane.state,
        rate=lane.rate or (channel.capabilities.rate if channel else None),
        rate_is_own=lane.rate is not None,
        budget=lane.monthly_budget,
        spent=lane.spent if this_month else 0,
        money_limit=lane.money_limit,
        money_spent=lane.money_spent if this_month else 0,
        # After one short rest the next message shows how things are, and there may be none for hours.
        rests=0 if lane.failures and lane.rests == 1 and not is_resting else lane.rests,
        resting=resting if is_resting else None,
        rests_until=lane.rests_until,
        trouble=lane.trouble,
        trouble_since=lane.trouble_since,
        held_until=lane.lease_until if held else None,
        holder=str(lane.lease_token)[:8] if held else "",
        ways=ways,
        all_ways_rest=bool(ways) and channel is not None and {way.code for way in ways} >= set(channel.ways),
        **counts,
    )


def causes() -> dict[int, list[Cause]]:
    """What was given up in the last days, by lane: the most frequent causes first."""
    lately = Message.objects.filter(state__in=DEAD, finished_at__gt=Now() - timedelta(days=BOARD_DAYS))
    rows = lately.order_by().values("lane_id", "state", "problem").annotate(count=Count("pk"))
    found: dict[int, list[Cause]] = {}
    for row in rows.order_by("-count", "problem"):
        text = row["problem"] or _("Không ghi nguyên nhân.")
        found.setdefault(row["lane_id"], []).append(Cause(row["state"], text, row["count"]))
    return found


def province_status(slug: str) -> ProvinceStatus:
    """The current province, whose slug this is."""
    return ProvinceStatus(
        slug,
        tuple(lanes()),
        Call.objects.filter(settled_at__isnull=True).count(),
        WebhookEvent.objects.filter(state=WebhookEvent.State.NEW).count(),
        tuple(without_account()),
    )


def without_account() -> list[str]:
    """Channels that are switched on and that this province cannot use, for want of an account."""
    accounts: dict[str, list[str]] = {}
    for channel, account in Lane.objects.values_list("channel", "account"):
        accounts.setdefault(channel, []).append(account)
    return [
        code
        for code in settings.MESSAGING_CHANNELS
        if code in registry.codes()
        and not any(_usable(code, name) for name in accounts.get(code, [DEFAULT_ACCOUNT]))
    ]


def _usable(channel: str, name: str) -> bool:
    account = account_of(channel, name)
    return not registry.get(channel).check_account(account.config, account.secrets)


def report(slug: str | None = None) -> Report:
    """One province, or all of them; raises UnknownProvince. Call it outside a province."""
    if slug is not None:
        with province_context(slug) as province:
            return Report((_read(province.slug),))
    return Report(tuple(_read(province.slug) for province in each_province()))


def _read(slug: str) -> ProvinceStatus:
    try:
        return province_status(slug)
    except Exception as error:  # one province in trouble hides no other
        note_failure("status", slug)
        lacks_key = isinstance(error, crypto.CannotDecrypt)
        text = _("thiếu khóa trong FIELD_KEYS của lệnh này") if lacks_key else type(error).__name__
        return ProvinceStatus(slug, error=text)


def find_faults(said: Report) -> list[str]:
    """What an operator should look into, as Vietnamese sentences; nothing when all is well."""
    found = [said.other_keys] if said.other_keys else []
    for office in said.offices:
        if office.error:
            found.append(
                _("%(province)s: không đọc được (%(error)s).")
                % {"province": office.slug, "error": office.error}
            )
        for code in office.without_account:
            found.append(
                _("%(province)s: kênh %(channel)s chưa có tài khoản dùng được.")
                % {"province": office.slug, "channel": code}
            )
        # With other keys a lane still bears the reason of before.
        for lane in office.lanes if not said.other_keys else ():
            found += [f"{office.slug}, {lane.name}: {text}" for text in _lane_faults(lane)]
    return found


def _lane_faults(lane: LaneStatus) -> list[str]:
    found = []
    if lane.oldest and lane.oldest > PATIENCE:
        found.append(_("có tin đến hạn đã chờ %(span)s.") % {"span": labels.span(lane.oldest)})
    if lane.rests:
        found.append(_("luồng đang nghỉ: %(trouble)s") % {"trouble": lane.trouble or _("chưa rõ vì sao")})
    found += map(str, lane.ways)
    if lane.out_of_money:
        found.append(_("hết số tiền của tháng: chỉ còn gửi bằng đường không mất tiền."))
    if lane.dead:
        found.append(_("%(count)d tin không gửi được trong 24 giờ qua.") % {"count": lane.dead})
    return found


def as_text(said: Report) -> str:
    """One line for each lane, then what to look into."""
    lines = [f"{office.slug}\t{lane}" for office in said.offices for lane in office.lanes]
    lines += [
        _("%(province)s\tcần gọi điện %(calls)d\ttin từ kênh chờ xử lý %(inbound)d")
        % {"province": office.slug, "calls": office.calls_open, "inbound": office.inbound_waiting}
        for office in said.offices
        if not office.error
    ]
    found = find_faults(said)
    lines += ["", *(f"! {text}" for text in found)] if found else []
    return "\n".join(lines)


def as_json(said: Report) -> str:
    """The same for programs: spans in seconds, moments in ISO 8601."""
    found = find_faults(said)
    data = {"ok": not found, "verdict": found, "provinces": [asdict(office) for office in said.offices]}
    return json.dumps(data, ensure_ascii=False, indent=2, default=_as_json)


def _as_json(value: timedelta | datetime) -> float | str:
    return value.isoformat() if isinstance(value, datetime) else round(value.total_seconds(), 1)


def lane_board() -> dict[str, Any]:
    """What the board shows of the current province: its lanes with the causes of their dead and how their accounts
    stand, names of channels that are on and have no account, and over how many days causes are counted."""
    why, accounts = causes(), _account_statuses()
    cards = [
        {
            "lane": lane,
            "causes": why.get(lane.pk, []),
            "account": accounts.get((lane.channel, lane.account), {}),
            "money_text": lane.money_text or (_("0 đồng") if _has_prices(lane.channel) else ""),
        }
        for lane in lanes()
    ]
    names = [str(registry.get(code).name) for code in without_account()]
    return {"cards": cards, "without_account": names, "days": BOARD_DAYS}


def _has_prices(channel: str) -> bool:
    return channel in registry.codes() and registry.get(channel).capabilities.has_templates


def _account_statuses() -> dict[tuple[str, str], dict[str, Any]]:
    """How each account stands with its provider, without a `grant` where none is needed."""
    found = {}
    rows = ChannelAccount.objects.select_related("credential").defer("secrets", "credential__credentials")
    for row in rows:
        said: dict[str, Any] = {"quota": row.daily_quota, "quota_reported_at": row.quota_reported_at}
        if row.channel in registry.codes() and registry.get(row.channel).capabilities.needs_grant:
            grant = getattr(row, "credential", None) or Credential()
            said |= {"grant": Credential.State(grant.state), "grant_until": grant.expires_at}
            said |= {"grant_trouble": grant.trouble, "must_consent": grant.state != Credential.State.ACTIVE}
        found[row.channel, row.name] = said
    return found
