"""The files that one request passes, followed while it runs.

The frame that every request passes (`portal`, `tenants`) is not counted.
"""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType

from django.conf import settings

ROOMS = ("dossiers/", "messaging/", "procedures/")
_TOOL = sys.monitoring.PROFILER_ID


@contextmanager
def followed() -> Iterator[list[str]]:
    """The files of the rooms in which a function began while the block ran, in any thread, in this order.

    Bodies of modules and classes, which run once for all, do not count.
    """
    walk: dict[str, None] = {}

    def start(code: CodeType, offset: int) -> object:
        path = code.co_filename.removeprefix(f"{settings.BASE_DIR}/")
        if path.startswith(ROOMS) and code.co_flags & inspect.CO_OPTIMIZED:
            walk.setdefault(path)
        return sys.monitoring.DISABLE

    files: list[str] = []
    sys.monitoring.use_tool_id(_TOOL, "walk")
    sys.monitoring.register_callback(_TOOL, sys.monitoring.events.PY_START, start)
    sys.monitoring.restart_events()
    sys.monitoring.set_events(_TOOL, sys.monitoring.events.PY_START)
    try:
        yield files
    finally:
        sys.monitoring.set_events(_TOOL, 0)
        sys.monitoring.free_tool_id(_TOOL)
        files += walk


def apps_of(walk: list[str]) -> set[str]:
    """The apps through which a walk leads."""
    return {"/".join(path.split("/")[:2]) for path in walk}
