"""The frame around the apps. Importing it gives the Celery application its settings."""

import gc

# What imports make stays: to look through it for garbage again and again takes a fifth of a start.
GC_THRESHOLD = gc.get_threshold()
gc.set_threshold(100_000)

from portal.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
