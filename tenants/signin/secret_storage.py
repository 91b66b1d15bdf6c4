"""Secrets of accounts at rest. Accounts stand in provinces and in `public`, and each has keys of its own."""

import hashlib

from tenants import crypto
from tenants.isolation.context import NoProvince, current_province

PURPOSE = "second factor"


def hide(text: str) -> str:
    """Cipher text for the present province, or for the operators outside one."""
    return crypto.encrypt(text) if _in_province() else crypto.seal(text, purpose=PURPOSE)


def reveal(hidden: str) -> str:
    """Plain text of what `hide` made here; raises crypto.CannotDecrypt."""
    return crypto.decrypt(hidden) if _in_province() else crypto.unseal(hidden, purpose=PURPOSE)


def digest(token: str) -> str:
    """What is kept of a random token of at least 64 bits, to know it again."""
    return hashlib.sha256(token.encode()).hexdigest()


def _in_province() -> bool:
    try:
        current_province()
    except NoProvince:
        return False
    return True
