"""Receiving a dossier: one act, all or nothing."""

from datetime import datetime

import pytest

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.errors import IntakeRefused, NotEntitled
from dossiers.lifecycle.intake import PersonData
from dossiers.lifecycle.models import AccessToken, Dossier, Event, Party
from messaging.outbox.models.messages import Message
from tenants import clock
from tests.factories import AgencyFactory, Office, ProcedureFactory, UserFactory


def receive(office: Office, **changed: object) -> services.Received:
    return services.receive(office.intake(**changed), actor=office.clerk)


def test_codes_count_up_per_agency(office: Office) -> None:
    other = AgencyFactory(code="H15.09", desk=True)
    office.clerk.assignments.create(agency=other, role="clerk")
    codes = [receive(office).dossier.code, receive(office, receiving_agency="H15.09").dossier.code]
    assert [*codes, receive(office).dossier.code] == [
        "H15.08-261125-0001",
        "H15.09-261125-0001",
        "H15.08-261125-0002",
    ]


def test_without_a_term_nothing_is_invented(office: Office) -> None:
    ProcedureFactory(code="9.000001", name="Thủ tục không có thời hạn", term=(None, ""))
    assert receive(office, procedure_code="9.000001").dossier.due_at is None


def test_term_starts_next_opening_when_a_support_point_took_papers_in_after_15(office: Office) -> None:
    point = AgencyFactory(code="H15.30", desk=True)
    office.clerk.assignments.create(agency=point, role="clerk")
    with clock.frozen(datetime(2026, 11, 25, 15, 30, tzinfo=clock.VIETNAM)):
        dossier = receive(office, support_point="H15.30").dossier
    assert dossier.counted_from == datetime(2026, 11, 26, 7, 30, tzinfo=clock.VIETNAM)


def test_one_event_is_written(office: Office) -> None:
    dossier = receive(office).dossier
    assert [(event.sequence, event.kind, event.status) for event in Event.objects.all()] == [
        (1, "receive", 2)
    ]
    assert dossier.last_sequence == 1


def test_id_number_and_phone_are_not_readable_in_the_database(office: Office) -> None:
    from django.db import connection

    receive(office)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(p)::text FROM dossiers_party p")
        stored = " ".join(row[0] for row in cursor.fetchall())
    assert "0905000678" not in stored
    assert "066190000001" not in stored


def test_token_is_found_by_digest_and_long_enough(office: Office) -> None:
    token = receive(office).token_url.rstrip("/").rpartition("/")[2]
    assert len(token) >= 22
    assert not AccessToken.objects.filter(digest__contains=token).exists()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"owner": PersonData(name="")}, "owner_name"),
        ({"owner": PersonData(name="A\0B")}, "owner_name"),
        ({"owner": PersonData(name="A\ud800B")}, "owner_name"),
        ({"owner": PersonData(name="A" * 10_000_000)}, "owner_name"),
        ({"owner": PersonData(name="A", phone="12345")}, "owner_phone"),
        ({"owner": PersonData(name="A", id_number="12")}, "owner_id_number"),
        ({"owner": PersonData(name="A"), "consents": frozenset({"mock"})}, "consents"),
        ({"procedure_code": "9.999999"}, "procedure_code"),
        ({"receiving_agency": "H15.99"}, "receiving_agency"),
        ({"note": "x" * 3000}, "note"),
        ({"documents": ("a\0",)}, "documents"),
        ({"documents": ("x" * 301,)}, "documents"),
        ({"documents": ("x",) * 51}, "documents"),
        ({"result_delivery": "x" * 301}, "result_delivery"),
        ({"channel": "pigeon"}, "channel"),
        ({"owner": PersonData(name="A", kind="ghost")}, "owner_kind"),
        ({"owner": PersonData(name="A", phone="09٠٥٠٠٠٦٧٨"), "consents": frozenset({"mock"})}, "consents"),
        ({"consents": frozenset({"pigeon"})}, "consents"),
        ({"procedure_code": "1\0"}, "procedure_code"),
        ({"receiving_agency": "H15\0"}, "receiving_agency"),
        ({"competent_agency": "x" * 500}, "competent_agency"),
    ],
)
def test_bad_intake_names_its_field_and_changes_nothing(office, changed, field):
    with pytest.raises(IntakeRefused) as refusal:
        receive(office, **changed)
    assert field in refusal.value.problems
    assert (Dossier.objects.count(), Party.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_information_only_procedures_dissolved_agencies_and_no_desks_take_nothing(office: Office) -> None:
    ProcedureFactory(code="9.000002", information_only=True)
    AgencyFactory(code="H15.40", desk=True, dissolved_on="2025-07-01")
    office.clerk.assignments.create(agency=office.department, role="clerk")
    wrong = [{"procedure_code": "9.000002"}, {"receiving_agency": "H15.40"}]
    for changed in [*wrong, {"receiving_agency": office.department.code}]:
        with pytest.raises(IntakeRefused):
            receive(office, **changed)


def test_stranger_may_not_receive(office: Office) -> None:
    with pytest.raises(NotEntitled):
        services.receive(office.intake(), actor=UserFactory())
    assert not Dossier.objects.exists()


def test_agreeing_once_does_not_bind_the_number_for_other_dossiers(office: Office) -> None:
    receive(office, consents=frozenset({"mock"}))
    receive(office, owner=PersonData(name="Trần Văn Minh Họa", phone="0905000678"))
    assert Message.objects.count() == 1


def test_event_and_dossier_tell_the_same_moment(province: object) -> None:
    office = Office()  # the clock runs here
    dossier = receive(office).dossier
    assert dossier.received_at == Event.objects.get().at


def test_number_ten_thousand_of_a_day_does_not_wrap(office: Office) -> None:
    from dossiers.lifecycle.models import DailyCounter

    receive(office)
    DailyCounter.objects.update(last=9999)
    assert receive(office).dossier.code == "H15.08-261125-10000"


def test_a_day_without_numbers_left_is_refused_in_words_and_nothing_is_written(office: Office) -> None:
    from dossiers.lifecycle.models import DailyCounter

    receive(office)
    DailyCounter.objects.update(last=9_999_999)
    with pytest.raises(IntakeRefused, match="số thứ tự 10000000"):
        receive(office)
    assert Dossier.objects.count() == 1
