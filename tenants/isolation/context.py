"""Entering a province. No province, no work: nothing here falls back to `public`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from celery import shared_task
from django.db import close_old_connections, transaction
from django_tenants.utils import get_public_schema_name

from tenants.isolation import province_cache
from tenants.isolation.backend import connection
from tenants.isolation.province_cache import ProvinceRecord


class NoProvince(RuntimeError):
    """Work that belongs to a province was asked for outside one."""


def current_province() -> ProvinceRecord:
    """The province that this thread stands in; raises NoProvince in `public`."""
    tenant = connection.tenant
    if isinstance(tenant, ProvinceRecord):
        return tenant
    if tenant.schema_name == get_public_schema_name():
        raise NoProvince("Việc này phải làm trong một tỉnh.")
    return province_cache.by_slug(tenant.schema_name)


def present_province() -> ProvinceRecord | None:
    """The province that this thread stands in; None in `public`."""
    try:
        return current_province()
    except NoProvince:
        return None


@contextmanager
def province_context(province: str | ProvinceRecord) -> Iterator[ProvinceRecord]:
    """Inside the block all queries go to this province; afterwards to where they went before.

    Raises UnknownProvince for a slug that no province has. Querysets are lazy: evaluate them inside.
    """
    record = province_cache.by_slug(province) if isinstance(province, str) else province
    present = connection.tenant
    connection.set_tenant(record)
    try:
        yield record
    finally:
        connection.set_tenant(present)


@contextmanager
def public_context() -> Iterator[None]:
    """Inside the block queries go to `public`: for operators' work only."""
    present = connection.tenant
    connection.set_schema_to_public()
    try:
        yield
    finally:
        connection.set_tenant(present)


def each_province(
    *, states: tuple[str, ...] = ("draft", "pilot", "live", "paused")
) -> Iterator[ProvinceRecord]:
    """Enter each province in turn (by slug) that is in one of the states: all but those at rest.

    A paused province takes no visitors, but its notices are still sent.
    """
    for record in province_cache.all_records():
        if record.state in states:
            with province_context(record):
                yield record


def province_task(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A Celery task that works in the province named by its first argument, or not at all.

    `task.delay("daklak", …)`. Sending and running both refuse a missing slug and `public`; an unknown
    province raises UnknownProvince in the worker.
    """

    def decorate(work: Callable[..., Any]) -> Any:
        @wraps(work)
        def run(slug: str, *args: Any, **kwargs: Any) -> Any:
            _refuse_public(slug)
            # A child whose connection was cut would otherwise fail for ever.
            close_old_connections()
            if transaction.get_connection().in_atomic_block:
                raise NoProvince("Tác vụ không được chạy bên trong một giao dịch đang mở.")
            with province_context(slug):
                return work(*args, **kwargs)

        task = shared_task(**{"acks_late": True, "reject_on_worker_lost": True, **options})(run)
        send = task.apply_async

        def apply_async(args: Any = None, kwargs: Any = None, **sending: Any) -> Any:
            _refuse_public((args or [None])[0])
            return send(args, kwargs, **sending)

        task.apply_async = apply_async
        return task

    return decorate


def _refuse_public(slug: Any) -> None:
    if not isinstance(slug, str) or not slug or slug == get_public_schema_name():
        raise NoProvince("Tác vụ phải nêu tên gọi tắt của tỉnh.")
