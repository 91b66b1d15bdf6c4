"""The business host about templates: lists, and what one wants filled in."""

from typing import Any

from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Ask
from tests.simulators.zalo.model import TAGS

STATUS_NUMBERS = {"1": "ENABLE", "2": "PENDING_REVIEW", "3": "REJECT", "4": "DISABLE"}
LARGEST_PAGE = 100


class All(Ask):
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


class Info(Ask):
    def work(self) -> dict[str, Any]:
        one = self.world.templates.get(str(self.body.get("template_id", "")))
        if one is None or one.oa_id != self.grant.oa_id:
            raise Refused(-109)
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
                    "minLength": 0,
                    "acceptNull": False,
                }
                for parameter in one.params
            ],
            "listButtons": [],
            "timeout": one.timeout_ms,
            "previewUrl": "",
            "templateQuality": one.quality,
            "templateTag": TAGS[one.tag],
            "price": str(one.price_sdt),
            "price_sdt": str(one.price_sdt),
            "price_uid": str(one.price_uid),
        }
