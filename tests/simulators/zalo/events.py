"""The events Zalo posts to an App: where each keeps its ids. Values as texts; `webhooks` gives them their style."""

from typing import TYPE_CHECKING, Any

from tests.simulators.zalo.model import App, Message, Relation, Template

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

Event = dict[str, Any]


def stamp(sim: "Simulator") -> str:
    return str(int((sim.clock.now() + sim.settings.clock_skew_seconds) * 1000))


def user_send(sim: "Simulator", app: App, who: Relation, message: Message) -> Event:
    content: dict[str, Any] = {"msg_id": message.message_id}
    if message.shown or not message.attachments:
        content["text"] = message.shown
    if message.attachments:
        content["attachments"] = message.attachments
    return {
        "app_id": app.app_id,
        "user_id_by_app": sim.world.uid_by_app(app.app_id, who.user_id),
        "event_name": message.event,
        "timestamp": stamp(sim),
        "sender": {"id": who.uid},
        "recipient": {"id": who.oa_id},
        "message": content,
    }


def oa_send(sim: "Simulator", app: App, who: Relation, message: Message) -> Event:
    return {
        "app_id": app.app_id,
        "user_id_by_app": sim.world.uid_by_app(app.app_id, who.user_id),
        "event_name": message.event,
        "timestamp": stamp(sim),
        "sender": {"id": who.oa_id},
        "recipient": {"id": who.uid},
        "message": {"msg_id": message.message_id, "text": message.shown},
    }


def received(sim: "Simulator", app: App, who: Relation, message: Message) -> Event:
    """A message by user id arrived at the telephone."""
    return _about_message(sim, app, who, "user_received_message", {"msg_id": message.message_id})


def seen(sim: "Simulator", app: App, who: Relation, messages: list[Message]) -> Event:
    ids = [message.message_id for message in messages]
    return _about_message(sim, app, who, "user_seen_message", {"msg_ids": ids})


def _about_message(sim: "Simulator", app: App, who: Relation, name: str, message: dict[str, Any]) -> Event:
    oa, person = {"id": who.oa_id}, {"id": who.uid}
    turned = sim.settings.received_direction == "user_sender"
    return {
        "sender": person if turned else oa,
        "recipient": oa if turned else person,
        "event_name": name,
        "message": message,
        "app_id": app.app_id,
        "user_id_by_app": sim.world.uid_by_app(app.app_id, who.user_id),
        "timestamp": stamp(sim),
    }


def received_by_phone(sim: "Simulator", app: App, message: Message) -> Event:
    """A template sent to a telephone number arrived: the number itself, or its hash, stands as recipient."""
    user = sim.world.users[message.user_id]
    shown = user.phone_hash if sim.settings.receipt_phone == "hash" else user.phone
    delivered = int(((message.delivered_at or 0) + sim.settings.clock_skew_seconds) * 1000)
    return {
        "sender": {"id": message.oa_id},
        "recipient": {"id": shown},
        "event_name": "user_received_message",
        "message": {
            "delivery_time": str(delivered),
            "msg_id": message.message_id,
            "tracking_id": message.tracking_id,
        },
        "app_id": app.app_id,
        "timestamp": stamp(sim),
    }


def follow(sim: "Simulator", app: App, who: Relation, source: str) -> Event:
    return {
        "app_id": app.app_id,
        "event_name": "follow",
        "oa_id": who.oa_id,
        "follower": {"id": who.uid},
        "user_id_by_app": sim.world.uid_by_app(app.app_id, who.user_id),
        "source": source,
        "timestamp": stamp(sim),
    }


def withdraw(sim: "Simulator", app: App, who: Relation) -> Event:
    return {
        "app_id": app.app_id,
        "event_name": "user_withdraw",
        "oa_id": who.oa_id,
        "user_id": who.uid,
        "timestamp": stamp(sim),
    }


def template_status(sim: "Simulator", app: App, template: Template, before: str) -> Event:
    return {
        "app_id": app.app_id,
        "event_name": "change_template_status",
        "oa_id": template.oa_id,
        "template_id": template.template_id,
        "status": {"prev_status": before, "new_status": template.status},
        "reason": template.reason,
        "timestamp": stamp(sim),
    }
