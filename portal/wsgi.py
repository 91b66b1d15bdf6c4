"""WSGI entry point."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

_django = get_wsgi_application()

# What it asks stands in models, which are there from here on.
from portal.monitoring import health  # noqa: E402
from portal.server.application import plain_content_type  # noqa: E402

health.start_web()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Requests are UTF-8, whatever they claim.

    Django reads the query with the claimed charset while it makes the request, before any middleware: a
    charset that is none would be answered by an empty 500.
    """
    if environ.get("CONTENT_TYPE"):
        environ["CONTENT_TYPE"] = plain_content_type(environ["CONTENT_TYPE"])
    return _django(environ, start_response)
