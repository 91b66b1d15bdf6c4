"""What two different people have to agree on: one proposes, another one confirms.

Both are entries of the operators' log; the newest one about an act says how it stands. A proposal that nobody
confirms in three days is worth nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.context import public_context
from tenants.models import OperatorsEntry, Province
from tenants.onboarding import operators_log
from tenants.onboarding.folder import refuse_bad_slug
from tenants.onboarding.problems import refuse

LASTS = timedelta(days=3)
PROPOSED, CONFIRMED, WITHDRAWN, DONE = "proposed", "confirmed", "withdrawn", "done"


@dataclass(frozen=True, slots=True)
class Standing:
    """How an act on a province stands: the last word about it, of whom and when."""

    word: str
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


def standing(act: str, slug: str) -> Standing | None:
    """The last word about this act on a province; None when nobody ever proposed it."""
    words = (PROPOSED, CONFIRMED, WITHDRAWN, DONE)
    entry = operators_log.last(slug, *(f"{act}.{word}" for word in words))
    return None if entry is None else Standing(entry.act.rpartition(".")[2], entry)


def propose(act: str, slug: str, *, actor: User, **detail: Any) -> OperatorsEntry:
    """Propose it. Raises Refused while a proposal waits or a confirmed one has yet to be done."""
    with province_row(slug):
        now = standing(act, slug)
        if now is not None and (now.waits or now.word == CONFIRMED):
            text = _("%(person)s đã đề nghị lúc %(at)s; hãy xác nhận hoặc rút đề nghị ấy.")
            raise refuse(slug, 0, text % _who(now.entry))
        return operators_log.record(f"{act}.{PROPOSED}", slug, actor=actor, **detail)


def confirm(act: str, slug: str, *, actor: User) -> Standing:
    """Confirm what somebody else proposed, and answer that proposal.

    Raises Refused when nothing waits, and for the person who proposed it, under whatever name of an account.
    """
    with province_row(slug):
        now = standing(act, slug)
        if now is None or not now.waits:
            raise refuse(slug, 0, _("không có đề nghị nào đang chờ xác nhận."))
        if now.entry.actor_id == actor.pk:
            raise refuse(slug, 0, _("người đề nghị không tự xác nhận; cần một người vận hành khác."))
        operators_log.record(
            f"{act}.{CONFIRMED}", slug, actor=actor, proposed_by=now.entry.actor_name, **now.detail
        )
        return now


def withdraw(act: str, slug: str, *, actor: User) -> None:
    """Take a proposal back, or a confirmed act that has yet to be done. Raises Refused when there is none."""
    with province_row(slug):
        now = standing(act, slug)
        if now is None or not (now.waits or now.word == CONFIRMED):
            raise refuse(slug, 0, _("không có đề nghị nào để rút."))
        operators_log.record(f"{act}.{WITHDRAWN}", slug, actor=actor)


@contextmanager
def province_row(slug: str) -> Iterator[Province]:
    """The row of a province, locked: of two who act on it at once the second sees what the first did.

    Raises Refused for an unknown province.
    """
    refuse_bad_slug(slug)
    with public_context(), transaction.atomic():
        province = Province.objects.select_for_update().filter(schema_name=slug).first()
        if province is None:
            raise refuse(slug, 0, _("chưa có tỉnh này; xem `province list`."))
        yield province


def _who(entry: OperatorsEntry) -> dict[str, str]:
    return {"person": entry.actor_name, "at": f"{entry.at.astimezone(clock.VIETNAM):%H:%M %d/%m/%Y}"}
