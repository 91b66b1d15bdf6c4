"""The staff's pages of a draft: the form, its difference, the citizen's page with it, its spreadsheet, its acts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from procedures.catalogue.models import Procedure, ProcedureVersion
from procedures.catalogue.public.pages import page_context
from procedures.catalogue.wording import level_line, term_line
from procedures.editor import actions, comparison, workbook
from procedures.editor.comparison import Line, compare
from procedures.editor.fields import PARTS
from procedures.editor.forms import Editor
from procedures.editor.models import VersionDraft
from tenants import clock
from tenants.accounts.requests import acting_user, seen_number
from tenants.audit import log as audit
from tenants.folder import problems
from tenants.organisation.staff_site.sites import province_site

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ADD = "add-"
"""A submit of this name and a part asks for one more row."""
State = VersionDraft.State


ACTS: dict[str, tuple[Callable[..., object], Any]] = {
    "xin-duyet": (actions.ask, gettext_lazy("Đã xin duyệt. Người thứ hai mở trang này, xem rồi duyệt.")),
    "tra-lai": (actions.take_back, gettext_lazy("Đã đưa về bản nháp.")),
    "duyet": (actions.publish, gettext_lazy("Đã duyệt: người dân thấy ngay nội dung này.")),
    "cap-nhat": (actions.catch_up, gettext_lazy("Đã đưa phần mới của bản đang dùng vào bản nháp.")),
    "bo": (actions.discard, gettext_lazy("Đã bỏ bản nháp; nội dung đang dùng giữ nguyên.")),
}
"""What may be done with a draft: a function of `actions`, and what is said afterwards."""


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def editor(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """The form of the draft, or of what is in force where there is none; POST keeps it as the draft."""
    procedure, draft = _found(request, procedure_id)
    if request.method != "POST":
        return _page(request, procedure, draft, _editor(procedure, draft))
    typed = Editor.typed(request.POST)
    for part in PARTS:
        if f"{ADD}{part.name}" in request.POST:
            return _page(request, procedure, draft, typed.with_rows(part.name), added=part.name)
    refusal: actions.Refused | None = None
    if typed.is_valid:
        try:
            actions.save(
                procedure.pk,
                typed.content(procedure.code),
                actor=acting_user(request),
                seen=typed.form.cleaned_data["seen"] or 0,
                sealed=typed.form.cleaned_data["sealed"],
                effective_from=typed.form.cleaned_data["effective_from"],
            )
        except actions.Refused as caught:
            refusal = caught
            typed.show(refusal.faults)
        else:
            if request.POST.get("then") == "preview":
                return HttpResponseRedirect(_address(procedure, "preview"))
            messages.success(request, _("Đã ghi bản nháp. Người dân chưa thấy gì thay đổi."))
            return HttpResponseRedirect(_address(procedure))
    _procedure, draft = _found(request, procedure_id)
    if isinstance(refusal, actions.Stale):
        # The next press of the button is by who has seen the difference.
        typed = typed.with_rows("")
        about = _about(draft, draft.content if draft else actions.in_force(procedure))
        typed.form.initial.update(seen=about["seen"], sealed=about["sealed"])
    return _page(request, procedure, draft, typed, refusal=refusal)


@never_cache
@require_POST
def perform(request: HttpRequest, procedure_id: int, name: str) -> HttpResponse:
    """Ask, take back or return, approve, catch up or throw away; a refusal shows the page with the reason."""
    procedure, _draft = _found(request, procedure_id)
    if name not in ACTS:
        return HttpResponseRedirect(_address(procedure))
    act, done = ACTS[name]
    try:
        act(
            procedure.pk,
            actor=acting_user(request),
            seen=seen_number(request),
            reason=request.POST.get("reason", ""),
        )
    except actions.Refused as refusal:
        procedure, draft = _found(request, procedure_id)
        return _page(request, procedure, draft, _editor(procedure, draft), refusal=refusal)
    messages.success(request, str(done))
    return HttpResponseRedirect(_address(procedure))


@never_cache
@require_safe
def preview(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """The citizen's page as it would be with the draft, or as it is where there is none; `?lang=en` in English."""
    procedure, draft = _found(request, procedure_id)
    with translation.override("en" if request.GET.get("lang") == "en" else "vi"):
        try:
            shown = actions.with_draft(procedure, draft) if draft else (procedure, _version(procedure))
        except actions.Refused as refusal:
            return _page(request, procedure, draft, _editor(procedure, draft), refusal=refusal)
        context = {**page_context(*shown), "preview": True, "desk_url": _address(procedure)}
        return render(request, "citizen/procedure.html", context)


@never_cache
@require_safe
def difference(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """The draft beside what is in force, and beside what the national catalogue says."""
    procedure, draft = _found(request, procedure_id)
    now = actions.in_force(procedure)
    content = draft.content if draft else now
    national = comparison.national_content(procedure)
    context = {
        **_frame(request, _("Khác nhau: %(name)s") % {"name": procedure.short_name}),
        "procedure": procedure,
        "draft": draft,
        "lines": compare(now, content) if draft else [],
        "has_national": national is not None,
        "national_lines": [] if national is None else compare(national, content),
        "back": _address(procedure),
    }
    return render(request, "editor/procedure_difference.html", context)


@never_cache
@require_safe
def export(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """The draft, or what is in force, as a workbook with one sheet for each part. Recorded."""
    procedure, draft = _found(request, procedure_id)
    content = draft.content if draft else actions.in_force(procedure)
    audit.record("exchange.export", f"procedure:{procedure.code}", request=request, kind="xlsx")
    name = f"thu-tuc-{procedure.code}-{clock.today().isoformat()}.xlsx"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(workbook.write(content), content_type=XLSX, headers=headers)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: HttpRequest, procedure_id: int) -> HttpResponse:
    """Ask for a workbook; show what it would change, in the form where it is kept, or all that is wrong with it."""
    procedure, draft = _found(request, procedure_id)
    faults: list[str] = []
    if request.method == "POST":
        before = draft.content if draft else actions.in_force(procedure)
        try:
            typed = Editor.typed({**workbook.read(request.FILES.get("file")), **_about(draft, before)})
        except problems.Refused as refused:
            faults = [str(one) for one in refused.problems]
        else:
            return _page(request, procedure, draft, *_tried(procedure, typed, before))
    context = {
        **_frame(request, _("Nhập bảng tính: %(name)s") % {"name": procedure.short_name}),
        "procedure": procedure,
        "problems": faults,
        "back": _address(procedure),
    }
    return render(request, "editor/procedure_import.html", context, status=422 if faults else 200)


def _version(procedure: Procedure) -> ProcedureVersion:
    if procedure.current_version is None:
        raise Http404
    return procedure.current_version


def _tried(procedure: Procedure, typed: Editor, before: actions.Content) -> tuple[Editor, list[Line] | None]:
    """The form as a workbook filled it, and what keeping it would change; None for one with faults."""
    if typed.is_valid:
        try:
            content = actions.check(typed.content(procedure.code)).model_dump(mode="json")
        except actions.Refused as refused:
            typed.show(refused.faults)
        else:
            return typed.with_rows(""), compare(before, content)
    return typed, None


def _editor(procedure: Procedure, draft: VersionDraft | None) -> Editor:
    content = draft.content if draft else actions.in_force(procedure)
    return Editor.of(content, **_about(draft, content))


def _about(draft: VersionDraft | None, content: actions.Content) -> dict[str, Any]:
    day = draft.effective_from if draft else None
    return {
        "seen": draft.version if draft else 0,
        "sealed": "" if draft else actions.seal(content),
        "effective_from": f"{day:%d/%m/%Y}" if day else "",
    }


def _page(
    request: HttpRequest,
    procedure: Procedure,
    draft: VersionDraft | None,
    typed: Editor,
    brought: list[Line] | None = None,
    *,
    refusal: actions.Refused | None = None,
    added: str = "",
) -> HttpResponse:
    """The form as `typed`; `added`: the part that got one more row, `brought`: what a workbook would change."""
    said = comparison.from_folder(procedure)
    for name in set(said) & typed.form.fields.keys():
        field = typed.form.fields[name]
        field.help_text = f"{field.help_text} {_('Mục này thư mục của tỉnh cũng ghi.')}"
    stale = refusal.lines if isinstance(refusal, actions.Stale) else None
    errors = typed.errors if typed.form.is_bound else []
    if refusal and not errors:
        errors = [{"at": "", "text": text} for text in workbook.sentences(refusal.faults)]
    version, user = _version(procedure), acting_user(request)
    context = {
        **_frame(request, _("Soạn: %(name)s") % {"name": procedure.short_name}),
        "procedure": procedure,
        "term": term_line(version.term_value, version.term_unit, version.term_note),
        "level": level_line(procedure.levels),
        "version": version,
        "draft": draft,
        "is_asked": bool(draft and draft.state == State.ASKED),
        # What was typed stays on the page, also when the draft was asked for meanwhile.
        "shows_form": not (draft and draft.state == State.ASKED) or "short_name" in request.POST,
        "is_author": bool(draft and user.pk in draft.authors),
        "may_publish": actions.may_publish(user),
        "editor": typed,
        "parts": [(part, typed.row_sets[part.name]) for part in PARTS],
        "added": added,
        "is_brought": brought is not None,
        "brought": brought,
        "refusal": str(refusal) if refusal and not errors else "",
        "errors": errors,
        "stale_lines": stale,
        "moved_on": compare(draft.base, actions.in_force(procedure)) if draft else [],
        "lines": compare(draft.base, draft.content) if draft else [],
        "origins": comparison.sentences(said),
        "reason": request.POST.get("reason", ""),
    }
    status = 409 if stale is not None else 422 if refusal or errors else 200
    return render(request, "editor/procedure_draft.html", context, status=status)


def _frame(request: HttpRequest, title: str) -> dict[str, Any]:
    return {
        **province_site.each_context(request),
        "opts": Procedure._meta,
        "is_fullwidth": "1",
        "title": title,
    }


def _found(request: HttpRequest, procedure_id: int) -> tuple[Procedure, VersionDraft | None]:
    if not actions.may_write(request.user):
        raise PermissionDenied(_("Tài khoản này không được soạn nội dung thủ tục."))
    known = Procedure.objects.select_related("sector", "agency", "current_version").exclude(
        current_version=None
    )
    procedure = get_object_or_404(known, pk=procedure_id)
    people = VersionDraft.objects.select_related("written_by", "asked_by")
    return procedure, people.filter(procedure=procedure).first()


def _address(procedure: Procedure, page: str = "") -> str:
    return reverse(f"admin:procedure-draft{f'-{page}' if page else ''}", args=[procedure.pk])
