"""Approval by two operators: one proposes, another confirms; both stand in the operators' log."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.accounts.models import User
from tenants.audit.operators_log import last, province_row, record
from tenants.folder.problems import refuse
from tenants.isolation.context import public_context
from tenants.isolation.models import OperatorsEntry

LASTS = timedelta(days=3)
RIGHT = "tenants.change_province"


class Word(TextChoices):
    """What is said of an act; the entry in the log is called after both."""

    PROPOSED = "proposed", gettext_lazy("đề nghị")
    CONFIRMED = "confirmed", gettext_lazy("đã xác nhận")
    WITHDRAWN = "withdrawn", gettext_lazy("đã rút")
    DONE = "done", gettext_lazy("đã xong")


PROPOSED, CONFIRMED, WITHDRAWN, DONE = Word


@dataclass(frozen=True, slots=True)
class Approval:
    """How an act on a province stands: the last word about it, of whom and when."""

    word: Word
    entry: OperatorsEntry

    @property
    def waits(self) -> bool:
        """Whether a second person can confirm it now."""
        return self.word == PROPOSED and self.until > clock.now()

    @property
    def until(self) -> datetime:
        """When a proposal is worth nothing any more."""
        return self.entry.at + LASTS

    @property
    def detail(self) -> dict[str, Any]:
        return dict(self.entry.detail)


def approval_of(act: str, slug: str) -> Approval | None:
    """The newest entry about this act on a province; None when it was never proposed."""
    entry = last(slug, *(f"{act}.{word}" for word in Word))
    return None if entry is None else Approval(Word(entry.act.rpartition(".")[2]), entry)


def may_decide(person: User) -> bool:
    """Whether this is an account of the operators', active, that may decide about provinces; as of this moment."""
    with public_context():
        # Staff of a province may have the same number: they have no account here.
        known = User.objects.filter(
            pk=person.pk, username=person.get_username(), is_active=True, is_staff=True
        ).first()
        return known is not None and known.has_perm(RIGHT)


def propose(act: str, slug: str, *, actor: User, **detail: Any) -> OperatorsEntry:
    """Propose it. Raises Refused without the right to decide, and while a proposal waits or a confirmed one has
    yet to be done."""
    with province_row(slug):
        refuse_without_right(slug, actor)
        now = approval_of(act, slug)
        if now is not None and (now.waits or now.word == CONFIRMED):
            text = _("%(person)s đã đề nghị lúc %(at)s; hãy xác nhận hoặc rút đề nghị ấy.")
            names = {"person": now.entry.actor_name, "at": clock.in_words(now.entry.at)}
            raise refuse(slug, 0, text % names)
        return record(f"{act}.{PROPOSED}", slug, actor=actor, **detail)


def confirm(act: str, slug: str, *, actor: User, proposal: int) -> Approval:
    """Confirm another operator's proposal, and return it. `proposal`: the entry that was shown.

    Raises Refused without the right to decide, when nothing waits, when another proposal waits than the one that was
    shown, and for the person who proposed it, under whatever name of an account.
    """
    with province_row(slug):
        refuse_without_right(slug, actor)
        now = approval_of(act, slug)
        if now is None or not now.waits:
            raise refuse(slug, 0, _("không có đề nghị nào đang chờ xác nhận."))
        if now.entry.pk != proposal:
            raise refuse(slug, 0, _("đề nghị đã đổi trong lúc xem; hãy xem lại rồi xác nhận."))
        if now.entry.actor_id == actor.pk:
            raise refuse(slug, 0, _("người đề nghị không tự xác nhận; cần một người vận hành khác."))
        record(f"{act}.{CONFIRMED}", slug, actor=actor, proposed_by=now.entry.actor_name, **now.detail)
        return now


def withdraw(act: str, slug: str, *, actor: User) -> None:
    """Take a proposal back, or a confirmed act that has yet to be done. Raises Refused without the right to decide, and
    when there is none."""
    with province_row(slug):
        refuse_without_right(slug, actor)
        now = approval_of(act, slug)
        if now is None or not (now.waits or now.word == CONFIRMED):
            raise refuse(slug, 0, _("không có đề nghị nào để rút."))
        record(f"{act}.{WITHDRAWN}", slug, actor=actor)


def refuse_without_right(slug: str, person: User) -> None:
    """Raise Refused for an account that may not decide about provinces."""
    if not may_decide(person):
        text = _("tài khoản %(person)s không có quyền quyết định việc của tỉnh (%(right)s).")
        raise refuse(slug, 0, text % {"person": person.get_username(), "right": RIGHT})
