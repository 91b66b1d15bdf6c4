"""Celery tasks of imports."""

from celery import shared_task

from dossiers.legacy_import import error_workbook


@shared_task
def remove_old_workbooks() -> None:
    """Hourly: remove the workbooks of an import's errors that are a day old."""
    error_workbook.remove_untouched()
