"""Bringing all schemas to the head of this code: side by side, and again after any end.

Workers share the work through the database alone. Each goes through the schemas that are behind and takes
those whose lock is free; what another one holds is looked at again at the end. So a worker may be killed at
any moment, two may be started by different people, and whoever comes next does what is left.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from django.conf import settings
from django.core.management import call_command
from django_tenants.utils import get_public_schema_name

from tenants.isolation import advisory_locks, migration_status, schemas
from tenants.isolation.context import public_context

Said = Callable[[str, str], None]
"""Takes the slug and what became of it: one of the words below."""
DONE, FAILED, WAITING = "done", "failed", "waiting"
MOST_WORKERS = 16


@dataclass(slots=True)
class Outcome:
    """What one run did. `failed` holds the kind of error by schema; the log has the rest."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def usual_workers() -> int:
    """As many as there are processors, four at most: the database has to do the work."""
    return max(1, min(4, os.cpu_count() or 1))


def migrate(said: Said = lambda slug, word: None, *, workers: int = 1) -> Outcome:
    """Bring `public`, then every province that is behind, to the head of this code.

    What stands there already costs one question for all. A schema that fails keeps what it had and hides no
    other. A province without schema is left to `province apply`. `workers` above one starts as many more
    processes of the same command. Raises schemas.NotTheOwner.
    """
    schemas.require_owner()
    outcome = Outcome()
    public = get_public_schema_name()
    behind = _behind()
    if public in behind:
        _take(public, said, outcome, wait=True)
        if outcome.failed:
            return outcome
        behind = _behind()
    else:
        # What the owner's function looks for is in the code: it may change without any migration.
        with public_context():
            schemas.prepare_schema(None, public)
    others = [_start_another() for _ in range(min(workers, len(behind), MOST_WORKERS) - 1)]
    left = [slug for slug in behind if not _take(slug, said, outcome, wait=False)]
    for slug in left:
        _take(slug, said, outcome, wait=True)
    for process in others:
        process.wait()
    return outcome


def _behind() -> list[str]:
    return [one.slug for one in migration_status.heads() if not one.is_reached and one.exists]


def _take(slug: str, said: Said, outcome: Outcome, *, wait: bool) -> bool:
    """Whether there is no need to come back to this schema."""
    with advisory_locks.alone(slug, wait=wait, on_wait=lambda: said(slug, WAITING)) as taken:
        if not taken:
            return False
        if migration_status.head(slug).is_reached:
            return True
        try:
            with public_context():
                call_command(
                    # The name alone says whether it is `public` or a province's: with a switch it is refused.
                    "migrate_schemas",
                    schema_name=slug,
                    interactive=False,
                    verbosity=0,
                )
        except Exception as error:  # one schema in trouble hides no other
            outcome.failed[slug] = f"{type(error).__name__}: {error}"
            said(slug, FAILED)
        else:
            outcome.done.append(slug)
            said(slug, DONE)
    return True


def _start_another() -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "schemas", "migrate", "--workers", "1"]
    return subprocess.Popen(command)  # noqa: S603 – our own command, nothing of it typed
