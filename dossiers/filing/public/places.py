"""Pages that every filing has beside those of its form: who files, at which desk, how the result comes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from dossiers.filing import answers, forms
from dossiers.filing.public.answers import AnswerGroup, AnswerRow
from dossiers.filing.public.doors import Kind, Visit
from dossiers.filing.public.form import say
from dossiers.filing.rules import journey
from dossiers.filing.rules.conditions import Condition
from dossiers.filing.rules.form import DESK, ELIGIBILITY, FILER, RESULT, FilingForm, Page, People
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Choice, Question
from procedures.catalogue.contents.filing_place import filing_desks
from procedures.catalogue.models import Procedure
from tenants.isolation.context import current_province
from tenants.organisation import catalogue, communes
from tenants.organisation.models import Agency, working_desks

SELF, OTHER = "minh", "nguoi_khac"
COUNTER, POST, ELECTRONIC = "quay", "buu_chinh", "dien_tu"
_FOR_WHOM = Question(
    name="cho_ai",
    type="one_of",
    label=gettext_noop("Ông/bà nộp hồ sơ cho ai?"),
    personal="family",
    choices=(
        Choice(code=SELF, label=gettext_noop("Cho chính mình")),
        Choice(code=OTHER, label=gettext_noop("Nộp thay người khác")),
    ),
)
_FILER = Question(
    name="nguoi_nop",
    type="person",
    parts=("name", "id_number"),
    label=gettext_noop("Người nộp hồ sơ"),
    hint=gettext_noop("Ghi như trên thẻ căn cước."),
    personal="id_number",
)
_ADDRESS = Question(
    name="dia_chi", type="text", label=gettext_noop("Địa chỉ liên hệ"), personal="address", required=False
)
_WAY = Question(
    name="cach_nhan",
    type="one_of",
    label=gettext_noop("Ông/bà muốn nhận kết quả thế nào?"),
    personal="none",
    choices=(
        Choice(code=COUNTER, label=gettext_noop("Tại nơi tiếp nhận")),
        Choice(
            code=POST, label=gettext_noop("Qua bưu chính công ích"), hint=gettext_noop("Người nhận trả cước.")
        ),
        Choice(code=ELECTRONIC, label=gettext_noop("Bản điện tử")),
    ),
)
_TO = Question(
    name="gui_den",
    type="text",
    label=gettext_noop("Địa chỉ nhận kết quả qua bưu chính"),
    hint=gettext_noop("Chỉ khi chọn nhận qua bưu chính. Nhận ở nơi khác nơi đã khai thì xin sửa."),
    personal="address",
    relevant=Condition.from_data({"is": ["cach_nhan", POST]}),
)
_NOTICES = Question(
    name="tin_bao",
    type="yes_no",
    label=gettext_noop("Có nhận tin báo tình trạng hồ sơ này qua số điện thoại vừa xác nhận không?"),
    hint=gettext_noop("Không quảng cáo; thôi nhận được bất cứ lúc nào."),
    personal="phone",
)


def page(visit: Visit, code: str) -> Page | None:
    """The page of this code as this draft has it; None where it asks nothing, or is a page of the form."""
    questions: list[Question] = []
    if code == ELIGIBILITY and visit.draft.kind != Kind.SUPPLEMENT:
        questions = [one.question for one in visit.form.eligibility]
    elif code == FILER and visit.form.people.filer is None:
        others = [one.model_copy(update={"relevant": _IF_OTHER}) for one in (_FILER, _ADDRESS)]
        questions = [_FOR_WHOM, *others] if visit.form.people.owner_name else [_FILER, _ADDRESS]
    elif (
        code == DESK
        and visit.draft.kind == Kind.FILE
        and len(desks := filing_desks(visit.draft.procedure)) > 1
    ):
        questions = [_desk_question(desks)]
    elif code == RESULT and visit.draft.kind == Kind.FILE:
        questions = [_WAY, _TO, *([_NOTICES] if visit.draft.proven_at else [])]
    if not questions:
        return None
    return Page.model_construct(code=code, title=TITLES[code], title_en=None, questions=tuple(questions))


def questions_of(form: FilingForm, procedure: Procedure, code: str) -> Sequence[Question]:
    """All that the page of this code may ask, in whatever draft of the form."""
    if found := form.page(code):
        return found.questions
    if code == DESK:
        return [_desk_question(filing_desks(procedure))]
    own = {ELIGIBILITY: [one.question for one in form.eligibility], FILER: [_FOR_WHOM, _FILER, _ADDRESS]}
    return own.get(code, [_WAY, _TO, _NOTICES])


def own_questions(people: People) -> set[str]:
    """The names of the questions about the person who fills in the form: their name and birth, and their address."""
    if people.filer is None:
        return {_FILER.name, _ADDRESS.name}
    address = people.owner_address if people.owner_name == people.filer else None
    return {name for name in (people.filer, address) if name}


_IF_OTHER = Condition.from_data({"is": ["cho_ai", OTHER]})
TITLES = {
    ELIGIBILITY: gettext_noop("Điều kiện để nộp tại đây"),
    FILER: gettext_noop("Người nộp hồ sơ"),
    DESK: gettext_noop("Nơi giải quyết hồ sơ"),
    RESULT: gettext_noop("Nhận kết quả"),
}


_KEYS = {
    FILER: {"cho_ai": "for_whom", "dia_chi": "address"},
    DESK: {"noi_nhan": "receiving_agency"},
    RESULT: {"cach_nhan": "way", "gui_den": "to", "tin_bao": "notices"},
}
"""By page the key under which filing stores an answer, by the name of its question."""


def to_boxes(code: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of a page by the names of its questions, from how it is stored for filing."""
    if code not in _KEYS:
        return dict(stored)
    boxes = {name: stored[key] for name, key in _KEYS[code].items() if stored.get(key) not in (None, "")}
    if code == FILER and stored.get("name"):
        boxes["nguoi_nop"] = {key: stored.get(key, "") for key in ("name", "id_number")}
    return boxes


def from_boxes(code: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """How a page is stored for filing, from the answers by the names of its questions."""
    if code not in _KEYS:
        return dict(found)
    if code == FILER and (found.get("cho_ai") == SELF or not found.get("nguoi_nop")):
        found = {name: found[name] for name in ("cho_ai",) if name in found}
    stored = {key: found[name] for name, key in _KEYS[code].items() if found.get(name) is not None}
    if code == RESULT:
        words = TYPES["one_of"].lines(_WAY, stored["way"])[0]
        to = f": {stored['to']}" if stored["way"] == POST and stored.get("to") else ""
        stored["delivery"] = f"{words}{to}"
    return {**stored, **found.get("nguoi_nop", {})}


def with_delivery(stored: Mapping[str, Any], words: str) -> dict[str, Any]:
    """The stored page about the result with the way of these words, which drops the address of another way."""
    if stored.get("delivery") == words:
        return dict(stored)
    way = next((one.code for one in _WAY.choices if one.label == words), "")
    return {**stored, "way": way, "to": "", "delivery": words}


def is_done(visit: Visit, code: str) -> bool:
    """Whether nothing is missing on this page."""
    if code == ELIGIBILITY:
        return journey.is_eligible(visit.form, visit.filled.answers)
    stored = _stored(visit, code)
    if code == FILER:
        return bool(stored.get("name") or stored.get("for_whom") == SELF)
    if code == DESK:
        return any(
            stored.get("receiving_agency") == desk.code for desk in filing_desks(visit.draft.procedure)
        )
    return bool(stored.get("delivery")) and (stored.get("way") != POST or bool(stored.get("to")))


def task_rows(visit: Visit) -> list[dict[str, str]]:
    """The sections of the form and these pages around them, each with its state and address."""
    rows = [
        {"title": say(one.section.title, one.section.title_en), "state": one.state, "url": url}
        for one in journey.sections_state(visit.form, visit.filled.answers)
        if one.page is not None
        for url in [visit.address(one.page) if one.state != "cannot_start" else ""]
    ]
    own = {
        code: {
            "title": say(TITLES[code]),
            "state": "done" if is_done(visit, code) else "not_started",
            "url": visit.address(code),
        }
        for code in (FILER, DESK, RESULT)
        if page(visit, code) is not None
    }
    before = [own.pop(FILER)] if FILER in own else []
    return [*before, *rows, *own.values()]


def open_pages(visit: Visit) -> list[tuple[str, str]]:
    """The code and title of each of these pages on which something is missing."""
    return [
        (code, say(title))
        for code, title in TITLES.items()
        if page(visit, code) is not None and not is_done(visit, code)
    ]


def no_desk(visit: Visit) -> str:
    """Why a draft that began as a filing cannot be filed now, and whom to call; "" where some desk takes it."""
    if visit.draft.kind != Kind.FILE or filing_desks(visit.draft.procedure):
        return ""
    sentence = _("Lúc này chưa có nơi nhận trực tuyến thủ tục này. Những gì đã điền vẫn được giữ.")
    desks = working_desks(catalogue.agencies().values())
    phone = next((desk.phone for desk in desks if desk.phone), current_province().hotline)
    return f"{sentence} {_('Xin gọi %(phone)s.') % {'phone': phone}}" if phone else sentence


def doubts(visit: Visit) -> list[tuple[str, str, str]]:
    """The address and title of the desk that was chosen, and why to look at it again, where another fits the address."""
    chosen, fitting = _stored(visit, DESK).get("receiving_agency"), suggested(visit).get("noi_nhan")
    desk = catalogue.agency_by_code(fitting) if chosen and fitting not in (None, chosen) else None
    if desk is None:
        return []
    why = _("Theo địa chỉ đã khai, nơi giải quyết là %(desk)s.") % {"desk": desk.local_name}
    return [(visit.address(DESK, returns=True), say(TITLES[DESK]), why)]


def unsaved(visit: Visit) -> list[tuple[str, str]]:
    """The address and heading of each page that is asked now, on which something was typed that is not stored."""
    typed = answers.unsaved(visit.form, visit.filled)
    found = {code: page(visit, code) or visit.form.page(code) for code in typed}
    return [
        (visit.address(code, returns=True), say(*one.heading))
        for code, one in found.items()
        if one is not None
    ]


def summary(visit: Visit) -> list[AnswerGroup]:
    """What these pages hold, in words; of what was filed also the office that settles it by now."""
    rows: list[AnswerRow] = []
    for code in (FILER, DESK, RESULT):
        found = page(visit, code)
        boxes = to_boxes(code, _stored(visit, code))
        for question in found.questions if found else ():
            if question.relevant is None or question.relevant.holds(boxes):
                lines = TYPES[question.type].lines(question, boxes.get(question.name), say)
                rows.append(AnswerRow(say(question.label), lines, code))
    if dossier := visit.draft.dossier or visit.draft.supplement_of:
        rows.append(AnswerRow(_("Cơ quan giải quyết"), [dossier.competent_agency.name_today], ""))
    rows.append(AnswerRow(_("Số điện thoại"), [visit.draft.masked_phone], ""))
    return [AnswerGroup(_("Nộp hồ sơ"), rows)]


def complete(visit: Visit) -> dict[str, dict[str, Any]]:
    """What these pages hold for filing without being typed: the desk where there is one, or one that fits the address,
    and who files for themselves."""
    found: dict[str, dict[str, Any]] = {}
    stored = visit.filled.answers.get(FILER, {})
    people = visit.form.people
    if people.filer:
        found[FILER] = journey.filer(visit.form, visit.filled.answers)
    elif stored.get("for_whom") == SELF and people.owner_name:
        found[FILER] = {"for_whom": SELF, **journey.filer(visit.form, visit.filled.answers)}
    desks = filing_desks(visit.draft.procedure)
    if len(desks) == 1:
        found[DESK] = {"receiving_agency": desks[0].code}
    elif place := _stored(visit, DESK):
        found[DESK] = dict(place)
    return found


def suggested(visit: Visit, code: str = DESK) -> dict[str, Any]:
    """What a page begins with: the address that was given, for a result by post; the desk that fits the address by which
    the form chooses one, where that is one desk."""
    if code == RESULT:
        known, name = journey.known_answers(visit.form, visit.filled.answers), visit.form.people.owner_address
        lines = TYPES["address"].lines(visit.form.questions[name], known.get(name)) if name else []
        return {_TO.name: visit.filled.answers.get(FILER, {}).get("address") or "".join(lines)}
    chosen = forms.authority_chosen(visit.form, visit.filled.answers)
    desks = filing_desks(visit.draft.procedure) if chosen else []
    fitting = [desk for desk in desks if communes.authority_over(desk) == chosen]
    return {"noi_nhan": fitting[0].code} if len(fitting) == 1 else {}


def _stored(visit: Visit, code: str) -> Mapping[str, Any]:
    """How a page is stored for filing; of the desk, until another is chosen, the one that fits the address."""
    stored = visit.filled.answers.get(code, {})
    fitting = suggested(visit) if code == DESK and not stored else {}
    return from_boxes(code, fitting) if fitting else stored


def names_for(questions: Iterable[Question]) -> dict[str, Sequence[Any]]:
    """The provinces and communes to suggest, the communes of before with those of today, and where we are; nothing where
    none of these questions asks for them."""
    if not any(one.type in ("address", "repeat") for one in questions):
        return {}
    own, former = current_province().name, list(communes.former_names().items())
    provinces = communes.provinces()
    here = [own] if own in provinces else []
    return {"communes": communes.names(), "provinces": provinces, "former": former, "here": here}


def _desk_question(desks: list[Agency]) -> Question:
    # On a telephone the end of a long name is cut off, and there stands the commune.
    names = [
        place[:1].upper() + place[1:] if (place := communes.commune_of(desk)) else desk.local_name
        for desk in desks
    ]
    choices = tuple(
        Choice.model_construct(code=desk.code, label=name if names.count(name) == 1 else desk.local_name)
        for desk, name in zip(desks, names, strict=True)
    )
    return Question.model_construct(
        name="noi_nhan",
        type="one_of",
        label=gettext_noop("Hồ sơ của ông/bà nộp cho nơi nào?"),
        hint=gettext_noop("Nơi này nhận, giải quyết hồ sơ và trả kết quả."),
        personal="none",
        choices=choices,
    )
