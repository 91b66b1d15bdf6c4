"""The two weeks, played once: a province that nobody knows comes in, works, is lost and found again, and leaves.

Everything is done as an operator does it, by commands; what people of the province do is done at its desk. What
each command refuses is told by its own tests: this is the way on which all of them meet.
"""

import http.client
import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import connection
from django_tenants.utils import schema_exists

from dossiers.lifecycle.intake import Intake, PersonData
from dossiers.lifecycle.models import Dossier
from procedures.catalogue.contents import national
from tenants import clock
from tenants.accounts.models import SecondFactor, User
from tenants.isolation import province_cache, signing
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.operations.golive import confirmations
from tenants.operations.golive.offboard import WAIT
from tenants.operations.readiness import builtin_checks
from tests.browser.third_province import ANSWERS, SLUG
from tests.conftest import as_owner, subprocess_environment
from tests.factories import UserFactory
from tests.faults.ground import free_port
from tests.faults.processes import Server, wait_for_web, web
from tests.system.backing_up import KEY, Site, standing_site
from tests.system.commands import Said, manage, manage_apart
from tests.system.installations import other_installation
from tests.system.remains import counts, kept_files, throwaways
from tests.system.served import Served
from tests.tenants.accounts.signin.people import PASSWORD

pytestmark = [pytest.mark.committed, pytest.mark.real_clock, pytest.mark.deep]

OPERATORS = ("vanhanh.mot", "vanhanh.hai")
PROCEDURE = "1.004873"
# Who may everything takes the guard of history away first, and then the dossiers with all that hangs on them.
DAMAGE = """
DO $$ DECLARE guarded regclass; BEGIN
    FOR guarded IN SELECT DISTINCT tgrelid FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal
    LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', guarded); END LOOP;
END $$;
TRUNCATE dossiers_dossier CASCADE;
DROP TABLE messaging_message CASCADE;
"""
# What the province hands in, and what it writes after it was told what is wrong.
STAFF = """\
username,full_name,position,email,agency,role
quantri,Quản Trị Minh Họa,,,H38,administrator
lan,Nguyễn Thị Lan (minh họa),Chuyên viên,,H38.08,clerk
nam,Trần Văn Nam (minh họa),Chuyên viên,,H38.99,specialist
mai,Lê Thị Mai (minh họa),Trưởng phòng,,H38.15,leader
hoa,Phạm Thị Hoa (minh họa),Chủ tịch,,H38,leader
"""
DEPARTMENT = "H38.15,Sở Tư pháp (minh họa),,province,H38,không,,,,,,,\n"
# The processes of this test ask the real clock, in whichever year.
NEXT_YEAR = clock.today().year + 1
WRONG = [
    ("province.yaml", "'#0B5394'", "'#9CC3E6'", r"province\.yaml:\d+:\d+: .*tương phản"),
    (
        "calendar.yaml",
        f"  {NEXT_YEAR}-",
        f"  # {NEXT_YEAR}-",
        rf"calendar\.yaml:\d+:\d+: .*{NEXT_YEAR}",
    ),
]


class Desk:
    """The people of the province's own folder, as `Site` asks for them."""

    def __init__(self) -> None:
        self.clerk = User.objects.get(username="lan")

    def intake(self, **changed: Any) -> Intake:
        owner = PersonData(name="Nguyễn Thị Minh Họa", phone="0905000678", id_number="066190000001")
        return Intake(
            procedure_code=PROCEDURE,
            owner=owner,
            receiving_agency="H38.08",
            competent_agency="H38.15",
            **changed,
        )


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_national_list: None) -> Path:
    """Where folders, reports and files of this installation lie."""
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path / "provinces")
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path)
    monkeypatch.setattr(settings, "REQUIRE_MFA", False)
    monkeypatch.setattr(settings, "BACKUP_DIR", tmp_path / "backups")
    monkeypatch.setattr(settings, "BACKUP_KEYS", [KEY])
    monkeypatch.setattr("getpass.getpass", lambda prompt: PASSWORD)
    return tmp_path


@pytest.fixture
def installation(django_db_setup: None, django_db_blocker: Any, place: Path) -> Iterator[Path]:
    """Two operators, and no province of this name before and after."""
    with django_db_blocker.unblock():
        with public_context():
            people = [UserFactory(username=name, is_superuser=True) for name in OPERATORS]
            for user in people:
                user.set_password(PASSWORD)
                user.save()
        yield place
        with as_owner():
            for row in Province.objects.filter(schema_name=SLUG):
                row.delete(force_drop=True)
            # Django would look for what hangs on them in tables that only provinces have.
            User.objects.filter(username__in=OPERATORS)._raw_delete("default")
        connection.close()


@pytest.fixture
def portal(installation: Path) -> Iterator["Portal"]:
    """The web server, not started yet, in processes of its own, as the runtime login."""
    environ = {
        **subprocess_environment(),
        "DATA_DIR": str(installation),
        "PROMETHEUS_MULTIPROC_DIR": str(installation / "metrics"),
        "DJANGO_SETTINGS_MODULE": "tests.settings",  # without collected static files
        "DB_LOGIN": "runtime",
    }
    made = Portal(environ, installation / "web.log")
    yield made
    made.server.stop()


class Portal:
    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.server = Server("web", web(self.port), environ, log)

    def start(self) -> None:
        """From here each of its processes knows the provinces as they are now; it may believe that for seconds."""
        self.server.start()
        wait_for_web(self.port)

    def get(self, slug: str, path: str) -> tuple[int, str]:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            asked.request("GET", path, headers={"Host": f"{slug}.localhost"})
            answer = asked.getresponse()
            return answer.status, answer.read().decode()
        finally:
            asked.close()

    @contextmanager
    def visited(self, slug: str, *paths: str) -> Iterator[list[int]]:
        """While the block lasts somebody reads these pages without a pause; their statuses."""
        answers: list[int] = []
        stop = threading.Event()

        def visit() -> None:
            while not stop.is_set():
                answers.extend(self.get(slug, path)[0] for path in paths)

        with ThreadPoolExecutor(1) as pool:
            visitor = pool.submit(visit)
            try:
                yield answers
            finally:
                stop.set()
            visitor.result()


def province(*words: str) -> Said:
    return manage("province", *words)


def well(said: Said, code: int = 0) -> str:
    assert said.code == code, said.text
    return said.text


def state() -> str:
    with public_context():
        return str(Province.objects.get(schema_name=SLUG).state)


def test_the_two_weeks_of_a_third_province(installation, portal, monkeypatch):
    folder = first_folder(installation)
    what_is_wrong_is_told(folder)
    mended(folder)
    applied(folder)
    rehearsed_and_live(monkeypatch)
    portal.start()
    with standing_site(province_cache.by_slug(SLUG), installation, Desk) as site:
        lost_and_found(site, portal)
        counted = gone(installation)
    there_again(counted, installation)


def first_folder(place: Path) -> Path:
    """Day 1: twelve answers."""
    answers = place / "answers.yaml"
    answers.write_text(yaml.safe_dump(ANSWERS, allow_unicode=True), encoding="utf-8")
    well(province("init", SLUG, "--answers", str(answers)))
    folder = place / "provinces" / SLUG
    with_days_off(folder / "calendar.yaml")
    return folder


def with_days_off(calendar: Path) -> None:
    """In a year that was not announced when the national calendar was shipped, one day stands for all."""
    text = calendar.read_text(encoding="utf-8")
    for year in (NEXT_YEAR - 1, NEXT_YEAR):
        if f"  {year}-" not in text:
            text = text.replace("\ndays_off:\n", f"\ndays_off:\n  {year}-01-01: Tết Dương lịch\n")
    calendar.write_text(text, encoding="utf-8")


def what_is_wrong_is_told(folder: Path) -> None:
    """Day 3: the lists of the province are in, with their faults; all are told, each with its place."""
    (folder / "staff.csv").write_text(STAFF, encoding="utf-8")
    for file, old, new, _told in WRONG:
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    told = well(province("validate", SLUG), code=2)
    for reason in (r"staff\.csv:4:5: .*H38\.99", r"staff\.csv:5:5: .*H38\.15", *(one[3] for one in WRONG)):
        assert re.search(rf"^[✗!] {reason}", told, re.MULTILINE), f"{reason} not in\n{told}"
    assert province("apply", SLUG, "--yes").code == 2
    assert not schema_exists(SLUG)


def mended(folder: Path) -> None:
    """Day 5: everything as it was told."""
    for file, old, new, _told in WRONG:
        text = (folder / file).read_text(encoding="utf-8")
        (folder / file).write_text(text.replace(new, old), encoding="utf-8")
    with (folder / "agencies.csv").open("a", encoding="utf-8") as agencies:
        agencies.write(DEPARTMENT)
    (folder / "staff.csv").write_text(STAFF.replace("H38.99", "H38.15"), encoding="utf-8")
    with (folder / "catalogue.yaml").open("a", encoding="utf-8") as catalogue:
        catalogue.write(yaml.safe_dump(said_of_every_sector(), allow_unicode=True))
    well(province("validate", SLUG))


def said_of_every_sector() -> dict[str, Any]:
    """Who is competent, and what this province does not prescribe: a choice with its source."""
    sectors = sorted({record.sector for record in national.load().records if record.sector})
    source = "QĐ minh họa số 12/QĐ-UBND"
    return {
        "agencies": [{"agency": "H38.15", "sectors": sectors}],
        "no_terms": [{"source": source, "sectors": [*sectors]}],
        "no_fees": [{"source": source, "sectors": [*sectors]}],
    }


def applied(folder: Path) -> None:
    """Day 5 to 10: what will come is shown and comes; nothing comes twice; then the desk may try it out."""
    told = well(province("plan", SLUG), code=2)
    planned = re.search(rf"{SLUG}: sẽ có (\d+) thay đổi", told)
    assert planned, told
    assert not schema_exists(SLUG)
    assert well(province("apply", SLUG, "--yes")).splitlines()[-1] == f"{SLUG}: {planned[1]} thay đổi"
    assert well(province("apply", SLUG, "--yes")).splitlines()[-1] == f"{SLUG}: 0 thay đổi"
    assert Served(f"{SLUG}.localhost").get("/").status == 503
    manifest = folder / "province.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("state: draft", "state: pilot"), "utf-8")
    well(province("apply", SLUG, "--yes"))
    assert Served(f"{SLUG}.localhost").get("/").status == 200


def rehearsed_and_live(monkeypatch: pytest.MonkeyPatch) -> None:
    """Day 11 to 14: a dossier goes all the way, all that blocked is seen to, and two people want it."""
    assert "SẴN SÀNG ở mức chạy thử (pilot)" in province("check", SLUG, "--level", "pilot").text
    with as_owner():
        before = counts("public", SLUG), kept_files()
    told = well(province("smoke", SLUG))
    steps = ("2 ", "5 ", "6 ", "9 ", "10 ", "Tin báo", "Trang tra cứu", "Mã QR", "Giấy hẹn (PDF)", "Số liệu")
    assert [step for step in steps if f" ✓ {step}" not in told] == []
    with as_owner():
        assert ((counts("public", SLUG), kept_files()), throwaways()) == (before, [])
    refused = well(province("golive", SLUG, "--by", OPERATORS[0]), code=2)
    gaps = (
        "host",
        "people.desks.clerk",
        "people.administrator",
        "ops.backup",
        "ops.rehearsal",
        "confirm.print",
    )
    assert [gap for gap in gaps if f"✗ {gap}: " not in refused] == []
    seen_to(monkeypatch)
    well(province("golive", SLUG, "--by", OPERATORS[0]))
    assert state() == "pilot"
    well(province("golive", SLUG, "--by", OPERATORS[1]))
    assert state() == "live"


def seen_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """People accept their invitations, the host leads here, a backup is taken and proved, the rest is confirmed."""
    with province_context(SLUG) as record:
        for user in User.objects.all():
            user.set_password(PASSWORD)
            user.save()
        SecondFactor.objects.create(user=User.objects.get(username="quantri"), secret="x")
    monkeypatch.setattr(builtin_checks, "fetch", lambda host: signing.host_proof(record))
    well(manage("backup", "run", SLUG))
    well(manage("backup", "rehearse", SLUG))
    for one in confirmations.CONFIRMATIONS:
        well(province("confirm", SLUG, one.code, "--person", "Hoa (minh họa)", "--by", OPERATORS[0]))


def lost_and_found(site: Site, portal: Portal) -> None:
    """The province works, loses its dossiers, and has them again; its neighbour answers all the time."""
    well(manage("backup", "run", SLUG))
    assert portal.get(SLUG, site.page)[0] == 200
    with as_owner(), site.inside(), connection.cursor() as cursor:
        cursor.execute(DAMAGE)
        assert not Dossier.objects.exists()
    site.stored_file().unlink()
    assert portal.get(SLUG, site.page)[0] != 200
    with portal.visited("daklak", "/", "/thu-tuc/?q=ket+hon") as answers:
        well(site.command("restore"))
        well(province("pause", SLUG))
        swap, lost = ("swap", f"{SLUG}_moi", "--yes"), "calls,erasures,messages,numbers"
        assert f"--without {lost} --reason" in well(site.command(*swap), code=1)
        swapped = well(site.command(*swap, "--without", lost, "--reason", "Bảng hỏng (minh họa)"))
    assert "Không đọc được ở schema cũ" in swapped
    assert (set(answers), len(answers) > 20) == ({200}, True)
    well(province("resume", SLUG))
    # The server notices within ten seconds.
    until = time.monotonic() + 20
    while (answer := portal.get(SLUG, site.page))[0] == 503 and time.monotonic() < until:
        pass
    assert (answer[0], site.dossier.code in answer[1]) == (200, True)
    with site.inside():
        dossier = Dossier.objects.get()
        assert [event.kind for event in dossier.events.order_by("pk")] == ["receive", "attach"]
        assert dossier.owner.phone == "0905000678"
    assert site.stored_file().exists()


def gone(place: Path) -> dict[str, Any]:
    """It leaves: paused, handed over, agreed on by two, and dropped when the time is over."""
    last = place / "last"
    well(province("pause", SLUG))
    well(province("offboard", SLUG, "--export", str(place / "first")))
    for name in OPERATORS:
        well(province("offboard", SLUG, "--propose", "--by", name))
    assert state() == "archived"
    drop = ("offboard", SLUG, "--drop", "--export", str(last))
    assert "chưa đến lúc xóa" in well(province(*drop), code=2)
    with clock.frozen(clock.now() + WAIT):
        assert "đã xuất lần cuối và xóa" in well(province(*drop))
    with public_context():
        assert (schema_exists(SLUG), Province.objects.filter(schema_name=SLUG).exists()) == (False, False)
    return manifest_in(last)


def there_again(handed_over: dict[str, Any], place: Path) -> None:
    """What was handed over is whole: another installation, with keys of its own, has all of it."""
    with other_installation(place / "other") as environ:
        well(manage_apart("migrate_schemas", "--shared", environ=environ))
        well(manage_apart("province", "import", str(place / "last"), environ=environ))
        again = ("province", "offboard", SLUG, "--export", str(place / "again"))
        well(manage_apart(*again, environ=environ))
    counted = manifest_in(place / "again")
    assert (counted["rows"], counted["files"]) == (handed_over["rows"], handed_over["files"])
    assert (counted["rows"]["dossiers_dossier"], counted["files"]) == (1, 1)
    before, after = (parties_in(place / name) for name in ("last", "again"))
    assert before[0]["phone"] == "0905000678"
    assert [before[0].pop(name) != after[0].pop(name) for name in ("phone_index", "id_number_index")] == [
        True
    ] * 2
    assert before == after


def parties_in(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "tables" / "dossiers_party.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def manifest_in(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
