"""Accounts, messages and answers for the tests of the Zalo channel. People, numbers and keys are invented."""

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from messaging.channels.base import Account, ApprovedTemplate, OutgoingMessage
from messaging.channels.zalo.errors import Heard
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import TEMPLATE_PHONE, TEMPLATE_UID
from tenants.clock import VIETNAM
from tenants.web.http import Answered
from tests.messaging.scripted_server import Answer, ScriptedServer, plain

APP, OA, UID = "360846524940903967", "388613280878808645", "246845883529197922"
APP_SECRET, OA_SECRET, OLD_SECRET = "app-secret-for-tests", "oa-secret-for-tests", "oa-secret-before"
ACCESS, REFRESH = "access-token-for-tests", "refresh-token-for-tests"
PHONE, NAME, CODE = "0905000217", "Nguyễn Thị Thử", "H15.08-261125-0001"
LINK = "https://daklak.example/h/khoa-bi-mat/"
NOON = datetime(2026, 11, 25, 12, 0, 20, tzinfo=VIETNAM)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORM = ApprovedTemplate(
    "123456",
    {"ten": NAME, "ma_ho_so": CODE},
    frozenset({TEMPLATE_UID, TEMPLATE_PHONE}),
    {TEMPLATE_UID: 100, TEMPLATE_PHONE: 120},
    timedelta(hours=2),
)


def account(
    *, secrets: Mapping[str, str] | None = None, tokens: Mapping[str, str] | None = None, **config: Any
) -> Account:
    kept = {"app_secret": APP_SECRET, "oa_secret": OA_SECRET}
    return Account(
        uuid.UUID(int=1),
        "chinh",
        OA,
        config={"app_id": APP, **config},
        secrets=kept if secrets is None else {**kept, **secrets},
        credentials={"access_token": ACCESS, "refresh_token": REFRESH} if tokens is None else tokens,
    )


def message(**more: Any) -> OutgoingMessage:
    plain_one = OutgoingMessage(
        uuid.uuid4(),
        UID,
        NAME,
        "Đã tiếp nhận hồ sơ",
        "Kính gửi ông/bà, hồ sơ đã được tiếp nhận.",
        rows=(("Mã hồ sơ", CODE),),
        button_label="Theo dõi hồ sơ",
        button_url=LINK,
        phone=PHONE,
        heard_ago=HOUR,
        template=FORM,
    )
    return replace(plain_one, **more)


def answered(content: Any, status: int = 200, **headers: str) -> Answered:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answered(status, headers, raw)


def heard(content: Any, status: int = 200, host: Host = Host.OPENAPI, **more: Any) -> Heard:
    return Heard(host, answered(content, status), more.pop("now", NOON), **more)


def refusal(code: int, text: str = "") -> dict[str, Any]:
    return {"error": code, "message": text}


def success(**data: Any) -> dict[str, Any]:
    return {"error": 0, "message": "Success", "data": data}


def asked(server: ScriptedServer, number: int = -1) -> tuple[str, dict[str, str], Any]:
    """Request line, headers (lower case) and body of what the server was sent; the body read if it is JSON."""
    head, _, body = server.requests[number].partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    try:
        return first, headers, json.loads(body)
    except ValueError:
        return first, headers, body


def by_path(answers: Mapping[str, Any]) -> Answer:
    """Answers by the beginning of the path; a list is told one after the other, the last one for good."""
    left = {path: list(one) if isinstance(one, list) else [one] for path, one in answers.items()}

    def answer(connection: Any, request: bytes) -> None:
        target = request.split(b" ", 2)[1].decode()
        path = max((path for path in left if target.startswith(path)), key=len, default="")
        if not path:
            plain(b'{"error":404}', "404 Not Found")(connection, request)
            return
        content = left[path].pop(0) if len(left[path]) > 1 else left[path][0]
        if callable(content):
            content(connection, request)
        else:
            plain(json.dumps(content).encode())(connection, request)

    return answer


Serve = Callable[[Mapping[str, Any]], ScriptedServer]
