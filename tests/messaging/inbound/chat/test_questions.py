"""Two hundred texts as citizens type them, each taken for what it is; `make test` has every fourth of them said."""

import csv
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db.models.functions import Now

from dossiers.workflow.models import WorkflowVersion
from dossiers.workflow.rules.shipped import complaint_workflow_data
from messaging.contacts.models import Follower
from messaging.inbound.chat import procedures as catalogue
from messaging.inbound.chat import turns
from messaging.inbound.models import IncomingMessage
from messaging.outbox.models.messages import Message
from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.models import Procedure
from procedures.catalogue.search.index import reindex
from tenants import clock
from tenants.isolation.context import province_context
from tests.deep import share
from tests.dossiers.chatting import Talk
from tests.dossiers.walking import received
from tests.factories import Office, ProcedureFactory
from tests.messaging.inbound.chat.questions import FILE, Typed, filled, typed
from tests.procedures import golden
from tests.provinces import undone

LEAST = 0.98
_CODE = re.compile(r"\d\.\d{6}")


def test_there_are_two_hundred_different_ones() -> None:
    texts = [one.text for one in typed()]
    assert len(texts) == len(set(texts)) >= 200


@pytest.mark.sampled
def test_each_is_taken_for_what_it_is(office: Office, talk: Talk, capsys: pytest.CaptureFixture[str]) -> None:
    dossier = received(office)
    WorkflowVersion.publish(complaint_workflow_data())
    office.procedure = ProcedureFactory(complaint=True)
    complaint = received(office)
    # What the desk takes in is no procedure of the catalogue.
    Procedure.objects.filter(code="1.000894").update(code="9.000001")
    apply_selection(golden.selection())
    values = {
        "code": dossier.code,
        "key": dossier.lookup_key,
        "complaint": complaint.code,
        "complaintkey": complaint.lookup_key,
        "unknown": f"{dossier.code[:-4]}0999",
        "wrong": "B2C3H4" if dossier.lookup_key != "B2C3H4" else "B2C3H5",
    }
    asked = share(list(typed()), 0, 4)
    rows = [_heard(number, filled(one.text, values)) for number, one in enumerate(asked)]
    assert turns.process_pending(len(asked) + 1, seconds=600) == len(asked)
    misses = [problem for one, row in zip(asked, rows, strict=True) if (problem := _miss(one, row))]
    with capsys.disabled():
        print(f"\n{len(asked) - len(misses)} of {len(asked)} are taken for what they are", *misses, sep="\n")  # noqa: T201
    assert len(misses) <= (1 - LEAST) * len(asked)


def _heard(number: int, text: str) -> IncomingMessage:
    """Somebody else each time: nobody's guesses count for another."""
    reader = Follower.objects.create(channel="chat", account="chinh", address=f"7{number:09d}")
    return IncomingMessage.objects.create(
        channel="chat", account="chinh", provider_id=f"q{number}", follower=reader, text=text,
        written_at=clock.now(), answer_due_at=Now(),
    )  # fmt: skip


def _miss(one: Typed, row: IncomingMessage) -> str:
    """What is wrong with the answer; "" when it is right. A procedure may be called only the nearest, as long as
    it is shown."""
    row.refresh_from_db()
    answers = list(Message.objects.filter(follower_id=row.follower_id).values_list("body", flat=True))
    allowed = {"procedure", "near"} if one.kind == "procedure" else {one.kind}
    absent = [code for code in one.codes if not any(f"/thu-tuc/{code}/" in body for body in answers)]
    if len(answers) == 1 and row.answered_as in allowed and not absent:
        return ""
    return f"{row.text!r}: {one.kind} {' '.join(one.codes)}, not {row.answered_as}: {answers[:1]!s:.120}"


@pytest.fixture(scope="module")
def shipped(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The catalogue that ships, chosen from once: its transaction spans the tests that only ask."""
    with django_db_blocker.unblock(), province_context("daklak"), undone():
        apply_selection(golden.selection())
        yield


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("phí công chứng bao nhiêu", "công chứng"),
        ("phí công chứng giấy tờ bao nhiêu", "công chứng giấy tờ"),
        ("đăng ký khai sinh cho con", "đăng ký khai sinh cho con"),
        ("cần đổi căn cước", "đổi căn cước"),
    ],
)
def test_the_errand_is_what_the_marks_say(shipped: None, text: str, query: str) -> None:
    found = catalogue.answer(text)
    assert found is not None
    assert found.button[1].endswith(f"?{urlencode({'q': query})}")


@pytest.mark.parametrize("text", ["mình muốn chết ạ", "de doa"])
def test_a_person_in_need_is_shown_no_procedure(shipped: None, text: str) -> None:
    assert catalogue.answer(text) is None


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("xoá tạm trú mấy ngày", "Thời hạn “Xóa đăng ký tạm trú”: 2 ngày làm việc."),
        ("đăng ký kết hôn có mất tiền hk", "Lệ phí “Đăng ký kết hôn”: Miễn phí."),
        ("đăng ký kết hôn có mất tiền không", "Không. Lệ phí “Đăng ký kết hôn”: Miễn phí."),
        ("kết hôn khác tỉnh, ra xã nhà em làm dc ko, có mất tiền hk", "Lệ phí “Đăng ký kết hôn”: Miễn phí."),
        ("how to get a birth certificate", "This account answers in Vietnamese."),
    ],
)
def test_what_is_asked_comes_first(shipped: None, text: str, begins: str) -> None:
    found = catalogue.answer(text)
    assert found is not None
    assert found.text.startswith(begins)


SHOWN_LEAST = 10
"""Of the thirteen messages of the fourth set whose right answer names a procedure, those shown the first it names."""


def test_a_message_is_answered_with_the_procedure_it_is_about(shipped: None) -> None:
    """Written down, and first said, before anybody tuned the chat for them: people found nine of fifteen answers right
    or acceptable then."""
    with FILE.with_name("everyday_questions_4.chat.tsv").open(encoding="utf-8", newline="") as stream:
        rows = [
            (row["question"], _CODE.findall(row["right_answer"]))
            for row in csv.DictReader(stream, delimiter="\t")
        ]
    answers = [(text, catalogue.answer(text), named[0]) for text, named in rows if named]
    missed = [text for text, found, code in answers if not found or code not in found.codes]
    assert len(missed) <= len(answers) - SHOWN_LEAST, "\n".join(missed)


def test_an_age_that_names_have_counts(shipped: None) -> None:
    found = catalogue.answer("căn cước từ 14 tuổi")
    assert found is not None
    names = Procedure.objects.filter(code__in=found.codes).values_list("name", flat=True)
    assert [name for name in names if "14 tuổi" not in name] == []


def test_what_a_province_adds_to_the_catalogue_is_found_by_everyday_words(shipped: None) -> None:
    """The list that ships has none of these; there the answer is who handles it."""
    wanted = {
        "tách thửa đất cho con": ["Tách thửa hoặc hợp thửa đất"],
        "bán rượu cần giấy phép gì": ["Cấp Giấy phép bán lẻ rượu"],
        "tiền trợ cấp người già 75 tuổi": [
            "Trợ cấp xã hội hằng tháng đối với người cao tuổi",
            "Thực hiện, điều chỉnh, thôi hưởng trợ cấp hưu trí xã hội",
        ],
    }
    answers = {text: catalogue.answer(text) for text in wanted}
    assert {text for text, answer in answers.items() if answer and answer.codes} == set()
    names = [name for several in wanted.values() for name in several]
    codes = {name: f"1.99999{number}" for number, name in enumerate(names)}
    with undone():
        for name, code in codes.items():
            ProcedureFactory(code=code, name=name, short_name=name)
        reindex()
        found = {text: set(answer.codes) for text in wanted if (answer := catalogue.answer(text))}
    assert found == {text: {codes[name] for name in several} for text, several in wanted.items()}
