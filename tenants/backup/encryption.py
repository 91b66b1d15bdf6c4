"""A stream that only the installation's backup key opens, and of which no part can be changed, moved or cut off.

Each file has a key of its own (HKDF from the backup key and 32 random bytes). It is encrypted in pieces of one
MiB by AES-256-GCM; a piece's nonce is its number and whether it is the last, so that pieces in another order and
a file without its end do not open. The key itself is never in the file: eight bytes tell which one it was.
"""

import io
import os
from collections.abc import Iterator, Sequence
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.translation import gettext as _

from tenants.backup.errors import Damaged
from tenants.crypto import CannotDecrypt, encrypted_fields

MAGIC = b"mot-cua-backup-1\n"
PIECE = 1024 * 1024
_TAG, _MARK, _SALT = 16, 8, 32
_HEAD = len(MAGIC) + _MARK + _SALT


def _derive(key: str, length: int, info: bytes, salt: bytes | None = None) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=salt, info=info).derive(key.encode())


def mark_of(key: str) -> bytes:
    """Eight bytes that tell keys apart and nothing about them."""
    return _derive(key, _MARK, b"mot-cua backup mark")


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class Sealing(io.RawIOBase):
    """What is written here comes out sealed in `target`; without `close` it never opens again."""

    def __init__(self, target: IO[bytes], key: str) -> None:
        salt = os.urandom(_SALT)
        self._head = MAGIC + mark_of(key) + salt
        self._cipher = AESGCM(_derive(key, 32, b"mot-cua backup", salt))
        self._target, self._waiting, self._number = target, bytearray(), 0
        target.write(self._head)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        piece = bytes(data)
        self._waiting += piece
        # One piece is kept back: only `close` knows that it is the last.
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]), last=False)
            del self._waiting[:PIECE]
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._seal(bytes(self._waiting), last=True)
        super().close()

    def abandon(self) -> None:
        """End without the last piece."""
        super().close()

    def _seal(self, piece: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last), piece, self._head))
        self._number += 1


class Opening(io.RawIOBase):
    """Reads what `Sealing` wrote. Raises Damaged; nothing that was changed is ever given out."""

    def __init__(self, source: IO[bytes], keys: Sequence[str]) -> None:
        head = source.read(_HEAD)
        if len(head) < _HEAD or not head.startswith(MAGIC):
            raise Damaged(_("Tệp này không phải là bản sao lưu của Một Cửa."))
        mark = head[len(MAGIC) : len(MAGIC) + _MARK]
        key = next((one for one in keys if mark_of(one) == mark), None)
        if key is None:
            raise Damaged(_("Bản sao lưu này khóa bằng một khóa không có trong BACKUP_KEYS của bản cài này."))
        self._head = head
        self._cipher = AESGCM(_derive(key, 32, b"mot-cua backup", head[-_SALT:]))
        self._source, self._number, self._ready, self._at = source, 0, b"", 0
        self._next = source.read(PIECE + _TAG)
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        target = memoryview(buffer)
        if self._at == len(self._ready) and not self._open():
            return 0
        taken = self._ready[self._at : self._at + len(target)]
        target[: len(taken)] = taken
        self._at += len(taken)
        return len(taken)

    def _open(self) -> bool:
        while not self._ended:
            sealed, self._next = self._next, self._source.read(PIECE + _TAG)
            self._ended = not self._next
            try:
                self._ready = self._cipher.decrypt(_nonce(self._number, self._ended), sealed, self._head)
            except (InvalidTag, ValueError) as error:
                raise Damaged(_("Bản sao lưu bị hỏng hoặc thiếu phần cuối; không dùng được.")) from error
            self._number, self._at = self._number + 1, 0
            if self._ready:
                return True
        return False


# Rows were written with one key after another, and rotation begins at the oldest: some at both ends are read.
LOOKED_AT = 5


def unreadable() -> Iterator[str]:
    """Tables of the present schema whose newest or oldest personal data no key opens."""
    for model, names in encrypted_fields():
        for name in names:
            rows = model._default_manager.exclude(**{name: ""}).values_list(name, flat=True)
            try:
                for order in ("-pk", "pk"):
                    list(rows.order_by(order)[:LOOKED_AT])
            except CannotDecrypt:
                yield _(
                    "Không giải mã được %(table)s.%(name)s: FIELD_KEYS của bản cài này thiếu khóa đã dùng lúc ấy."
                ) % {"table": model._meta.db_table, "name": name}
