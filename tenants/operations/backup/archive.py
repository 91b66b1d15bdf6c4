"""What lies in an archive, and in which order: a tar stream inside the seal.

`manifest.json`, then `database/000001…` (the parts of one `pg_dump --format=custom`), then `files/<name>`. Unsealed
(`backup open`) any tar program and pg_restore read it without this portal.

Only the installation's backup key opens the stream, of which no part can be changed, moved or cut off. Each file has a
key of its own (HKDF from the backup key and 32 random bytes). It is encrypted in pieces of one MiB by AES-256-GCM; a
piece's nonce is its number and whether it is the last, so that pieces in another order and a file without its end do
not open. The key itself is never in the file: eight bytes tell which one it was.
"""

import io
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import IO, Any, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.translation import gettext as _

from tenants.isolation.crypto import CannotDecrypt, encrypted_fields
from tenants.refusals import Refused

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


class _Sealing:
    """What is written here comes out sealed in `target`; without `end` it never opens again."""

    def __init__(self, target: IO[bytes], key: str) -> None:
        salt = os.urandom(_SALT)
        self._head = MAGIC + mark_of(key) + salt
        self._cipher = AESGCM(_derive(key, 32, b"mot-cua backup", salt))
        self._target, self._waiting, self._number, self.abandoned = target, bytearray(), 0, False
        target.write(self._head)

    def write(self, data: bytes) -> int:
        if self.abandoned:
            return len(data)  # what a tar still held
        self._waiting += data
        # One piece is kept back: only `end` knows that it is the last.
        while len(self._waiting) > PIECE:
            self._seal(last=False)
        return len(data)

    def end(self) -> None:
        self._seal(last=True)

    def _seal(self, *, last: bool) -> None:
        piece = bytes(self._waiting[:PIECE])
        self._target.write(self._cipher.encrypt(_nonce(self._number, last), piece, self._head))
        self._number += 1
        del self._waiting[:PIECE]


class _Opening:
    """Reads what `_Sealing` wrote. Raises Damaged; nothing that was changed is ever given out."""

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
        self._source, self._number, self._ready = source, 0, b""
        self._next = source.read(PIECE + _TAG)
        if not self._next:
            raise _cut_short()

    def read(self, size: int) -> bytes:
        while len(self._ready) < size and self._next:
            sealed, self._next = self._next, self._source.read(PIECE + _TAG)
            try:
                self._ready += self._cipher.decrypt(_nonce(self._number, not self._next), sealed, self._head)
            except (InvalidTag, ValueError) as error:
                raise _cut_short() from error
            self._number += 1
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken


def _cut_short() -> "Damaged":
    return Damaged(_("Bản sao lưu bị hỏng hoặc thiếu phần cuối; không dùng được."))


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


class BackupRefused(Refused):
    """The text is for the operator."""


class Damaged(BackupRefused):
    """The archive is not what was written: cut short, changed, or locked with a key that is not here."""


FORMAT = 1
PART = 8 * 1024 * 1024
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the archive is of. `rows`: how many each table had in the very snapshot that was dumped.

    `public`: the province's own row, hosts and routes (their secrets sealed), for an installation that lost all.
    """

    slug: str
    uuid: str
    name: str
    made_at: str
    version: str
    postgres: int
    migrations: list[str]
    rows: dict[str, int]
    public: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT

    @classmethod
    def read(cls, text: bytes) -> "Manifest":
        fields = json.loads(text)
        if fields.get("format") != FORMAT:
            raise Damaged(_("Bản sao lưu này do một bản phần mềm mới hơn ghi; hãy dùng bản ấy để mở."))
        return cls(**fields)


class Writer:
    """Writes an archive: `manifest`, then `dump`, then each `file`."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.files = 0

    def manifest(self, manifest: Manifest) -> None:
        self._add(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode())

    def dump(self, stream: IO[bytes]) -> None:
        """Everything that `stream` gives until its end, in parts: a tar must know a size beforehand."""
        for number in count(1):
            part = stream.read(PART)
            if not part:
                break
            self._add(f"database/{number:06}", part)

    def file(self, name: str, content: IO[bytes], size: int) -> None:
        """A stored file; raises OSError where it holds less than `size`."""
        info = tarfile.TarInfo(f"files/{name}")
        info.size = size
        self._tar.addfile(info, content)
        self.files += 1

    def _add(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        self._tar.addfile(info, io.BytesIO(content))


@contextmanager
def writing(target: IO[bytes], key: str) -> Iterator[Writer]:
    """Write an archive into `target`. What the block leaves by an error is half written and never opens."""
    sealing = _Sealing(target, key)
    try:
        # Any object that takes bytes does for a stream of tar.
        tar = tarfile.open(fileobj=cast(IO[bytes], sealing), mode="w|", bufsize=64 * 1024)  # noqa: SIM115
        yield Writer(tar)
        tar.close()
        sealing.end()
    finally:
        sealing.abandoned = True


class Reader:
    """Reads an archive from front to back, once: `manifest` first, then `members`. Raises Damaged.

    That nothing is missing is known by the seal: without its last piece, which only a whole `writing` adds, it breaks.
    """

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        first = tar.next()
        if first is None or first.name != MANIFEST:
            raise Damaged(_("Bản sao lưu này không có phần đầu."))
        self.manifest = Manifest.read(self._content(first).read())

    def members(self) -> Iterator[tuple[str, IO[bytes]]]:
        """(name, content) of all parts and files; each must be read before the next is asked for."""
        while (info := self._tar.next()) is not None:
            # Older archives end with a summary as well.
            if info.name.startswith(("database/", "files/")):
                yield info.name, self._content(info)

    def _content(self, info: tarfile.TarInfo) -> IO[bytes]:
        content = self._tar.extractfile(info)
        if content is None:
            raise Damaged(_("Bản sao lưu chứa thứ không phải là tệp."))
        return content


@contextmanager
def reading(path: Path, keys: Sequence[str]) -> Iterator[Reader]:
    """Open an archive; raises Damaged for anything that is none of ours, OSError when there is none."""
    with path.open("rb") as file:
        try:
            source = cast(IO[bytes], _Opening(file, keys))
            with tarfile.open(fileobj=source, mode="r|", bufsize=PIECE) as tar:
                yield Reader(tar)
        except tarfile.TarError as error:
            raise Damaged(_("Bản sao lưu bị hỏng; không đọc được.")) from error
