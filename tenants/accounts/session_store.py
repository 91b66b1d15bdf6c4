"""Sessions are rows of the province's own schema, say so themselves, and end in time.

A session ends when it was not used for a while, and after a working day in any case; in the browser with its
last window. Both limits are of the installation.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions

from tenants import clock
from tenants.isolation.backend import server
from tenants.isolation.signing import present_owner

PROVINCE_KEY = "_province"
STARTED_KEY = "_started"
DEVICE_KEY = "_device"
# One more statement a minute for an active session, instead of one for each page.
TOUCH_AFTER = timedelta(minutes=1)


class SessionStore(DatabaseSessions):
    """A session that was written in another province is empty here, even if its row were copied; so is one that does not say where."""

    @classmethod
    def get_model_class(cls) -> Any:
        from tenants.accounts.models import Session

        return Session

    def _validate_session_key(self, key: Any) -> bool:
        """Keys come from a cookie: anything but what we make ourselves is no key."""
        return isinstance(key, str) and 8 <= len(key) <= 40 and key.isascii() and key.isalnum()

    def save(self, must_create: bool = False) -> None:
        """Raises what the database raised where it failed: Django's UpdateError says that the session was ended."""
        try:
            super().save(must_create)
        except UpdateError as error:
            if error.__context__ is not None and server.failure(error.__context__):
                raise error.__context__ from error.__context__.__cause__
            raise

    def load(self) -> Any:
        now = clock.now()
        row: Any = (
            self.get_model_class().objects.filter(session_key=self.session_key, expire_date__gt=now).first()
        )
        data = self.decode(row.session_data) if row is not None else {}
        if data.get(PROVINCE_KEY) != present_owner():
            self._session_key = None
            return {}
        if now - row.seen_at >= TOUCH_AFTER:
            # Only if it is still there: what was ended meanwhile does not come back.
            self.get_model_class().objects.filter(pk=row.pk).update(
                seen_at=now, expire_date=_ends(row.started_at, now)
            )
        return data

    def create_model_instance(self, data: Any) -> Any:
        now = clock.now()
        started = datetime.fromtimestamp(data.get(STARTED_KEY) or now.timestamp(), clock.VIETNAM)
        marks = {PROVINCE_KEY: present_owner(), STARTED_KEY: started.timestamp()}
        return self.get_model_class()(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode({**data, **marks}),
            expire_date=_ends(started, now),
            user_id=data.get(SESSION_KEY),
            started_at=started,
            seen_at=now,
            device=data.get(DEVICE_KEY, "")[:100],
        )


def _ends(started: datetime, seen: datetime) -> datetime:
    return min(seen + settings.SESSION_IDLE, started + settings.SESSION_LONGEST)
