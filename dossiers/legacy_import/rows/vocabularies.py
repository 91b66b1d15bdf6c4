"""Words of old systems: small vocabularies that mean the same everywhere, and the statuses of one system.

Systems number their statuses differently, so name and code must agree.
"""

from collections.abc import Mapping
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import BeforeValidator, Field, Strict, model_validator

from dossiers.models import Dossier, Party
from dossiers.rules.statuses import Status
from tenants.folder.file_schema import Line
from tenants.text import fold
from tenants.validation import Schema, fault, gettext_noop, shown

_TICKS = {"✓", "✔", "☑"}
_YES = {"x", "co", "yes", "y", "true", "1", "dong y", "da dong y", "nhan"}
_NO = {"", "khong", "k", "no", "n", "false", "0", "khong dong y", "khong nhan"}
_PERSON = {"ca nhan", "cong dan", "nguoi dan", "person"}
_ORGANISATION = {"to chuc", "doanh nghiep", "co quan", "to chuc doanh nghiep", "organisation"}
# Numbers and names of the national exchange.
_CHANNELS = {
    "1": Dossier.Channel.COUNTER,
    "truc tiep": Dossier.Channel.COUNTER,
    "counter": Dossier.Channel.COUNTER,
    "2": Dossier.Channel.ONLINE,
    "truc tuyen": Dossier.Channel.ONLINE,
    "online": Dossier.Channel.ONLINE,
    "3": Dossier.Channel.POST,
    "qua buu chinh cong ich": Dossier.Channel.POST,
    "buu chinh cong ich": Dossier.Channel.POST,
    "post": Dossier.Channel.POST,
}


class WordUnclear(ValueError):
    """A word outside the vocabulary. The text is a reason."""


def is_yes(word: str) -> bool:
    """Whether a cell says yes; an empty one says no. Raises WordUnclear."""
    word, folded = word.strip(), fold(word)
    if folded in _YES or word in _TICKS:
        return True
    # Signs fold to nothing, and nothing says no: only a cell that is empty may.
    if folded in _NO and (folded or not word):
        return False
    raise WordUnclear(_("phải là “có” hoặc “không” (cũng nhận x, 1, 0, để trống)"))


def kind(word: str) -> str:
    """Person or organisation. Raises WordUnclear."""
    folded = fold(word)
    if folded in _PERSON:
        return str(Party.Kind.PERSON)
    if folded in _ORGANISATION:
        return str(Party.Kind.ORGANISATION)
    raise WordUnclear(_("phải là “cá nhân” hoặc “tổ chức”"))


def channel(word: str, own: Mapping[str, str]) -> str:
    """How the dossier came in; `own` are the mapping's words. Raises WordUnclear."""
    folded = fold(word)
    found = own.get(folded) or _CHANNELS.get(folded)
    if found is None:
        raise WordUnclear(_("không rõ hình thức nộp; hãy ghi trong mục “channels” của tệp ánh xạ"))
    return str(found)


class StatusUnclear(ValueError):
    """The status of a row cannot be told. `column` is status_code or status_name, the text a reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


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
    """All statuses of the old system."""

    def __init__(self, rows: tuple[OldStatus, ...]) -> None:
        self.rows = rows
        self._by_code = {row.code: row for row in rows if row.code}
        self._by_name = {fold(row.name): row for row in rows if row.name}

    def resolve(self, code: str, name: str) -> OldStatus:
        """The status that a row's code and name both mean; one of them may be empty.

        Raises StatusUnclear when both are empty, when one is unknown, and when they say different things.
        """
        if not code and not name:
            raise StatusUnclear("status_name", _("không có trạng thái"))
        by_code = self._by_code.get(code) if code else None
        by_name = self._by_name.get(fold(name)) if name else None
        if code and by_code is None:
            raise StatusUnclear("status_code", _("mã trạng thái này không có trong bảng ánh xạ"))
        if name and by_name is None:
            raise StatusUnclear("status_name", _("tên trạng thái này không có trong bảng ánh xạ"))
        found = by_code or by_name
        assert found is not None
        if by_code and by_name and (by_code.status, by_code.step) != (by_name.status, by_name.step):
            reason = _(
                "tên trạng thái nói %(by_name)d (%(name)s), mã trạng thái nói %(by_code)d (%(code)s)"
            ) % {
                "by_name": by_name.status,
                "name": _(by_name.status.official),
                "by_code": by_code.status,
                "code": _(by_code.status.official),
            }
            raise StatusUnclear("status_name", reason)
        return found
