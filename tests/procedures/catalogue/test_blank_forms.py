"""Forms that papers name: found under one key, uploaded by staff or the folder, given out to everybody."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.filing.rules.form import FilingForm
from dossiers.filing.rules.form import shipped_forms as filing_forms
from procedures.catalogue import from_dossiers
from procedures.catalogue.blank_forms import folder as blank_forms
from procedures.catalogue.blank_forms.actions import inspect_sheet, put_facts, put_sheet
from procedures.catalogue.blank_forms.names import form_names, shipped_forms
from procedures.catalogue.contents import national, national_papers
from procedures.catalogue.from_dossiers import Sheet, SheetSource
from procedures.catalogue.models import BlankForm, FormFile, Procedure, RequiredDocument
from tenants.audit.models import AuditEntry
from tenants.files.inspection import FileRefused
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, blocking
from tenants.organisation.models import Role
from tests import tables
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.printing.reading import lost
from tests.factories import AgencyFactory, AssignmentFactory, ProcedureFactory

pytestmark = pytest.mark.usefixtures("province")
HOST = {"host": "daklak.localhost"}
NAMED = "Mẫu CT01 (Thông tư 116/2026/TT-BCA)"
KEY = "ct01-116-2026-tt-bca"
PAGE = f"/bieu-mau/{KEY}/"


def get(path: str, **headers: str) -> Any:
    return Client(headers=HOST).get(path, headers=headers)


def read(path: str) -> str:
    return get(path).content.decode().replace("\N{NO-BREAK SPACE}", " ")


def packed(*names: str, **parts: str | bytes) -> bytes:
    """An office document of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, parts.get(name, "<x/>"))
    return stream.getvalue()


WORD = packed("[Content_Types].xml", "word/document.xml")
EXCEL = packed("[Content_Types].xml", "xl/workbook.xml")
ODT = packed("mimetype", "content.xml", mimetype="application/vnd.oasis.opendocument.text")


def odt(body: str) -> bytes:
    spaces = "".join(f' xmlns:{one}="{one}"' for one in ("draw", "text", "script"))
    content = f'<d{spaces} xmlns:xlink="http://www.w3.org/1999/xlink">{body}</d>'
    kind = "application/vnd.oasis.opendocument.text"
    return packed("mimetype", "content.xml", **{"mimetype": kind, "content.xml": content})


def word(relation: str, encoding: str) -> bytes:
    """A Word file with this relation to something."""
    text = f'<?xml version="1.0" encoding="{encoding}"?><r><Relationship {relation}/></r>'
    part = "word/_rels/settings.xml.rels"
    return packed("word/document.xml", part, **{part: text.encode(encoding)})


def fields(text: str) -> bytes:
    document = f'<w:p xmlns:w="w"><w:fldChar/>{text}</w:p>'
    return packed("word/document.xml", **{"word/document.xml": document})


ELSEWHERE, WITHIN, PROGRAM = "ở nơi khác", "tệp khác nằm bên trong", "mở chương trình khác"
RELATIONS = [
    ('Type="x/attachedTemplate" Target="https://x.vn/a"', ELSEWHERE),
    ('Type="x/attachedTemplate" Target="https://x.vn/hyperlink"', ELSEWHERE),
    ('Type="x/attachedTemplate" Target="&#104;ttps://x.vn/a"', ELSEWHERE),
    ('Id=">" Type="x/attachedTemplate" Target="https://x.vn/a"', ELSEWHERE),
    (r'Type="x/attachedTemplate" Target="file:///\\x.vn\a.dotm"', ELSEWHERE),
    ('Type="x/frame" Target="mhtml:http://x.vn/a"', ELSEWHERE),
    ('Type="x/vbaProject" Target="a.bin"', "macro"),
    ('Type="x/aFChunk" Target="a.rtf"', WITHIN),
]
BODIES = [
    ('<draw:image xlink:href="https://x.vn/a.png"/>', ELSEWHERE),
    ('<text:section-source xlink:href="//x.vn/a.odt"/>', ELSEWHERE),
    ('<script:event-listener xlink:href="vnd.sun.star.script:a"/>', "macro"),
    ('<text:a xlink:href="vnd.sun.star.script:a"/>', "macro"),
    ("<draw:object/>", WITHIN),
    ("<text:dde-connection-decl/>", PROGRAM),
]
FIELDS = [
    ('<w:instrText> DDE</w:instrText><w:instrText>AUTO c "a"</w:instrText>', PROGRAM),
    ('<w:fldSimple w:instr="INCLUDEPICTURE &quot;https://x.vn/a&quot;"/>', ELSEWHERE),
]
HOSTILE = [
    (samples.png(), "a.png", "không phải PDF, Word"),
    (WORD, "a.zip", "không phải PDF, Word"),
    (WORD, "a.xlsx", "bị hỏng"),
    (packed("mimetype", "content.xml", mimetype="x"), "a.odt", "bị hỏng"),
    (b"PK\x03\x04", "a.docx", "bị hỏng"),
    (packed("word/document.xml", "word/vbaProject.bin"), "a.docx", "macro"),
    (packed("word/document.xml", "word/embeddings/a.bin"), "a.docx", WITHIN),
    (packed("word/document.xml", *map(str, range(2_000))), "a.docx", "quá phức tạp"),
    (packed("xl/workbook.xml", "xl/connections.xml"), "a.xlsx", ELSEWHERE),
    *((word(text, coding), "a.docx", words) for text, words in RELATIONS for coding in ("utf-8", "utf-16")),
    *((odt(text), "a.odt", words) for text, words in BODIES),
    *((fields(text), "a.docx", words) for text, words in FIELDS),
]


def offered(content: bytes = WORD, name: str = "Mẫu <của tôi>.docx", **facts: Any) -> BlankForm:
    form = BlankForm()
    put_facts(form, {"code": "CT01", "source": "Thông tư 116/2026/TT-BCA", **facts})
    put_sheet(form, inspect_sheet(ContentFile(content, name=name)))
    return form


@pytest.fixture
def procedure() -> Procedure:
    made = ProcedureFactory(code="1.004222", short_name="Đăng ký thường trú")
    RequiredDocument.objects.create(version=made.current_version, order=1, name="Tờ khai", form=NAMED)
    return made


class TestNames:
    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            *tables.read(__file__, "form_names.yaml"),
            (NAMED, [KEY]),
            ("CT01, Thông tư số 116/2026/TT-BCA", [KEY]),
        ],
    )
    def test_each_form_is_found_however_it_is_written(self, text: str, keys: list[str]) -> None:
        assert [name.key for name in form_names(text)] == keys

    def test_forms_that_ship_are_those_that_papers_name(self) -> None:
        explained = [
            paper for one in national.load_explanations().values() for paper in one.facts["documents"]
        ]
        table = [paper for one in national_papers.load().values() for paper in one.papers.values()]
        ours, theirs = (
            {name.key for one in papers for name in form_names(one.form)} for papers in (explained, table)
        )
        assert ours | theirs == shipped_forms().keys()
        assert len(theirs) > 500
        assert {key for key, facts in shipped_forms().items() if facts["title"] and facts["english"]} == ours


class TestSheets:
    @pytest.mark.parametrize(
        ("content", "name", "kind"),
        [
            (samples.pdf(), "a.pdf", "pdf"),
            (WORD, "a.docx", "docx"),
            (EXCEL, "a.xlsx", "xlsx"),
            (ODT, "a.odt", "odt"),
        ],
    )
    def test_sheet_is_given_out_as_what_it_is_under_our_name(self, content, name, kind):
        form = offered(content, f"../<b>{name}")
        response = get(PAGE)
        assert response.content == content
        assert response["Content-Type"] == form.files.get().content_type
        assert response["Content-Disposition"] == f'attachment; filename="{KEY}.{kind}"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert not response.cookies

    @pytest.mark.parametrize(("content", "name", "words"), HOSTILE)
    def test_what_is_no_sheet_or_acts_on_opening_is_refused_with_its_name(self, content, name, words):
        with pytest.raises(FileRefused, match=words) as refused:
            inspect_sheet(ContentFile(content, name=name))
        assert name in str(refused.value)

    def test_links_to_follow_and_parts_of_the_document_are_taken(self) -> None:
        links = '<text:a xlink:href="https://x.vn/"/><draw:image xlink:href="Pictures/a.png"/>'
        assert inspect_sheet(ContentFile(odt(links), name="a.odt"))
        part = "word/_rels/document.xml.rels"
        relations = (
            '<r><Relationship Type="x/hyperlink" Target="https://x.vn/"/><Relationship Type="x/image" Target="media/a.png"/>'
            r'<Relationship Type="x/attachedTemplate" Target="file:///C:\a%20b\Normal.dotm"/></r>'
        )
        document = '<w:p xmlns:w="w"><w:fldChar/><w:instrText> PAGE </w:instrText>Bộ DDE</w:p>'
        parts = {part: relations, "word/document.xml": document}
        assert inspect_sheet(ContentFile(packed("word/document.xml", part, **parts), name="a.docx"))

    def test_sheet_is_not_too_heavy_for_the_database(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("procedures.catalogue.blank_forms.actions.MOST_MEGABYTES", 0)
        with pytest.raises(FileRefused, match="nặng hơn 0 MB"):
            offered()

    def test_without_an_answer_of_the_scanner_nothing_is_taken(self, settings: Any) -> None:
        settings.CLAMD_URL = "tcp://127.0.0.1:9"
        with pytest.raises(FileRefused, match="chưa trả lời"):
            offered()

    def test_who_has_it_gets_it_again_only_when_it_changed(self) -> None:
        form = offered()
        tag = get(PAGE)["ETag"]
        assert get(PAGE, **{"If-None-Match": tag}).status_code == 304
        put_sheet(form, inspect_sheet(ContentFile(samples.pdf(), name="a.pdf")))
        assert get(PAGE, **{"If-None-Match": tag}).status_code == 200

    def test_form_without_a_sheet_leads_to_the_list_and_an_unknown_one_nowhere(self) -> None:
        assert get(PAGE).status_code == 404
        put_facts(BlankForm(), {"code": "CT01", "source": "Thông tư 116/2026/TT-BCA"})
        assert get(PAGE)["Location"] == f"/bieu-mau/#{KEY}"

    def test_a_sheet_that_nobody_uploaded_may_be_typeset(self, procedure, monkeypatch):
        made = Sheet(b"%PDF-", "application/pdf", "1")
        source = SheetSource(has=lambda keys: [key for key in keys if key == KEY], make=lambda key: made)
        monkeypatch.setattr(from_dossiers, "sheets", lambda: source)
        assert get(PAGE).content == b"%PDF-"
        assert "Tải mẫu CT01 (PDF)" in read("/thu-tuc/1.004222/")

    def test_a_form_that_ships_as_questions_is_given_out_as_a_blank_sheet(self) -> None:
        AgencyFactory(code="H15", name="Tỉnh Minh Họa")
        answer = get("/bieu-mau/to-khai-dang-ky-khai-sinh/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        asked = [
            "Họ tên, giới tính, ngày sinh của cháu",
            "Ngày:",
            "không phải mẫu in của thông tư",
            "Người khai",
        ]
        assert lost(answer.content, asked) == []

    def test_a_form_that_nobody_compared_has_no_sheet_where_it_is_not_used(self) -> None:
        assert get("/bieu-mau/to-khai-dang-ky-ket-hon/").status_code == 404

    @pytest.mark.parametrize(
        "form", [one for one in filing_forms().values() if one.sheet], ids=lambda one: one.title
    )
    def test_the_form_is_the_one_that_the_paper_names(self, form: FilingForm) -> None:
        papers = national.load_explanations()[form.procedure].facts["documents"]
        assert [paper.form for paper in papers if paper.form] == [form.sheet]


class TestPages:
    def test_paper_leads_to_its_sheet(self, procedure: Procedure) -> None:
        assert f"Mẫu phải điền: <span>{NAMED}</span>" in read("/thu-tuc/1.004222/")
        offered()
        page = read("/thu-tuc/1.004222/")
        assert f'href="{PAGE}">Tải mẫu CT01 (Word, 1 KB)</a> – <span>Thông tư 116/2026/TT-BCA' in page
        assert "Mẫu phải điền" not in page

    def test_paper_leads_to_the_official_sheet_where_its_address_is_known(self, procedure: Procedure) -> None:
        put_facts(
            BlankForm(),
            {"code": "CT01", "source": "116/2026/TT-BCA", "address": "https://bocongan.example/ct01"},
        )
        assert '<a class="govuk-link" href="https://bocongan.example/ct01">CT01</a>' in read(
            "/thu-tuc/1.004222/"
        )

    def test_page_with_forms_costs_six_statements(self, procedure: Procedure) -> None:
        offered()
        read("/thu-tuc/1.004222/?x=1")
        with CaptureQueriesContext(connection) as captured:
            read("/thu-tuc/1.004222/?x=2")  # not kept, so that it is made anew
        assert len(captured) <= 6

    def test_list_has_every_form_with_its_procedures(self, procedure: Procedure) -> None:
        offered(code="Đơn lẻ", source="", title="Đơn lẻ")
        put_facts(BlankForm(), {"code": "CT01", "source": "116/2026/TT-BCA", "title": "Tờ khai cư trú"})
        with CaptureQueriesContext(connection) as captured:
            page = read("/bieu-mau/?x=1")
        assert f'<li id="{KEY}">' in page
        assert 'href="/thu-tuc/1.004222/">Đăng ký thường trú</a>' in page
        assert 'href="/bieu-mau/don-le/">' in page
        assert len(captured) <= 4

    def test_list_leaves_out_what_only_hidden_procedures_name(self, procedure: Procedure) -> None:
        put_facts(BlankForm(), {"code": "CT01", "source": "116/2026/TT-BCA", "title": "Tờ khai cư trú"})
        Procedure.objects.update(state=Procedure.State.HIDDEN)
        assert KEY not in read("/bieu-mau/")

    def test_programs_read_the_address_of_the_sheet(self, procedure: Procedure) -> None:
        offered()
        (paper,) = get("/api/v1/procedures/1.004222/").json()["documents"]
        assert (paper["form"], paper["forms"][0]["url"]) == (NAMED, f"http://daklak.localhost:8000{PAGE}")


class TestStaff:
    ADD = "/quan-tri/procedures/blankform/add/"

    @pytest.fixture
    def staff(self) -> Client:
        client = Client(headers=HOST)
        client.force_login(AssignmentFactory(role=Role.COMMUNICATIONS).user)
        return client

    def form(self, **typed: Any) -> dict[str, Any]:
        rows = {"files-TOTAL_FORMS": "0", "files-INITIAL_FORMS": "0"}
        return {**rows, "code": "CT01", "source": "Thông tư 116/2026/TT-BCA", **typed}

    def change(self) -> str:
        return f"/quan-tri/procedures/blankform/{BlankForm.objects.get().pk}/change/"

    def test_uploaded_sheet_replaces_the_one_before_which_stays_for_staff(self, staff: Client) -> None:
        assert staff.post(self.ADD, self.form(sheet=samples.upload(WORD, "a.docx"))).status_code == 302
        assert staff.post(self.change(), self.form(sheet=samples.upload(ODT, "b.odt"))).status_code == 302
        assert get(PAGE).content == ODT
        before = FormFile.objects.get(replaced_at__isnull=False)
        assert staff.get(f"/quan-tri/procedures/blankform/{before.form_id}/tep/{before.pk}/").content == WORD
        acts = AuditEntry.objects.filter(subject=f"form:{before.form_id}").order_by("pk")
        assert list(acts.values_list("action", flat=True)) == ["form.change", "form.sheet", "form.sheet"]

    def test_sheet_can_be_withdrawn(self, staff: Client) -> None:
        offered()
        assert staff.post(self.change(), self.form(withdraw="on")).status_code == 302
        assert get(PAGE).status_code == 302

    @pytest.mark.parametrize(
        "typed",
        [
            {"sheet": samples.upload(samples.png(), "a.png")},
            {"sheet": samples.upload(WORD, "a.docx"), "withdraw": "on"},
            {"code": "…"},
            {"code": "mẫu số CT01"},
        ],
        ids=["kind", "both", "no letter", "known"],
    )
    def test_bad_input_is_said_and_changes_nothing(self, staff: Client, typed: dict[str, Any]) -> None:
        put_facts(BlankForm(), {"code": "CT01", "source": "116/2026/TT-BCA"})
        response = staff.post(self.ADD, self.form(**{"code": "Khác", **typed}))
        assert response.status_code == 200
        assert response.context["adminform"].form.errors
        assert (BlankForm.objects.count(), FormFile.objects.count()) == (1, 0)


class TestFolder:
    ROWS = "code,source,title,file\nCT01,Thông tư 116/2026/TT-BCA,Tờ khai cư trú,ct01.docx\nĐơn của tỉnh,,,\n"

    def folder(self, path: Path, rows: str | None = None, **files: bytes) -> Folder:
        manifest: Any = None
        directory = path / "blank_forms"
        directory.mkdir(exist_ok=True)
        for file in directory.iterdir():
            file.unlink()
        for name, content in (files or {"ct01_docx": WORD}).items():
            (directory / name.replace("_", ".")).write_bytes(content)
        (path / "blank_forms.csv").write_text(self.ROWS if rows is None else rows, encoding="utf-8")
        return Folder("thu", path, manifest, ())

    def apply(self, folder: Folder) -> int:
        return blank_forms.STEP.apply(folder).changes

    def test_rows_lie_over_what_ships_and_a_second_time_changes_nothing(self, tmp_path: Path) -> None:
        here = self.folder(tmp_path)
        assert (self.apply(here), self.apply(here)) == (len(shipped_forms()) + 1, 0)
        form = BlankForm.objects.get(key=KEY)
        assert (form.title, form.english) == ("Tờ khai cư trú", shipped_forms()[KEY]["english"])
        assert get(PAGE).content == WORD

    def test_row_that_is_gone_takes_its_words_and_sheet_with_it(self, tmp_path: Path) -> None:
        self.apply(self.folder(tmp_path))
        without = self.folder(tmp_path, "code\n")
        assert (self.apply(without), self.apply(without)) == (1, 0)
        assert BlankForm.objects.get(key=KEY).title == shipped_forms()[KEY]["title"]
        assert get(PAGE).status_code == 302

    def test_sheet_and_words_of_staff_stay_where_no_row_says_them(self, tmp_path: Path) -> None:
        actor = AssignmentFactory(role=Role.COMMUNICATIONS).user
        self.apply(self.folder(tmp_path, "code\n"))
        form = BlankForm.objects.get(key=KEY)
        put_facts(form, {"title": "Lời của tỉnh"}, actor=actor)
        put_sheet(form, inspect_sheet(ContentFile(ODT, name="a.odt")), actor=actor)
        assert self.apply(self.folder(tmp_path, "code\n")) == 0
        form.refresh_from_db()
        assert (form.title, get(PAGE).content) == ("Lời của tỉnh", ODT)

    def test_dry_run_sees_words_and_sheet(self, tmp_path: Path) -> None:
        here = self.folder(tmp_path)
        self.apply(here)
        assert blank_forms.STEP.state(here)[KEY]["title"] == "Tờ khai cư trú"
        assert blank_forms.STEP.state(here)[KEY]["file"].startswith("docx, 1 KB")

    def test_export_brings_the_same_about(self, tmp_path: Path) -> None:
        self.apply(self.folder(tmp_path))
        draft = Draft("thu")
        blank_forms.STEP.export(draft)
        assert draft.files.pop(f"blank_forms/{KEY}.docx") == WORD
        again = self.folder(tmp_path, str(draft.files["blank_forms.csv"]))
        (tmp_path / f"blank_forms/{KEY}.docx").write_bytes(WORD)
        assert self.apply(again) == 0

    @pytest.mark.parametrize(
        ("rows", "place", "words"),
        [
            ("code,file\nCT01,khong-co.pdf\n", "blank_forms.csv:2", "không có tệp này"),
            ("code,file\nCT01,ct01.docx\nmẫu CT01,\n", "blank_forms.csv:3", "đã có ở dòng 2"),
            ("code\n…\n", "blank_forms.csv:2", "không có chữ hay số"),
            ("code,address\nCT01,javascript:x\n", "blank_forms.csv:2", "phải là địa chỉ"),
            ("code,file\nCT01,hong.pdf\n", "blank_forms/hong.pdf", "bị hỏng"),
        ],
    )
    def test_fault_is_named_at_its_place(self, tmp_path: Path, rows: str, place: str, words: str) -> None:
        here = self.folder(tmp_path, rows, ct01_docx=WORD, hong_pdf=b"%PDF-")
        (problem,) = blocking(blank_forms.STEP.validate(here))
        assert str(problem).startswith(f"{place}:")
        assert words in str(problem)
        with pytest.raises(Refused):
            self.apply(here)
        assert not BlankForm.objects.exists()
