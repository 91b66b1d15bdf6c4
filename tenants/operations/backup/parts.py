"""What a restore looks at, settles and carries over."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from django.utils.translation import gettext_lazy as _

from messaging.broadcasts.sending.runner import pause_restored
from messaging.delivery import restore as messages
from tenants.operations.backup import stored_files as dossiers
from tenants.operations.backup.archive import unreadable
from tenants.text import StrOrPromise

NUMBERS = "numbers"
CODES = (NUMBERS, "messages", "calls", "consents", "credentials", "accounts", "addresses", "erasures")


@dataclass(frozen=True, slots=True)
class Carry:
    """What the running schema learnt since the moment of a copy, which must know it when it takes its place.

    `code`, one of CODES, is by what an operator names it who has to do without. Without a code it tells what is lost.
    """

    code: str
    title: StrOrPromise
    sql: str


CHECKS = (unreadable, dossiers.out_of_order)
"""Each is called inside a copy, reads only: Vietnamese sentences about what is wrong with it."""
SETTLES = (messages.hold_after_restore, pause_restored)
"""Each is called inside a copy with its moment (of the backup, or of the swap that kept it), sees to it that nothing
happens twice, and says what was done."""
FILE = Path(__file__).with_name("carries.yaml")
CARRIES, LOSSES = (
    tuple(Carry(row.get("code", ""), _(row["title"]), row["sql"]) for row in rows)
    for rows in yaml.safe_load(FILE.read_text(encoding="utf-8")).values()
)
