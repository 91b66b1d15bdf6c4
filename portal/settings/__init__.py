"""Settings of the portal. What an installation may choose comes from `environment`; the rest is fixed."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.monitoring import logs, sentry
from portal.settings import environment
from portal.settings.staff import UNFOLD, UNFOLD_OPERATORS

env = environment.read_or_exit()
# Each variable of the environment is a setting of the same name; no page of errors may show a database's password.
globals().update({name: value for name, value in env if not name.startswith("DATABASE_")})
BASE_DIR = environment.BASE_DIR
VERSION = environment.version()

# --- Hosts. ProvinceMiddleware is the exact list: it answers 404 to any host that no Domain names.
ALLOWED_HOSTS = ["*"]
PROXY_COUNT = int(env.PUBLIC_SCHEME == "https") if env.PROXY_COUNT is None else env.PROXY_COUNT
USE_X_FORWARDED_HOST = False
ROOT_URLCONF = "portal.urls"
PUBLIC_SCHEMA_URLCONF = "portal.national_urls"
STAFF_URLCONF = "portal.staff_urls"
WSGI_APPLICATION = "portal.wsgi.application"

# --- Applications. `public` holds provinces and operators' accounts only.
SHARED_APPS = [
    "unfold",
    "django_tenants",
    "tenants.isolation",
    "tenants.web",
    "tenants.accounts",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.admin",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "portal",
]
# Lowest first: an app imports only apps above it in this list. `portal` is ready last, when all others are.
TENANT_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.admin",
    "tenants.folder",
    "tenants.audit",
    "tenants.accounts",
    "tenants.organisation",
    "tenants.files",
    "procedures.catalogue",
    "procedures.editor",
    "messaging.channels",
    "messaging.contacts",
    "messaging.outbox",
    "dossiers.deadlines",
    "dossiers.workflow",
    "dossiers.lifecycle",
    "dossiers.statistics",
    "dossiers.lookup",
    "dossiers.printing",
    "dossiers.filing",
    "dossiers.desk",
    "dossiers.feedback",
    "dossiers.legacy_import",
    "dossiers.exchange",
    "messaging.broadcasts",
    "messaging.inbound",
    "messaging.delivery",
    "messaging.provisioning",
    "tenants.operations",
]
_EARLIER = [app for app in [*SHARED_APPS, *TENANT_APPS] if app != "portal"]
INSTALLED_APPS = [*dict.fromkeys(_EARLIER), "portal", *env.EXTRA_APPS]
TENANT_APPS += env.EXTRA_APPS
TENANT_MODEL = "tenants.Province"
TENANT_DOMAIN_MODEL = "tenants.Domain"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["tenants.organisation.auth_backend.RoleBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database: one alias, two logins. Web and worker never get the owner's address.
_is_owner = env.DB_LOGIN == "owner" and bool(env.DATABASE_OWNER_URL)
DATABASES = {"default": environment.database(env.DATABASE_OWNER_URL if _is_owner else env.DATABASE_URL)}
DATABASE_RUNTIME_USER = environment.database(env.DATABASE_URL)["USER"]
# Named in the owner's own processes only: web and worker always enter a province by its role.
DATABASE_OWNER_USER = DATABASES["default"]["USER"] if _is_owner else ""
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# --- Middleware: health answers before anything can fail, then files, then the province. The headers of security
# stand before both: unknown hosts and paused provinces have them too. Sessions and users are lazy; citizen pages
# touch neither, get no cookie and stay at three SQL statements.
MIDDLEWARE = [
    "portal.monitoring.request_ids.RequestIdMiddleware",
    "portal.monitoring.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.ContentSecurityPolicyMiddleware",
    "portal.api.ProblemMiddleware",
    "tenants.isolation.middleware.ProvinceMiddleware",
    "portal.middleware.QuietPollsMiddleware",
    "portal.middleware.TextGZipMiddleware",
    "portal.middleware.ReadableQueryMiddleware",
    "portal.middleware.LanguageMiddleware",
    "portal.middleware.DatabaseFailureMiddleware",
    "portal.middleware.CleanInputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.organisation.rights.RightsCacheMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.page",
            ]
        },
    }
]

# --- Cache and queue: Valkey, which may be lost at any instant.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.REDIS_URL,
        "KEY_FUNCTION": "tenants.isolation.signing.make_key",
        "KEY_PREFIX": f"{env.QUEUE_PREFIX}cache",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}

# --- Sessions in the database of each province.
SESSION_ENGINE = "tenants.accounts.session_store"
_https = env.PUBLIC_SCHEME == "https"
SESSION_COOKIE_NAME = "__Host-phien" if _https else "phien"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrf"
LANGUAGE_COOKIE_NAME = "__Host-ngon_ngu" if _https else "ngon_ngu"
DRAFT_COOKIE_NAME = "__Host-nhap" if _https else "nhap"
DEVICE_COOKIE_NAME = "__Host-may" if _https else "may"
SSO_COOKIE_NAME = "__Host-sso" if _https else "sso"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True  # desks share computers
SESSION_IDLE = timedelta(minutes=env.SESSION_IDLE_MINUTES)
SESSION_LONGEST = timedelta(hours=env.SESSION_LONGEST_HOURS)
SESSION_COOKIE_AGE = int(SESSION_LONGEST.total_seconds())
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 31536000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Who signs in.
INVITATION_LASTS = timedelta(hours=env.INVITATION_HOURS)
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "/"
CSRF_FAILURE_VIEW = "portal.pages.csrf_failure"
# What apps at the bottom of the house take from above: see `isolation`, `kept_pages` and `catalogue.from_dossiers`.
PAUSED_VIEW = "portal.pages.paused"
PAGE_FRAME = "portal.context_processors.frame_of"
DUE_WORK = "portal.monitoring.due_work.DUE_WORK"
PROCEDURE_PRACTICE = "dossiers.statistics.transparency.waiting_times.sentences"
FILING_ADDRESS = "dossiers.filing.public.start.address_of"
TYPESET_SHEETS = "dossiers.filing.public.sheets.SHEETS"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "tenants.accounts.signin.password_validators.LongEnough"},
    {"NAME": "tenants.accounts.signin.password_validators.NotLikeThePerson"},
    {"NAME": "tenants.accounts.signin.password_validators.NotCommon"},
]

# --- Language: Vietnamese is the source; only the switch changes it.
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
FORMAT_MODULE_PATH = ["portal.formats"]

# --- API: JSON alone, no sign-in, problems written by the frame.
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "portal.api.exception_handler",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": _("API của cổng Một Cửa"),
    "DESCRIPTION": _(
        "Đọc danh mục thủ tục, tra cứu hồ sơ và lấy số liệu công khai của tỉnh, không cần đăng ký, không dùng cookie. Hệ thống của tỉnh có khóa thì tiếp nhận và chuyển hồ sơ."
    ),
    "VERSION": "1.0.0",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    # Choices stand where they are used, so that no two of them fight for one name.
    "POSTPROCESSING_HOOKS": [],
}

# --- Files.
STATIC_URL = "/static/"
# Found before the theme's own files of these names.
STATICFILES_DIRS = [BASE_DIR / "portal" / "theme_static"]
# Beside the code whose files they are: DATA_DIR outlives a version, these do not.
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    "dossiers": env.dossier_storage(),
}
MEGABYTE = 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * MEGABYTE
DATA_UPLOAD_MAX_NUMBER_FILES = 50
# The form of a procedure with hundreds of papers has nine fields a paper; the size of the body bounds the work.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4_000
FILE_UPLOAD_HANDLERS = [
    "portal.middleware.BoundedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_MAX_BYTES = env.FILE_MAX_MB * MEGABYTE
FILE_MAX_PIXELS = env.FILE_MAX_MEGAPIXELS * 1_000_000
UPLOAD_MAX_BYTES = max(env.UPLOAD_MAX_MB * MEGABYTE, FILE_MAX_BYTES)
PROVINCES_DIR = Path(env.PROVINCES_DIR or BASE_DIR / "provinces")

# --- Backup. Web and worker need neither key nor archives.
BACKUP_DIR = Path(env.BACKUP_DIR or env.DATA_DIR / "backups")

# --- What operators see.
LOGGING = logs.settings(env.LOG_FORMAT)
sentry.start(env.SENTRY_DSN, VERSION)
METRICS_DIR = Path(env.PROMETHEUS_MULTIPROC_DIR or env.DATA_DIR / "metrics")
