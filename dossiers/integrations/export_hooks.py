"""What leaves and comes with a province beside its rows: stored files, under the names that the rows give them."""

import os
import shutil
from pathlib import Path

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from dossiers.files import orphans, storage
from tenants.folder.problems import refuse
from tenants.portability import full_export, full_import


def register() -> None:
    """Have every export copy the files, and every import store them."""
    full_export.copy_files_with(copy_files)
    full_import.load_files_with(load_files)


def copy_files(folder: Path) -> int:
    """Copy all stored files of the current province below this folder; how many.

    Raises Unreadable, and Refused where rows name files that the store does not have: a store that is not
    mounted looks like one that is empty.
    """
    if missing := orphans.missing():
        text = _("%(count)d tệp có trong hồ sơ mà không thấy trong kho tệp; kiểm tra kho rồi chạy lại.")
        raise refuse("files", 0, text % {"count": len(missing)})
    count = 0
    for name, _stored_at in storage.names():
        target = folder / name
        target.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
        with (
            storage.fetch(name) as source,
            os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy,
        ):
            shutil.copyfileobj(source, copy)
        count += 1
    return count


def load_files(folder: Path) -> int:
    """Store all files below this folder for the current province, under the same names; how many.

    Raises WrongProvince for a name that is none of this province's.
    """
    found = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []
    for path in found:
        storage.put_back(str(path.relative_to(folder)), ContentFile(path.read_bytes()))
    return len(found)
