"""A second count of the same figures, dossier by dossier, in plain steps: what the statement must agree with.

It shares no code with the counting it checks, nor with the rules that derive a dossier's columns.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.dossiers.histories import Act, History

VIETNAM = timezone(timedelta(hours=7))
ENDED = {3, 7, 8, 9, 10}


def recount(
    histories: Iterable[History], first: date, until: datetime, is_open: Callable[[date], bool]
) -> dict:
    """The counts over all these dossiers, by the names of `Counts.as_dict`."""
    since = datetime(first.year, first.month, first.day, tzinfo=VIETNAM)
    names = (
        *("opening", "received", "reopened", "settled_before", "settled_on_time", "settled_late"),
        *(
            "settled_without_term",
            "open_in_term",
            "open_due_soon",
            "open_late",
            "open_without_term",
            "paused",
        ),
        *("not_accepted", "withdrawn", "stopped", "late", "without_term", "unchecked", "online"),
        *("total", "settled", "open", "on_time"),
    )
    found: dict = dict.fromkeys(names, 0)
    days: list[int] = []
    for history in histories:
        for name in facts(history, since, until, is_open):
            found[name] += 1
        if {"settled", "total"} <= set(facts(history, since, until, is_open)):
            days.append(working_days(history, until, is_open))
    found["on_time_rate"] = percent(found["on_time"], found["total"] - found["without_term"])
    found["online_share"] = percent(found["online"], found["received"])
    found["mean_days"] = rounded(Fraction(sum(days), len(days))) if days else "N/A"
    days.sort()
    half = len(days) // 2
    middle = days[half : half + 1] if len(days) % 2 else days[half - 1 : half + 1]
    found["median_days"] = rounded(Fraction(sum(middle), len(middle))) if days else "N/A"
    found["ninetieth_days"] = rounded(nine_tenths(days)) if days else "N/A"
    return found


def nine_tenths(days: list[int]) -> Fraction:
    """Nine tenths of the way from the first to the last of the sorted days."""
    place = Fraction(9 * (len(days) - 1), 10)
    below, above = days[int(place)], days[min(int(place) + 1, len(days) - 1)]
    return below + (above - below) * (place - int(place))


def facts(history: History, since: datetime, until: datetime, is_open: Callable[[date], bool]) -> list[str]:
    """Which counts this dossier adds one to; none when it is no dossier of the period."""
    if history.received_at > until:
        return []
    was, now = told(history, since - timedelta(microseconds=1)), told(history, until)
    was_open = (was[-1].status if was else 2) not in ENDED
    status = now[-1].status if now else 2
    here = []
    if history.received_at >= since:
        here.append("received")
        if history.channel == "online":
            here.append("online")
    elif was_open:
        here.append("opening")
    elif status not in ENDED or finish(now) >= since:
        here.append("reopened")
    else:
        return []
    here.append("total")

    due = now[-1].due if now else history.original_due
    pause = open_pause(now)
    stopped_working = pause or (finish(now) if status in ENDED else until)
    late = due is not None and (requests(now) > 1 or stopped_working > due)
    if due is None:
        here.append("without_term")
    else:
        here.append("late" if late else "on_time")

    if status in (9, 10):
        here += ["settled"]
        if due is None:
            here.append("settled_without_term")
        elif late:
            here.append("settled_late")
        elif stopped_working.astimezone(VIETNAM).date() == due.astimezone(VIETNAM).date():
            here.append("settled_on_time")
        else:
            here.append("settled_before")
    elif status == 3:
        here.append("not_accepted")
    elif status == 7:
        here += ["withdrawn"]
    elif status == 8:
        here.append("stopped")
    elif pause:
        here.append("paused")
    else:
        here.append("open")
        here.append("open_without_term" if due is None else "open_late" if late else "open_in_term")
        if here[-1] == "open_in_term" and due < end_of_second_open_day(until, is_open):
            here.append("open_due_soon")
    if status == 1:
        here.append("unchecked")
    return here


def end_of_second_open_day(after: datetime, is_open: Callable[[date], bool]) -> datetime:
    """Midnight that ends it, in Viet Nam."""
    day, left = after.astimezone(VIETNAM).date(), 2
    while left:
        day += timedelta(days=1)
        left -= is_open(day)
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM) + timedelta(days=1)


def told(history: History, moment: datetime) -> list[Act]:
    """The acts up to a moment that none of them takes back."""
    past = [(number, act) for number, act in enumerate(history.acts, start=1) if act.at <= moment]
    taken_back = [act.undoes for _, act in past]
    return [act for number, act in past if number not in taken_back]


def last_run(acts: list[Act]) -> list[Act]:
    """The acts at the end that all have an ended status."""
    run: list[Act] = []
    for act in reversed(acts):
        if act.status not in ENDED:
            break
        run.insert(0, act)
    return run


def finish(acts: list[Act]) -> datetime:
    run = last_run(acts)
    for wanted in (9, 10):
        for act in run:
            if act.status == wanted:
                return act.at
    return run[0].at


def pauses(acts: list[Act]) -> list[tuple[datetime, datetime | None]]:
    """Beginnings and ends of all pauses before the dossier ended; None for one that was open then."""
    worked = acts[: len(acts) - len(last_run(acts))]
    found: list[tuple[datetime, datetime | None]] = []
    for act in worked:
        running = bool(found) and found[-1][1] is None
        if act.clock == "pause" and not running:
            found.append((act.at, None))
        elif act.clock in ("resume", "restart", "close") and running:
            found[-1] = (found[-1][0], act.at)
    return found


def open_pause(acts: list[Act]) -> datetime | None:
    found = pauses(acts)
    return found[-1][0] if found and found[-1][1] is None else None


def requests(acts: list[Act]) -> int:
    number = 0
    for position, act in enumerate(acts):
        came = act.status == 5 and (position == 0 or acts[position - 1].status != 5)
        if came and act.undoes is None and act.kind != "correct":
            number += 1
    return number


def working_days(history: History, until: datetime, is_open: Callable[[date], bool]) -> int:
    """Open days after the first, up to the finish, that no pause took."""
    acts = told(history, until)
    waited = [
        (begin.astimezone(VIETNAM).date(), (end or finish(acts)).astimezone(VIETNAM).date())
        for begin, end in pauses(acts)
    ]
    day, number = history.counts_from.astimezone(VIETNAM).date(), 0
    while day < finish(acts).astimezone(VIETNAM).date():
        day += timedelta(days=1)
        if is_open(day) and not any(begin < day <= end for begin, end in waited):
            number += 1
    return number


def percent(part: int, whole: int) -> str:
    return rounded(Fraction(100 * part, whole)) if whole else "N/A"


def rounded(value: Fraction) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))
