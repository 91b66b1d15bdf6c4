"""The portal's settings with what only costs time in tests taken out."""

from portal.settings import *  # noqa: F403
from portal.settings import DATA_DIR, STORAGES, env, environment

STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MESSAGING_STRICT_TEXTS = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WEB_STATEMENT_SECONDS = 0  # this process is no web server, though tests import its door
DEMO = False  # the fixtures' provinces are no demonstration, and no page may say so
# Fixtures make and drop schemas on the same connection: see `as_owner` in conftest.
DATABASE_OWNER_USER = environment.database(env.DATABASE_OWNER_URL)["USER"]
TENANT_BASE_MIGRATE_COMMAND = "tests.migrating.Command"
