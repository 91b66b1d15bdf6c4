"""Attaching files to a dossier and taking wrong ones away: the only ways to change them.

The bytes are written before the rows that name them are committed: see `stored_files.batch`. What a killed
process left behind, `orphans` finds.
"""

from collections.abc import Iterable

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.translation import gettext as _

from dossiers.lifecycle import document_checklist, event_journal, permissions
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.errors import NotEntitled, NotPossible
from dossiers.lifecycle.files.stored_files import batch, keep
from dossiers.lifecycle.models import Attachment, Dossier, Event
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.files.inspection import FileRefused, Inspected, each_in_time, inspect
from tenants.files.models import StoredFile
from tenants.organisation.models import Agency


def attach(
    dossier_id: int, upload: UploadedFile, *, kind: str, actor: User, seen: int | None = None, paper: str = ""
) -> Attachment:
    return attach_all(dossier_id, [upload], kind=kind, actor=actor, seen=seen, paper=paper)[0]


def attach_all(
    dossier_id: int,
    uploads: Iterable[UploadedFile],
    *,
    kind: str,
    actor: User,
    seen: int | None = None,
    paper: str = "",
) -> list[Attachment]:
    """Attach files to a dossier, all or none, each with an event. `paper` says which paper they are.

    Raises FileRefused (a file cannot be taken, or there are too many), StaleDossier, NotEntitled for people
    who has no part in the dossier, and NotPossible for a closed dossier: there only a leader may add.
    """
    _check(kind, paper)
    inspected = [inspect(upload) for upload in each_in_time(uploads)]
    if not inspected:
        raise FileRefused(_("Xin chọn tệp."))
    with batch(), event_journal.act(dossier_id, seen=seen) as dossier:
        agency = _acting(dossier, actor)
        made = []
        for file in inspected:
            number = dossier.last_sequence + 1
            (attachment,) = attach_within(
                dossier, [file], actor=actor, sequence=number, kind=kind, paper=paper
            )
            event_journal.append(
                dossier, kind="attach", actor=actor, agency=agency, data={"attachment": attachment.pk}
            )
            made.append(attachment)
        audit.record(
            "file.attach", dossier.subject, actor=actor, attachments=[attachment.pk for attachment in made]
        )
    return made


def attach_within(
    dossier: Dossier,
    inspected: Iterable[Inspected],
    *,
    actor: User | None,
    sequence: int,
    kind: str = Attachment.Kind.PAPER,
    paper: str = "",
) -> list[Attachment]:
    """Store files as part of another act, under its event: inside its transaction, and that inside `batch`. A scan is
    hinted at after commit.

    Rights are those of the act. Raises FileRefused when the dossier has as many files as it may have.
    """
    made: list[Attachment] = []
    for file in inspected:
        # One that was withdrawn leaves its room to another, but its bytes stay: not without end.
        most, all_files = settings.FILE_MAX_PER_DOSSIER, dossier.attachments.all()
        if all_files.filter(removed_at=None).count() >= most or all_files.count() >= 3 * most:
            raise FileRefused(
                _("Một hồ sơ có nhiều nhất %(max)d tệp. Xin gộp các trang vào ít tệp hơn.")
                % {"max": settings.FILE_MAX_PER_DOSSIER}
            )
        owner = {"dossier": dossier, "kind": kind, "paper": paper.strip(), "uploaded_by": actor}
        made.append(keep(Attachment, file, **owner, sequence=sequence))
    return made


def take_over(
    dossier: Dossier, papers: Iterable[tuple[StoredFile, str]], *, actor: User | None, sequence: int
) -> None:
    """Let papers of the dossier take over the bytes of these files, each with the name of its paper, under an event of
    the caller's act. The caller removes the rows that named the bytes so far."""
    columns = [column.name for column in StoredFile._meta.concrete_fields]
    Attachment.objects.bulk_create(
        Attachment(
            **{column: getattr(file, column) for column in columns},
            dossier=dossier,
            kind=Attachment.Kind.PAPER,
            paper=name[: intake_rules.MAX_PAPER],
            uploaded_by=actor,
            sequence=sequence,
        )
        for file, name in papers
    )


def withdraw_file(attachment_id: int, reason: str, actor: User) -> Event:
    """Take a wrongly attached file away, with a reason: it is never shown again. The bytes stay until the
    dossier's own term of keeping ends.

    Raises NotEntitled, and NotPossible without a reason or when it was withdrawn already. A
    closed dossier's files, and results once the dossier is finished, only a leader of the competent agency
    takes away: the citizen may have them.
    """
    intake_rules.check_note(reason, when_empty=_("Xin ghi rõ lý do gỡ tệp."))
    dossier_id = Attachment.objects.filter(pk=attachment_id).values_list("dossier_id", flat=True).first()
    if dossier_id is None:
        raise NotPossible(_("Không có tệp này."))
    with event_journal.act(dossier_id) as dossier:
        attachment = dossier.attachments.get(pk=attachment_id)
        if attachment.removed_at is not None:
            raise NotPossible(_("Tệp này đã được gỡ."))
        handed_out = attachment.kind == Attachment.Kind.RESULT and dossier.finished_at is not None
        if handed_out and not permissions.is_leader(dossier, actor):
            raise NotEntitled(
                _("Hồ sơ đã có kết quả: chỉ lãnh đạo cơ quan giải quyết hồ sơ được gỡ tệp kết quả.")
            )
        agency = _acting(dossier, actor)
        _forget_paper(dossier, attachment)
        event = event_journal.append(
            dossier,
            kind="withdraw_file",
            actor=actor,
            agency=agency,
            note=reason,
            data={"attachment": attachment.pk},
        )
        attachment.removed_at = event.at
        attachment.save(update_fields=["removed_at"])
        audit.record("file.withdraw", dossier.subject, actor=actor, attachment=attachment.pk)
    return event


def _forget_paper(dossier: Dossier, attachment: Attachment) -> None:
    """Strike the paper of this file from what was handed in, where a citizen sent it and no other file shows it. The
    caller saves the dossier. What was handed in on paper stays."""
    others = dossier.attachments.filter(removed_at=None).exclude(pk=attachment.pk)
    name, *rest = document_checklist.names_in_list(
        dossier, [attachment.paper, *others.values_list("paper", flat=True)]
    )
    if name in dossier.documents and name not in rest:
        brought = Q(kind=event_journal.SUBMIT) | Q(note__data__documents__contains=[name])
        if dossier.events.filter(brought).exists():
            dossier.documents = [one for one in dossier.documents if one != name]


def may_attach(dossier: Dossier, actor: User) -> bool:
    """Whether this person may add files to the dossier now."""
    try:
        _acting(dossier, actor)
    except (NotEntitled, NotPossible):
        return False
    return True


def _acting(dossier: Dossier, actor: User) -> Agency:
    """In whose name files are added and taken away; raises NotEntitled, NotPossible."""
    agency = permissions.acting_agency(dossier, event_journal.WORKING, actor)
    if dossier.closed_at is not None:
        if not permissions.is_leader(dossier, actor):
            raise NotPossible(
                _("Hồ sơ đã kết thúc: chỉ lãnh đạo cơ quan giải quyết hồ sơ được thêm hoặc gỡ tệp.")
            )
        return dossier.competent_agency
    return agency


def _check(kind: str, paper: str) -> None:
    if kind not in Attachment.Kind.values:
        raise NotPossible(_("Không có loại tệp này."))
    if not intake_rules.are_fit_papers((paper,)):
        raise NotPossible(_("Tên giấy tờ quá dài hoặc có ký tự không hợp lệ."))
