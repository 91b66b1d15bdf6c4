"""Actions of staff on feedback: forward, answer, publish, take down."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from dossiers.feedback import personal_data_check
from dossiers.feedback.models import Feedback, FeedbackAct
from dossiers.lifecycle.errors import NotEntitled, NotPossible, StaleDossier
from dossiers.lifecycle.models import Note
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import agencies_where, is_administrator, roles_anywhere, roles_at, subtree
from tenants.validation import is_plain_text

LONGEST_ANSWER = 5000
Kind = FeedbackAct.Kind
_READERS = frozenset({Role.LEADER, Role.AUDITOR})


def visible_to(user: User) -> QuerySet[Feedback]:
    """The province's administrators see all feedback, leaders and auditors what their agencies have to answer:
    a desk does not read feedback about itself."""
    every = Feedback.objects.select_related("agency", "procedure")
    if is_administrator(user):
        return every
    return every.filter(agency__in=subtree(agencies_where(user, _READERS)))


def may_read(user: User) -> bool:
    return not _READERS.isdisjoint(roles_anywhere(user))


def forward(feedback_id: int, *, actor: User, seen: int, agency: str) -> FeedbackAct:
    """Give it to the agency, by code, that has to answer. Raises StaleDossier, NotEntitled, NotPossible."""
    with _act(feedback_id, actor, seen) as feedback:
        found = Agency.objects.filter(code=agency, dissolved_on=None).first()
        if found is None or found.pk == feedback.agency_id:
            raise NotPossible(_("Xin chọn cơ quan khác, đang hoạt động."))
        feedback.agency = found
        return _append(feedback, Kind.FORWARDED, actor)


def answer(feedback_id: int, *, actor: User, seen: int, text: str) -> FeedbackAct:
    """Answer the sender; a later answer takes the place of an earlier one, which stays in history.

    Only the sender reads it, with code and key. Raises StaleDossier, NotEntitled, NotPossible.
    """
    text = _fit(text, _("Xin viết câu trả lời."))
    with _act(feedback_id, actor, seen) as feedback:
        feedback.answer = text
        act = _append(feedback, Kind.ANSWERED, actor, text)
        feedback.answered_at = feedback.answered_at or act.at
        feedback.save()
        return act


def publish(feedback_id: int, *, actor: User, seen: int, question: str, text: str) -> FeedbackAct:
    """Publish this question and answer in place of any published before.

    Raises NotPossible before there is an answer, and where the words hold the sender's name, telephone or
    e-mail address, or a long number; StaleDossier, NotEntitled.
    """
    question = _fit(question, _("Xin viết câu hỏi để công khai."))
    text = _fit(text, _("Xin viết câu trả lời để công khai."))
    with _act(feedback_id, actor, seen) as feedback:
        if feedback.answered_at is None:
            raise NotPossible(_("Xin trả lời người gửi trước khi công khai."))
        found = personal_data_check.traces(
            f"{question}\n{text}", names=[feedback.sender_name], contacts=[feedback.sender_contact]
        )
        if found:
            raise NotPossible(" ".join([*found, _("Xin viết lại cho không nhận ra người gửi.")]))
        feedback.public_question, feedback.public_answer = question, text
        act = _append(feedback, Kind.PUBLISHED, actor, f"{question}\n\n{text}")
        feedback.published_at = act.at
        feedback.save()
        return act


def take_down(feedback_id: int, *, actor: User, seen: int, reason: str) -> FeedbackAct:
    """Take question and answer off the public page. Raises StaleDossier, NotEntitled, NotPossible."""
    reason = _fit(reason, _("Xin ghi rõ lý do."))
    with _act(feedback_id, actor, seen) as feedback:
        if feedback.published_at is None:
            raise NotPossible(_("Phản ánh này không ở trên trang công khai."))
        feedback.published_at = None
        feedback.public_question = feedback.public_answer = ""
        return _append(feedback, Kind.TAKEN_DOWN, actor, reason)


@contextmanager
def _act(feedback_id: int, actor: User, seen: int) -> Iterator[Feedback]:
    with transaction.atomic(durable=True):
        feedback = Feedback.objects.select_for_update().filter(pk=feedback_id).first()
        if feedback is None:
            raise NotPossible(_("Không có phản ánh này."))
        if not may_answer(feedback, actor):
            raise NotEntitled(_("Phản ánh này do cơ quan khác trả lời."))
        if feedback.last_sequence != seen:
            raise StaleDossier(_("Phản ánh vừa được người khác cập nhật. Xin xem lại rồi thao tác tiếp."))
        yield feedback


def may_answer(feedback: Feedback, actor: User) -> bool:
    """Whether this person may answer, forward and publish it."""
    if is_administrator(actor):
        return True
    return feedback.agency_id is not None and Role.LEADER in roles_at(actor, [feedback.agency_id])


def _append(feedback: Feedback, kind: str, actor: User, words: str = "") -> FeedbackAct:
    feedback.last_sequence += 1
    feedback.save()
    act = FeedbackAct.objects.create(
        feedback=feedback,
        sequence=feedback.last_sequence,
        kind=kind,
        at=clock.now(),
        actor=actor,
        agency=feedback.agency,
        note=Note.objects.create(text=words) if words else None,
    )
    log.record(f"feedback.{kind}", feedback.subject, actor=actor)
    return act


def _fit(text: str, when_empty: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise NotPossible(when_empty)
    if len(text) > LONGEST_ANSWER or not is_plain_text(text):
        raise NotPossible(_("Nội dung nhập quá dài hoặc có ký tự không hợp lệ."))
    return text
