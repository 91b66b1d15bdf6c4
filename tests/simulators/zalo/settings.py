"""What public sources dispute about Zalo, and what a test wants otherwise: each a setting with both plays."""

from dataclasses import asdict, dataclass, fields
from typing import Any

CHECKS = (
    "body", "token", "proof", "app", "permission", "oa", "rate", "recipient", "refusal", "window",
    "hours", "quota",
)  # fmt: skip

CHOICES: dict[str, tuple[Any, ...]] = {
    "retry_on": ("connect_only", "any_non_200"),
    "sign_first_term": ("app_id", "oa_id"),
    "mac_key": ("oa_secret", "app_secret"),
    "phone_mac_key": ("same", "oa_secret", "app_secret"),
    "oa_secret_scope": ("app", "oa"),
    "number_style": ("string", "number"),
    "body_order": ("as_built", "sorted", "reversed"),
    "received_direction": ("oa_sender", "user_sender"),
    "receipt_phone": ("phone", "hash"),
    "dead_token_code": (-220, -216),
    "phone_night": ("off", "all", "tags_2_3"),
    "conversation": ("all", "ours_alone", "nothing"),
    "uid_sent_time": ("inside", "outside", "absent"),
    "oauth_error_style": ("error_name", "empty_message"),
    "consent": ("auto", "page"),
}


@dataclass
class Settings:
    """Names and meanings are listed in README.md; `update` refuses what is not there."""

    # OAuth
    state_echo: bool = True
    expires_in_number: bool = False
    oauth_error_style: str = "error_name"
    consent: str = "auto"
    mint_kills_old_access: bool = True
    access_seconds: float = 90_000
    # Calls
    dead_token_code: int = -220
    strict_get: bool = True
    check_order: tuple[str, ...] = CHECKS
    app_rate_limit: int = 4_000
    template_sends_in_bucket: bool = False
    conversation: str = "all"
    uid_sent_time: str = "inside"
    # Templates by telephone
    tracking_required: bool = False
    tracking_deduplicated: bool = False
    phone_with_zero: bool = False
    sending_mode_null: bool = False
    phone_night: str = "off"
    # Delivery
    delivery_seconds: float = 1.0
    clock_skew_seconds: float = 0.0
    article_seconds: float = 5.0
    # Webhooks
    retry_on: str = "connect_only"
    sign_first_term: str = "app_id"
    mac_key: str = "oa_secret"
    phone_mac_key: str = "same"
    oa_secret_scope: str = "app"
    number_style: str = "string"
    body_order: str = "as_built"
    body_spaces: bool = False
    body_ascii: bool = False
    body_slashes: bool = False
    received_direction: str = "oa_sender"
    receipt_phone: str = "phone"
    echo_templates: bool = True
    webhook_seconds: float = 2.0
    webhook_concurrency: int = 16
    background: bool = True

    def update(self, values: dict[str, Any]) -> None:
        """Raises ValueError for an unknown name or value; then nothing has changed."""
        if unknown := set(values) - {field.name for field in fields(self)}:
            raise ValueError(f"no such setting: {', '.join(sorted(unknown))}")
        checked = {name: _checked(name, value, getattr(self, name)) for name, value in values.items()}
        for name, value in checked.items():
            setattr(self, name, value)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _checked(name: str, value: Any, before: Any) -> Any:
    if name == "check_order":
        order = tuple(value)
        if sorted(order) != sorted(CHECKS):
            raise ValueError("check_order names each check once: " + ", ".join(CHECKS))
        return order
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(f"{name} is one of {CHOICES[name]}")
    if isinstance(before, bool) != isinstance(value, bool):
        raise ValueError(f"{name} is {'a' if isinstance(before, bool) else 'no'} truth value")
    if isinstance(before, (int, float)) and not isinstance(value, (int, float)):
        raise ValueError(f"{name} is a number")
    return value
