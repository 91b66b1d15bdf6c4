"""The business host: templates by telephone number, what became of them, quotas."""

from typing import TYPE_CHECKING, Any

from tests.simulators.local_http import Answer, Request, json_answer
from tests.simulators.zalo.clock import day_of
from tests.simulators.zalo.delivery import accept, at_night
from tests.simulators.zalo.hosts import templates
from tests.simulators.zalo.hosts.errors import Refused, text_of
from tests.simulators.zalo.hosts.gate import Ask, Call
from tests.simulators.zalo.hosts.sending import (
    can_pay,
    check_template,
    local_hour,
    shown_text,
    template_is_spent,
)
from tests.simulators.zalo.model import DELIVERED, EXPIRED, SEEN, Message, Template, User
from tests.simulators.zalo.world import read_phone

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

LONGEST_TRACKING_ID = 48


class TemplateByPhone(Call):
    """`/message/template`: the old ZNS call."""

    host = "business"
    permission = "template"
    zbs = True
    in_bucket = False

    def check_body(self) -> None:
        tracking = self.body.get("tracking_id", "")
        if self.sim.settings.tracking_required and not tracking:
            raise Refused(-132, "tracking_id is missing")
        if not isinstance(tracking, str) or len(tracking) > LONGEST_TRACKING_ID:
            raise Refused(-132, "tracking_id is invalid")

    @property
    def user(self) -> User:
        phone = self.body.get("phone")
        try:
            if not isinstance(phone, str):
                raise ValueError
            number = read_phone(phone, with_zero=self.sim.settings.phone_with_zero)
        except ValueError:
            raise Refused(-108) from None
        found = self.world.by_phone.get(number)
        if found is None:
            raise Refused(-118)
        return found

    def check_recipient(self) -> None:
        user = self.user
        if not user.has_zalo:
            raise Refused(-118)
        if not user.can_receive:
            raise Refused(-119)
        if user.zalo_too_old:
            raise Refused(-110)
        if user.banned:
            raise Refused(-114)

    def check_refusal(self) -> None:
        user = self.user
        relation = self.world.relations.get((self.oa.oa_id, user.user_id))
        blocked = relation.blocked if relation else set()
        if "oa" in blocked:
            raise Refused(-141)
        if "template" in blocked:
            raise Refused(-139)
        if not user.opted_in:
            raise Refused(-134)
        if not user.eligible:
            raise Refused(-140)

    @property
    def template(self) -> Template:
        asked = self.body.get("template_id")
        found = self.world.templates.get(asked) if isinstance(asked, str) else None
        return check_template(self, found, self.body.get("template_data"))

    def check_hours(self) -> None:
        match self.sim.settings.phone_night:
            case "all":
                quiet = at_night(self.now)
            case "tags_2_3":
                quiet = self.template.tag != 1 and not 7 <= local_hour(self.now) < 22
            case _:
                quiet = False
        if quiet:
            raise Refused(-133)

    def check_quota(self) -> None:
        template = self.template
        if self.oa.quota_used.get(day_of(self.now), 0) >= self.oa.quota:
            raise Refused(-144)
        if template_is_spent(self, template):
            raise Refused(-147)
        if not can_pay(self, template.price_sdt):
            raise Refused(-115)

    def work(self) -> dict[str, Any]:
        tracking = self.body.get("tracking_id", "")
        message = self._same_before(tracking) or self._accept(tracking)
        remaining = self.oa.quota - self.oa.quota_used.get(day_of(self.now), 0)
        return {
            "msg_id": message.message_id,
            "sent_time": self.stamp(),
            "sending_mode": None if self.sim.settings.sending_mode_null else "1",
            "quota": {"dailyQuota": str(self.oa.quota), "remainingQuota": str(max(remaining, 0))},
        }

    def _same_before(self, tracking: str) -> Message | None:
        """Nobody has seen Zalo do this; a setting plays it."""
        if not (tracking and self.sim.settings.tracking_deduplicated):
            return None
        for message in self.world.of_user.get(self.user.user_id, []):
            if (message.oa_id, message.tracking_id) == (self.oa.oa_id, tracking):
                return message
        return None

    def _accept(self, tracking: str) -> Message:
        template = self.template
        return accept(
            self.sim, kind="template_phone", oa_id=self.oa.oa_id, app_id=self.app.app_id,
            user_id=self.user.user_id, shown=shown_text(template, self.body["template_data"]),
            tracking_id=tracking, template_id=template.template_id, cost=template.price_sdt,
            expires=self.now + template.timeout_ms / 1000,
        )  # fmt: skip


class Status(Ask):
    def work(self) -> dict[str, Any]:
        message = self.world.messages.get(self.body.get("message_id", ""))
        if message is None or message.oa_id != self.oa.oa_id or message.kind != "template_phone":
            return {"delivery_time": "", "message": "Message is not found", "status": -1}
        if message.state in (DELIVERED, SEEN):
            when = str(int((message.delivered_at or 0) * 1000))
            return {"delivery_time": when, "message": "Message is delivered", "status": 1}
        gone = message.state == EXPIRED
        return {
            "delivery_time": "",
            "message": "Message is expired" if gone else "Message is pushed",
            "status": 0,
        }


class DailyQuota(Ask):
    def work(self) -> dict[str, Any]:
        oa = self.oa
        remaining = max(oa.quota - oa.quota_used.get(day_of(self.now), 0), 0)
        return {
            "dailyQuota": str(oa.quota),
            "remainingQuota": str(remaining),
            "dailyQuotaPromotion": str(oa.quota),
            "remainingQuotaPromotion": str(remaining),
            "monthlyPromotionQuota": str(oa.quota),
            "remainingMonthlyPromotionQuota": str(oa.quota),
            "estimatedNextMonthPromotionQuota": str(oa.quota),
        }


class Quality(Ask):
    def work(self) -> dict[str, Any]:
        return {"oaCurrentQuality": self.oa.quality, "oa7dayQuality": self.oa.quality}


CALLS: dict[tuple[str, str], type[Call]] = {
    ("POST", "/message/template"): TemplateByPhone,
    ("GET", "/message/status"): Status,
    ("GET", "/message/quota"): DailyQuota,
    ("GET", "/quality"): Quality,
    ("GET", "/template/all"): templates.All,
    ("GET", "/template/info/v2"): templates.Info,
}


def handle(sim: "Simulator", request: Request) -> Answer:
    kind = CALLS.get((request.method, request.path))
    if kind is None:
        return json_answer({"error": 404, "message": "Not found"}, 404)
    call = kind(sim, request)
    try:
        content: dict[str, Any] = {"error": 0, "message": "Success", "data": call.run()}
        if isinstance(call, templates.All):
            content["metadata"] = {"total": call.total}
    except Refused as refused:
        content = {"error": refused.code, "message": refused.text or text_of("business", refused.code)}
    return json_answer(content)
