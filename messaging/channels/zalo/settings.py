"""An account's settings: their validation, values, labels, the guide to set them up, and the ways that they leave open."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from pydantic import AfterValidator, Field

from messaging.channels.base import Account, OutgoingMessage, describe_faults
from messaging.channels.capabilities import SetupField
from messaging.channels.zalo import protocol
from tenants.text import read_labels
from tenants.validation import Schema, fault, gettext_noop, keys_of, read

CHAT = "chat"
TEMPLATE_UID = "template_uid"
TEMPLATE_PHONE = "template_phone"
ORDER = (CHAT, TEMPLATE_UID, TEMPLATE_PHONE)
# After the reader's last word: so long the OA may write freely, and so long it may write at all.
FREE_FOR = timedelta(hours=48)
OPEN_FOR = timedelta(days=7)


Signature = Literal["app_id+oa_secret", "oa_id+oa_secret", "app_id+app_secret", "oa_id+app_secret"]
"""First term and key of the signature of callbacks. Sources agree on the first; an account takes exactly one."""
_NEEDED = {"app_secret": "khóa bí mật của ứng dụng", "oa_secret": "OA Secret Key ở trang Webhook"}
SECRETS = (*_NEEDED, "oa_secret_old", "pkce_verifier")
_ID = re.compile(r"\A[0-9]{1,30}\Z")
VERIFIER = re.compile(r"\A[A-Za-z0-9._~-]{43,128}\Z")


def _app_id(text: str) -> str:
    if not _ID.match(text):
        raise fault(gettext_noop("phải là mã ứng dụng Zalo, chỉ gồm chữ số."))
    return text


class Signatures(Schema):
    """The settings that say how callbacks are signed."""

    app_id: Annotated[str, AfterValidator(_app_id)]
    signature: Signature = "app_id+oa_secret"
    # Of receipts for forms sent to telephone numbers, which come from another server of Zalo's.
    form_signature: Literal["same", Signature] = "same"

    @property
    def form_scheme(self) -> str:
        return self.signature if self.form_signature == "same" else self.form_signature


class Settings(Signatures):
    """The settings of an account, without its secrets."""

    pkce_mode: Literal["per_request", "fixed"] = "per_request"
    appsecret_proof: bool = True
    development: bool = False
    # Whether it may write after the free hours, at `chat_price` đồng a message.
    chat_paid: bool = False
    chat_price: Annotated[int, Field(ge=0, le=100_000)] = 55


class BadProfile(ValueError):
    """Settings that cannot be used; the text says why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings, secrets and tokens of one account, checked."""

    settings: Settings
    app_secret: str = field(repr=False)
    pkce_verifier: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


def profile_of(account: Account) -> Profile:
    """The account's profile; raises BadProfile."""
    values, wrong = _read(account.config, account.secrets)
    if values is None or wrong:
        raise BadProfile(" ".join(wrong))
    return Profile(
        settings=values,
        app_secret=account.secrets["app_secret"],
        pkce_verifier=account.secrets.get("pkce_verifier", ""),
        access_token=protocol.token(account.credentials.get("access_token")),
        refresh_token=protocol.token(account.credentials.get("refresh_token")),
    )


def signatures_of(config: Mapping[str, Any]) -> Signatures | None:
    """How callbacks are signed by these settings, whatever else is wrong with them; None where they do not say."""
    said = {key: config[key] for key in keys_of(Signatures) if key in config}
    return read(Signatures, said, keep_null=True)[0]


def signing_secrets(config: Mapping[str, Any]) -> frozenset[str]:
    """Names of the secrets that sign callbacks by these settings."""
    known = signatures_of(config)
    keys = {scheme.partition("+")[2] for scheme in (known.signature, known.form_scheme)} if known else set()
    return frozenset(keys) | ({"oa_secret_old"} if "oa_secret" in keys else set())


def problems(config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
    """All that is wrong with these settings, each in a sentence that names the key."""
    return _read(config, secrets)[1]


def _read(config: Mapping[str, Any], secrets: Mapping[str, str]) -> tuple[Settings | None, list[str]]:
    values, faults = read(Settings, config, keep_null=True)
    found = describe_faults(faults)
    found += [
        gettext("Không có bí mật “%(name)s”.") % {"name": name} for name in secrets if name not in SECRETS
    ]
    for name, what in _NEEDED.items():
        if not secrets.get(name):
            found.append(gettext("Thiếu bí mật “%(name)s” (%(what)s).") % {"name": name, "what": what})
    for name in SECRETS:
        value = secrets.get(name, "")
        if not isinstance(value, str) or (value and not (value.isascii() and value.isprintable())):
            found.append(gettext("Bí mật “%(name)s” có ký tự không dùng được.") % {"name": name})
    verifier = secrets.get("pkce_verifier", "")
    fixed = config.get("pkce_mode") == "fixed"
    if fixed and not (isinstance(verifier, str) and VERIFIER.match(verifier)):
        found.append(gettext("“pkce_mode” là fixed thì cần bí mật “pkce_verifier”, từ 43 đến 128 chữ và số."))
    return values, found


NAMES_FILE = Path(__file__).with_name("names.csv")
NAMES = read_labels(NAMES_FILE)
"""What people call the ways, how people take a form, what it is for, and what its places hold."""

SETUP_FILE = NAMES_FILE.with_name("setup.yaml")


def _setup(row: dict[str, Any]) -> SetupField:
    choices = tuple((value, _(label)) for value, label in row.get("choices", {}).items())
    return SetupField(**{**row, "label": _(row["label"]), "hint": _(row["hint"]), "choices": choices})


SETUP = tuple(map(_setup, yaml.safe_load(SETUP_FILE.read_text(encoding="utf-8"))))


def open_ways(message: OutgoingMessage, settings: Settings) -> dict[str, int]:
    """The ways that are open to this message, in the order in which they are tried, and what each costs in đồng:
    chat, then the approved form by Zalo id, then by telephone number."""
    closed = message.ways_done | message.ways_resting
    return {
        way: cost
        for way, cost in possible_ways(message, settings).items()
        if way not in closed and (message.may_cost or cost == 0)
    }


def possible_ways(message: OutgoingMessage, settings: Settings) -> dict[str, int]:
    """As `open_ways`, whatever was refused, rests or may not be paid for."""
    ago, form = message.heard_ago, message.template
    found = {}
    if message.address and ago is not None and ago <= (OPEN_FOR if settings.chat_paid else FREE_FOR):
        found[CHAT] = 0 if ago <= FREE_FOR else settings.chat_price
    if form is not None:
        found |= {way: form.price.get(way, 0) for way in _ways_of_form(message)}
    return found


def usable_ways(message: OutgoingMessage) -> frozenset[str]:
    """All ways that this message may ever have gone, whatever the hours, the money and what was refused."""
    may_chat = bool(message.address) and message.heard_ago is not None
    return frozenset([*_ways_of_form(message), *([CHAT] if may_chat else [])])


def _ways_of_form(message: OutgoingMessage) -> list[str]:
    ways = message.template.ways if message.template else ()
    reached = ((TEMPLATE_UID, message.address), (TEMPLATE_PHONE, message.phone))
    return [way for way, reader in reached if reader and way in ways]
