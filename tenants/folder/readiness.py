"""Readiness of a province: each room's checks, with findings that the right person can repair.

A check stands on a level. Looking at a level looks at all checks up to it; what stands higher is left out, so
that a province can be ready to be tried out long before everything is there. Ids are stable: documents and
other people's scripts name them. Whatever was not looked at stands in the report as skipped, with the reason:
an answer that is missing is not a good one.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.folder.folder import missing_parts
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.registry import Registry

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

log = logging.getLogger(__name__)

ANSWERS_LAST = 24 * 3600
"""Seconds for which a page that does not ask other machines shows what they answered last."""


class Level(StrEnum):
    """How far a province has come. Each level asks for all that the ones before it ask for.

    WEB is a full go-live of its own: web, receipts and look-up serve officially, while what a provider has yet
    to approve is waited for. A check comes to stand there by itself; see `Check.stands_on`.
    """

    DEV = "dev"
    PILOT = "pilot"
    WEB = "web"
    GOLIVE = "golive"

    @property
    def label(self) -> str:
        return str(_LEVELS[self])

    @property
    def included(self) -> tuple["Level", ...]:
        """This level and those before it."""
        return tuple(Level)[: list(Level).index(self) + 1]


_LEVELS = {
    Level.DEV: gettext_lazy("dựng thử"),
    Level.PILOT: gettext_lazy("chạy thử"),
    Level.WEB: gettext_lazy("phục vụ chính thức, chưa có mẫu tin của kênh"),
    Level.GOLIVE: gettext_lazy("phục vụ chính thức"),
}
_LEVEL_OF_STATE = {"draft": Level.DEV, "pilot": Level.PILOT}


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    BLOCKED = "blocked"
    SKIPPED = "skipped"


class Owner(StrEnum):
    """The side that can repair it."""

    PROVINCE = "province"
    OPERATOR = "operator"

    @property
    def label(self) -> str:
        return str({Owner.PROVINCE: _("tỉnh"), Owner.OPERATOR: _("đơn vị vận hành")}[self])


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


@dataclass(frozen=True, slots=True)
class Check:
    """A look at the present province. `id` names the check itself, its findings may have longer ones.

    `run` is called inside the province, leaves nothing changed, and may raise: then the check itself is what is wrong.
    `can_follow`: a province may serve officially before it passes, since another organisation has to act first.
    `asks_outside`: it waits for another machine's answer.
    `waived_in_demo`: a demonstration (`demo: true`) cannot have it; there what blocks becomes a line that says so.
    """

    id: str
    title: "StrOrPromise"
    level: Level
    run: Callable[[], Iterable[Finding]]
    can_follow: bool = False
    asks_outside: bool = False
    waived_in_demo: bool = False

    @property
    def stands_on(self) -> Level:
        """The lowest level that asks for it."""
        return Level.WEB if self.level is Level.GOLIVE and not self.can_follow else self.level


@dataclass(frozen=True, slots=True)
class Report:
    """All that was looked at, up to `level`."""

    province: ProvinceRecord
    level: Level
    findings: tuple[Finding, ...]

    def count(self, state: State) -> int:
        return sum(finding.state == state for finding in self.findings)

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


checks = Registry[Check](
    lambda check: check.id, order=lambda check: (list(Level).index(check.stands_on), check.id)
)
"""The checks, by level and id."""


def run_checks(slug: str, level: Level | None = None, *, outside: bool = True) -> Report:
    """Run the checks up to a level, that of the province's state unless another is named.

    `outside` False asks no other machine: its last answer within ANSWERS_LAST stands there instead, or a note that there
    is none. Raises UnknownProvince. A check that fails hides no other: what it was about counts as blocked. In a
    province that is not whole nothing else is looked at.
    """
    with province_context(slug) as province:
        wanted = level or _LEVEL_OF_STATE.get(province.state, Level.GOLIVE)
        if text := missing_parts(province):
            title = _("Tỉnh đã dựng xong")
            finding = Finding("province.whole", title, State.BLOCKED, text, owner=Owner.OPERATOR)
            return Report(province, wanted, (finding,))
        found = [
            finding
            for check in checks
            if check.stands_on in wanted.included
            for finding in (_findings(check, province) if outside or not check.asks_outside else _last(check))
        ]
    return Report(province, wanted, tuple(found))


def _findings(check: Check, province: ProvinceRecord) -> list[Finding]:
    found = [replace(one, level=check.stands_on, check=check.id) for one in _run(check) or [_nothing(check)]]
    if check.waived_in_demo and province.demo:
        found = [_waived(one) if one.state is State.BLOCKED else one for one in found]
    if check.asks_outside:
        _remember(check, found)
    return found


def _run(check: Check) -> list[Finding]:
    try:
        return list(check.run())
    except Exception as error:
        log.exception("readiness check %s", check.id)
        cause = _("Không kiểm tra được (%(error)s).") % {"error": type(error).__name__}
        fix = _("Xem nhật ký của lệnh này, báo đơn vị vận hành.")
        return [Finding(check.id, str(check.title), State.BLOCKED, cause, fix, Owner.OPERATOR)]


def _nothing(check: Check) -> Finding:
    return Finding(check.id, str(check.title), State.SKIPPED, _("Không có gì để xem."))


def _waived(finding: Finding) -> Finding:
    cause = _("Miễn cho tỉnh trình diễn; tỉnh thật thì chặn: %(cause)s") % {"cause": finding.cause}
    return replace(finding, state=State.SKIPPED, cause=cause, fix="", waived=True)


def _remember(check: Check, found: list[Finding]) -> None:
    try:
        cache.set(_key(check), (clock.now(), found), ANSWERS_LAST)
    except Exception:
        log.warning("the answers to %s are not kept: no cache", check.id)


def _last(check: Check) -> list[Finding]:
    """The last answers of other machines."""
    try:
        known = cache.get(_key(check))
    except Exception:
        known = None
    if known is not None:
        asked_at, found = known
        asked = _("hỏi lúc %(at)s") % {"at": f"{asked_at.astimezone(clock.VIETNAM):%H:%M %d/%m}"}
        return [replace(one, title=f"{one.title} ({asked})") for one in found]
    cause = _("Chưa hỏi: mục này chờ máy khác trả lời. Chạy province check, hoặc bấm “Kiểm tra lại”.")
    found = Finding(check.id, str(check.title), State.SKIPPED, cause, owner=Owner.OPERATOR)
    return [replace(found, level=check.stands_on, check=check.id)]


def _key(check: Check) -> str:
    return f"readiness:{check.id}"
