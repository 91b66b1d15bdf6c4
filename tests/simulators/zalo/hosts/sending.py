"""What all ways of sending share: refusals by the person, money, and how a template meets its values."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.simulators.zalo.clock import VIETNAM, day_of
from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Call
from tests.simulators.zalo.model import DISABLE, ENABLE, Relation, Template, User


class SendToUid(Call):
    """A call whose recipient is a user id of the calling OA."""

    permission = "message"
    blocking_type = "cs"

    def recipient_uid(self) -> str:
        return self.text("user_id", self.table("recipient"))

    @property
    def who(self) -> Relation:
        """The user ids of another OA are nobody's here."""
        found = self.world.by_uid.get((self.grant.oa_id, self.recipient_uid()))
        if found is None:
            raise Refused(-201, "user_id is invalid!")
        return found

    @property
    def user(self) -> User:
        return self.world.users[self.who.user_id]

    def check_recipient(self) -> None:
        _ = self.who

    def check_refusal(self) -> None:
        blocked = self.who.blocked
        if "invitation" in blocked:
            raise Refused(-217)
        if blocked & {self.blocking_type, "oa"}:
            raise Refused(-244)
        if self.user.banned:
            raise Refused(-227)


def check_template(call: Call, template: Template | None, data: Any) -> Template:
    """The template, fit to be sent with these values. Lengths are counted in code points as received, so
    that a decomposed "ế" counts as three."""
    if template is None:
        raise Refused(-109, "" if call.host == "business" else "template_id is invalid!")
    if template.oa_id != call.grant.oa_id:
        raise Refused(-117)
    if template.status == DISABLE:
        raise Refused(-146)
    if template.status != ENABLE:
        raise Refused(-131)
    if not isinstance(data, dict) or (template.params and not data):
        raise Refused(-111)
    for parameter in template.params:
        value = data.get(parameter.name)
        if value is None or value == "":
            if parameter.require:
                raise Refused(-1122, f"Template parameter {parameter.name} is missing")
            continue
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            raise Refused(-112)
        text = str(value)
        if len(text) > parameter.longest:
            raise Refused(-1121, f"Template parameter {parameter.name} exceeds {parameter.longest}")
        if "\n" in text:
            raise Refused(-1124)
    return template


def shown_text(template: Template, data: Mapping[str, Any]) -> str:
    """What the telephone shows; without wording of its own, the values one under the other."""
    if not template.content:
        return "\n".join([template.name, *(f"{name}: {value}" for name, value in data.items())])
    text = template.content
    for name, value in data.items():
        text = text.replace(f"<{name}>", str(value))
    return text


def template_is_spent(call: Call, template: Template) -> bool:
    """Whether this template was sent as often as it may be today, by whichever way."""
    used = template.used.get(day_of(call.now), 0)
    return template.daily_quota is not None and used >= template.daily_quota


def can_pay(call: Call, cost: int) -> bool:
    return call.oa.balance - call.oa.reserved >= cost


def local_hour(moment: float) -> int:
    return datetime.fromtimestamp(moment, VIETNAM).hour
