"""A clerk's desk over HTTP: receives dossiers through the form of the real web server. Everybody is invented."""

import http.client
import itertools
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

_ADD = "/quan-tri/dossiers/dossier/add/"
_CSRF = "a" * 32


class Desk:
    """Made inside the province; the numbers of its owners are used once."""

    def __init__(self, slug: str, port: int, channel: str, office: Any = None) -> None:
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

        from tenants.accounts.session_store import SessionStore
        from tests.factories import Office

        self.slug, self.port, self.channel = slug, port, channel
        self._office = office or Office(code="H71")
        clerk = self._office.clerk
        session = SessionStore()
        session[SESSION_KEY] = str(clerk.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = clerk.get_session_auth_hash()
        session.save()
        self._cookies = (
            f"{settings.SESSION_COOKIE_NAME}={session.session_key}; {settings.CSRF_COOKIE_NAME}={_CSRF}"
        )
        self._numbers = (f"09061{n:05d}" for n in itertools.count(1))
        self._pool = ThreadPoolExecutor(16)
        self._sources = itertools.count(1)

    def new_numbers(self, count: int) -> list[str]:
        return list(itertools.islice(self._numbers, count))

    def post_all(self, phones: Sequence[str]) -> list[Future[int]]:
        """Begin to receive a dossier for the owner of each number, all at once."""
        return [self._pool.submit(self._post, phone) for phone in phones]

    def forget(self, acts: Iterable[Future[int]]) -> None:
        """Nobody waits for these answers; the connections are dead."""
        for act in acts:
            act.exception(60)

    def _post(self, phone: str) -> int:
        status, page = self.receive(phone)
        if status not in (302, 303):
            raise RuntimeError(f"{status}: {page[:2000]}")
        return status

    def receive(self, phone: str) -> tuple[int, str]:
        """Status and page of one dossier handed in. Raises OSError or HTTPException where no answer comes."""
        form = {
            "procedure": self._office.procedure.code,
            "receiving_agency": self._office.desk.code,
            "competent_agency": self._office.department.code,
            "channel": "counter",
            "owner_kind": "person",
            "owner_name": "Nguyễn Thị Minh Họa",
            "owner_phone": phone,
            "recipient": "owner",
            "consents": self.channel,
            "result_delivery": "Tại nơi tiếp nhận",
            "documents": "Tờ khai",
            "csrfmiddlewaretoken": _CSRF,
        }
        # Pages of one network at one time are few: clerks sit in several.
        number = next(self._sources) % 200
        source = (f"127.200.0.{1 + number}", 0)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=source)
        try:
            connection.request(
                "POST",
                _ADD,
                urlencode(form),
                {
                    "Host": f"{self.slug}.localhost:{self.port}",
                    "Cookie": self._cookies,
                    "Content-Type": "application/x-www-form-urlencoded",
                },
            )
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def committed(self, phones: Sequence[str]) -> set[str]:
        """Of these numbers, those whose dossier is in the database: not asked of the outbox."""
        from django.db import close_old_connections

        from dossiers.lifecycle.models import Dossier

        close_old_connections()
        owners = {dossier.owner.phone for dossier in Dossier.objects.select_related("owner")}
        return owners & set(phones)
