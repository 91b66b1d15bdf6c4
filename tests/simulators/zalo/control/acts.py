"""What people do at the telephone."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.simulators.zalo import delivery, events
from tests.simulators.zalo.model import Message, Relation

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

Act = Callable[..., dict[str, Any]]


def _who(sim: "Simulator", user: str, oa: str) -> Relation:
    """`user`: a user id, a telephone number or an id in this OA. Raises KeyError."""
    return sim.world.relation(sim.world.oas[oa].oa_id, sim.user(user, oa).user_id)


def _touch(sim: "Simulator", who: Relation) -> None:
    """An interaction: the seven days begin anew."""
    who.last_interaction = sim.clock.now()


def follow(sim: "Simulator", user: str, oa: str, source: str = "oa_profile") -> dict[str, Any]:
    who = _who(sim, user, oa)
    who.follower = True
    _touch(sim, who)
    sim.emit(oa, lambda app: events.follow(sim, app, who, source))
    return {"uid": who.uid}


def _write(
    sim: "Simulator", who: Relation, kind: str, text: str, attachments: list[dict[str, Any]]
) -> dict[str, Any]:
    _touch(sim, who)
    message: Message = sim.world.add_message(
        kind="in", oa_id=who.oa_id, app_id="", user_id=who.user_id, sent=sim.clock.now(), shown=text,
        event=f"user_send_{kind}", attachments=attachments, state="read",
    )  # fmt: skip
    sim.emit(who.oa_id, lambda app: events.user_send(sim, app, who, message))
    return {"msg_id": message.message_id, "uid": who.uid}


def send_text(sim: "Simulator", user: str, oa: str, text: str) -> dict[str, Any]:
    return _write(sim, _who(sim, user, oa), "text", text, [])


def send_image(sim: "Simulator", user: str, oa: str, url: str = "", text: str = "") -> dict[str, Any]:
    url = url or "https://f1.photo.zdn.vn/mo-phong.jpg"
    attachment = {"type": "image", "payload": {"thumbnail": url, "url": url}}
    return _write(sim, _who(sim, user, oa), "image", text, [attachment])


def send_file(
    sim: "Simulator", user: str, oa: str, url: str = "", name: str = "mo-phong.pdf", size: int = 1024
) -> dict[str, Any]:
    payload = {
        "url": url or f"https://f1.file.zdn.vn/{name}",
        "name": name,
        "size": str(size),
        "checksum": sim.world.ids.hexadecimal(32, "checksum", name),
        "type": name.rpartition(".")[2],
    }
    return _write(sim, _who(sim, user, oa), "file", "", [{"type": "file", "payload": payload}])


def send_other(
    sim: "Simulator", user: str, oa: str, kind: str, payload: dict[str, Any], text: str = ""
) -> dict[str, Any]:
    """gif, link, audio, video, sticker, location, business_card."""
    return _write(sim, _who(sim, user, oa), kind, text, [{"type": kind, "payload": payload}])


def see(sim: "Simulator", user: str, oa: str) -> dict[str, Any]:
    """Opens the chat with the OA."""
    return {"seen": [message.message_id for message in delivery.see(sim, _who(sim, user, oa))]}


def block_type(
    sim: "Simulator", user: str, oa: str, kind: str = "cs", blocked: bool = True
) -> dict[str, Any]:
    """cs, template, broadcast, invitation, or oa for everything. Zalo tells nobody."""
    who = _who(sim, user, oa)
    (who.blocked.add if blocked else who.blocked.discard)(kind)
    return {"blocked": sorted(who.blocked)}


def withdraw(sim: "Simulator", user: str, oa: str) -> dict[str, Any]:
    """Asks that the App forget him or her."""
    who = _who(sim, user, oa)
    who.follower, who.tags = False, set()
    sim.emit(oa, lambda app: events.withdraw(sim, app, who))
    return {"uid": who.uid}


ACTS: dict[str, Act] = {
    act.__name__: act
    for act in (
        follow, send_text, send_image, send_file, send_other, see, block_type, withdraw,
    )
}  # fmt: skip
