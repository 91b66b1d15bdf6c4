"""What Zalo and the owners of App and OA do in their consoles: granting, revoking, reviewing, quotas, money."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.simulators.zalo import events
from tests.simulators.zalo.model import DISABLE, ENABLE, Grant, Template

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


def set_permissions(sim: "Simulator", app: str, oa: str, permissions: list[str]) -> dict[str, Any]:
    _grant(sim, app, oa).permissions = set(permissions)
    return {}


def reset_secret(sim: "Simulator", app: str) -> dict[str, Any]:
    """Another webhook key."""
    found = sim.world.apps[app]
    found.oa_secret = sim.world.ids.hexadecimal(24, "reset", sim.world.ids.count("reset"))
    return {"oa_secret": found.oa_secret}


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


def disable_template(sim: "Simulator", template: str, reason: str = "") -> dict[str, Any]:
    return _review(sim, template, DISABLE, reason)


COMMANDS: dict[str, Command] = {
    command.__name__: command
    for command in (
        grant, revoke, expire_access, set_permissions, reset_secret, set_app, set_oa, set_user,
        set_relation, set_template, approve_template, disable_template,
    )
}  # fmt: skip
