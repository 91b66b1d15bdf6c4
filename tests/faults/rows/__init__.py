"""The rows of the fault table, in its order. A row is a module with TITLE and `runs(stage, seeds, quick)`."""

from types import ModuleType

from tests.faults.rows import clock, cut, database, doubled, hanging, outage, throttled, valkey, web, worker

ROWS: dict[str, ModuleType] = {
    "web": web,
    "worker": worker,
    "valkey": valkey,
    "database": database,
    "outage": outage,
    "hanging": hanging,
    "throttled": throttled,
    "cut": cut,
    "clock": clock,
    "doubled": doubled,
}
