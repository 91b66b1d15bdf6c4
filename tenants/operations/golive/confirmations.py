"""Facts that no machine can check before go-live: confirmed by name, kept in the operators' log.

The newest entry about a thing says how it stands, so a confirmation can be taken back, and both stay on record.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.accounts.models import User
from tenants.audit import operators_log
from tenants.folder.problems import refuse
from tenants.folder.readiness import Finding, Level, Owner, State, check
from tenants.isolation.context import current_province
from tenants.isolation.models import OperatorsEntry
from tenants.operations.golive import two_person_approval
from tenants.text import StrOrPromise, damage_in, tidy
from tenants.validation import shown

ACT = "confirm"
PREFIX = f"{ACT}."
LONGEST = 150


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A fact that people check. `owner`: the responsible side."""

    code: str
    title: StrOrPromise
    owner: Owner


CONFIRMATIONS = (
    Confirmation("print", gettext_lazy("Giấy hẹn đã in ra giấy, mã QR quét được"), Owner.PROVINCE),
    Confirmation("clerks", gettext_lazy("Cán bộ tiếp nhận đã được tập huấn"), Owner.OPERATOR),
    Confirmation("specialists", gettext_lazy("Chuyên viên, lãnh đạo đã được tập huấn"), Owner.OPERATOR),
    Confirmation("first-office", gettext_lazy("Đã chạy thử ở một đơn vị"), Owner.PROVINCE),
    Confirmation(
        "second-office", gettext_lazy("Đã chạy thử ở đơn vị thứ hai, hoặc chỉ có một đơn vị"), Owner.PROVINCE
    ),
    Confirmation("signed", gettext_lazy("Biên bản kiểm tra đã ký"), Owner.OPERATOR),
)
_BY_CODE = {one.code: one for one in CONFIRMATIONS}


def confirm(slug: str, code: str, *, person: str, actor: User) -> None:
    """Record that `person` (name and position) saw it. Raises Refused for an unknown thing, an empty or damaged
    name, one longer than LONGEST, and an operator who may not change provinces."""
    _known(slug, code)
    name = tidy(person)
    if damage_in(person) or not name or len(name) > LONGEST:
        text = _("hãy ghi họ tên, chức vụ người xác nhận, không quá %(most)d ký tự.")
        raise refuse(slug, 0, text % {"most": LONGEST})
    with operators_log.province_row(slug):
        two_person_approval.refuse_without_right(slug, actor)
        operators_log.record(ACT, slug, actor=actor, code=code, done=True, person=name)


def withdraw(slug: str, code: str, *, actor: User) -> None:
    """Record that it holds no more. Raises Refused as `confirm` does."""
    _known(slug, code)
    with operators_log.province_row(slug):
        two_person_approval.refuse_without_right(slug, actor)
        operators_log.record(ACT, slug, actor=actor, code=code, done=False)


def standing(slug: str) -> dict[str, OperatorsEntry]:
    """By code, the entries of what is confirmed now."""
    newest = {entry.detail.get("code", ""): entry for entry in operators_log.of(slug, ACT)}
    return {code: entry for code, entry in newest.items() if entry.detail.get("done")}


def in_words(entry: OperatorsEntry) -> str:
    """The confirming person, the time, and the operator who recorded it."""
    names = {
        "person": entry.detail.get("person", ""),
        "operator": entry.actor_name,
        "at": clock.in_words(entry.at),
    }
    return _("%(person)s xác nhận, %(operator)s ghi lúc %(at)s") % names


@check(ACT, gettext_lazy("Điều máy không thấy được, có người xác nhận"), Level.GOLIVE, waived_in_demo=True)
def confirmed() -> Iterator[Finding]:
    entries = standing(current_province().slug)
    for one in CONFIRMATIONS:
        title = str(one.title)
        if entry := entries.get(one.code):
            yield Finding(PREFIX + one.code, f"{title} ({in_words(entry)})", owner=one.owner)
            continue
        fix = _("Báo đơn vị vận hành tên người đã thấy tận mắt; tên được ghi ở trang vận hành.")
        cause = _("Chưa ai xác nhận.")
        yield Finding(PREFIX + one.code, title, State.BLOCKED, cause, fix, one.owner)


def _known(slug: str, code: str) -> None:
    if code not in _BY_CODE:
        names = {"code": shown(code), "known": ", ".join(_BY_CODE)}
        raise refuse(slug, 0, _("không có mục “%(code)s” để xác nhận; các mục: %(known)s.") % names)
