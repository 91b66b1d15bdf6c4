"""What citizens of a demonstration filled in: drafts that are begun, and dossiers filed from the telephone. All invented."""

import io
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from dossiers.filing import answers, drafts, forms, papers
from dossiers.filing.models import FilingDraft
from dossiers.filing.rules import journey
from dossiers.filing.rules.conditions import TODAY
from dossiers.filing.rules.form import DECLARATION, DESK, ELIGIBILITY, FILER, RESULT
from dossiers.filing.rules.question_types import TYPES
from dossiers.filing.rules.questions import Question
from dossiers.filing.submission import submit
from procedures.catalogue.models import FilingMode, Procedure
from tenants import clock
from tenants.organisation import communes
from tenants.organisation.models import Agency, working_desks

FILED, BEGUN = 3, 2
HOURS_APART = 5
_PERSON = {"name": "Lê Thị Minh Họa", "sex": "nu", "born": "1994-06-05", "id_number": "000194000001"}
_MAN = {"name": "Lê Văn Minh Họa", "sex": "nam", "born": "1992-03-04", "id_number": "000092000002"}


def file_some() -> dict[str, str]:
    """Make drafts and filed dossiers of the first procedure that is filed here; its code and address for demo.json.

    Nothing, and empty, where no procedure is.
    """
    local = Procedure.objects.filter(filing_mode=FilingMode.LOCAL, handled=True).order_by("code")
    procedure = next((one for one in local if forms.in_force(one.code)), None)
    desks = [desk for desk in working_desks() if desk.level == Agency.Level.COMMUNE]
    if procedure is None or not desks:
        return {}
    if not FilingDraft.objects.exists():
        for number in range(FILED + BEGUN):
            with clock.frozen(clock.now() - timedelta(hours=HOURS_APART * (number + 1))):
                _fill_in(procedure, desks[number % len(desks)], number, whole=number < FILED)
    return {"procedure": procedure.code, "url": reverse("filing-start", args=[procedure.code])}


def _fill_in(procedure: Procedure, desk: Agency, number: int, *, whole: bool) -> None:
    """A draft as its own pages leave it. Its row is written here: while seeding, no worker sends a code."""
    now, version = clock.now(), forms.in_force(procedure.code)
    assert version is not None
    draft = FilingDraft(
        procedure=procedure,
        form_version=version,
        kind=FilingDraft.Kind.FILE,
        phone=f"09009{number:05}",
        proven_at=now,
        created_at=now,
        changed_at=now,
        expires_at=now + drafts.KEPT,
    )
    draft.index()
    draft.save()
    form = version.form
    eligible = {one.name: next(a.code for a in one.answers if not a.ends) for one in form.eligibility}
    answers.save(draft, ELIGIBILITY, eligible)
    filer = {key: _PERSON[key] for key in ("name", "id_number")}
    answers.save(draft, FILER, {"for_whom": "nguoi_khac", **filer, "address": "Địa chỉ minh họa"})
    given: dict[str, dict[str, Any]] = {}
    known: dict[str, Any] = {TODAY: clock.today().isoformat()}
    for page in form.pages:
        given[page.code] = {one.name: _value(one, desk, known) for one in page.questions}
        known |= given[page.code]
    shown = journey.visible_questions(form, given | {ELIGIBILITY: eligible})
    for page in [page for page in form.pages if page.code in shown][: None if whole else 6]:
        for question in page.questions:
            if question.type == "paper" and question.required:
                papers.store(draft, question.name, _photograph())
        typed = {one.name for one in page.questions if one.type != "paper"}
        answers.save(draft, page.code, {name: given[page.code][name] for name in typed})
    if whole:
        answers.save(draft, DESK, {"receiving_agency": desk.code, "competent_agency": ""})
        delivery = {"way": "quay", "delivery": "Tại nơi tiếp nhận", "notices": True}
        answers.save(draft, RESULT, delivery)
        answers.save(draft, DECLARATION, {"agreed": True})
        submit(draft.pk)


def _value(question: Question, desk: Agency, known: Mapping[str, Any]) -> Any:
    day = (clock.today() - timedelta(days=20)).isoformat()
    child = {"name": "Lê Minh Họa", "sex": "nu", "born": day, "id_number": f"0003{day[2:4]}000003"}
    # The first of them who fits the rules of the question.
    people = [{part: one[part] for part in question.parts if part in one} for one in (_PERSON, _MAN, child)]
    fitting = (one for one in people if not TYPES["person"].breach(question, one, known))
    commune = {"commune": communes.commune_of(desk) or desk.name, "detail": "Số 1 đường Minh Họa"}
    anywhere = {"province": "Tỉnh Minh Họa", **commune}
    return {
        "person": next(fitting, people[0]) if question.type == "person" else None,
        "address": commune if question.places == "here" else anywhere,
        "date": day,
        "yes_no": False,
        "one_of": question.options[0].code if question.options else "",
        "some_of": [choice.code for choice in question.options[:1]],
        "number": 1,
        "money": 100_000,
        "phone": "0900900000",
        "paper": 1,
        "repeat": [{one.name: _value(one, desk, known) for one in question.questions}],
    }.get(question.type, "Minh Họa")


def _photograph() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (900, 1200), "white").save(content, "JPEG")
    return SimpleUploadedFile("giay-minh-hoa.jpg", content.getvalue())
