"""Words and dates of old systems: small vocabularies that mean the same everywhere, the statuses of one system, and how
it writes dates, said once in the mapping file.

Systems number their statuses differently, so name and code must agree.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field, Strict, model_validator

from dossiers.legacy_import.rows.records import Unclear
from dossiers.lifecycle.models import Dossier, Party
from dossiers.workflow.rules.statuses import Status
from tenants import clock
from tenants.folder.file_schema import Line
from tenants.text import fold
from tenants.validation import Schema, fault, gettext_noop, shown

_TICKS = {"✓", "✔", "☑"}
_YES = {"x", "co", "yes", "y", "true", "1", "dong y", "da dong y", "nhan"}
_NO = {"khong", "k", "no", "n", "false", "0", "khong dong y", "khong nhan"}
_KINDS = {
    **dict.fromkeys(("ca nhan", "cong dan", "nguoi dan", "person"), Party.Kind.PERSON),
    **dict.fromkeys(
        ("to chuc", "doanh nghiep", "co quan", "to chuc doanh nghiep", "organisation"),
        Party.Kind.ORGANISATION,
    ),
}
# Numbers and names of the national exchange.
_CHANNELS = {
    **dict.fromkeys(("1", "truc tiep", "counter"), Dossier.Channel.COUNTER),
    **dict.fromkeys(("2", "truc tuyen", "online"), Dossier.Channel.ONLINE),
    **dict.fromkeys(("3", "qua buu chinh cong ich", "buu chinh cong ich", "post"), Dossier.Channel.POST),
}


def is_yes(word: str) -> bool:
    """Whether a cell says yes; an empty one says no. Raises Unclear."""
    word, folded = word.strip(), fold(word)
    if folded in _YES or word in _TICKS:
        return True
    # Signs fold to nothing, and nothing says no: only a cell that is empty may.
    if folded in _NO or not word:
        return False
    raise Unclear(_("phải là “có” hoặc “không” (cũng nhận x, 1, 0, để trống)"))


def kind(word: str) -> str:
    """Person or organisation. Raises Unclear."""
    found = _KINDS.get(fold(word))
    if found is None:
        raise Unclear(_("phải là “cá nhân” hoặc “tổ chức”"))
    return str(found)


def channel(word: str, own: Mapping[str, str]) -> str:
    """How the dossier came in; `own` are the mapping's words. Raises Unclear."""
    folded = fold(word)
    found = own.get(folded) or _CHANNELS.get(folded)
    if found is None:
        raise Unclear(_("không rõ hình thức nộp; hãy ghi trong mục “channels” của tệp ánh xạ"))
    return str(found)


def _status(value: object) -> object:
    """A number of the national list; quoted it is one as well, but no flag and no fraction."""
    if str(value) not in map(str, map(int, Status)):
        raise fault(
            gettext_noop("“%(value)s” không phải số trạng thái quốc gia, từ 1 đến 10."), value=shown(value)
        )
    return int(str(value))


class OldStatus(Schema):
    """One status of the old system: by its code, its name or both, and what it is here.

    `step` names the step of our workflow; empty means the first step of that status.
    """

    code: Annotated[Line, Field(max_length=40)] = ""
    name: Annotated[Line, Field(max_length=200)] = ""
    status: Annotated[Status, Strict(False), BeforeValidator(_status)]
    step: Annotated[Line, Field(max_length=40)] = ""

    @model_validator(mode="after")
    def _require_name(self) -> "OldStatus":
        if not self.code and not self.name:
            raise fault(gettext_noop("phải có “code” hoặc “name” của hệ thống cũ."))
        return self


class StatusTable:
    def __init__(self, rows: tuple[OldStatus, ...]) -> None:
        self._by_code = {row.code: row for row in rows if row.code}
        self._by_name = {fold(row.name): row for row in rows if row.name}

    def resolve(self, code: str, name: str) -> OldStatus:
        """The status that a row's code and name both mean; one of them may be empty.

        Raises Unclear when both are empty, when one is unknown, and when they say different things.
        """
        by_code = self._by_code.get(code)
        by_name = self._by_name.get(fold(name)) if name else None
        if code and by_code is None:
            raise Unclear(_("mã trạng thái này không có trong bảng ánh xạ"), "status_code")
        if name and by_name is None:
            raise Unclear(_("tên trạng thái này không có trong bảng ánh xạ"), "status_name")
        found = by_code or by_name
        if found is None:
            raise Unclear(_("không có trạng thái"), "status_name")
        if by_code and by_name and (by_code.status, by_code.step) != (by_name.status, by_name.step):
            text = _("tên trạng thái nói %(by_name)d (%(name)s), mã trạng thái nói %(by_code)d (%(code)s)")
            words = {
                "by_name": by_name.status,
                "name": _(by_name.status.official),
                "by_code": by_code.status,
                "code": _(by_code.status.official),
            }
            raise Unclear(text % words, "status_name")
        return found


_PARTS = {
    "yyyy": ("year", "[0-9]{4}"),
    "MM": ("month", "[0-9]{2}"),
    "M": ("month", "[0-9]{1,2}"),
    "dd": ("day", "[0-9]{2}"),
    "d": ("day", "[0-9]{1,2}"),
    "HH": ("hour", "[0-9]{2}"),
    "H": ("hour", "[0-9]{1,2}"),
    "mm": ("minute", "[0-9]{2}"),
    "ss": ("second", "[0-9]{2}"),
}
_TOKEN = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)) + r"|T|[A-Za-z]+|.", re.DOTALL)
_UNCLEAR = gettext_noop("dạng ngày “%(text)s”: không hiểu “%(part)s”; viết như dd/MM/yyyy HH:mm:ss.")
_INCOMPLETE = gettext_noop("dạng ngày “%(text)s”: phải có đủ ngày, tháng, năm; viết như dd/MM/yyyy HH:mm:ss.")


class DateFormat:
    """A format such as `dd/MM/yyyy HH:mm:ss`; a single letter (`d/M/yyyy`) takes one digit or two."""

    def __init__(self, text: str) -> None:
        """Raises ValueError with a sentence, as a validator does."""
        pattern, names = "", set[str]()
        for piece in _TOKEN.findall(text):
            name, digits = _PARTS.get(piece, ("", ""))
            if name in names or (not name and piece.isalpha() and piece != "T"):
                raise fault(_UNCLEAR, text=shown(text), part=piece)
            names |= {name} - {""}
            pattern += f"(?P<{name}>{digits})" if name else re.escape(piece)
        if not names >= {"year", "month", "day"} or ("minute" in names and "hour" not in names):
            raise fault(_INCOMPLETE, text=shown(text))
        self.text = text
        self._pattern = re.compile(pattern)

    def read(self, text: str) -> datetime | None:
        """The moment that this text tells, to the minute in Viet Nam; None when it is not in this format or names
        no real day."""
        if not (found := self._pattern.fullmatch(text)):
            return None
        parts: dict[str, Any] = {name: int(digits) for name, digits in found.groupdict().items()}
        try:
            return datetime(**parts, tzinfo=clock.VIETNAM).replace(second=0)
        except ValueError:
            return None


def is_whole_day(moment: datetime) -> bool:
    """Midnight stands for the day alone: so systems write it."""
    return moment.time() == time(0)


def read_moment(value: object, formats: Sequence[DateFormat]) -> datetime:
    """A cell as a moment in Viet Nam: text in the first format that fits, or a date of a spreadsheet.

    Seconds are cut: people read times to the minute. Raises Unclear.
    """
    if isinstance(value, str):
        value = next((moment for one in formats if (moment := one.read(value))), None)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        from openpyxl.utils.datetime import from_excel  # slow to import

        try:
            value = from_excel(value)
        except (ValueError, OverflowError):
            value = None
    if isinstance(value, datetime):
        return value.replace(second=0, microsecond=0, tzinfo=clock.VIETNAM)
    if isinstance(value, date):
        return datetime.combine(value, time(0), clock.VIETNAM)
    shapes = ", ".join(one.text for one in formats)
    raise Unclear(_("không phải ngày ở dạng %(formats)s") % {"formats": shapes})
