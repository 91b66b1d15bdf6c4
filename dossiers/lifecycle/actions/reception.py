"""Taking a dossier in, and the slip that proves it."""

import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from dossiers.deadlines.rules.calendar import WorkCalendar
from dossiers.deadlines.rules.deadlines import Deadline
from dossiers.lifecycle import (
    access_links,
    due_dates,
    event_journal,
    files,
    notices,
    permissions,
    rules_in_force,
)
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.actions import consents
from dossiers.lifecycle.errors import IntakeRefused, NotEntitled, NotPossible
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import AccessToken, Dossier, Party
from dossiers.lifecycle.rules.codes import make_lookup_key
from messaging.contacts import followers
from procedures.catalogue.contents import filing_place
from procedures.catalogue.models import Level, Procedure
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.files.inspection import Inspected
from tenants.organisation import catalogue, communes
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import roles_at

SHORTEST_CHECK = 4
"""Levels of procedures at which a province has agencies; they are called the same there."""


@dataclass(frozen=True)
class Received:
    """The data of a receipt: the dossier, its lookup key and the address in the QR code."""

    dossier: Dossier
    key: str
    token_url: str


def receive(intake: Intake, *, actor: User, uploads: Iterable[Inspected] = ()) -> Received:
    """Take a dossier in at a desk: code, due date, event, files and the first notice, all or nothing.

    Raises IntakeRefused (fields and sentences), NotEntitled, or FileRefused; nothing is written then.
    """
    intake = intake_rules.check(intake)
    durable = not event_journal.is_dry_run()
    with files.batch(), transaction.atomic(durable=durable), catalogue.read_once():
        return take_in(
            intake,
            actor=actor,
            attach=lambda dossier, sequence: files.attach_within(
                dossier, uploads, actor=actor, sequence=sequence
            ),
        )


def take_in(
    intake: Intake, *, actor: User | None, attach: Callable[[Dossier, int], object], proven: str = ""
) -> Received:
    """Write a dossier, its first event, files and notice, as part of the caller's transaction in `read_once`.

    The intake is checked. `attach` adds the files of the new dossier under the number of its first event. Without
    `actor` the citizen filed it, by a one-time code to the number `proven`. Raises IntakeRefused, NotEntitled, and
    what `attach` raises.
    """
    procedure, receiving, competent, support = _named(intake)
    if competent is None:
        levels = ", ".join(str(Level(level).label) for level in procedure.levels)
        sentence = _("Thủ tục này do %(levels)s giải quyết. Xin chọn cơ quan giải quyết.")
        raise IntakeRefused({"competent_agency": sentence % {"levels": levels}})
    desk = support or receiving
    if actor is not None and Role.CLERK not in roles_at(actor, [desk.pk]):
        raise NotEntitled(_("Ông/bà không có quyền tiếp nhận hồ sơ tại %(agency)s.") % {"agency": desk.name})
    moment = clock.now()
    dossier = _complete(intake, _draft(intake, procedure, receiving, competent, support, moment))
    event = event_journal.append(
        dossier,
        kind=event_journal.RECEIVE if actor else event_journal.SUBMIT,
        actor=actor,
        agency=desk,
        roles={Role.CLERK},
        moment=moment,
        note=intake.note,
    )
    attach(dossier, event.sequence)
    by = (
        f"tiếp nhận tại {desk.code}, cán bộ {actor.get_username()}"
        if actor
        else f"nộp trực tuyến, mã xác nhận gửi đến số {proven}"
    )
    contact = consents.agree_within(dossier, intake.consents, intake.addresses, evidence=by, news=intake.news)
    purposes = [AccessToken.Purpose.RECEIPT, *([AccessToken.Purpose.MESSAGE] if intake.consents else [])]
    made = AccessToken.objects.bulk_create(access_links.make(dossier, purpose) for purpose in purposes)
    tokens = {token.purpose: token.value for token in made}
    reach = None
    if contact is not None and intake.consents:
        reach = notices.Reach(contact, intake.consents, tokens[AccessToken.Purpose.MESSAGE])
    notices.send(dossier, event, notices.first(dossier), hold_seconds=0, reach=reach)
    log.record("dossier.receive" if actor else "dossier.submit", dossier.subject, actor=actor)
    return Received(dossier, dossier.lookup_key, access_links.url(tokens[AccessToken.Purpose.RECEIPT]))


@dataclass(frozen=True)
class Expected:
    """The promise of a receipt: the due date with its reasons, the term in words, and the competent agency; None while
    that must be named."""

    deadline: Deadline
    term: str
    calendar: WorkCalendar
    competent: Agency | None


def expected(intake: Intake) -> Expected:
    """The promise that `receive` would make now for this procedure and these agencies; nothing is written.

    Only the codes of an intake are looked at. Raises IntakeRefused for codes that cannot be taken.
    """
    if problems := dict(intake_rules.code_faults(intake)):
        raise IntakeRefused(problems)
    procedure, receiving, competent, support = _named(intake)
    draft = _draft(intake, procedure, receiving, competent or receiving, support, clock.now())
    deadline, calendar = due_dates.deadline_of(draft, ()), draft.calendar_version.calendar
    return Expected(deadline, due_dates.term_in_words(draft), calendar, competent)


def print_again(dossier: Dossier, *, actor: User) -> Received:
    """The data of a reprint: the same key and address as the first. The reading is recorded.

    Raises NotEntitled for who has no part in it beyond being asked, NotPossible before the dossier is accepted.
    """
    _may_print(dossier, actor)
    with transaction.atomic(durable=True):
        received = receipt_of(dossier)
        log.record("dossier.slip", dossier.subject, actor=actor)
    return received


def receipt_url(dossier: Dossier, *, actor: User) -> str:
    """The address in the QR code of the slip. Raises as `print_again`."""
    _may_print(dossier, actor)
    with transaction.atomic(durable=True):
        return receipt_of(dossier).token_url


def reissue(dossier_id: int, *, actor: User, seen: int, checked: str) -> Received:
    """A new key and a new address for one who lost the slip; what was printed before stops working, and who was
    tied to the dossier in a chat is so no longer.

    `checked` says which identity paper a clerk of the dossier's desk has looked at; it stays in history.
    Raises StaleDossier, NotEntitled, or IntakeRefused when no paper is named.
    """
    checked = checked.strip()
    if len(checked) < SHORTEST_CHECK or not intake_rules.are_fit_papers((checked,)):
        raise IntakeRefused({"checked": _("Xin ghi giấy tờ tùy thân đã kiểm tra, ví dụ thẻ căn cước.")})
    if intake_rules.LONG_NUMBER.search(checked):
        raise IntakeRefused({"checked": _("Chỉ ghi loại giấy tờ, không ghi số của giấy tờ.")})
    with event_journal.act(dossier_id, seen=seen) as dossier:
        desk = permissions.at_desk(dossier, actor)
        if desk is None:
            raise NotEntitled(_("Chỉ cán bộ nơi tiếp nhận hồ sơ được cấp mã mới."))
        dossier.lookup_key = make_lookup_key(secrets.randbelow)
        # Who found the slip may have tied a chat with it, and then knows the address in the messages as well.
        linked = followers.end_for_subject(dossier.subject)
        access_links.revoke(dossier, keep=() if linked else (AccessToken.Purpose.MESSAGE,))
        token = access_links.issue(dossier, AccessToken.Purpose.RECEIPT)
        event_journal.append(
            dossier, kind="reissue", actor=actor, agency=desk, roles={Role.CLERK}, data={"checked": checked}
        )
        log.record("dossier.reissue", dossier.subject, actor=actor)
    return Received(dossier, dossier.lookup_key, access_links.url(token))


def _may_print(dossier: Dossier, actor: User) -> None:
    if not permissions.works_on(dossier, actor):
        raise NotEntitled(_("Ông/bà không có quyền in giấy hẹn của hồ sơ này."))
    if not due_dates.is_accepted(dossier):
        raise NotPossible(_("Hồ sơ chưa được tiếp nhận nên chưa có giấy hẹn."))


def receipt_of(dossier: Dossier) -> Received:
    """The data of the receipt as it is now, inside the caller's transaction; rights are the caller's."""
    # Locked, so that two reprints after a revocation do not both make a new address; and read anew, since a new key may
    # have been given after the page was read.
    locked = Dossier.objects.select_for_update().only("lookup_key").get(pk=dossier.pk)
    dossier.lookup_key = locked.lookup_key
    token = access_links.issue(dossier, AccessToken.Purpose.RECEIPT)
    return Received(dossier, dossier.lookup_key, access_links.url(token))


def _named(intake: Intake) -> tuple[Procedure, Agency, Agency | None, Agency | None]:
    """The procedure and the receiving, competent and supporting agencies behind the codes.

    Without a named competent agency that of the desk's commune decides, or else the desk itself, unless only agencies
    of another level may: a marriage that is handed in at the province's desk is decided by a commune.
    """
    procedure = _procedure(intake.procedure_code)
    receiving = _agency(intake.receiving_agency, "receiving_agency", desk=True)
    competent = _agency(intake.competent_agency, "competent_agency") if intake.competent_agency else None
    support = _agency(intake.support_point, "support_point", desk=True) if intake.support_point else None
    own = catalogue.agencies()[procedure.agency_id] if procedure.agency_id else None
    if own is None and filing_place.settles(receiving, procedure):
        own = communes.authority_over(receiving) or receiving
    return procedure, receiving, competent or own, support


def _draft(
    intake: Intake,
    procedure: Procedure,
    receiving: Agency,
    competent: Agency,
    support: Agency | None,
    moment: datetime,
) -> Dossier:
    """The dossier without people and number, unsaved: all that its due date depends on."""
    calendar = rules_in_force.calendar_in_force()
    workflow = rules_in_force.applicable(procedure)
    version = procedure.current_version
    if version is None:
        raise IntakeRefused({"procedure_code": _("Thủ tục này chưa có nội dung.")})
    start = rules_in_force.first_step(workflow.workflow, intake.channel)
    return Dossier(
        kind=procedure.kind,
        procedure=procedure,
        procedure_version=version,
        workflow_version=workflow,
        calendar_version=calendar,
        channel=intake.channel,
        support_point=support,
        receiving_agency=receiving,
        competent_agency=competent,
        step=start.code,
        status=int(start.status),
        received_at=moment,
        counted_from=due_dates.counting_start(
            moment, at_support_point=support is not None and support != competent, calendar=calendar.calendar
        ),
    )


def _complete(intake: Intake, dossier: Dossier) -> Dossier:
    """The draft with its number and people; saved are the people alone."""
    day = dossier.received_at.astimezone(clock.VIETNAM).date()
    dossier.code = intake_rules.next_code(dossier.receiving_agency, day)
    people = [party(person) for person in (intake.owner, intake.submitter, intake.recipient) if person]
    Party.objects.bulk_create(people)
    found = iter(people)
    dossier.owner = next(found)
    dossier.submitter = next(found) if intake.submitter else dossier.owner
    dossier.recipient = next(found) if intake.recipient else dossier.submitter
    dossier.notice_channels = sorted(intake.consents)
    dossier.lookup_key = make_lookup_key(secrets.randbelow)
    dossier.documents = list(intake.documents)
    dossier.result_delivery = intake.result_delivery
    dossier.holding_agency = permissions.holder_of(dossier, dossier.step_data)
    dossier.original_due_at = due_dates.deadline_of(dossier, ()).due
    return dossier


def party(person: PersonData) -> Party:
    made = Party(**asdict(person))
    made.prepare()
    return made


def _procedure(code: str) -> Procedure:
    found = rules_in_force.handled_procedure(code)
    if found is None:
        raise IntakeRefused({"procedure_code": _("Tỉnh không tiếp nhận thủ tục này.")})
    return found


def _agency(code: str, name: str, *, desk: bool = False) -> Agency:
    found = catalogue.agency_by_code(code)
    if found is None or found.dissolved_on is not None:
        raise IntakeRefused({name: _("Không có cơ quan đang hoạt động với mã này.")})
    if desk and not found.is_desk:
        raise IntakeRefused({name: _("%(agency)s không nhận hồ sơ.") % {"agency": found.name}})
    return found
