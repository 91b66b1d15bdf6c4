"""Where the bytes lie: on this machine's disk, or at a store that speaks S3. Names come from the database alone.

A stored name is `<uuid of the province>/<year>/<month>/<32 random hex digits>`: nothing typed is
part of it, and a name of one province opens nothing while the thread stands in another.
"""

import logging
import os
import re
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.translation import gettext as _

from tenants import clock
from tenants.isolation.context import current_province
from tenants.isolation.cross_schema_guard import WrongProvince
from tenants.refusals import Refused

log = logging.getLogger(__name__)

ALIAS = "dossiers"
_NAME = re.compile(r"\A([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/\d{4}/\d{2}/[0-9a-f]{32}\Z")


class Unreadable(Exception):
    """The store does not give out what the database says it has: it is gone, or the store is out of reach."""


class NotStored(Refused):
    """The store did not take the bytes. Carries a sentence for the person at the door."""


class LocalStorage(FileSystemStorage):
    """A folder that only this account can read. A saved file has reached the disk, as a committed row has."""

    def __init__(self, location: str | os.PathLike[str]) -> None:
        super().__init__(
            location=location, base_url=None, file_permissions_mode=0o600, directory_permissions_mode=0o700
        )

    def _save(self, name: str, content: Any) -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]
        path = Path(self.path(saved))
        for place in (path, *path.parents[:4]):
            descriptor = os.open(place, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        return saved


def put(content: bytes) -> str:
    """Store these bytes for the present province; the name under which they are found again.

    Raises NotStored when the store fails: it is full, or out of reach.
    """
    month = clock.now().astimezone(clock.VIETNAM)
    name = f"{current_province().uuid}/{month:%Y}/{month:%m}/{secrets.token_hex(16)}"
    try:
        if _store().save(name, ContentFile(content)) != name:
            raise FileExistsError(name)
    except Exception as error:
        log.exception("a file was not stored")
        raise NotStored(_("Kho tệp tạm thời không nhận được tệp. Xin thử lại sau ít phút.")) from error
    return name


def try_out(folder: str = "") -> str:
    """Write, read and remove a file in this folder or in that of the present province: what the store says against it,
    and where; "" for nothing."""
    store: Any = _store()
    try:
        name = store.save(f"{folder or current_province().uuid}/thu-kho", ContentFile(b"mot-cua"))
        with store.open(name, "rb") as file:
            content = file.read()
        store.delete(name)
        if content != b"mot-cua":
            raise OSError(f"{len(content)}/7 byte")
    except Exception as error:
        place = store.location or f"{store.bucket_name}, {store.endpoint_url or 's3'}"
        return f"{place}: {' '.join(str(error).split())[:300] or type(error).__name__}"
    return ""


def fetch(name: str) -> File:
    """The bytes stored under this name, all of them at hand, opened for reading from the start.

    Raises WrongProvince for a name of another province (or no name of ours), Unreadable when the store fails.
    """
    _check(name)
    try:
        # A remote file is fetched when it is opened anew: nothing fails halfway through an answer.
        return _store().open(name, "rb").open()
    except Exception as error:
        # Each kind of store has failures of its own.
        raise Unreadable(name) from error


def size(name: str) -> int:
    """How many bytes are stored under this name. Raises WrongProvince, Unreadable."""
    _check(name)
    try:
        return int(_store().size(name))
    except Exception as error:
        raise Unreadable(name) from error


def put_back(name: str, content: File) -> bool:
    """Store again what a backup kept of this name; False, and nothing is done, where it is still there.

    Raises WrongProvince, FileExistsError.
    """
    _check(name)
    store = _store()
    if store.exists(name):
        return False
    if store.save(name, content) != name:
        raise FileExistsError(name)
    return True


def remove(name: str) -> None:
    """Forget what is stored under this name; nothing happens when it is not there. Raises WrongProvince."""
    _check(name)
    _store().delete(name)


def names() -> Iterator[tuple[str, datetime]]:
    """Everything stored for the present province: its name, and when it was stored."""
    store, home = _store(), str(current_province().uuid)
    for year in _folders(store, home):
        for month in _folders(store, f"{home}/{year}"):
            folder = f"{home}/{year}/{month}"
            for file in store.listdir(folder)[1]:
                name = f"{folder}/{file}"
                if _NAME.match(name):
                    yield name, store.get_modified_time(name)


def _folders(store: Storage, path: str) -> list[str]:
    try:
        return sorted(store.listdir(path)[0])
    except FileNotFoundError:
        return []


def _check(name: str) -> None:
    found = _NAME.match(name)
    if found is None or UUID(found[1]) != current_province().uuid:
        raise WrongProvince(name)


def _store() -> Storage:
    return storages[ALIAS]
