"""Personal data at rest: encrypted per province, found through keyed blind indexes.

Keys are derived from the installation's keys and the province's uuid, so a row copied into another
province cannot be read there. The installation's keys stand newest first; reading tries all of them, so
they can be rotated while the portal serves.
"""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

from tenants.context import current_province


class CannotDecrypt(ValueError):
    """No key of this province opens the value."""


@lru_cache(maxsize=512)
def _derive(key: str, purpose: bytes, province: UUID) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt=province.bytes, info=purpose).derive(key.encode())


@lru_cache(maxsize=128)
def _cipher(keys: tuple[str, ...], province: UUID) -> MultiFernet:
    derived = (base64.urlsafe_b64encode(_derive(key, b"field", province)) for key in keys)
    return MultiFernet([Fernet(key) for key in derived])


def encrypt(text: str) -> str:
    """Cipher text of `text` for the current province; the empty string stays empty."""
    if not text:
        return ""
    return _cipher(tuple(settings.FIELD_KEYS), current_province().uuid).encrypt(text.encode()).decode()


def decrypt(stored: str) -> str:
    """Plain text of what `encrypt` made in this province; raises CannotDecrypt."""
    if not stored:
        return ""
    try:
        return _cipher(tuple(settings.FIELD_KEYS), current_province().uuid).decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise CannotDecrypt("Không giải mã được dữ liệu của tỉnh này.") from error


def blind_indexes(text: str, purpose: str) -> list[str]:
    """Keyed digests under which `text` may be stored, newest key first. Empty for empty text.

    Write the first, search for any: while keys rotate both old and new rows are found.
    """
    if not text:
        return []
    province = current_province().uuid
    return [
        hmac.new(
            _derive(key, f"index:{purpose}".encode(), province), text.encode(), hashlib.sha256
        ).hexdigest()
        for key in settings.INDEX_KEYS
    ]


def blind_index(text: str, purpose: str) -> str:
    """The digest to store; the empty string for empty text."""
    return next(iter(blind_indexes(text, purpose)), "")


class EncryptedField(models.TextField):
    """Text that is encrypted in the database and plain in Python. Not searchable: use a blind index."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value else ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else ""
