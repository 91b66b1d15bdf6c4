"""Answers of a draft: one row a page, written by one statement, so that what a page stored is never lost.

A statement writes only while the draft is open: it waits for one that files the draft, and then changes nothing.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from dossiers.filing import forms
from dossiers.filing.models import FilingAnswer, FilingDraft, FilingFile
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import BUILT_IN_PAGES, DECLARATION, DESK, RESULT, FilingForm
from dossiers.filing.rules.question_types import fill
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tenants.isolation import crypto
from tenants.refusals import Refused

EARLIER = "_truoc"
"""Beside the boxes that are kept aside: other words kept for the same page before, each as JSON."""
LARGEST, LARGEST_PENDING = 200_000, 20_000
"""Characters of JSON that the answers of one page may have, and what is kept aside of one whose session had ended."""
_OPEN = """
WITH open AS (
    UPDATE filing_filingdraft SET changed_at = %(now)s
    WHERE id = %(draft)s AND filed_at IS NULL AND expires_at > %(now)s RETURNING id
)
"""
_SAVE = f"""{_OPEN}
INSERT INTO filing_filinganswer AS answer (draft_id, page, "values", saved_at, pending)
SELECT id, %(page)s, %(text)s, %(now)s, '' FROM open
ON CONFLICT (draft_id, page)
DO UPDATE SET "values" = excluded."values", saved_at = excluded.saved_at,
    pending = CASE WHEN %(keeps)s THEN answer.pending ELSE excluded.pending END
WHERE NOT %(compares)s OR answer.saved_at IS NOT DISTINCT FROM %(seen)s
"""  # noqa: S608 – constant texts
_KEEP = f"""{_OPEN}
INSERT INTO filing_filinganswer AS answer (draft_id, page, "values", pending)
SELECT id, %(page)s, '', %(text)s FROM open
ON CONFLICT (draft_id, page) DO UPDATE SET pending = excluded.pending
"""  # noqa: S608 – constant texts


class Changed(Refused):
    """Answers or papers of the draft are no longer those that were shown."""

    def __init__(self) -> None:
        super().__init__(_("Hồ sơ này vừa được sửa ở nơi khác. Xin xem lại rồi bấm lần nữa."))


class DraftClosed(Refused):
    """The draft was filed, or its time is over: nothing is written any more."""

    def __init__(self) -> None:
        super().__init__(_("Bản nháp này đã nộp hoặc đã hết hạn nên không sửa được nữa."))


@dataclass(frozen=True)
class Filled:
    """What stands in a draft. `answers` by page and name, with the number of files of each paper; `pending` what was
    typed and is not stored, by page and box: when the session had ended, or under an earlier version of the form;
    `saved_at` when each page was stored."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    pending: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    files: tuple[FilingFile, ...] = ()
    saved_at: dict[str, datetime | None] = field(default_factory=dict, compare=False)


def form_of(draft: FilingDraft) -> FilingForm | None:
    """The form that the draft pins; None for a supplement of a dossier that was filed without one."""
    return forms.version(draft.form_version_id).form if draft.form_version_id else None


def read(draft: FilingDraft) -> Filled:
    """All that stands in the draft, filed or not. Two statements."""
    filled = Filled(files=tuple(draft.files.all()))
    for row in draft.answers.all():
        filled.saved_at[row.page] = row.saved_at
        for stored, found in ((row.values, filled.answers), (row.pending, filled.pending)):
            if stored:
                found[row.page] = json.loads(stored)
    form = form_of(draft)
    if form is not None and draft.filed_at is None:
        _count_papers(form, filled)
    return filled


def supplements_of(dossier: Dossier) -> list[FilingDraft]:
    """What was handed in later to each request for papers, the oldest first."""
    return list(dossier.supplement_drafts.exclude(filed_at=None).order_by("filed_at", "pk"))


def unsaved(form: FilingForm, filled: Filled) -> dict[str, dict[str, list[str]]]:
    """What was typed and is not stored, by page and box, on the pages of the form that are asked now."""
    asked = journey.visible_questions(form, filled.answers)
    return {page: boxes for page, boxes in filled.pending.items() if page in asked or page in BUILT_IN_PAGES}


def earlier_words(boxes: Mapping[str, list[str]]) -> list[dict[str, list[str]]]:
    """What was kept aside for the same page before these boxes, the oldest first."""
    return [json.loads(text) for text in boxes.get(EARLIER, ())]


def digest(draft: FilingDraft, filled: Filled, *, whole: bool = False) -> str:
    """Of all answers and papers that one who receives the draft checks, and of what is typed and not stored; where and
    how it is received is among them for the `whole` only."""
    form, unseen = form_of(draft), {DECLARATION} if whole else {DESK, RESULT, DECLARATION}
    shown = {page: values for page, values in filled.answers.items() if values and page not in unseen}
    papers = sorted(file.pk for file in filled.files)
    typed = unsaved(form, filled) if form else {}
    text = json.dumps([draft.form_version_id, shown, typed, papers], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def page_digest(questions: Iterable[Question], values: Mapping[str, Any]) -> str:
    """Of the boxes of these questions, as these answers fill them."""
    return typed_digest(fill(questions, values))


def typed_digest(boxes: Mapping[str, Any]) -> str:
    """Of what stands in boxes."""
    return hashlib.sha256(json.dumps(boxes, sort_keys=True).encode()).hexdigest()[:16]


def save(
    draft: FilingDraft,
    page: str,
    values: Mapping[str, Any],
    *,
    over: Filled | None = None,
    keeps_pending: bool = False,
) -> None:
    """Store the answers of one page in place of its earlier ones; also of those kept aside, unless `keeps_pending`. One
    statement.

    `values` as question types read them; addresses get the codes of their communes. Raises Changed where the page was
    stored again since its answers `over` which it goes were read, DraftClosed, and NotPossible for a page that the draft
    does not have, or answers of more than LARGEST characters.
    """
    form, seen = form_of(draft), over and over.saved_at.get(page)
    more = {"compares": over is not None, "seen": seen, "keeps": keeps_pending}
    if not _write(_SAVE, draft, form, page, forms.with_codes(form, page, values), **more):
        still = FilingDraft.objects.filter(pk=draft.pk, filed_at=None, expires_at__gt=clock.now())
        raise Changed if over is not None and still.exists() else DraftClosed


def keep_pending(draft: FilingDraft, page: str, boxes: Mapping[str, list[str]]) -> bool:
    """Keep aside what was typed into the boxes of a page; whether it was kept. What the page stored stays, and other
    words that were kept aside before, perhaps of another device, stand under EARLIER.

    Of a sender whose session had ended only where `drafts.SessionEnded` names it. Raises NotPossible as `save`, beyond
    LARGEST_PENDING.
    """
    with transaction.atomic():
        FilingDraft.objects.select_for_update().get(pk=draft.pk)
        before = dict(read(draft).pending.get(page, {}))
        earlier = before.pop(EARLIER, [])
        if before and before != boxes:
            earlier = [*earlier, json.dumps(before, ensure_ascii=False)]
        kept = {**boxes, EARLIER: earlier} if earlier else dict(boxes)
        _require_size(json.dumps(kept, ensure_ascii=False), LARGEST_PENDING)
        return _write(_KEEP, draft, form_of(draft), page, kept)


def drop_pending(draft: FilingDraft, page: str) -> None:
    """Forget what was kept aside for this page: its sender wants what was stored."""
    FilingAnswer.objects.filter(draft=draft, page=page).update(pending="")


def carry_over(draft: FilingDraft) -> tuple[str, ...]:
    """Bring an open draft to the newest version of its form; the pages that must be answered again.

    Nothing for a draft of the newest version, or whose form was withdrawn. An answer that the new version does not
    take is kept aside on its page.
    """
    if (
        draft.filed_at is not None
        or draft.form_version_id is None
        or draft.kind == FilingDraft.Kind.SUPPLEMENT
    ):
        return ()
    pinned = forms.version(draft.form_version_id)
    newest = forms.in_force(pinned.code)
    if newest is None or newest.pk == pinned.pk:
        return ()
    with transaction.atomic(durable=True):
        locked = FilingDraft.objects.select_for_update().get(pk=draft.pk)
        again: list[str] = []
        if locked.filed_at is None and locked.form_version_id == pinned.pk:
            before = read(locked)
            after, again = journey.carry_over(pinned.form, newest.form, before.answers)
            FilingDraft.objects.filter(pk=draft.pk).update(form_version=newest)
            # Of the new version from here on, for what is known of its pages.
            locked.form_version = newest
            _replace(locked, pinned.form, newest.form, before, after, again)
    draft.refresh_from_db(fields=["form_version", "filed_at"])
    return tuple(again)


def _replace(
    draft: FilingDraft,
    old_form: FilingForm,
    new_form: FilingForm,
    before: Filled,
    after: Mapping[str, Mapping[str, Any]],
    again: list[str],
) -> None:
    for page, values in after.items():
        if values != before.answers.get(page):
            save(draft, page, values)
    FilingAnswer.objects.filter(draft=draft, page__in=before.answers.keys() - after.keys()).delete()
    given = {name: value for values in before.answers.values() for name, value in values.items()}
    for code in dict.fromkeys([*again, *before.pending]):
        asked = new_form.page(code)
        here = {one.name: given[one.name] for one in asked.questions if one.name in given} if asked else {}
        typed = before.pending.get(code, {})
        if asked and (typed or here.keys() - after.get(code, {}).keys()):
            # Stored answers among it, which may be longer than what strangers may leave.
            # As they were typed: another version shows again what has a box there, and passes over the rest.
            _write(_KEEP, draft, new_form, code, fill(old_form.questions.values(), here) | typed)


def _write(
    sql: str, draft: FilingDraft, form: FilingForm | None, page: str, values: Mapping[str, Any], **more: Any
) -> bool:
    if page not in BUILT_IN_PAGES and (form is None or form.page(page) is None):
        raise NotPossible(_("Biểu mẫu không có trang này."))
    text = json.dumps(values, ensure_ascii=False)
    _require_size(text, LARGEST)
    given: dict[str, Any] = {
        "draft": draft.pk,
        "page": page,
        "text": crypto.encrypt(text),
        "now": clock.now(),
        **more,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return bool(cursor.rowcount)


def _require_size(text: str, most: int) -> None:
    if len(text) > most:
        raise NotPossible(_("Câu trả lời quá dài. Xin viết gọn lại."))


def _count_papers(form: FilingForm, filled: Filled) -> None:
    counts = Counter(file.question for file in filled.files)
    for page in form.pages:
        for question in page.questions:
            if question.type != "paper":
                continue
            values = filled.answers.get(page.code, {})
            values.pop(question.name, None)
            if counts[question.name]:
                filled.answers[page.code] = {**values, question.name: counts[question.name]}
