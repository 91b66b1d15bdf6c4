"""Rules by which the simulator misbehaves: what matches, when, and what then. Seeded, so that runs repeat."""

import gzip
import json
import random
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any, Self

from tests.simulators.local_http import Answer, dumps, html_answer, json_answer, redirect
from tests.simulators.zalo.hosts.errors import text_of
from tests.simulators.zalo.hosts.oauth import error_body

if TYPE_CHECKING:
    from tests.simulators.zalo.simulator import Simulator

BEFORE = frozenset([
    "latency", "hang", "cut_before", "http", "redirect", "code", "expired_text", "error_name",
    "empty_tokens", "admin",
])  # fmt: skip
AFTER = frozenset([
    "hang_after", "cut_after", "html", "truncated", "empty", "content_type", "gzip", "error_string",
    "no_data", "no_refresh_token", "admin_after",
])  # fmt: skip
ON_WEBHOOK = frozenset([
    "lost", "late", "duplicate", "burst", "replay", "hold", "wrong_signature", "no_signature",
    "upper_hex", "no_mac_prefix", "tampered", "other_oa", "unknown_oa", "unknown_event", "big_body",
    "huge_ids", "invalid_utf8", "nfd_text",
])  # fmt: skip
BUSY_PAGE = "<html><body><h1>Service temporarily unavailable</h1></body></html>"


@dataclass
class Rule:
    """`do` names the fault. Empty conditions match everything; `user` may be a user id of any kind or a phone;
    `path` matches the beginning. Of the matches, `nth` (from 1) picks one alone; `times` limits how often;
    `probability` is drawn for each.

    What the others say depends on `do`: see README.md. `processed`: `http`, `code` and `empty_tokens` come
    after the call has done its work instead of before.
    """

    do: str
    host: str = ""
    path: str = ""
    method: str = ""
    oa: str = ""
    user: str = ""
    event: str = ""
    nth: int | None = None
    times: int | None = None
    probability: float = 1.0
    seconds: float = 0.0
    jitter: float = 0.0
    status: int = 503
    code: int = 0
    text: str = ""
    retry_after: str = ""
    as_date: bool = False
    html: bool = False
    processed: bool = False
    value: str = ""
    count: int = 5
    admin: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    number: int = 0
    matched: int = 0
    done: int = 0

    @classmethod
    def read(cls, values: dict[str, Any]) -> Self:
        """Raises ValueError for a name that no rule has: a misspelt fault would prove nothing."""
        if unknown := set(values) - {one.name for one in fields(cls)}:
            raise ValueError(f"no such condition: {', '.join(sorted(unknown))}")
        if values.get("do") not in BEFORE | AFTER | ON_WEBHOOK:
            raise ValueError(f"no such fault: {values.get('do')}")
        return cls(**values)


@dataclass(frozen=True)
class Facts:
    """What a rule can match on. `users`: all names the recipient goes by."""

    host: str = ""
    path: str = ""
    method: str = ""
    oa: str = ""
    users: frozenset[str] = frozenset()
    event: str = ""


class Faults:
    def __init__(self, seed: int) -> None:
        self.rules: list[Rule] = []
        self.random = random.Random(seed)
        self._number = 0

    def add(self, rule: Rule) -> int:
        self._number += 1
        self.rules.append(replace(rule, number=self._number))
        return self._number

    def fire(self, facts: Facts) -> list[Rule]:
        """The rules that strike now, in the order they were added."""
        on_webhook = bool(facts.event)
        return [
            rule
            for rule in self.rules
            if (rule.do in ON_WEBHOOK) == on_webhook and _matches(rule, facts) and self._strikes(rule)
        ]

    def _strikes(self, rule: Rule) -> bool:
        rule.matched += 1
        if rule.nth is not None and rule.matched != rule.nth:
            return False
        if rule.times is not None and rule.done >= rule.times:
            return False
        if rule.probability < 1 and self.random.random() >= rule.probability:
            return False
        rule.done += 1
        return True


def _matches(rule: Rule, facts: Facts) -> bool:
    return (
        rule.host in ("", facts.host)
        and facts.path.startswith(rule.path)
        and rule.method in ("", facts.method)
        and rule.oa in ("", facts.oa)
        and (not rule.user or rule.user in facts.users)
        and rule.event in ("", facts.event)
    )


def instead(sim: "Simulator", rule: Rule, host: str) -> Answer | None:
    """The answer that comes in place of any work; None when the work goes on."""
    if rule.processed:
        return None
    match rule.do:
        case "hang":
            return Answer(ending="silent")
        case "cut_before":
            return Answer(ending="cut")
        case "admin":
            sim.admin(rule.admin, rule.arguments)
            return None
        case _:
            return _forced(sim, rule, host)


def _forced(sim: "Simulator", rule: Rule, host: str) -> Answer | None:
    match rule.do:
        case "http":
            answer = (
                html_answer(BUSY_PAGE, rule.status)
                if rule.html
                else json_answer({"error": rule.status, "message": "trouble"}, rule.status)
            )
            if rule.retry_after:
                answer.headers["Retry-After"] = _retry_after(rule)
            return answer
        case "redirect":
            return redirect(rule.value or "/elsewhere", rule.status if 300 <= rule.status < 400 else 302)
        case "code":
            if host == "oauth":
                return json_answer(error_body(sim, rule.code))
            return json_answer({"error": rule.code, "message": rule.text or text_of(host, rule.code)})
        case "expired_text":
            return json_answer({"error": -216, "message": rule.text or "Access token has expired"})
        case "error_name":
            return json_answer(error_body(sim, rule.code or -14014))
        case "empty_tokens":
            return json_answer({"access_token": "", "refresh_token": "", "expires_in": ""})
        case _:
            return None


def _retry_after(rule: Rule) -> str:
    """Of a moment that many seconds from now in whole seconds, never an earlier one; else as it is written."""
    if not rule.as_date:
        return rule.retry_after
    moment = datetime.now(UTC) + timedelta(seconds=float(rule.retry_after))
    return format_datetime(moment.replace(microsecond=0) + timedelta(seconds=1), usegmt=True)


def afterwards(sim: "Simulator", rule: Rule, host: str, answer: Answer) -> Answer:
    """The answer as it leaves, after the work was done."""
    if rule.processed:
        return _forced(sim, rule, host) or answer
    content = answer.json()
    match rule.do:
        case "hang_after":
            return Answer(ending="silent")
        case "cut_after":
            return Answer(ending="cut")
        case "admin_after":
            sim.admin(rule.admin, rule.arguments)
        case "html":
            return replace(html_answer(BUSY_PAGE), status=answer.status)
        case "truncated":
            return replace(answer, body=answer.body[: len(answer.body) // 2])
        case "empty":
            return replace(answer, body=b"")
        case "content_type":
            return replace(answer, headers={**answer.headers, "Content-Type": rule.value or "text/plain"})
        case "gzip":
            packed = gzip.compress(answer.body, mtime=0)
            return replace(answer, body=packed, headers={**answer.headers, "Content-Encoding": "gzip"})
        case "error_string" if isinstance(content, dict):
            return replace(answer, body=dumps(content | {"error": str(content.get("error", 0))}))
        case "no_data" if isinstance(content, dict):
            return replace(answer, body=_without(content, "data"))
        case "no_refresh_token" if isinstance(content, dict):
            return replace(answer, body=_without(content, "refresh_token"))
    return answer


def _without(content: dict[str, Any], name: str) -> bytes:
    return json.dumps({key: value for key, value in content.items() if key != name}).encode()
