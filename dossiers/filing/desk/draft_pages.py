"""Drafts at the desk: filled in for a person at the counter, or prepared at home, scanned, checked and received.

An address carries the signed name of a draft without a session, so that it opens for a clerk alone.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from django import forms as django_forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dossiers.deadlines import wording
from dossiers.filing import answers, budgets, drafts, forms, papers
from dossiers.filing.answers import Filled
from dossiers.filing.desk import review
from dossiers.filing.desk.question_pages import FILE_PREFIX, SHOWN, STANDING, DeskForm
from dossiers.filing.models import FilingDraft, FilingFile, FilingFormVersion
from dossiers.filing.public.doors import PENDING
from dossiers.filing.public.form import QuestionForm, say
from dossiers.filing.public.places import OTHER, SELF, TITLES, questions_of, with_delivery
from dossiers.filing.rules import journey
from dossiers.filing.rules.form import BUILT_IN_PAGES, DESK, FILER, RESULT, FilingForm
from dossiers.filing.rules.simple_types import Raw
from dossiers.filing.submission import submit
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.desk import form_fields
from dossiers.lifecycle.desk.form_fields import DELIVERIES, desk_choices
from dossiers.lifecycle.desk.frame import conflict, dossier_url, forbid_caching, may_receive, shell
from dossiers.lifecycle.errors import IntakeRefused, NotPossible
from dossiers.lifecycle.files import access
from procedures.catalogue.models import Procedure
from tenants import clock, phone_numbers
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user, seen_number
from tenants.audit import log
from tenants.files.inspection import FileRefused
from tenants.organisation import catalogue, communes
from tenants.organisation.staff_site.form_fields import select_field, set_choices, show_problems
from tenants.refusals import Refused
from tenants.web.budgets import BudgetSpent

Kind = FilingDraft.Kind
NEW_NAME = "ban-nhap"
SEEN_NAME = "da-xem"
"""In this box a page carries the digest of the answers and papers that it shows."""
ASKED_NAME = "da-hoi"
"""In this box it carries the office about which the clerk was asked."""
PAPER_NAME = "ban-giay"
"""The box by which a clerk says that a paper was handed in without a file."""


class PlaceForm(django_forms.Form):
    """Where a draft is received, who settles it, and how the result comes."""

    asked = ""
    receiving_agency = select_field(gettext_lazy("Nơi tiếp nhận"))
    competent_agency = select_field(
        gettext_lazy("Cơ quan có thẩm quyền"),
        required=False,
        help_text=gettext_lazy("Thủ tục của cấp khác nơi tiếp nhận thì phải chọn; còn lại có thể bỏ trống."),
    )
    delivery = select_field(gettext_lazy("Nhận kết quả"), DELIVERIES)
    consents = django_forms.MultipleChoiceField(
        label=gettext_lazy("Người nộp đồng ý nhận tin báo tình trạng hồ sơ này qua"),
        required=False,
        widget=django_forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Hỏi rồi mới đánh dấu. Tự nguyện, không đồng ý vẫn được giải quyết như thường."
        ),
    )

    def __init__(self, data: Any, *, user: User, draft: FilingDraft, filled: Filled) -> None:
        desks, everywhere = desk_choices(user)
        form = answers.form_of(draft)
        found = forms.authority_chosen(form, filled.answers) if form else None
        self.by_form = found if found and draft.procedure.agency_id is None else None
        place, result = filled.answers.get(DESK, {}), filled.answers.get(RESULT, {})
        chosen, settles = place.get("receiving_agency", ""), place.get("competent_agency", "")
        settles = settles or (self.by_form.code if self.by_form else "")
        mine = [code for code, _name in desks]
        if chosen not in mine:
            # Another desk takes it in: the chosen one's commune settles it.
            desk = catalogue.agency_by_code(chosen)
            over = communes.authority_over(desk) if desk else None
            chosen, settles = next(iter(mine), ""), settles or (over.code if over else chosen)
        delivery = result.get("delivery", "")
        super().__init__(
            data,
            initial={"receiving_agency": chosen, "competent_agency": settles, "delivery": delivery},
        )
        set_choices(self, "receiving_agency", desks)
        set_choices(self, "competent_agency", everywhere)
        known = [value for value, _label in DELIVERIES]
        own = [(delivery, delivery)] if delivery and delivery not in known else []
        set_choices(self, "delivery", [*own, *DELIVERIES])
        if (draft.proven_at is not None and "notices" in result) or not draft.phone:
            # Asked and answered on the page of the filing; without a number nothing is sent.
            del self.fields["consents"]
        else:
            set_choices(self, "consents", form_fields.channel_choices())

    def clean(self) -> dict[str, Any]:
        """Ask once where another office settles it than that of the desk's commune, or than the citizen chose."""
        typed = super().clean() or {}
        desk, by_form = catalogue.agency_by_code(typed.get("receiving_agency", "")), self.by_form
        settles = typed.get("competent_agency") or (by_form.code if by_form else "")
        own = communes.authority_over(desk) if desk else None
        differs = by_form and (settles != by_form.code or (own and own.code != by_form.code))
        if by_form and differs and self.data.get(ASKED_NAME) != settles:
            self.asked = settles
            agency = catalogue.agency_by_code(settles) or by_form
            again = _("Đúng thì bấm Tiếp nhận lần nữa; không thì sửa Cơ quan có thẩm quyền.")
            raise django_forms.ValidationError(f"{forms.chosen_sentence(by_form, agency)} {again}")
        return typed


def fill_new(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a procedure for a person at the counter. The first post begins a draft, so that nothing is lost."""
    _only_clerks(request)
    with catalogue.read_once():
        procedure = Procedure.objects.filter(code=code[:60], handled=True).first()
        version = forms.in_force(code[:60]) if procedure else None
        if procedure is None or version is None:
            raise Http404(_("Thủ tục này không có biểu mẫu nộp."))
        page = DeskForm(version.form, {}, _raw(request), asks_phone=True)
        name = _random_name(request.POST.get(NEW_NAME, ""))
        if request.method == "POST":
            sound = page.sound_answers
            phone = sound.get(FILER, {}).pop("phone", "")
            try:
                opened = drafts.begin(
                    procedure,
                    Kind.COUNTER,
                    phone,
                    drafts.Browser.of(request),
                    given=sound,
                    actor=acting_user(request),
                    name=name,
                )
            except phone_numbers.BadPhone as refusal:
                page.fault_of_phone(str(refusal))
            except Refused as refusal:
                messages.error(request, str(refusal))
            else:
                if opened.is_begun:
                    # Pressed again, perhaps with other answers than those that are stored.
                    return fill(request, desk_name(opened.draft))
                return _stored(request, opened.draft, version.form, page)
        return _fill_page(request, procedure, version.form, page, Filled(), new_name=name)


def fill(request: HttpRequest, draft: str) -> HttpResponse:
    """The same of a draft that was begun: change what is there, add papers."""
    with catalogue.read_once():
        try:
            found = _draft(request, draft)
        except Http404 as gone:
            return _too_late(request, None, gone)
        if found.filed_at is not None:
            return _too_late(request, found, answers.DraftClosed())
        form = _form_of(found)
        filled = answers.read(found)
        given = {**filled.answers, FILER: _filer(form, filled)}
        page = DeskForm(form, given, _raw(request), asks_phone=not found.phone, begun=True)
        # Kept aside by the citizen since this page was drawn: the clerk has not seen it.
        is_unseen = request.POST.get(PENDING) != answers.typed_digest(filled.pending)
        if request.method == "POST":
            try:
                for code, values in page.sound_answers.items():
                    # The files of papers are counted by themselves.
                    typed = filled.answers.get(code, {}).items()
                    stored = {name: value for name, value in typed if name not in papers_of(form)}
                    if code == FILER:
                        values = _typed_filer(stored, given[FILER], values)
                    if forms.with_codes(form, code, values) != stored:
                        answers.save(found, code, values, over=filled, keeps_pending=is_unseen)
            except answers.DraftClosed:
                # Filed, or over, since this page was opened.
                return fill(request, draft)
            except (NotPossible, answers.Changed) as refusal:
                messages.error(request, str(refusal))
            else:
                log.record("filing.write", found.subject, request=request)
                return _stored(request, found, form, page)
        else:
            log.record("filing.read", found.subject, request=request)
        return _fill_page(request, found.procedure, form, page, filled, draft=found)


def receive(request: HttpRequest, draft: str) -> HttpResponse:
    """Answers beside papers on one page, and one press that receives the draft and prints its receipt."""
    with catalogue.read_once():
        found = _draft(request, draft)
        if found.filed_at is not None:
            return _to_dossier(request, found)
        form, user = _form_of(found), acting_user(request)
        filled = answers.read(found)
        place = PlaceForm(request.POST or None, user=user, draft=found, filled=filled)
        if request.method == "POST" and place.is_valid():
            try:
                received = _receive(found, form, filled, place.cleaned_data, request)
            except IntakeRefused as refusal:
                show_problems(place, _without_pages(refusal.problems, form))
            except answers.Changed as refusal:
                filled = answers.read(found)
                place.add_error(None, str(refusal))
            except Refused as refusal:
                place.add_error(None, str(refusal))
            else:
                _agree(request, received, place.cleaned_data.get("consents", ()))
                slip = reverse("admin:dossier-slip", args=[received.dossier.pk])
                return HttpResponseRedirect(f"{slip}?in=1")
        if request.method == "GET":
            log.record("filing.read", found.subject, request=request)
        missing = journey.missing(form, filled.answers, clock.today().isoformat())
        typed = [one for one in missing if one.name not in papers_of(form)]

        def url_of(file: FilingFile) -> str:
            return reverse("admin:filing-file", args=[draft, file.pk])

        context = {
            "title": found.procedure.short_name,
            "draft": found,
            "form": place,
            "lead": _("Xin xem lại nơi giải quyết:") if place.asked else "",
            "parts": review.groups(form, filled.answers, url_of, files=filled.files, missing=missing),
            "missing": len(typed),
            "unsaved": _unsaved(form, found.procedure, filled),
            "asked_name": ASKED_NAME,
            "seen_name": SEEN_NAME,
            "seen": shown_digest(found, form, filled),
            "paper_name": PAPER_NAME,
            "on_paper": request.POST.getlist(PAPER_NAME),
            "fill_url": reverse("admin:filing-fill", args=[draft]),
            "started": wording.full(found.created_at),
            "counter_code": drafts.counter_code(found),
            **shell(request),
        }
        status = 422 if place.errors else 200
        return forbid_caching(render(request, "filing/draft.html", context, status=status))


@require_safe
def read_file(request: HttpRequest, draft: str, file_id: int) -> HttpResponseBase:
    """A paper of a draft, for the clerk who checks it; recorded."""
    found = _draft(request, draft)
    if found.filed_at is not None:
        return _to_dossier(request, found)
    try:
        served = papers.give_out(found, file_id)
    except access.NoSuchFile:
        raise Http404 from None
    except access.NotServed as refusal:
        messages.error(request, str(refusal))
    else:
        log.record("filing.read", found.subject, request=request, file=file_id)
        return access.picture(served, request.GET.get(access.SEEN))
    return HttpResponseRedirect(reverse("admin:filing-draft", args=[draft]))


def desk_name(draft: FilingDraft) -> str:
    """The name of a draft in addresses of the desk: signed, and without a session."""
    return drafts.link(draft).rstrip("/").rpartition("/")[2]


def scanned(request: HttpRequest, text: str) -> str | None:
    """The page of the desk that a scanned address of a draft means, or its typed code; None for any other text, and
    for a draft that is not there any more."""
    _before, found, name = text.strip().partition(drafts.ADDRESS)
    try:
        draft = drafts.named(name.partition("/")[0]) if found else _typed(request, text)
    except drafts.NoSuchDraft:
        return None
    if draft is None:
        return None
    if draft.supplement_of_id is not None:
        return dossier_url(draft.supplement_of_id)
    return reverse("admin:filing-draft", args=[desk_name(draft)])


def _typed(request: HttpRequest, text: str) -> FilingDraft | None:
    """The one draft with this code; wrong ones are counted against the clerk."""
    found = drafts.read_counter_code(text)
    if found is None:
        return None
    try:
        taken = budgets.COUNTER_CODES.take(clerk=acting_user(request).pk)
    except BudgetSpent as spent:
        messages.error(request, str(spent))
        return None
    if len(found) != 1:
        return None
    taken.give_back()
    return found[0]


def _random_name(text: str) -> UUID:
    """The random name that a page for a new draft carries, so that two presses begin one; a new one for any other."""
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _only_clerks(request: HttpRequest) -> None:
    if not may_receive(request):
        raise PermissionDenied(_("Chỉ cán bộ tiếp nhận được mở bản nháp hồ sơ."))


def _draft(request: HttpRequest, name: str) -> FilingDraft:
    _only_clerks(request)
    try:
        draft = drafts.named(name)
    except drafts.NoSuchDraft as none:
        raise Http404(str(none)) from None
    if draft.kind == Kind.SUPPLEMENT:
        raise Http404
    if again := answers.carry_over(draft):
        pages = "”, “".join(_heading(_form_of(draft), code) for code in again)
        messages.warning(request, _("Biểu mẫu có bản mới. Xin hỏi lại “%(pages)s”.") % {"pages": pages})
    return draft


def _to_dossier(request: HttpRequest, draft: FilingDraft) -> HttpResponse:
    """Lead from a draft that was filed to its dossier, which asks for the rights that count from here on."""
    messages.info(request, _("Bản nháp này đã nộp."))
    return HttpResponseRedirect(dossier_url(draft.dossier_id or 0))


def _too_late(request: HttpRequest, draft: FilingDraft | None, why: Exception) -> HttpResponse:
    """Give back in words what was changed or sent on a page of a draft that is filed, or gone, by now; who sent nothing
    goes on to the dossier. Raises `why` where there is neither."""
    typed, filled = _raw(request), answers.read(draft) if draft else Filled()
    number = (draft and draft.form_version_id) or seen_number(request, "bieu-mau")
    version = FilingFormVersion.objects.filter(pk=number).first()
    rows = [(_("Tệp chưa được nhận"), [str(one)]) for _box, sent in request.FILES.lists() for one in sent]
    if typed and version:
        filer = {"phone": draft.phone if draft else "", **_filer(version.form, filled)}
        given = {**filled.answers, FILER: filer}
        before, after = (DeskForm(version.form, given, raw, asks_phone=True).entered for raw in (None, typed))
        rows = [row for row in after if row not in before] + rows
    if rows:
        return conflict(request, draft.dossier if draft else None, why, rows)
    if draft is None:
        raise why
    return _to_dossier(request, draft)


def _form_of(draft: FilingDraft) -> FilingForm:
    form = answers.form_of(draft)
    if form is None:
        raise Http404
    return form


def _heading(form: FilingForm, code: str) -> str:
    """The heading of a page, as its citizen reads it."""
    page = form.page(code)
    return say(*page.heading) if page else say(TITLES[code])


def _unsaved(form: FilingForm, procedure: Procedure, filled: Filled) -> list[tuple[str, str]]:
    """The heading of each page that is asked now and on which something was typed that is not stored, and the words."""
    found = []
    for code, boxes in answers.unsaved(form, filled).items():
        asked, before = questions_of(form, procedure, code), journey.known_answers(form, filled.answers, code)
        drawn_with: Any = {
            "answers": filled.answers.get(code),
            "offers": {one.name: forms.offered(one, before) for one in asked},
        }
        last = {name: boxes[name] for name in boxes if name != answers.EARLIER}
        for typed in (*answers.earlier_words(boxes), last):
            found.append((_heading(form, code), QuestionForm(asked, raw=typed, **drawn_with).words()))
    return found


def _raw(request: HttpRequest) -> Raw | None:
    return dict(request.POST.lists()) if request.method == "POST" else None


def _stored(request: HttpRequest, draft: FilingDraft, form: FilingForm, page: DeskForm) -> HttpResponse:
    """After a post, which may bring papers, whose refusals stand at their boxes: to the page that receives, or the same
    page where something is missing or new."""
    for box in page.papers:
        for upload in request.FILES.getlist(FILE_PREFIX + box.question.name):
            try:
                papers.store(draft, box.question.name, upload)
            except (FileRefused, Refused) as refusal:
                box.refused.append(str(refusal))
    name = desk_name(draft)
    if page.is_sound and not any(box.refused for box in page.papers):
        return HttpResponseRedirect(reverse("admin:filing-draft", args=[name]))
    return _fill_page(request, draft.procedure, form, page, answers.read(draft), draft=draft)


def _fill_page(
    request: HttpRequest,
    procedure: Procedure,
    form: FilingForm,
    page: DeskForm,
    filled: Filled,
    *,
    draft: FilingDraft | None = None,
    new_name: UUID | None = None,
) -> HttpResponse:
    for box in page.papers:
        box.stored = [file.name for file in filled.files if file.question == box.question.name]
    context = {
        "title": form.title,
        "procedure": procedure,
        "page": page,
        "action": reverse("admin:filing-fill", args=[desk_name(draft)]) if draft else "",
        "draft": draft,
        "counter_code": draft and drafts.counter_code(draft),
        "unsaved": _unsaved(form, procedure, filled),
        "shown_name": SHOWN,
        "standing_name": STANDING,
        "pending": answers.typed_digest(filled.pending),
        "new_name": new_name,
        "file_prefix": FILE_PREFIX,
        "back_url": reverse("admin:filing-draft", args=[desk_name(draft)]) if draft else "",
        **shell(request),
    }
    status = 422 if request.method == "POST" else 200
    return forbid_caching(render(request, "filing/fill.html", context, status=status))


def papers_of(form: FilingForm) -> set[str]:
    """The names of the questions that ask for a paper."""
    return {name for name, question in form.questions.items() if question.type == "paper"}


def _filer(form: FilingForm, filled: Filled) -> dict[str, Any]:
    """Who files: as was typed, or by the form where it says so or a citizen said that they file for themselves."""
    stored = filled.answers.get(FILER, {})
    if stored.get("name") and form.people.filer is None and stored.get("for_whom") != SELF:
        return dict(stored)
    return {**stored, **journey.filer(form, filled.answers)}


def _typed_filer(
    stored: Mapping[str, Any], shown: Mapping[str, Any], typed: Mapping[str, Any]
) -> dict[str, Any]:
    """Who files as it is stored after a clerk typed: what was shown and not changed is no answer of its own."""
    if any((typed.get(name) or "") != (shown.get(name) or "") for name in ("name", "id_number")):
        return {**({"for_whom": OTHER} if "for_whom" in stored else {}), **typed}
    kept = {name: stored[name] for name in ("for_whom", "name", "id_number") if name in stored}
    return {**kept, **{name: typed[name] for name in ("phone", "address") if typed.get(name)}}


def _receive(
    draft: FilingDraft,
    form: FilingForm,
    filled: Filled,
    typed: Mapping[str, Any],
    request: HttpRequest,
) -> services.Received:
    place = {name: typed[name] for name in ("receiving_agency", "competent_agency")}
    result = with_delivery(filled.answers.get(RESULT, {}), typed["delivery"])
    typed_in = {FILER: _filer(form, filled), DESK: place, RESULT: result}
    return submit(
        draft.pk,
        actor=acting_user(request),
        on_paper=papers_of(form).intersection(request.POST.getlist(PAPER_NAME)),
        seen=request.POST.get(SEEN_NAME, ""),
        given={page: values for page, values in typed_in.items() if filled.answers.get(page, {}) != values},
    )


def shown_digest(draft: FilingDraft, form: FilingForm, filled: Filled) -> str:
    """The digest of what the page that receives shows, who files as receiving completes it."""
    shown = {**filled.answers, FILER: _filer(form, filled)}
    return answers.digest(draft, replace(filled, answers=shown))


def _agree(request: HttpRequest, received: services.Received, channels: list[str]) -> None:
    """Say that the dossier is received, and keep what the person agreed to; a refusal of that is said beside it."""
    dossier = received.dossier
    messages.success(request, _("Đã tiếp nhận hồ sơ %(code)s.") % {"code": dossier.code})
    if not channels:
        return
    try:
        services.change_notices(
            dossier.pk,
            actor=acting_user(request),
            seen=dossier.last_sequence,
            channels=channels,
            reason=_("Đồng ý tại quầy khi nộp hồ sơ."),
        )
    except Refused as refusal:
        messages.warning(request, str(refusal))


def _without_pages(problems: Mapping[str, str], form: FilingForm) -> dict[str, str]:
    """Problems by fields of the page; those of pages of the form stand beside their answers already."""
    pages = {page.code for page in form.pages} | {*BUILT_IN_PAGES}
    found = {name: words for name, words in problems.items() if name not in pages}
    if len(found) < len(problems):
        found[""] = _("Còn câu trả lời thiếu hoặc chưa phù hợp. Xin sửa rồi tiếp nhận.")
    return found
