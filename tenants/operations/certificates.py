"""Until when the certificates of all hosts hold: read by an hourly task, kept in the cache for who shows them."""

import logging
import socket
import ssl
from collections.abc import Iterable
from datetime import datetime

from cryptography import x509
from django.conf import settings
from django.core.cache import cache

from tenants.isolation import province_cache
from tenants.isolation.context import public_context
from tenants.operations.parallel import ask_each

log = logging.getLogger(__name__)

SECONDS = 5.0
SOON_DAYS = 14
_KEPT_SECONDS = 3 * 3600


def hosts() -> list[str]:
    """The national host and those of the provinces that are open; none where this installation serves without TLS."""
    if settings.PUBLIC_SCHEME != "https":
        return []
    with public_context():
        return [settings.NATIONAL_HOST, *(one.host for one in province_cache.all_records() if one.is_open)]


def end_of(host: str) -> datetime | None:
    """When the certificate of this host at PUBLIC_PORT ends or has ended; None where no TLS answers."""
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, int(settings.PUBLIC_PORT or 443)), timeout=SECONDS) as line,
            unchecked.wrap_socket(line, server_hostname=host) as tls,
        ):
            return x509.load_der_x509_certificate(tls.getpeercert(True) or b"").not_valid_after_utc
    except (OSError, ValueError):
        return None


def read(asked: Iterable[str]) -> dict[str, datetime]:
    """Ask these hosts at one time; one that does not answer is left out."""
    return {host: end for host, end in ask_each(end_of, asked, 2 * SECONDS).items() if end}


def read_all() -> dict[str, datetime]:
    """Ask all hosts, keep what they say in the cache, and return it."""
    found = read(hosts())
    with public_context():
        cache.set("certificates", found, _KEPT_SECONDS)
    return found


def known() -> dict[str, datetime]:
    """What was read last, at most three hours ago; nothing without the cache."""
    try:
        with public_context():
            return dict(cache.get("certificates") or {})
    except Exception:
        log.warning("the ends of certificates are not known: no cache")
        return {}
