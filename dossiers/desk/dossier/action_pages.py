"""Pages and forms of the actions on a dossier: transitions, and the actions beside the workflow.

A form asks only for the fields that the action requires. Each page calls one service.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from dossiers.filing import forms as filing_forms
from dossiers.filing.desk import review
from dossiers.lifecycle import actions as services
from dossiers.lifecycle import result_delivery
from dossiers.lifecycle.actions import corrections, message_preview, transitions
from dossiers.lifecycle.actions.requirements import (
    Handover,
    TransitionInput,
    needs_approval,
    required_fields,
    usual_deadline,
)
from dossiers.lifecycle.desk import form_fields
from dossiers.lifecycle.desk.form_fields import (
    ActForm,
    DayField,
    DayPicker,
    agency_choices,
    day_field,
    people_choices,
    person_field,
    reason_field,
)
from dossiers.lifecycle.desk.frame import Look, act_page, conflict, dossier_url, typed, visible
from dossiers.lifecycle.document_checklist import askable, with_fault
from dossiers.lifecycle.errors import StaleDossier
from dossiers.lifecycle.event_journal import HANDOVER_WAYS
from dossiers.lifecycle.models import Dossier, LateCause
from dossiers.lifecycle.permissions import possible_assignees
from dossiers.workflow.rules.schema import Transition
from dossiers.workflow.rules.statuses import Status
from tenants.accounts.requests import acting_user, seen_number
from tenants.organisation import communes
from tenants.organisation.staff_site.form_fields import select_field, set_choices, text_field, text_input
from tenants.refusals import Refused

MAX_FAULT = 150
FAULTS = (
    gettext_lazy("chưa có"),
    gettext_lazy("chưa có chữ ký"),
    gettext_lazy("bản chụp mờ, không đọc được"),
    gettext_lazy("đã hết hiệu lực"),
    gettext_lazy("thiếu trang"),
    gettext_lazy("chưa đúng mẫu"),
    gettext_lazy("thông tin không khớp với giấy tờ khác"),
)
"""Usual faults of papers, offered while one is typed."""
REASONS = (
    gettext_lazy("Hồ sơ còn thiếu giấy tờ mà thủ tục yêu cầu."),
    gettext_lazy("Giấy tờ đã nộp chưa có chữ ký hoặc chưa đúng mẫu."),
    gettext_lazy("Bản chụp mờ nên chúng tôi không đọc được; xin ông/bà chụp lại rõ cả bốn góc."),
    gettext_lazy("Thông tin trên các giấy tờ chưa khớp nhau; xin ông/bà đối chiếu và sửa lại."),
)
"""Sentences that the desk may begin a reason with; the citizen reads them."""


CHECKS = {
    "receipt": gettext_lazy("Có giấy hẹn hoặc đọc đúng mã tra cứu"),
    "identity": gettext_lazy("Giấy tờ tùy thân đúng người nhận"),
    "authority": gettext_lazy("Nhận thay: có văn bản ủy quyền"),
    "no_paper": gettext_lazy("Không có giấy kết quả"),
    "waybill_later": gettext_lazy("Chưa có mã vận đơn"),
}
"""What the desk says of a result as it hands it over; kept with the act in Vietnamese."""
TO_DO = {
    "originals": gettext_lazy("Đã thu bản chính, trả lại giấy chỉ để xem"),
    "copies": gettext_lazy("Đã giao bản sao, đã thu tiền"),
    "fee": gettext_lazy("Đã thu phí, lệ phí"),
}
"""The same for what `review.handing_over` finds to be done."""


@dataclass(frozen=True)
class PaperField:
    """A paper of the dossier's list, or an answer: a box to tick, and its fault."""

    name: str
    tick: str
    fault: str
    fields: dict[str, forms.Field]


def _paper_fields(names: Iterable[str], hint: str | Promise, prefix: str = "") -> list[PaperField]:
    found = []
    for number, name in enumerate(names):
        tick, fault = f"{prefix}paper_{number}", f"{prefix}fault_{number}"
        fields: dict[str, forms.Field] = {
            tick: forms.BooleanField(label=name, required=False),
            fault: forms.CharField(
                label=gettext_lazy("Cần sửa gì: %(paper)s") % {"paper": name},
                required=False,
                max_length=MAX_FAULT,
                widget=text_input(list="giay-sai", placeholder=hint),
            ),
        }
        found.append(PaperField(name, tick, fault, fields))
    return found


class TransitionForm(ActForm):
    """The fields that a transition requires."""

    assignee = person_field(gettext_lazy("Người xử lý"))
    agency = select_field(gettext_lazy("Cơ quan được hỏi ý kiến"), required=False)
    term = select_field(gettext_lazy("Thời hạn giải quyết"), required=False)
    papers = reason_field(
        gettext_lazy("Giấy tờ cần bổ sung"),
        rows=2,
        help_text=gettext_lazy("Mỗi dòng một loại, nêu đủ trong một lần."),
    )
    amount = text_field(gettext_lazy("Số tiền cần nộp (đồng)"), inputmode="numeric")
    payee = text_field(
        gettext_lazy("Nơi thu tiền"),
        help_text=gettext_lazy(
            "Ví dụ tên kho bạc, cơ quan thuế. Bỏ trống thì tin ghi: nơi thu ghi trong thông báo nộp tiền."
        ),
    )
    deadline = DayField(label=gettext_lazy("Hạn chót"), required=False, widget=DayPicker())
    way = select_field(gettext_lazy("Trả kết quả bằng cách nào"), required=False)
    taken_by = text_field(gettext_lazy("Người nhận kết quả"))
    result = text_field(
        gettext_lazy("Số, ngày của giấy kết quả"), help_text=gettext_lazy("Ví dụ 123/2026, ngày 02/12/2026.")
    )
    waybill = text_field(gettext_lazy("Mã vận đơn, nếu gửi qua bưu chính"))
    checks = forms.MultipleChoiceField(
        label=gettext_lazy("Đánh dấu điều đã làm, đã kiểm tra"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    checked = text_field(gettext_lazy("Giấy tờ khác đã kiểm tra"))
    decision_number = text_field(gettext_lazy("Số quyết định"))
    decision_date = day_field(gettext_lazy("Ngày quyết định"))
    note = reason_field(gettext_lazy("Lý do"))

    faults, reasons = FAULTS, REASONS
    OF_DEMAND = {
        "assignee": ("assignee",),
        "agency": ("agency",),
        "term": ("term",),
        "papers": ("papers",),
        "amount": ("amount", "payee"),
        "deadline": ("deadline",),
        "handover": ("way", "result", "waybill", "taken_by", "checks", "checked"),
        "decision": ("decision_number", "decision_date"),
    }

    def __init__(self, *args: Any, dossier: Dossier, step: Transition, **kwargs: Any) -> None:
        super().__init__(*args, dossier=dossier, **kwargs)
        wanted = required_fields(dossier, step)
        for demand, names in self.OF_DEMAND.items():
            for name in names:
                if demand not in wanted:
                    del self.fields[name]
        if "assignee" in wanted:
            set_choices(self, "assignee", people_choices(possible_assignees(dossier)))
        if "agency" in wanted:
            set_choices(self, "agency", [("", "—"), *agency_choices()])
        if "term" in wanted:
            set_choices(self, "term", [(choice.code, choice.name) for choice in step.terms])
        if "handover" in wanted:
            set_choices(self, "way", HANDOVER_WAYS.items())
            self.fields["way"].initial = result_delivery.way_of(dossier)
            self.fields["taken_by"].initial = dossier.submitter.name
            self.to_do = review.handing_over(dossier)
            set_choices(self, "checks", (CHECKS | {name: TO_DO[name] for name in self.to_do if name}).items())
        self.listed, self.answers = [], []
        if "papers" in wanted:
            self.listed = _paper_fields(askable(dossier), gettext_lazy("chưa có, mờ, chưa ký…"))
            asked = review.askable_answers(dossier)
            self.answers = _paper_fields(asked, gettext_lazy("sai, thiếu, không khớp…"), "answer_")
        for one in (*self.listed, *self.answers):
            self.fields |= one.fields
        if self.listed:
            self.fields["papers"].label = gettext_lazy("Giấy tờ khác")
        if {"papers", "deadline"} <= wanted:
            self.fields["deadline"].initial = usual_deadline(dossier)
        if "reason" not in step.requires:
            self.fields["note"].label = gettext_lazy("Ghi chú")

    @property
    def paper_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The box to tick of each paper, and the field for its fault."""
        return [(self[one.tick], self[one.fault]) for one in self.listed]

    @property
    def answer_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The same for each answer of a dossier that was filed by a form."""
        return [(self[one.tick], self[one.fault]) for one in self.answers]

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """The fields below the papers and answers to tick."""
        rows = {name for one in (*self.listed, *self.answers) for name in one.fields}
        return [field for field in self.visible_fields() if field.name not in rows]

    def _asked_papers(self) -> tuple[str, ...]:
        values = self.cleaned_data
        ticked = [
            with_fault(one.name, values[one.fault])
            for one in (*self.listed, *self.answers)
            if values[one.tick] or values[one.fault].strip()
        ]
        return (*ticked, *(line.strip() for line in values.get("papers", "").splitlines() if line.strip()))

    def _handover(self) -> Handover:
        """How the result leaves, with the ticks in words and what was typed beside them."""
        values, labels = self.cleaned_data, CHECKS | TO_DO
        ticked = values["checks"]
        with translation.override("vi"):
            checked = [*(str(labels[code]) for code in ticked), values["checked"].strip()]
        return Handover(
            **{name: values[name] for name in ("way", "taken_by", "result", "waybill")},
            checked="; ".join(filter(None, checked)),
            identified="identity" in ticked,
            no_paper="no_paper" in ticked,
            waybill_later="waybill_later" in ticked,
            undone=tuple(str(labels[code]) for code in self.to_do if code and code not in ticked),
        )

    def arguments(self) -> dict[str, Any]:
        """Arguments for `services.apply_transition` and `services.propose`."""
        values = self.cleaned_data
        number, day = values.get("decision_number", ""), values.get("decision_date")
        given = TransitionInput(
            note=values["note"],
            papers=self._asked_papers(),
            amount=values.get("amount", ""),
            payee=values.get("payee", ""),
            deadline=values.get("deadline"),
            assignee=values.get("assignee"),
            agency=values.get("agency", ""),
            handover=self._handover() if values.get("way") else None,
            term=values.get("term", ""),
            decision=(number, day) if number and day else None,
        )
        return {"seen": values["seen"], "given": given}


class AssignForm(ActForm):
    """Assigning the dossier."""

    assignee = person_field(gettext_lazy("Người xử lý"), required=True)
    note = reason_field(gettext_lazy("Ghi chú"), rows=2)

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, dossier=dossier, **kwargs)
        set_choices(self, "assignee", people_choices(possible_assignees(dossier)))


class ApologyForm(ActForm):
    """A new date, once, with its reason."""

    new_due = DayField(label=gettext_lazy("Ngày hẹn mới"), widget=DayPicker())
    cause = select_field(
        gettext_lazy("Nhóm lý do"),
        [("", gettext_lazy("chọn một nhóm")), *LateCause.choices],
        help_text=gettext_lazy("Được đếm để công khai ở trang Minh bạch, không kèm hồ sơ nào."),
    )
    reason = reason_field(gettext_lazy("Lý do, sẽ được gửi cho người dân"), required=True)


class WaybillForm(ActForm):
    """The number of the post, begun with the one that is known."""

    waybill = text_field(gettext_lazy("Mã vận đơn"))

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, dossier=dossier, **kwargs)
        events = list(dossier.events.select_related("note").order_by("sequence"))
        self.fields["waybill"].initial = result_delivery.sent_under(dossier, events)


class CorrectionForm(ActForm):
    """The true step of the dossier."""

    to_step = select_field(gettext_lazy("Bước đúng của hồ sơ"))
    reason = reason_field(gettext_lazy("Lý do điều chỉnh"), required=True)

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, dossier=dossier, **kwargs)
        steps = dossier.workflow_version.workflow.steps.values()
        set_choices(self, "to_step", [(step.code, step.name) for step in steps])


class DeclineForm(ActForm):
    """Why a proposal is not approved."""

    reason = reason_field(gettext_lazy("Lý do, nếu không duyệt"), rows=2)


@dataclass(frozen=True)
class Act:
    """An action beside the workflow: its kind in history, its title, its form, its service.

    `tells`: whether it sends a message; `done`: what is said afterwards in place of its title; `tab`: where the
    dossier's page opens then; `forbidden`: why it is not for this person.
    """

    kind: str
    title: str | Promise
    form: type[ActForm]
    do: Callable[..., object]
    explain: str | Promise = ""
    danger: bool = False
    tells: bool = False
    done: str | Promise = ""
    tab: str = ""
    forbidden: str | Promise = ""


ACTS = {
    "giao": Act("assign", gettext_lazy("Giao người xử lý"), AssignForm, services.assign),
    "xin-loi": Act(
        "apologise",
        gettext_lazy("Xin lỗi và hẹn lại"),
        ApologyForm,
        services.apologise,
        gettext_lazy(
            "Mỗi hồ sơ chỉ được hẹn lại một lần, chậm nhất một ngày làm việc trước ngày hẹn trả. "
            "Người dân được báo ngay."
        ),
        tells=True,
    ),
    "van-don": Act(
        "waybill",
        gettext_lazy("Ghi, sửa mã vận đơn"),
        WaybillForm,
        services.note_waybill,
        gettext_lazy("Người dân được báo mã này và thấy nó ở trang hồ sơ."),
        tells=True,
        done=gettext_lazy("Đã ghi mã vận đơn."),
    ),
    "thu-hoi": Act(
        "recall",
        gettext_lazy("Thu hồi thao tác"),
        ActForm,
        services.recall,
        gettext_lazy(
            "Hồ sơ trở lại như trước thao tác vừa rồi. Tin báo còn giữ thì không gửi nữa; tin đã gửi thì có tin "
            "đính chính."
        ),
        danger=True,
        tells=True,
    ),
    "nhan-tin": Act(
        "consent",
        gettext_lazy("Đăng ký, thôi nhận tin"),
        form_fields.NoticesForm,
        services.change_notices,
        gettext_lazy(
            "Ghi theo đề nghị của người nhận tin. Nhận tin là tự nguyện; thôi nhận thì tin đang chờ cũng không gửi."
        ),
    ),
    "dieu-chinh": Act(
        "correct",
        gettext_lazy("Điều chỉnh trạng thái"),
        CorrectionForm,
        services.correct,
        gettext_lazy("Chỉ dùng khi trạng thái đang ghi không đúng với thực tế. Lịch sử vẫn được giữ."),
        danger=True,
        tells=True,
    ),
}


def offer(kind: str) -> dict[str, str]:
    """The action of this kind of event as a page offers it: its name in the address, and its title."""
    return next({"name": name, "title": str(act.title)} for name, act in ACTS.items() if act.kind == kind)


def transition(request: HttpRequest, dossier_id: int, code: str) -> HttpResponse:
    """One step of the workflow: its form, then the step. A second click gets a conflict, no second event."""
    dossier, actor = visible(request, dossier_id), acting_user(request)
    workflow = dossier.workflow_version.workflow
    possible = {step.code: step for step in services.possible_transitions(dossier, actor)}
    step = possible.get(code) or workflow.transitions.get(code)
    if step is not None and code not in possible and dossier.step in step.source and request.method == "GET":
        raise PermissionDenied(_("Ông/bà không có quyền thực hiện bước này."))
    if step is None or (code not in possible and request.method != "POST"):
        messages.error(request, _("Bước này không làm được từ trạng thái hiện tại của hồ sơ."))
        return HttpResponseRedirect(dossier_url(dossier.pk))
    # A reason is for the citizen; what was looked at is a note for colleagues.
    ticked = () if "reason" in step.requires else request.GET.getlist(review.LOOKED_AT)
    note = {"note": review.looked_at(dossier, ticked)}
    form = TransitionForm(request.POST or None, dossier=dossier, step=step, initial=note)
    proposes = "propose" in request.POST
    do = services.propose if proposes else services.apply_transition
    done = _("Đã trình lãnh đạo: %(step)s.") if proposes else _("Đã ghi: %(step)s.")
    approval = needs_approval(dossier, step)
    preview = partial(message_preview.of_transition, dossier, step, actor)
    return act_page(
        request,
        dossier,
        form,
        lambda: do(dossier.pk, code, actor=actor, **form.arguments()),
        title=_(step.name),
        done=done % {"step": _(step.name)},
        template="desk/transition.html",
        look=lambda: preview(**form.arguments()),
        first=lambda: preview(seen=dossier.last_sequence),
        step=step,
        target_status=_(workflow.steps[step.target].status.short),
        approval=transitions.approval_sentence(dossier, step) if approval else "",
        office=other_office(dossier),
        unsent=review.unsent(dossier),
        handing_over=form.to_do.values() if "way" in form.fields else (),
        tells=bool(step.notice),
    )


def other_office(dossier: Dossier) -> str:
    """Before a filing is accepted: that another commune was chosen than the desk's own; "" where none was."""
    own, chosen = map(communes.authority_over, (dossier.receiving_agency, dossier.competent_agency))
    if dossier.status_enum is not Status.NEW or own is None or chosen is None or own == chosen:
        return ""
    return filing_forms.chosen_sentence(chosen, dossier.competent_agency)


def beside(request: HttpRequest, dossier_id: int, name: str) -> HttpResponse:
    """An action beside the workflow."""
    if name not in ACTS:
        raise Http404
    return perform(request, dossier_id, ACTS[name])


def perform(request: HttpRequest, dossier_id: int, act: Act) -> HttpResponse:
    """The page of an action: its form, then the action."""
    dossier, actor = visible(request, dossier_id), acting_user(request)
    if request.method == "GET" and not corrections.may(act.kind, dossier, actor):
        raise PermissionDenied(act.forbidden or _("Ông/bà không có quyền thực hiện việc này."))
    form = act.form(request.POST or None, dossier=dossier)

    def do() -> object:
        return act.do(dossier.pk, actor=actor, **form.arguments())

    def preview(do: Callable[[], object]) -> Look | None:
        return (lambda: message_preview.of_act(dossier, do)) if act.tells else None

    at_once = partial(act.do, dossier.pk, actor=actor, seen=dossier.last_sequence)
    return act_page(
        request,
        dossier,
        form,
        do,
        title=act.title,
        done=str(act.done or _("Đã ghi: %(step)s.") % {"step": act.title}),
        then=dossier_url(dossier.pk, act.tab),
        look=preview(do),
        first=None if form.visible_fields() else preview(at_once),
        act=act,
        unsent=review.unsent(dossier) if act.danger else "",
        tells=act.tells,
    )


@require_POST
def decide(request: HttpRequest, dossier_id: int, proposal_id: int) -> HttpResponse:
    """Approve or decline a proposal."""
    dossier = visible(request, dossier_id)
    get_object_or_404(dossier.proposals, pk=proposal_id)
    seen, actor = seen_number(request), acting_user(request)
    try:
        if "approve" in request.POST:
            services.approve(proposal_id, actor=actor, seen=seen)
            messages.success(request, _("Đã duyệt và thực hiện."))
        else:
            services.decline(proposal_id, actor=actor, seen=seen, reason=request.POST.get("reason", ""))
            messages.success(request, _("Đã ghi: không duyệt."))
    except StaleDossier as refusal:
        return conflict(request, dossier, refusal, typed(request, DeclineForm()))
    except Refused as refusal:
        messages.error(request, str(refusal))
    return HttpResponseRedirect(dossier_url(dossier.pk))
