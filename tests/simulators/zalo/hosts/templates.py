"""The business host about templates: lists, what one wants filled in, and handing in new ones."""

from typing import Any

from tests.simulators.zalo.clock import day_of
from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Call
from tests.simulators.zalo.model import PENDING, REJECT, TAGS, Parameter, Template

STATUS_NUMBERS = {"1": "ENABLE", "2": "PENDING_REVIEW", "3": "REJECT", "4": "DISABLE"}
LARGEST_PAGE = 100
WORK_A_DAY = 100


class AskTemplate(Call):
    host = "business"
    permission = "template"
    in_bucket = False

    @property
    def body(self) -> dict[str, Any]:
        return dict(self.request.query)

    @property
    def template(self) -> Template:
        found = self.world.templates.get(str(self.body.get("template_id", "")))
        if found is None or found.oa_id != self.grant.oa_id:
            raise Refused(-109)
        return found


class All(AskTemplate):
    total = 0

    def work(self) -> list[dict[str, Any]]:
        asked = self.body
        try:
            offset, limit = int(asked.get("offset", 0)), int(asked.get("limit", LARGEST_PAGE))
        except ValueError:
            raise Refused(-132) from None
        if not 0 <= limit <= LARGEST_PAGE or offset < 0:
            raise Refused(-132)
        status = asked.get("status", "")
        if status and status not in STATUS_NUMBERS:
            raise Refused(-132)
        found = [
            one
            for one in self.world.templates.values()
            if one.oa_id == self.oa.oa_id
            and (not status or one.status == STATUS_NUMBERS[status])
            and (asked.get("filterPreset") != "1" or one.app_id == self.app.app_id)
        ]
        self.total = len(found)
        return [
            {
                "templateId": int(one.template_id),
                "templateName": one.name,
                "createdTime": int(one.created * 1000),
                "status": one.status,
                "templateQuality": one.quality,
            }
            for one in found[offset : offset + limit]
        ]


class Info(AskTemplate):
    def work(self) -> dict[str, Any]:
        one = self.template
        return {
            "templateId": int(one.template_id),
            "templateName": one.name,
            "status": one.status,
            "listParams": [
                {
                    "name": parameter.name,
                    "require": parameter.require,
                    "type": parameter.told_type,
                    "maxLength": parameter.longest,
                    "minLength": parameter.min_length,
                    "acceptNull": parameter.accept_null,
                }
                for parameter in one.params
            ],
            "listButtons": one.buttons,
            "timeout": one.timeout_ms,
            "previewUrl": "",
            "templateQuality": one.quality,
            "templateTag": TAGS[one.tag],
            "price": str(one.price_sdt),
            "price_sdt": str(one.price_sdt),
            "price_uid": str(one.price_uid),
        }


class Sample(AskTemplate):
    def work(self) -> dict[str, Any]:
        return {
            parameter.name: {"NUMBER": "1", "DATE": "25/11/2026"}.get(
                parameter.type, "mẫu"[: parameter.max_length]
            )
            for parameter in self.template.params
        }


class Create(Call):
    """Handed in for review; the answer of the reviewer comes by webhook, see `admin`."""

    host = "business"
    permission = "template"
    in_bucket = False
    work_name = "create"

    def check_quota(self) -> None:
        key = (self.oa.oa_id, self.work_name, day_of(self.now))
        done = self.world.template_work.get(key, 0)
        if done >= WORK_A_DAY:
            raise Refused(-160)
        self.world.template_work[key] = done + 1

    def work(self) -> dict[str, Any]:
        template = self.world.add_template(
            oa_id=self.oa.oa_id, app_id=self.app.app_id, status=PENDING, name=self.read_name(),
            tag=self.read_tag(), params=self.read_params(), content=str(self.body.get("content", "")),
        )  # fmt: skip
        return {"template_id": template.template_id, "template_status": template.status}

    def read_name(self) -> str:
        name = self.body.get("template_name")
        if not isinstance(name, str) or not 10 <= len(name) <= 60:
            raise Refused(-132, "template_name is invalid")
        return name

    def read_tag(self) -> int:
        tag = str(self.body.get("tag", "1"))
        if tag not in ("1", "2", "3"):
            raise Refused(-132, "tag is invalid")
        return int(tag)

    def read_params(self) -> list[Parameter]:
        given = self.body.get("params", [])
        if not isinstance(given, list) or not all(
            isinstance(one, dict) and isinstance(one.get("name"), str) for one in given
        ):
            raise Refused(-112)
        return [Parameter(one["name"], max_length=int(one.get("max_length", 90))) for one in given]


class Edit(Create):
    """Only what was rejected may be changed and handed in again."""

    work_name = "edit"

    def work(self) -> dict[str, Any]:
        template = self.world.templates.get(str(self.body.get("template_id", "")))
        if template is None or template.oa_id != self.oa.oa_id:
            raise Refused(-109)
        if template.status != REJECT:
            raise Refused(-132, "Only a rejected template can be edited")
        template.name, template.params = self.read_name(), self.read_params()
        template.tag, template.content = self.read_tag(), str(self.body.get("content", template.content))
        template.status = PENDING
        return {"template_id": template.template_id, "template_status": template.status}
