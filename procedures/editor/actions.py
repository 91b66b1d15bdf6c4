"""Writing, asking, returning, publishing: the only ways to change a draft. Each leaves an entry in the audit log.

A procedure has at most one draft. Who wrote or asked never approves.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from procedures.catalogue.contents import update
from procedures.catalogue.contents.guidance import NAMES, PLACE, Guidance, written
from procedures.catalogue.contents.update import CatalogueDiff
from procedures.catalogue.formats.base import CatalogueError, ProcedureRecord
from procedures.catalogue.models import Fee, Procedure, ProcedureVersion, RequiredDocument
from procedures.catalogue.versions import (
    EDITED_TEXT,
    Change,
    Current,
    changed_fields,
    current_of,
    make_rows,
    merge,
)
from procedures.editor.comparison import Line, changed_keys, compare
from procedures.editor.models import VersionDraft
from tenants import clock
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.text import tidy
from tenants.validation import Fault, read

State = VersionDraft.State
Content = dict[str, Any]
REASON_MIN, REASON_MAX = 5, 500
NO_KEY = -1
"""Of a version that no table holds."""


class Refused(Exception):
    """Nothing was changed; ``str()`` is a Vietnamese sentence. `faults`: what is wrong with which field."""

    def __init__(self, sentence: str, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(sentence)
        self.faults = faults


class Stale(Refused):
    """Someone else changed the same meanwhile; `lines` say what: field, as it was, as it is now."""

    def __init__(self, sentence: str, lines: list[Line]) -> None:
        super().__init__(sentence)
        self.lines = lines


def may_write(user: Any) -> bool:
    return bool(user.is_active and user.has_perm("editor.change_versiondraft"))


def may_publish(user: Any) -> bool:
    return bool(may_write(user) and user.has_perm("editor.publish_versiondraft"))


def in_force(procedure: Procedure) -> Content:
    """Return what the province says of a procedure now, as the content of a draft; two statements where its version is loaded."""
    return _content(procedure, current_of(procedure))


def seal(content: Mapping[str, Any]) -> str:
    """What two equal contents have in common."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def check(content: Mapping[str, Any]) -> Guidance:
    """Return the content as guidance. Raises Refused with every fault of it."""
    found, faults = read(Guidance, dict(content))
    if found is None:
        raise Refused(_("Chưa ghi được. Xin sửa các chỗ sau:"), tuple(faults))
    return found


def save(
    procedure_id: int,
    content: Content,
    *,
    actor: User,
    seen: int,
    sealed: str,
    effective_from: date | None = None,
) -> VersionDraft:
    """Keep the content as the procedure's draft.

    `seen`: number of the draft that this person began from, 0 for none; `sealed`: then the seal of what was in
    force. Raises Refused for a faulty content and while approval is asked, Stale when someone else was faster.
    """
    _entitled(actor)
    content = _as_stored(check(content))
    with transaction.atomic():
        procedure, draft = _locked(procedure_id)
        if content["code"] != procedure.code:
            raise Refused(_("Đây là nội dung của thủ tục khác."))
        if draft is None:
            draft = _begun(procedure, content, seen, sealed)
        elif draft.version != seen:
            raise Stale(_someone_else(draft), compare(content, draft.content))
        elif draft.state != State.DRAFT:
            raise Refused(_("Bản nháp đang chờ duyệt. Xin lấy về rồi sửa."))
        before = draft.content
        if before == content and draft.effective_from == effective_from:
            if not draft.pk:
                raise Refused(_("Chưa sửa gì so với bản đang dùng, nên chưa có gì để ghi."))
            return draft
        draft.content, draft.effective_from, draft.returned_because = content, effective_from, ""
        changed = changed_keys(before, content)
        _save(draft, "write", actor, changed=changed)
    return draft


def ask(procedure_id: int, *, actor: User, seen: int, reason: str = "") -> VersionDraft:
    """Ask a second person to approve. Raises Refused, Stale."""
    with _waiting(procedure_id, actor, seen, State.DRAFT, _("Bản nháp này đã xin duyệt rồi.")) as draft:
        check(draft.content)
        _refuse_other_base(draft)
        _refuse_earlier(draft)
        if draft.content == draft.base:
            raise Refused(_("Bản nháp chưa khác gì bản đang dùng."))
        draft.state, draft.asked_at, draft.asked_by = State.ASKED, clock.now(), actor
        draft.returned_because = ""
        _save(draft, "ask", actor)
    return draft


def take_back(procedure_id: int, *, actor: User, seen: int, reason: str = "") -> VersionDraft:
    """Make what was asked for a draft again: by one of its authors, or declined by the second person with a reason.

    Raises Refused, Stale.
    """
    with _waiting(procedure_id, actor, seen, State.ASKED, _("Bản nháp này không chờ duyệt.")) as draft:
        if actor.pk not in draft.authors:
            if not may_publish(actor):
                raise Refused(_("Tài khoản này không được duyệt nội dung thủ tục."))
            draft.returned_because = _reason(reason)
        draft.state = State.DRAFT
        _save(draft, "take_back", actor, reason=draft.returned_because)
    return draft


def discard(procedure_id: int, *, actor: User, seen: int, reason: str = "") -> None:
    """Throw a draft away; what is in force stays. Raises Refused, Stale."""
    with _waiting(procedure_id, actor, seen, State.DRAFT, _("Xin lấy bản nháp về rồi mới bỏ.")) as draft:
        changed = changed_keys(draft.base, draft.content)
        audit.record("procedure.discard", _subject(draft.procedure), actor=actor, changed=changed)
        draft.delete()


def catch_up(procedure_id: int, *, actor: User, seen: int, reason: str = "") -> VersionDraft:
    """Take into the draft what changed in force since it was begun; where both changed, the draft stays.

    Raises Refused, Stale.
    """
    with _waiting(procedure_id, actor, seen, State.DRAFT, _("Xin lấy bản nháp về rồi cập nhật.")) as draft:
        now = in_force(draft.procedure)
        draft.content = merged(draft.base, draft.content, now)
        draft.base = now
        _save(draft, "write", actor, changed=changed_keys(now, draft.content))
    return draft


def merged(base: Content, mine: Content, now: Content) -> Content:
    """Return `mine` with what `now` says differently from `base`, where `mine` left it as it was."""
    found = _merged(base, mine, now)
    if not base["documents"] == mine["documents"] == now["documents"]:
        # Papers of one side and their English names of the other do not fit together.
        side = now if mine["documents"] == base["documents"] else mine
        found["english"]["documents"] = side["english"]["documents"]
    return found


def _merged(base: Content, mine: Content, now: Content) -> Content:
    found: Content = {}
    for key, value in now.items():
        was, own = base.get(key), mine.get(key)
        if isinstance(value, dict) and isinstance(was, dict) and isinstance(own, dict):
            found[key] = _merged(was, own, value)
        else:
            found[key] = value if own == was else own
    return found


def publish(procedure_id: int, *, actor: User, seen: int, reason: str = "") -> ProcedureVersion:
    """Publish the draft as a new version, from today or from the day that it says, and return the version.

    Refused to its authors, before its day, for a day before that of the version in force, and (Stale) when what is in
    force changed since it was begun. Dossiers keep the version that they were received under. Raises Refused, Stale.
    """
    if not may_publish(actor):
        raise Refused(_("Tài khoản này không được duyệt nội dung thủ tục."))
    # What is written is stored, so it is Vietnamese in every language of the caller.
    with translation.override(settings.LANGUAGE_CODE), transaction.atomic():
        update.lock_catalogue()
        with _waiting(procedure_id, actor, seen, State.ASKED, _("Bản nháp này không chờ duyệt.")) as draft:
            return _publish(draft, actor)


def _publish(draft: VersionDraft, actor: User) -> ProcedureVersion:
    if actor.pk in draft.authors:
        raise Refused(_("Người soạn hoặc xin duyệt không tự duyệt được. Xin nhờ người thứ hai."))
    today = clock.today()
    if draft.effective_from and draft.effective_from > today:
        text = _("Bản này áp dụng từ %(day)s; từ ngày ấy mới duyệt được.")
        raise Refused(text % {"day": f"{draft.effective_from:%d/%m/%Y}"})
    _refuse_other_base(draft)
    _refuse_earlier(draft)
    guidance, current = check(draft.content), current_of(draft.procedure)
    try:
        update.apply(
            CatalogueDiff((), (change_of(guidance, current),), (), ()),
            local=lambda procedure, performer: name(procedure, guidance, draft.base),
            effective_from=draft.effective_from or today,
        )
    except CatalogueError as error:
        raise Refused(str(error)) from error
    version = ProcedureVersion.objects.filter(procedure=draft.procedure).latest("number")
    audit.record(
        "procedure.publish",
        _subject(draft.procedure),
        actor=actor,
        version=version.number,
        authors=draft.authors,
        changed=changed_keys(draft.base, draft.content),
    )
    draft.delete()
    return version


def name(procedure: Procedure, guidance: Guidance, base: Content) -> None:
    """Give the procedure the names and texts of the guidance, unsaved; its short place where `base` had another one."""
    for column, text in guidance.names.items():
        setattr(procedure, column, text or (procedure.short_name if column == "short_name" else ""))
    if guidance.filed_at != base.get("filed_at"):
        setattr(procedure, PLACE, guidance.filed_at)


def change_of(guidance: Guidance, current: Current) -> Change:
    """Return what publishing this guidance changes: a version that says that the province wrote it."""
    record = ProcedureRecord(
        row=0,
        code=guidance.code,
        name=current.facts.official_name,
        source=current.version.source or EDITED_TEXT,
        source_note=_("Phần hướng dẫn do tỉnh biên soạn từ thủ tục đã công bố"),
        text_source=EDITED_TEXT,
        text_decision=guidance.source.decision,
        text_month=guidance.source.date,
        fee_source=current.facts.fee_source,
        **guidance.facts,
    )
    facts = merge(record, current.facts, authoritative=True)
    return Change(record, facts, current, changed_fields(current.facts, facts))


def with_draft(procedure: Procedure, draft: VersionDraft) -> tuple[Procedure, ProcedureVersion]:
    """Return the procedure and its version as they would be after publishing. Raises Refused for a faulty draft.

    Neither may be saved.
    """
    guidance = check(draft.content)
    change = change_of(guidance, current_of(procedure))
    name(procedure, guidance, draft.base)
    version, documents, fees = make_rows(
        NO_KEY,
        procedure.pk,
        change,
        moment=clock.now(),
        effective_from=draft.effective_from,
    )
    kept = {"documents": _found(RequiredDocument, documents), "fees": _found(Fee, fees)}
    version._prefetched_objects_cache = kept  # type: ignore[attr-defined]
    return procedure, version


def _found(model: Any, rows: list[Any]) -> Any:
    query = model.objects.none()
    query._result_cache = rows
    return query


def _begun(procedure: Procedure, content: Content, seen: int, sealed: str) -> VersionDraft:
    now = in_force(procedure)
    if seen:
        text = _("Bản nháp này vừa được duyệt hoặc bỏ. Ghi lần nữa thì thành bản nháp mới.")
        raise Stale(text, compare(content, now))
    if sealed != seal(now):
        text = _("Nội dung đang dùng vừa thay đổi trong lúc ông/bà soạn. Xem chỗ khác rồi ghi lần nữa.")
        raise Stale(text, compare(content, now))
    return VersionDraft(procedure=procedure, base=now, content=now)


def _someone_else(draft: VersionDraft) -> str:
    text = _("%(person)s vừa ghi bản nháp này lúc %(at)s. Ghi lần nữa thì bản của ông/bà thay bản ấy.")
    at = draft.written_at.astimezone(clock.VIETNAM)
    return text % {"person": draft.written_by.get_full_name(), "at": f"{at:%H:%M %d/%m/%Y}"}


def _refuse_other_base(draft: VersionDraft) -> None:
    now = in_force(draft.procedure)
    if now != draft.base:
        text = _(
            "Nội dung đang dùng đã thay đổi sau khi bản nháp này bắt đầu. Xin cập nhật bản nháp rồi xin duyệt."
        )
        raise Stale(text, compare(draft.base, now))


def _refuse_earlier(draft: VersionDraft) -> None:
    version = draft.procedure.current_version
    since = version.effective_from if version else None
    if since and draft.effective_from and draft.effective_from < since:
        text = _("Bản đang dùng áp dụng từ %(day)s; bản mới không áp dụng sớm hơn ngày ấy được.")
        raise Refused(text % {"day": f"{since:%d/%m/%Y}"})


def _content(procedure: Procedure, current: Current) -> Content:
    names = {column: getattr(procedure, column) for column in (*NAMES, PLACE)}
    facts = replace(current.facts, official_name=procedure.name)
    content = written(procedure.code, facts, names, current.version)
    # What was imported may be no sound guidance; then it is edited as it stands.
    found, _faults = read(Guidance, content)
    return content if found is None else _as_stored(found)


def _as_stored(guidance: Guidance) -> Content:
    return guidance.model_dump(mode="json", exclude={"skipped": True, "documents": {"__all__": {"rows"}}})


@contextmanager
def _waiting(procedure_id: int, actor: User, seen: int, state: str, otherwise: str) -> Iterator[VersionDraft]:
    _entitled(actor)
    with transaction.atomic():
        _procedure, draft = _locked(procedure_id)
        if draft is None:
            raise Refused(_("Thủ tục này không có bản nháp."))
        if draft.version != seen:
            raise Stale(_("Có người vừa đổi bản nháp này. Xin xem lại rồi làm tiếp."), [])
        if draft.state != state:
            raise Refused(otherwise)
        yield draft


def _locked(procedure_id: int) -> tuple[Procedure, VersionDraft | None]:
    """The procedure and its draft, in this order for every act; receiving a dossier does not wait for it."""
    procedure = Procedure.objects.select_for_update(no_key=True).filter(pk=procedure_id).first()
    if procedure is None or procedure.current_version_id is None:
        raise Refused(_("Không có thủ tục này."))
    drafts = VersionDraft.objects.select_for_update(of=("self",)).select_related("written_by")
    if draft := drafts.filter(procedure=procedure).first():
        draft.procedure = procedure
    return procedure, draft


def _entitled(actor: User) -> None:
    if not may_write(actor):
        raise Refused(_("Tài khoản này không được soạn nội dung thủ tục."))


def _reason(typed: str) -> str:
    reason = tidy(typed)
    if not REASON_MIN <= len(reason) <= REASON_MAX or not reason.isprintable():
        text = _("Xin ghi rõ lý do, từ %(least)d đến %(most)d ký tự.")
        raise Refused(text % {"least": REASON_MIN, "most": REASON_MAX})
    return reason


def _subject(procedure: Procedure) -> str:
    return f"procedure:{procedure.code}"


def _save(draft: VersionDraft, act: str, actor: User, **detail: Any) -> None:
    if act != "take_back":
        draft.authors = sorted({*draft.authors, actor.pk})
    if act == "write":
        draft.written_at, draft.written_by = clock.now(), actor
    draft.version += 1
    draft.save()
    audit.record(f"procedure.{act}", _subject(draft.procedure), actor=actor, **detail)
