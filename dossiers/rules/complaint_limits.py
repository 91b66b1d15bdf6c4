"""The time limits of complaints as data with effective dates: a change of the law adds rows.

Luật 136/2025/QH15 changed the law on complaints and could not be read; what it may have changed is still
given here as it was before. Rows are taken by the newest `since` that has come.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dossiers.rules.deadlines.deadlines import Term, TermUnit
from tenants.validation import gettext_noop

FIRST_ROUND, SECOND_ROUND = 1, 2


@dataclass(frozen=True, slots=True)
class AcceptanceLimit:
    """Within which a complaint is accepted or refused, from its receipt."""

    since: date
    term: Term
    source: str


@dataclass(frozen=True, slots=True)
class SettlingLimit:
    """Within which a round of complaint is settled, from its acceptance, in calendar days."""

    since: date
    round: int
    code: str
    name: str
    days: int
    source: str


@dataclass(frozen=True, slots=True)
class PublicationRule:
    """Decisions of these rounds are made public within so many calendar days of the day of the decision."""

    since: date
    rounds: frozenset[int]
    days: int
    source: str


_LAW = date(2012, 7, 1)
_FIRST = "Luật Khiếu nại 02/2011/QH13, Điều 28"
_SECOND = "Luật Khiếu nại 02/2011/QH13, thời hạn giải quyết khiếu nại lần hai"

ACCEPTANCE: tuple[AcceptanceLimit, ...] = (
    AcceptanceLimit(_LAW, Term(10, TermUnit.CALENDAR_DAY), "Luật Khiếu nại 02/2011/QH13"),
    AcceptanceLimit(
        date(2026, 7, 1),
        Term(7, TermUnit.WORKING_DAY),
        "NĐ 124/2020/NĐ-CP, Điều 16.1, sửa bởi NĐ 155/2026/NĐ-CP, Điều 10",
    ),
)

SETTLING: tuple[SettlingLimit, ...] = (
    SettlingLimit(_LAW, 1, "usual", gettext_noop("30 ngày – vụ việc thông thường"), 30, _FIRST),
    SettlingLimit(_LAW, 1, "complex", gettext_noop("45 ngày – vụ việc phức tạp"), 45, _FIRST),
    SettlingLimit(_LAW, 1, "remote", gettext_noop("45 ngày – vùng sâu, vùng xa"), 45, _FIRST),
    SettlingLimit(_LAW, 1, "remote_complex", gettext_noop("60 ngày – vùng xa, vụ việc phức tạp"), 60, _FIRST),
    SettlingLimit(_LAW, 2, "usual", gettext_noop("45 ngày – vụ việc thông thường"), 45, _SECOND),
    SettlingLimit(_LAW, 2, "complex", gettext_noop("60 ngày – vụ việc phức tạp"), 60, _SECOND),
    SettlingLimit(_LAW, 2, "remote", gettext_noop("60 ngày – vùng sâu, vùng xa"), 60, _SECOND),
    SettlingLimit(
        _LAW, 2, "remote_complex", gettext_noop("70 ngày – vùng xa, vụ việc phức tạp"), 70, _SECOND
    ),
)

PUBLICATION: tuple[PublicationRule, ...] = (
    PublicationRule(
        date(2012, 11, 20),
        frozenset({SECOND_ROUND}),
        15,
        # NĐ 124/2020/NĐ-CP has taken its place since; its article on publication could not be read.
        "NĐ 75/2012/NĐ-CP, Điều 12 (chưa đối chiếu NĐ 124/2020/NĐ-CP)",
    ),
)


def acceptance_on(day: date) -> AcceptanceLimit:
    """The limit for accepting a complaint received on this day; raises LookupError before the law."""
    return _newest(ACCEPTANCE, day)


def settling_on(day: date, round_: int) -> tuple[SettlingLimit, ...]:
    """The limits to choose from for this round of a complaint accepted on this day, in the table's order."""
    codes = dict.fromkeys(limit.code for limit in SETTLING if limit.round == round_)
    found = []
    for code in codes:
        rows = [limit for limit in SETTLING if (limit.round, limit.code) == (round_, code)]
        found.append(_newest(rows, day))
    return tuple(found)


def publication_on(day: date) -> PublicationRule:
    """The rule on publishing a decision of this day; raises LookupError before there was one."""
    return _newest(PUBLICATION, day)


def _newest[Row: (AcceptanceLimit, SettlingLimit, PublicationRule)](rows: Iterable[Row], day: date) -> Row:
    known = [row for row in rows if row.since <= day]
    if not known:
        raise LookupError(day)
    return max(known, key=lambda row: row.since)
