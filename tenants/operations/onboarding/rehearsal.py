"""A rehearsal for `province smoke`: a throw-away province out of a folder, and one dossier driven through every step.

The province is a schema that no table names. This process alone knows it, so no visitor, no relay and no task comes near
it; the real province is not entered. It is dropped when the rehearsal ends, however it ends; one that was killed is
swept away by the next. The dossier goes through the services alone, by the province's own workflow: status after status,
by the shortest way from one to the next, with the input that each step requires. Missing statuses are reported and
skipped. The people are made up.
"""

import re
import secrets
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Count, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.actions.requirements import Handover, required_fields
from dossiers.lifecycle.errors import NeedsApproval
from dossiers.lifecycle.event_journal import READ_WITH
from dossiers.lifecycle.files.attachments import attach
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Attachment, Dossier, Event
from dossiers.printing import printing
from dossiers.printing.models import Form
from dossiers.statistics.counts import figures
from dossiers.workflow.rules.schema import Transition
from dossiers.workflow.rules.statuses import Status
from dossiers.workflow.rules.workflow import Workflow
from messaging.channels.models import Lane
from messaging.channels.states import State
from messaging.delivery import lane_loop
from messaging.outbox.models.messages import SUPERSEDED, Message
from messaging.provisioning.readiness import mock_channel_only
from procedures.catalogue.models import Procedure, ProcedureKind
from tenants import clock, refusals
from tenants.accounts.models import User
from tenants.files import storage
from tenants.folder.folder import Folder, open_folder
from tenants.folder.problems import Refused, blocking
from tenants.folder.readiness import Finding, found
from tenants.folder.readiness import State as Result
from tenants.isolation import advisory_locks, province_cache, schemas
from tenants.isolation.backend import connection
from tenants.isolation.context import current_province, province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.onboarding import province_row, sections
from tenants.operations.onboarding.validate import validate_province
from tenants.organisation.models import Agency, Assignment, Role

WAY = (
    Status.RECEIVED,
    Status.IN_PROGRESS,
    Status.SUPPLEMENT_REQUIRED,
    Status.IN_PROGRESS,
    Status.PAYMENT_REQUIRED,
    Status.IN_PROGRESS,
    Status.DONE,
    Status.RETURNED,
)
"""After the start: 1 → 2 → 4 → 5 → 4 → 6 → 4 → 9 → 10."""
PROCEDURES_LOOKED_AT = 60
NUMBER = "0900000678"
OK = 200
seen = partial(found, "")
"""One thing that was tried: all is well where there is no cause; SKIPPED: this province has no such thing."""
_NAME = re.compile(r"\Amcthu[0-9a-f]{12}\Z")


def cause_of(error: Exception) -> str:
    """An error in one line, for the person who reads the rehearsal."""
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class Stopped(Exception):
    """The process received a signal to end."""


def rehearse(slug: str) -> Generator[Finding]:
    """Make the throw-away province from the folder of this slug, and yield the result of each trial.

    A trial that raises ends with its cause. The schema is gone when the iteration ends:
    also after an error, SIGTERM, Ctrl-C, or when the caller stops listening. Raises Refused for a folder that `apply`
    would refuse, schemas.NotTheOwner under the run-time login.
    """
    schemas.require_owner()
    problems = validate_province(slug)
    if blocking(problems):
        raise Refused(problems)
    sweep()
    with _ending_in_order() as stop, _throwaway(open_folder(slug)) as (folder, record):
        title = made = _("Dựng tỉnh thử từ thư mục")
        try:
            for step in sections.STEPS:
                _refuse_after(stop)
                title = _("Dựng tỉnh thử: %(step)s") % {"step": step.title}
                if not step.outside:
                    with province_context(folder.slug), transaction.atomic():
                        step.apply(folder)
            yield seen(made)
            title = _("Diễn tập dừng giữa chừng")
            with province_context(record):
                for one in drive():
                    yield one
                    _refuse_after(stop)
        except Stopped:
            raise
        except Exception as error:
            yield seen(title, cause_of(error))


def sweep() -> int:
    """Drop what rehearsals left that were killed; how many there were."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^mcthu[0-9a-f]{12}$'")
        found = [name for (name,) in cursor.fetchall() if _NAME.match(name)]
        left = [name for name in found if name not in advisory_locks.locked_slugs(found)]
        for name in left:
            schemas.drop_schema(name)
    return len(left)


@contextmanager
def _throwaway(folder: Folder) -> Iterator[tuple[Folder, ProvinceRecord]]:
    slug = f"mcthu{secrets.token_hex(6)}"
    manifest = folder.manifest.model_copy(update={"slug": slug, "hosts": (f"{slug}.invalid",)})
    province = Province(schema_name=slug, state=Province.State.LIVE, **province_row.values_of(manifest))
    record = province.as_record(manifest.hosts[0])
    with ExitStack() as stack:
        stack.enter_context(advisory_locks.exclusive_schema_lock(slug))
        stack.callback(schemas.drop_schema, slug)
        stack.callback(connection.set_schema_to_public)
        stack.enter_context(mock_channel_only(record))
        stack.callback(_remove_files, record)
        stack.enter_context(province_cache.lent(record))
        with public_context():
            province.create_schema(verbosity=0)
        yield replace(folder, slug=slug, manifest=manifest), record


def _remove_files(record: ProvinceRecord) -> None:
    with province_context(record):
        for name, _stored_at in list(storage.names()):
            storage.remove(name)


@contextmanager
def _ending_in_order() -> Iterator[threading.Event]:
    """SIGTERM and Ctrl-C end the rehearsal as an error does, so that what was made is dropped.

    Between two trials: an exception in the middle of a query would leave no connection to drop the schema with.
    """
    stop = threading.Event()
    here = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGTERM, signal.SIGINT) if here else ()
    before = {number: signal.signal(number, lambda *_signal: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_after(stop: threading.Event) -> None:
    if stop.is_set():
        raise Stopped


def drive() -> Iterator[Finding]:
    """Every step of one dossier, then its pages for the citizen, the desk and the public."""
    staff = _make_staff()
    intake = _intake()
    if isinstance(intake, Finding):
        yield intake
        return
    received = services.receive(intake, actor=staff[Role.CLERK])
    dossier = received.dossier
    workflow = dossier.workflow_version.workflow
    _send()
    title = _("Tiếp nhận, trạng thái %(status)d, quy trình “%(name)s”")
    yield seen(title % {"status": dossier.status, "name": workflow.name})
    if dossier.status != Status.NEW:
        yield seen(_title(Status.NEW), _("Quy trình không bắt đầu từ trạng thái này."), state=Result.SKIPPED)
    for status in WAY:
        if dossier.status == status:
            continue
        yield _go_on(dossier, status, staff)
        _send()
        dossier = _fresh(dossier)
    yield _check_deliveries()
    yield from _shown(dossier, received.key, received.token_url)
    yield _receipt(dossier, staff[Role.CLERK])
    yield _counted(dossier)


def _title(status: Status) -> str:
    return f"{int(status)} {_(status.official)}"


def _make_staff() -> dict[str, User]:
    tops = list(Agency.objects.filter(parent=None, dissolved_on=None))
    made = {}
    for role in (Role.CLERK, Role.SPECIALIST, Role.LEADER):
        user = User.objects.create(username=f"dien-tap-{role}", full_name=f"Diễn Tập {role.label}")
        Assignment.objects.bulk_create(Assignment(user=user, agency=top, role=role) for top in tops)
        made[str(role)] = user
    return made


def _intake() -> Intake | Finding:
    """A dossier of the procedure whose workflow has most of the statuses; or the reason why there is none."""
    desk = Agency.objects.filter(is_desk=True, dissolved_on=None).select_related("parent").first()
    if desk is None:
        return seen(_("Tiếp nhận"), _("Tỉnh chưa có nơi tiếp nhận nào."))
    handled = Procedure.objects.filter(
        handled=True, current_version__isnull=False, kind=ProcedureKind.NORMAL
    ).select_related("agency", "sector")[:PROCEDURES_LOOKED_AT]
    found = max(handled, key=_how_much_of_the_way, default=None)
    if found is None:
        return seen(_("Tiếp nhận"), _("Tỉnh chưa có thủ tục nào tiếp nhận được."))
    return Intake(
        procedure_code=found.code,
        owner=PersonData(name="Nguyễn Thị Diễn Tập", phone=NUMBER, id_number="000000000000"),
        receiving_agency=desk.code,
        competent_agency=(found.agency or desk.parent or desk).code,
        consents=frozenset({"mock"}),
        channel="online",
        documents=("Tờ khai",),
    )


def _how_much_of_the_way(procedure: Procedure) -> int:
    workflow = rules_in_force.applicable(procedure).workflow
    return len({step.status for step in workflow.steps.values()} & {Status.NEW, *WAY})


def _go_on(dossier: Dossier, target: Status, staff: dict[str, User]) -> Finding:
    """Take the shortest way to a status; the result names the obstacle."""
    way = shortest(dossier.workflow_version.workflow, dossier.step, target)
    if way is None:
        return seen(_title(target), _("Quy trình không có trạng thái này."), state=Result.SKIPPED)
    for step in way:
        try:
            _take(_fresh(dossier), step, staff)
        except Exception as error:
            cause = str(error) if isinstance(error, refusals.Refused) else cause_of(error)
            return seen(_title(target), f"{step.name}: {cause}")
    return seen(_title(target))


def shortest(workflow: Workflow, start: str, target: Status) -> tuple[Transition, ...] | None:
    """The fewest transitions from a step to another one of this status, past none that ends the dossier."""
    waiting: deque[tuple[str, tuple[Transition, ...]]] = deque([(start, ())])
    seen = {start}
    while waiting:
        step, way = waiting.popleft()
        for transition in workflow.transitions_from(step):
            longer = (*way, transition)
            if workflow.steps[transition.target].status is target:
                return longer
            if transition.target not in seen and not workflow.steps[transition.target].status.is_closed:
                seen.add(transition.target)
                waiting.append((transition.target, longer))
    return None


def _take(dossier: Dossier, step: Transition, staff: dict[str, User]) -> Event:
    wanted = required_fields(dossier, step)
    actor = next(staff[role] for role in (Role.CLERK, Role.SPECIALIST, Role.LEADER) if role in step.roles)
    if "result" in wanted:
        paper = printing.print_form(dossier, Form.RECEIPT, actor=staff[Role.SPECIALIST]).pdf
        upload = SimpleUploadedFile("ket-qua.pdf", paper, content_type="application/pdf")
        specialist, last = staff[Role.SPECIALIST], dossier.last_sequence
        attach(dossier.pk, upload, kind=Attachment.Kind.RESULT, actor=specialist, seen=last)
        dossier = _fresh(dossier)
    given = _given(dossier, step, wanted, staff)
    try:
        return services.apply_transition(
            dossier.pk, step.code, actor=actor, seen=dossier.last_sequence, given=given
        )
    except NeedsApproval:
        asker = actor if actor != staff[Role.LEADER] else staff[Role.SPECIALIST]
        proposal = services.propose(
            dossier.pk, step.code, actor=asker, seen=dossier.last_sequence, given=given
        )
        return services.approve(proposal.pk, actor=staff[Role.LEADER], seen=_fresh(dossier).last_sequence)


def _given(
    dossier: Dossier, step: Transition, wanted: Iterable[str], staff: dict[str, User]
) -> services.TransitionInput:
    today = clock.today()
    values: dict[str, Any] = {
        "papers": ("Bản sao giấy tờ",),
        "amount": 100_000,
        "deadline": dossier.calendar_version.calendar.add_open_days(today, 10),
        "assignee": staff[Role.SPECIALIST],
        "agency": dossier.competent_agency.code,
        "handover": Handover("counter", taken_by="Nguyễn Thị Diễn Tập", identified=True, result="12/2026"),
        "term": step.terms[0].code if step.terms else "",
        "decision": ("Diễn tập", today),
    }
    asked = set(wanted)
    given = {name: value for name, value in values.items() if name in asked}
    return services.TransitionInput(note="Diễn tập" if "reason" in asked else "", **given)


def _fresh(dossier: Dossier) -> Dossier:
    return Dossier.objects.select_related(*READ_WITH).get(pk=dossier.pk)


def _send() -> None:
    for lane in Lane.objects.all():
        lane_loop.run_lane(lane.pk)


def _check_deliveries() -> Finding:
    """Every message was delivered, waits for its time, or was replaced by a newer one."""
    is_delivered = Q(state__in=(State.DELIVERED, State.SEEN))
    is_waiting = Q(state=State.QUEUED, next_attempt_at__gt=Now())
    is_replaced = Q(state=State.SUPPRESSED, problem=str(SUPERSEDED))
    messages = Message.objects.all()
    counts = messages.aggregate(
        arrived=Count("pk", filter=is_delivered),
        waiting=Count("pk", filter=is_waiting),
        replaced=Count("pk", filter=is_replaced),
    )
    title = _(
        "Tin báo: %(arrived)d đến kênh mô phỏng, %(waiting)d đang giữ, %(replaced)d được tin mới hơn thay"
    )
    left = messages.exclude(is_delivered | is_waiting | is_replaced)
    bad = [f"{one.intent}: {one.get_state_display()} {one.problem}".strip() for one in left[:3]]
    if not counts["arrived"]:
        bad.append(_("chưa tin nào đến"))
    return seen(title % counts, "; ".join(bad))


def _shown(dossier: Dossier, key: str, token_url: str) -> Iterator[Finding]:
    from django.test import Client  # slow to import, and only this command asks pages

    host = current_province().host
    browser = Client(headers={"host": host})
    asked = browser.post(reverse("lookup"), {"code": dossier.code, "key": key})
    found = browser.get(asked["Location"]) if asked.status_code in (302, 303) else asked
    yield _page(_("Trang tra cứu, có mã tra cứu"), found, dossier.code)
    yield _page(_("Trang tiến độ, chỉ có mã hồ sơ"), browser.get(f"/ho-so/{dossier.code}/"), dossier.code)
    scanned = browser.get(token_url.partition(host)[2].lstrip(":0123456789"))
    yield _page(_("Mã QR trên giấy hẹn"), scanned, dossier.code)


def _page(title: str, response: Any, must_show: str) -> Finding:
    if response.status_code != OK:
        return seen(title, _("Trang trả lời %(status)d.") % {"status": response.status_code})
    if must_show not in response.content.decode():
        return seen(title, _("Trang không hiện %(what)s.") % {"what": must_show})
    return seen(title)


def _receipt(dossier: Dossier, clerk: User) -> Finding:
    title = _("Giấy hẹn (PDF)")
    try:
        printed = printing.print_form(_fresh(dossier), Form.RECEIPT, actor=clerk)
    except Exception as error:
        return seen(title, cause_of(error))
    return seen(title, "" if printed.pdf.startswith(b"%PDF") else _("Tệp trống."))


def _counted(dossier: Dossier) -> Finding:
    from django.test import Client

    today = clock.today()
    counts = figures(today, today).total
    page = Client(headers={"host": current_province().host}).get("/minh-bach/")
    opened = _page(_("Số liệu và trang minh bạch"), page, "")
    settled = dossier.status in (Status.DONE, Status.RETURNED)
    if not opened.cause and (counts.received, counts.settled) != (1, settled):
        cause = _("Đếm được %(received)d tiếp nhận, %(settled)d đã giải quyết.")
        numbers = {"received": counts.received, "settled": counts.settled}
        return seen(opened.title, cause % numbers)
    return opened
