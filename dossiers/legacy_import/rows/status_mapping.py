"""What the statuses of an old system mean. Systems number them differently, so name and code must agree."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dossiers.rules.statuses import Status
from tenants.text import fold


class StatusUnclear(ValueError):
    """The status of a row cannot be told. `column` is status_code or status_name, the text a reason."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@dataclass(frozen=True, slots=True)
class OldStatus:
    """One status of the old system: by its code, its name or both, and what it is here.

    `step` names the step of our workflow; empty means the first step of that status.
    """

    code: str
    name: str
    status: Status
    step: str = ""


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
