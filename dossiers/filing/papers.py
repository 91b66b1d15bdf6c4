"""Papers of a draft: inspected, stored, scanned and given out as the files of a dossier are."""

import hashlib
from contextlib import suppress

from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from dossiers.filing import answers, budgets
from dossiers.filing.models import FilingDraft, FilingFile
from dossiers.filing.rules.questions import MOST_FILES
from dossiers.lifecycle import citizen_requests
from dossiers.lifecycle.citizen_requests import CitizenRequest
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.files import access, stored_files
from dossiers.lifecycle.models import Dossier, Event
from tenants import clock
from tenants.files.inspection import FileRefused, Inspected, inspect
from tenants.organisation import catalogue

FILES_OF_FULL_SIZE = 5
"""How many files of the largest size a draft has room for; smaller ones may be more."""
_ASKED = "giay-"
_REMEMBERED = 15 * 60


def store(
    draft: FilingDraft, question: str, upload: UploadedFile, *, address: str | None = None
) -> FilingFile:
    """Store one paper for this question of an open draft. The same file sent again is stored once.

    `address`: of the network of a citizen who sends it, whose budgets pay; a clerk has none. Raises FileRefused with a
    sentence about the file, BudgetSpent, NotStored, DraftClosed, and NotPossible for a question that takes no papers.
    """
    most, present = _most_files(draft, question), list(draft.files.all())
    # A picture is stored anew, so its own bytes tell whether it came before.
    sent = f"filing:sent:{draft.pk}:{question}:{hashlib.sha256(upload.read()).hexdigest()}"
    with suppress(Exception):
        known = cache.get(sent)
        if again := next((file for file in present if file.pk == known), None):
            return again
    # Cheapest first: what has no room is not read.
    _require_room(draft, present, question, most, 1)
    inspected = inspect(upload) if address is None else _inspect(draft, upload, address)
    with stored_files.batch(), transaction.atomic(durable=True):
        _lock(draft)
        present = list(draft.files.all())
        for file in present:
            if (file.question, file.sha256) == (question, inspected.sha256):
                return file
        _require_room(draft, present, question, most, inspected.size)
        if address is not None:
            budgets.take(budgets.KEPT, draft, address, inspected.size)
        stored = stored_files.keep(FilingFile, inspected, draft=draft, question=question)
    with suppress(Exception):
        cache.set(sent, stored.pk, _REMEMBERED)
    return stored


def _inspect(draft: FilingDraft, upload: UploadedFile, address: str) -> Inspected:
    """Inspect a citizen's file; processor time is taken before, and given back as far as it was not used."""
    budgets.FILES.take(address=address)
    seconds = budgets.SECONDS_OF_A_FILE[draft.proven_at is not None]
    taken = budgets.take(budgets.INSPECTION, draft, address, seconds * budgets.SECOND)
    used = 0.0
    try:
        inspected = inspect(upload, seconds=seconds)
        used = inspected.cpu_seconds
    except FileRefused as refusal:
        used = refusal.cpu_seconds
        raise
    finally:
        taken.give_back(taken.amount - round(used * budgets.SECOND))
    return inspected


def delete(draft: FilingDraft, file_id: int) -> bool:
    """Take a paper out of an open draft, and its bytes out of the store; False where it is not there.

    Raises DraftClosed.
    """
    with transaction.atomic(durable=True):
        _lock(draft)
        file = draft.files.filter(pk=file_id).first()
        if file is None:
            return False
        stored_files.remove_after_commit([file.stored_name])
        file.delete()
    return True


def give_out(draft: FilingDraft, file_id: int) -> access.Served:
    """A paper for who may open the draft. Raises access.NoSuchFile, access.NotServed."""
    file = draft.files.filter(pk=file_id).first()
    if file is None:
        raise access.NoSuchFile
    return access.open_stored(file)


def asked_papers(draft: FilingDraft) -> dict[str, str]:
    """The papers that the request of a supplement names, in its order, by the question under which it stores them."""
    return {f"{_ASKED}{number}": line for number, line in enumerate(request_of(draft).lines, 1)}


def request_of(draft: FilingDraft) -> CitizenRequest:
    """The request that this supplement answers; a page reads it once for all parts that answer it."""
    dossier, since = draft.supplement_of, draft.supplement_sequence
    assert dossier is not None
    assert since is not None
    return catalogue.once(
        ("request", dossier.pk, since),
        lambda: citizen_requests.standing_since(dossier, since, events_of(dossier)),
    )


def events_of(dossier: Dossier) -> list[Event]:
    """The events of a dossier, which a page, or an act that has locked it, reads once."""
    return catalogue.once(("events", dossier.pk), lambda: citizen_requests.events_of(dossier))


def labels(draft: FilingDraft) -> dict[str, str]:
    """The name of the paper behind each question of a draft that takes papers."""
    form = answers.form_of(draft)
    found = asked_papers(draft) if draft.supplement_of_id else {}
    for name, question in form.questions.items() if form else ():
        if question.paper is not None:
            found[name] = question.paper
    return found


def _most_files(draft: FilingDraft, question: str) -> int:
    form = answers.form_of(draft)
    known = form.questions.get(question) if form else None
    if known is not None and known.type == "paper":
        return known.max_files
    if draft.supplement_of_id and question in asked_papers(draft):
        return MOST_FILES
    raise NotPossible(_("Câu hỏi này không nhận giấy tờ."))


def _lock(draft: FilingDraft) -> None:
    """Lock an open draft until the transaction ends; raises DraftClosed."""
    now = clock.now()
    still = FilingDraft.objects.filter(pk=draft.pk, filed_at=None, expires_at__gt=now)
    if not still.update(changed_at=now):
        raise answers.DraftClosed


def _require_room(draft: FilingDraft, present: list[FilingFile], question: str, most: int, size: int) -> None:
    """Raise FileRefused where the question or the draft has as many, or as large, files as it may have."""
    if sum(file.question == question for file in present) >= most:
        raise FileRefused(
            _("Giấy tờ này có nhiều nhất %(max)d tệp. Xin xóa bớt rồi gửi lại.") % {"max": most}
        )
    if len(present) >= settings.FILE_MAX_PER_DOSSIER:
        raise FileRefused(
            _("Một hồ sơ có nhiều nhất %(max)d tệp. Xin gộp các trang vào ít tệp hơn.")
            % {"max": settings.FILE_MAX_PER_DOSSIER}
        )
    # Of a number that no code proved, room for one: a stranger may fill the store under invented numbers.
    largest = settings.FILE_MAX_BYTES * (FILES_OF_FULL_SIZE if draft.proven_at else 1)
    if sum(file.size for file in present) + size > largest:
        raise FileRefused(
            _("Các tệp của một bản nháp nặng nhiều nhất %(max)d MB. Xin chụp lại nhỏ hơn hoặc xóa bớt.")
            % {"max": largest // settings.MEGABYTE}
        )
