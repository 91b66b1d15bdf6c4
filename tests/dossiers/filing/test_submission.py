"""The one door: a draft becomes one dossier in status 1, or papers of the dossier that asked."""

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from dossiers.desk.worklist import counts
from dossiers.filing import answers, drafts, expiry, papers, supplements
from dossiers.filing.answers import DraftClosed
from dossiers.filing.models import FilingDraft, FilingFile
from dossiers.filing.submission import complete_supplement, submit
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import IntakeRefused, NotEntitled, NotPossible
from dossiers.lifecycle.models import Attachment, Dossier
from dossiers.lookup.words import history
from dossiers.workflow.rules.statuses import Status
from messaging.contacts.models import Consent
from messaging.outbox.models.messages import Message
from messaging.outbox.one_time_codes import codes
from procedures.catalogue.models import FilingMode
from tenants import clock
from tenants.accounts.models import User
from tenants.audit.models import AuditEntry
from tenants.files import storage
from tests.dossiers.chatting import words
from tests.dossiers.filing.citizen import Citizen
from tests.dossiers.filing.filling import FILER, NUMBER, PHONE, Filing, dossiers
from tests.dossiers.filing.rules import forms
from tests.dossiers.filing.test_answers import sent
from tests.dossiers.walking import propose, take
from tests.factories import Office

Given = dict[str, Any]


def test_a_draft_becomes_a_dossier_in_status_1(filing: Filing) -> None:
    received = filing.submitted()
    dossier = received.dossier
    assert (dossier.status_enum, dossier.channel, dossier.receiving_agency) == (
        Status.NEW, "online", filing.office.desk,
    )  # fmt: skip
    assert (dossier.owner.name, dossier.owner.id_number) == ("Nguyễn Thị Thử", "")
    assert (dossier.submitter.name, dossier.submitter.phone) == (FILER["name"], NUMBER)
    assert (dossier.documents, dossier.result_delivery) == (["Giấy chứng sinh"], "Nhận tại quầy")
    event = dossier.events.get()
    assert (event.kind, event.actor) == ("submit_online", None)
    assert history.title(event, dossier.workflow_version.workflow) == "Nộp hồ sơ trực tuyến"
    assert AuditEntry.objects.filter(action="dossier.submit", subject=dossier.subject).count() == 1


def test_papers_move_to_the_dossier_without_a_copy(filing: Filing) -> None:
    opened = filing.complete()
    (file,) = opened.draft.files.all()
    dossier = submit(opened.draft.pk).dossier
    (attachment,) = dossier.attachments.all()
    assert (attachment.stored_name, attachment.paper, attachment.sequence) == (
        file.stored_name, "Giấy chứng sinh", 1,
    )  # fmt: skip
    assert not FilingFile.objects.exists()


def test_the_proven_number_gets_the_first_notice(filing: Filing) -> None:
    dossier = filing.submitted().dossier
    message = Message.objects.get(subject=dossier.subject)
    assert (message.intent, message.contact.phone) == ("filed", NUMBER)
    (consent,) = Consent.objects.filter(purpose="dossier_status")
    assert consent.evidence == f"{dossier.subject}; nộp trực tuyến, mã xác nhận gửi đến số 09•• ••• 678"


def test_who_wants_no_notices_gets_none(filing: Filing) -> None:
    filing.filled["nhan-ket-qua"]["notices"] = False
    dossier = filing.submitted().dossier
    assert (dossier.notice_channels, Message.objects.filter(subject=dossier.subject).exists()) == ([], False)


def test_answers_that_became_hidden_never_leave(filing: Filing) -> None:
    opened = filing.complete()
    answers.save(opened.draft, "co-cha", {"co_cha": False})
    answers.keep_pending(opened.draft, "me", {"me-name": ["Chưa xác nhận"]})
    dossier = submit(opened.draft.pk).dossier
    filed = answers.read(dossier.filing_draft)
    assert filed is not None
    assert {"cha", "dan-toc"}.isdisjoint(filed.answers)
    assert (filed.answers["giay"], filed.pending) == ({"giay": 1}, {})


def test_papers_of_a_hidden_question_never_leave(
    filing: Filing, django_capture_on_commit_callbacks: Any
) -> None:
    data = forms.data("sections", 2, "pages", 2, "questions", 0, relevant={"is": ["co_cha", True]})
    filing.publish(data)
    opened = filing.complete()
    answers.save(opened.draft, "co-cha", {"co_cha": False})
    with django_capture_on_commit_callbacks(execute=True):
        submit(opened.draft.pk)
    assert (Attachment.objects.count(), list(storage.names())) == (0, [])


@pytest.mark.parametrize(
    ("page", "values", "named"),
    [
        ("ten", {}, "ten"),
        ("cam-doan", {}, "cam-doan"),
        ("cam-doan", {"agreed": "true"}, "cam-doan"),
        ("dieu-kien", {"trong_nuoc": "khong"}, "dieu-kien"),
        ("noi-giai-quyet", {"receiving_agency": "H99.1"}, "receiving_agency"),
        ("ngay-sinh", {"ngay_sinh": "2026-11-26"}, "ngay-sinh"),
        ("nguoi-nop", {"name": ""}, "submitter_name"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_filed(
    filing: Filing, page: str, values: Given, named: str
) -> None:
    opened = filing.complete()
    answers.save(opened.draft, page, values)
    with pytest.raises(IntakeRefused) as refused:
        submit(opened.draft.pk)
    assert list(refused.value.problems) == [named]
    assert (dossiers(), FilingDraft.objects.get().filed_at) == (0, None)


def test_a_file_with_a_virus_keeps_the_draft_from_leaving(filing: Filing) -> None:
    opened = filing.complete()
    FilingFile.objects.update(scan_state=FilingFile.ScanState.INFECTED)
    with pytest.raises(IntakeRefused, match=r"giay\.png.*vi-rút"):
        submit(opened.draft.pk)


def test_what_is_filed_elsewhere_by_now_is_not_filed_here(filing: Filing) -> None:
    opened = filing.complete()
    filing.procedure.filing_mode = FilingMode.NATIONAL_PORTAL
    filing.procedure.save()
    with pytest.raises(NotPossible, match="không còn nộp trực tuyến"):
        submit(opened.draft.pk)


def test_an_older_version_of_the_form_is_not_filed(filing: Filing) -> None:
    opened = filing.complete()
    filing.publish(forms.data(minutes=11))
    with pytest.raises(NotPossible, match="bản mới"):
        submit(opened.draft.pk)
    drafts.open_draft(opened.name, PHONE)
    assert submit(opened.draft.pk).dossier.status_enum is Status.NEW


def test_a_draft_whose_time_is_over_is_not_filed(filing: Filing) -> None:
    opened = filing.complete()
    with clock.frozen(opened.draft.expires_at), pytest.raises(DraftClosed):
        submit(opened.draft.pk)


def test_what_was_prepared_at_home_is_received_at_the_desk(filing: Filing) -> None:
    draft = filing.draft(prepared=True)
    filing.complete(drafts.resume_by_number(draft, PHONE, NUMBER))
    with pytest.raises(NotPossible):
        submit(draft.pk)
    dossier = submit(draft.pk, actor=filing.office.clerk).dossier
    assert (dossier.channel, dossier.status_enum, dossier.events.get().kind) == (
        "counter", Status.RECEIVED, "receive",
    )  # fmt: skip


def test_a_question_about_notices_that_was_not_answered_is_no_consent(filing: Filing) -> None:
    del filing.filled["nhan-ket-qua"]["notices"]
    submit(filing.complete(filing.begun(reminders=False)).draft.pk, actor=filing.office.clerk)
    assert not Consent.objects.exists()


def test_a_clerk_of_another_desk_receives_no_draft(filing: Filing) -> None:
    draft = filing.complete().draft
    with pytest.raises(NotEntitled):
        submit(draft.pk, actor=filing.office.specialist)


def returned(filing: Filing, *asked: str) -> Dossier:
    """A filed dossier that waits for a better birth paper and a form, or for what is `asked`."""
    dossier = filing.submitted().dossier
    take(filing.office, dossier, "return_filing", papers=asked or ("Giấy chứng sinh rõ hơn", "Tờ khai"))
    return dossier


def test_a_supplement_moves_the_dossier_on_with_what_came(filing: Filing) -> None:
    dossier = returned(filing)
    opened = filing.supplement(dossier)
    assert papers.labels(opened.draft)["giay-1"] == "Giấy chứng sinh rõ hơn"
    filing.paper(opened, "ro-hon.png", "giay-1")
    filing.paper(opened, "to-khai.png", "giay-2")
    answers.save(opened.draft, "ten", {"ten": "Nguyễn Văn Sửa"})
    event = complete_supplement(opened.draft.pk)
    dossier.refresh_from_db()
    assert (event.kind, event.actor, dossier.step) == ("filing_completed", None, "new")
    assert [file.paper for file in dossier.attachments.all()] == [
        "Giấy chứng sinh",
        "Giấy chứng sinh rõ hơn",
        "Tờ khai",
    ]
    old, (new,) = answers.read(dossier.filing_draft), map(answers.read, answers.supplements_of(dossier))
    assert old is not None
    assert (old.answers["ten"]["ten"], new.answers) == ("Nguyễn Văn Thử", {"ten": {"ten": "Nguyễn Văn Sửa"}})
    told = Message.objects.get(intent="supplement_received").body
    assert "Ngày hẹn trả kết quả: có khi hồ sơ được tiếp nhận." in told
    assert AuditEntry.objects.filter(action="dossier.supplement", subject=dossier.subject).count() == 1


def test_a_part_of_what_was_asked_for_leaves_the_dossier_waiting_for_the_rest(filing: Filing) -> None:
    answer = "Câu trả lời “Tên”"
    dossier = returned(filing, "Giấy chứng sinh rõ hơn", answer, "Tờ khai")
    steps = []
    for question in ("ten", "giay-1", "giay-3"):
        opened = filing.supplement(dossier)
        if question == "ten":
            answers.save(opened.draft, "ten", {"ten": "Nguyễn Văn Sửa"})
        else:
            filing.paper(opened, question=question)
        complete_supplement(opened.draft.pk)
        dossier.refresh_from_db()
        steps.append((dossier.step, supplements.lacking(opened.draft, answers.read(opened.draft))))
    assert steps == [
        ("filing_supplement", ("Giấy chứng sinh rõ hơn", "Tờ khai")),
        ("filing_supplement", ("Tờ khai",)),
        ("new", ()),
    ]


@pytest.mark.parametrize(
    ("line", "rest"),
    [
        ("Giấy chứng sinh: bản chụp mờ", "Giấy ra viện"),
        # What is a line itself answers no other.
        ("Giấy chứng sinh", "Giấy chứng sinh: mặt sau"),
    ],
)
def test_a_paper_of_the_form_answers_its_line_whatever_fault_the_desk_named(
    filing: Filing, line: str, rest: str
) -> None:
    dossier = returned(filing, line, rest)
    opened = filing.supplement(dossier)
    filing.paper(opened, "khac.png", "giay")
    citizen = Citizen.browser(PHONE)
    rows = words(citizen.get(f"/nop/ban-nhap/{opened.name}/muc-luc/")).split("<li>")
    row = next(one for one in rows if f">{line}</span>" in one)
    assert ("khac.png" in row, "Đã có" in row) == (True, True), row
    complete_supplement(opened.draft.pk)
    assert supplements.lacking(opened.draft, answers.read(opened.draft)) == (rest,)
    # What came earlier counts for the part that follows.
    page = words(citizen.get(f"/nop/ban-nhap/{filing.supplement(dossier).name}/muc-luc/"))
    assert (page.count("Đã có</strong>"), page.count("Còn thiếu</strong>")) == (1, 1)


def test_an_answer_that_brings_up_a_question_leaves_only_with_its_answer(filing: Filing) -> None:
    filing.filled["co-cha"] = {"co_cha": False}
    opened = filing.supplement(returned(filing, "Câu trả lời “Ghi cha?”"))
    answers.save(opened.draft, "co-cha", {"co_cha": True})
    answers.save(opened.draft, "cha", {"cha": forms.PERSON})
    with pytest.raises(IntakeRefused, match="mở thêm câu hỏi"):
        complete_supplement(opened.draft.pk)
    answers.save(opened.draft, "dan-toc", {"dan_toc": "kinh", "dan_toc_khac": "Ê-đê"})
    complete_supplement(opened.draft.pk)
    assert answers.read(opened.draft).answers == {
        "co-cha": {"co_cha": True},
        "cha": {"cha": forms.PERSON},
        "dan-toc": {"dan_toc": "kinh"},
    }


def test_a_second_supplement_goes_on_from_the_first(filing: Filing) -> None:
    dossier = returned(filing)
    first = filing.supplement(dossier)
    answers.save(first.draft, "ten", {"ten": "Nguyễn Văn Sửa"})
    filing.paper(first, question="giay-1")
    complete_supplement(first.draft.pk)
    second = filing.supplement(dossier)
    answers.save(second.draft, "co-cha", {"co_cha": False})
    standing = supplements.current_text(dossier.pk).answers
    assert (standing["ten"]["ten"], standing["co-cha"]["co_cha"]) == ("Nguyễn Văn Sửa", True)


def test_a_supplement_filed_twice_is_one_event(filing: Filing) -> None:
    opened = filing.supplement(returned(filing))
    filing.paper(opened, question="giay-1")
    first, second = (complete_supplement(opened.draft.pk) for _press in range(2))
    assert first == second


def test_one_request_has_one_draft(filing: Filing) -> None:
    dossier = returned(filing)
    assert filing.supplement(dossier).draft == filing.supplement(dossier).draft


def test_an_infected_paper_of_a_supplement_leaves_with_nothing(filing: Filing) -> None:
    opened = filing.supplement(returned(filing))
    filing.paper(opened, question="giay-1")
    FilingFile.objects.filter(draft=opened.draft).update(scan_state=FilingFile.ScanState.INFECTED)
    with pytest.raises(IntakeRefused):
        complete_supplement(opened.draft.pk)


def test_a_supplement_that_the_desk_waits_for_has_no_end(filing: Filing) -> None:
    dossier = returned(filing)
    first = filing.supplement(dossier)
    with clock.frozen(first.draft.expires_at):
        opened = filing.supplement(dossier)
        assert drafts.open_draft(opened.name, PHONE).draft == first.draft


def test_a_corrected_number_gets_the_code_of_a_supplement_too(filing: Filing) -> None:
    dossier = returned(filing)
    draft = filing.supplement(dossier).draft
    dossier.recipient.phone = "0905000999"
    dossier.recipient.save()
    reference = drafts.send_resume_code(
        drafts.named(drafts.link(draft).rstrip("/").rpartition("/")[2]), PHONE
    )
    assert codes.OutgoingCode.decrypted(filing.queue.sent[-1][2]).phone == "0905000999"
    assert drafts.resume(draft, PHONE, reference=reference, code=filing.code()).is_proven


def test_a_supplement_without_anything_is_refused(filing: Filing) -> None:
    with pytest.raises(NotPossible, match="ít nhất một"):
        complete_supplement(filing.supplement(returned(filing)).draft.pk)


def test_a_request_that_the_desk_closed_takes_no_supplement(filing: Filing) -> None:
    dossier = returned(filing)
    opened = filing.supplement(dossier)
    filing.paper(opened, question="giay-1")
    services.apply_transition(dossier.pk, "filing_completed", actor=filing.office.clerk, seen=2)
    with pytest.raises(NotPossible, match="không còn chờ"):
        complete_supplement(opened.draft.pk)
    dossier.refresh_from_db()
    with pytest.raises(NotPossible):
        drafts.send_supplement_code(dossier, PHONE)


def test_a_newer_request_has_a_draft_of_its_own(filing: Filing) -> None:
    office, dossier = filing.office, returned(filing)
    old = filing.supplement(dossier)
    filing.paper(old, question="giay-1")
    services.apply_transition(dossier.pk, "filing_completed", actor=office.clerk, seen=2)
    dossier.refresh_from_db()
    proposal = propose(office, dossier, "return_filing", actor=office.clerk)
    services.approve(proposal.pk, actor=office.leader, seen=4)
    dossier.refresh_from_db()
    with pytest.raises(NotPossible, match="yêu cầu bổ sung mới"):
        complete_supplement(old.draft.pk)
    assert filing.supplement(dossier).draft != old.draft


def put_in(filing: Filing, answer: str) -> tuple[Dossier, Any]:
    """A dossier that was asked for two papers and an answer, and its open supplement with all three, not sent."""
    dossier = returned(filing, "Tờ khai", "Giấy chứng sinh: mờ", answer)
    old = filing.supplement(dossier)
    for question in ("giay-1", "giay-2"):
        filing.paper(old, f"{question}.png", question)
    answers.save(old.draft, "ten", {"ten": "Nguyễn Văn Sửa"})
    return dossier, old


def test_what_was_put_in_is_carried_over_to_the_request_that_is_asked_anew(filing: Filing) -> None:
    answer, clerk = "Câu trả lời “Tên”", filing.office.clerk
    dossier, old = put_in(filing, answer)
    services.recall(dossier.pk, actor=clerk, seen=2)
    take(filing.office, dossier, "return_filing", papers=("Giấy chứng sinh: mất góc", answer))
    page = Citizen.browser(PHONE).post(f"/nop/ban-nhap/{old.name}/muc-luc/", {"viec": "nop"})
    assert "/bo-sung/" in page.content.decode()
    new = filing.supplement(dossier)
    assert [(file.name, file.question) for file in new.draft.files.all()] == [("giay-2.png", "giay-1")]
    assert answers.read(new.draft).answers == {"ten": {"ten": "Nguyễn Văn Sửa"}}
    assert [file.name for file in old.draft.files.all()] == ["giay-1.png"]
    assert complete_supplement(new.draft.pk).kind == "filing_completed"


def test_what_was_put_in_is_carried_over_from_each_request_that_was_taken_back(filing: Filing) -> None:
    answer, clerk = "Câu trả lời “Tên”", filing.office.clerk
    dossier, old = put_in(filing, answer)
    for asked in (("Tờ khai",), ("Giấy chứng sinh: mờ", "Tờ khai", answer)):
        services.recall(dossier.pk, actor=clerk, seen=dossier.last_sequence)
        take(filing.office, dossier, "return_filing", papers=asked)
        new = filing.supplement(dossier).draft
    came = {file.name: file.question for file in new.files.all()}
    assert came == {"giay-1.png": "giay-2", "giay-2.png": "giay-1"}
    assert answers.read(new).answers == {"ten": {"ten": "Nguyễn Văn Sửa"}}


def test_a_step_that_the_desk_took_back_leaves_the_request_open(filing: Filing) -> None:
    dossier = returned(filing)
    opened = filing.supplement(dossier)
    for question in ("giay-1", "giay-2"):
        filing.paper(opened, question=question)
    services.apply_transition(dossier.pk, "filing_completed", actor=filing.office.clerk, seen=2)
    services.recall(dossier.pk, actor=filing.office.clerk, seen=3)
    assert complete_supplement(opened.draft.pk).kind == "filing_completed"


@pytest.mark.parametrize("left", [False, True], ids=["nobody yet", "an official who left"])
def test_a_supplement_of_a_dossier_without_an_official_comes_to_the_queue(filing: Filing, left: bool) -> None:
    """Received at the counter, asked for papers before it had an official, or after that one had left."""
    office = filing.office
    dossier = services.receive(office.intake(consents=frozenset({"mock"})), actor=office.clerk).dossier
    if left:
        take(office, dossier, "forward", assignee=office.leader)
    take(office, dossier, "require_supplement")
    if left:
        User.objects.filter(pk=office.leader.pk).update(is_active=False)
    opened = filing.supplement(dossier)
    filing.paper(opened, question="giay-1")
    event = complete_supplement(opened.draft.pk)
    dossier.refresh_from_db()
    assert (event.kind, dossier.step, dossier.paused_since) == ("supplement_received", "in_progress", None)
    assert [row.pk for row, _step in counts.queue(office.specialist)] == [dossier.pk]
    assert Message.objects.filter(intent="supplement_received").count() == 1
    assert [file.sequence for file in dossier.attachments.all()] == [event.sequence]


def test_statements_of_filing(filing: Filing) -> None:
    filing.submitted()
    opened = filing.complete()
    assert sent(lambda: submit(opened.draft.pk)) == 25


@pytest.mark.committed
def test_a_draft_that_gets_more_time_while_the_sweep_waits_for_it_stays(
    committed_province: Any, task_queue: Any, store: Path
) -> None:
    draft = Filing(Office("H99"), task_queue).draft(over=True)
    swept: list[int] = []

    def sweep() -> None:
        try:
            connection.set_tenant(committed_province.record)
            swept.append(expiry.remove_due())
        finally:
            connection.close()

    thread = threading.Thread(target=sweep)
    with transaction.atomic():
        FilingDraft.objects.filter(pk=draft.pk).update(expires_at=clock.now() + drafts.KEPT)
        thread.start()
        while not is_waited_for():
            assert thread.is_alive()
    thread.join()
    assert (swept, FilingDraft.objects.count()) == ([0], 1)


def is_waited_for() -> bool:
    """Whether a connection waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def at_once(province: Any, act: Callable[[], object], times: int) -> None:
    """Act so many times together, each with a connection of its own."""
    start = threading.Barrier(times)

    def alone() -> None:
        try:
            connection.set_tenant(province.record)
            start.wait()
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=alone) for _one in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.committed
def test_drafts_of_one_number_begin_one_after_the_other(
    committed_province: Any, task_queue: Any, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filing = Filing(Office("H99"), task_queue)
    proofs = [
        {"reference": drafts.send_code(filing.procedure, NUMBER, PHONE), "code": filing.code()}
        for _one in range(2)
    ]
    monkeypatch.setattr(drafts, "MOST_PER_NUMBER", 1)
    counted = threading.Barrier(2)
    refuse_too_many = drafts._refuse_too_many

    def count_together(draft: FilingDraft) -> None:
        refuse_too_many(draft)
        # Who stands in line waits here for nothing: the other may not count yet.
        with suppress(threading.BrokenBarrierError):
            counted.wait(timeout=1)

    monkeypatch.setattr(drafts, "_refuse_too_many", count_together)

    def begin() -> None:
        with suppress(NotPossible):
            drafts.begin(filing.procedure, "file", NUMBER, PHONE, **proofs.pop())

    at_once(committed_province, begin, 2)
    assert FilingDraft.objects.count() == 1


@pytest.mark.committed
def test_two_presses_at_once_give_one_dossier(committed_province: Any, task_queue: Any, store: Path) -> None:
    opened = Filing(Office("H99"), task_queue).complete()
    codes: list[str] = []
    at_once(committed_province, lambda: codes.append(submit(opened.draft.pk).dossier.code), 4)
    assert (len(codes), len(set(codes)), dossiers()) == (4, 1, 1)


@pytest.mark.committed
def test_of_two_devices_that_send_one_page_at_once_one_is_asked(
    committed_province: Any, task_queue: Any, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen = Citizen(Filing(Office("H99"), task_queue))
    citizen.client.defaults["HTTP_HOST"] = f"{committed_province.slug}.localhost"
    citizen.begin()
    (standing,) = re.findall(r'name="_dang_co" value="(\w+)"', words(citizen.get("ten")))
    read, save = threading.Barrier(2), answers.save

    def save_together(*given: Any, **more: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            read.wait(timeout=10)
        save(*given, **more)

    monkeypatch.setattr(answers, "save", save_together)
    names, sent = ["Một", "Hai"], dict[int, tuple[str, str]]()

    def send() -> None:
        answer = citizen.send("ten", ten=(name := names.pop()), _dang_co=standing)
        sent[answer.status_code] = name, words(answer)

    at_once(committed_province, send, 2)
    assert answers.read(FilingDraft.objects.get()).answers["ten"] == {"ten": sent[303][0]}
    assert "thiết bị khác" in sent[200][1]
