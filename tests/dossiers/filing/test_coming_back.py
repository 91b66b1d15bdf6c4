"""Coming back to a draft: late words, another browser, a new version of the form, and after it was filed."""

import copy
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from django.utils.html import strip_tags

from dossiers.filing import answers, drafts
from dossiers.filing.drafts import Browser
from dossiers.filing.models import FilingDraft, FilingFile
from dossiers.filing.public.start import Start
from dossiers.filing.rules.form import BUILT_IN_PAGES, FilingForm
from dossiers.filing.rules.question_types import TYPES, fill
from dossiers.filing.submission import submit
from dossiers.filing.supplements import name_of
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import Dossier
from messaging.outbox.models.messages import Message
from tenants import clock
from tests.dossiers.chatting import address, words
from tests.dossiers.filing.citizen import TYPED, Citizen, later
from tests.dossiers.filing.filling import ELSEWHERE, NUMBER, PHONE, Filing
from tests.dossiers.filing.rules.forms import DATA, FORM, PERSON, data, form_of, question
from tests.dossiers.filing.rules.test_question_types import MORE
from tests.dossiers.filing.test_citizen_pages import asked_to_correct
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.walking import take
from tests.factories import AgencyFactory, Office


def test_what_was_typed_when_the_session_had_ended_is_offered_again(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    ended = begun.send("ten", ten="Nguyễn Văn Dở")
    assert ended["Location"] == begun.at("tiep-tuc", "?trang=ten")
    asked = begun.client.post(ended["Location"], {"gui": "1"})
    opened = begun.client.post(asked["Location"], {"ma": begun.filing.code()})
    page = words(begun.follow(opened))
    assert ('value="Nguyễn Văn Dở"' in page, "chưa được ghi" in page) == (True, True)
    assert "ten" not in answers.read(FilingDraft.objects.get()).answers


def test_what_was_typed_too_late_is_looked_at_before_the_draft_is_filed(begun: Citizen) -> None:
    begun.fill()
    answers.keep_pending(FilingDraft.objects.get(), "ten", {"ten": ["Nguyễn Văn Dở"]})
    assert begun.file()["Location"] == begun.at("kiem-tra")
    check = words(begun.get("kiem-tra"))
    link = f'<a class="govuk-link" href="{begun.at("ten", "?ve=kiem-tra")}">Tên</a>'
    assert (link in check, begun.at("cam-doan") in check) == (True, False)
    begun.send("ten", viec="bo")
    assert begun.file()["Location"] == begun.at("da-nop")


def test_what_was_typed_too_late_on_a_page_that_is_hidden_now_is_left_out(begun: Citizen) -> None:
    begun.fill()
    answers.keep_pending(FilingDraft.objects.get(), "cha", {"cha-name": ["Nguyễn Văn Dở"]})
    assert "chưa ghi" not in words(begun.get("kiem-tra"))
    assert begun.file()["Location"] == begun.at("da-nop")


@pytest.mark.parametrize(("typed", "is_lost"), [("Người Lạ Viết", True), ("", False)])
def test_another_browser_leaves_nothing_in_the_boxes_of_a_draft_and_reads_so(
    begun: Citizen, typed: str, *, is_lost: bool
) -> None:
    other = begun.browser(ELSEWHERE)
    page = words(other.get(other.post(begun.at("ten"), {"ten": typed})["Location"]))
    assert ("Điều vừa gõ chưa được giữ." in page) == is_lost, page
    assert answers.read(FilingDraft.objects.get()).pending == {}


def test_a_late_press_of_a_button_is_kept_nowhere(begun: Citizen, monkeypatch: pytest.MonkeyPatch) -> None:
    later(monkeypatch)
    begun.send("muc-luc", viec="xoa", chac="1")
    assert answers.read(FilingDraft.objects.get()).pending == {}


def test_what_was_typed_too_late_can_be_dropped(begun: Citizen) -> None:
    begun.send("ten", ten="Nguyễn Văn Ghi")
    answers.keep_pending(FilingDraft.objects.get(), "ten", {"ten": ["Nguyễn Văn Dở"]})
    assert 'value="Nguyễn Văn Dở"' in words(begun.get("ten"))
    begun.send("ten", viec="bo")
    assert 'value="Nguyễn Văn Ghi"' in words(begun.get("ten"))


@pytest.mark.parametrize(
    ("page", "before", "after", "shown"),
    [
        ("noi-o", {"places": "here"}, {"places": "anywhere"}, "Số 1"),
        ("me", {"parts": ["name"]}, {"parts": ["name", "born"]}, "Nguyễn Thị Thử"),
        ("ten", {"type": "text"}, {"type": "date"}, "ten-ngay"),
        ("ten", {"required": False}, {"required": False, "type": "phone"}, "Nguyễn Văn Thử"),
        ("ten", {"type": "text"}, {"type": "long_text"}, "Nguyễn Văn Thử"),
    ],
)
def test_an_answer_that_a_new_version_does_not_take_stands_in_the_boxes_that_are_left(
    filing: Filing, citizen: Citizen, page: str, before: dict[str, Any], after: dict[str, Any], shown: str
) -> None:
    filing.publish(changed(page, before))
    citizen.begin()
    citizen.send(page, **TYPED[page])
    filing.publish(changed(page, after))
    citizen.get("muc-luc")
    opened = citizen.get(page)
    assert (opened.status_code, shown in words(opened)) == (200, True)


def changed(page: str, change: dict[str, Any]) -> dict[str, Any]:
    """The data of the form with another first question on this page."""
    data = copy.deepcopy(DATA)
    pages = {one["code"]: one for section in data["sections"] for one in section["pages"]}
    pages[page]["questions"][0].update(change)
    return {**data, "minutes": len(repr(change))}


def test_what_was_typed_too_late_stays_through_a_new_version(begun: Citizen) -> None:
    begun.fill()
    answers.keep_pending(FilingDraft.objects.get(), "ten", {"ten": ["Nguyễn Văn Dở"]})
    begun.filing.publish(changed("ten", {"type": "phone"}))
    begun.get("muc-luc")
    assert 'value="Nguyễn Văn Dở"' in words(begun.get("ten"))


def test_an_answer_that_is_too_long_is_said_and_stays_in_its_box(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "LARGEST", 10)
    page = words(begun.send("ten", ten="Nguyễn Văn Dài"))
    assert ("viết gọn lại" in page, 'value="Nguyễn Văn Dài"' in page) == (True, True)


def test_rows_that_repeat_are_numbered_whatever_they_hold(begun: Citizen) -> None:
    boards = [{"name": name, "type": "text", "label": name, "personal": "none"} for name in ("noi", "co")]
    changed = copy.deepcopy(DATA)
    changed["sections"][0]["pages"][0]["questions"] = [
        {"name": "bien", "type": "repeat", "label": "Các biển", "personal": "none", "questions": boards}
    ]
    begun.filing.publish(changed)
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", words(begun.get("ten")))[:1] == ["Mục 1"]


def test_the_key_enter_takes_no_photograph_out(begun: Citizen) -> None:
    begun.photograph()
    first = re.search(
        r'<form action="[^"]*/giay/.*?<button[^>]*value="([^"]+)"', words(begun.get("giay")), re.DOTALL
    )
    assert first
    assert first[1] == "tiep"


def test_a_choice_before_the_form_that_is_gone_is_asked_for_again(citizen: Citizen) -> None:
    address = citizen.to_code_page()
    data = copy.deepcopy(DATA)
    data["eligibility"][0]["answers"][0]["code"] = "duoc"
    citizen.filing.publish(data)
    back = citizen.client.get(address)["Location"]
    assert "Cháu sinh trong nước?" in words(citizen.client.get(back))


def test_a_file_that_came_too_late_is_asked_for_again(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    later(monkeypatch)
    assert "xin gửi lại tệp ấy" in words(begun.follow(begun.photograph()))


def test_an_answer_before_the_form_that_is_gone_is_asked_for_again(begun: Citizen) -> None:
    begun.fill()
    answers.save(FilingDraft.objects.get(), "dieu-kien", {})
    assert begun.file()["Location"] == begun.at("kiem-tra")
    assert f'href="{begun.at("dieu-kien", "?ve=kiem-tra")}"' in words(begun.get("kiem-tra"))
    begun.send("dieu-kien", "?ve=kiem-tra", trong_nuoc="co")
    assert begun.file()["Location"] == begun.at("da-nop")


def test_what_the_counter_received_says_so(begun: Citizen, office: Office) -> None:
    begun.fill()
    draft = FilingDraft.objects.get()
    FilingDraft.objects.update(kind="prepare")
    answers.save(draft, "noi-giai-quyet", {"receiving_agency": office.desk.code, "competent_agency": ""})
    submit(draft.pk, actor=office.clerk)
    page = words(begun.get("da-nop"))
    assert (Dossier.objects.get().code in page, "đã được nhận tại quầy" in page) == (True, True)
    assert Dossier.objects.get().lookup_key not in page


def test_another_browser_is_asked_for_a_code(begun: Citizen) -> None:
    other = begun.browser(ELSEWHERE)
    answer = other.get(begun.at("muc-luc"))
    page = words(other.get(answer["Location"]))
    assert ("••• ••• 678" in page, NUMBER in page) == (True, False)


@pytest.mark.parametrize("wanted", ["a/b", "tiep-tuc", "x" * 100, ""])
def test_who_asks_for_no_page_comes_to_the_task_list(begun: Citizen, wanted: str) -> None:
    other = begun.browser(ELSEWHERE)
    asked = other.post(f"{begun.at('tiep-tuc')}?{urlencode({'trang': wanted})}", {"gui": "1"})
    opened = other.post(asked["Location"], {"ma": begun.filing.code()})
    assert opened["Location"].endswith("/muc-luc/")


def test_a_wrong_code_opens_nothing(begun: Citizen) -> None:
    other = begun.browser(ELSEWHERE)
    asked = other.post(begun.at("tiep-tuc"), {"gui": "1"})
    wrong = f"{(int(begun.filing.code()) + 1) % 10**6:06d}"
    assert "Mã chưa đúng" in words(other.post(asked["Location"], {"ma": wrong}))


def test_a_draft_is_deleted_once_more_asked(begun: Citizen) -> None:
    begun.send("muc-luc", viec="xoa")
    assert FilingDraft.objects.exists()
    begun.send("muc-luc", viec="xoa", chac="1")
    assert not FilingDraft.objects.exists()
    assert begun.get("muc-luc").status_code == 404


def test_after_filing_every_page_leads_to_what_was_filed(begun: Citizen) -> None:
    begun.fill()
    begun.file()
    for page in ("ten", "kiem-tra", "muc-luc", "cam-doan"):
        assert begun.get(page)["Location"] == begun.at("da-nop")
    assert begun.send("muc-luc", viec="nop")["Location"] == begun.at("da-nop")
    assert begun.file()["Location"] == begun.at("da-nop")


def require_not_added(answer: Any, entered: str, *, request: bool = False) -> None:
    page = words(answer)
    assert (answer.status_code, "KHÔNG được thêm vào" in page, entered in page) == (409, True, True), page
    assert ('/bo-sung/">Mở yêu cầu bổ sung' in page) == request, page


@pytest.mark.parametrize("at_once", [False, True])
def test_what_is_entered_after_the_filing_left_is_shown_again_and_not_added(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch, *, at_once: bool
) -> None:
    begun.fill()
    draft, save = FilingDraft.objects.get(), answers.save

    def filed_first(*given: Any, **more: Any) -> None:
        monkeypatch.undo()
        begun.file()
        save(*given, **more)

    if at_once:
        monkeypatch.setattr(answers, "save", filed_first)
    else:
        begun.file()
    require_not_added(begun.send("ten", ten="Nguyễn Văn Muộn"), "<dd>Nguyễn Văn Muộn</dd>")
    require_not_added(begun.send("co-cha", co_cha="yes"), "<dd>Có</dd>")
    require_not_added(begun.send("me", **TYPED["me"]), "Số định danh cá nhân: 012190678901")
    require_not_added(begun.photograph(), "<dd>giay.png</dd>")
    assert answers.read(draft).answers["ten"] == {"ten": "Nguyễn Văn Thử"}
    assert not draft.files.exists()


def test_what_is_entered_after_a_supplement_left_is_shown_again_with_the_way_to_the_open_request(
    begun: Citizen, office: Office
) -> None:
    dossier = asked_to_correct(begun, office, "Tờ khai")
    begun.send("ten", ten="Nguyễn Văn Sửa")
    begun.send("muc-luc", viec="nop")
    require_not_added(begun.send("ten", ten="Nguyễn Văn Muộn"), "Nguyễn Văn Muộn", request=True)
    paper = {"tep-giay-2": samples.upload(samples.png(), "muon.png"), "viec": "gui-giay-2"}
    require_not_added(begun.send("giay-2", **paper), "muon.png", request=True)
    dossier.refresh_from_db()
    take(office, dossier, "filing_completed")
    require_not_added(begun.send("ten", ten="Nguyễn Văn Muộn"), "Nguyễn Văn Muộn")


def asked_anew(office: Office, dossier: Dossier) -> None:
    services.recall(dossier.pk, actor=office.clerk, seen=dossier.last_sequence)
    take(office, dossier, "return_filing", papers=("Tờ khai",))


@pytest.mark.parametrize(
    ("end", "waits"),
    [
        (lambda office, dossier: take(office, dossier, "filing_completed"), False),
        (lambda office, dossier: take(office, dossier, "refuse"), False),
        (lambda office, dossier: services.recall(dossier.pk, actor=office.clerk, seen=2), False),
        (asked_anew, True),
    ],
    ids=["the desk has the papers", "refused", "recalled", "asked anew"],
)
def test_a_supplement_whose_request_is_over_says_so_on_each_page_and_takes_nothing(
    begun: Citizen, office: Office, end: Callable[[Office, Dossier], object], *, waits: bool
) -> None:
    dossier = asked_to_correct(begun, office, "Tờ khai")
    begun.send("ten", ten="Nguyễn Văn Chưa Gửi")
    end(office, dossier)
    reason = "Cơ quan đã gửi yêu cầu bổ sung mới" if waits else "Hồ sơ không còn chờ bổ sung"
    for code in ("muc-luc", "ten", "giay-2"):
        page = words(begun.get(code))
        for wanted in (reason, "Nguyễn Văn Chưa Gửi", "Xem hồ sơ đang ở đâu</a>"):
            assert wanted in page, (code, page)
        assert ("Gửi bổ sung" in page, "<input" in page) == (False, False), code
    paper = {"tep-giay-2": samples.upload(samples.png(), "muon.png"), "viec": "gui-giay-2"}
    require_not_added(begun.send("ten", ten="Nguyễn Văn Muộn"), "<dd>Nguyễn Văn Muộn</dd>", request=waits)
    require_not_added(begun.send("giay-2", **paper), "<dd>muon.png</dd>", request=waits)
    draft = dossier.supplement_drafts.get()
    assert (draft.files.count(), answers.read(draft).answers) == (0, {"ten": {"ten": "Nguyễn Văn Chưa Gửi"}})
    start = words(begun.client.get(f"{address(dossier)}bo-sung/"))
    assert ("Hồ sơ không còn chờ bổ sung" in start, 'name="gui"' in start) == (not waits, waits)


def test_the_page_of_an_older_request_takes_nothing_once_the_newer_one_is_open_elsewhere(
    begun: Citizen, office: Office
) -> None:
    dossier = asked_to_correct(begun, office, "Tờ khai")
    asked_anew(office, dossier)
    newer = begun.filing.supplement(dossier)
    paper = {"tep-giay-2": samples.upload(samples.png(), "muon.png"), "viec": "gui-giay-2"}
    require_not_added(begun.send("giay-2", **paper), "<dd>muon.png</dd>", request=True)
    begun.name = newer.name
    assert "Tờ khai" in words(begun.get("muc-luc"))


@pytest.mark.parametrize("asks_anew", [False, True])
def test_a_photograph_on_a_page_that_a_correction_opened_is_seen_and_taken_out_until_it_is_sent(
    citizen: Citizen, office: Office, *, asks_anew: bool
) -> None:
    paper = {"name": "anh", "type": "paper", "label": "Ảnh", "paper": "Giấy của cha", "personal": "family"}
    other = {"name": "them", "type": "text", "label": "Thêm", "personal": "none", "required": False}
    pages = [{"code": one["name"], "questions": [one]} for one in (paper, other)]
    citizen.filing.publish(data("sections", 1, pages=pages))
    citizen.begin()
    dossier = asked_to_correct(citizen, office, question="co_cha")
    line = f"{name_of(FORM.questions['co_cha'])}: viết đủ chữ đệm"
    citizen.send("co-cha", co_cha="yes")
    photo = {"tep-anh": samples.upload(samples.png(), "cha.png"), "viec": "gui-anh"}
    assert "cha.png" in words(citizen.follow(citizen.send("anh", **photo)))
    if asks_anew:
        dossier.refresh_from_db()
        services.recall(dossier.pk, actor=office.clerk, seen=dossier.last_sequence)
        take(office, dossier, "return_filing", papers=(line,))
        citizen.open_supplement(dossier)

    def rows() -> list[str]:
        found = re.findall(r"<li><a .*?</li>", words(citizen.get("muc-luc")).split("mc-tasks")[1])
        return [" ".join(strip_tags(one).split()) for one in found]

    listed = [rows()]
    file = FilingFile.objects.get(question="anh")
    citizen.send("anh", viec=f"bo-tep-{file.pk}")
    citizen.send("them", them="Gõ sai")
    listed.append(rows())
    assert listed == [
        [f"{line} Có Đã sửa", "Ảnh cha.png Đã có", "Thêm không bắt buộc"],
        [f"{line} Có Đã sửa", "Ảnh Còn thiếu", "Thêm Gõ sai Đã có"],
    ]
    assert 'value="Gõ sai"' in words(citizen.get("them"))


def sends_a_part(citizen: Citizen, place: str, code: str) -> str:
    """Type the code, correct the name and send that; what the page of the code said."""
    opened = citizen.client.post(place, {"ma": code})
    if opened.status_code == 303:
        citizen.name = opened["Location"].split("/")[3]
        citizen.send("ten", ten="Nguyễn Văn Sửa")
        citizen.send("muc-luc", viec="nop")
    return words(opened)


def test_one_code_begins_one_part_of_a_supplement(begun: Citizen, office: Office) -> None:
    dossier = asked_to_correct(begun, office, "Tờ khai")
    begun.send("ten", ten="Nguyễn Văn Sửa")
    begun.send("muc-luc", viec="nop")
    place = begun.ask_for_supplement(dossier)
    for _press in range(3):
        sends_a_part(begun, place, begun.filing.code())
    assert dossier.supplement_drafts.count() == 2


def test_a_request_is_answered_in_so_many_parts(
    begun: Citizen, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_PARTS", 1, raising=False)
    dossier = asked_to_correct(begun, office, "Tờ khai")
    # What is begun is gone on with.
    sends_a_part(begun, begun.ask_for_supplement(dossier), begun.filing.code())
    sent = len(begun.filing.queue.sent)
    page = words(begun.client.post(f"{address(dossier)}bo-sung/", {"gui": "1"}))
    assert ("đã gửi bổ sung 1 lần" in page, len(begun.filing.queue.sent)) == (True, sent), page


def test_what_was_typed_after_the_filing_left_and_the_session_ended_is_said_to_be_lost(
    begun: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun.fill()
    begun.file()
    later(monkeypatch)
    assert "chu=1" in begun.send("ten", ten="Nguyễn Văn Muộn")["Location"]


def to_go_on(citizen: Citizen, browser: Browser = ELSEWHERE, **ticks: str) -> str:
    """The address to which the right code leads one who lost the browser and begins anew."""
    citizen.client = citizen.browser(browser)
    place = citizen.to_code_page()
    return str(citizen.client.post(place, {"ma": citizen.filing.code(), **ticks})["Location"])


def pressed(citizen: Citizen, place: str, value: str) -> str:
    """Press the button of this value twice; the name of the one draft to which both presses lead."""
    names = [citizen.client.post(place, {"viec": value})["Location"].split("/")[3] for _press in range(2)]
    first, second = [drafts.named(name) for name in names]
    assert first == second
    citizen.name = names[1]
    return citizen.name


def test_number_and_code_show_the_draft_that_is_begun_with_how_far_it_is(begun: Citizen) -> None:
    begun.send("ten", ten="Nguyễn Văn Đã Điền")
    draft = FilingDraft.objects.get()
    far = re.search(r"Đã xong (\d trên \d phần)", words(begun.get("muc-luc")))
    place = to_go_on(begun)
    page = words(begun.client.get(place))
    assert far
    assert ("Ông/bà có 1 hồ sơ đang điền" in page, f"Xong {far[1]}" in page) == (True, True)
    pressed(begun, place, str(draft.pk))
    assert 'value="Nguyễn Văn Đã Điền"' in words(begun.get("ten"))
    assert FilingDraft.objects.count() == 1


def test_a_new_one_beside_it_is_begun_once_with_the_answers_before_the_form(begun: Citizen) -> None:
    place = to_go_on(begun)
    name = pressed(begun, place, "moi")
    assert FilingDraft.objects.count() == 2
    assert answers.read(drafts.named(name)).answers == {"dieu-kien": {"trong_nuoc": "co"}}
    assert "Ông/bà có 2 hồ sơ đang điền" in words(begun.client.get(place))


def test_one_code_begins_one_draft_beside_others_whatever_sessions_it_opens(begun: Citizen) -> None:
    begun.client = begun.browser(ELSEWHERE)
    place, typed = begun.to_code_page(), {"ma": begun.filing.code()}
    for _press in range(3):
        begun.client.post(begun.client.post(place, typed)["Location"], {"viec": "moi"})
    assert FilingDraft.objects.count() == 2


def test_what_number_and_code_find_is_shown_to_that_browser_alone(begun: Citizen) -> None:
    place = to_go_on(begun)
    assert "buoc=xac-nhan-so" in begun.browser(PHONE).get(place)["Location"]


def test_a_number_that_was_only_typed_finds_no_draft(filing: Filing, citizen: Citizen) -> None:
    """A stranger who prepares a draft with a number learns nothing of the drafts of its holder."""
    filing.begun()
    stranger = filing.draft(prepared=True)
    opened = drafts.resume_by_number(stranger, PHONE, NUMBER)
    sealed = Start({"trong_nuoc": "co"}, draft=opened.name).sealed()
    assert "buoc=xac-nhan-so" in citizen.client.get(f"{citizen.start}?buoc=dang-dien&t={sealed}")["Location"]


@pytest.mark.parametrize(("traits", "same"), [({"prepared": True}, True), ({"over": True}, True), ({"phone": "0905000679"}, True), ({"filed_at": clock.now()}, True), ({}, False)])  # fmt: skip
def test_only_open_drafts_of_the_proven_number_are_found(
    filing: Filing, citizen: Citizen, traits: dict[str, Any], *, same: bool
) -> None:
    filing.draft(**traits)
    assert ("/ban-nhap/" in to_go_on(citizen)) == same


def test_the_first_message_carries_the_link_where_it_was_asked_for(citizen: Citizen) -> None:
    to_go_on(citizen, nhac="1")
    message = Message.objects.get(intent="filing_link")
    assert drafts.named(message.button_url.split("/")[-2]) == FilingDraft.objects.get()


def test_without_consent_the_first_message_is_not_sent(citizen: Citizen) -> None:
    to_go_on(citizen)
    assert not Message.objects.exists()


def test_the_link_is_sent_at_a_press_a_few_times_a_day(begun: Citizen) -> None:
    outcomes = []
    for minute in range(5):
        with clock.frozen(clock.now() + timedelta(minutes=minute)):
            page = words(begun.follow(begun.send("muc-luc", viec="gui-lien-ket")))
            outcomes.append("đang được gửi đến số ••• ••• 678" in page)
    assert (outcomes, Message.objects.count()) == ([True] * 3 + [False] * 2, 3)


def test_two_presses_send_one_link(begun: Citizen) -> None:
    with clock.frozen(clock.now()):
        for _press in range(2):
            begun.send("muc-luc", viec="gui-lien-ket")
    assert Message.objects.count() == 1


TWO: dict[str, tuple[Any, Any]] = {
    **dict.fromkeys(("text", "long_text"), ("Một", "Hai")),
    **dict.fromkeys(("number", "money"), (1000, 2000)),
    "date": ("2026-11-01", "2026-11-02"),
    "yes_no": (True, False),
    "one_of": ("x", "y"),
    "some_of": (["x"], ["y"]),
    "phone": ("0905000001", "0905000002"),
    "person": (PERSON, {**PERSON, "name": "Trần Thị Khác"}),
    "address": (
        {"province": "Tỉnh Mẫu", "commune": "Xã Một", "detail": "1"},
        {"province": "Tỉnh Mẫu", "commune": "Xã Hai", "detail": "2"},
    ),
    "repeat": ([{"ten": "An"}], [{"ten": "Bình"}]),
}
"""Two answers to each kind of question; below those of the pages that every filing has, as they are typed."""
WHO = TYPED["nguoi-nop"]
BUILT_IN: dict[str, tuple[dict[str, Any], ...]] = {
    "dieu-kien": ({"trong_nuoc": "x"}, {"trong_nuoc": "y"}),
    "nguoi-nop": ({**WHO, "dia_chi": "1"}, {**WHO, "dia_chi": "2"}),
    "noi-giai-quyet": ({"noi_nhan": "H15.09"}, {"noi_nhan": "H15.08"}),
    "nhan-ket-qua": ({"cach_nhan": "quay", "tin_bao": "no"}, {"cach_nhan": "dien_tu", "tin_bao": "no"}),
}


def pages_with_boxes(citizen: Citizen, form: FilingForm) -> Iterator[tuple[str, str, Any, Any]]:
    """Each page of the draft that has boxes, with its digest and two ways to fill it; found by asking for all there are."""
    for code in (*BUILT_IN_PAGES, *(page.code for page in form.pages)):
        answer, page = citizen.get(code), form.page(code)
        shown = words(answer).partition("<main")[2]
        if answer.status_code != 200 or not re.search(r'<(input|textarea|select)[^>]* name="[a-z]', shown):
            continue
        asked = page.questions if page else ()
        ways = [fill(asked, {one.name: TWO[one.type][way] for one in asked}) for way in (0, 1)]
        yield code, standing(shown), *(ways if page else BUILT_IN[code])


def standing(page: str) -> str:
    return "".join(re.findall(r'name="_dang_co" value="(\w+)"', page))


def test_an_older_page_overwrites_nothing_that_another_device_saved(citizen: Citizen, office: Office) -> None:
    """On no page of a filing, nor of a supplement, that asks any kind of question."""
    AgencyFactory(code="H15.09", name="Trung tâm thứ hai", desk=True)
    kinds = [question(kind, name=kind, **MORE.get(kind, {})) for kind in TYPES if kind != "paper"]
    eligibility = [
        {**DATA["eligibility"][0], "answers": [{"code": one, "label": one} for one in ("co", "x", "y")]}
    ]
    form = citizen.filing.publish(form_of(*kinds, eligibility=eligibility)).form
    citizen.begin()

    def stored(code: str) -> Any:
        return answers.read(drafts.named(citizen.name)).answers[code]

    for code, old, one, other in pages_with_boxes(citizen, form):
        citizen.send(code, **other)
        saved = stored(code)
        asked = words(citizen.send(code, **one, _dang_co=old))
        assert (stored(code) == saved, "thiết bị khác" in asked) == (True, True), code
        if code == "dieu-kien":
            # Asked once; and of two devices that say the same none is asked.
            for seen in (standing(asked), old):
                assert citizen.send(code, **one, _dang_co=seen).status_code == 303
                assert stored(code) != saved
    citizen.file()
    dossier = Dossier.objects.get()
    lines = [f"{name_of(one)}: xin xem lại" for one in form.questions.values()]
    take(office, dossier, "return_filing", papers=tuple(lines))
    citizen.open_supplement(dossier)
    walked = []
    for code, old, one, other in pages_with_boxes(citizen, form):
        citizen.send(code, **one)
        saved = stored(code)
        # Sent as it was shown, with nothing typed.
        led = citizen.send(code, **other, _dang_co=old).status_code
        assert (stored(code), led) == (saved, 303), code
        walked.append(code)
    assert walked == [page.code for page in form.pages]


def test_a_new_key_ends_the_sessions_of_before(begun: Citizen, office: Office) -> None:
    dossier = begun.filed()
    services.reissue(dossier.pk, actor=office.clerk, seen=dossier.last_sequence, checked="Thẻ căn cước")
    with clock.frozen(clock.now() + timedelta(minutes=1)):
        ended = begun.get("da-nop")["Location"]
        assert ended == begun.at("tiep-tuc", "?trang=da-nop")
        asked = begun.client.post(ended, {"gui": "1"})["Location"]
        page = words(begun.follow(begun.client.post(asked, {"ma": begun.filing.code()})))
    dossier.refresh_from_db()
    assert f"{dossier.lookup_key[:3]} {dossier.lookup_key[3:]}" in page


def test_the_link_of_a_draft_that_the_desk_received_says_so_and_asks_nothing(citizen: Citizen) -> None:
    draft = citizen.filing.draft(prepared=True, filed_at=clock.now())
    page = words(citizen.client.get(f"{urlsplit(drafts.link(draft)).path}tiep-tuc/"))
    said = ("được nhận tại quầy", 'href="/tra-cuu/">Xem hồ sơ', 'name="so"')
    assert [one in page for one in said] == [True, True, False]
