"""Sessions are rows of the province's own schema and say so themselves."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions

from tenants.backend import connection

PROVINCE_KEY = "_province"


class SessionStore(DatabaseSessions):
    """A session that was written in another province is empty here, even if its row were copied; so is one that does not say where."""

    def _validate_session_key(self, key: Any) -> bool:
        """Keys come from a cookie: anything but what we make ourselves is no key."""
        return isinstance(key, str) and 8 <= len(key) <= 40 and key.isascii() and key.isalnum()

    def load(self) -> Any:
        data = super().load()
        if data and data.get(PROVINCE_KEY) != _owner():
            self._session_key = None
            return {}
        return data

    def create_model_instance(self, data: Any) -> Any:
        return super().create_model_instance({**data, PROVINCE_KEY: _owner()})


def _owner() -> str:
    return str(getattr(connection.tenant, "uuid", connection.tenant.schema_name))
