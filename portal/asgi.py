"""ASGI entry point: `python -m portal.server` serves it."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import close_old_connections

from portal.server.application import Application, Refusal
from portal.wsgi import application as pages

# Models, which it asks, are there once the pages are.
from portal import uploads  # isort: skip


def begin_upload(environ: Mapping[str, Any]) -> Refusal | None:
    """Like `uploads.begin`, outside a request of Django's: a broken connection is replaced first."""
    close_old_connections()
    return uploads.begin(environ)


application = Application(
    pages,
    threads=settings.WEB_THREADS,
    body_max=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    upload_max=settings.UPLOAD_MAX_BYTES,
    begin_upload=begin_upload,
    end_upload=uploads.end,
)
