"""Schemas beside the running ones: copies that came out of archives, and what they took the place of.

No province can have such a name (a slug has no underscore), so no host leads there and no role may enter. What a
copy is, the comment on its schema tells.
"""

import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from django.db import connection
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists
from psycopg import sql

from tenants import clock
from tenants.isolation import advisory_locks
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup.archive import BackupRefused

KEPT_FOR = timedelta(days=30)
"""How long a swap keeps what it replaced."""
_NAME = re.compile(r"([a-z][a-z0-9]{1,40})_[a-z0-9_]{1,20}\Z")


@dataclass(frozen=True, slots=True)
class Copy:
    """A schema beside the running one. `archive`: where it came from, "" for what was replaced by a swap.

    `since`: until when it and the running schema were one. Not `ready`: its restore was cut off before it was looked
    through and kept from sending.
    """

    name: str
    slug: str
    archive: str
    made_at: str
    since: str
    ready: bool = True

    @property
    def is_restored(self) -> bool:
        return bool(self.archive)

    @property
    def moment(self) -> datetime:
        """The moment of the backup, or of the swap that kept it."""
        return datetime.fromisoformat(self.made_at)

    @property
    def kept_until(self) -> datetime:
        """When the nightly backup drops what a swap kept, in Vietnam; a restored copy waits for a person."""
        return (self.moment + KEPT_FOR).astimezone(clock.VIETNAM)


def refuse_bad_name(slug: str, name: str) -> None:
    """Raise BackupRefused unless `name` is one for a copy of this province and free."""
    found = _NAME.match(name)
    if found is None or found[1] != slug:
        raise BackupRefused(
            _("Tên bản phục hồi phải là %(slug)s_… (chữ thường, chữ số, gạch dưới).") % {"slug": slug}
        )
    if schema_exists(name):
        raise BackupRefused(
            _("Đã có schema %(name)s. Chọn tên khác bằng --as, hoặc bỏ nó: backup discard %(slug)s %(name)s.")
            % {"name": name, "slug": slug}
        )


def free_name(slug: str, what: str) -> str:
    """A name beside this province that nothing has, made from `what`."""
    names = (f"{slug}_{what}{again or ''}" for again in range(10))
    return next(name for name in names if not schema_exists(name))


def mark(copy: Copy) -> None:
    with connection.cursor() as cursor:
        cursor.execute(marking(copy))


def marking(copy: Copy) -> sql.Composed:
    """The statement that writes on a schema what it is."""
    text = json.dumps(asdict(copy), ensure_ascii=False)
    return sql.SQL("COMMENT ON SCHEMA {} IS {}").format(sql.Identifier(copy.name), sql.Literal(text))


def of(slug: str = "") -> list[Copy]:
    """All copies of a province, by name; of all provinces where none is named."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname, obj_description(oid, 'pg_namespace') FROM pg_namespace "
            "WHERE starts_with(nspname, %s) AND strpos(nspname, '_') > 1 ORDER BY 1",
            [f"{slug}_" if slug else ""],
        )
        rows = cursor.fetchall()
    return [copy for name, text in rows if (copy := _read(name, text)) is not None]


def get(slug: str, name: str) -> Copy:
    for copy in of(slug):
        if copy.name == name:
            return copy
    text = _("%(name)s không phải là bản phục hồi của %(slug)s; xem backup list %(slug)s.")
    raise BackupRefused(text % {"name": name, "slug": slug})


def alone(slug: str) -> AbstractContextManager[None]:
    """Keep every other change of this province or a copy of it out; raises BackupRefused during one."""
    lock = advisory_locks.exclusive_schema_lock(slug, wait=False)
    return _held(lock, _("Đang có lệnh khác làm việc với %(slug)s; chờ xong."), slug)


def in_place(slug: str) -> AbstractContextManager[None]:
    """Keep swaps of this province away while all of it is read; raises BackupRefused during one."""
    lock = advisory_locks.hold_schema_name(slug)
    return _held(lock, _("%(slug)s đang được đổi chỗ (backup swap); chờ xong rồi chạy lại."), slug)


def moving(slug: str) -> AbstractContextManager[None]:
    """Keep backups and exports of this province from beginning; raises BackupRefused while one runs."""
    lock = advisory_locks.rename_schema_lock(slug)
    return _held(lock, _("%(slug)s đang được sao lưu hay xuất dữ liệu; chờ xong rồi chạy lại."), slug)


@contextmanager
def _held(lock: AbstractContextManager[bool], text: str, slug: str) -> Iterator[None]:
    with lock as free:
        if not free:
            raise BackupRefused(text % {"slug": slug})
        yield


@contextmanager
def inside(province: ProvinceRecord, name: str) -> Iterator[ProvinceRecord]:
    """Work in a copy as in the province itself: the same keys, other tables. As owner."""
    with province_context(replace(province, schema_name=name)) as record:
        yield record


def _read(name: str, text: str | None) -> Copy | None:
    try:
        return replace(Copy(**json.loads(text or "")), name=name)
    except (ValueError, TypeError):
        return None
