"""Pages of a draft: the task list, the questions with their papers, the check of the answers.

Each page stores what is sent to it, in one statement, before it leads on.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from dossiers.deadlines import wording
from dossiers.filing import answers, drafts, expiry, forms
from dossiers.filing.public import answers as filing_answers
from dossiers.filing.public import end as filing_end
from dossiers.filing.public import papers as filing_papers
from dossiers.filing.public import places as filing_places
from dossiers.filing.public import supplement as filing_supplement
from dossiers.filing.public.doors import DRAWN, PENDING, STANDING, Kind, Visit, let_in
from dossiers.filing.public.form import SAME, QuestionForm, say, sentence
from dossiers.filing.rules import journey
from dossiers.filing.rules.conditions import TODAY, Condition
from dossiers.filing.rules.form import CHECK, DECLARATION, DESK, FILED, FILER, RESULT, TASKS, Page
from dossiers.filing.rules.question_types import TYPES, fill
from dossiers.filing.rules.questions import Question
from dossiers.lifecycle import access_links, citizen_requests
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import AccessToken
from tenants import clock
from tenants.web import qr
from tenants.web.budgets import BudgetSpent
from tenants.web.public_pages import refused_post, see_other

ONWARD, ADD_ROW, DISCARD, FORGET, SEND_LINK = "tiep", "them", "xoa", "bo", "gui-lien-ket"


def _keep_typed(visit: Visit, code: str, is_sender: bool) -> bool:
    """Keep aside what the sender of a session that had ended typed into the boxes of this page; False where it is lost,
    as what another browser typed is."""
    _asked_then, typed = _typed(visit, code)
    if not typed or not is_sender:
        return not typed
    try:
        with visit.text_kept():
            return answers.keep_pending(visit.draft, code, typed)
    except (NotPossible, BudgetSpent):
        return False


def _typed(visit: Visit, code: str) -> tuple["Asked | None", dict[str, list[str]]]:
    """The page, None for one without boxes, and what was typed into its boxes; empty where all of them are."""
    try:
        asked = _asked(visit, code)
    except Http404:
        # What is pressed there is meant for that moment.
        return None, {}
    boxes = {name for one in asked.page.questions for name in (one.name + SAME, *TYPES[one.type].names(one))}
    typed = {name: texts for name, texts in visit.request.POST.lists() if name in boxes}
    return asked, typed if any(text.strip() for texts in typed.values() for text in texts) else {}


@partial(let_in, keep_typed=_keep_typed)
def page(visit: Visit, code: str) -> HttpResponseBase:
    """Answer /nop/ban-nhap/<signed name>/<page>/."""
    over = "" if visit.draft.filed_at is not None else filing_supplement.over(visit)
    if over or (visit.draft.filed_at is not None and code != FILED):
        return _closed(visit, code, over)
    asks = visit.draft.kind != Kind.SUPPLEMENT or (
        code != FILED and code in filing_supplement.asked_pages(visit)
    )
    if not asks:
        return filing_supplement.page(visit, code) or _not_asked(visit, code)
    special: dict[str, Callable[[Visit], HttpResponse]] = {
        TASKS: _tasks,
        CHECK: _check,
        DECLARATION: filing_end.declare,
        FILED: filing_end.filed,
    }
    if code in special:
        return special[code](visit)
    return _questions(visit, _asked(visit, code))


def _closed(visit: Visit, code: str, over: str) -> HttpResponse:
    """On to what was filed; but who entered something just now gets it back, and reads that it was not added. Of a
    supplement for which nobody waits any more, as `over` says, also what was not sent."""
    draft, rows = visit.draft, _entered(visit, code, _("Tệp chưa được nhận"))
    if not rows and not over:
        return visit.go(FILED)
    dossier = draft.dossier or draft.supplement_of
    assert dossier is not None
    request, address, supplement = citizen_requests.standing(dossier), visit.address(FILED), ""
    if draft.kind in (Kind.FILE, Kind.SUPPLEMENT):
        token = access_links.issue(dossier, AccessToken.Purpose.LOOKUP)
        address = access_links.url(token)
        if request and request.lacking and access_links.takes_supplements(dossier):
            supplement = reverse("dossier-supplement", args=[token])
    return visit.shown(
        "closed",
        status=409 if rows else 200,
        heading=_("Điều vừa nhập không được thêm vào") if rows else _("Bổ sung giấy tờ"),
        over=over,
        rows=rows,
        unsent=_unsent(visit) if over else [],
        when=wording.moment(draft.filed_at) if draft.filed_at else "",
        supplement=supplement,
        url=address,
    )


def _entered(visit: Visit, code: str, files: str) -> list[tuple[str, list[str]]]:
    """What this request sent to a page, in words; its files under the word for them."""
    if visit.request.method != "POST":
        return []
    asked, typed = _typed(visit, code)
    stored = filing_places.to_boxes(code, visit.filled.answers.get(code, {}))
    rows = QuestionForm(asked.page.questions if asked else (), raw=typed, answers=stored).entered
    sent = visit.request.FILES.lists()
    return [*rows, *((files, [str(one.name)]) for _box, uploads in sent for one in uploads)]


def _not_asked(visit: Visit, code: str) -> HttpResponse:
    """On from a page that an answer given meanwhile has hidden, perhaps in another tab; but what was entered there just
    now is kept aside, for when it is asked again, and its sender reads so."""
    onward = _onward(visit, code)
    if not _entered(visit, code, _("Tệp")):
        return onward
    asked, _typed_then = _typed(visit, code)
    # What a supplement holds of papers leaves with it, whether its pages are asked or not.
    questions = asked.page.questions if asked and visit.draft.kind != Kind.SUPPLEMENT else ()
    papers = [one for one in questions if one.type == "paper"]
    has_room = (papers or not visit.request.FILES) and not filing_papers.act(visit, papers, "")
    rows = _entered(visit, code, _("Tệp") if has_room else _("Tệp chưa được nhận"))
    heading, is_kept = _("Trang này không còn phải điền"), _keep_typed(visit, code, True) and has_room
    url = onward["Location"]
    return visit.shown("not_asked", status=409, heading=heading, rows=rows, is_kept=is_kept, onward=url)


def _unsent(visit: Visit) -> list[tuple[str, list[str]]]:
    """What stands in a supplement that was not sent, in words."""
    form, own, rows = answers.form_of(visit.draft), visit.own, list[tuple[str, list[str]]]()
    for page in form.pages if form else ():
        given = own.answers.get(page.code, {})
        typed = fill(page.questions, given) | own.pending.get(page.code, {})
        for raw in (typed, *answers.earlier_words(typed)):
            rows += QuestionForm(page.questions, raw=raw, answers=given).entered
    return [*rows, *((_("Tệp"), [file.name]) for file in own.files)]


@dataclass(frozen=True)
class Asked:
    """A page with the questions that it asks now."""

    page: Page
    section: str
    conditions: Mapping[str, Condition | None]
    questions: tuple[Question, ...] = ()

    def is_asked(self, question: Question, known: Mapping[str, Any]) -> bool:
        """Whether a question is asked, by the answers before it."""
        condition = self.conditions[question.name]
        return condition is None or condition.holds(known)

    @property
    def code(self) -> str:
        return self.page.code

    @property
    def heading(self) -> str:
        if self.page.title is None and self.questions:
            return say(self.questions[0].label, self.questions[0].label_en)
        return say(*self.page.heading)


def _asked(visit: Visit, code: str) -> Asked:
    """The page with this code; Http404 for one that the form does not have."""
    form, built_in = visit.form, filing_places.page(visit, code)
    page = built_in or form.page(code)
    if page is None:
        raise Http404
    section = next((say(one.title, one.title_en) for one in form.sections if page in one.pages), "")
    conditions = {one.name: one.relevant for one in page.questions} if built_in else form.conditions
    asked = Asked(page, section, conditions)
    stored = filing_places.to_boxes(code, visit.filled.answers.get(code, {}))
    return replace(asked, questions=tuple(_asked_now(visit, asked, stored)))


def _questions(visit: Visit, asked: Asked) -> HttpResponse:
    if not asked.questions:
        return _not_asked(visit, asked.code)
    request = visit.request
    sent: MultiValueDict[str, str] = request.POST if request.method == "POST" else refused_post(request)
    asked = _as_drawn(asked, sent.getlist(DRAWN))
    was, stored = visit.own, filing_places.to_boxes(asked.code, visit.filled.answers.get(asked.code, {}))
    names = filing_places.names_for(asked.questions)
    before = journey.known_answers(visit.form, visit.filled.answers, asked.code)
    offers = {one.name: forms.offered(one, before) for one in asked.questions}
    drawn_with: Any = {"answers": stored, "names": names, "offers": offers}
    typed_ones = [question for question in asked.questions if question.type != "paper"]
    stands = answers.page_digest(typed_ones, stored)
    papers = [question for question in asked.questions if question.type == "paper"]
    pending = visit.filled.pending.get(asked.code, {})
    # Kept aside after this page was drawn, by another device: its sender has not seen it.
    is_unseen = bool(pending) and sent.get(PENDING, _seen(pending)) != _seen(pending)
    known = None if is_unseen else pending
    if request.method != "POST" and not sent:
        if (asked.code == DESK and not stored) or asked.code == RESULT:
            drawn_with["answers"] = {**filing_places.suggested(visit, asked.code), **stored}
        raw = {name: texts for name, texts in pending.items() if name != answers.EARLIER}
        form = QuestionForm(asked.questions, raw=raw or None, **drawn_with)
        return _shown(visit, asked, form, papers, stands, unsaved=pending)
    if request.POST.get("viec") == FORGET:
        if not is_unseen:
            answers.drop_pending(visit.draft, asked.code)
        return visit.go(asked.code, returns=visit.returns)
    form = QuestionForm(asked.questions, raw=dict(sent.lists()), **drawn_with)
    act, seen = sent.get("viec", ONWARD), sent.get(STANDING, stands)
    refused = filing_papers.act(visit, papers, act) if request.method == "POST" else {}
    found = form.read({**before, TODAY: clock.today().isoformat()}, asked.is_asked)
    if filing_papers.is_about_files(act) and not refused:
        if form.fields:
            # Its other boxes are not finished: they keep what stands in them.
            again = QuestionForm(asked.questions, raw=dict(sent.lists()), **drawn_with)
            return _shown(visit, asked, again, papers, seen, unsaved=known)
        return visit.go(asked.code, returns=visit.returns)
    if not refused and act == ONWARD:
        refused = filing_papers.lacking(visit, papers)
    if found is None or refused:
        return _shown(visit, asked, form, papers, seen, refused=refused, unsaved=known)
    typed = answers.page_digest(typed_ones, found)
    if stands not in (seen, typed):
        if typed != seen:
            form.add_fault("", _written_elsewhere(typed_ones, stored))
            return _shown(visit, asked, form, papers, stands, unsaved=known)
        # Nothing was changed here: what was written elsewhere stays.
        found = {one.name: stored[one.name] for one in typed_ones if one.name in stored}
    if request.method != "POST":
        # Refused in another language, and not sent again since.
        return _shown(visit, asked, form, papers, seen, unsaved=known)
    found |= filing_papers.counts(visit, papers)
    drawn = {question.name for question in asked.questions}
    hidden = {name: value for name, value in stored.items() if name not in drawn}
    try:
        with visit.text_kept():
            values = filing_places.from_boxes(asked.code, {**hidden, **found})
            answers.save(visit.draft, asked.code, values, over=was, keeps_pending=is_unseen)
    except answers.Changed:
        # Another device stored this page a moment ago: compared anew with that.
        visit.forget()
        return _questions(visit, _asked(visit, asked.code))
    except (NotPossible, BudgetSpent) as refusal:
        form.add_fault("", str(refusal))
        return _shown(visit, asked, form, papers, seen, unsaved=known)
    visit.filled.answers[asked.code] = {**hidden, **found}
    if not is_unseen:
        visit.filled.pending.pop(asked.code, None)
    now = {question.name for question in _asked_now(visit, asked, {**hidden, **found})}
    if act == ADD_ROW or now - drawn:
        if answers.EARLIER in pending and not is_unseen:
            # The page is not left yet: they are shown on it again.
            answers.keep_pending(visit.draft, asked.code, {answers.EARLIER: pending[answers.EARLIER]})
        return visit.go(asked.code, returns=visit.returns)
    return _onward(visit, asked.code)


def _seen(pending: Mapping[str, list[str]]) -> str:
    return answers.typed_digest(pending) if pending else ""


def _written_elsewhere(questions: Sequence[Question], stored: Mapping[str, Any]) -> str:
    said = [f"{title} {', '.join(lines)}" for title, lines in QuestionForm(questions, answers=stored).entered]
    return _(
        "Trang này vừa được ghi ở thẻ hoặc thiết bị khác: %(said)s. Điều ông/bà gõ ở đây còn nguyên; bấm Tiếp tục lần nữa thì thay điều đã ghi."
    ) % {"said": "; ".join(said) or _("chưa trả lời")}


def _as_drawn(asked: Asked, names: Collection[str]) -> Asked:
    """The page without those of its questions that its sender had not seen: of two presses, the first may bring up more."""
    seen = tuple(one for one in asked.questions if one.relevant is None or one.name in names)
    return replace(asked, questions=seen) if names and seen else asked


def _asked_now(visit: Visit, asked: Asked, given: Mapping[str, Any]) -> Iterator[Question]:
    """The questions of this page that are asked with the answers `given` to it: one may bring up another."""
    known: dict[str, Any] = journey.known_answers(visit.form, visit.filled.answers, asked.code)
    for question in asked.page.questions:
        # The address of a result by post is drawn at once: the page hides it under the other ways.
        if asked.code == RESULT or asked.is_asked(question, known):
            yield question.worded(known)
            if question.name in given:
                known[question.name] = given[question.name]


def _shown(
    visit: Visit,
    asked: Asked,
    form: QuestionForm,
    papers: list[Question],
    standing: str,
    *,
    refused: Mapping[str, str] | None = None,
    unsaved: Mapping[str, list[str]] | None = None,
) -> HttpResponse:
    earlier = answers.earlier_words(unsaved or {})
    stored = filing_places.to_boxes(asked.code, visit.filled.answers.get(asked.code, {}))
    form.let_fill(filing_places.own_questions(visit.form.people))
    return visit.shown(
        "page",
        form=form,
        asked=asked,
        procedure=visit.form.procedure,
        **filing_papers.drawn(visit, papers, refused or {}),
        alone=len(asked.questions) == 1,
        repeats=any(question.type == "repeat" for question in asked.questions),
        standing=standing,
        unsaved=bool(unsaved),
        pending=_seen(unsaved) if unsaved else visit.request.POST.get(PENDING, ""),
        earlier=[
            row for raw in earlier for row in QuestionForm(asked.questions, raw=raw, answers=stored).entered
        ],
        again=asked.code in visit.opened.again,
        back=_back(visit, asked.code),
        action=visit.address(asked.code, returns=visit.returns),
    )


# --- The way through the pages


def _onward(visit: Visit, code: str) -> HttpResponse:
    """The page after this one; back to the check where one came from there, unless new questions came up; in a
    supplement the list of what is missing."""
    if visit.draft.kind == Kind.SUPPLEMENT:
        return visit.go(TASKS)
    if visit.returns:
        open_page = journey.first_page(visit.form, visit.filled.answers)
        return visit.go(open_page, returns=True) if open_page else visit.go(CHECK)
    if code == FILER:
        return visit.go(TASKS)
    if visit.form.page(code) is not None:
        following = journey.neighbour(visit.form, visit.filled.answers, code, 1)
        if following is not None:
            return visit.go(following)
        code = ""
    places = [one for one in (DESK, RESULT) if filing_places.page(visit, one) is not None]
    later = places[places.index(code) + 1 :] if code in places else places
    # A desk that fits the address need not be chosen; the check of the answers leads to it.
    later = [one for one in later if one != DESK or not filing_places.is_done(visit, DESK)]
    return visit.go(later[0] if later else CHECK)


def _back(visit: Visit, code: str) -> str:
    if visit.returns:
        return visit.address(CHECK)
    in_form = visit.draft.kind != Kind.SUPPLEMENT and visit.form.page(code)
    before = journey.neighbour(visit.form, visit.filled.answers, code, -1) if in_form else None
    return visit.address(before or TASKS)


# --- The task list, and the check of the answers


def _tasks(visit: Visit) -> HttpResponse:
    request = visit.request
    if request.method == "POST" and request.POST.get("viec") == DISCARD:
        if "chac" not in request.POST:
            return visit.shown("discard", back=visit.address(TASKS))
        expiry.discard(visit.draft)
        return see_other(reverse("filing-discarded"))
    if request.method == "POST" and request.POST.get("viec") == SEND_LINK:
        return visit.go(TASKS, lien_ket="da-gui" if drafts.send_link(visit.opened) else "chua-gui")
    rows = filing_places.task_rows(visit)
    open_rows = [row for row in rows if row["state"] != "done"]
    link = drafts.link(visit.draft)
    return visit.shown(
        "tasks",
        rows=rows,
        done=len(rows) - len(open_rows),
        go_on=next((row["url"] for row in open_rows if row["url"]), ""),
        check=visit.address(CHECK) if not open_rows else "",
        again=bool(visit.opened.again),
        closed=filing_places.no_desk(visit),
        later=link,
        path=link[link.index(drafts.ADDRESS) :],
        qr=qr.svg(link),
        counter_code=drafts.counter_code(visit.draft),
        sends=visit.opened.is_proven,
        sent=request.GET.get("lien_ket", ""),
        action=visit.address(TASKS),
    )


def _check(visit: Visit) -> HttpResponse:
    """All answers, each with the way to change it; and what is still missing."""
    form, filled = visit.form, visit.filled
    missing = journey.missing(form, filled.answers, clock.today().isoformat())
    known = journey.known_answers(form, filled.answers)
    lacking: list[tuple[str, str, str]] = [
        (
            visit.address(one.page, returns=True),
            say(asked.label, asked.label_en),
            say(one.sentence, one.english),
        )
        for one in missing
        if one.name in form.questions and form.page(one.page)
        for asked in [form.questions[one.name].worded(known)]
    ]
    lacking += [
        (visit.address(code, returns=True), title, _("Xin xem lại trang này."))
        for code, title in filing_places.open_pages(visit)
    ]
    doubts = [
        (visit.address(code, returns=True), say(asked.label, asked.label_en), sentence(why))
        for code, question, why in journey.doubts(form, filled.answers)
        for asked in [question.worded(known)]
    ]
    doubts += filing_places.doubts(visit)
    groups = [
        *filing_places.summary(visit),
        *filing_answers.groups(form, filled.answers, files=filled.files, missing=missing),
    ]
    return visit.shown(
        "check",
        groups=groups,
        closed=filing_places.no_desk(visit),
        lacking=lacking,
        doubts=doubts,
        unsaved=filing_places.unsaved(visit),
        back=visit.address(TASKS),
        next_url=f"{visit.address(DECLARATION)}?{filing_end.SEEN}={filing_end.standing(visit)}"
        if visit.draft.kind == Kind.FILE
        else visit.address(FILED),
    )
