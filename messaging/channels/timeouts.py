"""Calls to providers that somebody waits for: made in a thread, and not waited for longer than is said."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def within[**P, T](seconds: float, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the call returns or raises; TimeoutError when that takes longer. The call knows no database.

    It goes on in its thread, whatever it comes to: it should end by itself.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="asked")
    try:
        return pool.submit(call, *args, **kwargs).result(max(seconds, 0))
    finally:
        pool.shutdown(wait=False)
