"""Having the files of dossiers scanned for viruses, and keeping the verdicts.

A file waits until it is found clean. Where no scanner is configured nothing is scanned, and its state says
so. A hint to a worker may be lost: `waiting` finds what still has to be done in the database.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from dossiers.lifecycle.models import Attachment
from tenants import clock
from tenants.audit import log as audit
from tenants.files import storage, virus_scanner
from tenants.files.models import StoredFile

log = logging.getLogger(__name__)
State = StoredFile.ScanState

HINT_IS_LOST_AFTER = timedelta(minutes=1)
TRY_AGAIN_AFTER = timedelta(minutes=5)
AT_A_SWEEP = 200

UNFINISHED = (State.PENDING, State.ERROR, State.NOT_SCANNED)


def is_safe(file: StoredFile) -> bool:
    """Whether the file may be given out: found clean, or never scanned where nothing scans."""
    if file.scan_state == State.NOT_SCANNED:
        return not virus_scanner.is_configured()
    return file.scan_state == State.CLEAN


def scan(file_id: int, table: type[StoredFile] = Attachment) -> str:
    """Have one file scanned and keep the verdict; the state it is in afterwards, "" when there is no such file.

    Scanning twice does no harm. What was found infected stays so. No transaction is open meanwhile.
    """
    row = table._default_manager.filter(pk=file_id).first()
    if row is None:
        return ""
    if not virus_scanner.is_configured() or row.scan_state not in UNFINISHED:
        return row.scan_state
    threat = ""
    try:
        with storage.fetch(row.stored_name) as file:
            threat = virus_scanner.ask(settings.CLAMD_URL, file.chunks(virus_scanner.CHUNK))
    except Exception as error:
        # After a failure of scanner or store the scan is tried again; until then the file is not given out.
        log.warning("%s %s not scanned: %s", table._meta.model_name, row.pk, type(error).__name__)
        state = State.ERROR
    else:
        state = State.INFECTED if threat else State.CLEAN
    changed = table._default_manager.filter(pk=row.pk, scan_state__in=UNFINISHED).update(
        scan_state=state, scanned_at=clock.now(), threat=threat[:100]
    )
    if changed and state == State.INFECTED:
        audit.record("file.infected", row.subject, attachment=row.pk, threat=threat[:100])
    return state


def waiting(table: type[StoredFile] = Attachment) -> list[int]:
    """Files of this table in this province that have to be scanned (again) now, oldest first, at most 200.

    Where no scanner is configured any more, what still waits is put down as not scanned.
    """
    now = clock.now()
    if not virus_scanner.is_configured():
        unfinished = table._default_manager.filter(scan_state__in=(State.PENDING, State.ERROR))
        unfinished.update(scan_state=State.NOT_SCANNED)
        return []
    lost = Q(scan_state=State.PENDING, uploaded_at__lt=now - HINT_IS_LOST_AFTER)
    failed = Q(scan_state=State.ERROR, scanned_at__lt=now - TRY_AGAIN_AFTER)
    found = table._default_manager.filter(lost | failed | Q(scan_state=State.NOT_SCANNED))
    return list(found.order_by("uploaded_at").values_list("pk", flat=True)[:AT_A_SWEEP])
