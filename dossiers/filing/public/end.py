"""The end of a filing: the declaration, what was filed with its copy, and the sheet for the counter."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.deadlines import wording
from dossiers.filing import answers, drafts, supplements
from dossiers.filing.public import answers as filing_answers
from dossiers.filing.public import places as filing_places
from dossiers.filing.public import sheets
from dossiers.filing.public.answers import AnswerGroup
from dossiers.filing.public.doors import STANDING, Kind, Visit, let_in
from dossiers.filing.public.form import QuestionForm
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import CHECK, DECLARATION, DESK, FILED, TASKS
from dossiers.filing.rules.questions import Choice, Question
from dossiers.filing.submission import submit
from dossiers.lifecycle.errors import IntakeRefused, NotEntitled, NotPossible
from dossiers.lifecycle.models import Dossier
from dossiers.lookup.public import desk_pages
from dossiers.lookup.words.dossier import term_of
from procedures.catalogue.models import Procedure
from procedures.catalogue.wording import fee_line
from tenants import clock
from tenants.english import in_language
from tenants.organisation import catalogue
from tenants.web import qr
from tenants.web.budgets import BudgetSpent
from tenants.web.public_pages import private

SEEN = "da_xem"
"""Parameter of the declaration's address: the digest of the answers that were checked before it."""
_AGREED = Question(
    name="cam_doan",
    type="some_of",
    label=gettext_noop("Lời cam đoan"),
    personal="none",
    choices=(
        Choice(
            code="dung",
            label=gettext_noop(
                "Tôi cam đoan những điều đã khai là đúng sự thật và chịu trách nhiệm trước pháp luật."
            ),
        ),
    ),
)


def declare(visit: Visit) -> HttpResponse:
    """The declaration; sent with its mark it files the draft, then 303 to what was filed."""
    if visit.draft.kind != Kind.FILE:
        return visit.go(FILED)
    today = clock.today().isoformat()
    # What the check showed: a bare address, or one reached by a new code, says nothing of it.
    seen = visit.request.POST.get(STANDING) or visit.request.GET.get(SEEN)
    if (
        not seen
        or journey.missing(visit.form, visit.filled.answers, today)
        or filing_places.open_pages(visit)
        or filing_places.unsaved(visit)
        or filing_places.no_desk(visit)
    ):
        return visit.go(CHECK)
    form = QuestionForm([_AGREED])
    problems: Mapping[str, str] = {}
    if visit.request.method == "POST":
        form = QuestionForm([_AGREED], raw=dict(visit.request.POST.lists()))
        if not visit.request.POST.get("cam_doan"):
            form.add_fault("cam_doan", _("Xin đọc và đánh dấu lời cam đoan."))
        elif form.read({}, lambda *_one: True) is not None:
            problems = _file(visit, seen)
            if not problems:
                return visit.go(FILED)
    return visit.shown(
        "declaration",
        # Kept through each press: after a change elsewhere the way leads over the check alone.
        is_changed=CHECK in problems,
        standing=seen,
        form=form,
        problems=list(problems.values()),
        back=visit.address(CHECK),
        action=visit.address(DECLARATION),
    )


def _file(visit: Visit, seen: str) -> Mapping[str, str]:
    """File the draft as it was seen; sentences about what stands in the way, by page or field."""
    given = {**filing_places.complete(visit), DECLARATION: {"agreed": True}}
    try:
        submit(visit.draft.pk, given=given, seen=seen)
    except IntakeRefused as refusal:
        return refusal.problems
    except answers.Changed as refusal:
        return {CHECK: str(refusal)}
    except (NotPossible, NotEntitled, BudgetSpent) as refusal:
        return {"": str(refusal)}
    return {}


def standing(visit: Visit) -> str:
    """The digest of what stands in the draft, with what filing it adds."""
    filled = replace(visit.own, answers={**visit.own.answers, **filing_places.complete(visit)})
    return answers.digest(visit.draft, filled, whole=True)


def filed(visit: Visit) -> HttpResponse:
    """What was filed: code, key and address; or the sheet with which a prepared draft comes to the counter."""
    draft = visit.draft
    if draft.kind == Kind.PREPARE and draft.filed_at is None:
        missing = journey.missing(visit.form, visit.filled.answers, clock.today().isoformat())
        if not missing:
            drafts.keep_prepared(draft)
        asked = journey.visible_questions(visit.form, visit.filled.answers)
        sent = {file.question for file in visit.filled.files}
        needed = (one for page in asked.values() for one in page if one.required or one.name in sent)
        link = drafts.link(draft)
        return visit.shown(
            "prepared",
            qr=qr.svg(link),
            link=link,
            counter_code=drafts.counter_code(draft),
            papers=_to_bring(draft.procedure, needed),
            missing=len(missing),
            unsaved=filing_places.unsaved(visit),
            back=visit.address(CHECK),
            desk=_desk(visit),
            fees=_fees(draft.procedure),
        )
    if draft.filed_at is None or draft.dossier is None:
        return visit.go(TASKS)
    receipt: dict[str, Any] = {}
    # Of what was received at the counter the printed slip has the key.
    if draft.kind == Kind.FILE:
        received = submit(draft.pk)
        receipt = {"key": received.key, "url": received.token_url, "qr": qr.svg(received.token_url)}
    return visit.shown(
        "filed",
        code=draft.dossier.code,
        desk=catalogue.agencies()[draft.dossier.receiving_agency_id],
        filed_at=wording.moment(draft.filed_at),
        term=term_of(draft.dossier),
        papers=bool(draft.dossier.documents),
        **receipt,
    )


def _desk(visit: Visit) -> dict[str, str] | None:
    """Where a prepared draft is brought: the one desk that fits its answers, in words; None where several may."""
    code = filing_places.complete(visit).get(DESK, {}).get("receiving_agency", "")
    found = catalogue.agency_by_code(code)
    return desk_pages.facts(found.living) if found else None


def _fees(procedure: Procedure) -> list[tuple[str, str]]:
    """What the procedure costs, a line each with its language; nothing where no amount is known."""
    version = procedure.current_version
    fees = list(version.fees.all()) if version else []
    line = fee_line((fee.kind, fee.amount) for fee in fees)
    return [(line, ""), *(in_language(fee.note) for fee in fees if fee.note)] if line else []


def _to_bring(procedure: Procedure, questions: Iterable[Question]) -> list[dict[str, Any]]:
    """The papers that these questions ask for, each once, as a list names them, with how many copies of it the procedure
    wants; the identity card first, where none of them is one."""
    version = procedure.current_version
    copies = {one.name: one.copies for one in version.documents.all()} if version else {}
    names = {one.paper: one.paper_en or "" for one in questions if one.paper}
    if not any("tùy thân" in name.casefold() for name in names):
        names = {"Thẻ căn cước": _("Thẻ căn cước"), **names}
    return [{"name": name, "english": names[name], "copies": copies.get(name)} for name in names]


def copied(visit: Visit) -> Dossier | None:
    """The dossier whose answers this reader sees whole: filed by this draft, or by one of the same proven number."""
    first = getattr(visit.draft.supplement_of, "filing_draft", visit.draft)
    return first.dossier if first.phone == visit.draft.phone else None


@let_in
def copy(visit: Visit, _page: str) -> HttpResponse:
    """Answer …/da-nop/ban-sao/: the answers that count now, with what stood there before."""
    dossier, changed_at, groups = _copy(visit)
    moments = {"filed_at": dossier.filing_draft.filed_at, "changed_at": changed_at}
    said: dict[str, Any] = {name: wording.moment(at) if at else "" for name, at in moments.items()}
    return visit.shown("copy", code=dossier.code, groups=groups, back=visit.address(FILED), **said)


@let_in
def copy_pdf(visit: Visit, _page: str) -> HttpResponse:
    """Answer …/da-nop/ban-sao.pdf: the same as a sheet, in Vietnamese whatever language the page is read in."""
    with translation.override("vi"):
        dossier, changed_at, groups = _copy(visit)
        filed_at = dossier.filing_draft.filed_at or clock.now()
        pdf = sheets.print_copy(dossier, visit.form, groups, filed_at=filed_at, changed_at=changed_at)
    response = private(HttpResponse(pdf, content_type="application/pdf"))
    response["Content-Disposition"] = f'attachment; filename="ban-sao-{dossier.code}.pdf"'
    return response


def _copy(visit: Visit) -> tuple[Dossier, datetime | None, list[AnswerGroup]]:
    """The dossier, when a supplement last changed what was filed, and what counts now."""
    dossier = copied(visit)
    if visit.draft.filed_at is None or dossier is None:
        raise Http404(_("Hồ sơ này chưa nộp nên chưa có bản sao."))
    text = supplements.current_text(dossier.pk)
    papers = supplements.papers_of(dossier, text)
    groups = filing_answers.groups(visit.form, text.answers, papers=papers, earlier=text.earlier)
    changed = (one.at for group in groups for row in group.rows for one in row.earlier)
    # What a supplement does not ask for stands in the filing itself.
    first = Visit(visit.request, replace(visit.opened, draft=dossier.filing_draft))
    first.filled = replace(first.own, answers=text.answers)
    return dossier, max(changed, default=None), [*filing_places.summary(first), *groups]
