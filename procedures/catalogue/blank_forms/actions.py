"""Wording forms and giving out their sheets: the only ways to change them. What staff do leaves an audit entry."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext as _

from procedures.catalogue.blank_forms.names import NAME, form_key
from procedures.catalogue.models import BlankForm, FormFile
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.files import inspection, virus_scanner
from tenants.files.inspection import FileRefused, Inspected

MOST_MEGABYTES = 5
"""Of one sheet; it lies in the database."""


def subject_of(form: BlankForm) -> str:
    """The form as the audit log names it."""
    return f"form:{form.pk}"


def inspect_sheet(upload: File) -> Inspected:
    """The sheet, found fit to be given out: PDF, Word, Excel or ODT, without programs and viruses.

    Raises FileRefused with a sentence for the person who sent it, also while the virus scanner does not answer.
    """
    sheet = inspection.inspect(upload, inspection.SHEETS)
    name = {"name": sheet.name}
    if sheet.size > MOST_MEGABYTES * settings.MEGABYTE:
        text = _("Tệp “%(name)s” nặng hơn %(most)d MB. Xin lưu gọn lại, hoặc quét đen trắng.")
        raise FileRefused(text % {**name, "most": MOST_MEGABYTES})
    if virus_scanner.is_configured():
        try:
            threat = virus_scanner.ask(settings.CLAMD_URL, [sheet.content])
        except virus_scanner.ScannerError as error:
            text = _("Máy quét vi-rút chưa trả lời nên chưa nhận tệp “%(name)s”. Xin thử lại sau ít phút.")
            raise FileRefused(text % name) from error
        if threat:
            raise FileRefused(_("Tệp “%(name)s” có vi-rút nên không nhận.") % name)
    return sheet


def put_facts(form: BlankForm, facts: Mapping[str, Any], *, actor: User | None = None) -> bool:
    """Give a new or known form these facts; whether anything changed. Part of the caller's transaction.

    What an actor changes is theirs from then on. The key follows the name; the caller has seen that it is free.
    """
    changed = sorted(name for name, value in facts.items() if getattr(form, name) != value)
    if not changed and form.pk:
        return False
    for name in changed:
        setattr(form, name, facts[name])
    form.key = form_key(*(getattr(form, name) for name in NAME))
    form.edited = form.edited or actor is not None
    form.save()
    if actor is not None:
        audit.record("form.change", subject_of(form), actor=actor, changed=changed)
    return True


def put_sheet(form: BlankForm, sheet: Inspected, *, actor: User | None = None) -> bool:
    """Give out this sheet from now on; False where it is the one given out. Part of the caller's transaction.

    The one before stays with the form, for staff. `actor`: None for the province's folder.
    """
    if form.files.filter(replaced_at=None, sha256=sheet.sha256).exists():
        return False
    now = clock.now()
    form.files.filter(replaced_at=None).update(replaced_at=now)
    FormFile.objects.create(
        form=form,
        content=sheet.content,
        content_type=sheet.content_type,
        size=sheet.size,
        sha256=sheet.sha256,
        uploaded_at=now,
        uploaded_by=actor,
    )
    if actor is not None:
        audit.record("form.sheet", subject_of(form), actor=actor, sha256=sheet.sha256)
    return True


def withdraw_sheet(form: BlankForm, *, actor: User | None = None) -> bool:
    """Give out no sheet of this form any more; False where none was. Part of the caller's transaction."""
    ended = form.files.filter(replaced_at=None).update(replaced_at=clock.now())
    if ended and actor is not None:
        audit.record("form.withdraw", subject_of(form), actor=actor)
    return bool(ended)
