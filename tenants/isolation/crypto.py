"""Personal data at rest: encrypted per province, found through keyed blind indexes.

Keys are derived from the installation's keys and the province's uuid, so a row copied into another
province cannot be read there. The installation's keys stand newest first; reading tries all of them, so
they can be rotated while the portal serves. Values needed before a province is known are encrypted with keys
of the installation, one for each purpose. Secrets of accounts stand in provinces and in `public`.
"""

import base64
import hashlib
import hmac
import socket
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from tenants.isolation.backend import connection
from tenants.isolation.context import current_province, present_province, public_context

OPERATORS = "second factor"
"""Purpose under which secrets of operators' accounts are encrypted."""


class CannotDecrypt(ValueError):
    """No key opens the value."""


@lru_cache(maxsize=512)
def _derive(key: str, purpose: str, province: UUID | None, length: int = 32) -> bytes:
    salt = province.bytes if province else None
    return HKDF(hashes.SHA256(), length, salt=salt, info=purpose.encode()).derive(key.encode())


@lru_cache(maxsize=160)
def _cipher(keys: tuple[str, ...], purpose: str, province: UUID | None) -> MultiFernet:
    derived = (base64.urlsafe_b64encode(_derive(key, purpose, province)) for key in keys)
    return MultiFernet([Fernet(key) for key in derived])


def _of_province(keys: list[str]) -> MultiFernet:
    return _cipher(tuple(keys), "field", current_province().uuid)


def encrypt(text: str) -> str:
    """Cipher text of `text` for the current province; the empty string stays empty."""
    return _of_province(settings.FIELD_KEYS).encrypt(text.encode()).decode() if text else ""


def decrypt(stored: str) -> str:
    """Plain text of what `encrypt` made in this province; raises CannotDecrypt."""
    if not stored:
        return ""
    try:
        return _of_province(settings.FIELD_KEYS).decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise CannotDecrypt("Không giải mã được dữ liệu của tỉnh này.") from error


def _of_installation(purpose: str) -> MultiFernet:
    return _cipher(tuple(settings.FIELD_KEYS), f"installation:{purpose}", None)


def encrypt_for_installation(text: str, *, purpose: str) -> str:
    """Cipher text for this purpose of the whole installation, in no province; with the newest key."""
    return _of_installation(purpose).encrypt(text.encode()).decode()


def decrypt_for_installation(stored: str, *, purpose: str) -> str:
    """Plain text of what `encrypt_for_installation` made for this purpose; raises CannotDecrypt."""
    try:
        return _of_installation(purpose).decrypt(stored.encode()).decode()
    except InvalidToken as error:
        raise CannotDecrypt("Không giải mã được dữ liệu chung của bản cài.") from error


def blind_indexes(text: str, purpose: str) -> list[str]:
    """Keyed digests under which `text` may be stored, newest key first. Empty for empty text.

    Write the first, search for any: while keys rotate both old and new rows are found.
    """
    if not text:
        return []
    province = current_province().uuid
    keys = (_derive(key, f"index:{purpose}", province) for key in settings.INDEX_KEYS)
    return [hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for key in keys]


def blind_index(text: str, purpose: str) -> str:
    """The digest to store; the empty string for empty text."""
    return next(iter(blind_indexes(text, purpose)), "")


def is_current(stored: str) -> bool:
    """Whether the newest key alone opens what `encrypt` made in this province; the empty string needs none."""
    if not stored:
        return True
    try:
        _of_province(settings.FIELD_KEYS[:1]).decrypt(stored.encode())
    except InvalidToken:
        return False
    return True


class EncryptedField(models.TextField):
    """Text that is encrypted in the database and plain in Python. Not searchable: use a blind index."""

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(str(value)) if value else ""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return decrypt(value) if value else ""


def encrypted_fields() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Each table with encrypted columns, and these."""
    for model in apps.get_models():
        names = [field.name for field in model._meta.concrete_fields if isinstance(field, EncryptedField)]
        if names:
            yield model, names


def encrypt_here(text: str) -> str:
    """Cipher text for the present province, or for the operators outside one."""
    return encrypt(text) if present_province() else encrypt_for_installation(text, purpose=OPERATORS)


def decrypt_here(stored: str) -> str:
    """Plain text of what `encrypt_here` made here; raises CannotDecrypt."""
    return decrypt(stored) if present_province() else decrypt_for_installation(stored, purpose=OPERATORS)


def name_process(kind: str) -> None:
    """Let new sessions of this long-running process tell the database its kind, machine and newest keys, as a mark."""
    name = f"mot-cua {kind}@{socket.gethostname()[:30]} {_mark_of_keys()}"
    connection.settings_dict["OPTIONS"]["application_name"] = name


def _mark_of_keys() -> str:
    keys = "\n".join([*settings.FIELD_KEYS[:1], *settings.INDEX_KEYS[:1]])
    return _derive(keys, "running process", None, 4).hex()


def find_other_keys() -> str:
    """Names the long-running processes at this database, on any machine, whose newest keys are not those here; "" for none."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'mot-cua %@% %'"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        running = {name.split()[1] for (name,) in cursor.fetchall() if name.split()[-1] != _mark_of_keys()}
    text = _("Khóa mới chưa có ở tiến trình đang chạy %(processes)s: khởi động lại mọi tiến trình.")
    return text % {"processes": ", ".join(sorted(running))} if running else ""


def token_digest(token: str) -> str:
    """Digest by which a random token of at least 64 bits is recognised."""
    return hashlib.sha256(token.encode()).hexdigest()
