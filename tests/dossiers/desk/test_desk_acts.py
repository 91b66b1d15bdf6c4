"""Pages of the acts beside the workflow: buttons only for who may, conflicts and refusals in words."""

import re
from typing import Any

import pytest
from django import forms

from dossiers.desk.dossier.action_pages import ACTS, TransitionForm
from dossiers.lifecycle.models import Dossier
from messaging.outbox.models.messages import Message
from procedures.catalogue.models import Fee
from tenants.audit.models import AuditEntry
from tests.dossiers.desk.test_desk import logged_in
from tests.dossiers.walking import in_progress, take
from tests.factories import Office


def page(dossier: Dossier, rest: str = "change/") -> str:
    return f"/quan-tri/dossiers/dossier/{dossier.pk}/{rest}"


def offered(person: Any, dossier: Dossier) -> set[str]:
    text = logged_in(person).get(page(dossier)).content.decode()
    return set(re.findall(r'data-act="([\w-]+)"', text))


@pytest.mark.parametrize(
    ("who", "acts"),
    [
        ("clerk", {"thu-hoi", "nhan-tin"}),
        ("specialist", {"nhan-tin"}),
        ("leader", {"giao", "xin-loi", "dieu-chinh", "nhan-tin"}),
    ],
)
def test_only_what_this_person_may_do_is_offered(office: Office, who: str, acts: set[str]) -> None:
    assert offered(getattr(office, who), in_progress(office)) == acts


def test_leader_apologises_with_a_vietnamese_date(office: Office) -> None:
    dossier = in_progress(office)
    leader, where = logged_in(office.leader), page(dossier, "viec/xin-loi/")
    given = {"seen": 2, "new_due": "12/31/2026", "cause": "survey", "reason": "Chờ đo đạc"}
    text = leader.post(where, given).content.decode()
    assert ("ngày, tháng, năm" in text, "Chờ đo đạc" in text, dossier.events.count()) == (True, True, 2)
    assert 'type="date" name="new_due"' in text
    refused = {**given, "new_due": "2026-12-09", "reason": ""}
    assert "thứ Tư 09/12/2026" in leader.post(where, refused).content.decode().replace("\xa0", " ")
    answer = leader.post(where, {**given, "new_due": "09/12/2026"})
    dossier.refresh_from_db()
    assert answer.status_code == 302
    assert f"{dossier.due_at:%d/%m}" == "09/12"
    assert dossier.events.get(kind="apologise").note.data == {"cause": "survey"}


def test_wrong_click_is_taken_back_on_the_page(office: Office) -> None:
    dossier = in_progress(office)
    assert (
        'data-act="thu-hoi" data-key="Shift+F9"'
        in logged_in(office.clerk).get(page(dossier)).content.decode()
    )
    answer = logged_in(office.clerk).post(page(dossier, "viec/thu-hoi/"), {"seen": 2})
    dossier.refresh_from_db()
    assert (answer.status_code, dossier.step) == (302, "received")
    assert "đã thu hồi" in logged_in(office.clerk).get(page(dossier, "change/?tab=xu-ly")).content.decode()


def sent(form: forms.Form) -> dict[str, str]:
    """Something typed into every field of a form, as a browser sends it."""
    values = {}
    for name, field in form.fields.items():
        offered = [str(code) for code, _label in getattr(field, "choices", ()) if code]
        day = "2026-12-10" if isinstance(field, forms.DateField) else f"Chữ ở {name}"
        values[name] = offered[0] if offered else "on" if isinstance(field, forms.BooleanField) else day
    return {**values, "seen": "1"}


def test_every_stale_act_is_a_conflict_whose_page_gives_back_what_was_typed(office: Office) -> None:
    dossier, leader = in_progress(office), logged_in(office.leader)
    steps = dossier.workflow_version.workflow.transitions
    acts = {f"viec/{name}/": act.form(dossier=dossier) for name, act in ACTS.items()}
    acts |= {f"buoc/{code}/": TransitionForm(dossier=dossier, step=step) for code, step in steps.items()}
    for rest, form in acts.items():
        given = sent(form)
        answer = leader.post(page(dossier, rest), given)
        text = answer.content.decode().partition("<h1")[2]
        typed = [one.replace("2026-12-10", "10/12/2026") for one in given.values()]
        lost = [one for one in typed if one.startswith(("Chữ", "10/")) and one not in text]
        assert (rest, answer.status_code, lost) == (rest, 409, [])
    assert dossier.events.count() == 2


def test_who_may_not_is_refused_in_words_and_an_unknown_act_is_not_found(office: Office) -> None:
    dossier = in_progress(office)
    answer = logged_in(office.clerk).post(
        page(dossier, "viec/dieu-chinh/"), {"seen": 2, "to_step": "done", "reason": "x"}
    )
    assert (answer.status_code, "Chỉ lãnh đạo" in answer.content.decode()) == (422, True)
    assert logged_in(office.leader).get(page(dossier, "viec/xoa/")).status_code == 404


def second_request(office: Office) -> tuple[Dossier, dict[str, Any]]:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", actor=office.specialist)
    take(office, dossier, "supplement_received")
    given = {
        "seen": dossier.last_sequence,
        "papers": "Bản vẽ",
        "note": "Thiếu chữ ký",
        "deadline": "10/12/2026",
    }
    return dossier, given


def test_proposed_on_the_page_and_approved_on_the_page(office: Office) -> None:
    dossier, given = second_request(office)
    path = page(dossier, "buoc/require_supplement/")
    text = logged_in(office.specialist).get(path).content.decode()
    assert "lần yêu cầu bổ sung thứ 2" in text
    assert "Trình lãnh đạo duyệt" in text
    assert logged_in(office.specialist).post(path, given).status_code == 422
    assert logged_in(office.specialist).post(path, {**given, "propose": "1"}).status_code == 302
    dossier.refresh_from_db()
    shown = logged_in(office.leader).get(page(dossier)).content.decode()
    assert "Bản vẽ" in shown
    proposal = dossier.proposals.get()
    logged_in(office.leader).post(
        page(dossier, f"duyet/{proposal.pk}/"), {"seen": dossier.last_sequence, "approve": "1"}
    )
    dossier.refresh_from_db()
    assert dossier.supplement_requests == 2


def test_declined_on_the_page_needs_a_reason(office: Office) -> None:
    dossier, given = second_request(office)
    logged_in(office.specialist).post(page(dossier, "buoc/require_supplement/"), {**given, "propose": "1"})
    dossier.refresh_from_db()
    path = page(dossier, f"duyet/{dossier.proposals.get().pk}/")
    stale = logged_in(office.leader).post(path, {"seen": 1, "decline": "1", "reason": "Chưa đủ căn cứ"})
    assert (stale.status_code, "Chưa đủ căn cứ" in stale.content.decode()) == (409, True)
    logged_in(office.leader).post(path, {"seen": dossier.last_sequence, "decline": "1", "reason": " "})
    assert dossier.proposals.get().outcome == "waiting"
    logged_in(office.leader).post(path, {"seen": dossier.last_sequence, "decline": "1", "reason": "Đủ rồi"})
    assert dossier.proposals.get().outcome == "declined"


def test_the_key_confirms_a_step_that_does_not_end_badly_and_its_title_stands_once(office: Office) -> None:
    text = logged_in(office.specialist).get(page(in_progress(office), "buoc/finish/")).content.decode()
    assert re.findall(r'<button[^>]*data-key="F9"[^>]*>([^<]*)<', text) == ["Xử lý xong"]
    titles = [
        re.sub(r"<[^>]*>", "", one).strip() for one in re.findall(r"<h[12].*?</h[12]>", text, re.DOTALL)
    ]
    assert titles.count("Xử lý xong") == 1
    ending = logged_in(office.clerk).get(page(in_progress(office), "buoc/withdraw/")).content.decode()
    assert 'data-key="F9"' not in ending


class TestHandingOver:
    GIVEN = {"way": "counter", "taken_by": "Nguyễn Thị Minh Họa", "note": "", "result": "12/2026"}

    @pytest.fixture
    def done(self, office: Office) -> Dossier:
        dossier = in_progress(office)
        take(office, dossier, "finish")
        return dossier

    def give(self, office: Office, dossier: Dossier, **more: Any) -> Any:
        given = {"seen": dossier.last_sequence, **self.GIVEN, **more}
        return logged_in(office.clerk).post(page(dossier, "buoc/return/"), given)

    def test_who_takes_it_shows_a_paper_or_the_reason_is_typed(self, office: Office, done: Dossier) -> None:
        answer = self.give(office, done, checks=["receipt"], checked="Quen mặt")
        text = answer.content.decode()
        done.refresh_from_db()
        assert (answer.status_code, done.step) == (422, "done")
        for wanted in ("Xin xem giấy tờ tùy thân của người nhận", "Quen mặt", 'value="receipt" checked'):
            assert wanted in re.sub(r'value="receipt"[^>]* checked', 'value="receipt" checked', text), wanted
        assert self.give(office, done, note="Người nhận để quên thẻ, cán bộ biết mặt").status_code == 302

    @pytest.mark.parametrize(
        ("given", "wanted"),
        [
            ({"result": ""}, "Xin ghi số, ngày của giấy kết quả"),
            ({"result": "", "checks": ["identity", "fee", "no_paper"]}, ""),
            ({"checks": ["identity"]}, "hoặc ghi lý do ở Ghi chú: Đã thu phí, lệ phí."),
            ({"checks": ["identity"], "note": "Kho bạc thu"}, ""),
            ({"way": "post"}, "thì xin ghi mã vận đơn"),
            ({"way": "post", "checks": ["fee", "waybill_later"]}, ""),
            ({"way": "post", "waybill": "EA000VN"}, ""),
        ],
    )
    def test_paper_fee_and_waybill_are_named_or_said_to_be_missing(
        self, office: Office, done: Dossier, given: dict[str, Any], wanted: str
    ) -> None:
        Fee.objects.create(version=done.procedure_version, order=1, kind="le_phi", amount=8000)
        answer = self.give(office, done, **{"checks": ["identity", "fee"], **given})
        done.refresh_from_db()
        assert (answer.status_code, done.step) == ((422, "done") if wanted else (302, "returned"))
        assert wanted in answer.content.decode()
        if number := given.get("waybill"):
            token = done.tokens.get(purpose="message").value
            pages = map(logged_in(office.clerk).get, (f"{page(done)}?tab=xu-ly", f"/h/{token}/"))
            assert all(number in one.content.decode() for one in pages)
            assert ["Mã vận đơn", number] in Message.objects.get(intent="returned").rows

    @pytest.mark.parametrize(
        ("typed", "wanted"),
        [("ea 123456789 vn", ""), ("EA123", "Mã vận đơn có từ 6 đến 30"), ("EA000VN", "đã được ghi")],
    )
    def test_the_waybill_is_added_and_corrected_later(
        self, office: Office, done: Dossier, typed: str, wanted: str
    ) -> None:
        self.give(office, done, way="post", checks=["waybill_later"])
        clerk, where = logged_in(office.clerk), page(done, "viec/van-don/")
        assert "van-don" in offered(office.clerk, done)
        assert logged_in(office.specialist).get(where).status_code == 403
        assert clerk.post(where, {"seen": done.last_sequence + 1, "waybill": "EA000VN"}).status_code == 302
        answer = clerk.post(where, {"seen": done.last_sequence + 2, "waybill": typed})
        assert (answer.status_code, wanted in answer.content.decode()) == (422 if wanted else 302, True)
        number = "EA000VN" if wanted else "EA123456789VN"
        addresses = (
            f"{page(done)}?tab=xu-ly",
            f"{page(done)}?tab=thong-tin",
            where,
            page(done, "bien-nhan/"),
            f"/h/{done.tokens.get(purpose='message').value}/",
        )
        assert [number in clerk.get(one).content.decode() for one in addresses] == [True] * 5
        assert ["Mã vận đơn", number] in Message.objects.filter(intent="returned").latest("pk").rows

    def test_ticks_are_kept_with_what_was_typed(self, office: Office, done: Dossier) -> None:
        assert self.give(office, done, checks=["x"]).status_code == 422
        self.give(office, done, checks=["receipt", "identity"], checked="Thẻ căn cước")
        kept = done.events.order_by("-sequence").first().note.data["handover"]["checked"]
        assert kept == (
            "Có giấy hẹn hoặc đọc đúng mã tra cứu; Giấy tờ tùy thân đúng người nhận; Thẻ căn cước"
        )

    def test_the_receipt_names_who_took_it_and_is_recorded(self, office: Office, done: Dossier) -> None:
        self.give(office, done, checks=["identity"])
        clerk = logged_in(office.clerk)
        assert 'data-key="F9"' in clerk.get(page(done)).content.decode()
        text = clerk.get(page(done, "bien-nhan/")).content.decode()
        for wanted in ("BIÊN NHẬN TRẢ KẾT QUẢ", done.code, "Giấy tờ tùy thân đúng người nhận", "Tại quầy"):
            assert wanted.casefold() in text.casefold()
        entry = AuditEntry.objects.get(action="dossier.form")
        assert (entry.subject, entry.detail["form"]) == (done.subject, "handover")

    def test_a_result_that_is_not_handed_over_has_no_receipt(self, office: Office, done: Dossier) -> None:
        answer = logged_in(office.clerk).get(page(done, "bien-nhan/"), follow=True)
        assert "chưa có biên nhận" in answer.content.decode()
        self.give(office, done, checks=["identity"])
        done.refresh_from_db()
        given = {"seen": done.last_sequence, "to_step": "done", "reason": "Bấm nhầm"}
        assert logged_in(office.leader).post(page(done, "viec/dieu-chinh/"), given).status_code == 302
        answer = logged_in(office.clerk).get(page(done, "bien-nhan/"), follow=True)
        assert "chưa có biên nhận" in answer.content.decode()
