"""The folder of a province, written back from the database: applying it again changes nothing."""

import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command

from dossiers.deadlines.models import CalendarVersion
from dossiers.workflow.models import WorkflowVersion
from messaging.channels.models import Lane
from procedures.catalogue.contents import national
from procedures.catalogue.models import Procedure, Synonym
from procedures.catalogue.search.index import reindex
from procedures.editor import actions as drafts
from tenants.accounts.models import User
from tenants.folder.problems import Refused, blocking
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.operations.onboarding import sections
from tenants.operations.onboarding.apply import Manual, apply_province, plan_province
from tenants.operations.onboarding.folder_writing import export_province
from tenants.operations.onboarding.validate import validate_province
from tenants.organisation.models import Agency
from tests.dossiers.lifecycle.files import samples
from tests.factories import UserFactory
from tests.procedures.files import portal_row, write_portal
from tests.provinces import as_owner, undone
from tests.system.served import Served

pytestmark = pytest.mark.committed

CODES = {"daklak": ("H15", "H42", "H45", "H25"), "dongnai": ("H19", "H42", "H10", "H25")}
EXPLAINED = "1.001193"
"""Birth registration: explained by the portal; the folder names no words for it."""
STAFF = """\
username,full_name,position,email,agency,role
lan,Nguyễn Thị Lan,Chuyên viên,,H42.08,clerk
lan,Nguyễn Thị Lan,Chuyên viên,,H42.08,specialist
"""
MESSAGING = """\
accounts:
  - channel: mock
    name: chinh
    external_id: "0123"
"""
FEEDBACK = "answer_within: {value: 7, unit: working_day}\nsource: QĐ minh họa số 3/QĐ-UBND\n"
SYNONYMS = "everyday,official\nhôn thú minh họa,kết hôn\n"
SAID = """
agencies:
  - {agency: H42.08, sectors: [Hộ tịch, Đất đai]}
no_terms:
  - {source: QĐ minh họa số 4/QĐ-UBND, sectors: [Đất đai]}
no_fees:
  - {source: NQ minh họa số 5/NQ-HĐND, sectors: [Hộ tịch], codes: ["1.013225"]}
"""
DECIDED = 'without_channels: {number: 12/QĐ-UBND, date: "20/11/2026", signer: Người Minh Họa}\n'
BESIDES = {
    "staff.csv": STAFF,
    "messaging.yaml": MESSAGING,
    "feedback.yaml": FEEDBACK,
    "synonyms.csv": SYNONYMS,
    "life_events/ket-hon.yaml": "order: 5\ntitle: Cưới hỏi\n",
    "life_events/sinh-con.yaml": "hidden: true\n",
    "filing_rules.yaml": (
        "groups:\n  - sectors: [Hộ tịch]\n    rules:\n"
        "      place: {text: Đến nhà văn hóa, english: Come to the hall, source: QĐ minh họa}\n"
    ),
    "blank_forms.csv": "code,source,title,file\nCT01,Thông tư 53/2025/TT-BCA,Tờ khai cư trú,ct01.pdf\n",
    "blank_forms/ct01.pdf": samples.pdf(),
}


def each(*models: str) -> pytest.MarkDecorator:
    """Each of these demonstrations, made once; `make test` makes the first one only."""
    ways = [pytest.param(model, marks=pytest.mark.deep) if model == "dongnai" else model for model in models]
    return pytest.mark.parametrize("made", ways, indirect=True)


@pytest.fixture(scope="module")
def made(request, django_db_setup, django_db_blocker, tmp_path_factory):
    """A copy of a demonstration folder, with people, under codes that nobody has; applied once."""
    model = request.param
    source, slug = settings.PROVINCES_DIR / model, f"vong{model}"
    root = tmp_path_factory.mktemp("provinces")
    own, new, former, new_former = CODES[model]
    for file in source.rglob("*"):
        if file.suffix == ".xlsx":
            (root / slug / file.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, root / slug / file.relative_to(source))
        elif file.is_file():
            text = file.read_text(encoding="utf-8").replace(f"{model}.localhost", f"{slug}.localhost")
            text = (
                text.replace(f"slug: {model}", f"slug: {slug}").replace(own, new).replace(former, new_former)
            )
            target = root / slug / file.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    for file, said in (("catalogue.yaml", SAID), ("province.yaml", DECIDED)):
        with (root / slug / file).open("a", encoding="utf-8") as target:
            target.write(said)
    for file, content in BESIDES.items():
        target = root / slug / file
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.MonkeyPatch.context() as patched, django_db_blocker.unblock(), as_owner():
        patched.setattr(settings, "PROVINCES_DIR", root)
        patched.setattr(settings, "DATA_DIR", root / "data")
        apply_province(slug)
    yield root / slug
    with django_db_blocker.unblock(), as_owner():
        for row in Province.objects.filter(schema_name=slug):
            row.delete(force_drop=True)


@pytest.fixture
def province(made, django_db_blocker, tmp_path, monkeypatch):
    """The province of that folder, as applying left it; what a test does to it is undone."""
    monkeypatch.setattr(settings, "PROVINCES_DIR", made.parent)
    monkeypatch.setattr(settings, "DATA_DIR", tmp_path / "data")
    with django_db_blocker.unblock(), as_owner(), undone():
        yield made.name


@each("daklak")
def test_every_room_brought_its_part_and_it_answers_at_its_host(made: Path, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        with province_context(made.name):
            assert CalendarVersion.in_force().number == WorkflowVersion.in_force().number == 1
            assert Agency.objects.filter(is_desk=True).count() > 10
            assert Procedure.objects.filter(handled=True).count() > 500
            assert Lane.objects.count() >= len(settings.MESSAGING_CHANNELS)
        page = Served(f"{made.name}.localhost").get("/thu-tuc/?q=ket+hon")
    assert (page.status, "kết hôn" in page.text) == (200, True)


def use_export(slug: str, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export_province(slug, target)
    monkeypatch.setattr(settings, "PROVINCES_DIR", target)


@each(*CODES)
def test_the_folder_applied_twice_changes_nothing_comes_back_and_says_the_same(
    province: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = apply_province(province)
    assert {one.step.code: one.report.changes for one in again.steps if one.report.changes} == {}
    assert (again.changes, len(again.steps)) == (0, len(sections.STEPS))
    use_export(province, tmp_path / "export", monkeypatch)
    assert [str(problem) for problem in blocking(validate_province(province))] == []
    found = plan_province(province)
    assert {one.step.code: (one.report.changes, one.changes) for one in found.steps if one.changes} == {}
    assert found.changes == 0


@pytest.mark.deep
@each("daklak")
def test_what_was_changed_by_hand_comes_along(province, tmp_path, monkeypatch):
    with province_context(province):
        Agency.objects.filter(code="H42.08").update(name="Trung tâm Một cửa", phone="+84 262 000 0001")
        User.objects.filter(username="lan").update(position="Trưởng quầy")
        Procedure.objects.filter(code="1.004873").update(handled=False, where_text="nộp tại nơi minh họa")
        Procedure.objects.filter(code="1.004884").update(filing_mode="local", everyday="làm lại khai sinh")
        Synonym.objects.create(
            everyday="giấy độc thân ở làng", official="1.004873", folded="giay doc than o lang"
        )
        reindex()
    with pytest.raises(Refused, match="sửa tay"):
        apply_province(province)
    assert apply_province(province, manual=Manual.KEEP).kept >= 4
    with province_context(province):
        assert Agency.objects.get(code="H42.08").name == "Trung tâm Một cửa"
        assert not Procedure.objects.get(code="1.004873").handled
    use_export(province, tmp_path / "export", monkeypatch)
    assert [str(problem) for problem in blocking(validate_province(province))] == []
    found = plan_province(province)
    assert [change for one in found.steps for change in one.changes] == []
    assert (found.changes, apply_province(province).changes) == (0, 0)


def import_list(province: str, target: Path) -> None:
    """Import a list of a new sector that also says who performs a procedure of a sector that is not handled."""
    rows = [
        portal_row("9.000001", linh_vuc="Lĩnh vực mới minh họa", ten_thu_tuc="Thủ tục mới minh họa"),
        portal_row("1.000005", linh_vuc="Hải quan", co_quan_thuc_hien="Chi cục Hải quan khu vực"),
    ]
    call_command("catalogue", "import", province, str(write_portal(target, rows)), stdout=io.StringIO())


@pytest.mark.deep
@each("daklak")
def test_after_an_import_of_the_catalogue_the_folder_comes_back_and_says_the_same(
    province: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_list(province, tmp_path / "list.jsonl")
    use_export(province, tmp_path / "export", monkeypatch)
    assert [str(problem) for problem in blocking(validate_province(province))] == []
    assert plan_province(province).changes == 0


@pytest.mark.deep
@each("daklak")
def test_a_new_sector_waits_until_the_province_takes_it(province, made, tmp_path, monkeypatch):
    import_list(province, tmp_path / "list.jsonl")
    output = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("province", "plan", province, stdout=output)
    assert "chờ quyết định: “Lĩnh vực mới minh họa”, 1 thủ tục" in output.getvalue()
    told = r"[1-9]\d* thủ tục không thu theo một quyết định: NQ minh họa số 5/NQ-HĐND"
    assert re.search(told, output.getvalue())
    apply_province(province)
    with province_context(province):
        assert not Procedure.objects.get(code="9.000001").handled
    shutil.copytree(made, tmp_path / "folder" / province)
    chosen = tmp_path / "folder" / province / "catalogue.yaml"
    text = chosen.read_text(encoding="utf-8")
    chosen.write_text(
        text.replace("excluded_sectors:", "  - Lĩnh vực mới minh họa\nexcluded_sectors:"), "utf-8"
    )
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path / "folder")
    apply_province(province)
    with province_context(province):
        assert Procedure.objects.get(code="9.000001").handled


@pytest.mark.deep
@each("daklak")
def test_a_statement_that_the_folder_withdraws_holds_no_longer(province, made, tmp_path, monkeypatch):
    own = "QĐ minh họa của tỉnh"
    with province_context(province):
        Procedure.objects.filter(code=EXPLAINED).update(no_term_source=own)
    shutil.copytree(made, tmp_path / "folder" / province)
    chosen = tmp_path / "folder" / province / "catalogue.yaml"
    chosen.write_text(chosen.read_text("utf-8").split("\nno_terms:")[0], "utf-8")
    monkeypatch.setattr(settings, "PROVINCES_DIR", tmp_path / "folder")
    apply_province(province)
    with province_context(province):
        left = Procedure.objects.exclude(no_term_source="", no_fee_source="")
        assert list(left.values_list("code", "no_term_source", "no_fee_source")) == [(EXPLAINED, own, "")]
    assert plan_province(province).changes == 0


@pytest.mark.deep
@each("daklak")
def test_a_new_explanation_takes_the_place_of_the_old_one(province, monkeypatch):
    shipped = national.load_explanations()
    new = {**shipped, EXPLAINED: shipped[EXPLAINED].model_copy(update={"summary": "Tóm tắt minh họa mới"})}
    monkeypatch.setattr(national, "load_explanations", lambda: new)
    assert apply_province(province).changes == 1
    with province_context(province):
        assert Procedure.objects.get(code=EXPLAINED).summary == "Tóm tắt minh họa mới"


def publish(procedure: Procedure, **said: Any) -> None:
    """Two people publish this of a procedure."""
    author, second = (UserFactory(administrator=True) for _ in range(2))
    now = drafts.in_force(procedure)
    draft = drafts.save(procedure.pk, {**now, **said}, actor=author, seen=0, sealed=drafts.seal(now))
    draft = drafts.ask(procedure.pk, actor=author, seen=draft.version)
    drafts.publish(procedure.pk, actor=second, seen=draft.version)


@pytest.mark.deep
@each("daklak")
def test_a_fee_that_was_published_against_the_folder_stops_an_apply(province: str) -> None:
    with province_context(province):
        procedure = Procedure.objects.filter(current_version__fee_source="province").earliest("code")
        publish(procedure, fees=[{"kind": "phi", "amount": 12_345}])
    with pytest.raises(Refused, match="sửa tay"):
        apply_province(province)
    apply_province(province, manual=Manual.KEEP)
    with province_context(province):
        procedure.refresh_from_db()
        assert [fee.amount for fee in procedure.current_version.fees.all()] == [12_345]


@pytest.mark.deep
@each("daklak")
def test_words_that_the_province_published_stay_when_a_release_explains_the_procedure(province, monkeypatch):
    shipped = national.load_explanations()
    with province_context(province):
        procedure = Procedure.objects.filter(handled=True).exclude(code__in=shipped).earliest("code")
        own_name = procedure.short_name
        publish(procedure, summary="Lời minh họa của tỉnh", documents=[{"name": "Tờ khai minh họa"}])
    new = {**shipped, procedure.code: shipped[EXPLAINED].model_copy(update={"code": procedure.code})}
    monkeypatch.setattr(national, "load_explanations", lambda: new)
    assert apply_province(province).changes == 0
    with province_context(province):
        procedure.refresh_from_db()
        assert (procedure.summary, procedure.short_name) == ("Lời minh họa của tỉnh", own_name)
        assert [paper.name for paper in procedure.current_version.documents.all()] == ["Tờ khai minh họa"]


@each("daklak")
def test_a_place_that_the_province_published_stays(province: str) -> None:
    with province_context(province):
        procedure = Procedure.objects.filter(handled=False, where_text="").earliest("code")
        publish(procedure, filed_at="nộp tại nơi minh họa")
    assert apply_province(province).changes == 0
    with province_context(province):
        procedure.refresh_from_db()
        assert procedure.where_text == "nộp tại nơi minh họa"


@each("daklak")
def test_an_export_never_overwrites(province: str, made: Path) -> None:
    with pytest.raises(Refused, match="đã có thư mục này"):
        export_province(province, made.parent)
