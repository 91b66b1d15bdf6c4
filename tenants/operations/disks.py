"""Room on the disks of this machine for files of dossiers and for archives."""

import shutil
from pathlib import Path

from django.conf import settings

LEAST_FREE = 0.1


def free_space() -> dict[str, tuple[int, int]]:
    """By folder, `data` and `backups`, where this machine has it: free bytes and all bytes."""
    places = {"data": Path(settings.DATA_DIR), "backups": Path(settings.BACKUP_DIR)}
    measured = {name: shutil.disk_usage(place) for name, place in places.items() if place.is_dir()}
    return {name: (room.free, room.total) for name, room in measured.items()}
