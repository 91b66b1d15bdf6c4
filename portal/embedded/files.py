"""What the embedded services keep under DATA_DIR: their addresses and the installation's secrets."""

import base64
import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from portal.embedded.processes import EmbeddedError, EmbeddedUnavailable, Process

STATE_FILE = "services.json"
SECRETS_FILE = "secrets.json"
_LOCK_FILE = "services.lock"


@dataclass(frozen=True)
class Services:
    """Where the services answer. A process is None when the service is stopped or not ours to run."""

    data_dir: Path
    database_url: str = ""
    database_owner_url: str = ""
    redis_url: str = ""
    postgres_port: int | None = None
    valkey_port: int | None = None
    postgres: Process | None = None
    valkey: Process | None = None
    pgdata: Path | None = None


def read_state(data_dir: Path) -> Services | None:
    """What the last start left in `data_dir`, running or not; None when nothing legible is there.

    Starts nothing and asks no server. Raises EmbeddedError when the file belongs to another account.
    """
    try:
        left = json.loads((data_dir / STATE_FILE).read_text())
        return Services(
            data_dir=data_dir,
            database_url=left["database_url"],
            database_owner_url=left["database_owner_url"],
            redis_url=left["redis_url"],
            postgres_port=left["ports"]["postgres"],
            valkey_port=left["ports"]["valkey"],
            postgres=_process(left["pids"]["postgres"]),
            valkey=_process(left["pids"]["valkey"]),
            pgdata=Path(left["pgdata"]) if left["pgdata"] else None,
        )
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None
    except PermissionError as error:
        raise another_account(data_dir) from error


def _process(left: dict[str, Any] | None) -> Process | None:
    return Process(int(left["pid"]), str(left["started"])) if left else None


def write_state(services: Services) -> None:
    """Leave the addresses for the next start and for the settings; readable by this account alone."""

    def identity(process: Process | None) -> dict[str, Any] | None:
        return {"pid": process.pid, "started": process.started} if process else None

    write_private(
        services.data_dir / STATE_FILE,
        {
            "database_url": services.database_url,
            "database_owner_url": services.database_owner_url,
            "redis_url": services.redis_url,
            "ports": {"postgres": services.postgres_port, "valkey": services.valkey_port},
            "pids": {"postgres": identity(services.postgres), "valkey": identity(services.valkey)},
            "pgdata": str(services.pgdata) if services.pgdata else None,
        },
    )


def write_private(path: Path, content: Any) -> None:
    """Replace a JSON file in one step (a reader sees the old text or the new), for this account alone."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
            file.write("\n")
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Secrets:
    """Keys of an installation; lists have the newest first."""

    secret_key: str
    field_keys: tuple[str, ...]
    index_keys: tuple[str, ...]


def ensure_secrets(data_dir: Path) -> Secrets:
    """The generated secrets of this DATA_DIR, made on the first call and never changed after.

    FIELD_KEYS and INDEX_KEYS are url-safe base64 of 32 random bytes. Without them the encrypted fields of
    the database can never be read again. Raises EmbeddedError when the file is damaged: new keys in its
    place would do the same harm silently.
    """
    path = prepare(data_dir) / SECRETS_FILE
    with locked(data_dir):
        if not path.exists():
            write_private(
                path,
                {
                    "SECRET_KEY": secrets.token_urlsafe(48),
                    **{name: [_key()] for name in ("FIELD_KEYS", "INDEX_KEYS", "BACKUP_KEYS")},
                },
            )
        try:
            left = json.loads(path.read_text())
            return Secrets(left["SECRET_KEY"], tuple(left["FIELD_KEYS"]), tuple(left["INDEX_KEYS"]))
        except (ValueError, KeyError, TypeError) as error:
            raise EmbeddedError(
                f"Tệp {path} bị hỏng. Hãy khôi phục từ bản sao: "
                "thiếu nó thì không đọc lại được dữ liệu đã mã hóa."
            ) from error
        except PermissionError as error:
            raise another_account(data_dir) from error


def _key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def prepare(data_dir: Path) -> Path:
    """DATA_DIR as an absolute path, made (0700: it holds secrets) when it is not there."""
    data_dir = data_dir.resolve()
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise EmbeddedError(f"DATA_DIR={data_dir} không phải là thư mục.") from error
    except PermissionError as error:
        raise another_account(data_dir) from error
    except OSError as error:
        raise EmbeddedError(f"Không ghi được vào DATA_DIR={data_dir}: {error.strerror}.") from error
    return data_dir


@contextlib.contextmanager
def locked(data_dir: Path) -> Iterator[None]:
    """Hold the lock of this DATA_DIR: starts and stops wait for each other; a killed holder frees it."""
    try:
        import fcntl
    except ImportError as error:
        raise EmbeddedUnavailable("dịch vụ", "hệ điều hành này chưa được hỗ trợ") from error
    try:
        file = (data_dir / _LOCK_FILE).open("w")
    except PermissionError as error:
        raise another_account(data_dir) from error
    except OSError as error:
        raise EmbeddedError(f"Không ghi được vào DATA_DIR={data_dir}: {error.strerror}.") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def another_account(data_dir: Path) -> EmbeddedError:
    """The error to raise when this account may not use the folder."""
    return EmbeddedError(
        f"Không đủ quyền dùng DATA_DIR={data_dir}: có lẽ nó được tạo bằng tài khoản khác (ví dụ root). "
        "Hãy chạy bằng tài khoản đó, hoặc đặt DATA_DIR sang thư mục khác."
    )


def from_environment(services: Services) -> Services:
    """The same services, with the addresses that the environment gives in place of the embedded ones."""
    database = os.environ.get("DATABASE_URL")
    redis = os.environ.get("REDIS_URL")
    if database:
        owner = os.environ.get("DATABASE_OWNER_URL", database)
        services = replace(
            services,
            database_url=database,
            database_owner_url=owner,
            postgres=None,
            postgres_port=None,
            pgdata=None,
        )
    if redis:
        services = replace(services, redis_url=redis, valkey=None, valkey_port=None)
    return services
