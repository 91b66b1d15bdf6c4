"""The menu of the province's account: what stands on it, what each entry sends, and the files to paste from."""

import json
from dataclasses import dataclass

from django.urls import reverse

from messaging.conversations.conversation import Kind
from portal.conversation import replies
from tenants.isolation.context import current_province
from tenants.web import qr
from tenants.web.absolute_urls import absolute

# As providers name them: the telephone sends the text for the person, opens a page, or calls.
SAYS, OPENS, CALLS = "oa.query.show", "oa.open.url", "oa.open.phone"
MOST_LETTERS = 25


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `sends`: the text, address or number; `taken_for`: what the text is taken for when it comes."""

    label: str
    kind: str
    sends: str
    taken_for: Kind | None = None


def entries() -> list[Entry]:
    """The entries of the current province's menu, those that most people need first."""
    hotline = current_province().hotline
    call = [Entry("Gọi tổng đài", CALLS, "".join(hotline.split()))] if hotline else []
    return [
        Entry("Tra cứu hồ sơ", OPENS, absolute(reverse("lookup"))),
        Entry("Hồ sơ của tôi", SAYS, "Hồ sơ của tôi", Kind.MINE),
        Entry("Tìm thủ tục", SAYS, "Tìm thủ tục", Kind.MENU),
        Entry("Giờ làm việc, địa chỉ", SAYS, "Giờ làm việc", Kind.DESKS),
        *call,
        Entry("Hướng dẫn", SAYS, "Hướng dẫn", Kind.MENU),
        Entry("Tắt tin báo", SAYS, "TẮT TIN", Kind.STOP),
    ]


def files() -> dict[str, bytes]:
    """The files of the current province, by their names: the menu as data and as a table, the greeting, and a QR
    code that leads to our own look-up page."""
    rows = entries()
    lookup = absolute(reverse("lookup"))
    data = [{"title": one.label, "type": one.kind, "payload": one.sends} for one in rows]
    return {
        "menu.json": (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode(),
        "menu.txt": _table(rows).encode(),
        "loi-chao.txt": f"{replies.greeting()}\n".encode(),
        "tra-cuu.png": qr.png(lookup, note=lookup),
        "tra-cuu.svg": str(qr.svg(lookup)).encode(),
    }


def _table(rows: list[Entry]) -> str:
    acts = {SAYS: "gửi tin", OPENS: "mở trang", CALLS: "gọi"}
    lines = [
        f"{number}. {one.label} | {acts[one.kind]} ({one.kind}) | {one.sends}"
        for number, one in enumerate(rows, 1)
    ]
    return "\n".join([f"Thực đơn OA – {current_province().name}", "", *lines, ""])
