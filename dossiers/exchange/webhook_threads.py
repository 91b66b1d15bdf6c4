"""Threads that send webhooks and talk with the national portal, in the processes that seal the log.

No message and no seal waits for a receiver.

What refuses or hangs has threads of its own, and no queue: it keeps no other receiver, and no end of a process, waiting.
"""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import close_old_connections, connections

from dossiers.exchange import webhooks
from dossiers.exchange.national import turn
from tenants.isolation.context import province_context

Act = Callable[[int], None]
log = logging.getLogger(__name__)
THREADS, THREADS_OF_FAILING = 4, 2

_lock = threading.Lock()
_pools: dict[bool, ThreadPoolExecutor] = {}
_going: dict[tuple[str, Act, int], bool] = {}
"""What is under way or waits for a thread, and whether its last call failed."""


def begin(sender: Any, slug: str, **kwargs: Any) -> None:
    """Receiver of `sealer.sealed`: begin to send to each address of this province that is due and has news."""
    found: list[tuple[Act, int, bool]] = []
    with province_context(slug):
        found += [(webhooks.send, *one) for one in webhooks.with_news()]
        found += [(turn.run, *one) for one in turn.with_news()]
    for act, key, is_failing in found:
        with _lock:
            is_full = is_failing and sum(_going.values()) >= THREADS_OF_FAILING
            if is_full or (slug, act, key) in _going:
                continue
            _going[slug, act, key] = is_failing
            pool = _pools.get(is_failing)
            if pool is None:
                most = THREADS_OF_FAILING if is_failing else THREADS
                pool = _pools[is_failing] = ThreadPoolExecutor(most, thread_name_prefix="webhooks")
        pool.submit(_send, slug, key, act)


def end() -> None:
    """Wait for the calls that are under way; nothing new is begun by this process."""
    with _lock:
        pools = list(_pools.values())
        _pools.clear()
    for pool in pools:
        pool.shutdown(cancel_futures=True)


def _send(slug: str, key: int, act: Act) -> None:
    close_old_connections()
    try:
        with province_context(slug):
            act(key)
    except Exception:
        log.exception("%s %s of %s", act.__module__, key, slug)
    finally:
        connections.close_all()
        with _lock:
            _going.pop((slug, act, key), None)
