"""Whose level-1 agency code is it? Known for all of Viet Nam, connected here or not.

A dossier code begins with the code of its province (QĐ 20/2020/QĐ-TTg, Điều 4). After the mergers of
2025 the code of a former province still stands on its old receipts, so it answers with its successor.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data" / "agency_codes.csv"

LONGEST = 35
NEW_FORM = re.compile(r"[A-Y][0-9]{2}(?:\.[0-9]{1,3}){0,6}")
"""QĐ 20/2020/QĐ-TTg, Điều 4: the province's code first, then the levels below."""
OLD_FORM = re.compile(r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Y][0-9]{2}")
"""TT 01/2018/TT-VPCP: the province's code last. Receipts of bodies dissolved in 2025 still carry it."""


@dataclass(frozen=True, slots=True)
class AgencyCodeOwner:
    """The province a code was given to, and the province of today that answers for it."""

    code: str
    former_province: str
    province: str


def level_1(code: str) -> str:
    """The province's part of an agency code: H15 in H15.08 and in 000.12.34.H15."""
    return code[-3:] if OLD_FORM.fullmatch(code) else code.partition(".")[0]


def province_of(prefix: str) -> AgencyCodeOwner | None:
    """The owner of a level-1 agency code (`H15`, in any case); None for anything else."""
    return agency_code_owners().get(prefix.strip().upper())


@cache
def agency_code_owners() -> dict[str, AgencyCodeOwner]:
    """All known owners by code, read once from the packaged list. Treat as read-only."""
    with DATA.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return {
            row["code"]: AgencyCodeOwner(row["code"], row["former_province"], row["province"]) for row in rows
        }


def is_agency_code(text: str) -> bool:
    """Whether this is an agency identifier, new form (QĐ 20/2020/QĐ-TTg) or old (TT 01/2018/TT-VPCP)."""
    return len(text) <= LONGEST and bool(NEW_FORM.fullmatch(text) or OLD_FORM.fullmatch(text))
