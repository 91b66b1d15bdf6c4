"""Sending on the OA host: consultation text, templates by user id, broadcasts."""

from typing import Any

from tests.simulators.zalo.clock import DAY, HOUR
from tests.simulators.zalo.delivery import accept, at_night
from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Call
from tests.simulators.zalo.hosts.sending import (
    SendToUid,
    can_pay,
    check_template,
    shown_text,
    template_is_spent,
)
from tests.simulators.zalo.model import Template

FREE_SECONDS, GATE_SECONDS = 48 * HOUR, 7 * DAY
CS_PRICE = 55
LONGEST_TEXT = 2_000


class Consultation(SendToUid):
    """`message/cs`: free text to whoever wrote in the last seven days; after 48 hours it costs."""

    _shown = ""

    def check_window(self) -> None:
        last = self.who.last_interaction
        if last is None:
            raise Refused(-232)
        if self.now - last > GATE_SECONDS:
            raise Refused(-230)
        self._read_message(self.table("message"))

    def check_quota(self) -> None:
        if not can_pay(self, self._cost()):
            raise Refused(-321)

    def work(self) -> dict[str, Any]:
        message = accept(
            self.sim, kind="cs", oa_id=self.oa.oa_id, app_id=self.app.app_id, user_id=self.who.user_id,
            shown=self._shown, event="oa_send_text", cost=self._cost(),
        )  # fmt: skip
        data: dict[str, Any] = {
            "message_id": message.message_id,
            "user_id": self.who.uid,
            "sent_time": self.stamp(),
        }
        return data

    def _cost(self) -> int:
        return CS_PRICE if self.now - (self.who.last_interaction or 0) > FREE_SECONDS else 0

    def _read_message(self, message: dict[str, Any]) -> None:
        text = message.get("text", "")
        if not isinstance(text, str):
            raise Refused(-201, "text is invalid!")
        if len(text) > LONGEST_TEXT:
            raise Refused(-210)
        self._shown = text
        if not text.strip():
            raise Refused(-201, "text is invalid!")


class TemplateByUid(SendToUid):
    """`message/template` of the OA host: an approved template, without a reference of ours."""

    permission = "template"
    blocking_type = "template"
    zbs = True

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.in_bucket = self.sim.settings.template_sends_in_bucket

    def recipient_uid(self) -> str:
        return self.text("user_id")

    @property
    def template(self) -> Template:
        found = self.world.templates.get(self.text("template_id"))
        return check_template(self, found, self.body.get("template_data"))

    def check_window(self) -> None:
        if not self.template.uid_allowed:
            raise Refused(-249)

    def check_hours(self) -> None:
        if self.template.tag == 3 and at_night(self.now):
            raise Refused(-234)

    def check_quota(self) -> None:
        template = self.template
        spent = self.oa.uid_quota is not None and self.oa.uid_used >= self.oa.uid_quota
        if spent or template_is_spent(self, template):
            raise Refused(-211)
        if not can_pay(self, template.price_uid):
            raise Refused(-321)

    def work(self) -> dict[str, Any]:
        template = self.template
        message = accept(
            self.sim, kind="template_uid", oa_id=self.oa.oa_id, app_id=self.app.app_id,
            user_id=self.who.user_id, shown=shown_text(template, self.body["template_data"]),
            template_id=template.template_id, event="oa_send_template", cost=template.price_uid,
            expires=self.now + template.timeout_ms / 1000,
        )  # fmt: skip
        data: dict[str, Any] = {"message_id": message.message_id, "user_id": self.who.uid}
        if self.sim.settings.uid_sent_time == "inside":
            data["sent_time"] = self.stamp()
        self.oa.uid_used += 1
        remain = (self.oa.quota if self.oa.uid_quota is None else self.oa.uid_quota) - self.oa.uid_used
        data["quota"] = {"quota_type": "purchase_quota", "remain": str(remain)}
        return data


class Version2Message(Call):
    """`/v2.0/oa/message`: broadcasts live; messages to a user id do not."""

    permission = "message"

    @property
    def recipient(self) -> dict[str, Any]:
        return self.table("recipient")

    def check_recipient(self) -> None:
        if "target" not in self.recipient:
            raise Refused(-240)
        if "broadcast" not in self.grant.permissions:
            raise self.refuse("permission")

    def check_window(self) -> None:
        self._article_id()

    def check_hours(self) -> None:
        if at_night(self.now):
            raise Refused(-234)

    def _article_id(self) -> str:
        """Free text cannot be broadcast: only one finished article."""
        attachment = self.table("attachment", self.table("message"))
        elements = self.table("payload", attachment).get("elements")
        element = elements[0] if isinstance(elements, list) and len(elements) == 1 else None
        if not isinstance(element, dict) or element.get("media_type") != "article":
            raise Refused(-201, "elements is invalid!")
        article_id = self.text("attachment_id", element)
        article = next((one for one in self.world.articles.values() if one.article_id == article_id), None)
        if article is None or article.oa_id != self.oa.oa_id:
            raise Refused(-201, "attachment_id is invalid!")
        if article.ready_at > self.now:
            raise Refused(-214)
        return article.title

    def work(self) -> dict[str, Any]:
        """To all followers who did not refuse; the target narrows nothing here, as people have no ages."""
        title, first = self._article_id(), ""
        for who in list(self.world.people_of[self.oa.oa_id]):
            if who.follower and not who.blocked & {"broadcast", "oa"}:
                message = accept(
                    self.sim, kind="broadcast", oa_id=self.oa.oa_id, app_id=self.app.app_id,
                    user_id=who.user_id, shown=title,
                )  # fmt: skip
                first = first or message.message_id
        self.sim.journal.note("broadcast", oa_id=self.oa.oa_id, title=title, target=self.recipient["target"])
        return {"message_id": first or self.world.ids.hexadecimal(20, "broadcast", self.now)}
