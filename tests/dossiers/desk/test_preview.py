"""What a clerk reads before confirming is what the outbox gets."""

import re
from datetime import date
from typing import Any

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.actions import message_preview, requirements
from dossiers.lifecycle.actions.message_preview import Preview
from dossiers.lifecycle.models import Dossier, Event, Party
from dossiers.workflow.rules.schema import Transition
from messaging.contacts.models import Contact
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from messaging.outbox.models.provider_templates import Template
from messaging.outbox.wording import MORE, for_channel
from tenants.audit.models import AuditEntry
from tests.deep import share
from tests.dossiers.desk.test_desk import ADD, logged_in, typed
from tests.dossiers.desk.test_desk_acts import page
from tests.dossiers.walking import asked_once, in_progress, propose, received, take
from tests.dossiers.workflow.test_workflow_provinces import WALKED, Walker, opened, store  # noqa: F401 – fixtures
from tests.factories import Office


def told(preview: Preview) -> tuple[Any, ...]:
    """What both have: the reader, the words, the lines."""
    return preview.reader, preview.title, preview.body, preview.button, [list(row) for row in preview.rows]


def written(message: Message) -> tuple[Any, ...]:
    shown = for_channel(message.body, may_show_phone=True)
    return message.reader, message.title, shown, message.button_label, message.rows


def message_of(event: Event) -> Message:
    return Message.objects.get(subject=event.dossier.subject, event=str(event.sequence))


def look(office: Office, dossier: Dossier, code: str, **changed: Any) -> Preview | None:
    """The preview of a transition with what it demands, by somebody who may take it."""
    step = dossier.workflow_version.workflow.transitions[code]
    given = office.given(dossier, step, **changed)
    person = office.person_for(step.roles)
    return message_preview.of_transition(
        dossier, step, person, seen=dossier.last_sequence, given=services.TransitionInput(**given)
    )


class Looking(Walker):
    """Looks at the message of every move before taking it."""

    compared = 0

    def _take(self, dossier: Dossier, way: Transition) -> None:
        self._before: Preview | None = None
        if "result" not in way.requires:
            given = self.office.given(dossier, way)
            worker = (
                (self.office.specialist if "specialist" in way.roles else self.office.clerk)
                if requirements.needs_approval(dossier, way)
                else self._actor(dossier, way)
            )
            self._before = message_preview.of_transition(
                dossier,
                way,
                worker,
                seen=dossier.last_sequence,
                given=services.TransitionInput(**given),
            )
        super()._take(dossier, way)

    def _check(self, dossier: Dossier, event: Event, way: Transition) -> None:
        super()._check(dossier, event, way)
        if "result" in way.requires:
            return
        assert (self._before is not None) == bool(way.notice)
        if self._before is not None:
            assert told(self._before) == written(message_of(event))
            self.compared += 1


# Every walk of `test_workflow_provinces` takes all transitions; a look before each is the same for all workflows.
LOOKED = share(WALKED, 1, 3)


@pytest.mark.sampled
@pytest.mark.parametrize(
    ("slug", "code", "sector", "name"), LOOKED, ids=[f"{row[0]}-{row[3]}" for row in LOOKED]
)
def test_every_transition_tells_what_was_read_before(
    request: pytest.FixtureRequest, slug: str, code: str, sector: str, name: str
) -> None:
    office, procedure = request.getfixturevalue("opened")(slug, code, sector)
    walker = Looking(office, procedure, rules_in_force.applicable(procedure).workflow)
    walker.walk_all()
    assert walker.left == set()
    assert walker.compared >= 5


def test_looking_leaves_no_trace(office: Office) -> None:
    dossier = received(office)
    before = [model.objects.count() for model in (Event, Message, Contact, AuditEntry, Call)]
    look(office, dossier, "forward")
    dossier.refresh_from_db()
    assert [model.objects.count() for model in (Event, Message, Contact, AuditEntry, Call)] == before
    assert (dossier.step, dossier.last_sequence) == ("received", 1)


def test_an_intake_is_read_before_and_uses_up_no_number(office: Office) -> None:
    intake = office.intake(consents=frozenset({"mock"}))
    before = message_preview.of_intake(intake, office.clerk)
    assert (Dossier.objects.exists(), Party.objects.exists()) == (False, False)
    dossier = services.receive(intake, actor=office.clerk).dossier
    assert before is not None
    assert told(before) == written(message_of(dossier.events.get()))


@pytest.mark.parametrize(
    ("act", "given"),
    [
        (services.apologise, {"new_due": date(2026, 12, 9), "reason": "Chờ đo đạc"}),
        (services.correct, {"to_step": "received", "reason": "Bấm nhầm"}),
    ],
)
def test_an_apology_and_a_correction_are_read_before(office: Office, act: Any, given: dict[str, Any]) -> None:
    dossier = in_progress(office)
    Message.objects.update(state="delivered")
    given = {"actor": office.leader, "seen": 2, **given}
    before = message_preview.of_act(dossier, lambda: act(dossier.pk, **given))
    assert before is not None
    assert told(before) == written(message_of(act(dossier.pk, **given)))


@pytest.mark.parametrize(("state", "tells"), [("delivered", True), ("queued", False)])
def test_taking_back_tells_only_who_was_told(office: Office, state: str, tells: bool) -> None:
    dossier = in_progress(office)
    Message.objects.update(state=state)
    before = message_preview.of_act(dossier, lambda: services.recall(dossier.pk, actor=office.clerk, seen=2))
    assert (before is not None) == tells
    assert Message.objects.filter(recalled_at__isnull=False).count() == 0


def test_the_provinces_own_words_the_masked_number_and_the_channel(office: Office) -> None:
    Template.objects.create(name="in_progress", title="Riêng", body="Gửi {ho_ten}.", button="")
    before = look(office, received(office), "forward")
    assert before is not None
    assert (before.title, before.body) == ("Riêng", "Gửi Nguyễn Thị Minh Họa.")
    assert (before.phone, len(before.channels), before.hold_seconds, before.call) == (
        "09•• ••• 678",
        1,
        0,
        "",
    )


def test_long_words_are_read_as_they_will_be_cut(office: Office) -> None:
    before = look(office, in_progress(office), "require_supplement", note="Thiếu chữ ký của chủ hộ. " * 40)
    assert before is not None
    assert (before.is_cut, MORE in before.body, before.length <= 400) == (True, True, True)


def test_without_consent_the_desk_reads_whom_it_will_call(office: Office) -> None:
    dossier = received(office, consents=frozenset())
    before = look(office, dossier, "forward")
    assert before is not None
    assert (before.channels, before.call) == ((), "chưa đồng ý nhận tin")
    assert before.reader == "Nguyễn Thị Minh Họa"
    take(office, dossier, "forward")
    text = logged_in(office.specialist).get(page(dossier, "buoc/finish/")).content.decode()
    assert "Sẽ chuyển vào danh sách Cần gọi điện" in text


def test_who_stands_at_the_desk_without_consent_is_neither_written_to_nor_called(office: Office) -> None:
    before = message_preview.of_intake(office.intake(), office.clerk)
    assert before is not None
    assert (before.title, before.channels, before.call) == ("", (), "")


SUPPLEMENT = {"papers": "Tờ khai", "deadline": "10/12/2026", "note": "Thiếu chữ ký"}


def shown(text: str) -> str:
    """The words in the bubble of the preview; empty when there is none."""
    found = re.search(r'<article class="mc-phone__bubble">(.*?)</article>', text, re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[1])) if found else ""


def test_the_page_of_a_step_without_demands_shows_the_message_at_once(office: Office) -> None:
    dossier = in_progress(office)
    text = logged_in(office.specialist).get(page(dossier, "buoc/finish/")).content.decode()
    assert "đã có kết quả" in shown(text)
    assert "giữ 120 giây" in text


def test_the_button_shows_what_was_typed_and_keeps_the_form(office: Office) -> None:
    dossier = in_progress(office)
    typed = {"seen": 2, **SUPPLEMENT, "preview": "1"}
    answer = logged_in(office.specialist).post(page(dossier, "buoc/require_supplement/"), typed)
    text = answer.content.decode()
    assert (answer.status_code, dossier.events.count()) == (200, 2)
    assert "cần bổ sung: Tờ khai. Lý do: Thiếu chữ ký. Hạn: 17:00, 10/12/2026" in shown(text)
    assert 'value="10/12/2026"' in text


def test_looking_with_something_missing_says_what_and_from_an_old_page_is_a_conflict(office: Office) -> None:
    client, where = logged_in(office.specialist), page(in_progress(office), "buoc/require_supplement/")
    answer = client.post(where, {"seen": 2, "preview": "1"})
    assert (answer.status_code, shown(answer.content.decode())) == (422, "")
    assert "Xin ghi các giấy tờ cần bổ sung." in answer.content.decode()
    assert client.post(where, {"seen": 1, **SUPPLEMENT, "preview": "1"}).status_code == 409


def test_the_page_of_taking_back_says_that_nothing_goes_out(office: Office) -> None:
    text = logged_in(office.clerk).get(page(in_progress(office), "viec/thu-hoi/")).content.decode()
    assert "Việc này không gửi tin nào cho người dân." in text


def test_the_intake_is_shown_before_it_is_taken(office: Office) -> None:
    fields = typed(office, consents=["mock"], submitter_name="Trần Văn Minh Họa", preview="1")
    answer = logged_in(office.clerk).post(ADD, {**fields, "submitter_phone": "0905000679"})
    text = answer.content.decode()
    assert (answer.status_code, Dossier.objects.count()) == (200, 0)
    assert "đã tiếp nhận hồ sơ" in shown(text)
    assert "Kính gửi ông/bà Trần Văn Minh Họa" in shown(text)
    assert 'value="Nguyễn Thị Minh Họa"' in text


def test_the_leader_reads_the_message_before_approving(office: Office) -> None:
    dossier = asked_once(office)
    propose(office, dossier, note="Thiếu chữ ký")
    text = logged_in(office.leader).get(page(dossier)).content.decode()
    assert "Lý do: Thiếu chữ ký." in shown(text)
    assert dossier.proposals.get().outcome == "waiting"
