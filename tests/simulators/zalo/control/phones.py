"""What people's telephones show: the only place where "exactly one message" can be seen from outside."""

from html import escape
from typing import TYPE_CHECKING, Any

from tests.simulators.zalo.model import DELIVERED, SEEN, User

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator


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


def page(sim: "Simulator", user: User) -> str:
    """The telephone for browsers; it reloads itself every few seconds."""
    bubbles = "".join(
        f'<pre class="{"m o" if message.kind == "in" else "m"}">{escape(message.shown)}</pre>'
        for message in sim.world.of_user.get(user.user_id, [])
        if message.kind == "in" or message.state in (DELIVERED, SEEN)
    )
    return (
        '<!doctype html><html lang="vi"><meta charset="utf-8"><meta http-equiv="refresh" content="3">'
        f"<title>Mô phỏng: {escape(user.name)}</title>{bubbles}</html>"
    )
