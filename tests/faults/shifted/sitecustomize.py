"""A wrong clock for one Python process: put this folder on PYTHONPATH and set CLOCK_SHIFT (seconds).

What asks Python for the time of day gets the shifted one, also in code that is written in C as long as it
is called through `time` or `datetime`. The monotonic clock stays, as it does on a machine whose time is set.
"""

import copyreg
import datetime
import os
import time
from typing import Any

SHIFT = float(os.environ["CLOCK_SHIFT"])

_time, _time_ns, _localtime, _gmtime = time.time, time.time_ns, time.localtime, time.gmtime
_datetime = datetime.datetime


class _LikeDatetime(type):
    """Moments made elsewhere are moments too."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, _datetime)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, _datetime)


class _Shifted(_datetime, metaclass=_LikeDatetime):
    def __new__(cls, *args: Any, **more: Any) -> datetime.datetime:  # type: ignore[misc]
        # No moment is of this class: psycopg knows moments by the name of their class and gives that name to the first
        # class that bears it. It would write those of the other class as days, without their time.
        return _datetime(*args, **more)

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
        return _datetime.now(tz) + datetime.timedelta(seconds=SHIFT)

    @classmethod
    def utcnow(cls) -> datetime.datetime:  # type: ignore[override]
        return _datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=SHIFT)

    @classmethod
    def today(cls) -> datetime.datetime:  # type: ignore[override]
        return cls.now()


_Shifted.__name__ = _Shifted.__qualname__ = "datetime"
_Shifted.__module__ = "datetime"

time.time = lambda: _time() + SHIFT
time.time_ns = lambda: _time_ns() + int(SHIFT * 1_000_000_000)
time.localtime = lambda secs=None: _localtime(time.time() if secs is None else secs)
time.gmtime = lambda secs=None: _gmtime(time.time() if secs is None else secs)
datetime.datetime = _Shifted  # type: ignore[misc]
# Moments made in C are of the class that no longer goes by its name.
copyreg.pickle(_datetime, lambda moment: (datetime.datetime, moment.__reduce_ex__(4)[1]))  # type: ignore[arg-type]
