"""Which archives are kept: all of the last days, then the newest of weeks and months, the newest always."""

from datetime import UTC, datetime, timedelta

from tenants.operations.backup.archive_store import superfluous

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
NIGHTS = [NOW - timedelta(days=days) for days in range(800)]


def kept(rule: str, made: list[datetime]) -> list[datetime]:
    gone = superfluous(made, rule, NOW)
    return [moment for moment in made if moment not in gone]


def test_of_nightly_archives_days_weeks_and_months_are_kept() -> None:
    found = kept("14d 8w 12m", NIGHTS)
    assert found[:14] == NIGHTS[:14]
    assert len(found) == len(set(found))
    assert 14 + 6 <= len(found) <= 14 + 8 + 12
    assert {moment.month for moment in found} == set(range(1, 13))


def test_every_week_and_month_keeps_its_newest() -> None:
    found = kept("0d 2w 0m", NIGHTS)
    assert [f"{moment:%d/%m}" for moment in found] == ["25/11", "22/11"]


def test_the_newest_is_kept_however_old_it_is() -> None:
    old = [NOW - timedelta(days=4000), NOW - timedelta(days=4001)]
    assert kept("0d 0w 0m", old) == old[:1]
