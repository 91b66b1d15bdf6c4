"""The clock by which files are stamped: neither `clock.frozen` nor a shifted process moves it."""

import os
import tempfile
from datetime import datetime

from tenants.clock import VIETNAM


def now() -> datetime:
    """The moment at which a file written now was last changed, in Viet Nam."""
    with tempfile.TemporaryFile() as file:
        return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, VIETNAM)
