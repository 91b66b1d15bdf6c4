"""What people's telephones show: the only place where "exactly one message" can be seen from outside."""

from html import escape
from typing import TYPE_CHECKING, Any

from tests.simulators.zalo.clock import iso
from tests.simulators.zalo.model import DELIVERED, SEEN, Message, User

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

KINDS = {
    "cs": "tin tư vấn",
    "template_uid": "tin mẫu",
    "template_phone": "tin mẫu gửi theo số điện thoại",
    "broadcast": "tin gửi rộng",
}
LONGEST_INDEX = 100
STYLE = (
    "body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:30rem;padding:1rem;background:#eef1f5;"
    "color:#1c2733}h1{font-size:1.2rem;margin:.5rem 0}h2{font-size:1rem;margin:1.5rem 0 .5rem}"
    ".sim{background:#fff3cd;border:1px solid #c79100;padding:.4rem .7rem;border-radius:.4rem}"
    ".m{background:#fff;border-radius:.8rem;padding:.6rem .8rem;margin:.5rem 3rem .5rem 0;white-space:pre-wrap;"
    "overflow-wrap:anywhere}.o{background:#d7ebff;margin:.5rem 0 .5rem 3rem}"
    "small{display:block;color:#4a5866;margin-top:.3rem}"
)


def shown(sim: "Simulator", user: User, oa_id: str = "") -> list[dict[str, Any]]:
    """The messages that arrived, oldest first; not those still on their way, and not the person's own."""
    return [
        {
            "oa_id": message.oa_id,
            "oa_name": sim.world.oas[message.oa_id].name,
            "kind": message.kind,
            "text": message.shown,
            "message_id": message.message_id,
            "tracking_id": message.tracking_id,
            "delivered_at": message.delivered_at,
            "seen": message.state == SEEN,
            "silent": message.silent,
        }
        for message in sim.world.of_user.get(user.user_id, [])
        if message.state in (DELIVERED, SEEN) and oa_id in ("", message.oa_id)
    ]


def index_page(sim: "Simulator", token: str) -> str:
    people = "".join(
        f'<li><a href="/_sim/dien-thoai/{user.user_id}{escape(token)}">{escape(user.name)}</a> '
        f"({user.phone}): {len(shown(sim, user))} tin</li>"
        for user in list(sim.world.users.values())[:LONGEST_INDEX]
    )
    return _page("Các máy điện thoại mô phỏng", f"<ul>{people}</ul>")


def page(sim: "Simulator", user: User, token: str) -> str:
    """A telephone for people to look at; reloads itself every few seconds."""
    chats: dict[str, list[str]] = {}
    for message in sim.world.of_user.get(user.user_id, []):
        if message.kind == "in" or message.state in (DELIVERED, SEEN):
            chats.setdefault(message.oa_id, []).append(_bubble(message))
    body = f'<p><a href="/_sim/dien-thoai/{escape(token)}">Máy khác</a></p><p>Số máy (bịa): {user.phone}</p>'
    for oa_id, bubbles in chats.items():
        body += f"<h2>{escape(sim.world.oas[oa_id].name)}</h2>{''.join(bubbles)}"
    if not chats:
        body += "<p>Chưa có tin nào.</p>"
    return _page(f"Máy của {user.name}", body)


def _bubble(message: Message) -> str:
    if message.kind == "in":
        return f'<div class="m o">{escape(message.shown)}<small>{iso(message.sent)[11:19]}</small></div>'
    when = iso(message.delivered_at or message.sent)[11:19]
    notes = [when, KINDS.get(message.kind, message.kind)]
    notes += ["không báo chuông"] * message.silent + ["đã xem"] * (message.state == SEEN)
    return f'<div class="m">{escape(message.shown)}<small>{escape(" · ".join(notes))}</small></div>'


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta http-equiv="refresh" content="3">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Mô phỏng: {escape(title)}</title><style>{STYLE}</style></head><body>"
        '<p class="sim"><strong>Mô phỏng.</strong> Không phải Zalo; người, số máy và tin đều là bịa.</p>'
        f"<h1>{escape(title)}</h1>{body}</body></html>"
    )
