"""Where archives lie and how they are called: BACKUP_DIR/<slug>/<slug>-<moment in UTC>.mcb. And which are kept.

The SHA-256 beside each is for checks of a copy (`sha256sum --check`): the archive itself shows any change.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from pathlib import Path
from typing import IO

from django.conf import settings
from django.utils.translation import gettext as _

from tenants import clock
from tenants.operations.backup.archive import BackupRefused

_NAME = re.compile(r"(?P<slug>[a-z][a-z0-9]{1,40})-(?P<at>\d{8}T\d{6}Z)\.mcb\Z")
_AT = "%Y%m%dT%H%M%SZ"


def folder(slug: str) -> Path:
    return Path(settings.BACKUP_DIR) / slug


def archives(slug: str) -> dict[datetime, Path]:
    """All of a province by when they were made, newest first; half-written ones are none."""
    found = {}
    for path in folder(slug).glob(f"{slug}-*.mcb"):
        name = _NAME.match(path.name)
        if name and name["slug"] == slug:
            found[datetime.strptime(name["at"], _AT).replace(tzinfo=UTC)] = path
    return dict(sorted(found.items(), reverse=True))


def find(slug: str, name: str = "") -> Path:
    """The archive of this path, or of this name on the shelf; the newest where none is named.

    Raises BackupRefused when there is none.
    """
    if not name:
        for path in archives(slug).values():
            return path
        text = _("Chưa có bản sao lưu nào của %(slug)s trong %(folder)s.")
        raise BackupRefused(text % {"slug": slug, "folder": folder(slug)})
    for path in (Path(name), folder(slug) / name):
        if path.is_file():
            return path
    raise BackupRefused(_("Không thấy tệp %(name)s.") % {"name": name})


@contextlib.contextmanager
def new(slug: str, moment: datetime) -> Iterator[tuple[IO[bytes], Path]]:
    """A file to write an archive into, and where it will be. It has its name, and its SHA-256 beside it, only
    when the block ends well and all of it has reached the disk; else nothing is left. It replaces none: where one
    of the same second lies, it is called by the next second. For one caller at a time in each province.

    Raises BackupRefused where the disk is full, or not to be written to."""
    place = folder(slug)
    final = _free(place, slug, moment)
    part = final.with_suffix(".part")
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            yield file, final
            file.flush()
            os.fsync(file.fileno())
        with part.open("rb") as written, _sum_file(final).open("w") as beside:
            beside.write(f"{hashlib.file_digest(written, 'sha256').hexdigest()}  {final.name}\n")
            beside.flush()
            os.fsync(beside.fileno())
        part.replace(final)
        _flush_folder(place)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if not final.exists():
            _sum_file(final).unlink(missing_ok=True)
        if isinstance(error, OSError):
            reason = _("ổ đĩa đã đầy") if error.errno == ENOSPC else error.strerror or str(error)
            names = {"slug": slug, "place": error.filename or place, "reason": reason}
            text = _("Không ghi được bản sao lưu của %(slug)s vào %(place)s: %(reason)s.")
            raise BackupRefused(text % names) from error
        raise


def prune(slug: str) -> list[str]:
    """Delete what BACKUP_KEEP does not keep; the names."""
    kept = archives(slug)
    gone = [kept[moment] for moment in superfluous(kept, settings.BACKUP_KEEP, clock.now())]
    for path in gone:
        path.unlink()
        _sum_file(path).unlink(missing_ok=True)
    return [path.name for path in gone]


def _free(place: Path, slug: str, moment: datetime) -> Path:
    while (path := place / f"{slug}-{moment.astimezone(UTC):{_AT}}.mcb").exists():
        moment += timedelta(seconds=1)
    return path


def _sum_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _flush_folder(place: Path) -> None:
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def superfluous(made: Iterable[datetime], rule: str, now: datetime) -> list[datetime]:
    """Those that no part of the rule keeps, oldest first.

    “14d 8w 12m” keeps everything of the last 14 days, and of each of the last 8 weeks and 12 months the newest. The
    newest of all is always kept.
    """
    days, weeks, months = (int(number) for number in re.findall(r"\d+", rule))
    newest_first = sorted(set(made), reverse=True)
    kept = set(newest_first[:1])
    kept.update(moment for moment in newest_first if now - moment < timedelta(days=days))
    for count, period in (
        (weeks, lambda day: day.isocalendar()[:2]),
        (months, lambda day: (day.year, day.month)),
    ):
        latest: dict[tuple[int, int], datetime] = {}
        for moment in newest_first:
            latest.setdefault(period(moment.date()), moment)
        kept.update(list(latest.values())[:count])
    return sorted(set(newest_first) - kept)
