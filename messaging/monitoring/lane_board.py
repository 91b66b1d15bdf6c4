"""The board of lanes for the staff of a province: how each fares, why it could not send, how its account stands.

Beside what `lane_status` reads this takes one statement more, and opens no secret.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from messaging.channels import registry
from messaging.models import ChannelAccount, Grant
from messaging.monitoring import lane_status
from messaging.monitoring.lane_status import BOARD_DAYS, Cause, LaneStatus


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands with its provider. `quota`: messages a day, as the provider told; None: it did not.

    `grant` None: nothing is granted here, or nothing is needed.
    """

    quota: int | None = None
    quota_told_at: datetime | None = None
    grant: Grant.State | None = None
    grant_trouble: str = ""
    grant_until: datetime | None = None

    @property
    def must_consent(self) -> bool:
        """Whether nothing is sent before somebody of the account consents."""
        return self.grant in (Grant.State.NONE, Grant.State.REAUTH_REQUIRED)


@dataclass(frozen=True, slots=True)
class Card:
    """One lane on the board."""

    lane: LaneStatus
    causes: tuple[Cause, ...]
    account: Standing
    costs: bool

    @property
    def money_text(self) -> str:
        """What was spent this month, of how much; "" where messages of the channel have no price."""
        return self.lane.money_text or (_("0 đồng") if self.costs else "")


@dataclass(frozen=True, slots=True)
class Board:
    """The lanes of a province, and the names of channels that are on and have no account."""

    cards: tuple[Card, ...]
    without_account: tuple[str, ...]
    days: int = BOARD_DAYS


def board() -> Board:
    """How the current province's lanes stand now."""
    why, accounts = lane_status.causes(), _standings()
    cards = (
        Card(
            lane,
            tuple(why.get(lane.pk, ())),
            accounts.get((lane.channel, lane.account), Standing()),
            _has_prices(lane.channel),
        )
        for lane in lane_status.lanes()
    )
    names = tuple(str(registry.get(code).name) for code in lane_status.without_account())
    return Board(tuple(cards), names)


def _has_prices(channel: str) -> bool:
    return channel in registry.codes() and registry.get(channel).capabilities.has_templates


def _standings() -> dict[tuple[str, str], Standing]:
    rows = ChannelAccount.objects.values_list(
        "channel",
        "name",
        "daily_quota",
        "quota_told_at",
        "grant__state",
        "grant__trouble",
        "grant__expires_at",
    )
    return {
        (channel, name): Standing(quota, reported_at, _grant(channel, state), trouble or "", until)
        for channel, name, quota, reported_at, state, trouble, until in rows
    }


def _grant(channel: str, state: str | None) -> Grant.State | None:
    if channel not in registry.codes() or not registry.get(channel).capabilities.needs_grant:
        return None
    return Grant.State(state or Grant.State.NONE)
