"""Forms of the actions on a dossier: the fields that each requires, and no others."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dossiers.desk.form_fields import (
    DayField,
    DayPicker,
    day_field,
    day_in_words,
    reason_field,
    select_field,
    set_choices,
    text_field,
    text_input,
)
from dossiers.lifecycle.document_checklist import askable, with_fault
from dossiers.lifecycle.event_journal import HANDOVER_WAYS
from dossiers.models import Dossier
from dossiers.rules.workflow.workflow import Transition
from dossiers.services import Handover, TransitionInput, possible_assignees
from dossiers.services.requirements import required_fields, usual_deadline
from tenants.accounts.models import User
from tenants.organisation.models import Agency

MAX_FAULT = 150
FAULTS = (
    _("chưa có"),
    _("chưa có chữ ký"),
    _("bản chụp mờ, không đọc được"),
    _("đã hết hiệu lực"),
    _("thiếu trang"),
    _("chưa đúng mẫu"),
    _("thông tin không khớp với giấy tờ khác"),
)
"""Usual faults of papers, offered while one is typed."""
REASONS = (
    _("Hồ sơ còn thiếu giấy tờ mà thủ tục yêu cầu."),
    _("Giấy tờ đã nộp chưa có chữ ký hoặc chưa đúng mẫu."),
    _("Bản chụp mờ nên chúng tôi không đọc được; xin ông/bà chụp lại rõ cả bốn góc."),
    _("Thông tin trên các giấy tờ chưa khớp nhau; xin ông/bà đối chiếu và sửa lại."),
)
"""Sentences that the desk may begin a reason with; the citizen reads them."""


@dataclass(frozen=True)
class PaperField:
    """A paper of the dossier's list: a box to tick, and its fault."""

    name: str
    tick: str
    fault: str
    fields: dict[str, forms.Field]


def _paper_fields(dossier: Dossier) -> list[PaperField]:
    found = []
    for number, name in enumerate(askable(dossier)):
        tick, fault = f"paper_{number}", f"fault_{number}"
        fields: dict[str, forms.Field] = {
            tick: forms.BooleanField(label=name, required=False),
            fault: forms.CharField(
                label=_("Cần sửa gì: %(paper)s") % {"paper": name},
                required=False,
                max_length=MAX_FAULT,
                widget=text_input(list="giay-sai", placeholder=_("chưa có, mờ, chưa ký…")),
            ),
        }
        found.append(PaperField(name, tick, fault, fields))
    return found


class ActForm(forms.Form):
    """Carries the number of the last event that the person saw."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, dossier: Dossier | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def arguments(self) -> dict[str, Any]:
        """Arguments for the service that does it."""
        return dict(self.cleaned_data)


class TransitionForm(ActForm):
    """The fields that a transition requires."""

    assignee = select_field(_("Người xử lý"), required=False)
    agency = select_field(_("Cơ quan được hỏi ý kiến"), required=False)
    term = select_field(_("Thời hạn giải quyết"), required=False)
    papers = reason_field(
        _("Giấy tờ cần bổ sung"), rows=2, help_text=_("Mỗi dòng một loại, nêu đủ trong một lần.")
    )
    amount = text_field(_("Số tiền cần nộp (đồng)"), inputmode="numeric")
    payee = text_field(
        _("Nơi thu tiền"),
        help_text=_(
            "Ví dụ tên kho bạc, cơ quan thuế. Bỏ trống thì tin ghi: nơi thu ghi trong thông báo nộp tiền."
        ),
    )
    deadline = DayField(label=_("Hạn chót"), required=False, widget=DayPicker())
    way = select_field(_("Trả kết quả bằng cách nào"), required=False)
    taken_by = text_field(_("Người nhận kết quả"))
    checked = text_field(_("Giấy tờ đã kiểm tra, hoặc số vận đơn"))
    decision_number = text_field(_("Số quyết định"))
    decision_date = day_field(_("Ngày quyết định"))
    note = reason_field(_("Lý do"))

    faults, reasons = FAULTS, REASONS
    OF_DEMAND = {
        "assignee": ("assignee",),
        "agency": ("agency",),
        "term": ("term",),
        "papers": ("papers",),
        "amount": ("amount", "payee"),
        "deadline": ("deadline",),
        "handover": ("way", "taken_by", "checked"),
        "decision": ("decision_number", "decision_date"),
    }

    def __init__(self, *args: Any, dossier: Dossier, step: Transition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = required_fields(dossier, step)
        for demand, names in self.OF_DEMAND.items():
            for name in names:
                if demand not in wanted:
                    del self.fields[name]
        self._offer("assignee", _people(dossier) if "assignee" in wanted else [])
        self._offer("agency", _agencies() if "agency" in wanted else [])
        self._offer("term", [(choice.code, choice.name) for choice in step.terms])
        self._offer("way", list(HANDOVER_WAYS.items()))
        if "handover" in wanted:
            self.fields["taken_by"].initial = dossier.submitter.name
        self.listed = _paper_fields(dossier) if "papers" in wanted else []
        for one in self.listed:
            self.fields |= one.fields
        if self.listed:
            self.fields["papers"].label = _("Giấy tờ khác")
        if {"papers", "deadline"} <= wanted:
            self.fields["deadline"].initial = usual_deadline(dossier)
        if "reason" not in step.requires:
            self.fields["note"].label = _("Ghi chú")

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        if name in self.fields:
            set_choices(self, name, choices)

    @property
    def paper_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The box to tick of each paper, and the field for its fault."""
        return [(self[one.tick], self[one.fault]) for one in self.listed]

    @property
    def day_in_words(self) -> str:
        """The deadline as it stands in its field."""
        if not self.is_bound:
            return day_in_words(self.fields["deadline"].initial)
        return day_in_words(getattr(self, "cleaned_data", {}).get("deadline"))

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        """The fields below the papers to tick."""
        rows = {name for one in self.listed for name in one.fields}
        return [field for field in self.visible_fields() if field.name not in rows]

    def _asked_papers(self) -> tuple[str, ...]:
        values = self.cleaned_data
        ticked = [
            with_fault(one.name, values[one.fault])
            for one in self.listed
            if values[one.tick] or values[one.fault].strip()
        ]
        return (*ticked, *(line.strip() for line in values.get("papers", "").splitlines() if line.strip()))

    def arguments(self) -> dict[str, Any]:
        """Arguments for `services.apply_transition` and `services.propose`."""
        values = self.cleaned_data
        chosen = values.get("assignee")
        number, day = values.get("decision_number", ""), values.get("decision_date")
        given = TransitionInput(
            note=values["note"],
            papers=self._asked_papers(),
            amount=values.get("amount", ""),
            payee=values.get("payee", ""),
            deadline=values.get("deadline"),
            assignee=User.objects.filter(pk=chosen, is_active=True).first() if chosen else None,
            agency=values.get("agency", ""),
            handover=Handover(values["way"], values["taken_by"], values["checked"])
            if values.get("way")
            else None,
            term=values.get("term", ""),
            decision=(number, day) if number and day else None,
        )
        return {"seen": values["seen"], "given": given}


class AssignForm(ActForm):
    """Assigning the dossier."""

    assignee = select_field(_("Người xử lý"))
    note = reason_field(_("Ghi chú"), rows=2)

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        set_choices(self, "assignee", _people(dossier))

    def arguments(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {
            "seen": values["seen"],
            "assignee": User.objects.get(pk=values["assignee"]),
            "note": values["note"],
        }


class ApologyForm(ActForm):
    """A new date, once, with its reason."""

    new_due = day_field(_("Ngày hẹn mới"), required=True)
    reason = reason_field(_("Lý do, sẽ được gửi cho người dân"), required=True)


class CorrectionForm(ActForm):
    """The true step of the dossier."""

    to_step = select_field(_("Bước đúng của hồ sơ"))
    reason = reason_field(_("Lý do điều chỉnh"), required=True)

    def __init__(self, *args: Any, dossier: Dossier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = dossier.workflow_version.workflow.steps.values()
        set_choices(self, "to_step", [(step.code, step.name) for step in steps])


class DeclineForm(ActForm):
    """Why a proposal is not approved."""

    reason = reason_field(_("Lý do, nếu không duyệt"), rows=2)


def _people(dossier: Dossier) -> list[tuple[str, str]]:
    return [(str(person.pk), person.get_full_name()) for person in possible_assignees(dossier)]


def _agencies() -> list[tuple[str, str]]:
    working = Agency.objects.filter(dissolved_on=None)
    return [("", "—"), *((agency.code, agency.name) for agency in working)]
