"""What was filed, as the desk reads it: answers in words beside the papers of their questions, old beside new."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.filing import answers as draft_answers
from dossiers.filing import papers, supplements
from dossiers.filing.models import FilingDraft
from dossiers.filing.public import answers as filing_answers
from dossiers.filing.public.answers import AnswerGroup, AnswerRow, Earlier, Replaced
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import FILER, FilingForm
from dossiers.filing.rules.questions import vietnamese
from dossiers.filing.supplements import Answers
from dossiers.lifecycle import citizen_requests, files
from dossiers.lifecycle.files import access
from dossiers.lifecycle.models import Attachment, Dossier
from dossiers.workflow.rules.statuses import Status
from tenants.accounts.models import User
from tenants.text import dong

LOOKED_AT = "da_xem"
"""In the address of a step: the questions whose answers were compared with the papers."""


def groups(
    form: FilingForm | None,
    answers: Answers,
    url_of: Callable[[Any], str],
    *,
    earlier: Earlier | None = None,
    **more: Any,
) -> list[AnswerGroup]:
    """Who files, then what `groups` of the answers gives, each paper as links to its files at the address `url_of`."""

    def shown(row: AnswerRow) -> AnswerRow:
        links = [access.row(one.file, one.replaced_at, url_of(one.file)) for one in row.papers or ()]
        # A paper that counts is shown by its files alone.
        lines = [] if any(one.replaced_at is None for one in links) else row.lines
        return replace(row, lines=lines, files=links, earlier=[] if links else row.earlier)

    found = filing_answers.groups(form, answers, earlier=earlier, speak=vietnamese, **more)
    filer = list(_filer(answers.get(FILER, {}), earlier or {}))
    first = [AnswerGroup(_("Người nộp"), filer)] if filer else []
    return [*first, *(AnswerGroup(one.title, list(map(shown, one.rows))) for one in found)]


def askable_answers(dossier: Dossier) -> tuple[str, ...]:
    """The answers of this dossier that a request may name, those to the questions that were asked; none where it was
    not filed by a form."""
    draft = FilingDraft.objects.filter(dossier=dossier).first()
    form = draft_answers.form_of(draft) if draft else None
    if form is None:
        return ()
    asked = journey.visible_questions(form, supplements.current_text(dossier.pk).answers).values()
    names = (supplements.name_of(one) for page in asked for one in page if one.type != "paper")
    return tuple(names)


def looked_at(dossier: Dossier, names: Collection[str]) -> str:
    """For the note of an act: how many answers a clerk has compared with the papers, and which ones not; "" for none.
    Nothing else is kept of the ticks."""
    draft = FilingDraft.objects.filter(dossier=dossier).first() if names else None
    form = draft_answers.form_of(draft) if draft else None
    if form is None:
        return ""
    given = journey.known_answers(form, supplements.current_text(dossier.pk).answers)
    answered = {name: one for name in given if (one := form.questions.get(name)) and one.type != "paper"}
    left = [one.label for name, one in answered.items() if name not in names]
    facts = {"done": len(answered) - len(left), "all": len(answered), "left": "; ".join(left)}
    if not left:
        return _("Đã đối chiếu cả %(all)d câu trả lời với giấy tờ.") % facts
    return _("Đã đối chiếu %(done)d trên %(all)d câu trả lời. Chưa đối chiếu: %(left)s") % facts


def filed(dossier: Dossier, user: User, url_of: Callable[[Attachment], str]) -> dict[str, Any] | None:
    """What stands in the tab of a dossier: all that counts now, and each supplement, the newest first, with what a
    citizen brought to one request and what is lacking of it. None where nothing of it was filed by a form."""
    draft = FilingDraft.objects.filter(dossier=dossier).first()
    later_ones = draft_answers.supplements_of(dossier)
    if draft is None and not later_ones:
        return None
    attachments = [one for one in files.visible_files(dossier, user) if one.kind == Attachment.Kind.PAPER]
    form, text = draft_answers.form_of(draft) if draft else None, supplements.current_text(dossier.pk)
    came = supplements.current_papers(dossier, attachments, text)
    parts = groups(form, text.answers, url_of, papers=came, earlier=text.earlier)
    rows = [row for part in parts for row in part.rows]
    return {
        "when": wording.full(draft.filed_at) if draft and draft.filed_at else "",
        "parts": parts,
        "supplements": [
            {
                "when": wording.full(later.filed_at) if later.filed_at else "",
                "asked": papers.request_of(later).lines,
                "lacking": papers.request_of(later).lacking,
                "changes": list(_changes(rows, later)),
            }
            for later in reversed(later_ones)
        ],
        "is_new": dossier.status_enum is Status.NEW,
    }


def handing_over(dossier: Dossier) -> dict[str, str]:
    """How the result is wanted (""), and by name what the desk takes in and gives out with it, in sentences: the
    `originals` of papers that came online, `copies` with what they cost in all, the `fee`. Five statements at most."""
    text, said = supplements.current_text(dossier.pk), dict[str, str]()
    if wish := dossier.result_delivery:
        said[""] = _("Người dân chọn nhận kết quả: %(way)s.") % {"way": _(wish)}
    if dossier.channel == Dossier.Channel.ONLINE and not dossier.source:
        counted = [one.name for one in supplements.papers_of(dossier, text) if one.replaced_at is None]
        if names := "; ".join(filter(None, dict.fromkeys(counted))):
            said["originals"] = _("Thu bản chính: %(papers)s. Giấy chỉ để xem thì trả lại ngay.") % {
                "papers": names
            }
    draft = FilingDraft.objects.filter(dossier=dossier).first()
    form = draft_answers.form_of(draft) if draft else None
    for name, number in (journey.known_answers(form, text.answers) if form else {}).items():
        price = question.copy_price if form and (question := form.questions.get(name)) else None
        if price is not None and number:
            facts = {"n": number, "amount": dong(int(number) * price)}
            said["copies"] = (
                _("Giao %(n)s bản sao, thu %(amount)s.") if price else _("Giao %(n)s bản sao.")
            ) % facts
    amounts = [dong(fee.amount) for fee in dossier.procedure_version.fees.all() if fee.amount]
    if amounts and not dossier.source:
        said["fee"] = _("Phí, lệ phí theo thủ tục: %(amounts)s.") % {"amounts": "; ".join(amounts)}
    return said


def unsent(dossier: Dossier) -> str:
    """Before an act that ends a request: that its citizen has put in what was not sent yet; "" where not."""
    request = citizen_requests.standing(dossier)
    if request is None:
        return ""
    part = dossier.supplement_drafts.filter(filed_at=None, supplement_sequence=request.since.sequence)
    if not part.filter(Q(files__isnull=False) | Q(answers__isnull=False)).exists():
        return ""
    return _(
        "Người dân đã điền hoặc chụp phần bổ sung qua mạng nhưng chưa bấm gửi. Sau bước này phần ấy không gửi được nữa; "
        "nên gọi điện hỏi trước."
    )


def taken_alone(dossiers: Iterable[Dossier]) -> dict[int, str]:
    """Which of these dossiers take a step on their own page alone, and why: of those something is `unsent`. One
    statement, and two for each with an open supplement."""
    waiting = {one.pk: one for one in dossiers if one.status_enum.waits_for_citizen}
    begun = FilingDraft.objects.filter(supplement_of__in=waiting, filed_at=None)
    found = {pk: unsent(waiting[pk]) for pk in set(begun.values_list("supplement_of_id", flat=True))}
    alone = _("Hồ sơ này xin mở ra và làm riêng.")
    return {pk: f"{sentence} {alone}" for pk, sentence in found.items() if sentence}


def _changes(rows: Iterable[AnswerRow], supplement: FilingDraft) -> Iterator[dict[str, Any]]:
    """The answers and papers that this supplement put in the place of others, or brought first: what stood before,
    and what came."""

    def change(label: str, old: Sequence[str] = (), new: Sequence[str] = (), **links: Any) -> dict[str, Any]:
        return {"label": label, "old": old, "new": new, **links}

    for row in rows:
        new = [one for one in row.files if one.attachment.sequence == supplement.filed_sequence]
        old = [one for one in row.files if one.replaced_at == supplement.filed_at]
        if new or old:
            now = row.lines or [_("không còn hỏi")]
            yield change(row.label, new=() if new else now, old_files=old, new_files=new)
        for place, one in enumerate(row.earlier):
            if one.at == supplement.filed_at:
                yield change(row.label, one.lines, row.earlier[place - 1].lines if place else row.lines)


def _filer(values: Mapping[str, Any], earlier: Earlier) -> Iterator[AnswerRow]:
    names = {
        "name": _("Họ và tên"),
        "id_number": _("Số định danh"),
        "phone": _("Số điện thoại"),
        "address": _("Địa chỉ"),
    }
    for name, label in names.items():
        old = reversed(earlier.get((FILER, name), []))
        before = [Replaced([str(one)] if one else [], at) for one, at in old]
        now = [str(values[name])] if values.get(name) else []
        if now or before:
            yield AnswerRow(label, now, FILER, earlier=before)
