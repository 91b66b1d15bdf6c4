"""What Zalo and the owners of App and OA do in their consoles: granting, revoking, reviewing, quotas, money."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.simulators.local_http import post
from tests.simulators.zalo import events
from tests.simulators.zalo.model import DISABLE, ENABLE, REJECT, App, Grant, Template
from tests.simulators.zalo.webhooks import body_of

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

Command = Callable[..., dict[str, Any]]


def _grant(sim: "Simulator", app: str, oa: str) -> Grant:
    return sim.world.grants[app, oa]


def grant(sim: "Simulator", app: str, oa: str) -> dict[str, Any]:
    """A pair of tokens without consent, as from the API Explorer."""
    made = sim.world.grant(sim.world.apps[app].app_id, sim.world.oas[oa].oa_id)
    sim.world.mint(made, sim.settings.access_seconds, kill_old=sim.settings.mint_kills_old_access)
    return {"access_token": made.access, "refresh_token": made.refresh, "generation": made.generation}


def revoke(sim: "Simulator", app: str, oa: str) -> dict[str, Any]:
    """Both tokens die; only a new consent helps."""
    found = _grant(sim, app, oa)
    sim.world.access_tokens[found.access].dead = True
    sim.world.refresh_tokens[found.refresh].revoked = True
    return {}


def expire_access(sim: "Simulator", app: str, oa: str) -> dict[str, Any]:
    """As if 25 hours had gone by for this token alone."""
    sim.world.access_tokens[_grant(sim, app, oa).access].expires = sim.clock.now()
    return {}


def ungrant(sim: "Simulator", app: str, oa: str) -> dict[str, Any]:
    """The OA removes the App: tokens die and no event comes any more."""
    _grant(sim, app, oa).alive = False
    return revoke(sim, app, oa)


def set_permissions(sim: "Simulator", app: str, oa: str, permissions: list[str]) -> dict[str, Any]:
    _grant(sim, app, oa).permissions = set(permissions)
    return {}


def reset_secret(sim: "Simulator", app: str, which: str = "oa") -> dict[str, Any]:
    """`which`: "oa", the webhook key, or "app"."""
    name = {"oa": "oa_secret", "app": "secret"}[which]
    found = sim.world.apps[app]
    setattr(found, name, sim.world.ids.hexadecimal(24, "reset", name, sim.world.ids.count("reset")))
    return {name: getattr(found, name)}


def set_app(sim: "Simulator", app: str, **values: Any) -> dict[str, Any]:
    _set(sim.world.apps[app], values)
    return {}


def set_oa(sim: "Simulator", oa: str, **values: Any) -> dict[str, Any]:
    _set(sim.world.oas[oa], values)
    return {}


def set_user(sim: "Simulator", user: str, **values: Any) -> dict[str, Any]:
    _set(sim.user(user), values)
    return {}


def set_relation(sim: "Simulator", user: str, oa: str, **values: Any) -> dict[str, Any]:
    """Makes a past: `last_interaction` in seconds since 1970, `follower`, `tags`, …"""
    who = sim.world.relation(oa, sim.user(user, oa).user_id)
    values = {name: set(value) if name in ("tags", "blocked") else value for name, value in values.items()}
    _set(who, values)
    return {"uid": who.uid}


def set_template(sim: "Simulator", template: str, **values: Any) -> dict[str, Any]:
    _set(sim.world.templates[template], values)
    return {}


def _set(thing: Any, values: dict[str, Any]) -> None:
    if unknown := [name for name in values if not hasattr(thing, name)]:
        raise ValueError(f"{type(thing).__name__} has no {', '.join(unknown)}")
    for name, value in values.items():
        setattr(thing, name, value)


def _review(sim: "Simulator", template: str, status: str, reason: str = "") -> dict[str, Any]:
    found: Template = sim.world.templates[template]
    before, found.status, found.reason = found.status, status, reason
    sim.emit(found.oa_id, lambda app: events.template_status(sim, app, found, before))
    return {"before": before, "after": status}


def approve_template(sim: "Simulator", template: str) -> dict[str, Any]:
    return _review(sim, template, ENABLE)


def reject_template(sim: "Simulator", template: str, reason: str = "") -> dict[str, Any]:
    return _review(sim, template, REJECT, reason)


def disable_template(sim: "Simulator", template: str, reason: str = "") -> dict[str, Any]:
    return _review(sim, template, DISABLE, reason)


def set_template_quality(sim: "Simulator", template: str, quality: str) -> dict[str, Any]:
    found = sim.world.templates[template]
    before, found.quality = found.quality, quality
    sim.emit(found.oa_id, lambda app: events.template_quality(sim, app, found, before))
    return {}


COMMANDS: dict[str, Command] = {
    command.__name__: command
    for command in (
        grant, revoke, expire_access, ungrant, set_permissions, reset_secret, set_app, set_oa, set_user,
        set_relation, set_template, approve_template, reject_template, disable_template,
        set_template_quality,
    )
}  # fmt: skip


async def press_test_button(sim: "Simulator", app: str) -> dict[str, Any]:
    """The console's "Test": an event without a signature; saving the address needs a 200."""
    found: App = sim.world.apps[app]
    event = {"app_id": app, "event_name": "user_send_text", "timestamp": events.stamp(sim)}
    answer, _connected, seconds = await post(
        found.webhook_url, body_of(sim, event), {}, sim.settings.webhook_seconds
    )
    sim.journal.note("webhook", app_id=app, event="console test", answer=answer, seconds=seconds)
    return {"answer": answer}


async def probe(sim: "Simulator", app: str, method: str = "GET") -> dict[str, Any]:
    """A GET or HEAD to the webhook's address, as some checkers send."""
    found = sim.world.apps[app]
    answer, _connected, seconds = await post(found.webhook_url, b"", {}, sim.settings.webhook_seconds, method)
    sim.journal.note("webhook", app_id=app, event=f"probe {method}", answer=answer, seconds=seconds)
    return {"answer": answer}
