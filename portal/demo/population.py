"""People and dossiers of a demonstration province. All invented, and looking so.

The same seed gives the same dossiers relative to today. Each goes through the services, at a clock set to
the past, so that what is shown is what the portal would have written. Only settled dossiers, a year of them for
figures that compare months, are imported the way the history of an older system is: a hundred times as fast.
"""

import io
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFont

from dossiers.legacy_import.bulk_insert import import_batch
from dossiers.legacy_import.reference_data import Directory
from dossiers.legacy_import.rows.records import Record, Stage
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import event_journal, files
from dossiers.lifecycle.actions.requirements import Handover, needs_approval, required_fields
from dossiers.lifecycle.event_journal import READ_WITH
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Attachment, Dossier, LateCause
from dossiers.statistics.periods import past_periods, present_periods
from dossiers.statistics.snapshots import refresh
from dossiers.workflow.rules.schema import Transition
from dossiers.workflow.rules.statuses import Status
from messaging.outbox import phone_calls
from messaging.outbox.models.phone_calls import Call, CallTry
from portal.demo import filings, ministry, sample_announcements
from portal.demo.planned import LONG_DAYS, MOST_OF_TERM, PROPOSALS, Planned, Planner
from portal.demo.staff import Staff, hire
from procedures.catalogue.models import Procedure, ProcedureKind
from procedures.catalogue.search.search import most_filed
from tenants import clock
from tenants.accounts import api_keys
from tenants.accounts.models import User
from tenants.files.inspection import Inspected, inspect
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.onboarding.rehearsal import shortest
from tenants.organisation.models import Role, working_desks

DOSSIERS = 260
SEED = 20261124
CALLS = 6
"""So many people are still to be called; the others were."""
PROGRESS_EVERY = 40
FAMILIES = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Niê", "Điểu"]
GIVEN = ["An", "Bình", "Chi", "Dung", "Hà", "Khánh", "Lan", "Mai", "Nam", "Phúc", "Sơn", "Thảo", "Vy"]
PAPERS = ("Tờ khai theo mẫu", "Bản sao giấy tờ tùy thân", "Giấy tờ kèm theo (minh họa)")
REASONS = {
    "require_supplement": "Bản sao nộp kèm bị mờ, không đọc được số",
    "refuse": "Thủ tục không thuộc thẩm quyền giải quyết",
    "stop": "Hồ sơ không đủ điều kiện giải quyết",
    "withdraw": "Theo đề nghị của người nộp",
}
WALKED = 4
"""Of so many dossiers that were returned long ago one goes through the services; the others are imported."""
LATE_REASONS = (
    ("Phải đo lại tại thực địa vì bản vẽ nộp kèm chưa khớp", LateCause.SURVEY),
    ("Chờ ý kiến bằng văn bản của cơ quan phối hợp", LateCause.OPINION),
    ("Phải xác minh thêm tại nơi cư trú trước đây", LateCause.VERIFICATION),
)


def populate(province: ProvinceRecord, dossiers: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Make staff and dossiers; answer what demo.json says of them, passwords included."""
    chance = random.Random(f"{SEED}-{province.slug}")  # noqa: S311 – invented data, not a secret
    staff = hire()
    missing, shown = max(0, dossiers - Dossier.objects.count()), None
    settled = clock.now() - timedelta(days=LONG_DAYS)
    plans = [plan for plan in Planner(chance).plans(missing) if _is_walked(plan, settled)]
    for done, plan in enumerate(plans, start=1):
        made = _make_dossier(plan, chance, staff)
        shown = made if plan.is_sample else shown
        if done % PROGRESS_EVERY == 0 or done == len(plans):
            progress(f"  {province.short_name}: {done}/{len(plans)} hồ sơ minh họa")
    assert shown is not None
    _call(staff)
    _propose(staff)
    filing = filings.file_some()
    sample_announcements.announce(staff.users[Role.ADMINISTRATOR])
    import_settled_year(5 * dossiers - len(plans), settled.date(), chance)
    count_statistics(progress)
    received = services.print_again(shown, actor=staff.users[Role.CLERK])
    return {
        "slug": province.slug,
        "name": province.name,
        "users": staff.log_ins,
        "sample": {"code": shown.code, "key": received.key, "token_url": received.token_url},
        "filing": filing,
        "api": {
            "url": "/api/v1/",
            "key": _key_of_machine(staff.users[Role.CLERK], staff.users[Role.SPECIALIST]),
        },
        "feed": ministry.connect(shown.procedure),
        "staff_url": reverse("admin:index"),
        # Without the mock channel there is no such page, and the announcement names none.
        "phone_url": reverse("telephone") if "mock" in settings.MESSAGING_CHANNELS else "",
    }


def _key_of_machine(*people: User) -> str:
    """The key of a system that does what these people do, where they do it."""
    machine = api_keys.add_machine("he-thong", "Hệ thống minh họa")
    for person in people:
        for held in person.assignments.all():
            machine.assignments.create(agency=held.agency, role=held.role)
    return api_keys.create(machine)


def _is_walked(plan: Planned, settled: datetime) -> bool:
    """Whether it goes through the services: what is open, recent, or of a person who agreed to notices always does."""
    long_returned = plan.target is Status.RETURNED and plan.received < settled
    return not long_returned or plan.consents or plan.number % WALKED == 0


def _make_dossier(plan: Planned, chance: random.Random, staff: Staff) -> Dossier:
    with clock.frozen(min(plan.received, clock.now())):
        dossier = services.receive(_intake(plan, chance), actor=staff.users[Role.CLERK]).dossier
    workflow = dossier.workflow_version.workflow
    way: tuple[Transition, ...] = ()
    if dossier.status_enum is not plan.target:
        # Not every workflow has every status; left where it began it would grow late.
        targets = (plan.target, Status.RETURNED)
        way = next(filter(None, (shortest(workflow, dossier.step, one) for one in targets)), ())
    for transition, moment in zip(way, _moments(dossier, len(way), chance), strict=True):
        with clock.frozen(moment):
            _advance(dossier, transition, staff, result=plan.is_sample and transition is way[-1])
    if plan.late:
        _apologise(dossier, chance, staff)
    return dossier


def _moments(dossier: Dossier, count: int, chance: random.Random) -> Iterator[datetime]:
    """When so many acts are done: in order, in opening hours, well within the term, none in the future."""
    calendar, now = dossier.calendar_version.calendar, clock.now()
    moment = calendar.local(dossier.received_at)
    first = calendar.first_open_day(moment.date())
    due = calendar.local(dossier.due_at).date() if dossier.due_at else calendar.add_open_days(first, 5)
    term, passed = (calendar.open_days_between(first, day) for day in (due, now.date()))
    for place in range(1, count + 1):
        day = calendar.add_open_days(first, int(min(MOST_OF_TERM * term, passed) * place / count))
        same_day = moment + timedelta(minutes=chance.randint(20, 50))
        moment = min(max(same_day, _at(day, 9, chance)), now)
        yield moment


def _apologise(dossier: Dossier, chance: random.Random, staff: Staff) -> None:
    """Two working days before the first date a second one, three later, which is past by now."""
    dossier = Dossier.objects.get(pk=dossier.pk)
    calendar = dossier.calendar_version.calendar
    assert dossier.due_at is not None
    due = calendar.local(dossier.due_at).date()
    reason, cause = chance.choice(LATE_REASONS)
    with clock.frozen(_at(calendar.add_open_days(due, -2), 14, chance)):
        services.apologise(
            dossier.pk,
            actor=staff.users[Role.LEADER],
            seen=dossier.last_sequence,
            new_due=calendar.add_open_days(due, 3),
            reason=reason,
            cause=cause,
        )


def _call(staff: Staff) -> None:
    """The clerk made the calls, but for a few of the latest."""
    waiting = Call.objects.filter(settled_at=None).order_by("-pk").values_list("pk", flat=True)
    for pk in waiting[CALLS:]:
        phone_calls.record(pk, actor=staff.users[Role.CLERK], outcome=CallTry.Outcome.INFORMED)


def _intake(plan: Planned, chance: random.Random) -> Intake:
    phone = f"09000{plan.number:05d}"
    if plan.number % 11 == 7 and not plan.consents:
        owner = PersonData(name=f"Công ty Minh Họa {plan.number}", kind="organisation", phone=phone)
    else:
        name = f"{chance.choice(FAMILIES)} {chance.choice(GIVEN)} Minh Họa"
        number = f"0000{plan.number:08d}"
        owner = PersonData(name=name, id_number=number, phone=phone, address="Địa chỉ minh họa")
    agreed = frozenset(settings.MESSAGING_CHANNELS if plan.consents else ())
    return Intake(
        procedure_code=plan.procedure.code,
        owner=owner,
        receiving_agency=plan.desk.code,
        competent_agency=(plan.procedure.agency or plan.desk.parent or plan.desk).code,
        consents=agreed,
        news=agreed,
        channel="online" if plan.target is Status.NEW else "counter",
        documents=PAPERS[: chance.randint(1, len(PAPERS))],
        result_delivery="Tại nơi tiếp nhận",
    )


def _propose(staff: Staff) -> None:
    """The specialist asks the leader to approve a step of a few dossiers, the latest first."""
    specialist, waiting = staff.users[Role.SPECIALIST], 0
    for dossier in Dossier.objects.filter(closed_at=None).select_related(*READ_WITH).order_by("-pk"):
        steps = dossier.workflow_version.workflow.transitions_from(dossier.step)
        # Not to ask another agency: nothing here chooses one.
        open_to = [one for one in steps if Role.SPECIALIST in one.roles and "agency" not in one.requires]
        asked = [one for one in open_to if needs_approval(dossier, one)]
        if asked and waiting < PROPOSALS:
            given = _given(dossier, asked[0], staff)
            services.propose(
                dossier.pk, asked[0].code, actor=specialist, seen=dossier.last_sequence, given=given
            )
            waiting += 1


def _advance(dossier: Dossier, transition: Transition, staff: Staff, *, result: bool) -> None:
    dossier = Dossier.objects.select_related(*READ_WITH).get(pk=dossier.pk)
    actor, seen = staff.one_for(transition), dossier.last_sequence
    if result or "result" in required_fields(dossier, transition):
        seen = _attach_result(dossier, actor)
    given = _given(dossier, transition, staff)
    services.apply_transition(dossier.pk, transition.code, actor=actor, seen=seen, given=given)


def _given(dossier: Dossier, transition: Transition, staff: Staff) -> services.TransitionInput:
    wanted, today = required_fields(dossier, transition), clock.today()
    values: dict[str, Any] = {
        "papers": ("Bản sao giấy tờ tùy thân, rõ nét",),
        "amount": 100_000,
        "deadline": dossier.calendar_version.calendar.add_open_days(today, 10),
        "assignee": staff.users[Role.SPECIALIST],
        "handover": Handover("counter", taken_by=dossier.submitter.name, identified=True, result="12/2026"),
        "term": transition.terms[0].code if transition.terms else "",
        "decision": ("Số minh họa", today),
    }
    note = REASONS.get(transition.code, "Minh họa" if "reason" in wanted else "")
    return services.TransitionInput(
        note=note, **{name: value for name, value in values.items() if name in wanted}
    )


def _attach_result(dossier: Dossier, actor: User) -> int:
    """Give a dossier its result file; answers the number of that act. The file is examined once for all."""
    with files.batch(), event_journal.act(dossier.pk, seen=dossier.last_sequence) as locked:
        (stored,) = files.attach_within(
            locked, [_result()], actor=actor, sequence=locked.last_sequence + 1, kind=Attachment.Kind.RESULT
        )
        event = event_journal.append(
            locked, kind="attach", actor=actor, agency=locked.competent_agency, data={"attachment": stored.pk}
        )
    return event.sequence


@cache
def _result() -> Inspected:
    sheet = Image.new("RGB", (827, 1169), "white")
    font = ImageFont.truetype(settings.BASE_DIR / "dossiers/printing/fonts/LiberationSerif-Bold.ttf", 48)
    ImageDraw.Draw(sheet).text((120, 160), "KẾT QUẢ MINH HỌA", fill="black", font=font)
    content = io.BytesIO()
    sheet.save(content, "PDF")
    return inspect(SimpleUploadedFile("ket-qua-minh-hoa.pdf", content.getvalue()))


ARCHIVE_SOURCE = "kho-minh-hoa"
ARCHIVE_DAYS = 400


def import_settled_year(dossiers: int, until: date, chance: random.Random) -> None:
    """Import so many settled dossiers from the thirteen months before a day; once is enough for a province."""
    if dossiers and not Dossier.objects.filter(source=ARCHIVE_SOURCE).exists():
        directory = Directory()
        records = list(_records(dossiers, until, chance, directory))
        import_batch(records, source=ARCHIVE_SOURCE, directory=directory)


def count_statistics(say: Callable[[str], None]) -> None:
    """Count what the pages show; a running demonstration counts again every hour."""
    for period in [*present_periods(clock.today()), *past_periods(clock.today())]:
        refresh(period)
    say("  số liệu đã đếm")


def _records(dossiers: int, until: date, chance: random.Random, directory: Directory) -> Iterator[Record]:
    calendar, desks = directory.calendar.calendar, working_desks()
    handled = Procedure.objects.filter(
        handled=True, kind=ProcedureKind.NORMAL, current_version__term_unit="working_day"
    )
    usual = handled.select_related("agency", "current_version").order_by("code")
    often = most_filed()
    procedures = [*usual.filter(code__in=often), *usual.exclude(code__in=often)[:12]]
    # People come for a few things most of the time.
    weights = [1 / place for place in range(1, len(procedures) + 1)]
    for row in range(1, dossiers + 1):
        # Hundreds of steps back from the day, the oldest first, so that codes of a day rise.
        day = until - timedelta(days=round((ARCHIVE_DAYS - 1) * (dossiers - row + 1) / dossiers) + 1)
        procedure, desk = chance.choices(procedures, weights)[0], chance.choice(desks)
        received = _at(calendar.first_open_day(day), 8, chance)
        is_late = chance.random() < 0.035
        share = chance.uniform(1.1, 1.8) if is_late else chance.triangular(0, 0.95, 0.6)
        assert procedure.current_version is not None
        taken = round(share * (procedure.current_version.term_value or 5)) + is_late
        done = _at(calendar.add_open_days(received.date(), taken), 13, chance)
        done = min(max(done, received + timedelta(hours=2)), clock.now() - timedelta(hours=1))
        steps = list(directory.workflow(procedure).workflow.steps.values())
        first = {one.status: one.code for one in reversed(steps)}
        yield Record(
            row=row,
            source_code=f"MH-{row:05}",
            code="",
            intake=Intake(
                procedure_code=procedure.code,
                owner=PersonData(
                    name=f"Người Minh Họa {row}", id_number=f"0009{row:08d}", address="Địa chỉ minh họa"
                ),
                receiving_agency=desk.code,
                competent_agency=(procedure.agency or desk.parent or desk).code,
                channel=chance.choices(("counter", "online", "post"), (50, 42, 8))[0],
                documents=PAPERS[:1],
            ),
            agency=desk.code,
            received_at=received,
            due_at=None,
            start=Stage(first[Status.RECEIVED], Status.RECEIVED, received),
            stages=(
                Stage(first[Status.DONE], Status.DONE, done),
                Stage(first[Status.RETURNED], Status.RETURNED, done + timedelta(minutes=40)),
            ),
        )


def _at(day: date, hour: int, chance: random.Random) -> datetime:
    return datetime.combine(day, time(hour), clock.VIETNAM) + timedelta(minutes=chance.randint(0, 120))
