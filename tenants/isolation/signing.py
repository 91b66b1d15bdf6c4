"""Signed values that are good in one province only."""

from typing import Any

from django.core import signing

from tenants.isolation.context import current_province


def dumps(value: Any, *, purpose: str) -> str:
    """Sign a JSON-able value for this purpose and this province."""
    return signing.dumps(value, salt=_salt(purpose))


def loads(text: str, *, purpose: str, max_age: int | None = None) -> Any:
    """The value signed by `dumps` here; raises signing.BadSignature, also for another province's value.

    `max_age` in seconds.
    """
    return signing.loads(text, salt=_salt(purpose), max_age=max_age)


def _salt(purpose: str) -> str:
    return f"mot-cua:{current_province().uuid}:{purpose}"
