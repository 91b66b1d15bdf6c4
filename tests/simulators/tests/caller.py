"""A caller who speaks to the simulator as an adapter would, for its own tests."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.simulators.zalo import ZaloSimulator

DATA = {"ten": "Người mô phỏng", "ma_ho_so": "H15-0001", "trang_thai": "đã có kết quả"}


@dataclass
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]

    @property
    def data(self) -> Any:
        return self.json["data"]


class Caller:
    """One staged App with its OAs and people, and the calls of an adapter. `oa` is the first OA's id."""

    def __init__(self, simulator: ZaloSimulator, webhook_url: str = "") -> None:
        self.simulator, self.control = simulator, simulator.control
        self.staged = self.control.stage(oas=2, users=2, webhook_url=webhook_url)
        self.app, self.secret = self.staged["app"]["app_id"], self.staged["app"]["secret"]
        self.oa, self.other_oa = (one["oa_id"] for one in self.staged["oas"])
        self.template = self.staged["oas"][0]["template_id"]
        self.access = self.staged["oas"][0]["access_token"]
        self.refresh_token = self.staged["oas"][0]["refresh_token"]
        self.user, self.second = (one["user_id"] for one in self.staged["users"])
        self.phone = self.staged["users"][0]["phone"]

    def request(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Got:
        connection = http.client.HTTPConnection("127.0.0.1", self.simulator.port, timeout=10)
        try:
            named = {name.replace("__", "-"): value for name, value in headers.items()}
            connection.request(method, target, body, named)
            answer = connection.getresponse()
            return Got(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def post(self, target: str, content: Any, **headers: str) -> Got:
        body = json.dumps(content, ensure_ascii=False).encode()
        given = {"content__type": "application/json", "access_token": self.access, **headers}
        return self.request("POST", target, body, **given)

    def get(self, target: str, data: Any = None, **query: Any) -> Got:
        asked = f"data={quote(json.dumps(data))}" if data is not None else urlencode(query)
        return self.request("GET", f"{target}?{asked}" if asked else target, access_token=self.access)

    def cs(self, uid: str, text: str = "Xin chào", **message: Any) -> Got:
        return self.post(
            "/openapi/v3.0/oa/message/cs",
            {"recipient": {"user_id": uid}, "message": {"text": text, **message}},
        )

    def by_uid(self, uid: str, template: str = "", **data: str) -> Got:
        content = {"user_id": uid, "template_id": template or self.template, "template_data": DATA | data}
        return self.post("/openapi/v3.0/oa/message/template", content)

    def by_phone(self, phone: str = "", template: str = "", **more: Any) -> Got:
        content = {
            "phone": phone or self.phone,
            "template_id": template or self.template,
            "template_data": DATA,
            "tracking_id": "r-1",
            **more,
        }
        return self.post("/business/message/template", content)

    def token(self, **form: str) -> Got:
        given = {"app_id": self.app, **form}
        return self.request(
            "POST", "/oauth/v4/oa/access_token", urlencode(given).encode(), secret_key=self.secret,
            content__type="application/x-www-form-urlencoded",
        )  # fmt: skip

    def refresh(self, token: str = "") -> Got:
        return self.token(grant_type="refresh_token", refresh_token=token or self.refresh_token)
