"""A national list that is short: a whole province is made from it within seconds.

All of the list comes in `test_folder_round`.
"""

import re
from pathlib import Path

from django.conf import settings

from procedures.catalogue.contents import national

_CODE = re.compile(r"\b\d\.\d{6}\b")


def write_short_list(target: Path) -> Path:
    """Write one procedure of each sector, and those that the demonstration's folders name."""
    files = [path for path in settings.PROVINCES_DIR.rglob("*") if path.suffix in (".csv", ".yaml")]
    named = {code for path in files for code in _CODE.findall(path.read_text(encoding="utf-8"))}
    records = national.load().records
    chosen = {*{one.sector: one.code for one in records}.values(), *named}
    national.write([one for one in records if one.code in chosen], target)
    return target
