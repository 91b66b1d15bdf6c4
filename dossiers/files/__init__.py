"""Attachments: inspection, virus scan, storage, download.

A file is read by `inspect`, kept by `storage`, scanned by `virus_scan`, given out by `access`. What changes a
dossier goes through its journal, as every act does.
"""

from dossiers.files.access import (
    NoSuchFile,
    NotServed,
    for_citizen,
    for_staff,
    has_result,
    results,
    visible_files,
)
from dossiers.files.attachments import (
    attach,
    attach_all,
    attach_within,
    may_attach,
    withdraw_file,
)
from dossiers.files.inspection import FileRefused, inspect
from dossiers.files.storage import Unreadable
from dossiers.files.stored_files import batch
from tenants.uploads.inspection import Inspected
