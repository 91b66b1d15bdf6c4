"""The things Zalo keeps: Apps, Official Accounts, grants, people, templates, messages. Plain values."""

from dataclasses import dataclass, field
from typing import Any

PERMISSIONS = frozenset(
    {"message", "template", "broadcast", "user", "tag", "oa", "upload", "article", "menu"}
)
ENABLE, PENDING, REJECT, DISABLE = "ENABLE", "PENDING_REVIEW", "REJECT", "DISABLE"
TAGS = {1: "TRANSACTION", 2: "CUSTOMER_CARE", 3: "PROMOTION"}
PUSHED, DELIVERED, SEEN, EXPIRED = "pushed", "delivered", "seen", "expired"


@dataclass
class App:
    """`callbacks`: the exact redirects registered."""

    app_id: str
    secret: str
    oa_secret: str
    name: str = "Ứng dụng mô phỏng"
    active: bool = True
    approved: bool = True
    api_registered: bool = True
    callbacks: list[str] = field(default_factory=list)
    pkce_mode: str = "per_request"
    fixed_challenge: str = ""
    webhook_url: str = ""
    webhook_enabled: bool = True
    proof_required: bool = False
    consenting_oa: str = ""


@dataclass
class OA:
    """`quota`: templates by telephone a day, on the ladder; `uid_quota`: templates by user id that were bought, None
    is unlimited: each kind of message has a quota of its own. `balance`: đồng. `charged`: đồng spent so far.

    `kind` 4 is a government account.
    """

    oa_id: str
    name: str
    kind: int = 4
    exists: bool = True
    enabled: bool = True
    verified: bool = True
    package: str = "advanced"
    zbs_linked: bool = True
    blocked: bool = False
    balance: int = 10_000_000
    reserved: int = 0
    charged: int = 0
    quota: int = 500
    quota_used: dict[str, int] = field(default_factory=dict)
    uid_quota: int | None = None
    uid_used: int = 0
    rate_limit: int = 1_000
    quality: str = "HIGH"


@dataclass
class Grant:
    """What an OA allowed an App. `generation` counts the pairs minted so far."""

    app_id: str
    oa_id: str
    permissions: set[str] = field(default_factory=lambda: set(PERMISSIONS))
    alive: bool = True
    generation: int = 0
    access: str = ""
    refresh: str = ""


@dataclass
class AccessToken:
    grant: Grant
    expires: float
    dead: bool = False


@dataclass
class RefreshToken:
    grant: Grant
    expires: float
    used: bool = False
    revoked: bool = False


@dataclass
class Code:
    """An authorisation code: ten minutes, once. `subject`: the OA."""

    app_id: str
    subject: str
    challenge: str
    expires: float
    used: bool = False


@dataclass
class User:
    """An invented person. `phone` as 84…"""

    user_id: str
    name: str
    phone: str
    phone_hash: str
    has_zalo: bool = True
    can_receive: bool = True
    zalo_too_old: bool = False
    opted_in: bool = True
    eligible: bool = True
    banned: bool = False


@dataclass
class Relation:
    """One person towards one OA. `blocked`: cs, template, invitation, or oa for everything."""

    oa_id: str
    user_id: str
    uid: str
    follower: bool = False
    last_interaction: float | None = None
    blocked: set[str] = field(default_factory=set)
    tags: set[str] = field(default_factory=set)


# The longest value by the kind that was registered; the API calls all but these two STRING.
LONGEST_BY_KIND = {
    "NAME": 30, "PHONE": 15, "ADDRESS": 200, "CODE": 30, "LABEL": 30, "STATUS": 30, "CONTACT": 50, "TITLE": 5,
    "PRODUCT": 200, "AMOUNT": 20, "DATE": 20, "OTP": 10, "URL": 200, "VND": 12, "BANK_NOTE": 90,
}  # fmt: skip
TOLD_KINDS = frozenset({"NUMBER", "DATE"})


@dataclass
class Parameter:
    """A place of a template. `type`: as registered, which no answer tells; `told_type`: as the API calls it."""

    name: str
    require: bool = True
    type: str = "STRING"
    max_length: int = 90

    @property
    def told_type(self) -> str:
        return self.type if self.type in TOLD_KINDS else "STRING"

    @property
    def longest(self) -> int:
        return min(self.max_length, LONGEST_BY_KIND.get(self.type, self.max_length))


@dataclass
class Template:
    """`content`: what the telephone shows, with `<name>` where a value goes. `daily_quota` None: unlimited."""

    template_id: str
    oa_id: str
    app_id: str
    name: str
    status: str = ENABLE
    tag: int = 1
    params: list[Parameter] = field(default_factory=list)
    content: str = ""
    uid_allowed: bool = True
    timeout_ms: int = 7_200_000
    daily_quota: int | None = None
    used: dict[str, int] = field(default_factory=dict)
    price_sdt: int = 120
    price_uid: int = 120
    quality: str = "UNDEFINED"
    reason: str = ""
    created: float = 0.0


@dataclass
class Message:
    """`kind`: cs, template_uid, template_phone, broadcast, or in for what a person wrote.

    `silent`: arrived at night without a sound. `cost`: đồng, charged on delivery. `number`: order of arrival.
    """

    message_id: str
    kind: str
    oa_id: str
    app_id: str
    user_id: str
    sent: float
    shown: str
    tracking_id: str = ""
    template_id: str = ""
    event: str = ""
    attachments: list[dict[str, Any]] = field(default_factory=list)
    state: str = PUSHED
    delivered_at: float | None = None
    expires: float | None = None
    silent: bool = False
    cost: int = 0
    number: int = 0


@dataclass
class Article:
    token: str
    oa_id: str
    title: str
    article_id: str
    ready_at: float
    status: str = "hide"
