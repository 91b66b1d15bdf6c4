"""What a page stored is never lost, and what was filed never changes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from dossiers.filing import answers, drafts
from dossiers.filing.answers import DraftClosed
from dossiers.filing.models import FilingAnswer, FilingDraft
from dossiers.filing.submission import submit
from dossiers.lifecycle.errors import NotPossible
from tenants import clock
from tests.dossiers.filing.filling import PHONE, Filing
from tests.dossiers.filing.rules import forms


def test_two_tabs_on_two_pages_never_overwrite_each_other(filing: Filing) -> None:
    one, other = filing.begun(), filing.begun()
    other = drafts.Opened(one.draft, other.session, one.name)
    answers.save(one.draft, "ten", {"ten": "Nguyễn Văn Thử"})
    answers.save(other.draft, "co-cha", {"co_cha": False})
    answers.save(one.draft, "ten", {"ten": "Nguyễn Văn Mới"})
    assert answers.read(one.draft).answers == {
        "ten": {"ten": "Nguyễn Văn Mới"},
        "co-cha": {"co_cha": False},
    }


def test_answers_lie_encrypted(filing: Filing) -> None:
    answers.save(filing.draft(), "ten", {"ten": "Nguyễn Văn Thử"})
    with connection.cursor() as cursor:
        cursor.execute('SELECT "values" FROM filing_filinganswer')
        ((stored,),) = cursor.fetchall()
    assert "Nguy" not in stored


def test_what_an_ended_session_sent_is_kept_aside_until_it_is_confirmed(filing: Filing) -> None:
    draft = filing.draft()
    answers.save(draft, "ten", {"ten": "Cũ"})
    answers.keep_pending(draft, "ten", {"ten": ["Mới"]})
    filled = answers.read(draft)
    assert (filled.answers, filled.pending) == ({"ten": {"ten": "Cũ"}}, {"ten": {"ten": ["Mới"]}})
    answers.save(draft, "ten", {"ten": "Mới"})
    assert answers.read(draft) == answers.Filled(answers={"ten": {"ten": "Mới"}})


@pytest.mark.parametrize(
    ("page", "length"), [("khong-co", 1), ("", 1), ("x" * 100, 1), ("ten", answers.LARGEST)]
)
def test_a_page_that_the_form_does_not_have_and_answers_far_too_long_are_refused(
    filing: Filing, page: str, length: int
) -> None:
    with pytest.raises(NotPossible):
        answers.save(filing.draft(), page, {"ten": "x" * length})


def test_after_filing_nothing_is_written(filing: Filing) -> None:
    opened = filing.complete()
    submit(opened.draft.pk)
    before = answers.read(opened.draft)
    for write in (answers.save, answers.keep_pending):
        try:
            written: object = write(opened.draft, "ten", {"ten": "Sau"})
        except DraftClosed:
            written = False
        assert not written
    assert answers.read(opened.draft) == before


def test_after_its_end_nothing_is_written(filing: Filing) -> None:
    with pytest.raises(DraftClosed):
        answers.save(filing.draft(over=True), "ten", {"ten": "Muộn"})


def test_a_new_version_takes_the_draft_over_and_says_what_to_answer_again(filing: Filing) -> None:
    opened = filing.complete()
    changed = forms.data("sections", 0, "pages", 0, "questions", 0, type="phone")
    changed["sections"][0]["pages"].append(
        {"code": "noi-sinh", "questions": [forms.question(name="noi_sinh", label="Nơi sinh")]}
    )
    newest = filing.publish(changed)
    found = drafts.open_draft(opened.name, PHONE)
    assert (found.draft.form_version, found.again) == (newest, ("ten", "noi-sinh"))
    filled = answers.read(found.draft)
    assert ("ten" in filled.answers, filled.pending["ten"]) == (False, {"ten": [filing.filled["ten"]["ten"]]})
    assert filled.answers["me"] == filing.filled["me"]
    assert drafts.open_draft(opened.name, PHONE).again == ()


def test_of_two_requests_that_meet_a_new_version_the_second_changes_nothing(filing: Filing) -> None:
    """Both have read the draft before; the first carries it over, and an answer to the new question is stored."""
    one = filing.complete().draft
    other = FilingDraft.objects.get()
    changed = forms.data()
    changed["sections"][0]["pages"].append(
        {"code": "noi-sinh", "questions": [forms.question(name="noi_sinh", label="Nơi sinh")]}
    )
    filing.publish(changed)
    answers.carry_over(one)
    answers.save(one, "noi-sinh", {"noi_sinh": "Phường Thử"})
    assert answers.carry_over(other) == ()
    assert answers.read(one).answers["noi-sinh"] == {"noi_sinh": "Phường Thử"}


def test_answers_to_a_page_that_is_gone_go_with_it(filing: Filing) -> None:
    opened = filing.complete()
    changed = forms.data()
    del changed["sections"][0]["pages"][1]
    filing.publish(changed)
    drafts.open_draft(opened.name, PHONE)
    assert not FilingAnswer.objects.filter(page="ngay-sinh").exists()


def test_a_withdrawn_form_leaves_drafts_as_they_are(filing: Filing) -> None:
    opened = filing.complete()
    filing.publish({"withdrawn": True})
    assert drafts.open_draft(opened.name, PHONE).again == ()
    assert answers.read(opened.draft).answers["ten"] == filing.filled["ten"]


def sent(act: Callable[[], object]) -> int:
    count = 0

    def note(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        nonlocal count
        count += not sql.startswith(("SAVEPOINT", "RELEASE"))
        return execute(sql, params, many, context)  # type: ignore[operator]

    with connection.execute_wrapper(note):
        act()
    return count


def test_statements_of_opening_reading_and_saving(filing: Filing) -> None:
    """Each reads the version of the catalogue as well; a page that stands in one moment reads it once."""
    opened = filing.complete()
    drafts.open_draft(opened.name, PHONE)
    assert sent(lambda: drafts.open_draft(opened.name, PHONE)) == 3
    assert sent(lambda: answers.read(opened.draft)) == 3
    assert sent(lambda: answers.save(opened.draft, "ten", {"ten": "Mới"})) == 2
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert sent(lambda: drafts.open_draft(opened.name, PHONE)) == 4
