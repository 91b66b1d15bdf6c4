"""What a desk writes down about notices: at intake, and later. People and numbers are invented."""

from typing import Any

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle import projection
from dossiers.lifecycle.errors import IntakeRefused, NotEntitled, NotPossible, StaleDossier
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import Dossier
from messaging.channels.states import State
from messaging.contacts import contacts
from messaging.contacts.models import Address, Consent, Contact
from messaging.outbox.models.messages import Message
from tests.dossiers.desk.test_desk import ADD, logged_in, typed
from tests.dossiers.walking import received, take
from tests.factories import AssignmentFactory, Office
from tests.messaging.letters import LetterChannel, letters

__all__ = ["letters"]


def change(office: Office, dossier: Dossier, *channels: str, **changed: Any) -> Any:
    values: dict[str, Any] = {
        "actor": office.clerk,
        "seen": dossier.last_sequence,
        "channels": channels,
        "reason": "Người nhận đề nghị tại quầy",
    }
    event = services.change_notices(dossier.pk, **{**values, **changed})
    dossier.refresh_from_db()
    return event


# --- at intake


def test_the_form_says_what_for_and_that_it_is_free(office: Office) -> None:
    page = logged_in(office.clerk).get(ADD).content.decode()
    assert "đồng ý nhận tin báo tình trạng hồ sơ này" in page
    assert "Tự nguyện" in page
    assert 'name="consents" value="mock" checked' not in page
    assert 'name="address_' not in page


def test_a_consent_says_which_dossier_desk_and_clerk(office: Office) -> None:
    dossier = received(office)
    consent = Consent.objects.get()
    assert consent.evidence == (
        f"{dossier.subject}; tiếp nhận tại H15.08, cán bộ {office.clerk.get_username()}"
    )
    assert consent.granted_at == dossier.received_at


@pytest.mark.parametrize(
    ("chosen", "phone", "name"),
    [
        ("owner", "0905000678", "Nguyễn Thị Minh Họa"),
        ("submitter", "0905000001", "Trần Văn Nộp"),
        ("other", "0905000002", "Công ty Nhận Tin"),
    ],
)
def test_notices_go_to_whom_the_clerk_chose(office: Office, chosen: str, phone: str, name: str) -> None:
    form = typed(
        office, recipient=chosen, consents=["mock"], submitter_name="Trần Văn Nộp", submitter_phone="0905000001",
        recipient_name="Công ty Nhận Tin", recipient_phone="0905000002", recipient_kind="organisation",
    )  # fmt: skip
    assert logged_in(office.clerk).post(ADD, form).status_code == 302
    message = Message.objects.get()
    assert (message.contact.phone, message.reader) == (phone, name)


@pytest.mark.parametrize(
    ("kind", "greeting"),
    [("person", "Kính gửi ông/bà Công ty Nhận Tin"), ("organisation", "Kính gửi Công ty Nhận Tin")],
)
def test_an_organisation_is_greeted_as_one(office: Office, kind: str, greeting: str) -> None:
    received(office, recipient=PersonData("Công ty Nhận Tin", kind, phone="0905000002"))
    assert Message.objects.get().body.partition(",")[0] == greeting


def test_an_address_is_asked_for_and_kept_with_the_consent(office: Office, letters: LetterChannel) -> None:
    clerk = logged_in(office.clerk)
    assert "Địa chỉ nhận tin qua Thư thử" in clerk.get(ADD).content.decode()
    form = typed(office, consents=["letters"], address_letterbox=" Thu@Example.vn ")
    assert clerk.post(ADD, form).status_code == 302
    assert contacts.address_of(Contact.objects.get(), letters) == "thu@example.vn"
    assert Message.objects.get().lane.channel == "letters"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("", "phải có địa chỉ"), ("không phải thư", "phải có dấu @"), ("x" * 300 + "@", "quá dài")],
)
def test_an_address_that_cannot_be_used_is_told_beside_its_field(
    office: Office, letters: LetterChannel, text: str, sentence: str
) -> None:
    answer = logged_in(office.clerk).post(ADD, typed(office, consents=["letters"], address_letterbox=text))
    assert (answer.status_code, Dossier.objects.count()) == (422, 0)
    assert sentence in answer.context["form"].errors["address_letterbox"][0]


def test_an_address_nobody_agreed_to_is_not_kept(office: Office, letters: LetterChannel) -> None:
    logged_in(office.clerk).post(ADD, typed(office, consents=["mock"], address_letterbox="thu@example.vn"))
    assert (Dossier.objects.count(), Address.objects.count()) == (1, 0)


def test_a_channel_whose_readers_have_secret_ids_asks_for_none(
    office: Office, letters: LetterChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "typed_at_desk", False, raising=False)
    assert 'name="address_' not in logged_in(office.clerk).get(ADD).content.decode()


# --- later


def test_a_recipient_agrees_later_at_the_desk(office: Office) -> None:
    dossier = received(office, consents=frozenset())
    event = change(office, dossier, "mock")
    assert (event.kind, event.actor, event.note.text) == (
        "consent",
        office.clerk,
        "Người nhận đề nghị tại quầy",
    )
    assert Consent.objects.get().evidence == (
        f"{dossier.subject}; cán bộ {office.clerk.get_username()}, H15.08"
    )
    take(office, dossier, "forward")
    assert Message.objects.get(subject=dossier.subject).intent == "in_progress"


def test_a_recipient_stops_one_dossier_at_the_desk(office: Office) -> None:
    dossier, other = received(office), received(office)
    change(office, dossier)
    assert Message.objects.get(subject=dossier.subject).state == State.SUPPRESSED
    assert Message.objects.get(subject=other.subject).state == State.QUEUED
    assert Consent.objects.filter(withdrawn_at=None).count() == 1


def test_a_recipient_stops_everything_at_the_desk(office: Office) -> None:
    dossier = received(office)
    change(office, dossier, everywhere=True)
    consent = Consent.objects.get()
    assert consent.withdrawn_how == f"{dossier.subject}; cán bộ {office.clerk.get_username()}, H15.08"


def test_one_channel_of_two_is_given_up_everywhere(office: Office, letters: LetterChannel) -> None:
    dossier = received(
        office, consents=frozenset({"mock", "letters"}), addresses={"letterbox": "thu@example.vn"}
    )
    change(office, dossier, "letters", everywhere=True)
    assert list(Consent.objects.filter(withdrawn_at=None).values_list("channel", flat=True)) == ["letters"]
    assert dossier.notice_channels == ["letters"]
    assert Message.objects.get().lane.channel == "letters"


@pytest.mark.parametrize("reason", ["", "   ", "Gọi từ 0905 123 217 bảo thôi", "x" * 3000, "\0"])
def test_a_reason_is_needed_and_holds_no_number(office: Office, reason: str) -> None:
    dossier = received(office)
    with pytest.raises(NotPossible):
        change(office, dossier, reason=reason)
    assert dossier.events.count() == 1


def test_what_is_refused(office: Office) -> None:
    dossier = received(office)
    with pytest.raises(NotPossible, match="Không có gì thay đổi"):
        change(office, dossier, "mock")
    with pytest.raises(StaleDossier):
        change(office, dossier, seen=0)
    with pytest.raises(NotEntitled):
        change(office, dossier, actor=AssignmentFactory(agency=office.consulted).user)


def test_a_recipient_without_a_mobile_cannot_be_told(office: Office) -> None:
    dossier = received(office, consents=frozenset(), owner=PersonData("Ông Minh Họa", phone="02003812345"))
    with pytest.raises(NotPossible, match="di động"):
        change(office, dossier, "mock")


def test_a_missing_address_is_asked_for_unless_it_is_known(office: Office, letters: LetterChannel) -> None:
    dossier = received(office)
    with pytest.raises(IntakeRefused, match="phải có địa chỉ"):
        change(office, dossier, "mock", "letters")
    change(office, dossier, "mock", "letters", addresses={"letterbox": "thu@example.vn"})
    change(office, dossier)
    change(office, dossier, "letters")
    assert Address.objects.get().value == "thu@example.vn"


def test_it_cannot_be_recalled_and_leaves_the_state_alone(office: Office) -> None:
    dossier = received(office)
    before = {name: getattr(dossier, name) for name in projection.DERIVED}
    change(office, dossier)
    after = {name: getattr(dossier, name) for name in projection.DERIVED}
    assert after == {**before, "last_sequence": 2}
    with pytest.raises(NotPossible):
        services.recall(dossier.pk, actor=office.clerk, seen=2)


def test_the_page_of_the_act_changes_and_tells_it(office: Office) -> None:
    dossier = received(office)
    clerk, page = logged_in(office.clerk), f"/quan-tri/dossiers/dossier/{dossier.pk}"
    form = clerk.get(f"{page}/viec/nhan-tin/").content.decode()
    assert "Đăng ký, thôi nhận tin" in form
    assert "checked" in form
    answer = clerk.post(
        f"{page}/viec/nhan-tin/", {"seen": 1, "scope": "this", "reason": "Người nhận đề nghị tại quầy"}
    )
    assert answer.status_code == 302
    shown = "".join(
        clerk.get(f"{page}/change/", {"tab": tab}).content.decode() for tab in ("xu-ly", "thong-bao")
    )
    assert "Thôi nhận tin về hồ sơ này." in shown
    assert "Người nhận đề nghị tại quầy" in shown
    assert "Người nhận không nhận tin về hồ sơ này." in shown
