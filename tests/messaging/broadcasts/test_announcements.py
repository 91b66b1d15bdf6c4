"""Announcements through the door of their room: who may, what is refused, what stays, what everybody may read.

Wednesday 25/11/2026, 10:00.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import IntegrityError, transaction

from messaging.broadcasts.actions import discard, publish, rewrite, withdraw, write
from messaging.broadcasts.drafts import Refused
from messaging.broadcasts.models import Publication
from messaging.broadcasts.queries import (
    alerts,
    current,
    forget_all,
    get,
    latest,
    of_year,
    outage_ends,
    published,
    years,
)
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.organisation.models import Role
from tests.conftest import NOON
from tests.factories import AssignmentFactory, Office

Kind = Publication.Kind


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clock.VIETNAM)


def draft(**changed: Any) -> dict[str, Any]:
    return {"title": "Nghỉ lễ", "summary": "Quầy nghỉ ngày 24/11, toàn tỉnh.", **changed}


def outage(start: str, end: str = "", **changed: Any) -> dict[str, Any]:
    begins = at(start)
    return draft(
        kind=Kind.OUTAGE, starts_at=begins, ends_at=at(end) if end else begins + timedelta(hours=4), **changed
    )


@pytest.fixture
def speaker(office: Office) -> User:
    """An administrator of the province: a role, no superuser."""
    return AssignmentFactory(agency=office.desk, role=Role.ADMINISTRATOR).user


@pytest.fixture
def announce(speaker: User) -> Any:
    """Write and publish."""

    def made(words: dict[str, Any]) -> Publication:
        kept = write(words, actor=speaker)
        return publish(kept.pk, actor=speaker, seen=kept.version)

    return made


class TestWho:
    @pytest.mark.parametrize("role", [Role.CLERK, Role.SPECIALIST, Role.LEADER])
    def test_other_roles_do_not(self, office: Office, role: Role) -> None:
        person = AssignmentFactory(agency=office.desk, role=role).user
        with pytest.raises(Refused):
            write(draft(), actor=person)
        assert not Publication.objects.exists()

    def test_nobody_publishes_or_withdraws_without_the_right(self, office: Office, speaker: User) -> None:
        kept = write(draft(), actor=speaker)
        for act in (
            lambda: publish(kept.pk, actor=office.leader, seen=1),
            lambda: discard(kept.pk, actor=office.leader, seen=1),
            lambda: withdraw(kept.pk, actor=office.leader, seen=1, reason="Một lý do dài"),
        ):
            with pytest.raises(Refused):
                act()
        kept.refresh_from_db()
        assert kept.published_at is None


class TestWords:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("title", " \u00a0 "),
            ("title", "x" * 151),
            ("title", "a\x00b"),
            ("summary", ""),
            ("summary", "\ud800"),
            ("summary", "x" * 401),
            ("body", "a\u202eb"),
            ("body", "x" * 10_001),
            ("area", "x" * 201),
            ("summary_en", "Only a summary"),
            ("kind", "secret"),
            ("body", "a\ufffeb"),
            ("starts_at", datetime(1, 1, 1, tzinfo=clock.VIETNAM)),
            ("publish_until", datetime(2101, 1, 1, tzinfo=clock.VIETNAM)),
        ],
    )
    def test_what_no_page_can_show_is_refused_at_its_field(self, speaker, field, value):
        with pytest.raises(Refused) as refusal:
            write(draft(**{field: value}), actor=speaker)
        assert field.replace("summary_en", "title_en") in refusal.value.problems
        assert not Publication.objects.exists()


class TestOutage:
    @pytest.mark.parametrize("missing", ["starts_at", "ends_at"])
    def test_from_and_until_must_be_known(self, speaker: User, missing: str) -> None:
        with pytest.raises(Refused) as refusal:
            write({**outage("2026-12-05T22:00"), missing: None}, actor=speaker)
        assert missing in refusal.value.problems

    def test_it_ends_by_itself(self, announce: Any) -> None:
        made = announce(outage("2026-12-05T22:00", "2026-12-06T02:00"))
        assert outage_ends() is None
        with clock.frozen(at("2026-12-06T01:59")):
            assert outage_ends() == at("2026-12-06T02:00")
            assert [one.pk for one in alerts()] == [made.pk]
            assert current().get() == made
        with clock.frozen(at("2026-12-06T02:00")):
            assert alerts() == []
            assert not current().exists()


class TestWhatIsPublicStays:
    def test_a_draft_can(self, speaker: User) -> None:
        kept = write(draft(), actor=speaker)
        discard(kept.pk, actor=speaker, seen=1)
        assert not Publication.objects.exists()
        assert AuditEntry.objects.filter(action="announcement.discard").exists()

    def test_withdrawing_needs_a_reason_and_takes_it_off_every_list(self, announce, speaker):
        made = announce(draft(kind=Kind.URGENT))
        with pytest.raises(Refused):
            withdraw(made.pk, actor=speaker, seen=made.version, reason="sai")
        withdraw(made.pk, actor=speaker, seen=made.version, reason="Sai ngày nghỉ, đã đăng lại")
        assert not current().exists()
        assert published().get().withdrawn_reason == "Sai ngày nghỉ, đã đăng lại"
        with pytest.raises(Refused):
            rewrite(made.pk, draft(title="Khác"), actor=speaker, seen=made.version + 1)

    def test_correction_leaves_both_wordings_in_the_log(self, announce: Any, speaker: User) -> None:
        made = announce(draft())
        later = NOON + timedelta(hours=1)
        with clock.frozen(later):
            other = {"kind": Kind.URGENT, "publish_from": NOON - timedelta(days=9)}
            rewrite(made.pk, draft(title="Nghỉ lễ 24/11", **other), actor=speaker, seen=made.version)
        entry = AuditEntry.objects.get(action="announcement.correct")
        assert (entry.detail["before"], entry.detail["after"]) == (
            {"title": "Nghỉ lễ"},
            {"title": "Nghỉ lễ 24/11"},
        )
        made.refresh_from_db()
        assert (made.corrected_at, made.publish_from, made.kind) == (later, NOON, Kind.NEWS)

    def test_an_outage_that_is_public_stays_one_with_an_end(self, announce: Any, speaker: User) -> None:
        made = announce(outage("2026-12-07 22:00"))
        with pytest.raises(Refused) as refusal:
            rewrite(made.pk, draft(starts_at=None, ends_at=None), actor=speaker, seen=made.version)
        assert set(refusal.value.problems) == {"starts_at", "ends_at"}
        until = made.ends_at + timedelta(days=1)
        changed = outage("2026-12-07 22:00", title="Khác", publish_until=until) | {"kind": Kind.NEWS}
        corrected = rewrite(made.pk, changed, actor=speaker, seen=made.version)
        assert (corrected.kind, corrected.publish_until) == (Kind.OUTAGE, made.ends_at)

    def test_the_database_refuses_an_outage_without_an_end(self, speaker: User) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Publication.objects.create(
                kind=Kind.OUTAGE, title="x", summary="x", written_at=NOON, written_by=speaker
            )


class TestReading:
    def test_drafts_and_what_begins_later_are_not_public(self, announce: Any, speaker: User) -> None:
        write(draft(), actor=speaker)
        later = announce(draft(publish_from=NOON + timedelta(hours=1)))
        assert get(later.pk) is None
        assert not current().exists()
        with clock.frozen(NOON + timedelta(hours=1)):
            assert current().get() == later

    def test_archive_goes_by_the_year_in_viet_nam(self, announce: Any) -> None:
        with clock.frozen(at("2025-12-31T23:30")):
            old = announce(draft(publish_until=at("2026-01-05T00:00")))
        with clock.frozen(at("2026-01-01T00:30")):
            new = announce(draft())
        assert years() == [2026, 2025]
        assert [list(of_year(year)) for year in (2025, 2026)] == [[old], [new]]

    def test_urgent_comes_before_outages_and_the_nearest_outage_first(self, announce: Any) -> None:
        far, near = announce(outage("2026-12-20T22:00")), announce(outage("2026-12-10T22:00"))
        urgent = announce(draft(kind=Kind.URGENT))
        last = announce(draft())
        assert [one.pk for one in alerts()] == [urgent.pk, near.pk, far.pk]
        assert [one.pk for one in latest()] == [last.pk, urgent.pk, near.pk], "the newest three"

    def test_a_change_shows_at_once_where_it_was_made(
        self, announce: Any, speaker: User, django_capture_on_commit_callbacks: Any
    ) -> None:
        assert alerts() == []
        with django_capture_on_commit_callbacks(execute=True):
            made = announce(draft(kind=Kind.URGENT))
        assert len(alerts()) == 1
        with django_capture_on_commit_callbacks(execute=True):
            withdraw(made.pk, actor=speaker, seen=made.version, reason="Đăng nhầm, xin lỗi")
        assert alerts() == []

    def test_elsewhere_it_shows_within_seconds(self, announce: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        from messaging.broadcasts import queries

        assert alerts() == []
        announce(draft(kind=Kind.URGENT))  # another process: nothing is dropped here before the commit
        moment = queries.time.monotonic() + queries.KEEP_SECONDS + 1
        monkeypatch.setattr(queries.time, "monotonic", lambda: moment)
        assert len(alerts()) == 1

    def test_it_needs_no_cache_server(self, announce: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        def down(*args: Any, **kwargs: Any) -> Any:
            raise ConnectionError

        for name in ("get", "get_many", "set", "add"):
            monkeypatch.setattr(cache, name, down, raising=False)
        announce(draft(kind=Kind.URGENT))
        forget_all()
        assert len(alerts()) == 1
