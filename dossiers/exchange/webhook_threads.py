"""Threads that send webhooks, in the processes that seal the log: no message and no seal waits for a receiver.

What refuses or hangs has threads of its own, so that it holds up nobody who takes.
"""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import close_old_connections, connections

from dossiers.exchange import webhooks
from tenants.isolation.context import province_context

log = logging.getLogger(__name__)
THREADS, THREADS_OF_FAILING = 4, 2

_lock = threading.Lock()
_pools: dict[bool, ThreadPoolExecutor] = {}
_going: set[tuple[str, int]] = set()


def begin(sender: Any, slug: str, **kwargs: Any) -> None:
    """Receiver of `sealer.sealed`: begin to send to each address of this province that is due and has news."""
    with province_context(slug):
        found = webhooks.with_news()
    for key, is_failing in found:
        with _lock:
            if (slug, key) in _going:
                continue
            _going.add((slug, key))
            pool = _pools.get(is_failing)
            if pool is None:
                most = THREADS_OF_FAILING if is_failing else THREADS
                pool = _pools[is_failing] = ThreadPoolExecutor(most, thread_name_prefix="webhooks")
        pool.submit(_send, slug, key)


def end() -> None:
    """Wait for the calls that are under way; nothing new is begun by this process."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.shutdown(cancel_futures=True)


def _send(slug: str, key: int) -> None:
    close_old_connections()
    try:
        with province_context(slug):
            webhooks.send(key)
    except Exception:
        log.exception("webhook %s of %s", key, slug)
    finally:
        connections.close_all()
        with _lock:
            _going.discard((slug, key))
