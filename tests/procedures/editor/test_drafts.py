"""The editor of what people must know of a procedure: two people, one draft, a new version."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from procedures.catalogue.contents import update
from procedures.catalogue.contents.filing_place import usual_place
from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.contents.selection import CatalogueSelection
from procedures.catalogue.formats.base import Document, ProcedureRecord
from procedures.catalogue.models import Procedure, ProcedureVersion
from procedures.editor import actions, fields
from procedures.editor.models import VersionDraft
from tenants import clock
from tenants.audit.models import AuditEntry
from tenants.folder.applied import remember_applied
from tenants.organisation.models import Role
from tests import tables
from tests.factories import AssignmentFactory
from tests.procedures.files import said

MARRIAGE = "1.000894"
PARTS = ("documents", "steps", "fees", "legal_basis")
TYPED = tables.read(__file__, "typed.yaml")


class Desk:
    def __init__(self, role: str = Role.ADMINISTRATOR) -> None:
        self.user = AssignmentFactory(role=role).user
        self.client = Client(headers={"host": "daklak.localhost"})
        self.client.force_login(self.user)
        self.page = f"/quan-tri/procedures/procedure/{procedure().pk}/soan/"

    def form(self, **changed: str) -> dict[str, str]:
        """What a browser sends from the page as it is now, with these texts typed."""
        form = self.client.get(self.page).context["editor"].form
        sent = {"seen": str(form["seen"].value()), "sealed": form["sealed"].value() or ""}
        sent |= {f"{part}-TOTAL_FORMS": "2" for part in PARTS} | {
            f"{part}-INITIAL_FORMS": "0" for part in PARTS
        }
        return {**sent, **TYPED, **changed}

    def save(self, sent: dict[str, str] | None = None, **changed: str) -> Any:
        return self.client.post(self.page, sent or self.form(**changed))

    def act(self, name: str, **sent: str) -> Any:
        seen = draft().version if VersionDraft.objects.exists() else 0
        return self.client.post(f"{self.page}viec/{name}/", {"seen": seen, **sent})

    def body(self, page: str = "") -> str:
        return self.client.get(self.page + page).content.decode()


def procedure() -> Procedure:
    return Procedure.objects.get(code=MARRIAGE)


def version() -> ProcedureVersion:
    found = procedure().current_version
    assert found is not None
    return found


def draft() -> VersionDraft:
    return VersionDraft.objects.get()


def public_page() -> str:
    return Client(headers={"host": "daklak.localhost"}).get(f"/thu-tuc/{MARRIAGE}/").content.decode()


@pytest.fixture(autouse=True)
def _here(settings: Any, catalogue: None) -> None:
    settings.REQUIRE_MFA = False


@pytest.fixture
def author() -> Desk:
    return Desk()


@pytest.fixture
def second() -> Desk:
    return Desk()


@pytest.fixture
def asked(author: Desk) -> Desk:
    """The author, whose draft waits for a second person."""
    assert author.save().status_code == 302
    assert author.act("xin-duyet").status_code == 302
    return author


class TestWriting:
    def test_a_draft_is_seen_by_the_desk_alone(self, author: Desk) -> None:
        assert author.save().status_code == 302
        assert draft().content["documents"][1]["copies"] == 2
        preview = author.client.get(f"{author.page}xem-truoc/")
        assert "Quên mang căn cước" in preview.content.decode()
        assert "Bản xem trước" in preview.content.decode()
        assert "no-store" in preview["Cache-Control"]
        assert "Quên mang căn cước" not in public_page()

    def test_one_more_row_keeps_what_was_typed_and_writes_nothing(self, author: Desk) -> None:
        sent = author.form(**{"documents-0-originals": "mấy bản?"})
        answer = author.save({**sent, "add-documents": "1"})
        page = answer.content.decode()
        assert answer.status_code == 200
        assert 'name="documents-3-name"' in page
        assert "mấy bản?" in page
        assert not VersionDraft.objects.exists()

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ({"documents-0-originals": "mấy bản?"}, "Chỉ ghi số"),
            ({"documents-0-name": ""}, "dòng không dùng thì đánh dấu bỏ"),
            ({"fees-0-amount": ""}, "xin ghi số tiền"),
            ({"short_name": "x" * 91}, "dài quá 90 ký tự"),
            ({"effective_from": "31/02/2026"}, "Xin nhập ngày"),
        ],
    )
    def test_a_fault_is_said_and_nothing_typed_is_lost(self, author, typed, sentence):
        answer = author.save(author.form(summary="Chữ đã gõ", **typed))
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert "Chữ đã gõ" in answer.content.decode()
        assert not VersionDraft.objects.exists()

    def test_a_draft_of_many_papers_is_kept(self, author: Desk) -> None:
        names = [field.name for field in fields.PAPERS.fields if field.name not in ("name", "optional")]
        papers = {
            f"documents-{place}-{name}": value
            for place in range(130)
            for name, value in {**dict.fromkeys([*names, "ORDER"], ""), "name": f"Giấy {place}"}.items()
        }
        assert author.save(**papers, **{"documents-TOTAL_FORMS": "130"}).status_code == 302
        assert len(draft().content["documents"]) == 130

    def test_rows_move_and_go(self, author: Desk) -> None:
        author.save(**{"documents-1-ORDER": "1", "steps-0-DELETE": "on", "steps-1-name": "Nhận kết quả"})
        assert [paper["name"] for paper in draft().content["documents"]] == ["Ảnh", "Tờ khai đăng ký kết hôn"]
        assert [step["name"] for step in draft().content["steps"]] == ["Nhận kết quả"]

    def test_the_slower_of_two_sees_what_the_other_wrote(self, author: Desk, second: Desk) -> None:
        author.save()
        late = second.form(summary="Của người chậm")
        author.save(summary="Của người nhanh")
        answer = second.save(late)
        assert answer.status_code == 409
        assert "Của người nhanh" in answer.content.decode()
        assert "Của người chậm" in answer.content.decode()
        assert draft().content["summary"] == "Của người nhanh"
        seen = answer.context["editor"].form["seen"].value()
        assert second.save({**late, "seen": str(seen)}).status_code == 302
        assert draft().content["summary"] == "Của người chậm"

    def test_what_the_folder_says_is_named(self, author: Desk) -> None:
        remember_applied("catalogue", {MARRIAGE: {"short_name": "Kết hôn", "fee": "le_phi 9000"}})
        assert "(procedures.csv) ghi: Tên gọn, Phí, lệ phí." in author.body()

    def test_others_stay_outside(self) -> None:
        for role in (Role.CLERK, Role.LEADER, Role.AUDITOR):
            assert Desk(role).client.get(Desk().page).status_code == 403

    def test_communications_staff_write_and_publish_nothing(self, second: Desk) -> None:
        author, colleague = Desk(Role.COMMUNICATIONS), Desk(Role.COMMUNICATIONS)
        assert author.save().status_code == 302
        author.act("xin-duyet")
        colleague.act("duyet")
        assert version().text_source != "edited"
        second.act("duyet")
        assert version().text_source == "edited"


class TestASecondPerson:
    def test_publishes_a_new_version(self, asked: Desk, second: Desk) -> None:
        before = version()
        assert second.act("duyet").status_code == 302
        after = version()
        assert (after.number, after.text_source) == (before.number + 1, "edited")
        assert [(paper.name, paper.form, paper.required) for paper in after.documents.all()] == [
            ("Tờ khai đăng ký kết hôn", "Mẫu Tờ khai đăng ký kết hôn", True),
            ("Ảnh", "", False),
        ]
        assert [fee.amount for fee in after.fees.all()] == [150_000]
        assert (after.term_value, after.levels) == (before.term_value, before.levels)
        assert procedure().everyday == "làm giấy cưới; lấy vợ"
        assert not VersionDraft.objects.exists()
        assert "Quên mang căn cước" in public_page()
        acts = AuditEntry.objects.filter(subject=f"procedure:{MARRIAGE}").values_list("action", flat=True)
        assert set(acts) >= {"procedure.write", "procedure.ask", "procedure.publish"}

    def test_publishes_the_place_of_what_others_handle(self, author: Desk, second: Desk) -> None:
        Procedure.objects.filter(code=MARRIAGE).update(handled=False, where_text="nộp tại UBND cấp xã")
        author.save(filed_at="nộp tại Công an xã")
        author.act("xin-duyet")
        assert "nộp tại Công an xã" in author.body("xem-truoc/")
        assert "nộp tại Công an xã" not in public_page()
        second.act("duyet")
        assert "nộp tại Công an xã" in public_page()

    def test_leaves_the_place_to_the_source_where_the_draft_says_nothing_of_it(self, author, second):
        usual = usual_place(procedure(), version().performer)
        Procedure.objects.filter(code=MARRIAGE).update(handled=False, where_text=usual)
        author.save(filed_at=usual, performer="Trạm minh họa")
        author.act("xin-duyet")
        second.act("duyet")
        assert procedure().where_text == "nộp tại Trạm minh họa"

    def test_is_another_one(self, asked: Desk) -> None:
        answer = asked.act("duyet")
        assert answer.status_code == 422
        assert "không tự duyệt được" in answer.content.decode()
        assert version().text_source != "edited"

    def test_returns_it_with_a_reason(self, asked: Desk, second: Desk) -> None:
        assert second.act("tra-lai", reason="").status_code == 422
        assert second.act("tra-lai", reason="Thiếu giấy khám sức khỏe").status_code == 302
        assert "Thiếu giấy khám sức khỏe" in asked.body()
        assert asked.save(summary="Đã sửa").status_code == 302

    def test_waits_for_the_day(self, author: Desk, second: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        author.save(effective_from="01/12/2026")
        author.act("xin-duyet")
        assert "từ ngày ấy mới duyệt được" in second.act("duyet").content.decode()
        later = clock.now() + timedelta(days=8)
        monkeypatch.setattr(clock, "now", lambda: later)
        second.client.force_login(second.user)
        second.act("duyet")
        assert version().effective_from.isoformat() == "2026-12-01"

    def test_cannot_publish_from_before_the_version_in_force(self, author: Desk, second: Desk) -> None:
        author.save(effective_from="01/01/2017")
        assert "không áp dụng sớm hơn" in author.act("xin-duyet").content.decode()
        VersionDraft.objects.update(state="asked")
        assert "không áp dụng sớm hơn" in second.act("duyet").content.decode()
        assert version().text_source != "edited"

    def test_is_asked_with_every_fault_named(self, author: Desk) -> None:
        author.save()
        faulty = draft()
        faulty.content["when"] = ["x" * 3_000]
        faulty.save()
        for answer in (author.act("xin-duyet"), author.client.get(f"{author.page}xem-truoc/")):
            assert answer.status_code == 422
            assert "Lời giải thích, dòng thứ 1, Khi nào cần: " in answer.content.decode()

    def test_takes_papers_with_their_english_names(self) -> None:
        def content(papers: str, english: str) -> dict[str, Any]:
            return {"documents": list(papers), "english": {"documents": list(english)}}

        base, renamed, other = content("AB", "ab"), content("AB", "ax"), content("CB", "cb")
        assert actions.merged(base, renamed, other) == other
        assert actions.merged(base, other, content("DB", "db")) == other
        assert actions.merged(base, renamed, base) == renamed

    def test_meets_what_changed_meanwhile_and_the_draft_catches_up(self, author: Desk, second: Desk) -> None:
        # The summary is left as it is in force, so what changes there is taken over.
        author.save(english_summary=procedure().english_summary)
        author.act("xin-duyet")
        Procedure.objects.filter(code=MARRIAGE).update(english_summary="For two people")
        answer = second.act("duyet")
        assert answer.status_code == 409
        assert "For two people" in answer.content.decode()
        author.act("tra-lai")
        author.act("cap-nhat")
        author.act("xin-duyet")
        assert second.act("duyet").status_code == 302
        assert (procedure().english_summary, procedure().short_name) == ("For two people", "Kết hôn")


class TestWhatComesLater:
    @pytest.fixture(autouse=True)
    def _published(self, asked: Desk, second: Desk) -> None:
        assert second.act("duyet").status_code == 302

    def test_the_selection_leaves_it(self) -> None:
        report = apply_selection(CatalogueSelection())
        assert report.changed == ()
        assert (version().text_source, version().documents.count()) == ("edited", 2)
        assert version().term_note.startswith("Thường"), "which no draft says"

    def test_the_folder_fee_is_not_written_over_when_kept(self) -> None:
        own = CatalogueSelection(local=said(MARRIAGE, fee_kind="le_phi", fee_amount="9.000"))
        apply_selection(own, lambda code, *names: "fee" in names)
        assert [fee.amount for fee in version().fees.all()] == [150_000]
        apply_selection(own)
        assert [fee.amount for fee in version().fees.all()] == [9_000]

    def test_an_import_leaves_it_and_says_so(self) -> None:
        record = ProcedureRecord(1, MARRIAGE, "Tên mới", "portal", documents=(Document("Giấy khác"),))
        change = update.diff([record])
        assert any(MARRIAGE in note for note in change.notes)
        update.apply(change)
        assert version().official_name == "Tên mới"
        assert (version().text_source, version().documents.count()) == ("edited", 2)

    def test_the_difference_to_the_national_one_is_shown(self, author: Desk) -> None:
        page = author.body("khac-nhau/")
        assert "Số tiền (đồng): 150.000 đồng" in page
        assert "Số tiền (đồng): 0 đồng" in page


class TestASpreadsheet:
    def sheet(self, author: Desk) -> Any:
        return load_workbook(BytesIO(author.client.get(f"{author.page}tep.xlsx").content))

    def send(self, author: Desk, book: Workbook) -> Any:
        stream = BytesIO()
        book.save(stream)
        return author.client.post(
            f"{author.page}nhap/", {"file": SimpleUploadedFile("b.xlsx", stream.getvalue())}
        )

    def test_comes_back_as_it_went(self, author: Desk) -> None:
        author.save()
        assert "Không khác gì" in self.send(author, self.sheet(author)).content.decode()

    def test_is_tried_out_before_it_is_a_draft(self, author: Desk) -> None:
        book = self.sheet(author)
        book["Giấy tờ cần chuẩn bị"]["A2"] = "Tờ khai mới\nhai dòng"
        answer = self.send(author, book)
        assert "Tờ khai mới" in answer.content.decode()
        assert not VersionDraft.objects.exists()
        editor = answer.context["editor"]
        rows = [form for part in editor.row_sets.values() for form in (part.management_form, *part.forms)]
        boxes = {box.html_name: box.value() for form in (editor.form, *rows) for box in form}
        sent = {name: str(value) for name, value in boxes.items() if value}
        assert author.client.post(author.page, sent).status_code == 302
        assert draft().content["documents"][0]["name"] == "Tờ khai mới\nhai dòng"
        assert "Tờ khai mới" in author.body()

    @pytest.mark.parametrize(
        ("cell", "value", "sentence"),
        [("E2", "hai", "Chỉ ghi số"), ("A2", "=1+1", "công thức"), ("A1", "Tên khác", "thiếu cột")],
    )
    def test_a_faulty_one_is_refused_in_words(self, author, cell, value, sentence):
        book = self.sheet(author)
        book["Giấy tờ cần chuẩn bị"][cell] = value
        answer = self.send(author, book)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
