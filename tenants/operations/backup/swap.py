"""A copy takes the place of the running schema, in one short transaction.

What was kept aside goes back the same way: to what runs, it is a backup of the moment at which it was kept. The
province is paused meanwhile. What a restore holds back goes on by one more act of an operator who saw how much it is.
"""

import logging
from collections.abc import Collection, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, OperationalError, transaction
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists
from psycopg import sql

from messaging.delivery import restore as messages
from tenants import clock
from tenants.audit import operators_log, sealer
from tenants.isolation import province_cache, schema_migrations, schemas
from tenants.isolation.backend import connection
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import history, parts, side_schemas
from tenants.operations.backup.archive import BackupRefused, unreadable
from tenants.operations.backup.side_schemas import Copy
from tenants.text import damage_in, tidy

log = logging.getLogger(__name__)

# Requests and deliveries that were under way when the province was paused.
LOCK_TIMEOUT = "15s"
LONGEST = 300
SHOWN = 5
ACT = "swap"
# A row bears the time at which its transaction began: what was under way at the moment of a copy, and came after
# it, bears an earlier one.
UNDER_WAY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Swapped:
    """`kept_as`: under which name what ran until now is kept, "" where there was nothing. `carried`: sentences for
    the operator; `trouble`: what the old schema did not give out."""

    kept_as: str
    carried: tuple[str, ...]
    trouble: tuple[str, ...]


def swap(slug: str, name: str, *, without: Collection[str] = (), reason: str = "") -> Swapped:
    """Put the copy in the place of what runs. All or nothing; other provinces notice nothing.

    Only while the province is not serving. What is under way there is waited for. What ran is kept, out of reach of
    web and worker, and listed; the same command brings it back. Whichever way it goes, no number is given twice and
    no notice is sent twice. All sessions of staff end.

    Numbers that were given, consents that were withdrawn and the like are carried over. Those that the schema cannot
    give out, because it is damaged or gone, stop the swap, unless they are named in `without`, with a reason: both go
    into the audit of the province and into the operators' log. Raises NotTheOwner, BackupRefused (also while a backup
    or an export of this province runs: it asks for tables by name, and would find those of the copy).
    """
    schemas.require_owner()
    reason = _reason_for(without, reason)
    with public_context(), side_schemas.alone(slug), side_schemas.moving(slug):
        province_cache.clear_cache()
        province = province_cache.by_slug(slug)
        copy = side_schemas.get(slug, name)
        if province.is_open:
            text = _(
                "%(slug)s đang phục vụ, chưa đổi gì: cho tỉnh nghỉ (province pause %(slug)s) rồi làm lại."
            )
            raise BackupRefused(text % {"slug": slug})
        if not copy.ready:
            text = _(
                "Bản %(name)s phục hồi dở dang. Bỏ nó (backup discard %(slug)s %(name)s) rồi phục hồi lại."
            )
            raise BackupRefused(text % {"name": name, "slug": slug})
        _refuse_of_other_code(copy)
        _refuse_under_lost_keys(province, copy)
        settled = () if copy.is_restored else _settle(province, copy)
        try:
            swapped = _swap(province, copy, set(without), reason)
        except OperationalError as error:
            # What was under way did not end in time, or each waited for the other.
            log.warning("swap of %s: %s", slug, type(error.__cause__).__name__)
            text = _("%(slug)s đang bận, chưa đổi được, chưa có gì thay đổi. Chờ một lát rồi làm lại.")
            raise BackupRefused(text % {"slug": slug}) from error
        province_cache.clear_cache()
    return replace(swapped, carried=(*settled, *swapped.carried))


def _reason_for(without: Collection[str], reason: str) -> str:
    if strange := sorted(set(without) - set(parts.CODES)):
        names = {"strange": ", ".join(strange), "known": ", ".join(parts.CODES)}
        raise BackupRefused(_("Không có mục %(strange)s; các mục: %(known)s.") % names)
    if without and (damage_in(reason) or not tidy(reason) or len(reason) > LONGEST):
        text = _("Hãy ghi lý do (--reason), không quá %(most)d ký tự: lý do vào nhật ký.")
        raise BackupRefused(text % {"most": LONGEST})
    return tidy(reason)


def _settle(province: ProvinceRecord, copy: Copy) -> tuple[str, ...]:
    """What waited when this was kept may have gone out since: it is held as in a copy from an archive.

    A second time it finds nothing to do.
    """
    with side_schemas.inside(province, copy.name), transaction.atomic():
        return tuple(settle(copy.moment) for settle in parts.SETTLES)


def _refuse_of_other_code(copy: Copy) -> None:
    """A copy that an upgrade passed by would serve pages without their columns."""
    missing = schema_migrations.status_of(copy.name).missing
    if not missing:
        return
    if copy.is_restored:
        text = _(
            "Bản %(name)s thiếu %(count)d bước nâng cấp của bản mã đang chạy; phục hồi lại từ tệp sao lưu."
        )
    else:
        text = _(
            "Bản giữ lại %(name)s thiếu %(count)d bước nâng cấp của bản mã đang chạy. Còn cần việc của những giờ cuối "
            "trong bản ấy thì chạy lại ảnh cũ rồi đổi chỗ (docs/van-hanh/nang-cap.md, mục Lùi lại); không thì "
            "phục hồi từ tệp sao lưu, và bỏ nó: backup discard %(slug)s %(name)s."
        )
    raise BackupRefused(text % {"name": copy.name, "count": len(missing), "slug": copy.slug})


def _refuse_under_lost_keys(province: ProvinceRecord, copy: Copy) -> None:
    """Keys may have been rotated since this was kept or restored; what stands aside is not rotated."""
    with side_schemas.inside(province, copy.name):
        closed = list(unreadable())
    if closed:
        text = _(
            "Chưa đổi gì: bản %(name)s dùng khóa cũ. Thêm khóa cũ vào sau trong FIELD_KEYS, INDEX_KEYS, khởi động lại, "
            "đổi chỗ, rồi keys rotate (docs/van-hanh/doi-khoa.md). %(faults)s"
        )
        raise BackupRefused(text % {"name": copy.name, "faults": " ".join(closed)})


def losses(slug: str, name: str) -> list[str]:
    """What would be lost with the running schema, in sentences; asked before the swap."""
    schemas.require_owner()
    with public_context():
        copy = side_schemas.get(slug, name)
        if not schema_exists(slug):
            return [_("Schema đang chạy không còn; không biết được đã mất những gì.")]
        lost, failed = _ask(parts.LOSSES, slug, copy)
        return lost + [_unreadable(title) for _code, title in failed]


def _swap(province: ProvinceRecord, copy: Copy, without: Set[str], reason: str) -> Swapped:
    slug = province.slug
    kept_as = side_schemas.free_name(slug, f"truoc_{clock.now():%y%m%d%H%M%S}") if schema_exists(slug) else ""
    said: dict[str, Any] = {}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        sealer.hold(slug)
        _hold_still(cursor, slug)
        # A schema that is gone gives out nothing of this, like one that is damaged.
        carried, failed = _ask(parts.CARRIES, slug, copy)
        failed += _never_give_a_number_twice(cursor, slug, copy.name)
        _refuse_unnamed(copy, failed, without)
        trouble = [_unreadable(title) for _code, title in failed]
        if failed:
            said = {"without": sorted({code for code, _title in failed}), "reason": reason}
        if kept_as:
            _rename(cursor, slug, kept_as)
            schemas.revoke_all(kept_as, schemas.runtime_role(slug))
            # By the database's clock, as the times of messages are.
            cursor.execute("SELECT statement_timestamp()")
            side_schemas.mark(Copy(kept_as, slug, "", cursor.fetchone()[0].isoformat(), copy.made_at))
        _rename(cursor, copy.name, slug)
        cursor.execute(sql.SQL("COMMENT ON SCHEMA {} IS NULL").format(sql.Identifier(slug)))
        schemas.prepare_schema(None, slug)
        schemas.grant_all(slug)
        with province_context(province):
            connection.cursor().execute("DELETE FROM accounts_session")
            act = history.RESTORED if copy.is_restored else history.RETURNED
            history.note(act, copy.archive or copy.name, kept_as=kept_as, made_at=copy.made_at, **said)
        connection.set_schema_to_public()
        # Who follows the log hears of it with what comes next.
        sealer.seal(slug)
        # Whole now, and paused: of an installation that lost everything.
        lost = Province.objects.filter(schema_name=slug, state=Province.State.UNFINISHED)
        lost.update(state=Province.State.PAUSED)
        operators_log.record(ACT, slug, name=copy.name, **said)
    return Swapped(kept_as, tuple(carried), tuple(trouble))


def _hold_still(cursor: Any, schema: str) -> None:
    """Wait for those who write, and let nobody begin: readers go on."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1", [schema])
    tables = [sql.Identifier(schema, table) for (table,) in cursor.fetchall()]
    if tables:
        cursor.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(sql.SQL(", ").join(tables)))


def _rename(cursor: Any, old: str, new: str) -> None:
    cursor.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _refuse_unnamed(copy: Copy, failed: list[tuple[str, str]], without: Set[str]) -> None:
    """Raise BackupRefused, before anything is changed, for what the old schema does not give out and nobody named."""
    codes = sorted({code for code, _title in failed})
    if set(codes) <= without:
        return
    text = _(
        "Chưa đổi gì: schema đang chạy không cho biết: %(what)s. Đổi mà thiếu thì có thể cấp trùng số, gửi tin cho "
        "người đã rút đồng ý, hoặc mất quyền gửi. Vẫn phải đổi thì nêu rõ, kèm lý do để ghi nhật ký: "
        'backup swap %(slug)s %(name)s --without %(codes)s --reason "…"'
    )
    what = "; ".join(title for _code, title in failed)
    names = {"what": what, "slug": copy.slug, "name": copy.name, "codes": ",".join(codes)}
    raise BackupRefused(text % names)


def _unreadable(title: str) -> str:
    return _("Không đọc được ở schema cũ: %(what)s.") % {"what": title}


def _never_give_a_number_twice(cursor: Any, old: str, new: str) -> list[tuple[str, str]]:
    """Numbers that were given since the backup are on papers, in messages and in logs: they stay given.

    Returns what could not be carried, by code: where a table is gone, its numbers are.
    """
    cursor.execute(
        "SELECT n.sequencename, o.last_value FROM pg_sequences o JOIN pg_sequences n USING (sequencename) "
        "WHERE o.schemaname = %s AND n.schemaname = %s AND o.last_value > coalesce(n.last_value, 0)",
        [old, new],
    )
    for sequence, last in cursor.fetchall():
        cursor.execute("SELECT setval(%s::regclass, %s)", [f'"{new}"."{sequence}"', last])
    cursor.execute(
        "SELECT sequencename FROM pg_sequences WHERE schemaname = %s AND sequencename NOT IN "
        "(SELECT sequencename FROM pg_sequences WHERE schemaname = %s) ORDER BY 1",
        [new, old],
    )
    gone = [sequence for (sequence,) in cursor.fetchall()]
    title = _("số thứ tự đã cấp của %(names)s") % {
        "names": ", ".join(gone[:SHOWN]) + (", …" if len(gone) > SHOWN else "")
    }
    return [(parts.NUMBERS, title)] if gone else []


def _ask(rows: Sequence[parts.Carry], slug: str, copy: Copy) -> tuple[list[str], list[tuple[str, str]]]:
    done, failed = [], []
    for row in rows:
        count = _try(row, slug, copy)
        if count is None:
            failed.append((row.code, str(row.title)))
        elif count:
            done.append(f"{row.title}: {count}")
    return done, failed


def _try(row: parts.Carry, old: str, copy: Copy) -> int | None:
    """What the statement counts or changes; None where the damaged schema does not give it out."""
    names = {"old": sql.Identifier(old), "new": sql.Identifier(copy.name)}
    moments = {"since": copy.moment - UNDER_WAY, "parted": datetime.fromisoformat(copy.since)}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.SQL(row.sql).format(**names), moments)
            count = int(cursor.rowcount if row.code else cursor.fetchone()[0])
            # What points nowhere must fail here, not at the end of everything.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            return count
    except DatabaseError as error:
        state = str(getattr(error.__cause__, "sqlstate", "") or "")
        # A lock that was not had is no damage; what the server cannot read, by class 58 and XX of its errors, is.
        if isinstance(error, OperationalError) and not state.startswith(("58", "XX")):
            raise
        log.warning("swap of %s: the old schema does not tell: %s", old, type(error.__cause__).__name__)
        return None


def count_held(slug: str) -> int:
    """How much the last restore of this province holds back that certainly was never sent.

    As owner. Raises NotTheOwner, and BackupRefused where the replaced schema is gone or cannot be read.
    """
    schemas.require_owner()
    with province_context(slug):
        return len(_find(slug))


def release(slug: str) -> int:
    """Let all of it go on, in one transaction; how much. A second time finds nothing.

    The province's log and the operators' log tell of it. Raises as `count_held` does, and BackupRefused while
    another command works on the province.
    """
    schemas.require_owner()
    province = province_cache.by_slug(slug)
    with side_schemas.alone(slug), province_context(province), transaction.atomic(durable=True):
        count = messages.release(_find(slug))
        history.note(history.RELEASED, "", count=count)
        operators_log.record("release", slug, count=count)
    return count


def _find(slug: str) -> list[int]:
    """By the schema that the present one took the place of, where it is still kept and can be read."""
    swapped = history.last(history.RESTORED, history.RETURNED)
    replaced = swapped.detail["kept_as"] if swapped else ""
    try:
        if replaced in {copy.name for copy in side_schemas.of(slug)}:
            names = {"old": sql.Identifier(replaced), "new": sql.Identifier(slug)}
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql.SQL(messages.NEVER_TRIED).format(**names))
                return [pk for (pk,) in cursor.fetchall()]
    except DatabaseError as error:
        log.warning("release of %s: %s", slug, type(error.__cause__).__name__)
    text = _(
        "Không còn bản cũ nào cho biết chắc tin nào chưa từng gửi: gọi điện theo danh sách Cần gọi điện, hoặc gửi lại "
        "từng tin."
    )
    raise BackupRefused(text)
