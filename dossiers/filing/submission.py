"""Filing a draft: the one door by which what a citizen filled in becomes a dossier, or papers of a dossier.

Idempotent by draft: the row of the draft is locked first, so that of two presses the second finds what the first
filed. No byte of a paper is copied: an attachment of the dossier takes over the stored name.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from dossiers.filing import answers, budgets, drafts, expiry, forms, papers, supplements
from dossiers.filing.answers import Filled
from dossiers.filing.models import FilingAnswer, FilingDraft, FilingFile
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import CHECK, DECLARATION, DESK, FILER, RESULT, FilingForm
from dossiers.filing.rules.question_types import TYPES
from dossiers.lifecycle import event_journal
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.actions import reception
from dossiers.lifecycle.actions import supplements as supplement_acts
from dossiers.lifecycle.actions.reception import Received
from dossiers.lifecycle.errors import IntakeRefused, NotPossible
from dossiers.lifecycle.files import stored_files
from dossiers.lifecycle.files.attachments import take_over
from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Dossier, Event
from messaging.contacts import contacts
from procedures.catalogue.models import FilingMode
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation import catalogue

Kind = FilingDraft.Kind


def submit(
    draft_id: int,
    *,
    actor: User | None = None,
    on_paper: Collection[str] = (),
    seen: str | None = None,
    given: Mapping[str, Mapping[str, Any]] | None = None,
) -> Received:
    """File a draft: dossier, event, papers, consents and first notice in one transaction. Filed before: the same again.

    Without `actor` a draft of kind `file` becomes an online filing, in the first step of its workflow (status 1);
    with a clerk as `actor` any draft is received at the desk. `on_paper` names the paper questions whose papers the
    clerk took in without a file; `seen` is the `answers.digest` of what the clerk was shown, where it counts; `given`
    are whole pages in place of those of the draft, which keeps them only where it is filed. Raises
    IntakeRefused with a sentence for each page or field that lacks something, NotEntitled, answers.Changed,
    answers.DraftClosed, NotPossible for a supplement, and BudgetSpent where its number filed as often as it may.
    """
    with transaction.atomic(durable=not event_journal.is_dry_run()), catalogue.read_once():
        draft = _locked(draft_id)
        if draft.kind == Kind.SUPPLEMENT or (actor is None and draft.kind != Kind.FILE):
            raise NotPossible(_("Bản nháp này không nộp trực tuyến được."))
        if draft.filed_at is not None:
            assert draft.dossier is not None
            return reception.receipt_of(draft.dossier)
        form = _form_in_force(draft, online=actor is None)
        filled = answers.read(draft)
        filled.answers.update({page: dict(values) for page, values in (given or {}).items()})
        if seen is not None and seen != answers.digest(draft, filled, whole=actor is None):
            raise answers.Changed
        _require_whole(form, filled, declared=actor is not None, on_paper=on_paper if actor else ())
        shown = journey.visible_answers(form, filled.answers)
        asked = journey.visible_questions(form, filled.answers)
        names = {one.name: one.paper or "" for page in asked.values() for one in page if one.type == "paper"}
        leaving = [file for file in filled.files if file.question in names]
        came = {file.question for file in leaving} | (set(on_paper) if actor else set())
        brought = [paper for name, paper in names.items() if name in came]
        intake = intake_rules.check(_intake(draft, form, shown, brought, online=actor is None))
        if actor is None:
            budgets.FILED.take(number=budgets.number_of(draft))
        received = reception.take_in(
            intake,
            actor=actor,
            attach=lambda dossier, sequence: take_over(
                dossier, [(file, names[file.question]) for file in leaving], actor=actor, sequence=sequence
            ),
            proven=draft.phone,
        )
        _close(draft, shown, leaving, 1, dossier=received.dossier)
    return received


def complete_supplement(draft_id: int, *, seen: str | None = None) -> Event:
    """File what a citizen brought to a request for papers, under one event of the dossier. Filed before: that event.

    The dossier moves on as `supplements.take_in` of the acts says once nothing of the request is lacking. Otherwise it
    stays, the desk sees what came, and the citizen may send the rest. Raises IntakeRefused where an answer brought up a question that is open, or cannot be taken, or where a paper is
    infected; NotPossible where nothing was brought, or where the dossier waits no longer for this;
    answers.Changed where `seen` is not the digest of what stands there; and answers.DraftClosed.
    """
    with transaction.atomic(durable=not event_journal.is_dry_run()), catalogue.read_once():
        draft = _locked(draft_id)
        if draft.supplement_of_id is None:
            raise NotPossible(_("Bản nháp này không phải bản bổ sung."))
        dossier = event_journal.locked(draft.supplement_of_id)
        if draft.filed_at is not None:
            return dossier.events.get(sequence=draft.filed_sequence or 0)
        draft.supplement_of = dossier
        drafts.require_asked(draft)
        filled = answers.read(draft)
        if seen is not None and seen != answers.digest(draft, filled):
            raise answers.Changed
        _require_clean(filled)
        if not filled.files and not filled.answers:
            raise NotPossible(_("Xin gửi ít nhất một giấy tờ hoặc sửa một câu trả lời."))
        leaving: Mapping[str, Mapping[str, Any]] = filled.answers
        people: tuple[Intake, ...] = ()
        standing: Mapping[str, Mapping[str, Any]] = {}
        if form := answers.form_of(draft):
            standing = supplements.current_text(dossier.pk).answers
            if supplements.brought_up(form, standing, leaving):
                raise IntakeRefused(
                    {CHECK: _("Câu trả lời mới mở thêm câu hỏi. Xin trả lời các trang còn thiếu.")}
                )
            leaving = _with_filer(form, standing, supplements.visible_answers(form, standing, leaving))
            texts = (journey.visible_answers(form, {**standing, **more}) for more in ({}, leaving))
            people = tuple(intake_rules.check(_intake(draft, form, one, [], online=True)) for one in texts)
        names = papers.labels(draft)
        event = supplement_acts.take_in(
            dossier,
            [(file, names.get(file.question, "")) for file in filled.files],
            people,
            lacking=supplements.lacking(draft, filled, standing=standing),
        )
        _close(draft, leaving, filled.files, event.sequence)
    return event


def _locked(draft_id: int) -> FilingDraft:
    # First the lock, then the reading: rows joined to one that was waited for are not looked at again.
    FilingDraft.objects.select_for_update().only("pk").filter(pk=draft_id).first()
    draft = FilingDraft.objects.select_related("dossier", "procedure").filter(pk=draft_id).first()
    if draft is None or drafts.is_over(draft):
        raise answers.DraftClosed
    return draft


def _form_in_force(draft: FilingDraft, *, online: bool) -> FilingForm:
    """The form of a draft that may be filed now; raises NotPossible where the procedure takes it no longer."""
    newest = forms.in_force(draft.procedure.code)
    if newest is None or (online and draft.procedure.filing_mode != FilingMode.LOCAL):
        raise NotPossible(
            _("Thủ tục này không còn nộp trực tuyến tại đây. Bản nháp của ông/bà vẫn được giữ.")
        )
    if newest.pk != draft.form_version_id:
        raise NotPossible(_("Biểu mẫu vừa có bản mới. Xin mở lại bản nháp và xem lại các câu trả lời."))
    return newest.form


def _require_whole(form: FilingForm, filled: Filled, *, declared: bool, on_paper: Collection[str]) -> None:
    """Raise IntakeRefused, by page, for what is missing or cannot leave; `declared`: a clerk has the signature."""
    if filled.answers and journey.ending(form, filled.answers) is not None:
        raise IntakeRefused({"dieu-kien": _("Theo câu trả lời đầu tiên, thủ tục này không nộp tại đây.")})
    problems: dict[str, str] = {}
    for one in journey.missing(form, filled.answers, clock.today().isoformat()):
        if one.name not in on_paper or form.questions[one.name].type != "paper":
            problems.setdefault(one.page, _(one.sentence))
    if not declared and filled.answers.get(DECLARATION, {}).get("agreed") is not True:
        problems[DECLARATION] = _("Xin đọc và đánh dấu lời cam đoan.")
    if problems:
        raise IntakeRefused(problems)
    _require_clean(filled)


def _require_clean(filled: Filled) -> None:
    infected = [file.name for file in filled.files if file.scan_state == FilingFile.ScanState.INFECTED]
    if infected:
        sentence = _("Tệp “%(name)s” có vi-rút. Xin xóa tệp này và gửi tệp khác.")
        raise IntakeRefused({CHECK: " ".join(sentence % {"name": name} for name in infected)})


def _intake(
    draft: FilingDraft,
    form: FilingForm,
    shown: Mapping[str, Mapping[str, Any]],
    brought: list[str],
    *,
    online: bool,
) -> Intake:
    """What receiving needs, from the answers that leave."""
    filer = shown.get(FILER, {})
    submitter = PersonData(
        name=filer.get("name", ""),
        id_number=filer.get("id_number", ""),
        phone=draft.phone or filer.get("phone", ""),
        address=filer.get("address", ""),
    )
    owner = _owner(form, {name: value for page in shown.values() for name, value in page.items()})
    place, result = shown.get(DESK, {}), shown.get(RESULT, {})
    chosen = forms.authority_chosen(form, shown) if draft.procedure.agency_id is None else None
    agrees = draft.proven_at is not None and result.get("notices") is True
    return Intake(
        procedure_code=draft.procedure.code,
        owner=owner or submitter,
        submitter=submitter if owner else None,
        receiving_agency=place.get("receiving_agency", ""),
        competent_agency=place.get("competent_agency", "") or (chosen.code if chosen else ""),
        consents=frozenset(contacts.reaching_by_number(settings.MESSAGING_CHANNELS) if agrees else ()),
        channel=Dossier.Channel.ONLINE if online else Dossier.Channel.COUNTER,
        documents=tuple(dict.fromkeys(brought)),
        result_delivery=result.get("delivery", ""),
    )


def _owner(form: FilingForm, values: Mapping[str, Any]) -> PersonData | None:
    """The owner as the form's questions say; None where the person who files is the owner."""
    people = form.people
    if people.owner_name is None or people.owner_name not in values:
        return None

    def part(name: str | None, key: str = "") -> str:
        value, question = values.get(name or ""), form.questions.get(name or "")
        if isinstance(value, Mapping) and key:
            return str(value.get(key) or "")
        return ", ".join(TYPES[question.type].lines(question, value)) if question else ""

    return PersonData(
        name=part(people.owner_name, "name"),
        id_number=part(people.owner_id_number, "id_number"),
        phone=part(people.owner_phone),
        address=part(people.owner_address)[: intake_rules.MAX_LENGTH["address"]],
    )


def _with_filer(
    form: FilingForm, standing: Mapping[str, Mapping[str, Any]], leaving: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Mapping[str, Any]]:
    """The answers of a supplement, with who files where the form said so and says another person now."""
    said, says = (journey.filer(form, one) for one in (standing, {**standing, **leaving}))
    filer = standing.get(FILER, {})
    identity = {name: filer[name] for name in ("name", "id_number") if filer.get(name)}
    if not says or says == said or identity != said:
        return leaving
    return {**leaving, FILER: {**{name: filer[name] for name in filer.keys() - identity}, **says}}


def _close(
    draft: FilingDraft,
    shown: Mapping[str, Mapping[str, Any]],
    taken: Iterable[FilingFile],
    sequence: int,
    *,
    dossier: Dossier | None = None,
) -> None:
    """Keep the answers that left as the copy that counts, and nothing else; from here on nothing changes it.

    The bytes of the files that were `taken` are the dossier's now.
    """
    left = draft.files.exclude(pk__in=[file.pk for file in taken])
    stored_files.remove_after_commit(list(left.values_list("stored_name", flat=True)))
    draft.files.all().delete()
    now = clock.now()
    draft.answers.all().delete()
    FilingAnswer.objects.bulk_create(
        FilingAnswer(draft=draft, page=page, values=json.dumps(values, ensure_ascii=False), saved_at=now)
        for page, values in shown.items()
    )
    expiry.forget_reminder(draft)
    draft.filed_at, draft.dossier, draft.filed_sequence = now, dossier, sequence
    draft.save(update_fields=["filed_at", "dossier", "filed_sequence"])
