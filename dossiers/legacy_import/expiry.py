"""Workbooks that hold whole numbers of people: each goes after a day, where nobody has changed it."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from tenants import clock

NOTES = "error-workbooks"


def note(path: Path) -> None:
    """Remember that this file is as the portal wrote it."""
    place = Path(settings.DATA_DIR, NOTES, sha256(bytes(path)).hexdigest())
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.write_text(f"{path.stat().st_mtime_ns} {path}")


def remove_untouched(beside: Path | None = None) -> None:
    """Remove what was noted and nobody has changed since: after a day, and at once under names made of `beside`."""
    for noted in Path(settings.DATA_DIR, NOTES).glob("*"):
        at, _space, name = noted.read_text().partition(" ")
        path, is_old = Path(name), clock.now().timestamp() - int(at) / 1e9 > 24 * 3600
        # Where this account cannot reach it, the next one may.
        with suppress(OSError):
            replaced = beside and str(path).startswith(str(beside.resolve().with_suffix("")))
            if path.stat().st_mtime_ns == int(at) and (is_old or replaced):
                path.unlink()
                noted.unlink()
