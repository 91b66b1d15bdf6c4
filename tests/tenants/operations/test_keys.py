"""From an older key to a newer one: afterwards the newer one alone is enough."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import management
from django.core.management import CommandError, call_command
from django.db import connection

import manage
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier, Party
from messaging.channels.accounts import routes as channel_routes
from messaging.channels.models import ChannelAccount, Lane
from messaging.contacts.contacts import contact_by_phone
from messaging.contacts.models import Contact
from tenants.accounts.models import SecondFactor
from tenants.isolation import crypto, province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations import key_rotation
from tenants.operations.backup.archive import LOOKED_AT, unreadable
from tests.factories import Office, UserFactory

OLD, NEW = "khóa cũ", "khóa mới"


@pytest.fixture
def filled(province: ProvinceRecord, noon: Any, settings: Any) -> Dossier:
    """A dossier, its people and what was written to them, all under the old keys."""
    settings.FIELD_KEYS = settings.INDEX_KEYS = [OLD]
    office = Office()
    SecondFactor.objects.create(user=office.clerk, secret=crypto.encrypt_here("JBSWY3DPEHPK3PXP"))
    channel_routes.keep("thu", "chinh", app="a1", external_id="1", secrets={"oa": "bi-mat"})
    received = services.receive(office.intake(consents=frozenset({"mock"})), actor=office.clerk)
    settings.FIELD_KEYS = settings.INDEX_KEYS = [NEW, OLD]
    return received.dossier


def stored(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY id")
        return list(cursor.fetchall())


def everything() -> dict[str, list[tuple[Any, ...]]]:
    tables = [model._meta.db_table for model, _names in crypto.encrypted_fields()]
    return {table: stored(table) for table in (*tables, "accounts_secondfactor")}


def test_afterwards_the_new_key_alone_reads_and_finds_everything(filled: Dossier, settings: Any) -> None:
    settings.FIELD_KEYS = [NEW]
    with province_context("daklak"), pytest.raises(crypto.CannotDecrypt):
        Party.objects.get(pk=filled.owner_id)
    settings.FIELD_KEYS = [NEW, OLD]
    call_command("keys", "rotate")
    settings.FIELD_KEYS = settings.INDEX_KEYS = [NEW]
    with province_context("daklak"):
        person = Party.objects.get(phone_index=crypto.blind_index("0905000678", "phone"))
        assert (person.phone, person.id_number) == ("0905000678", "066190000001")
        found = contact_by_phone("0905000678")
        assert found is not None
        assert found.phone == "0905000678"
        assert Dossier.objects.get().lookup_key == filled.lookup_key
        assert crypto.decrypt_here(SecondFactor.objects.get().secret) == "JBSWY3DPEHPK3PXP"
        assert key_rotation.rotate("daklak", write=False).old == 0
    (route,) = channel_routes.find("thu", "a1", ["1"])
    assert dict(route.secrets) == {"oa": "bi-mat"}


@pytest.fixture
def relay_of_before(filled: Dossier, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A session of a relay that was not restarted: it has the old key alone."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "application_name", "")
    settings.FIELD_KEYS = settings.INDEX_KEYS = [OLD]
    crypto.name_process("relay")
    settings.FIELD_KEYS = settings.INDEX_KEYS = [NEW, OLD]
    session = connection.copy()
    session.ensure_connection()
    yield session
    session.close()


def test_nothing_is_rotated_while_a_process_lacks_the_new_key(relay_of_before: Any, settings: Any) -> None:
    before = everything()
    with pytest.raises(
        CommandError, match=rf"Khóa mới chưa có ở tiến trình đang chạy relay@{socket.gethostname()[:30]}: "
    ):
        call_command("keys", "rotate")
    assert everything() == before
    settings.FIELD_KEYS = settings.INDEX_KEYS = [OLD]
    call_command("keys", "rotate")


def test_the_relay_is_told_to_lack_the_key_and_no_gateway_is_blamed(relay_of_before, capsys):
    Lane.objects.update(rests=1, trouble="Cổng nhắn tin trả lời 401.")
    with pytest.raises(SystemExit):
        call_command("relay", "status")
    said = [line for line in capsys.readouterr().out.splitlines() if line.startswith("! ")]
    assert [line for line in said if "401" in line] == []
    assert f"chưa có ở tiến trình đang chạy relay@{socket.gethostname()[:30]}:" in said[0]


def test_a_province_that_no_key_opens_is_said_to_lack_one(filled, settings, capsys):
    ChannelAccount.objects.create(channel="mock", name="chinh", secrets='{"khoa": "x"}')
    settings.FIELD_KEYS = [OLD]
    with pytest.raises(SystemExit):
        call_command("relay", "status", "--province", "daklak")
    assert "! daklak: không đọc được (thiếu khóa trong FIELD_KEYS của lệnh này)." in capsys.readouterr().out


def test_rows_of_a_lost_key_are_seen_behind_newer_ones(filled: Dossier, settings: Any) -> None:
    settings.FIELD_KEYS = [NEW]
    for number in range(LOOKED_AT):
        Contact.objects.create(phone=f"090500070{number}", name="Minh họa")
    assert [told for told in unreadable() if "contacts_contact.phone" in told]


def test_a_second_run_writes_nothing(filled: Dossier) -> None:
    first = key_rotation.rotate("daklak")
    before = everything()
    second = key_rotation.rotate("daklak")
    assert (first.old > 5, second.old, second.looked) == (True, 0, first.looked)
    assert everything() == before


def test_one_that_was_ended_halfway_goes_on_where_it_stopped(filled, monkeypatch):
    total = key_rotation.rotate("daklak", write=False).old
    monkeypatch.setattr(key_rotation, "BATCH", 1)
    calls = []

    def ends(table: str, rows: int) -> None:
        calls.append(table)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        key_rotation.rotate("daklak", progress=ends)
    left = key_rotation.rotate("daklak", write=False).old
    assert 0 < left < total
    key_rotation.rotate("daklak")
    assert key_rotation.rotate("daklak", write=False).old == 0


def test_a_row_that_no_key_opens_is_left_and_told(filled: Dossier, settings: Any) -> None:
    broken = Contact.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE contacts_contact SET phone = 'hỏng'")
    with pytest.raises(CommandError, match="1 dòng"):
        call_command("keys", "rotate", "daklak")
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM contacts_contact WHERE id = %s", [broken.pk])
        assert cursor.fetchone() == ("hỏng",)


def test_twins_from_processes_with_different_keys_do_not_stop_it(filled: Dossier, settings: Any) -> None:
    """One process did not know the new key yet and another wrote with it: two contacts of one number."""
    settings.FIELD_KEYS = settings.INDEX_KEYS = [NEW]
    Contact.objects.create(phone="0905000678", name="Bản đôi")
    settings.FIELD_KEYS = settings.INDEX_KEYS = [NEW, OLD]
    assert key_rotation.rotate("daklak").left == 1
    settings.FIELD_KEYS = [NEW]
    assert {contact.phone for contact in Contact.objects.all()} == {"0905000678"}


def test_operators_telephones_are_brought_over_too(db: None, settings: Any) -> None:
    settings.FIELD_KEYS = [OLD]
    with public_context():
        operator = UserFactory(administrator=True)
        SecondFactor.objects.create(user=operator, secret=crypto.encrypt_here("JBSWY3DPEHPK3PXP"))
        settings.FIELD_KEYS = [NEW, OLD]
        assert key_rotation.rotate_public() == 1
        settings.FIELD_KEYS = [NEW]
        assert crypto.decrypt_here(SecondFactor.objects.get().secret) == "JBSWY3DPEHPK3PXP"


def test_status_says_whether_an_old_key_may_go(filled: Dossier, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="keys rotate"):
        call_command("keys", "status")
    call_command("keys", "rotate")
    call_command("keys", "status")
    assert "Bỏ được khóa cũ" in capsys.readouterr().out


def test_every_index_of_an_encrypted_table_is_made_anew(db: None) -> None:
    """A table that gets an index later must say how it is made, or rotation would leave it behind."""
    lacking = [
        model._meta.label
        for model, _names in crypto.encrypted_fields()
        if not hasattr(model, "index")
        and any(field.name.endswith("_index") for field in model._meta.concrete_fields)
    ]
    assert lacking == []
    assert province_cache.all_records()


def test_a_command_with_old_keys_ends_in_one_line(monkeypatch, capsys):
    def wrong_keys(arguments: list[str]) -> None:
        raise crypto.CannotDecrypt("Không giải mã được dữ liệu của tỉnh này.")

    monkeypatch.setattr(management, "execute_from_command_line", wrong_keys)
    with pytest.raises(SystemExit) as ended:
        manage.main()
    assert "FIELD_KEYS" in str(ended.value)
    assert "\n" not in str(ended.value)
