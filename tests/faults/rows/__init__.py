"""The rows of the fault table, in its order. A row has a TITLE and `runs(stage, seeds, quick)`; most are modules."""

from typing import Any

from tests.faults.rows import (
    clock,
    cut,
    database,
    doubled,
    frozen,
    hanging,
    outage,
    takeover,
    throttled,
    unreadable,
    valkey,
    web,
    worker,
)

ROWS: dict[str, Any] = {
    "web": web,
    "worker": worker,
    "takeover": takeover,
    "frozen": frozen,
    "valkey": valkey,
    "database": database,
    "outage": outage,
    **{
        one.name: one for one in (unreadable.error, unreadable.page, unreadable.silent, unreadable.cut_before)
    },
    "hanging": hanging,
    "throttled": throttled,
    "cut": cut,
    "clock": clock,
    "doubled": doubled,
}
