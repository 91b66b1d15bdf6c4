"""What is wrong with a profile, each in a sentence that names the key. No input or output."""

import json
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from messaging.channels import http
from messaging.channels.base import Account
from messaging.channels.sms import placeholders
from messaging.channels.sms.gateway_profile import (
    FINDINGS,
    FORMATS,
    METHODS,
    OUTCOMES,
    RECEIPTS,
    SCHEMES,
    STANDARD,
    Profile,
    read,
)

SERVER_ERRORS = ("refused", "unknown")
_HEADER = re.compile(r"\A[A-Za-z0-9-]{1,60}\Z")
# What stands right after {base} would go on with the name of the server.
_AROUND_BASE = re.compile(r"(?:(?!\{base\}).|\{base\}(?=/|\Z))*", re.DOTALL)
# A secret is a word of its own: in words it would reach their readers.
_SECRET_ALONE = re.compile(r"(?:[A-Za-z-]{1,20} )?\{secret:[A-Za-z0-9_]+\}")
_SECRET_IN_ADDRESS = re.compile(r"(?<=[/=])\{secret:[A-Za-z0-9_]+\}(?=[/?&#]|\Z)")
_STATUS = re.compile(r"\A[1-5](?:[0-9]{2}|xx)\Z")
_OURS = frozenset({"host", "content-length", "content-type", "transfer-encoding", "connection"})
_TOP = frozenset(STANDARD) | {"base", "text_max"}
_SECTIONS = ("send", "query", "receipts")
# A shorter text is none; a longer one no gateway takes in one piece.
_TEXT_MAX = range(60, 2001)


class BadProfile(ValueError):
    """Settings that cannot be used; the text says why, in Vietnamese."""


def profile_of(account: Account) -> Profile:
    """The profile in an account's settings, checked; raises BadProfile.

    Settings may have come in past the check, or be older than it: what is wrong with them must show before
    anything is sent, not after.
    """
    usable = frozenset(name for name, value in account.secrets.items() if _is_usable(value))
    return _checked(json.dumps(dict(account.config)), usable, settings.OUTBOUND_ALLOW)


@lru_cache(maxsize=256)
def _checked(config: str, secrets: frozenset[str], _allowed: frozenset[tuple[str, int]]) -> Profile:
    values = json.loads(config)
    if wrong := _problems(values, secrets):
        raise BadProfile(" ".join(wrong))
    return read(values, secrets)


def problems(config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
    """All that is wrong with these settings, in Vietnamese; empty when they can be used."""
    bad = [name for name, value in secrets.items() if value and not _is_usable(value)]
    return [
        *(_("Bí mật “%(name)s” có ký tự không dùng được.") % {"name": name} for name in bad),
        *_problems(config, [name for name, value in secrets.items() if _is_usable(value)]),
    ]


def _is_usable(secret: Any) -> bool:
    return isinstance(secret, str) and bool(secret) and secret.isprintable()


def _problems(config: Mapping[str, Any], secrets: Collection[str]) -> list[str]:
    found: list[str] = []
    _keys("", config, _TOP, found)
    for name in _SECTIONS:
        value = config.get(name, STANDARD[name])
        if value is None and name != "send":
            continue
        if not isinstance(value, Mapping):
            found.append(_("Khóa “%(key)s” phải là một nhóm { … }.") % {"key": name})
        else:
            _keys(name, value, STANDARD[name], found)
    _plain_values(config, found)
    if found:
        # The rest reads the profile, which must have its shape by then.
        return found
    profile = read(config, secrets)
    for name, section in (("send", profile.send), ("query", profile.query)):
        if section is not None:
            _exchange(name, section, profile.base, found)
            _placeholders(name, section, secrets, found)
            _secrets_alone(name, section, found)
    if profile.receipts is not None:
        _receipts(profile.receipts, secrets, found)
    if not _mentions(profile.send, "text") or not (_mentions(profile.send, "number", "number84")):
        found.append(_("“send” phải chứa {text} và một trong {number}, {number84}."))
    return found


def _plain_values(config: Mapping[str, Any], found: list[str]) -> None:
    _text("base", config.get("base", ""), found)
    _text("sender", config.get("sender", ""), found)
    _words("outcomes", config.get("outcomes", {}), OUTCOMES, found)
    _words("statuses", config.get("statuses", {}), OUTCOMES, found, _STATUS)
    _one_of("server_errors", config.get("server_errors", "refused"), SERVER_ERRORS, found)
    if not isinstance(config.get("plain_letters", False), bool):
        found.append(_("Khóa “%(key)s” phải là true hoặc false.") % {"key": "plain_letters"})
    most = config.get("text_max", _TEXT_MAX[0])
    if isinstance(most, bool) or not isinstance(most, int) or most not in _TEXT_MAX:
        found.append(
            _("Khóa “text_max” phải là số nguyên từ %(least)d đến %(most)d.")
            % {"least": _TEXT_MAX[0], "most": _TEXT_MAX[-1]}
        )


def _exchange(name: str, section: Mapping[str, Any], base: str, found: list[str]) -> None:
    """The keys of `send` and `query`."""
    _one_of(f"{name}.method", section["method"], METHODS, found)
    _one_of(f"{name}.format", section["format"], FORMATS, found)
    _address(f"{name}.url", section.get("url", ""), base, found)
    headers = section["headers"]
    if not isinstance(headers, Mapping):
        found.append(_("Khóa “%(key)s” phải là một nhóm { … }.") % {"key": f"{name}.headers"})
    else:
        for header, value in headers.items():
            key = f"{name}.headers.{header}"
            _text(key, value, found)
            if not _HEADER.match(header) or header.lower() in _OURS:
                found.append(_("“%(key)s”: không đặt được tiêu đề HTTP này.") % {"key": key})
    fields = section.get("fields", {})
    if not isinstance(fields, Mapping):
        found.append(_("Khóa “%(key)s” phải là một nhóm { … }.") % {"key": f"{name}.fields"})
    elif section["format"] == "form":
        for field, value in fields.items():
            _text(f"{name}.fields.{field}", value, found)
    for key in ("code", "id") if name == "send" else ("state",):
        _text(f"{name}.{key}", section.get(key, ""), found)
    if name == "query":
        _words("query.states", section.get("states", {}), FINDINGS, found)
        _words("query.statuses", section["statuses"], FINDINGS, found, _STATUS)
        if not _mentions(section, "reference"):
            found.append(_("“query” phải chứa {reference}."))


def _receipts(section: Mapping[str, Any], secrets: Collection[str], found: list[str]) -> None:
    _one_of("receipts.scheme", section["scheme"], SCHEMES, found)
    for key in ("header", "prefix", "secret", "list", "reference", "id", "state"):
        _text(f"receipts.{key}", section.get(key, ""), found)
    _words("receipts.states", section.get("states", {}), RECEIPTS, found)
    if not (section.get("reference") or section.get("id")):
        found.append(_("“receipts” phải có “reference” hoặc “id”."))
    if not section["header"]:
        found.append(_("Khóa “%(key)s” không được trống.") % {"key": "receipts.header"})
    name = section["secret"]
    if isinstance(name, str) and name not in secrets:
        found.append(_("Chưa có bí mật “%(name)s” mà “receipts” cần.") % {"name": name})


def _address(key: str, value: Any, base: str, found: list[str]) -> None:
    if not isinstance(value, str) or not value:
        found.append(_("Khóa “%(key)s” không được trống.") % {"key": key})
        return
    if not _AROUND_BASE.fullmatch(value):
        found.append(_("“%(key)s”: sau {base} phải là dấu / hoặc hết địa chỉ.") % {"key": key})
        return
    # Only {base} may say where to call: anything else is put in as one word, but not in front of the path.
    address = value.replace("{base}", base)
    place = re.match(r"\Ahttps?://[^/?#{}\s]+(?=[/?#]|\Z)", address)
    if not place:
        found.append(_("“%(key)s”: cần một địa chỉ đầy đủ, https://…") % {"key": key})
    elif not http.may_be_called(place[0]):
        found.append(
            _(
                "“%(key)s”: chỉ gọi được https cổng 443 ở địa chỉ công khai, không phải máy này hay mạng nội bộ, "
                "trừ các nơi nêu trong OUTBOUND_ALLOW."
            )
            % {"key": key}
        )


def _placeholders(name: str, section: Any, secrets: Collection[str], found: list[str]) -> None:
    known = placeholders.NAMES if name == "send" else placeholders.NAMES_IN_QUESTIONS
    for is_secret, word in placeholders.names_in(section):
        if is_secret and word not in secrets:
            found.append(_("Chưa có bí mật “%(name)s” mà “%(key)s” dùng.") % {"name": word, "key": name})
        elif not is_secret and word not in known:
            found.append(
                _("“%(key)s”: không có chỗ trống {%(name)s}. Có: %(all)s.")
                % {"key": name, "name": word, "all": ", ".join(sorted(known))}
            )


def _secrets_alone(name: str, section: Mapping[str, Any], found: list[str]) -> None:
    """A secret goes to the gateway by itself, never as part of other words."""
    address = _SECRET_IN_ADDRESS.sub("", str(section.get("url", "")))
    for key, value in (
        ("url", address),
        ("headers", section["headers"]),
        ("fields", section.get("fields", {})),
    ):
        if not all(
            _SECRET_ALONE.fullmatch(text) for text in placeholders.texts_in(value) if "{secret:" in text
        ):
            found.append(
                _("“%(key)s”: {secret:tên} phải đứng một mình, không lẫn với chữ khác.")
                % {"key": f"{name}.{key}"}
            )


def _mentions(section: Mapping[str, Any], *names: str) -> bool:
    return any(word in names for secret, word in placeholders.names_in(section) if not secret)


def _keys(section: str, value: Mapping[str, Any], known: Collection[str], found: list[str]) -> None:
    for key in value:
        if key not in known:
            path = f"{section}.{key}" if section else str(key)
            found.append(_("Không có khóa “%(key)s”.") % {"key": path})


def _text(key: str, value: Any, found: list[str]) -> None:
    if not isinstance(value, str) or not (value == "" or value.isprintable()):
        found.append(_("Khóa “%(key)s” phải là chữ trên một dòng.") % {"key": key})


def _one_of(key: str, value: Any, choices: Collection[str], found: list[str]) -> None:
    if not isinstance(value, str) or value not in choices:
        found.append(
            _("Khóa “%(key)s” phải là một trong: %(choices)s.") % {"key": key, "choices": ", ".join(choices)}
        )


def _words(
    key: str, value: Any, words: Collection[str], found: list[str], pattern: re.Pattern[str] | None = None
) -> None:
    """A table from what the gateway says to one of our words."""
    if not isinstance(value, Mapping):
        found.append(_("Khóa “%(key)s” phải là một nhóm { … }.") % {"key": key})
        return
    for said, word in value.items():
        _one_of(f"{key}.{said}", word, words, found)
        if pattern is not None and not pattern.match(said):
            found.append(
                _("“%(key)s.%(said)s”: cần trạng thái HTTP, ví dụ 503 hoặc 5xx.") % {"key": key, "said": said}
            )
