"""A rehearsal: a throw-away province out of a folder, in which one dossier is driven for real.

The province is a schema that no table names. This process alone knows it, so no visitor, no relay and no
task comes near it; the real province is not entered. It is dropped when the rehearsal ends, however it ends;
one that was killed is swept away by the next.
"""

import re
import secrets
import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from django.db import transaction
from django.utils.translation import gettext as _

from messaging.provisioning.readiness import mock_channel_only
from tenants.files import storage
from tenants.folder.folder import Folder, open_folder
from tenants.folder.problems import Refused, blocking
from tenants.folder.steps import Progress
from tenants.isolation import advisory_locks, province_cache, schemas
from tenants.isolation.backend import connection
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.onboarding import province_row, sections, smoke_check
from tenants.operations.onboarding.smoke_check import Seen, cause_of
from tenants.operations.onboarding.validate import validate_province

_NAME = re.compile(r"\Amcthu[0-9a-f]{12}\Z")


class Stopped(Exception):
    """The process received a signal to end."""


def rehearse(slug: str) -> Generator[Seen]:
    """Make the throw-away province from the folder of this slug, and yield the result of each trial.

    A trial that raises ends with its cause. The schema is gone when the iteration ends:
    also after an error, SIGTERM, Ctrl-C, or when the caller stops listening. Raises Refused for a folder that `apply`
    would refuse, schemas.NotTheOwner under the run-time login.
    """
    schemas.require_owner()
    problems = validate_province(slug)
    if blocking(problems):
        raise Refused(problems)
    sweep()
    with _ending_in_order() as stop, _throwaway(open_folder(slug)) as (folder, record):
        made = _made(folder, stop)
        yield made
        if made.well:
            with province_context(record):
                for seen in _driven():
                    yield seen
                    _refuse_after(stop)


def sweep() -> int:
    """Drop what rehearsals left that were killed; how many there were."""
    with public_context(), connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^mcthu[0-9a-f]{12}$'")
        found = [name for (name,) in cursor.fetchall() if _NAME.match(name)]
        left = [name for name in found if name not in advisory_locks.locked_slugs(found)]
        for name in left:
            schemas.drop_schema(name)
    return len(left)


@contextmanager
def _throwaway(folder: Folder) -> Iterator[tuple[Folder, ProvinceRecord]]:
    slug = f"mcthu{secrets.token_hex(6)}"
    manifest = folder.manifest.model_copy(update={"slug": slug, "hosts": (f"{slug}.invalid",)})
    province = Province(schema_name=slug, state=Province.State.LIVE, **province_row.values_of(manifest))
    record = province.as_record(manifest.hosts[0])
    with ExitStack() as stack:
        stack.enter_context(advisory_locks.exclusive_schema_lock(slug))
        stack.callback(_drop, slug)
        stack.enter_context(mock_channel_only(record))
        stack.callback(_remove_files, record)
        stack.enter_context(province_cache.lent(record))
        with public_context():
            province.create_schema(verbosity=0)
        yield replace(folder, slug=slug, manifest=manifest), record


def _remove_files(record: ProvinceRecord) -> None:
    with province_context(record):
        for name, _stored_at in list(storage.names()):
            storage.remove(name)


def _drop(slug: str) -> None:
    connection.set_schema_to_public()
    schemas.drop_schema(slug)


def _made(folder: Folder, stop: threading.Event) -> Seen:
    title = _("Dựng tỉnh thử từ thư mục")
    try:
        for step in sections.STEPS:
            _refuse_after(stop)
            title = _("Dựng tỉnh thử: %(step)s") % {"step": step.title}
            if not step.outside:
                with province_context(folder.slug), transaction.atomic():
                    step.apply(folder, Progress())
    except Stopped:
        raise
    except Exception as error:
        return Seen(title, False, cause_of(error))
    return Seen(_("Dựng tỉnh thử từ thư mục"))


def _driven() -> Iterator[Seen]:
    try:
        yield from smoke_check.drive()
    except Exception as error:
        yield Seen(_("Diễn tập dừng giữa chừng"), False, cause_of(error))


@contextmanager
def _ending_in_order() -> Iterator[threading.Event]:
    """SIGTERM and Ctrl-C end the rehearsal as an error does, so that what was made is dropped.

    Between two trials: an exception in the middle of a query would leave no connection to drop the schema with.
    """
    stop = threading.Event()
    here = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGTERM, signal.SIGINT) if here else ()
    before = {number: signal.signal(number, lambda *_signal: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_after(stop: threading.Event) -> None:
    if stop.is_set():
        raise Stopped
