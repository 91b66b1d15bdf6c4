"""Which message a citizen gets for which event, and in which words.

The texts are the defaults; a province may word its own. Law: the citizen is told at once when the state of
a dossier changes, with the body and person that handle it (NĐ 224/2026 Đ.15.1.g).
"""

from datetime import datetime

from django.conf import settings

from dossiers import tokens
from dossiers.models import AccessToken, Dossier, Event, Party
from dossiers.rules.statuses import Status
from messaging import outbox, templates
from messaging.contacts import channel_for
from messaging.models import Contact, Message
from tenants import clock
from tenants.context import current_province

PURPOSE = "dossier_status"

# name: (title, body, button)
TEXTS: dict[str, tuple[str, str, str]] = {
    "received": (
        "Đã tiếp nhận hồ sơ của ông/bà",
        "Kính gửi ông/bà {ho_ten}, chúng tôi đã tiếp nhận hồ sơ {ma_ho_so}. Hẹn trả kết quả: {ngay_hen} tại "
        "{noi_tra}. Xin ông/bà giữ mã hồ sơ để tra cứu. Chúng tôi sẽ báo khi hồ sơ có thay đổi; ông/bà không "
        "cần đi lại để hỏi.⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Theo dõi hồ sơ",
    ),
    "filed": (
        "Đã nhận hồ sơ trực tuyến",
        "Kính gửi ông/bà {ho_ten}, chúng tôi đã nhận được hồ sơ trực tuyến {ma_ho_so} và đang kiểm tra. Đây chưa "
        "phải là giấy hẹn. Chúng tôi sẽ báo khi hồ sơ được tiếp nhận hoặc cần sửa.⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Theo dõi hồ sơ",
    ),
    "in_progress": (
        "Hồ sơ của ông/bà đang được giải quyết",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} được {don_vi} giải quyết từ {luc}, người phụ trách: "
        "{nguoi_xu_ly}. Hẹn trả kết quả: {ngay_hen}. Hiện ông/bà chưa cần làm gì.",
        "Theo dõi hồ sơ",
    ),
    "supplement": (
        "Hồ sơ của ông/bà cần bổ sung giấy tờ",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} cần bổ sung: {giay_to}. Lý do: {ly_do} Hạn: {han_bo_sung}, "
        "nộp tại {noi_nop}. {cau_thoi_han}⟦ Cần giúp, gọi {dien_thoai}.⟧",
        "Bổ sung ngay",
    ),
    "supplement_received": (
        "Đã nhận đủ giấy tờ bổ sung",
        "Kính gửi ông/bà {ho_ten}, lúc {luc} chúng tôi đã nhận đủ giấy tờ bổ sung của hồ sơ {ma_ho_so}. Ngày "
        "hẹn trả kết quả: {ngay_hen}. Hiện ông/bà chưa cần làm gì thêm.",
        "Theo dõi hồ sơ",
    ),
    "payment": (
        "Hồ sơ của ông/bà cần nộp thuế, phí, lệ phí",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} cần nộp {so_tien}, chậm nhất {han_nop}, trên Cổng Dịch vụ "
        "công quốc gia hoặc tại {noi_nop}. Nộp xong, hồ sơ được giải quyết tiếp. Chúng tôi không bao giờ yêu cầu chuyển tiền vào tài "
        "khoản cá nhân.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem cách nộp",
    ),
    "payment_received": (
        "Đã nhận tiền nộp cho hồ sơ",
        "Kính gửi ông/bà {ho_ten}, lúc {luc} chúng tôi đã nhận tiền nộp cho hồ sơ {ma_ho_so} và tiếp tục giải "
        "quyết. Ngày hẹn trả kết quả: {ngay_hen}. Xin ông/bà giữ biên lai.",
        "Theo dõi hồ sơ",
    ),
    "done": (
        "Hồ sơ của ông/bà đã có kết quả",
        "Kính gửi ông/bà {ho_ten}, hồ sơ {ma_ho_so} đã có kết quả. Mời ông/bà đến {noi_tra} trong giờ làm việc, "
        "mang theo giấy hẹn (hoặc mã hồ sơ) và giấy tờ tùy thân. Nếu đã chọn trả qua bưu điện, ông/bà chờ nhận "
        "tại nhà.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem nơi nhận",
    ),
    "returned": (
        "Đã trả kết quả hồ sơ",
        "Kính gửi ông/bà {ho_ten}, kết quả hồ sơ {ma_ho_so} đã được trả. Nếu ông/bà chưa nhận hoặc thấy kết quả "
        "có sai sót, xin báo ngay cho chúng tôi. Cảm ơn ông/bà.⟦ Điện thoại: {dien_thoai}.⟧",
        "Xem hồ sơ",
    ),
    "refused": (
        "Chúng tôi chưa thể tiếp nhận hồ sơ",
        "Kính gửi ông/bà {ho_ten}, rất tiếc chúng tôi chưa thể tiếp nhận hồ sơ {ma_ho_so}. Lý do: {ly_do} Phiếu "
        "từ chối có tại {noi_nop}. Ông/bà có thể nộp lại khi đủ điều kiện.⟦ Hướng dẫn: {dien_thoai}.⟧",
        "Xem lý do",
    ),
    "stopped": (
        "Hồ sơ của ông/bà đã dừng giải quyết",
        "Kính gửi ông/bà {ho_ten}, rất tiếc hồ sơ {ma_ho_so} đã dừng giải quyết. Lý do: {ly_do} Thông báo dừng "
        "giải quyết có tại {noi_tra}. Ông/bà có thể nộp lại khi đủ điều kiện, hoặc gửi kiến nghị, khiếu nại."
        "⟦ Hướng dẫn: {dien_thoai}.⟧",
        "Xem lý do",
    ),
    "withdrawn": (
        "Đã nhận yêu cầu rút hồ sơ",
        "Kính gửi ông/bà {ho_ten}, chúng tôi đã nhận yêu cầu rút hồ sơ {ma_ho_so} và dừng giải quyết. Mời ông/bà "
        "mang giấy tờ tùy thân đến {noi_tra} để nhận lại giấy tờ đã nộp. Nếu ông/bà không gửi yêu cầu này, xin "
        "báo ngay cho chúng tôi.⟦ Gọi {dien_thoai}.⟧",
        "Xem hồ sơ",
    ),
    "apology": (
        "Xin lỗi ông/bà vì trả kết quả chậm",
        "Kính gửi ông/bà {ho_ten}, chúng tôi xin lỗi vì không kịp trả kết quả hồ sơ {ma_ho_so} đúng hẹn. Lý do: "
        "{ly_do} Hẹn mới: {ngay_hen} tại {noi_tra}. Ông/bà không phải nộp thêm giấy tờ hay khoản tiền nào vì "
        "việc chậm trễ này.⟦ Góp ý: {dien_thoai}.⟧",
        "Xem lý do",
    ),
    "rescheduled": (
        "Ngày hẹn trả hồ sơ thay đổi",
        "Kính gửi ông/bà {ho_ten}, ngày hẹn trả kết quả hồ sơ {ma_ho_so} đổi từ {ngay_hen_cu} thành {ngay_hen}. "
        "Lý do: {ly_do} Chúng tôi xin lỗi ông/bà vì sự thay đổi này. Ông/bà không phải làm gì thêm."
        "⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Theo dõi hồ sơ",
    ),
    "adjusted": (
        "Tình trạng hồ sơ được điều chỉnh",
        "Kính gửi ông/bà {ho_ten}, tình trạng hồ sơ {ma_ho_so} được ghi lại cho đúng: {trang_thai}. {cau_ngay_hen} "
        "Nếu ông/bà thấy chưa đúng, xin báo cho chúng tôi.⟦ Điện thoại: {dien_thoai}.⟧",
        "Xem hồ sơ",
    ),
    "correction": (
        "Đính chính thông báo vừa gửi",
        "Kính gửi ông/bà {ho_ten}, thông báo vừa gửi về hồ sơ {ma_ho_so} chưa chính xác, xin ông/bà bỏ qua. "
        "Tình trạng đúng: {trang_thai}. {cau_ngay_hen} Chúng tôi xin lỗi vì sự bất tiện này.⟦ Hỏi thêm: {dien_thoai}.⟧",
        "Xem hồ sơ",
    ),
}

# The first notice of a dossier, by the status in which it begins.
FIRST = {Status.NEW: "filed", Status.RECEIVED: "received"}
FIRST_OF_COMPLAINTS = "complaint_received"

TERM_SENTENCES = {
    "restart": "Thời hạn được tính lại từ đầu khi nhận đủ giấy tờ.",
    "resume": "Thời hạn tạm dừng và tính tiếp khi nhận đủ giấy tờ.",
}


PLACEHOLDERS = (
    "ho_ten", "ma_ho_so", "thu_tuc", "trang_thai", "ngay_hen", "luc", "don_vi", "nguoi_xu_ly", "noi_tra",
    "noi_nop", "dien_thoai", "giay_to", "ly_do", "so_tien", "cau_thoi_han", "han_bo_sung", "han_nop", "ngay",
    "so_quyet_dinh", "cau_ngay_hen", "ngay_hen_cu",
)  # fmt: skip


# Complaints and conciliations have words of their own, which never tell what they are about.
OF_COMPLAINTS = {
    "correction": "complaint_correction",
    "adjusted": "complaint_adjusted",
    "rescheduled": "complaint_rescheduled",
}


def register_texts() -> None:
    """Hand the default texts to the messaging room."""
    for name, (title, body, button) in TEXTS.items():
        templates.register(name, title=title, body=body, button=button, placeholders=PLACEHOLDERS)


def first(dossier: Dossier) -> str:
    """The notice with which this dossier begins."""
    return FIRST[dossier.status_enum] if dossier.kind == Dossier.Kind.NORMAL else FIRST_OF_COMPLAINTS


def send(dossier: Dossier, event: Event, name: str, *, hold_seconds: int) -> Message | None:
    """Put the notice of this event into the outbox, inside the caller's transaction.

    None when the recipient agreed to no channel for this dossier: agreeing once does not bind the number for
    ever, nor for other people's dossiers. The wording is the province's own.
    """
    if dossier.kind != Dossier.Kind.NORMAL:
        name = OF_COMPLAINTS.get(name, name)
    open_to = [code for code in settings.MESSAGING_CHANNELS if code in dossier.notice_channels]
    if not open_to:
        return None
    contact = _contact(dossier.recipient)
    if channel_for(contact, PURPOSE, open_to) is None:
        return None
    rendered = templates.render(
        name, values(dossier, event), is_organisation=dossier.recipient.kind == Party.Kind.ORGANISATION
    )
    return outbox.write(
        subject=dossier.subject,
        event=str(event.sequence),
        intent=name,
        contact=contact,
        rendered=rendered,
        rows=[("Mã hồ sơ", dossier.code), ("Trạng thái", state_in_words(dossier))],
        button_url=tokens.url(tokens.issue(dossier, AccessToken.Purpose.MESSAGE)),
        hold_seconds=hold_seconds,
        purpose=PURPOSE,
        channels=open_to,
    )


def agree(dossier: Dossier, channels: frozenset[str]) -> None:
    """Record the channels the recipient agreed to at the desk, with this dossier as evidence."""
    if not channels:
        return
    contact = _contact(dossier.recipient)
    for channel in sorted(channels):
        outbox.grant(contact, channel, PURPOSE, evidence=dossier.subject)


def _contact(recipient: Party) -> Contact:
    """Whom to write to. Who agreed has a mobile number: the intake was checked for it."""
    return outbox.contact_for(recipient.phone, recipient.name, recipient.kind == Party.Kind.ORGANISATION)


def values(dossier: Dossier, event: Event) -> dict[str, str]:
    """What the placeholders of a text stand for. Dates as 16:30, 08/12/2026."""
    province = current_province()
    # Where to go and whom to ask now, also for a dossier of a dissolved agency.
    competent, desk = dossier.competent_agency.living, dossier.receiving_agency.living
    note = event.note
    data = note.data if note else {}
    until = moment(dossier.citizen_due_at) if dossier.citizen_due_at else ""
    return {
        "ho_ten": dossier.recipient.name,
        "ma_ho_so": dossier.code,
        "thu_tuc": dossier.procedure.short_name,
        "trang_thai": state_in_words(dossier),
        "cau_ngay_hen": f"Hẹn trả kết quả: {moment(dossier.due_at)}."
        if dossier.due_at and dossier.status_enum.clock_runs and not dossier.paused_since
        else "",
        "ngay_hen": moment(dossier.due_at) if dossier.due_at else "không quy định",
        "luc": moment(event.at),
        "don_vi": competent.name,
        "nguoi_xu_ly": dossier.assignee.get_full_name() if dossier.assignee else competent.name,
        "noi_tra": desk.name,
        "noi_nop": desk.name,
        "dien_thoai": province.hotline,
        "giay_to": ", ".join(data.get("papers", [])),
        "ly_do": sentence(note.text) if note else "",
        "so_tien": dong(data["amount"]) if "amount" in data else "",
        "cau_thoi_han": TERM_SENTENCES[supplement_effect(dossier)],
        "han_bo_sung": until,
        "han_nop": until,
        "ngay": f"{event.at.astimezone(clock.VIETNAM):%d/%m/%Y}",
        "so_quyet_dinh": data.get("decision", {}).get("number", ""),
        "ngay_hen_cu": moment(datetime.fromisoformat(data["due_before"])) if "due_before" in data else "",
    }


def supplement_effect(dossier: Dossier) -> str:
    """What the arrival of missing papers does to the term in this dossier's workflow: restart or resume."""
    effects = {step.clock for step in dossier.workflow_version.workflow.transitions_from(dossier.step)}
    return "restart" if "restart" in effects else "resume"


def state_in_words(dossier: Dossier) -> str:
    """The status for the citizen; of a complaint the step, whose names are its own."""
    return dossier.status_enum.short if dossier.kind == Dossier.Kind.NORMAL else dossier.step_data.name


def moment(at: datetime) -> str:
    """16:30, 08/12/2026 in Vietnamese time."""
    return f"{at.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}"


def dong(amount: int) -> str:
    """1.250.000 đồng"""
    return f"{amount:,} đồng".replace(",", ".")


def sentence(text: str) -> str:
    """The clerk's words as a closed sentence."""
    text = " ".join(text.split())
    return text if not text or text[-1] in ".!?" else f"{text}."
