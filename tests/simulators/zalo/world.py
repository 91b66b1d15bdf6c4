"""The registers: what exists, and who is who. Only looks up and creates; rules live with their calls."""

import re
from collections.abc import Iterator
from typing import Any

from tests.simulators.zalo.clock import Clock
from tests.simulators.zalo.identities import Identities, phone_hash
from tests.simulators.zalo.model import (
    OA,
    AccessToken,
    App,
    Article,
    Code,
    Grant,
    Message,
    Parameter,
    RefreshToken,
    Relation,
    Template,
    User,
)

REFRESH_SECONDS = 90 * 86400.0
_FIRST_PHONE = 84_900_000_000


class World:
    def __init__(self, seed: int, clock: Clock) -> None:
        self.ids = Identities(seed)
        self.clock = clock
        self.apps: dict[str, App] = {}
        self.oas: dict[str, OA] = {}
        self.grants: dict[tuple[str, str], Grant] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.refresh_tokens: dict[str, RefreshToken] = {}
        self.codes: dict[str, Code] = {}
        self.users: dict[str, User] = {}
        self.by_phone: dict[str, User] = {}
        self.relations: dict[tuple[str, str], Relation] = {}
        self.by_uid: dict[tuple[str, str], Relation] = {}
        self.people_of: dict[str, list[Relation]] = {}
        self.templates: dict[str, Template] = {}
        self.messages: dict[str, Message] = {}
        self.of_user: dict[str, list[Message]] = {}
        self.articles: dict[str, Article] = {}

    # Creating

    def add_app(self, **values: Any) -> App:
        number = self.ids.count("app")
        values.setdefault("app_id", self.ids.digits("app", number))
        values.setdefault("secret", self.ids.hexadecimal(20, "app secret", number))
        values.setdefault("oa_secret", self.ids.hexadecimal(24, "oa secret", number))
        app = self.apps[values["app_id"]] = App(**values)
        return app

    def add_oa(self, **values: Any) -> OA:
        number = self.ids.count("oa")
        values.setdefault("oa_id", self.ids.digits("oa", number))
        values.setdefault("name", f"Cơ quan mô phỏng {number}")
        oa = self.oas[values["oa_id"]] = OA(**values)
        self.people_of.setdefault(oa.oa_id, [])
        return oa

    def add_user(self, **values: Any) -> User:
        number = self.ids.count("user")
        values.setdefault("user_id", self.ids.digits("user", number))
        values.setdefault("name", f"Người mô phỏng {number}")
        values["phone"] = read_phone(values["phone"]) if "phone" in values else str(_FIRST_PHONE + number)
        user = User(phone_hash=phone_hash(values["phone"]), **values)
        self.users[user.user_id] = user
        self.by_phone[user.phone] = user
        return user

    def add_template(self, **values: Any) -> Template:
        number = self.ids.count("template")
        values.setdefault("template_id", str(300_000 + number))
        values.setdefault("name", f"Mẫu tin mô phỏng {number}")
        values.setdefault("created", self.clock.now())
        values["params"] = [
            Parameter(**one) if isinstance(one, dict) else one for one in values.get("params", [])
        ]
        template = self.templates[values["template_id"]] = Template(**values)
        return template

    def add_message(self, **values: Any) -> Message:
        number = self.ids.count("message")
        message = Message(message_id=self.ids.hexadecimal(20, "message", number), number=number, **values)
        self.messages[message.message_id] = message
        self.of_user.setdefault(message.user_id, []).append(message)
        return message

    def mint(self, grant: Grant, access_seconds: float, *, kill_old: bool) -> None:
        """A new pair; with `kill_old` the access token before it is dead from this moment."""
        if kill_old and grant.access in self.access_tokens:
            self.access_tokens[grant.access].dead = True
        if grant.refresh in self.refresh_tokens:
            self.refresh_tokens[grant.refresh].used = True
        grant.generation += 1
        key = (grant.app_id, grant.oa_id, grant.generation)
        grant.access, grant.refresh = self.ids.token("access", *key), self.ids.token("refresh", *key)
        now = self.clock.now()
        self.access_tokens[grant.access] = AccessToken(grant, now + access_seconds)
        self.refresh_tokens[grant.refresh] = RefreshToken(grant, now + REFRESH_SECONDS)

    def grant(self, app_id: str, oa_id: str) -> Grant:
        """The grant, made (without tokens) or brought back to life if need be."""
        grant = self.grants.setdefault((app_id, oa_id), Grant(app_id, oa_id))
        grant.alive = True
        return grant

    # Who is who

    def relation(self, oa_id: str, user_id: str) -> Relation:
        """The person towards the OA, made on first use; the uid is another one in each OA."""
        found = self.relations.get((oa_id, user_id))
        if found is None:
            found = Relation(oa_id, user_id, self.ids.digits("uid", oa_id, user_id))
            self.relations[oa_id, user_id] = self.by_uid[oa_id, found.uid] = found
            self.people_of[oa_id].append(found)
        return found

    def uid_by_app(self, app_id: str, user_id: str) -> str:
        return self.ids.digits("uid by app", app_id, user_id)

    def grants_of(self, oa_id: str) -> Iterator[Grant]:
        return (grant for grant in self.grants.values() if grant.oa_id == oa_id and grant.alive)

    def oa_secret(self, app: App, oa_id: str, scope: str) -> str:
        """The webhook key: one per App, or one per App and OA."""
        return app.oa_secret if scope == "app" else self.ids.hexadecimal(24, app.oa_secret, oa_id)


def read_phone(text: str, *, with_zero: bool = True) -> str:
    """84… from 84…, +84… or (with_zero) 0…; raises ValueError."""
    match = re.fullmatch(r"(\+?84|0)([1-9][0-9]{8})", text if text.isascii() else "")
    if match is None or (match[1] == "0" and not with_zero):
        raise ValueError("not a Vietnamese telephone number")
    return "84" + match[2]
