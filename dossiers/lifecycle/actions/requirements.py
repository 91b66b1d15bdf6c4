"""The input that a transition requires, and its validation."""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import PlainSerializer, PlainValidator, TypeAdapter

from dossiers.deadlines.rules.deadlines import Term, TermUnit
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle import permissions
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.event_journal import HANDOVER_WAYS, is_dry_run
from dossiers.lifecycle.files.access import has_result
from dossiers.lifecycle.models import Dossier
from dossiers.workflow.rules.schema import Transition
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.accounts.models import User
from tenants.organisation import catalogue
from tenants.organisation.models import Agency, Role
from tenants.validation import visible

LONGEST_WAIT = timedelta(days=366)
USUAL_WAIT = 10
"""Open days that the citizen is usually given to bring papers."""
LARGEST_AMOUNT = 10**12
_WAYBILL = re.compile(r"\A(?=.*[0-9])[A-Z0-9]{6,30}\Z")
_AMOUNT = re.compile(r"\A([0-9]{1,3}(?:[. ]?[0-9]{3})*|[0-9]+)\s*(?:đồng|đ|vnd|vnđ)?\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Handover:
    """How a result left the desk. `taken_by` names who took it, `checked` the paper shown, `result` its number and date,
    `waybill` its number in the post; `identified`: the desk saw by a paper that it is this person. `undone` names what
    was to be taken in or given out with it and was not."""

    way: str
    taken_by: str = ""
    checked: str = ""
    identified: bool = False
    result: str = ""
    waybill: str = ""
    no_paper: bool = False
    waybill_later: bool = False
    undone: tuple[str, ...] = ()


_BY_KEY = PlainValidator(
    lambda given: User.objects.filter(pk=given).first() if isinstance(given, int) else given
)


@dataclass(frozen=True)
class TransitionInput:
    note: str = ""
    papers: tuple[str, ...] = ()
    amount: str | int = ""
    payee: str = ""
    deadline: date | None = None
    assignee: Annotated[User | None, _BY_KEY, PlainSerializer(lambda user: user and user.pk)] = None
    agency: str = ""
    handover: Handover | None = None
    term: str = ""
    decision: tuple[str, date] | None = None


NOTHING_GIVEN = TransitionInput()
AS_JSON = TypeAdapter(TransitionInput)
"""The input as a proposal keeps it, the assignee by the key."""


@dataclass(frozen=True)
class ValidatedInput:
    """The same input, parsed and valid for the transition."""

    note: str
    assignee: User | None
    asked: Agency | None
    term: Term | None
    citizen_due_at: datetime | None
    data: dict[str, Any]


DEMANDS = {
    "reason": gettext_lazy("Xin ghi rõ lý do."),
    "papers": gettext_lazy("Xin ghi các giấy tờ cần bổ sung."),
    "deadline": gettext_lazy("Xin chọn hạn chót."),
    "amount": gettext_lazy("Xin ghi số tiền cần nộp."),
    "assignee": gettext_lazy("Xin chọn người xử lý."),
    "agency": gettext_lazy("Xin chọn cơ quan được hỏi ý kiến."),
    "handover": gettext_lazy("Xin ghi kết quả được trả bằng cách nào và ai nhận."),
    "result": gettext_lazy("Xin đính kèm tệp kết quả trước."),
    "term": gettext_lazy("Xin chọn thời hạn giải quyết."),
    "decision": gettext_lazy("Xin ghi số và ngày của quyết định."),
}


def check(dossier: Dossier, step: Transition, given: TransitionInput, actor: User) -> ValidatedInput:
    """The input, parsed; raises NotPossible with one sentence for every missing part."""
    short = (given.agency, given.term, given.payee)
    if not (intake_rules.is_fit_note(given.note) and intake_rules.are_fit_papers((*given.papers, *short))):
        raise NotPossible(_("Nội dung nhập quá dài hoặc có ký tự không hợp lệ."))
    # What cannot be seen says nothing, and must not turn what can be seen about.
    note = visible(given.note)
    papers = tuple(paper for typed in given.papers if (paper := visible(typed).strip()))
    if given.assignee is not None and not permissions.is_possible_assignee(dossier, given.assignee):
        raise NotPossible(_("Người được chọn không làm việc ở cơ quan giải quyết hồ sơ này."))
    amount = read_amount(given.amount)
    term = _term(step, given.term)
    present: dict[str, object] = {
        "reason": note.strip(),
        "papers": papers,
        "deadline": given.deadline,
        "amount": amount,
        "assignee": given.assignee,
        "agency": given.agency,
        "handover": given.handover,
        "result": "result" not in step.requires or has_result(dossier),
        "term": term,
        "decision": given.decision,
    }
    missing = [
        str(sentence)
        for name, sentence in DEMANDS.items()
        if name in required_fields(dossier, step) and not present[name]
    ]
    if missing:
        raise NotPossible(" ".join(missing))
    data: dict[str, Any] = {}
    if papers:
        data["papers"] = list(papers)
    if amount:
        data["amount"] = amount
        if payee := " ".join(visible(given.payee).split()):
            data["payee"] = payee
    if given.handover is not None:
        data["handover"] = _handover(dossier, given.handover, note)
    if given.decision is not None:
        data["decision"] = _decision(given.decision)
    asked = _asked(given.agency) if "agency" in step.requires else None
    if asked is not None:
        data["agency"] = asked.code
    due = closing_of(dossier, given.deadline) if given.deadline is not None else None
    if due is not None:
        data["deadline"] = due.date().isoformat()
    target = dossier.workflow_version.workflow.steps[step.target]
    return ValidatedInput(
        note=note,
        assignee=given.assignee,
        asked=asked,
        term=term,
        citizen_due_at=due if target.status.waits_for_citizen else None,
        data=data,
    )


BLANK = "[…]"
"""Stands in a message that is looked at beforehand for what is filled in later."""
BLANK_DAY = datetime(9999, 12, 31, 12, tzinfo=clock.VIETNAM)
BLANK_AMOUNT = LARGEST_AMOUNT - 1


def placeholder_input(dossier: Dossier, step: Transition) -> ValidatedInput:
    """Placeholders for everything that a transition requires: for a preview in `event_journal.dry_run`, never stored.

    Raises NotPossible where a term must be chosen, since the message tells the date that follows from it.
    """
    if not is_dry_run():
        raise RuntimeError("an act without what it demands would stand")
    wanted = required_fields(dossier, step)
    term = _term(step, "")
    if "term" in wanted and term is None:
        raise NotPossible(str(DEMANDS["term"]))
    given: dict[str, Any] = {
        "papers": [BLANK],
        "amount": BLANK_AMOUNT,
        "handover": asdict(Handover(next(iter(HANDOVER_WAYS)), BLANK)),
        "decision": {"number": BLANK, "date": BLANK_DAY.date().isoformat()},
        "deadline": BLANK_DAY.date().isoformat(),
    }
    waits = dossier.workflow_version.workflow.steps[step.target].status.waits_for_citizen
    return ValidatedInput(
        note=BLANK if "reason" in wanted else "",
        assignee=None,
        asked=None,
        term=term,
        citizen_due_at=BLANK_DAY if "deadline" in wanted and waits else None,
        data={name: value for name, value in given.items() if name in wanted},
    )


def required_fields(dossier: Dossier, step: Transition) -> frozenset[str]:
    """The input that this transition requires now. A specialist's step needs an assignee, and a
    choice of terms needs a choice."""
    wanted: set[str] = {name for name in step.requires if name != "approval"}
    target = dossier.workflow_version.workflow.steps[step.target]
    unassigned = dossier.assignee is None or not dossier.assignee.is_active
    if unassigned and target.role == Role.SPECIALIST and target.agency is None:
        wanted.add("assignee")
    if len(step.terms) > 1:
        wanted.add("term")
    return frozenset(wanted)


def needs_approval(dossier: Dossier, step: Transition) -> bool:
    """Whether only a leader may do this: the workflow says so, or papers are asked for a second time, which
    makes the dossier count as late (QĐ 766/QĐ-TTg) and was to be done in one go (NĐ 309/2026 Đ.8.1)."""
    target = dossier.workflow_version.workflow.steps[step.target]
    again = target.status is Status.SUPPLEMENT_REQUIRED and dossier.supplement_requests > 0
    return "approval" in step.requires or again


def read_amount(typed: str | int) -> int:
    """An amount in đồng ("1.250.000 đồng" → 1250000); 0 for nothing. Raises NotPossible for anything else."""
    text = str(typed).strip()
    if not text:
        return 0
    read = _AMOUNT.match(text)
    amount = int(re.sub(r"[. ]", "", read[1])) if read and len(text) < 40 else 0
    if not 0 < amount <= LARGEST_AMOUNT:
        raise NotPossible(_("Số tiền chưa đúng. Xin ghi bằng chữ số, ví dụ 150.000."))
    return amount


def _term(step: Transition, code: str) -> Term | None:
    if len(step.terms) == 1:
        code = step.terms[0].code
    chosen = next((choice for choice in step.terms if choice.code == code), None)
    if code and chosen is None:
        raise NotPossible(_("Không có thời hạn này để chọn."))
    return Term(chosen.value, TermUnit(chosen.unit)) if chosen else None


def _asked(code: str) -> Agency:
    found = catalogue.agency_by_code(code)
    if found is None or found.dissolved_on is not None:
        raise NotPossible(_("Không có cơ quan đang hoạt động với mã này."))
    return found


def usual_deadline(dossier: Dossier) -> date:
    """The day by which papers are usually asked for: USUAL_WAIT open days from today, by the dossier's calendar.

    The law sets no such day; who asks may set another.
    """
    today = clock.today()
    return dossier.calendar_version.calendar.add_open_days(today, USUAL_WAIT)


def closing_of(dossier: Dossier, day: date) -> datetime:
    """Closing time of a day that is promised or set: an open day to come, within a year.

    Raises NotPossible for any other.
    """
    calendar = dossier.calendar_version.calendar
    today = clock.today()
    if not today < day <= today + LONGEST_WAIT:
        raise NotPossible(_("Ngày này phải sau hôm nay và không quá một năm."))
    closed = calendar.why_closed(day)
    if closed is not None:
        raise NotPossible(
            _("Ngày %(day)s là ngày nghỉ (%(reason)s). Xin chọn ngày làm việc.")
            % {"day": f"{day:%d/%m/%Y}", "reason": closed}
        )
    return calendar.closing(day)


def waybill(typed: str) -> str:
    """A number in the post as it is kept, without spaces; raises NotPossible for what can be none."""
    number = re.sub(r"[\s.-]", "", typed).upper()
    if not _WAYBILL.match(number):
        raise NotPossible(
            _("Mã vận đơn có từ 6 đến 30 chữ không dấu và chữ số, ví dụ EA123456789VN. Xin xem lại.")
        )
    return number


def _handover(dossier: Dossier, handover: Handover, note: str) -> dict[str, str]:
    names = ("way", "taken_by", "checked", "result", "waybill")
    kept, at_counter = {name: getattr(handover, name).strip() for name in names}, handover.way == "counter"
    # A decision on a complaint has its number already.
    has_paper = kept["result"] or handover.no_paper or dossier.kind != Dossier.Kind.NORMAL
    has_waybill = handover.way != "post" or kept["waybill"] or handover.waybill_later
    faults = (
        (handover.way not in HANDOVER_WAYS, _("Không có cách trả kết quả này.")),
        (handover.way == "electronic" and not has_result(dossier), str(DEMANDS["result"])),
        (
            not has_paper and not has_result(dossier),
            _(
                "Xin ghi số, ngày của giấy kết quả hoặc đính kèm tệp kết quả; không có giấy kết quả thì đánh dấu."
            ),
        ),
        (
            not has_waybill,
            _("Gửi qua bưu chính thì xin ghi mã vận đơn; chưa có thì đánh dấu “Chưa có mã vận đơn”."),
        ),
        (at_counter and not kept["taken_by"], _("Xin ghi họ tên người nhận kết quả.")),
        (
            at_counter and not (handover.identified or note.strip()),
            _(
                "Xin xem giấy tờ tùy thân của người nhận rồi đánh dấu; không xem được thì ghi lý do ở Ghi chú."
            ),
        ),
        (
            bool(handover.undone) and not note.strip(),
            _("Xin đánh dấu việc đã làm, hoặc ghi lý do ở Ghi chú: %(what)s.")
            % {"what": "; ".join(handover.undone)},
        ),
        (
            at_counter and bool(intake_rules.LONG_NUMBER.search(handover.checked)),
            _("Chỉ ghi loại giấy tờ, không ghi số của giấy tờ."),
        ),
        (
            not intake_rules.are_fit_papers(tuple(kept.values())),
            _("Nội dung nhập quá dài hoặc có ký tự không hợp lệ."),
        ),
    )
    if said := [sentence for is_so, sentence in faults if is_so]:
        raise NotPossible(" ".join(said))
    return kept | {"waybill": waybill(kept["waybill"]) if kept["waybill"] else ""}


def _decision(decision: tuple[str, date]) -> dict[str, str]:
    number, day = decision
    if not number.strip() or not intake_rules.are_fit_papers((number,)):
        raise NotPossible(_("Xin ghi số quyết định."))
    if day > clock.today():
        raise NotPossible(_("Ngày quyết định không thể ở tương lai."))
    return {"number": number.strip(), "date": day.isoformat()}
