"""What the words of an old system for agencies, procedures and people mean here. Unknown or ambiguous words are
refused, never guessed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from django.utils.translation import gettext as _

from dossiers.deadlines.models import CalendarVersion
from dossiers.legacy_import.rows.records import Unclear
from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.rules.codes import CodeError, normalise_procedure_code
from dossiers.workflow.models import WorkflowVersion
from procedures.catalogue.models import Procedure, ProcedureKind, ProcedureVersion
from tenants.accounts.models import User
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import people_with
from tenants.text import fold


@dataclass(frozen=True)
class Place:
    """An agency as it was named, and the one that has its work today; None when no agency took it over."""

    named: Agency
    today: Agency | None


class Directory:
    """The agencies, procedures and people of the present province, read once and kept."""

    def __init__(
        self,
        agencies: Mapping[str, str] | None = None,
        procedures: Mapping[str, str] | None = None,
        assignees: Mapping[str, str] | None = None,
    ) -> None:
        """The three are translations from folded words of an old system into our codes and user names."""
        self._agency_words = agencies or {}
        self._procedure_words = procedures or {}
        self._assignee_words = assignees or {}
        self.calendar = CalendarVersion.in_force()
        self.agencies = {agency.pk: agency for agency in Agency.objects.all()}
        self.agency_by_code = {agency.code: agency for agency in self.agencies.values()}
        self._agencies_by_name = _grouped((fold(one.name), one) for one in self.agencies.values())
        self.procedures = {
            procedure.code: procedure
            for procedure in Procedure.objects.filter(handled=True)
            .exclude(kind=ProcedureKind.DENUNCIATION)
            .exclude(current_version=None)
            .only("code", "name", "kind", "agency", "sector", "current_version")
        }
        self._procedures_by_name = _grouped((fold(one.name), one) for one in self.procedures.values())
        self.people = {user.pk: user for user in User.objects.all()}
        self._by_username = {user.username.casefold(): user for user in self.people.values()}
        self._by_full_name = _grouped((fold(user.full_name), user) for user in self.people.values())
        self.place: Callable[[str], Place] = cache(self._place)
        """The agency of this code or name, dissolved ones included, with its successor; raises Unclear."""
        self.procedure: Callable[[str], Procedure] = cache(self._procedure)
        """The procedure of this national code or official name that the province handles; raises Unclear."""
        self.workflow: Callable[[Procedure], WorkflowVersion] = cache(rules_in_force.applicable)
        """The workflow under which dossiers of this procedure are received."""
        self._versions = cache(_versions)
        self.workers: Callable[[Agency], frozenset[int]] = cache(_workers)
        """Keys of the people to whom dossiers of this agency may be given."""

    def version(self, procedure: Procedure, day: date) -> ProcedureVersion:
        """What the procedure demanded on this day; the oldest that is known for days before it."""
        versions = self._versions(procedure)
        return next((one for one in versions if one.effective_from <= day), versions[-1])

    def person(self, word: str) -> User | None:
        """The member of staff with this user name or full name; None where the mapping says that there is none.

        Raises Unclear.
        """
        word = self._assignee_words.get(fold(word), word)
        user = self._by_username.get(word.casefold())
        if user is not None or not word:
            return user
        named = self._by_full_name.get(fold(word), [])
        if len(named) > 1:
            text = _("có %(count)d người mang tên này; hãy ghi tên đăng nhập trong mục “assignees”")
            raise Unclear(text % {"count": len(named)})
        if not named:
            raise Unclear(_("không có cán bộ nào mang tên này; hãy ghi trong mục “assignees” của tệp ánh xạ"))
        return named[0]

    def _place(self, word: str) -> Place:
        word = self._agency_words.get(fold(word), word)
        exact = self.agency_by_code.get(word.upper())
        named = [exact] if exact else self._agencies_by_name.get(fold(word), [])
        if not named:
            raise Unclear(_("không có cơ quan này; hãy ghi trong mục “agencies” của tệp ánh xạ"))
        if len(named) > 1:
            # A merged commune often keeps the name of one of those it grew from: the same work either way.
            living = [agency for agency in named if agency.dissolved_on is None]
            if len(living) != 1 or any(self._today(agency) != living[0] for agency in named):
                raise Unclear(_("có nhiều cơ quan cùng tên này; hãy ghi mã trong mục “agencies”"))
            named = living
        return Place(named[0], self._today(named[0]))

    def _today(self, agency: Agency) -> Agency | None:
        seen: set[int] = set()
        while agency.dissolved_on is not None:
            if agency.successor_id is None or agency.pk in seen:
                return None
            seen.add(agency.pk)
            agency = self.agencies[agency.successor_id]
        return agency

    def _procedure(self, word: str) -> Procedure:
        word = self._procedure_words.get(fold(word), word)
        try:
            code = normalise_procedure_code(word)
        except CodeError:
            named = self._procedures_by_name.get(fold(word), [])
            if len(named) == 1:
                return named[0]
            raise Unclear(
                _("có nhiều thủ tục cùng tên này; hãy ghi mã trong mục “procedures”")
                if named
                else _("tỉnh không giải quyết thủ tục tên này; hãy ghi mã trong mục “procedures”")
            ) from None
        if code not in self.procedures:
            raise Unclear(_("tỉnh không giải quyết thủ tục có mã này, hoặc danh mục chưa có"))
        return self.procedures[code]


def _versions(procedure: Procedure) -> list[ProcedureVersion]:
    """The newest first."""
    wanted = ("procedure", "number", "effective_from", "term_value", "term_unit")
    return list(procedure.versions.order_by("-number").only(*wanted))


def _workers(agency: Agency) -> frozenset[int]:
    return frozenset(person.pk for person in people_with((Role.SPECIALIST, Role.LEADER), agency))


def _grouped[Item](pairs: Iterable[tuple[str, Item]]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = defaultdict(list)
    for key, item in pairs:
        found[key].append(item)
    return found
