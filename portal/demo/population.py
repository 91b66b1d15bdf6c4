"""People and dossiers of a demonstration province. All invented, and looking so.

The same seed gives the same dossiers relative to today. Each goes through the services, at a clock set to
the past, so that what is shown is what the portal would have written.
"""

import io
import random
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image, ImageDraw, ImageFont

from dossiers import files, services
from dossiers.intake import Intake, PersonData
from dossiers.models import Attachment, CalendarVersion, Dossier
from dossiers.rules.calendar import WorkCalendar
from dossiers.rules.statuses import Status
from dossiers.rules.workflow import Transition, Workflow
from dossiers.services import Handover, journal
from dossiers.services.demands import demanded
from dossiers.services.journal import READ_WITH
from portal.demo import announcements, archive
from procedures.models import Procedure, ProcedureKind
from tenants import clock
from tenants.accounts.models import User
from tenants.context import current_province
from tenants.organisation.models import Agency, Assignment, Role
from tenants.records import ProvinceRecord

DOSSIERS = 300
SEED = 20261124
OLDEST_DAYS = 75
LONG_DAYS = 12
STILL_OPEN = 0.1
"""Of those received longer ago, so many are still not settled."""
TELEPHONES = 4

FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Võ", "Đặng", "Bùi", "Niê", "Điểu")
GIVEN = (
    "An",
    "Bình",
    "Chi",
    "Dung",
    "Giang",
    "Hà",
    "Khánh",
    "Lan",
    "Mai",
    "Nam",
    "Phúc",
    "Sơn",
    "Thảo",
    "Vy",
)
PAPERS = ("Tờ khai theo mẫu", "Bản sao giấy tờ tùy thân", "Giấy tờ kèm theo (minh họa)")
REASONS = {
    "require_supplement": "Bản sao nộp kèm bị mờ, không đọc được số",
    "refuse": "Thủ tục không thuộc thẩm quyền giải quyết",
    "stop": "Hồ sơ không đủ điều kiện giải quyết",
    "withdraw": "Theo đề nghị của người nộp",
}
MISSING = ("Bản sao giấy tờ tùy thân, rõ nét",)

# How many of a hundred dossiers stand in which status.
SHARES = {
    Status.NEW: 5,
    Status.RECEIVED: 12,
    Status.NOT_ACCEPTED: 3,
    Status.IN_PROGRESS: 26,
    Status.SUPPLEMENT_REQUIRED: 7,
    Status.PAYMENT_REQUIRED: 5,
    Status.WITHDRAWN: 3,
    Status.STOPPED: 3,
    Status.DONE: 12,
    Status.RETURNED: 24,
}
ROLE_USERS = (
    ("tiepnhan", Role.CLERK, "Cán Bộ Tiếp Nhận (minh họa)", "Cán bộ tiếp nhận"),
    ("chuyenvien", Role.SPECIALIST, "Chuyên Viên Giải Quyết (minh họa)", "Chuyên viên"),
    ("lanhdao", Role.LEADER, "Lãnh Đạo Duyệt (minh họa)", "Lãnh đạo"),
    ("truyenthong", Role.COMMUNICATIONS, "Cán Bộ Truyền Thông (minh họa)", "Cán bộ truyền thông"),
    ("thanhtra", Role.AUDITOR, "Thanh Tra Viên (minh họa)", "Thanh tra viên"),
    ("quantri", Role.ADMINISTRATOR, "Quản Trị Tỉnh (minh họa)", "Quản trị viên"),
)


@dataclass(frozen=True)
class _Staff:
    users: dict[str, User]

    def one_for(self, transition: Transition) -> User:
        """Somebody who may do this alone."""
        if "approval" in transition.requires:
            return self.users[Role.LEADER]
        usual = (Role.CLERK, Role.SPECIALIST, Role.LEADER)
        return next(self.users[role] for role in usual if role in transition.roles)


def is_populated() -> bool:
    """Whether the present province has dossiers."""
    return Dossier.objects.exists()


def populate(province: ProvinceRecord, dossiers: int, progress: Callable[[str], None]) -> dict[str, Any]:
    """Make staff and dossiers; answer what demo.json says of them, passwords included."""
    chance = random.Random(f"{SEED}-{province.slug}")  # noqa: S311 – invented data, not a secret
    passwords, staff = _make_staff()
    missing = max(0, dossiers - Dossier.objects.count())
    for number in range(missing):
        _make_dossier(number, missing, chance, staff)
        if (number + 1) % max(1, missing // 4) == 0:
            progress(f"  {province.short_name}: {number + 1}/{missing} hồ sơ minh họa")
    announcements.announce(staff.users[Role.ADMINISTRATOR])
    archive.fill(4 * dossiers, (clock.now() - timedelta(days=LONG_DAYS)).date(), chance)
    archive.count(progress)
    sample = _sample()
    received = services.print_again(sample, actor=staff.users[Role.CLERK])
    return {
        "slug": province.slug,
        "name": province.name,
        "users": [
            {"username": name, "password": passwords[name], "role": str(role)}
            for name, role, *_rest in ROLE_USERS
        ],
        "sample": {"code": sample.code, "key": received.key, "token_url": received.token_url},
        "staff_url": reverse("admin:index"),
        # Without the mock channel there is no such page, and the announcement names none.
        "phone_url": reverse("telephone") if "mock" in settings.MESSAGING_CHANNELS else "",
    }


def make_operator() -> dict[str, str]:
    """An operator's account in `public`, with a new password."""
    password = secrets.token_urlsafe(9)
    user, _made = User.objects.get_or_create(
        username="vanhanh",
        defaults={"full_name": "Người Vận Hành (minh họa)", "is_staff": True, "is_superuser": True},
    )
    user.set_password(password)
    user.save()
    return {"username": user.username, "password": password, "role": "operator"}


def _make_staff() -> tuple[dict[str, str], _Staff]:
    """One person for each role, at all agencies that stand at the top."""
    passwords, users = {}, {}
    tops = list(Agency.objects.filter(parent=None, dissolved_on=None))
    for name, role, full_name, position in ROLE_USERS:
        user, _made = User.objects.get_or_create(
            username=name,
            defaults={
                "full_name": full_name,
                "position": position,
                "is_staff": True,
            },
        )
        passwords[name] = secrets.token_urlsafe(9)
        user.set_password(passwords[name])
        user.save()
        users[str(role)] = user
        for agency in tops:
            Assignment.objects.get_or_create(user=user, agency=agency, role=role)
    return passwords, _Staff(users)


def _make_dossier(number: int, total: int, chance: random.Random, staff: _Staff) -> None:
    target = _target(number, total, chance)
    calendar = CalendarVersion.in_force().calendar
    # The youngest come last, so that codes of a day rise with its hours; most are young, as at any desk.
    age = OLDEST_DAYS * ((total - number - 1) / total) ** 2
    if age > LONG_DAYS and not target.is_closed and chance.random() > STILL_OPEN:
        target = Status.RETURNED
    if target is Status.RETURNED:
        age = max(age, 6)
    moment = _working_moment(calendar, clock.now() - timedelta(days=age), chance)
    with_telephone = number >= total - TELEPHONES
    with clock.frozen(moment):
        received = services.receive(
            _intake(number, target, chance, with_telephone=with_telephone), actor=staff.users[Role.CLERK]
        )
    if with_telephone:
        return
    dossier = received.dossier
    for transition in _way(dossier.workflow_version.workflow, dossier.step, target):
        moment = min(_later(calendar, moment, chance), clock.now())
        with clock.frozen(moment):
            _advance(dossier, transition, staff)


def _target(number: int, total: int, chance: random.Random) -> Status:
    """Chance decides, but in each status stands at least one: the youngest before those with a telephone."""
    drawn = chance.choices(list(SHARES), list(SHARES.values()))[0]
    place = number - (total - TELEPHONES - len(SHARES))
    return list(SHARES)[place] if 0 <= place < len(SHARES) else drawn


def _intake(number: int, target: Status, chance: random.Random, *, with_telephone: bool) -> Intake:
    owner = PersonData(
        name=f"{chance.choice(FAMILIES)} {chance.choice(GIVEN)} Minh Họa",
        id_number=f"0000{number:08d}",
        phone=f"09000{number:05d}",
        address="Địa chỉ minh họa",
    )
    if number % 11 == 7:
        owner = PersonData(name=f"Công ty Minh Họa {number}", kind="organisation", phone=f"09000{number:05d}")
    desks = _cached(
        "desks", lambda: list(Agency.objects.filter(is_desk=True, dissolved_on=None).select_related("parent"))
    )
    procedure, desk = _procedure(number, chance), chance.choice(desks)
    return Intake(
        procedure_code=procedure.code,
        owner=owner,
        receiving_agency=desk.code,
        competent_agency=(procedure.agency or desk.parent or desk).code,
        consents=frozenset(settings.MESSAGING_CHANNELS if with_telephone else ()),
        channel="online" if target is Status.NEW and not with_telephone else "counter",
        documents=PAPERS[: chance.randint(1, len(PAPERS))],
        result_delivery="Tại nơi tiếp nhận",
    )


def _procedure(number: int, chance: random.Random) -> Procedure:
    """Mostly what people come for; each fifteenth is a complaint."""
    handled = Procedure.objects.filter(handled=True, current_version__isnull=False)
    complaints = _cached("complaints", lambda: list(handled.filter(kind=ProcedureKind.COMPLAINT)))
    if number % 15 == 4 and complaints:
        return chance.choice(complaints)
    usual = _cached("usual", lambda: list(handled.filter(kind=ProcedureKind.NORMAL).exclude(summary="")))
    rest = _cached(
        "rest",
        lambda: list(handled.filter(kind=ProcedureKind.NORMAL).exclude(current_version__term_unit="")[:200]),
    )
    return chance.choice(usual if usual and chance.random() < 0.7 else rest)


def _way(workflow: Workflow, start: str, target: Status) -> Iterator[Transition]:
    """The shortest way from a step to one of this status."""
    waiting: deque[tuple[str, tuple[Transition, ...]]] = deque([(start, ())])
    seen = {start}
    while waiting:
        step, way = waiting.popleft()
        if workflow.steps[step].status is target:
            yield from way
            return
        for transition in workflow.transitions_from(step):
            if transition.target not in seen:
                seen.add(transition.target)
                waiting.append((transition.target, (*way, transition)))


def _advance(dossier: Dossier, transition: Transition, staff: _Staff) -> None:
    dossier = Dossier.objects.select_related(*READ_WITH).get(pk=dossier.pk)
    wanted = demanded(dossier, transition)
    actor = staff.one_for(transition)
    seen = dossier.last_sequence
    if "result" in wanted:
        seen = _attach_result(dossier, actor)
    values = {
        "papers": MISSING,
        "amount": 100_000,
        "deadline": _in_ten_working_days(dossier),
        "assignee": staff.users[Role.SPECIALIST],
        "handover": Handover("counter", taken_by=dossier.submitter.name),
        "term": transition.terms[0].code if transition.terms else "",
        "decision": ("Số minh họa", clock.now().date()),
    }
    services.advance(
        dossier.pk,
        transition.code,
        actor=actor,
        seen=seen,
        note=REASONS.get(transition.code, "Minh họa" if "reason" in wanted else ""),
        **{name: value for name, value in values.items() if name in wanted},
    )


def _attach_result(dossier: Dossier, actor: User) -> int:
    """Give a dossier its result file; answers the number of that act. The file is examined once for all."""
    with files.batch(), journal.act(dossier.pk, seen=dossier.last_sequence) as locked:
        (stored,) = files.attach_within(
            locked,
            [_result()],
            actor=actor,
            sequence=locked.last_sequence + 1,
            kind=Attachment.Kind.RESULT,
        )
        event = journal.append(
            locked,
            kind="attach",
            actor=actor,
            agency=locked.competent_agency,
            data={"attachment": stored.pk},
        )
    return event.sequence


@cache
def _result() -> files.Inspected:
    sheet = Image.new("RGB", (827, 1169), "white")
    font = ImageFont.truetype(settings.BASE_DIR / "dossiers/forms/fonts/LiberationSerif-Bold.ttf", 48)
    ImageDraw.Draw(sheet).text((120, 160), "KẾT QUẢ MINH HỌA", fill="black", font=font)
    content = io.BytesIO()
    sheet.save(content, "PDF")
    return files.inspect(SimpleUploadedFile("ket-qua-minh-hoa.pdf", content.getvalue()))


def _in_ten_working_days(dossier: Dossier) -> date:
    today = clock.now().astimezone(clock.VIETNAM).date()
    return dossier.calendar_version.calendar.add_open_days(today, 10)


def _working_moment(calendar: WorkCalendar, around: datetime, chance: random.Random) -> datetime:
    """A moment in opening hours on or before this day, never in the future."""
    day = around.date()
    while not calendar.is_open_day(day):
        day -= timedelta(days=1)
    start = datetime.combine(day, time(8), clock.VIETNAM)
    return min(start + timedelta(minutes=chance.randint(0, 180)), clock.now())


def _later(calendar: WorkCalendar, moment: datetime, chance: random.Random) -> datetime:
    day = calendar.first_open_day((moment + timedelta(days=chance.choice((0, 0, 0, 0, 1, 2)))).date())
    later = datetime.combine(day, time(13, 40), clock.VIETNAM) + timedelta(minutes=chance.randint(0, 150))
    return max(later, moment + timedelta(minutes=20))


def _sample() -> Dossier:
    """A dossier that looks well on a first visit: being handled, not late."""
    handled = Dossier.objects.filter(kind=Dossier.Kind.NORMAL, status=Status.IN_PROGRESS)
    found = (
        handled.filter(due_at__gt=clock.now()).exclude(procedure__summary="").order_by("-received_at").first()
    )
    return found or Dossier.objects.filter(kind=Dossier.Kind.NORMAL).latest("received_at")


_kept: dict[tuple[str, str], list[Any]] = {}


def _cached(name: str, read: Callable[[], list[Any]]) -> list[Any]:
    """Lists that do not change while one province is populated."""
    place = (current_province().slug, name)
    if place not in _kept:
        _kept[place] = read()
    return _kept[place]
