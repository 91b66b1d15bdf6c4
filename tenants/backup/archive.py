"""What lies in an archive, and in which order: a tar stream inside the seal.

`manifest.json`, then `database/000001…` (the parts of one `pg_dump --format=custom`), then `files/<name>`, last
`closing.json` with how much there was. Unsealed (`backup open`) any tar program and pg_restore read it without
this portal.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext as _

from tenants.backup.encryption import Opening, Sealing
from tenants.backup.errors import Damaged

FORMAT = 1
PART = 8 * 1024 * 1024
MANIFEST, CLOSING = "manifest.json", "closing.json"


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

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.made_at)

    @classmethod
    def read(cls, text: bytes) -> "Manifest":
        fields = json.loads(text)
        if fields.get("format") != FORMAT:
            raise Damaged(_("Bản sao lưu này do một bản phần mềm mới hơn ghi; hãy dùng bản ấy để mở."))
        return cls(**fields)


@dataclass(slots=True)
class Closing:
    """How much there was, written last."""

    dump_bytes: int = 0
    dump_sha256: str = ""
    files: int = 0
    file_bytes: int = 0


class Writer:
    """Writes an archive: `manifest`, then `dump`, then each `file`; `end` makes it whole."""

    def __init__(self, target: IO[bytes], key: str) -> None:
        self._sealing = Sealing(target, key)
        # The tar module wants the stream closed by itself never: `end` does.
        self._tar = tarfile.open(fileobj=self._sealing, mode="w|", bufsize=64 * 1024)  # noqa: SIM115
        self.closing = Closing()

    def manifest(self, manifest: Manifest) -> None:
        self._add(MANIFEST, _json(asdict(manifest)))

    def dump(self, stream: IO[bytes]) -> None:
        """Everything that `stream` gives until its end, in parts: a tar must know a size beforehand."""
        digest, number = hashlib.sha256(), 0
        while part := _read_full(stream, PART):
            number += 1
            digest.update(part)
            self._add(f"database/{number:06}", part)
            self.closing.dump_bytes += len(part)
        self.closing.dump_sha256 = digest.hexdigest()

    def file(self, name: str, content: IO[bytes], size: int) -> None:
        """A stored file; raises OSError where it holds less than `size`."""
        info = tarfile.TarInfo(f"files/{name}")
        info.size = size
        self._tar.addfile(info, content)
        self.closing.files += 1
        self.closing.file_bytes += size

    def end(self) -> None:
        """Write what there was, and the last piece of the seal."""
        self._add(CLOSING, _json(asdict(self.closing)))
        self._tar.close()
        self._sealing.close()

    def abandon(self) -> None:
        """Leave it half written: it will never open."""
        self._sealing.abandon()

    def _add(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        self._tar.addfile(info, io.BytesIO(content))


class Reader:
    """Reads an archive from front to back, once: `manifest` first, then `members`.

    `members` checks the closing against what was given out and raises Damaged when anything is missing.
    """

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        first = tar.next()
        if first is None or first.name != MANIFEST:
            raise Damaged(_("Bản sao lưu này không có phần đầu."))
        self.manifest = Manifest.read(self._content(first).read())
        self.closing = Closing()

    def members(self) -> Iterator[tuple[str, IO[bytes], int]]:
        """(name, content, size) of all parts and files; each must be read before the next is asked for."""
        seen, digest, closing = Closing(), hashlib.sha256(), None
        while (info := self._tar.next()) is not None:
            content = self._content(info)
            if info.name == CLOSING:
                closing = Closing(**json.loads(content.read()))
            elif info.name.startswith("database/"):
                part = content.read()
                digest.update(part)
                seen.dump_bytes += len(part)
                yield info.name, io.BytesIO(part), info.size
            else:
                seen.files += 1
                seen.file_bytes += info.size
                yield info.name, content, info.size
        seen.dump_sha256 = digest.hexdigest()
        if closing != seen:
            raise Damaged(_("Bản sao lưu thiếu một phần; không dùng được."))
        self.closing = seen

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
            with tarfile.open(fileobj=Opening(file, keys), mode="r|", bufsize=64 * 1024) as tar:
                yield Reader(tar)
        except tarfile.TarError as error:
            raise Damaged(_("Bản sao lưu bị hỏng; không đọc được.")) from error


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _read_full(stream: IO[bytes], size: int) -> bytes:
    """`size` bytes, or what is left: a pipe gives less at a time."""
    parts, missing = [], size
    while missing and (part := stream.read(missing)):
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
