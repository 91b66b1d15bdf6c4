"""The tests' settings with what strangers make costly left as it is installed: passwords."""

from django.conf import global_settings

from tests.settings import *  # noqa: F403

PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
