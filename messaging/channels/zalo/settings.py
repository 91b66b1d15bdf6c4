"""An account's settings: their validation, their values, their labels, and the guide to set them up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.channels.base import Account
from messaging.channels.capabilities import SetupField
from messaging.channels.zalo import protocol
from messaging.channels.zalo.routes import CHAT, TEMPLATE_PHONE, TEMPLATE_UID, Terms

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PKCE_MODES = ("per_request", "fixed")
# First term and key of the signature of callbacks. Sources agree on the first; an account takes exactly one.
SIGNATURES = ("app_id+oa_secret", "oa_id+oa_secret", "app_id+app_secret", "oa_id+app_secret")
SAME = "same"
DEFAULTS: Mapping[str, Any] = {
    "app_id": "",
    "pkce_mode": PKCE_MODES[0],
    "appsecret_proof": True,
    "signature": SIGNATURES[0],
    # Of receipts for forms sent to telephone numbers, which come from another server of Zalo's.
    "form_signature": SAME,
    "development": False,
    "chat_paid": False,
    "chat_price": 55,
}
SECRETS = ("app_secret", "oa_secret", "oa_secret_old", "pkce_verifier")
_NEEDED = {"app_secret": "khóa bí mật của ứng dụng", "oa_secret": "OA Secret Key ở trang Webhook"}
_ID = re.compile(r"\A[0-9]{1,30}\Z")
VERIFIER = re.compile(r"\A[A-Za-z0-9._~-]{43,128}\Z")
_DEAREST = 100_000


class BadProfile(ValueError):
    """Settings that cannot be used; the text says why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings, secrets and tokens of one account, checked."""

    app_id: str
    oa_id: str
    pkce_mode: str
    sends_proof: bool
    development: bool
    terms: Terms
    app_secret: str = field(repr=False)
    pkce_verifier: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


def profile_of(account: Account) -> Profile:
    """The account's profile; raises BadProfile."""
    if wrong := problems(account.config, account.secrets):
        raise BadProfile(" ".join(wrong))
    values, secrets = {**DEFAULTS, **account.config}, account.secrets
    return Profile(
        app_id=str(values["app_id"]),
        oa_id=account.external_id,
        pkce_mode=values["pkce_mode"],
        sends_proof=values["appsecret_proof"],
        development=values["development"],
        terms=Terms(values["chat_paid"], values["chat_price"]),
        app_secret=secrets["app_secret"],
        pkce_verifier=secrets.get("pkce_verifier", ""),
        access_token=protocol.token(account.credentials.get("access_token")),
        refresh_token=protocol.token(account.credentials.get("refresh_token")),
    )


@dataclass(frozen=True, slots=True)
class Signing:
    """What callbacks of one account are signed with, of SIGNATURES: `scheme`, and `form_scheme` for receipts of
    forms sent to telephone numbers."""

    app_id: str
    oa_id: str
    scheme: str
    form_scheme: str
    secrets: Mapping[str, str] = field(repr=False)


def schemes_of(config: Mapping[str, Any]) -> tuple[str, str]:
    """`scheme` and `form_scheme` of these settings, checked or not."""
    values = {**DEFAULTS, **config}
    scheme, form_scheme = str(values["signature"]), str(values["form_signature"])
    return scheme, scheme if form_scheme == SAME else form_scheme


def signing_secrets(config: Mapping[str, Any]) -> frozenset[str]:
    """Names of the secrets that sign callbacks by these settings."""
    keys = {scheme.partition("+")[2] for scheme in schemes_of(config)}
    return frozenset(keys) | ({"oa_secret_old"} if "oa_secret" in keys else set())


def signing_of(account: Account) -> Signing:
    """How callbacks of this account are signed. Takes those secrets alone. Raises BadProfile."""
    scheme, form_scheme = schemes_of(account.config)
    app_id = account.config.get("app_id")
    if not isinstance(app_id, str) or not _ID.match(app_id) or not {scheme, form_scheme} <= set(SIGNATURES):
        raise BadProfile(gettext("Chưa đủ mã ứng dụng và khóa để nhận ra lời gọi của Zalo."))
    return Signing(app_id, account.external_id, scheme, form_scheme, account.secrets)


def problems(config: Mapping[str, Any], secrets: Mapping[str, str]) -> list[str]:
    """All that is wrong with these settings, each in a sentence that names the key."""
    values = {**DEFAULTS, **config}
    found = [gettext("Không có khóa “%(key)s”.") % {"key": key} for key in config if key not in DEFAULTS]
    if not isinstance(values["app_id"], str) or not _ID.match(values["app_id"]):
        found.append(gettext("“app_id” phải là mã ứng dụng Zalo, chỉ gồm chữ số."))
    for key, choices in (
        ("pkce_mode", PKCE_MODES),
        ("signature", SIGNATURES),
        ("form_signature", (SAME, *SIGNATURES)),
    ):
        if values[key] not in choices:
            found.append(
                gettext("Khóa “%(key)s” phải là một trong: %(choices)s.")
                % {"key": key, "choices": ", ".join(choices)}
            )
    for key in ("appsecret_proof", "development", "chat_paid"):
        if not isinstance(values[key], bool):
            found.append(gettext("Khóa “%(key)s” phải là true hoặc false.") % {"key": key})
    price = values["chat_price"]
    if isinstance(price, bool) or not isinstance(price, int) or not 0 <= price <= _DEAREST:
        found.append(gettext("Khóa “chat_price” phải là số đồng, từ 0 đến %(most)d.") % {"most": _DEAREST})
    return found + _problems_of(secrets, fixed=values["pkce_mode"] == "fixed")


def _problems_of(secrets: Mapping[str, str], *, fixed: bool) -> list[str]:
    found = [
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
    if fixed and not (isinstance(verifier, str) and VERIFIER.match(verifier)):
        found.append(gettext("“pkce_mode” là fixed thì cần bí mật “pkce_verifier”, từ 43 đến 128 chữ và số."))
    return found


NAMES: "Mapping[str, StrOrPromise]" = {
    CHAT: _("nhắn lời tự do"),
    TEMPLATE_UID: _("mẫu theo mã người dùng Zalo"),
    TEMPLATE_PHONE: _("mẫu theo số điện thoại"),
    # How people take a form.
    "high": _("tốt"),
    "medium": _("trung bình"),
    "low": _("kém"),
    # What a form is for.
    "TRANSACTION": _("giao dịch"),
    "CUSTOMER_CARE": _("chăm sóc khách hàng"),
    "PROMOTION": _("quảng bá"),
    # What a place of a form holds.
    "NAME": _("tên khách hàng"),
    "PHONE": _("số điện thoại"),
    "ADDRESS": _("địa chỉ"),
    "CODE": _("mã số"),
    "LABEL": _("nhãn"),
    "STATUS": _("trạng thái"),
    "CONTACT": _("thông tin liên hệ"),
    "TITLE": _("danh xưng"),
    "PRODUCT": _("tên sản phẩm"),
    "AMOUNT": _("số tiền"),
    "DATE": _("ngày giờ"),
    "OTP": _("mã xác thực"),
    "URL": _("đường dẫn"),
    "VND": _("tiền đồng"),
    "BANK_NOTE": _("lời chuyển khoản"),
    "NUMBER": _("số"),
    "STRING": _("chữ"),
}

SETUP = (
    SetupField(
        "external_id", _("Mã Official Account (OA ID)"), _("Trang quản lý Official Account, mục Thông tin.")
    ),
    SetupField("app_id", _("Mã ứng dụng (App ID)"), _("Trang quản lý ứng dụng, mục Cài đặt.")),
    SetupField(
        "app_secret", _("Khóa bí mật của ứng dụng"), _("Trang quản lý ứng dụng, mục Cài đặt."), secret=True
    ),
    SetupField(
        "oa_secret",
        _("OA Secret Key"),
        _("Trang Webhook của ứng dụng. Khác với khóa bí mật của ứng dụng."),
        secret=True,
    ),
    SetupField(
        "oa_secret_old",
        _("OA Secret Key cũ"),
        _("Chỉ khi vừa đặt lại khóa: tin ký bằng khóa cũ vẫn được nhận."),
        secret=True,
        required=False,
    ),
    SetupField(
        "pkce_mode",
        _("Mã thử thách (code challenge)"),
        _("Trang quản lý ứng dụng có ô lưu code challenge thì chọn “lưu sẵn”."),
        required=False,
        choices=(("per_request", _("mỗi lần cấp quyền một mã")), ("fixed", _("lưu sẵn ở trang quản lý"))),
    ),
    SetupField(
        "pkce_verifier",
        _("Code verifier lưu sẵn"),
        _("Chỉ khi chọn “lưu sẵn”: 43 đến 128 chữ và số, đi cùng code challenge đã khai."),
        secret=True,
        required=False,
    ),
)
