"""From accepted to the telephone: arrival, receipt, reading, running out of time, and what it costs."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.simulators.zalo import events
from tests.simulators.zalo.clock import VIETNAM, day_of
from tests.simulators.zalo.journal import PHONE
from tests.simulators.zalo.model import DELIVERED, EXPIRED, PUSHED, SEEN, Message, Relation

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

BY_PHONE = {"X-ZEvent-Server": "ZNS"}


def at_night(moment: float) -> bool:
    """22:00 to 05:59 in Viet Nam."""
    hour = datetime.fromtimestamp(moment, VIETNAM).hour
    return hour >= 22 or hour < 6


def accept(sim: "Simulator", **values: Any) -> Message:
    """A message Zalo has taken: it exists from now on, and is on its way to the telephone."""
    message = sim.world.add_message(sent=sim.clock.now(), **values)
    message.silent = message.kind != "cs" and at_night(message.sent)
    sim.journal.count(f"accepted.{message.kind}")
    oa = sim.world.oas[message.oa_id]
    if message.kind.startswith("template"):
        day = day_of(message.sent)
        if message.kind == "template_phone":
            oa.quota_used[day] = oa.quota_used.get(day, 0) + 1
        template = sim.world.templates[message.template_id]
        template.used[day] = template.used.get(day, 0) + 1
    oa.reserved += message.cost
    echo(sim, message)
    due = sim.clock.now() + sim.settings.delivery_seconds
    sim.agenda.add(due, f"deliver {message.message_id}", lambda: arrive(sim, message))
    if message.expires is not None:
        sim.agenda.add(message.expires, f"expire {message.message_id}", lambda: run_out(sim, message))
    return message


def echo(sim: "Simulator", message: Message) -> None:
    """`oa_send_…` for what went to a user id."""
    if message.kind == "cs" or (message.kind == "template_uid" and sim.settings.echo_templates):
        who = sim.world.relation(message.oa_id, message.user_id)
        sim.emit(message.oa_id, lambda app: events.oa_send(sim, app, who, message))


def arrive(sim: "Simulator", message: Message) -> None:
    """The telephone shows the message, if it has Zalo."""
    user = sim.world.users[message.user_id]
    if message.state != PUSHED or not user.has_zalo:
        return
    message.state, message.delivered_at = DELIVERED, sim.clock.now()
    _charge(sim, message)
    sim.journal.count("shown")
    sim.journal.note(
        PHONE, what="shown", user_id=user.user_id, oa_id=message.oa_id, message_id=message.message_id,
        message_kind=message.kind, tracking_id=message.tracking_id, text=message.shown,
    )  # fmt: skip
    only = {message.app_id}
    if message.kind == "template_phone":
        sim.emit(
            message.oa_id,
            lambda app: events.received_by_phone(sim, app, message),
            only=only,
            headers=BY_PHONE,
        )
    elif message.kind in ("cs", "template_uid"):
        who = sim.world.relation(message.oa_id, message.user_id)
        sim.emit(message.oa_id, lambda app: events.received(sim, app, who, message), only=only)


def run_out(sim: "Simulator", message: Message) -> None:
    """Too late: dropped and not charged. No webhook tells."""
    if message.state == PUSHED:
        message.state = EXPIRED
        sim.world.oas[message.oa_id].reserved -= message.cost
        message.cost = 0
        sim.journal.count("expired")


def see(sim: "Simulator", who: Relation) -> list[Message]:
    """The person opens the chat: all that arrived has been seen."""
    unseen = [
        message
        for message in sim.world.of_user.get(who.user_id, [])
        if message.oa_id == who.oa_id and message.state == DELIVERED
    ]
    for message in unseen:
        message.state = SEEN
    for app_id in sorted({message.app_id for message in unseen if message.app_id}):
        _tell_seen(sim, who, app_id, [one for one in unseen if one.app_id == app_id])
    return unseen


def _tell_seen(sim: "Simulator", who: Relation, app_id: str, messages: list[Message]) -> None:
    """Only the App that sent hears of it, and nothing of what went to a telephone number."""
    by_uid = [message for message in messages if message.kind != "template_phone"]
    if by_uid:
        sim.emit(who.oa_id, lambda app: events.seen(sim, app, who, by_uid), only={app_id})


def _charge(sim: "Simulator", message: Message) -> None:
    if message.cost:
        oa = sim.world.oas[message.oa_id]
        oa.reserved -= message.cost
        oa.balance -= message.cost
        oa.charged += message.cost
