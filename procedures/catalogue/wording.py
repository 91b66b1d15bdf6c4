"""Facts of a procedure in the words of a page: terms, fees, levels, ways to file."""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from procedures.catalogue.formats.terms import term_text
from procedures.catalogue.models import Channel, FeeKind, Level
from tenants.english import in_language
from tenants.text import grouped

UNCLEAR = "Chưa rõ"


def is_unclear(term_note: str) -> bool:
    """Whether an explanation says of a term that its source leaves it unclear."""
    return term_note.startswith(UNCLEAR)


def money(amount: int) -> str:
    """Return an amount in đồng with dots: 150000 gives “150.000 đồng”."""
    return _("%(amount)s đồng") % {"amount": grouped(amount)}


def term_line(value: int | None, unit: str, note: str) -> str:
    """Return the term in a few words; says so where the source gives several (“5 ngày; 11 ngày”) or none."""
    if known := term_text(value, unit):
        return known
    said, _lang = in_language(note)
    if ";" in note:
        return _("Tùy trường hợp: %(terms)s") % {"terms": said}
    return said or _("Chưa có thời hạn công bố")


def term_advice(unit: str, note: str) -> str:
    """Return what to do where the source gives no term, or several without saying which holds when; else empty.

    "3 ngày làm việc; 7 ngày làm việc" names no cases; "bổ sung 1 ngày làm việc; sửa 3 ngày làm việc" does.
    """
    if unit:
        return ""
    terms = [part.strip() for part in note.split(";")]
    if len(terms) > 1 and all(part[:1].isdigit() for part in terms):
        return _(
            "Nguồn không nói trường hợp nào: xin tính theo thời hạn dài nhất, ngày trả ghi trên giấy hẹn."
        )
    if not note or is_unclear(note):
        return _("Hỏi khi nộp; ngày trả ghi trên Giấy tiếp nhận hồ sơ và hẹn trả kết quả.")
    return ""


def fee_line(fees: Iterable[tuple[str, int | None]]) -> str:
    """Return the fees, as (kind, amount in đồng), in a few words; empty where nothing is known.

    “Miễn phí” is said only when every fee is known to be zero. A fee without an amount may be none at all: its note
    says so, and no charge is claimed.
    """
    amounts = {amount for _kind, amount in fees}
    known = sorted(amount for amount in amounts if amount is not None)
    if not amounts:
        return ""
    if amounts == {0}:
        return _("Miễn phí")
    if not any(known):
        return _("Xem ghi chú")
    line = money(known[0])
    if len(known) > 1:
        line = _("%(low)s–%(high)s đồng") % {"low": grouped(known[0]), "high": grouped(known[-1])}
    return _("%(fee)s, khác xem ghi chú") % {"fee": line} if None in amounts else line


def first_clause(note: str) -> tuple[str, str]:
    """Return what a note says before its first "; " or ". ", and the rest as a sentence of its own."""
    first, *rest = re.split(r"[;.]\s+", note, maxsplit=1)
    others = "".join(rest)
    return first.rstrip("."), others[:1].upper() + others[1:]


def fees_in_full(fees: Iterable[Any]) -> str:
    """Return each fee with its note, as the procedure's page has them, in sentences; empty where nothing is known."""
    said = []
    for fee in fees:
        amount = "" if fee.amount is None else money(fee.amount) if fee.amount else _("Miễn phí")
        said += [part.rstrip(".") for part in (amount, fee.note, fee.online_note) if part]
    return ". ".join(dict.fromkeys(said))


def fee_in_list(fees: Iterable[tuple[str, int | None]]) -> str:
    """Return :func:`fee_line` for where no label says that it is a fee."""
    line = fee_line(fees)
    return _("Phí: tùy trường hợp") if line == _("Xem ghi chú") else line


def fee_name(kind: str) -> str:
    """Return “Phí”, “Lệ phí”, or both words where the source does not tell them apart."""
    if kind == FeeKind.PHI:
        return _("Phí")
    return _("Lệ phí") if kind == FeeKind.LE_PHI else _("Phí, lệ phí")


def level_line(levels: Iterable[str]) -> str:
    """Return “cấp tỉnh, cấp xã”."""
    return ", ".join(str(Level(level).label) for level in levels)


def ways_line(channels: Iterable[str]) -> str:
    """Return “Trực tuyến, tại quầy, bưu điện”, or “Chỉ tại quầy” where there is one way."""
    names = [str(Channel(channel).label) for channel in channels]
    if not names:
        return ""
    if len(names) == 1:
        return _("Chỉ %(way)s") % {"way": names[0]}
    line = ", ".join(names)
    return line[:1].upper() + line[1:]
