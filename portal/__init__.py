"""The frame around the rooms. Importing it gives the Celery application its settings."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
