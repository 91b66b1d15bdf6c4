"""Sending on the OA host: consultation text, templates by user id, broadcasts, and the families shut down."""

from typing import Any

from tests.simulators.zalo import events
from tests.simulators.zalo.clock import DAY, HOUR, day_of
from tests.simulators.zalo.delivery import accept, at_night
from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Call
from tests.simulators.zalo.hosts.sending import (
    SendToUid,
    can_pay,
    check_template,
    over_promotion_limit,
    shown_text,
    template_is_spent,
)
from tests.simulators.zalo.model import Template

FREE_SECONDS, GATE_SECONDS = 48 * HOUR, 7 * DAY
CS_PRICE = 55
LONGEST_TEXT = 2_000
MOST_BUTTONS = 5


class Consultation(SendToUid):
    """`message/cs`: free text to whoever wrote in the last seven days; after 48 hours it costs."""

    _shown = ""
    _event = "oa_send_text"
    _attachments: tuple[dict[str, Any], ...] = ()

    def check_window(self) -> None:
        last = self.who.last_interaction
        if last is None:
            raise Refused(-232)
        if self.now - last > GATE_SECONDS:
            raise Refused(-230)
        self._read_message(self.table("message"))

    def check_quota(self) -> None:
        oa = self.oa
        if oa.cs_quota is not None and oa.cs_used >= oa.cs_quota:
            raise Refused(-211)
        if oa.recipient_limit is not None and self._sent_today() >= oa.recipient_limit:
            raise Refused(-218)
        if not can_pay(self, self._cost()):
            raise Refused(-321)

    def work(self) -> dict[str, Any]:
        message = accept(
            self.sim, kind="cs", oa_id=self.oa.oa_id, app_id=self.app.app_id, user_id=self.who.user_id,
            shown=self._shown, event=self._event, attachments=list(self._attachments), cost=self._cost(),
        )  # fmt: skip
        self.oa.cs_used += 1
        data: dict[str, Any] = {
            "message_id": message.message_id,
            "user_id": self.who.uid,
            "sent_time": self.stamp(),
        }
        if self.sim.settings.cs_quota == "constant_8":
            data["quota"] = {"quota_type": "reply", "remain": "8", "total": "8"}
        return data

    def _cost(self) -> int:
        return CS_PRICE if self.now - (self.who.last_interaction or 0) > FREE_SECONDS else 0

    def _sent_today(self) -> int:
        return sum(
            message.oa_id == self.oa.oa_id
            and message.kind == "cs"
            and day_of(message.sent) == day_of(self.now)
            for message in self.world.of_user.get(self.who.user_id, [])
        )

    def _read_message(self, message: dict[str, Any]) -> None:
        text = message.get("text", "")
        if not isinstance(text, str):
            raise Refused(-201, "text is invalid!")
        if len(text) > LONGEST_TEXT:
            raise Refused(-210)
        self._shown = text
        if "quote_message_id" in message and message["quote_message_id"] not in self.world.messages:
            raise Refused(-201, "quote_message_id is invalid!")
        if "attachment" in message:
            self._read_attachment(self.table("attachment", message))
        elif not text.strip():
            raise Refused(-201, "text is invalid!")

    def _read_attachment(self, attachment: dict[str, Any]) -> None:
        payload = self.table("payload", attachment)
        if attachment.get("type") == "file":
            self._asset(payload.get("token"))
            self._take("oa_send_file", {"type": "file", "payload": payload})
            return
        if attachment.get("type") != "template":
            raise Refused(-201, "attachment is invalid!")
        kind = payload.get("template_type")
        elements = payload.get("elements") or []
        if kind in ("list", "button"):
            if not self.sim.settings.list_templates_on_v3:
                raise Refused(-233)
            if len(payload.get("buttons") or elements) > MOST_BUTTONS:
                raise Refused(-210)
            self._take("oa_send_list", {"type": kind, "payload": payload})
        elif not isinstance(elements, list) or len(elements) != 1 or not isinstance(elements[0], dict):
            raise Refused(-201, "elements is invalid!")
        elif kind == "media":
            self._read_media(elements[0])
        elif kind == "request_user_info":
            for name in ("title", "subtitle", "image_url"):
                self.text(name, elements[0])
            self._shown = self._shown or f"{elements[0]['title']}\n{elements[0]['subtitle']}"
            self._take("oa_send_list", {"type": kind, "payload": payload})
        else:
            raise Refused(-233)

    def _read_media(self, element: dict[str, Any]) -> None:
        kind = element.get("media_type")
        if kind not in ("image", "gif", "sticker"):
            raise Refused(-201, "media_type is invalid!")
        if kind == "gif" and not (element.get("width") and element.get("height")):
            raise Refused(-201, "width is invalid!")
        if "url" in element:
            if not str(element["url"]).startswith("https://"):
                raise Refused(-201, "url is invalid!")
        elif kind != "sticker":
            self._asset(element.get("attachment_id"))
        self._take(f"oa_send_{kind}", {"type": kind, "payload": element})

    def _take(self, event: str, attachment: dict[str, Any]) -> None:
        self._event, self._attachments = event, (attachment,)
        self._shown = self._shown or f"[{attachment['type']}]"

    def _asset(self, token: Any) -> None:
        asset = self.world.assets.get(token) if isinstance(token, str) else None
        if asset is None or asset.app_id != self.app.app_id:
            raise Refused(-201, "attachment_id is invalid!")
        if asset.expires <= self.now:
            raise Refused(-100)


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
        if over_promotion_limit(self, template, self.who.user_id):
            raise Refused(-218)
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


class DeadFamily(Call):
    """`message/transaction` and `message/promotion`, shut down on 1 March 2026."""

    permission = "message"

    def check_recipient(self) -> None:
        raise Refused(self.sim.settings.dead_family_code)


class Version2Message(Call):
    """`/v2.0/oa/message`: broadcasts, reactions and anonymous chat live; messages to a user id do not."""

    permission = "message"

    @property
    def recipient(self) -> dict[str, Any]:
        return self.table("recipient")

    def check_recipient(self) -> None:
        if "sender_action" in self.body:
            self._reacted_to()
        elif "target" in self.recipient:
            if "broadcast" not in self.grant.permissions:
                raise self.refuse("permission")
        elif "anonymous_id" in self.recipient:
            self.text("conversation_id", self.recipient)
        else:
            raise Refused(-240)

    def check_window(self) -> None:
        if "target" in self.recipient:
            self._article_id()

    def check_hours(self) -> None:
        if "target" in self.recipient and at_night(self.now):
            raise Refused(-234)

    def work(self) -> dict[str, Any]:
        if "sender_action" in self.body:
            return self._react()
        if "target" in self.recipient:
            return self._broadcast()
        text = self.text("text", self.table("message"))
        number = self.world.ids.count("anonymous")
        message_id = self.world.ids.hexadecimal(20, "anonymous", number)
        self.sim.journal.note(
            "anonymous", oa_id=self.oa.oa_id, conversation_id=self.recipient["conversation_id"], text=text
        )
        return {"message_id": message_id}

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

    def _broadcast(self) -> dict[str, Any]:
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

    def _reacted_to(self) -> Any:
        action = self.table("sender_action")
        message = self.world.messages.get(self.text("react_message_id", action))
        if message is None or message.oa_id != self.grant.oa_id:
            raise Refused(-201, "react_message_id is invalid!")
        self.text("react_icon", action)
        return message

    def _react(self) -> dict[str, Any]:
        message, icon = self._reacted_to(), self.body["sender_action"]["react_icon"]
        message.reactions.append(icon)
        who = self.world.relation(message.oa_id, message.user_id)
        self.sim.emit(
            message.oa_id,
            lambda app: events.reacted(self.sim, app, who, message, icon, "oa_reacted_message"),
        )
        return {"message_id": message.message_id, "user_id": who.uid}
