"""What the embedded services keep under DATA_DIR: their addresses and the installation's secrets."""

import base64
import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from portal.embedded.processes import EmbeddedError

STATE_FILE = "services.json"
SECRETS_FILE = "secrets.json"


@dataclass(frozen=True)
class Services:
    """Where the services answer, or last did."""

    database_url: str = ""
    database_owner_url: str = ""
    redis_url: str = ""

    @property
    def postgres_port(self) -> int | None:
        return urlsplit(self.database_url).port

    @property
    def valkey_port(self) -> int | None:
        return urlsplit(self.redis_url).port


def read_state(data_dir: Path) -> Services:
    """What the last start left in `data_dir`, running or not; empty when nothing legible is there."""
    try:
        left = json.loads((data_dir / STATE_FILE).read_text())
        return Services(*(str(left[name]) for name in asdict(Services())))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Services()


def write_state(data_dir: Path, services: Services) -> None:
    """Leave the addresses for the next start and for the settings; readable by this account alone."""
    write_private(data_dir / STATE_FILE, asdict(services))


def write_private(path: Path, content: Any) -> None:
    """Replace a JSON file in one step (a reader sees the old text or the new), for this account alone."""
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # makes it 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    Path(draft).replace(path)


def ensure_secrets(data_dir: Path) -> dict[str, str]:
    """The generated secrets of this DATA_DIR as variables, made on the first call and never changed after.

    FIELD_KEYS and INDEX_KEYS are url-safe base64 of 32 random bytes. Without them the encrypted fields of
    the database can never be read again. Raises EmbeddedError when the file is damaged: new keys in its
    place would do the same harm silently.
    """
    with usable(data_dir) as folder, locked(folder):
        path = folder / SECRETS_FILE
        if not path.exists():
            lists = {name: [_key()] for name in ("FIELD_KEYS", "INDEX_KEYS", "BACKUP_KEYS")}
            write_private(path, {"SECRET_KEY": secrets.token_urlsafe(48), **lists})
        try:
            left = json.loads(path.read_text())
            keys = {name: ",".join(left[name]) for name in ("FIELD_KEYS", "INDEX_KEYS")}
            return {"SECRET_KEY": left["SECRET_KEY"], **keys}
        except (ValueError, KeyError, TypeError) as error:
            raise EmbeddedError(
                f"Tệp {path} bị hỏng. Hãy khôi phục từ bản sao: "
                "thiếu nó thì không đọc lại được dữ liệu đã mã hóa."
            ) from error


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@contextlib.contextmanager
def usable(data_dir: Path) -> Iterator[Path]:
    """DATA_DIR as an absolute path, made (0700: it holds secrets) when it is not there.

    Raises EmbeddedError when it is no folder, or when this account may not use it, also inside the block.
    """
    data_dir = data_dir.resolve()
    try:
        try:
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise EmbeddedError(f"DATA_DIR={data_dir} không phải là thư mục.") from error
        yield data_dir
    except PermissionError as error:
        raise EmbeddedError(
            f"Không đủ quyền dùng DATA_DIR={data_dir}: có lẽ nó được tạo bằng tài khoản khác (ví dụ root). "
            "Hãy chạy bằng tài khoản đó, hoặc đặt DATA_DIR sang thư mục khác."
        ) from error


@contextlib.contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Inside the block other starts on this DATA_DIR wait; a killed holder frees it."""
    folder = os.open(data_dir, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
