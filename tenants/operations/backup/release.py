"""What a restore holds back goes on after all, by one act of an operator who saw how much it is."""

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from messaging.delivery import restore
from tenants.audit import operators_log
from tenants.isolation import province_cache, schemas
from tenants.isolation.backend import connection
from tenants.isolation.context import province_context
from tenants.operations.backup import history, side_schemas
from tenants.operations.backup.archive import BackupRefused

ACT = "release"


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
        count = restore.release(_find(slug))
        history.note(history.RELEASED, "", count=count)
        operators_log.record(ACT, slug, count=count)
    return count


def _find(slug: str) -> list[int]:
    names = {"old": sql.Identifier(_replaced(slug)), "new": sql.Identifier(slug)}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql.SQL(restore.NEVER_TRIED).format(**names))
            return [pk for (pk,) in cursor.fetchall()]
    except DatabaseError as error:
        raise BackupRefused(_unknown()) from error


def _replaced(slug: str) -> str:
    """The schema that the present one took the place of; raises BackupRefused where it is not kept any more."""
    swapped = history.last(history.RESTORED, history.RETURNED)
    name = swapped.detail["kept_as"] if swapped else ""
    if name not in {copy.name for copy in side_schemas.of(slug)}:
        raise BackupRefused(_unknown())
    return str(name)


def _unknown() -> str:
    return _(
        "Không còn bản cũ nào cho biết chắc tin nào chưa từng gửi: gọi điện theo danh sách Cần gọi điện, hoặc gửi lại "
        "từng tin."
    )
