"""Zalo: `tests.simulators.zalo`. One App, an Official Account for each province, forms sent to telephone numbers.

Zalo cannot be asked by our id about such a form. Its receipt names that id, and comes over the webhook of all
provinces. What a telephone showed is a line of its own (SHOWN), beside those of what was handed over (SEND).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from tests.faults.evidence import SHOWN
from tests.faults.providers.base import Provider
from tests.simulators.journal import JournalReader
from tests.simulators.sms.faults import EVERYBODY, Faults
from tests.simulators.sms.journal import SEND, Line
from tests.simulators.zalo.client import Urls
from tests.simulators.zalo.process import ZaloProcess

if TYPE_CHECKING:
    from messaging.outbox.wording import Rendered

ACCOUNT = "chinh"
PATH = "/message/template"
# The form that all messages of the rows go out in; every value is invented.
CONTENT = "Hồ sơ <ma_ho_so> của ông/bà <ten> có tin mới. Đây là tin mô phỏng."
PARAMETERS = {"ten": "ho_ten", "ma_ho_so": "ma_ho_so"}
# What the rows write, and what a desk writes when it takes a dossier in.
INTENTS = ("in_progress", "received")
GRANTED_FOR = timedelta(hours=25)
PLAYED = frozenset(
    [
        "latency",
        "jitter",
        "hang",
        "hang_after",
        "http",
        "retry_after",
        "as_date",
        "cut_before",
        "cut_after",
    ]
)
PLENTY = 10_000_000


class ZaloProvider(Provider):
    channel: ClassVar[str] = "zalo"
    intent: ClassVar[str] = INTENTS[0]
    tells: ClassVar[bool] = False
    calls_back: ClassVar[bool] = True

    @classmethod
    def environment(cls, port: int) -> Mapping[str, str]:
        urls = Urls.below(f"http://127.0.0.1:{port}")
        addresses = {f"ZALO_{name.upper()}_URL": address for name, address in vars(urls).items()}
        return {**super().environment(port), **addresses}

    def __init__(self, journal: Path, *, port: int, web_port: int, seed: int | None = None) -> None:
        self._process = ZaloProcess(port=port, seed=seed or 1, journal=journal)
        self._control = self._process.control
        self._app = self._control.add_app(webhook_url=f"http://localhost:{web_port}/webhooks/zalo/")
        self._oas: dict[str, str] = {}
        self._rules: dict[str, list[int]] = {}
        self._known: set[str] = set()
        self._journal = _Journal(journal, self._oas)

    def connect(self, slug: str) -> None:
        from messaging.channels.accounts import channel_accounts, credentials
        from messaging.outbox import provider_templates
        from messaging.outbox.models.provider_templates import ProviderTemplate
        from messaging.provisioning import provider_sync

        oa = self._control.add_oa(quota=PLENTY, balance=1000 * PLENTY)["oa_id"]
        self._oas[oa] = slug
        tokens = self._control.grant(self._app["app_id"], oa)
        self._control.add_template(
            oa_id=oa, app_id=self._app["app_id"], name="Tin hồ sơ", content=CONTENT,
            params=[{"name": name, "max_length": 30} for name in PARAMETERS],
        )  # fmt: skip
        account = channel_accounts.save(
            self.channel,
            ACCOUNT,
            config={"app_id": self._app["app_id"]},
            secrets={"app_secret": self._app["secret"], "oa_secret": self._app["oa_secret"]},
            external_id=oa,
        )
        kept = {name: tokens[name] for name in ("access_token", "refresh_token")}
        credentials.store(account, kept, GRANTED_FOR)
        provider_sync.fetch_templates(account)
        form = ProviderTemplate.objects.get(account=account)
        for intent in INTENTS:
            provider_templates.assign(account, intent, form, PARAMETERS)

    def know(self, phones: Iterable[str]) -> None:
        for phone in set(phones) - self._known:
            self._control.add_user(phone=f"84{phone.removeprefix('0')}")
            self._known.add(phone)

    def words(self, number: int) -> "Rendered":
        from messaging.outbox.wording import Rendered

        values = {"ho_ten": "Nguyễn Thị Minh Họa", "ma_ho_so": f"H15.08-261125-{number:04d}"}
        return Rendered("Tin minh họa", f"Đây là tin minh họa số {number}.", values=values)

    def control(self, account: str = EVERYBODY, **faults: Any) -> None:
        asked = Faults.read(dict(faults))
        for number in self._rules.pop(account, []):
            self._control.clear_faults(number)
        if account == EVERYBODY:
            self._control.clear_faults()
            self._rules.clear()
        oa = next((one for one, slug in self._oas.items() if slug == account), "")
        assert oa or account == EVERYBODY, account
        self._rules[account] = [self._control.fault(**rule, host="business", oa=oa) for rule in rules(asked)]

    def lines(self) -> list[Line]:
        return self._journal.lines()

    def stop(self) -> None:
        self._process.stop()


def rules(asked: Faults) -> Iterator[dict[str, Any]]:
    """The simulator's rules for these faults; raises ValueError for one that it does not play. Pure."""
    others = {name: value for name, value in asdict(asked).items() if name not in PLAYED}
    if strange := [name for name, value in others.items() if value != getattr(Faults(), name)]:
        raise ValueError(f"not played by this provider: {', '.join(strange)}")
    if asked.latency or asked.jitter:
        yield {"do": "latency", "seconds": asked.latency, "jitter": asked.jitter}
    if asked.hang:
        yield {"do": "hang"}
    if asked.http is not None:
        told: dict[str, Any] = {"status": asked.http}
        if asked.http == 200:
            # As proxies do: an answer that says 200 and holds a page.
            told["html"] = True
        if asked.retry_after is not None:
            told |= {"retry_after": str(asked.retry_after), "as_date": asked.as_date}
        yield {"do": "http", **told}
    if asked.cut_before:
        yield {"do": "cut_before", "probability": asked.cut_before}
    if asked.hang_after:
        yield {"do": "hang_after", "path": PATH}
    if asked.cut_after:
        yield {"do": "cut_after", "path": PATH, "probability": asked.cut_after}


class _Journal:
    """The simulator's journal, read on where it stopped, as lines that all providers share."""

    def __init__(self, path: Path, oas: Mapping[str, str]) -> None:
        self._file, self._oas = JournalReader(path), oas
        self._lines: list[Line] = []

    def lines(self) -> list[Line]:
        found = (_line(entry, self._oas) for entry in self._file.new_entries())
        self._lines += [line for line in found if line is not None]
        return list(self._lines)


def _line(entry: Mapping[str, Any], oas: Mapping[str, str]) -> Line | None:
    """An entry of the simulator's journal; None for what is about no message."""
    account = oas.get(str(entry.get("oa_id")), "")
    moment = {"at": entry["at"], "mono": entry["mono"], "account": account}
    if entry["kind"] == "phone":
        return Line(
            SHOWN,
            **moment,
            reference=entry["tracking_id"],
            id=entry["message_id"],
            text=entry["text"],
            answer="ok",
        )
    if entry["kind"] != "request" or entry["path"] != PATH:
        return None
    asked = json.loads(entry["body"])
    return Line(
        SEND,
        **moment,
        reference=asked["tracking_id"],
        to=f"0{asked['phone'].removeprefix('84')}",
        id=entry["message_id"],
        answer=_answer(entry),
        taken=bool(entry["accepted"]),
    )


def _answer(entry: Mapping[str, Any]) -> str:
    if entry["ending"]:
        return {"silent": "hang"}.get(entry["ending"], entry["ending"])
    if entry["status"] != 200 or not (entry["accepted"] or entry["error"]):
        return str(entry["status"])
    return f"code {entry['error']}" if entry["error"] else "ok"
