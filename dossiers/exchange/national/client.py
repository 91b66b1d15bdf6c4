"""Calls to the national portal in the words of its profile, which says addresses, names and numbers as data."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from dossiers.exchange.national.models import NationalLink
from dossiers.lifecycle.models import Dossier, Event
from tenants import clock
from tenants.web import http

_LONGEST_WORDS = 150


class Away(Exception):
    """No answer that can be read: whether it took what was sent is not known. `answered`: it said something."""

    def __init__(self, text: str, *, answered: bool = False) -> None:
        super().__init__(text)
        self.answered = answered


class Refusal(Exception):
    """The portal read it and says no, in words of its own."""


@cache
def profile(dialect: str) -> Mapping[str, Any]:
    """The names and numbers of a dialect."""
    text = (Path(__file__).parent / "profiles" / f"{dialect}.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


class Client:
    """A conversation of a few seconds: logs in once, where its dialect wants that. Each call is one try."""

    def __init__(self, link: NationalLink) -> None:
        self.profile = profile(link.dialect)
        self._url = link.url.rstrip("/")
        self._values: dict[str, Any] = {
            "unit": link.unit_code,
            "username": link.username,
            "secret": link.secret,
            "session": "",
        }

    def find(self, code: str) -> Mapping[str, Any] | None:
        """What the portal has under this code. Raises Away, Refusal."""
        found = self._ask("ask", code=code)
        row = found[0] if isinstance(found, list) and found else found
        return row if isinstance(row, dict) and row else None

    def synchronise(self, code: str, dossier: Dossier, *, is_there: bool) -> None:
        """Create or change it there. Raises Away, Refusal."""
        row = self._row("dossier", _dossier_values(code, dossier, self.profile))
        self._ask("update" if is_there else "create", data=[row])

    def report(self, code: str, event: Event, found: Mapping[str, Any] | None) -> None:
        """Add the progress of this event, where it is not among what was `found`. Raises Away, Refusal."""
        row = self._row("progress", _event_values(code, event, self.profile))
        said = self.profile["found"]
        known = (found or {}).get(said["progress"]) or []
        if not any(all(one.get(name) == row[name] for name in said["same"]) for one in known):
            self._ask("progress", data=[row])

    def filings(self) -> list[Mapping[str, Any]]:
        """What waits there for this province, by our names. Raises Away, Refusal."""
        rows, names = self._ask("pull") or [], self.profile["filing"]
        return [_read(row, names) for row in rows if isinstance(row, dict)]

    def file(self, number: str) -> bytes:
        """The bytes of a file. Raises Away, Refusal."""
        return self._call(self.profile["services"]["file"], most=settings.FILE_MAX_BYTES, file=number).body

    def _row(self, kind: str, values: Mapping[str, str]) -> dict[str, str]:
        return {name: values[key] for name, key in self.profile[kind].items()}

    def _ask(self, service: str, **values: Any) -> Any:
        login = self.profile.get("login")
        if login and not self._values["session"]:
            try:
                content = self._read(self._call(login))
            except Refusal as refusal:
                # It says nothing of the dossier that was to be sent.
                raise Away(_("Không đăng nhập được: %(cause)s") % {"cause": refusal}) from None
            self._values["session"] = str(content.get(login["session"]) or "")
        content = self._read(self._call(self.profile["services"][service], **values))
        return content.get(self.profile["answer"]["result"])

    def _call(
        self, service: Mapping[str, Any], *, most: int = http.MOST_BYTES, **values: Any
    ) -> http.Answered:
        known = {**self._values, **values}
        path = service["path"].format_map({name: quote(str(value), safe="") for name, value in known.items()})
        headers = {"Content-Type": "application/json; charset=utf-8", **_fill(self.profile["headers"], known)}
        body = json.dumps(_fill(service["body"], known), ensure_ascii=False).encode()
        answer = http.call("POST", self._url + path, headers=headers, body=body, most=most)
        if not isinstance(answer, http.Answered):
            raise Away(_("Không gọi được: %(cause)s.") % {"cause": answer.cause})
        if not 200 <= answer.status < 300:
            text = _("Cổng quốc gia trả lời %(status)d.") % {"status": answer.status}
            raise Away(text, answered=True)
        return answer

    def _read(self, answer: http.Answered) -> Mapping[str, Any]:
        """The content of an answer that says it is good; {} where what was asked for is not there."""
        content, names = answer.json(), self.profile["answer"]
        if not isinstance(content, dict) or names["code"] not in content:
            raise Away(_("Cổng quốc gia trả lời không đúng dạng."), answered=True)
        # A number at the login, a string elsewhere.
        code = str(content[names["code"]])
        if code in names["absent"]:
            return {}
        if code not in names["good"]:
            words = str(content.get(names["text"]) or "")[:_LONGEST_WORDS]
            raise Refusal(_("mã lỗi %(code)s. %(words)s") % {"code": code[:20], "words": words})
        return content


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, dict):
        return {name: _fill(one, values) for name, one in template.items()}
    if template == "{data}":
        return values["data"]
    return template.format_map(values) if isinstance(template, str) else template


def _read(row: Mapping[str, Any], names: Mapping[str, str]) -> Mapping[str, Any]:
    texts = {ours: row.get(theirs) for ours, theirs in names.items()}
    files = texts.pop("files")
    read = {name: str(text or "").strip() for name, text in texts.items()}
    keys = ("file", "file_name", "paper")
    rows = [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []
    return read | {"files": [{key: str(one.get(names[key]) or "") for key in keys} for one in rows]}


def _time(moment: datetime | None, form: str) -> str:
    return moment.astimezone(clock.VIETNAM).strftime(form) if moment else ""


def _dossier_values(code: str, dossier: Dossier, names: Mapping[str, Any]) -> dict[str, str]:
    """Who owns it, as the portal needs to show it to that person; no address, number to call, note or file."""
    procedure, form = dossier.procedure, names["time"]
    return {
        "code": code,
        "procedure": procedure.code,
        "procedure_name": procedure.name,
        "sector": procedure.sector.name if procedure.sector else "",
        "owner": dossier.owner.name,
        "owner_kind": names["people"][dossier.owner.kind],
        "owner_number": dossier.owner.id_number,
        "received": _time(dossier.received_at, form),
        "due": _time(dossier.due_at, form),
        "finished": _time(dossier.finished_at, form),
        "closed": _time(dossier.closed_at, form),
        "status": names["statuses"][dossier.status],
        "channel": names["channels"][dossier.channel],
        "agency": dossier.competent_agency.name,
    }


def _event_values(code: str, event: Event, names: Mapping[str, Any]) -> dict[str, str]:
    return {
        "code": code,
        "officer": event.actor.full_name if event.actor else "",
        "at": _time(event.at, names["time"]),
        "holder": event.holder.name,
        # The number makes each row another one, so that it can be found again there. It is not translated: a portal
        # that is asked later must find the same words.
        "words": f"{event.get_status_display()} (việc {event.sequence})",
        "event_status": names["statuses"][event.status],
        "due": _time(event.due_at, names["time"]),
    }
