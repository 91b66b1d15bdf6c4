"""A caller who speaks to the simulator as an adapter would, for its own tests."""

import http.client
import json
from typing import Any

from tests.simulators.zalo import ZaloSimulator

DATA = {"ten": "Người mô phỏng", "ma_ho_so": "H15-0001", "trang_thai": "đã có kết quả"}


class Caller:
    """One staged App with an OA and somebody, and the calls of an adapter: each answers with the error's code."""

    def __init__(self, simulator: ZaloSimulator, webhook_url: str = "") -> None:
        self.simulator, self.control = simulator, simulator.control
        staged = self.control.stage(webhook_url=webhook_url)
        (oa,), (person,) = staged["oas"], staged["users"]
        self.app, self.oa = staged["app"]["app_id"], oa["oa_id"]
        self.template, self.access = oa["template_id"], oa["access_token"]
        self.user, self.phone = person["user_id"], person["phone"]

    def post(self, target: str, content: dict[str, Any]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.simulator.port, timeout=10)
        headers = {"Content-Type": "application/json", "access_token": self.access}
        try:
            connection.request("POST", target, json.dumps(content, ensure_ascii=False).encode(), headers)
            return int(json.loads(connection.getresponse().read())["error"])
        finally:
            connection.close()

    def cs(self, uid: str, text: str = "Xin chào") -> int:
        content = {"recipient": {"user_id": uid}, "message": {"text": text}}
        return self.post("/openapi/v3.0/oa/message/cs", content)

    def by_uid(self, uid: str) -> int:
        content = {"user_id": uid, "template_id": self.template, "template_data": DATA}
        return self.post("/openapi/v3.0/oa/message/template", content)

    def by_phone(self, **more: Any) -> int:
        content = {
            "phone": self.phone,
            "template_id": self.template,
            "template_data": DATA,
            "tracking_id": "r-1",
        }
        return self.post("/business/message/template", {**content, **more})
