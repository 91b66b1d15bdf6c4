"""Calls to a portal. Nothing is written there; every answer says where it is from and of which day."""

import json
import os
from datetime import datetime, timedelta, timezone
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

_VIETNAM = timezone(timedelta(hours=7))
_SECONDS = 20
_MOST_BYTES = 4_000_000


class PortalError(Exception):
    """What the portal said instead of an answer, in a sentence that may be shown."""


def ask(path: str, *, body: dict[str, Any] | None = None, key: str = "", **query: Any) -> dict[str, Any]:
    """The portal's `answer` with its `source` and `as_of`, a moment in Viet Nam. Raises PortalError.

    What is None or empty in the query is not sent. The moment is that of the figures where they name one.
    """
    given = {name.rstrip("_"): value for name, value in query.items() if value not in (None, "")}
    address = os.environ.get("MOT_CUA_URL", "").rstrip("/") + path
    if not address.startswith(("http://", "https://")):
        raise PortalError("MOT_CUA_URL phải là địa chỉ của tỉnh, như https://tinh.example.")
    source = f"{address}?{urlencode(given)}" if given else address
    headers = {"Accept": "application/json", "Accept-Language": os.environ.get("MOT_CUA_LANGUAGE", "vi")}
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = "application/json"
    if key:
        headers["Authorization"] = f"Bearer {key}"
    try:
        with urlopen(Request(source, data, headers), timeout=_SECONDS) as response:  # noqa: S310 – http(s), see above
            answer = json.loads(response.read(_MOST_BYTES))
    except HTTPError as error:
        raise PortalError(_sentence(error)) from None
    except (OSError, HTTPException, ValueError):
        raise PortalError("Cổng không trả lời đọc được. Xin thử lại sau.") from None
    as_of = (isinstance(answer, dict) and answer.get("until")) or datetime.now(_VIETNAM).isoformat(
        timespec="seconds"
    )
    return {"source": source, "as_of": as_of, "answer": answer}


def _sentence(error: HTTPError) -> str:
    try:
        said = json.loads(error.read(_MOST_BYTES))
        return f"{error.code}: {said['title']}. {said.get('detail', '')}".strip()
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError):
        return f"{error.code}: cổng từ chối."
