"""Attachments: inspection, virus scan, storage, download.

A file is read by `inspect`, kept by `storage`, scanned by `virus_scan`, given out by `access`. What changes a
dossier goes through its journal, as every act does.
"""

from dossiers.lifecycle.files.access import (
    NoSuchFile,
    NotServed,
    for_citizen,
    for_staff,
    has_result,
    results,
    visible_files,
)
from dossiers.lifecycle.files.attachments import attach, attach_all, attach_within, may_attach, withdraw_file
from dossiers.lifecycle.files.stored_files import batch
