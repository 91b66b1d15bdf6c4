"""Readiness of a province: what a check is, and what it finds for the right person to repair.

A check stands on a level. Looking at a level looks at all checks up to it; what stands higher is left out, so
that a province can be ready to be tried out long before everything is there. Ids are stable: documents and
other people's scripts name them. Whatever was not looked at stands in the report as skipped, with the reason:
an answer that is missing is not a good one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy

from tenants.isolation.province_cache import ProvinceRecord
from tenants.text import StrOrPromise


class Level(TextChoices):
    """How far a province has come. Each level asks for all that the ones before it ask for.

    WEB is a full go-live of its own: web, receipts and look-up serve officially, while what a provider has yet
    to approve is waited for. A check comes to stand there by itself; see `Check.stands_on`.
    """

    DEV = "dev", gettext_lazy("dựng thử")
    PILOT = "pilot", gettext_lazy("chạy thử")
    WEB = "web", gettext_lazy("phục vụ chính thức, chưa có mẫu tin của kênh")
    GOLIVE = "golive", gettext_lazy("phục vụ chính thức")

    @property
    def included(self) -> tuple["Level", ...]:
        """This level and those before it."""
        return tuple(Level)[: list(Level).index(self) + 1]


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class Owner(TextChoices):
    """The side that can repair it."""

    PROVINCE = "province", gettext_lazy("tỉnh")
    OPERATOR = "operator", gettext_lazy("đơn vị vận hành")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. All texts are Vietnamese; `cause` and `fix` only where it is not OK.

    `level`, `check` and `waived` are filled in by the caller of the check. `table` names, as settings name models, the one whose page in
    the staff's site is where staff repair it.
    """

    id: str
    title: str
    state: State = State.OK
    cause: str = ""
    fix: str = ""
    owner: Owner = Owner.PROVINCE
    level: Level = Level.DEV
    table: str = ""
    check: str = ""
    waived: bool = False


def found(
    id: str,
    title: str,
    cause: str = "",
    fix: str = "",
    owner: Owner = Owner.PROVINCE,
    *,
    table: str = "",
    state: State = State.BLOCKED,
) -> Finding:
    """What a look came to: all is well where there is no cause, else this state."""
    if not cause:
        return Finding(id, title, owner=owner)
    return Finding(id, title, state, cause, fix, owner, table=table)


@dataclass(frozen=True, slots=True)
class Check:
    """A look at the present province. `id` names the check itself, its findings may have longer ones.

    `run` is called inside the province, leaves nothing changed, and may raise: then the check itself is what is wrong.
    `can_follow`: a province may serve officially before it passes, since another organisation has to act first.
    `asks_outside`: it waits for another machine's answer.
    `waived_in_demo`: a demonstration (`demo: true`) cannot have it; there what blocks becomes a line that says so.
    """

    id: str
    title: StrOrPromise
    level: Level
    run: Callable[[], Iterable[Finding]]
    can_follow: bool = False
    asks_outside: bool = False
    waived_in_demo: bool = False

    @property
    def stands_on(self) -> Level:
        """The lowest level that asks for it."""
        return Level.WEB if self.level is Level.GOLIVE and not self.can_follow else self.level


def check(
    id: str, title: StrOrPromise, level: Level, **more: bool
) -> Callable[[Callable[[], Iterable[Finding]]], Check]:
    """Makes a function that looks at the present province a Check."""
    return lambda run: Check(id, title, level, run, **more)


@dataclass(frozen=True, slots=True)
class Report:
    """All that was looked at, up to `level`."""

    province: ProvinceRecord
    level: Level
    findings: tuple[Finding, ...]

    @property
    def by_state(self) -> dict[str, list[Finding]]:
        return {state.value: [one for one in self.findings if one.state is state] for state in State}

    def count(self, state: State) -> int:
        return len(self.by_state[state])

    @property
    def is_blocked(self) -> bool:
        return self.count(State.BLOCKED) > 0

    def has_seen(self, id: str) -> bool:
        """Whether something of this id, of a longer one, or of the check of this id was looked at, all of it well.

        What was skipped or waived was not seen.
        """
        found = [one for one in self.findings if one.check == id or f"{one.id}.".startswith(f"{id}.")]
        return bool(found) and all(one.state in (State.OK, State.WARNING) for one in found)

    @property
    def exit_code(self) -> int:
        """0: all well; 1: warnings; 2: something blocks."""
        return 2 if self.is_blocked else 1 if self.count(State.WARNING) else 0

    @property
    def reached(self) -> Level | None:
        """The highest level, up to the one asked for, at which nothing blocks; None when there is none."""
        blocked = {finding.level for finding in self.findings if finding.state == State.BLOCKED}
        fit = [level for level in self.level.included if not blocked & set(level.included)]
        return fit[-1] if fit else None
