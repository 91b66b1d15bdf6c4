"""Asking many places at one time, for a bounded time: what is silent delays none of the others."""

import logging
from collections.abc import Callable, Iterable
from threading import Thread
from time import monotonic

from django.db import connections

log = logging.getLogger(__name__)


def ask_each[Item, Answer](
    ask: Callable[[Item], Answer], items: Iterable[Item], seconds: float
) -> dict[Item, Answer]:
    """The answers that came within so many seconds, in the order of the items; a failure is logged and left out.

    Threads that still wait are left alone: they end with the process and hold nothing up.
    """
    answers: dict[Item, Answer] = {}

    def run(item: Item) -> None:
        try:
            answers[item] = ask(item)
        except Exception:
            log.exception("asking %s", item)
        finally:
            connections.close_all()

    asked = list(items)
    threads = [Thread(target=run, args=(item,), daemon=True) for item in asked]
    until = monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - monotonic()))
    known = dict(answers)
    return {item: known[item] for item in asked if item in known}
