"""What the chat says about dossiers: the words of their pages, as one message. To citizens it writes Vietnamese."""

from collections.abc import Sequence

from django.urls import reverse

from dossiers import wording
from dossiers.lifecycle import access_links
from dossiers.lookup import lookup
from dossiers.models import Dossier
from dossiers.presentation import dossier as presentation
from dossiers.rules.codes import example_code
from dossiers.rules.statuses import STAGES
from tenants.isolation.context import current_province
from tenants.web.absolute_urls import absolute

Button = tuple[str, str]
"""The words on a button, and where it leads."""


def progress(dossier: Dossier, *, wrong_key: bool, locked: bool = False) -> str:
    """By the code alone: state and step, no date, place, name or paper (TT 01/2018/TT-VPCP Đ.16.2.d). `locked`: a key
    was typed, and none is compared for a while."""
    stage = dossier.status_enum.stage
    step = f" (bước {stage} trên 4: {STAGES[stage - 1]})" if stage else ""
    if locked:
        hint = (
            "Mã tra cứu của hồ sơ này bị thử sai nhiều lần nên tạm khóa, ở đây chỉ có tình trạng chung. Xin nhắn lại "
            "sau 15 phút, hoặc quét mã QR trên giấy hẹn."
        )
    elif wrong_key:
        hint = "Mã tra cứu chưa đúng, nên ở đây chỉ có tình trạng chung."
    else:
        hint = "Muốn xem ngày hẹn và việc cần làm, ông/bà nhắn thêm mã tra cứu (6 ký tự in dưới mã QR trên giấy hẹn)."
    return f"Hồ sơ {dossier.code}: {dossier.status_enum.short}{step}.\n{hint}"


def details(dossier: Dossier, *, offers_news: bool = False) -> str:
    """For one who holds the key or is linked: what the page says first. No number, address or name of a person."""
    events = list(dossier.events.select_related("note", "agency").order_by("sequence"))
    page = presentation.details(dossier, events, shared=True)
    lines = [
        str(page["title"]),
        f"Hồ sơ {dossier.code}: {page['status_short']}.",
        _headline(page),
        _sentence(page.get("action_title", ""), page.get("action_text", "")),
        *(f"– {item['name']}" for item in page.get("action_items", ())),
        str(page.get("after_text") or ""),
    ]
    if offers_news:
        lines.append("Muốn nhận tin báo hồ sơ này tại đây, ông/bà nhắn NHẬN TIN.")
    return "\n".join(line for line in lines if line).replace(wording.NO_BREAK, " ")


def progress_page(dossier: Dossier) -> Button:
    return "Xem hồ sơ", absolute(reverse("progress", args=[dossier.code]))


def details_page(dossier: Dossier) -> Button:
    """Good for half an hour, like the page behind the look-up form."""
    return "Xem hồ sơ", access_links.url(lookup.lookup_address(dossier))


def lookup_page() -> Button:
    return "Tra cứu hồ sơ", absolute(reverse("lookup"))


def mine(dossiers: Sequence[Dossier]) -> str:
    """The dossiers that are linked to who asks."""
    if not dossiers:
        return f"Chưa có hồ sơ nào nối với ông/bà tại đây. {how_to_get_news()}"
    rows = [
        f"{number}. {one.code} – {one.procedure.short_name}: {one.status_enum.short}"
        for number, one in enumerate(dossiers, start=1)
    ]
    return "\n".join(
        ["Hồ sơ đã nối với ông/bà tại đây:", *rows, "Ông/bà nhắn mã của một hồ sơ để xem chi tiết."]
    )


def not_found() -> str:
    """One text for an unknown code, and for a complaint whatever key was typed but its own."""
    hotline = current_province().hotline
    call = f", hoặc gọi {hotline}" if hotline else ""
    return f"Không tìm thấy hồ sơ có mã này. Xin ông/bà xem lại mã in trên giấy hẹn{call}."


def no_code() -> str:
    """Meant as a code, and none."""
    return (
        f"Mã ông/bà nhắn chưa đúng dạng mã hồ sơ. Xin ông/bà gõ như in trên giấy hẹn, ví dụ {_example()}. Gõ có hay không "
        "có dấu chấm, dấu gạch đều được."
    )


def other_province(answer: lookup.OtherProvince) -> str:
    where = f" Mời ông/bà tra cứu tại {answer.url}" if answer.url else ""
    return f"Mã này thuộc {answer.province_name}.{where}"


def private_number() -> str:
    return (
        "Chúng tôi không tra cứu bằng số điện thoại hay số căn cước. Để giữ kín thông tin, xin ông/bà đừng nhắn các số "
        f"ấy vào đây. Ông/bà nhắn mã hồ sơ in trên giấy hẹn, ví dụ {_example()}."
    )


def how_to_trace() -> str:
    return (
        f"Ông/bà nhắn mã hồ sơ in trên giấy hẹn, ví dụ {_example()}. Nhắn thêm mã tra cứu (6 ký tự in dưới mã QR) thì xem "
        "được ngày hẹn và việc cần làm. Mất giấy hẹn: mở trang tra cứu, mục “Mất giấy hẹn”, hoặc hỏi nơi đã nộp."
    )


def how_to_get_news() -> str:
    return (
        "Để nhận tin báo hồ sơ tại đây, ông/bà nhắn mã hồ sơ kèm mã tra cứu in trên giấy hẹn rồi nhắn NHẬN TIN; hoặc mở "
        "trang hồ sơ, lấy mã liên kết rồi nhắn vào đây."
    )


def _example() -> str:
    return example_code(current_province().agency_code)


def _headline(page: presentation.Context) -> str:
    asides = [str(page[name]) for name in ("subline", "subline_strong") if page.get(name)]
    return f"{page['lead']}: {page['headline']}{f' ({", ".join(asides)})' if asides else ''}."


def _sentence(title: str, text: str) -> str:
    return " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in (title, text) if part)
