"""Leaving: everything is handed over, two people agree, the province is archived, and much later its data goes.

Between archiving and dropping lies a time in which all of it can still be taken back; dropping makes one more
export first, of data that no longer changes.
"""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.utils.translation import gettext as _

from tenants import clock
from tenants.accounts.models import User
from tenants.audit import operators_log
from tenants.folder.problems import refuse
from tenants.folder.steps import Tell
from tenants.isolation import advisory_locks, province_cache, schemas
from tenants.isolation.context import public_context
from tenants.isolation.models import OperatorsEntry, Province
from tenants.operations.backup import export as portability
from tenants.operations.backup import side_schemas
from tenants.operations.backup.export import Exported
from tenants.operations.golive import two_person_approval
from tenants.operations.golive.two_person_approval import Approval

ACT = "offboard"
approval_of = partial(two_person_approval.approval_of, ACT)
EXPORTED = f"{ACT}.exported"
WAIT = timedelta(days=30)
SHORTEST_DAYS, LONGEST_DAYS = 7, 3650
"""So long is waited at least, but for a demonstration: time in which a mistake of two people is noticed."""
_FROM = (Province.State.DRAFT, Province.State.PAUSED)


def export(slug: str, folder: Path, progress: Tell = lambda line: None) -> Exported:
    """Export everything, and record that it was done. Raises as `portability.export_province`."""
    done = portability.export_province(slug, folder, progress)
    rows = sum(done.rows.values())
    operators_log.record(EXPORTED, slug, folder=str(folder), rows=rows, files=done.files)
    return done


def propose(slug: str, *, actor: User, days: int = WAIT.days) -> OperatorsEntry:
    """Propose that a province leaves; its data may be dropped so many days after the second person agreed.

    Raises Refused as `check_proposal`, and while another proposal waits.
    """
    check_proposal(slug, days)
    return two_person_approval.propose(ACT, slug, actor=actor, wait_days=days)


def check_proposal(slug: str, days: int = WAIT.days) -> None:
    """Raise Refused before anything was exported, for a province that still serves, and for a time that is too
    short or too long; a demonstration need not wait. Called before a password is asked for."""
    with operators_log.province_row(slug) as province:
        _refuse_other_state(province)
        shortest = 0 if province.demo else SHORTEST_DAYS
    if not shortest <= days <= LONGEST_DAYS:
        text = _("thời gian chờ trước khi xóa phải từ %(least)d đến %(most)d ngày, không phải %(days)d.")
        raise refuse(slug, 0, text % {"least": shortest, "most": LONGEST_DAYS, "days": days})
    if last_export(slug) is None:
        raise refuse(slug, 0, _("chưa xuất dữ liệu lần nào; thêm --export THƯ_MỤC."))


def confirm(slug: str, *, actor: User, proposal: int) -> Province:
    """Agree as a second person: the province is archived, and nothing is dropped yet. Raises Refused as
    `two_person_approval.confirm`, and for a province that serves again."""
    with operators_log.province_row(slug) as province:
        _refuse_other_state(province)
        two_person_approval.confirm(ACT, slug, actor=actor, proposal=proposal)
        province.state = Province.State.ARCHIVED
        Province.objects.filter(pk=province.pk).update(state=province.state)
    province_cache.clear_cache()
    return province


def withdraw(slug: str, *, actor: User) -> Province:
    """Take it back while the data is there: an archived province is a paused one again."""
    with operators_log.province_row(slug) as province:
        two_person_approval.withdraw(ACT, slug, actor=actor)
        if province.state == Province.State.ARCHIVED:
            province.state = Province.State.PAUSED
            Province.objects.filter(pk=province.pk).update(state=province.state)
    province_cache.clear_cache()
    return province


def drop_on(slug: str) -> datetime | None:
    """From when the data may be dropped; None while two people have not agreed."""
    approval = approval_of(slug)
    if approval is None or approval.word != two_person_approval.CONFIRMED:
        return None
    return approval.entry.at + agreed_wait(approval)


def agreed_wait(approval: Approval) -> timedelta:
    """How long is waited between agreeing and dropping."""
    return timedelta(days=int(approval.detail.get("wait_days", WAIT.days)))


def last_export(slug: str) -> OperatorsEntry | None:
    """The entry of the newest export; None when nothing was handed over yet."""
    return operators_log.last(slug, EXPORTED)


def drop(slug: str, folder: Path, progress: Tell = lambda line: None) -> Exported:
    """Export once more and then drop schema, role, hosts and row of an archived province whose time has come, and
    the copies of it that were kept or restored: all of it, or nothing.

    Stored files are removed by who keeps the store; the export has a copy of each. Raises Refused before that
    time, and schemas.NotTheOwner.
    """
    schemas.require_owner()
    when = drop_on(slug)
    if when is None:
        raise refuse(slug, 0, _("hai người vận hành chưa thống nhất bỏ tỉnh này."))
    if when > clock.now():
        text = _("chưa đến lúc xóa: từ %(at)s.")
        raise refuse(slug, 0, text % {"at": clock.in_words(when)})
    with public_context():
        if not Province.objects.filter(schema_name=slug, state=Province.State.ARCHIVED).exists():
            raise refuse(slug, 0, _("tỉnh không ở trạng thái lưu trữ."))
    with advisory_locks.exclusive_schema_lock(slug, wait=False) as free:
        if not free:
            raise refuse(slug, 0, _("đang có lệnh khác làm việc với tỉnh này; chờ xong rồi chạy lại."))
        done = export(slug, folder, progress)
        # One transaction, for the row stays locked until nothing is left: a withdrawal is either seen here, or
        # comes too late and is refused. Killed on the way, everything is there as before.
        with operators_log.province_row(slug) as province:
            # The export takes its time: the approval may have been withdrawn meanwhile.
            if province.state != Province.State.ARCHIVED or drop_on(slug) != when:
                raise refuse(
                    slug, 0, _("tỉnh không còn chờ xóa; đã có người đổi ý trong lúc xuất. Chưa xóa gì.")
                )
            for copy in side_schemas.of(slug):
                schemas.drop_schema(copy.name)
            province.delete(force_drop=True)
            operators_log.record(f"{ACT}.{two_person_approval.DONE}", slug, folder=str(folder))
    province_cache.clear_cache()
    return done


def _refuse_other_state(province: Province) -> None:
    if province.state not in _FROM:
        text = _("đang ở trạng thái “%(state)s”; hãy tạm dừng trước (province pause).")
        raise refuse(province.slug, 0, text % {"state": province.get_state_display()})
