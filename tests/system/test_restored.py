"""One story, looked at from all sides: backed up, worked in, damaged, restored and put in the place of what ran."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import DatabaseError

from dossiers.filing.models import FilingAnswer, FilingDraft
from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken, Dossier, Event
from messaging.contacts import contacts
from messaging.contacts.models import Consent, Contact, Follower
from messaging.inbound import privacy
from messaging.inbound.handlers import erase
from messaging.inbound.models import IncomingMessage
from messaging.outbox.models.messages import Message
from messaging.outbox.models.phone_calls import Call
from tenants import clock
from tenants.accounts.models import ExternalIdentity, Passkey, Session, User
from tenants.audit.models import AuditEntry
from tenants.folder.problems import Refused
from tenants.isolation import advisory_locks, province_cache, schema_migrations, schemas
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import dump, history, restore, side_schemas, swap
from tenants.operations.backup import export as portability
from tenants.operations.backup.archive import BackupRefused, Damaged
from tenants.organisation.models import Assignment
from tests.conftest import as_owner
from tests.dossiers.filing.filling import FilingDraftFactory
from tests.system.backing_up import KEY, Site, standing_site
from tests.system.worlds import sign_in

pytestmark = [pytest.mark.committed, pytest.mark.real_clock]


@dataclass
class Story:
    """What was there, and what came of it."""

    site: Site
    archive: bytes
    sent: Message
    lost: Dossier
    lost_event: int
    file: bytes
    noted: tuple[AuditEntry | None, AuditEntry | None]
    losses: list[str]
    restored: restore.Restored
    swapped: swap.Swapped
    shared: str
    reissued: services.Received

    def inside(self) -> Any:
        return self.site.inside()


@pytest.fixture(scope="module")
def story(kept_province: ProvinceRecord, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with standing_site(kept_province, tmp_path_factory.mktemp("story")) as site:
        with site.inside():
            sign_in(site.office.clerk)
            for number, owner in enumerate((site.office.clerk, site.office.specialist)):
                Passkey.objects.create(
                    user=owner, host="h.vn", name="máy", credential_id=f"k{number}", public_key="k"
                )
                ExternalIdentity.objects.create(user=owner, issuer="https://sso.vn", subject=f"{number}")
            erased = contacts.contact_for("0905000777", "Người Minh Họa Hai")
            draft = FilingDraftFactory(procedure=site.office.procedure, form_version=None, phone=erased.phone)
            FilingAnswer.objects.create(draft=draft, page="ten", values="Người Minh Họa Hai")
            forgotten = Follower.objects.create(channel="mock", account="chinh", address="7000000003")
            IncomingMessage.objects.create(
                channel="mock",
                account="chinh",
                provider_id="1",
                follower=forgotten,
                text="minh họa",
                written_at=clock.now(),
            )
            shared = access_links.share(site.dossier)
        path = site.back_up()
        with as_owner():
            restore.rehearse(site.slug, path)
        with site.inside():
            noted = history.last(history.MADE), history.proved()
        (sent,) = site.run_relay()
        with site.inside():
            lost = site.receive()
            lost_event = lost.events.get().pk
            User.objects.filter(pk=site.office.leader.pk).update(is_active=False)
            contacts.withdraw(sent.contact, how="ở quầy")
            Assignment.objects.filter(user=site.office.specialist).delete()
            # Rows that go by mistake, with no word of it in the audit, are what a restore brings back.
            connection.cursor().execute(
                "DELETE FROM organisation_assignment WHERE user_id = %s", [site.office.leader.pk]
            )
            Passkey.objects.filter(user=site.office.specialist).delete()
            ExternalIdentity.objects.filter(user=site.office.specialist).delete()
            privacy.erase(erased, site.office.clerk)
            erase(forgotten)
            access_links.revoke_share(site.dossier, AccessToken.objects.get(purpose="share").pk)
            seen = Dossier.objects.get(pk=site.dossier.pk).last_sequence
            reissued = services.reissue(
                site.dossier.pk, actor=site.office.clerk, seen=seen, checked="thẻ căn cước"
            )
        file = site.stored_file().read_bytes()
        site.stored_file().unlink()
        restored = site.restore()
        with as_owner():
            losses = swap.losses(site.slug, restored.copy.name)
        with site.inside():
            assert Dossier.objects.count() == 2, "a restore changes nothing"
        swapped = site.swap()
        yield Story(
            site, path.read_bytes(), sent, lost, lost_event, file, noted, losses, restored, swapped,
            shared, reissued,
        )  # fmt: skip


def test_the_dossiers_of_the_backup_are_there_and_their_people_can_be_read(story: Story) -> None:
    with story.inside():
        assert Dossier.objects.get(pk=story.site.dossier.pk).owner.phone == "0905000678"
        assert not Dossier.objects.filter(code=story.lost.code).exists()


def test_a_notice_that_was_queued_then_and_sent_since_is_not_sent_again(story: Story) -> None:
    message = story.site.run_relay()[0]
    assert story.sent.state == "delivered"
    assert (message.tracking_id, message.state, message.attempts) == (
        story.sent.tracking_id,
        "delivered",
        story.sent.attempts,
    )
    with story.inside():
        assert not Call.objects.filter(message=message, settled_at=None).exists()


def test_codes_and_numbers_given_since_are_not_given_again(story: Story) -> None:
    with story.inside():
        fresh = story.site.receive()
        assert fresh.code > story.lost.code
        assert fresh.events.get().pk > story.lost_event


def test_who_lost_access_since_stays_without(story: Story) -> None:
    """Accounts, roles, passkeys, linked identities, sessions, shared and printed addresses, consents."""
    office = story.site.office
    with story.inside():
        assert not User.objects.get(pk=office.leader.pk).is_active
        assert set(Assignment.objects.values_list("user", flat=True)) == {office.clerk.pk, office.leader.pk}
        assert list(Passkey.objects.values_list("user", flat=True)) == [office.clerk.pk]
        assert list(ExternalIdentity.objects.values_list("user", flat=True)) == [office.clerk.pk]
        assert not Session.objects.exists()
        assert not access_links.living(story.shared).exists()
        assert not access_links.living(story.site.page.strip("/").rpartition("/")[2]).exists()
        assert Consent.objects.earliest("pk").withdrawn_how == "ở quầy"


def test_history_is_refused_to_the_runtime_login_and_to_the_owner_as_before(story: Story) -> None:
    with story.inside(), pytest.raises(DatabaseError, match="permission denied"):
        Event.objects.update(kind="đã sửa")
    with as_owner(), story.inside(), pytest.raises(DatabaseError, match="append-only"):
        Event.objects.update(kind="đã sửa")


def test_a_slip_that_was_issued_again_since_goes_on_to_open_its_dossier(story: Story) -> None:
    token = story.reissued.token_url.strip("/").rpartition("/")[2]
    with story.inside():
        assert access_links.living(token).get().dossier_id == story.site.dossier.pk
        assert Dossier.objects.get(pk=story.site.dossier.pk).lookup_key == story.reissued.key


def test_people_who_were_erased_since_stay_erased(story: Story) -> None:
    with story.inside():
        blank = Contact.objects.get(phone_index__startswith="erased:")
        gone = Follower.objects.get(address_index__startswith="erased:")
        assert (blank.name, blank.phone, blank.phone_last4_index) == ("", "", "")
        assert (gone.address, gone.state) == ("", Follower.State.ERASED)
        assert not IncomingMessage.objects.exists()
        assert not FilingDraft.objects.exists()


def test_the_operator_hears_what_is_lost_before_anything_changes(story: Story) -> None:
    (loss,) = story.losses
    assert loss.endswith(": 2"), "the new dossier, and the one that got a new key"


def test_a_file_that_was_gone_is_back(story: Story) -> None:
    assert story.restored.files_back == 1
    assert story.site.stored_file().read_bytes() == story.file


def test_what_ran_before_is_out_of_reach(story: Story) -> None:
    with connection.cursor() as cursor:
        for schema, may in ((story.site.slug, True), (story.swapped.kept_as, False)):
            cursor.execute(
                "SELECT has_schema_privilege(%s, %s, 'USAGE')", [schemas.role_name(story.site.slug), schema]
            )
            assert cursor.fetchone() == (may,)


def test_no_personal_data_and_no_key_can_be_read_in_an_archive(story: Story) -> None:
    secret = (b"Minh H", "Minh Họa".encode(), b"0905000678", KEY.encode(), b"CREATE TABLE", b"PGDMP")
    assert [word for word in secret if word in story.archive] == []
    assert story.site.archive.stat().st_mode & 0o077 == 0


def test_the_log_of_the_province_tells_of_backup_and_rehearsal(story: Story) -> None:
    made, proved = story.noted
    assert made is not None
    assert proved is not None
    assert (made.detail["name"], made.detail["size"]) == (story.site.archive.name, len(story.archive))
    assert proved.action == history.REHEARSED


def test_the_log_of_the_restored_province_tells_where_it_came_from(story: Story) -> None:
    with province_context(story.site.slug):
        entry = history.last(history.RESTORED)
    assert entry is not None
    assert (entry.detail["name"], entry.detail["kept_as"]) == (
        Path(story.site.archive).name,
        story.swapped.kept_as,
    )


def test_a_copy_that_an_upgrade_passed_by_takes_nobodys_place(story: Story) -> None:
    slug, kept = story.site.slug, story.swapped.kept_as
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE \"{kept}\".django_migrations SET name = 'x' WHERE name = '0001_initial'")
        with pytest.raises(BackupRefused, match="Lùi lại"):
            swap.swap(slug, kept)
        cursor.execute(f"UPDATE \"{kept}\".django_migrations SET name = '0001_initial' WHERE name = 'x'")


def test_an_upgrade_names_the_copies_that_it_passes_by(story, capsys, monkeypatch):
    kept = story.swapped.kept_as
    monkeypatch.setattr(schema_migrations, "migrate", lambda *arguments, **named: schema_migrations.Outcome())
    rename = f'UPDATE "{kept}".django_migrations SET name = %s WHERE name = %s'
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(rename, ["x", "0001_initial"])
        with pytest.raises(SystemExit):
            call_command("schemas", "migrate")
        cursor.execute(rename, ["0001_initial", "x"])
    assert f"{kept} nằm bên cạnh" in capsys.readouterr().out


def test_a_copy_that_no_key_opens_any_more_takes_nobodys_place(story: Story, settings: Any) -> None:
    settings.FIELD_KEYS = ["khóa mới"]
    with as_owner(), pytest.raises(BackupRefused, match="Thêm khóa cũ"):
        swap.swap(story.site.slug, story.swapped.kept_as)


def test_no_old_key_may_go_while_a_copy_stands_aside(story, settings, capsys):
    settings.FIELD_KEYS = [*settings.FIELD_KEYS, "khóa cũ"]
    with pytest.raises(CommandError, match="chưa bỏ khóa cũ"):
        call_command("keys", "status", story.site.slug)
    assert f"còn bản giữ lại {story.swapped.kept_as}" in capsys.readouterr().out


@pytest.mark.parametrize("act", ["swap", "discard", "restore", "rehearse"])
def test_nothing_is_done_while_the_province_is_worked_on(story: Story, act: str) -> None:
    slug, kept, archive = story.site.slug, story.swapped.kept_as, story.site.archive
    do: dict[str, Callable[[], object]] = {
        "swap": lambda: swap.swap(slug, kept),
        "discard": lambda: restore.discard(slug, kept),
        "restore": lambda: restore.restore(slug, archive, f"{slug}_hai"),
        "rehearse": lambda: restore.rehearse(slug, archive),
    }
    with as_owner(), advisory_locks.exclusive_schema_lock(slug):
        before = side_schemas.of(slug)
        with pytest.raises(BackupRefused, match="chờ xong"):
            do[act]()
        assert side_schemas.of(slug) == before


def test_a_restore_keeps_others_out(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody migrates, applies or swaps beside it."""
    slug = story.site.slug
    held: list[set[str]] = []

    def so_far(*arguments: Any) -> None:
        held.append(set(advisory_locks.locked_slugs([slug])))
        raise Damaged("tới đây thôi")

    monkeypatch.setattr(restore, "_compare", so_far)
    with as_owner(), pytest.raises(Damaged, match="tới đây thôi"):
        restore.rehearse(slug, story.site.archive)
    assert held == [{slug}]


def test_no_swap_comes_between_the_tables_of_a_backup(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump holds its tables by what they are and reads them by what they are called."""
    slug, kept, tried = story.site.slug, story.swapped.kept_as, []

    def meanwhile(*arguments: Any) -> list[str]:
        with pytest.raises(BackupRefused, match="đang được sao lưu") as refused:
            swap.swap(slug, kept)
        tried.append(refused)
        return []

    monkeypatch.setattr(dump, "_write_files", meanwhile)
    with as_owner():
        restore.verify(dump.take(slug).path)
    assert tried


def test_no_swap_comes_between_the_tables_of_an_export(story: Story, tmp_path: Path) -> None:
    slug, kept, tried = story.site.slug, story.swapped.kept_as, []

    def meanwhile(line: str) -> None:
        with pytest.raises(BackupRefused, match="xuất dữ liệu") as refused:
            swap.swap(slug, kept)
        tried.append(refused)

    with as_owner():
        portability.export_province(slug, tmp_path / "ra", meanwhile)
    assert tried


def test_no_backup_and_no_export_begins_during_a_swap(story, monkeypatch, tmp_path):
    slug, tried = story.site.slug, []

    def meanwhile(*arguments: Any) -> None:
        with pytest.raises(BackupRefused, match="đổi chỗ"):
            dump.take(slug)
        with pytest.raises(Refused, match="đổi chỗ"):
            portability.export_province(slug, tmp_path / "ra")
        tried.append(True)
        raise BackupRefused("tới đây thôi")

    monkeypatch.setattr(swap, "_swap", meanwhile)
    with as_owner(), pytest.raises(BackupRefused, match="tới đây thôi"):
        swap.swap(slug, story.swapped.kept_as)
    assert (tried, (tmp_path / "ra").exists()) == ([True], False)


@pytest.fixture
def unfinished(story: Story) -> Iterator[str]:
    """As long as an import goes on, or after it was killed."""

    def be(state: str) -> None:
        with public_context():
            Province.objects.filter(schema_name=story.site.slug).update(state=state)
        province_cache.clear_cache()

    state = story.site.province.state
    be("unfinished")
    yield story.site.slug
    be(state)


def test_half_a_province_is_not_archived(unfinished: str) -> None:
    with as_owner(), pytest.raises(BackupRefused, match="chưa dựng xong"):
        dump.take(unfinished)


def test_half_a_province_is_not_exported(unfinished: str, tmp_path: Path) -> None:
    with as_owner(), pytest.raises(Refused, match="chưa dựng xong"):
        portability.export_province(unfinished, tmp_path / "ra")
    assert not (tmp_path / "ra").exists()
