"""Who and what the words of an old system mean here. Unknown or ambiguous words are refused, never guessed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from dossiers.lifecycle import workflow_selection
from dossiers.models import CalendarVersion, WorkflowVersion
from dossiers.rules.codes import CodeError, normalise_procedure_code
from procedures.models import Procedure, ProcedureKind, ProcedureVersion
from tenants.accounts.models import User
from tenants.organisation.models import Agency, Role
from tenants.organisation.rights import people_with
from tenants.text import fold


class Unknown(ValueError):
    """A word that means nothing here, or more than one thing. The text is a reason."""


@dataclass(frozen=True)
class Place:
    """An agency as it was named, and the one that has its work today; None when nobody took it over."""

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
        self._places: dict[str, Place | Unknown] = {}
        self._procedures = {
            procedure.code: procedure
            for procedure in Procedure.objects.filter(handled=True)
            .exclude(kind=ProcedureKind.DENUNCIATION)
            .exclude(current_version=None)
            .only("code", "name", "kind", "agency", "sector", "current_version")
        }
        self._procedures_by_name = _grouped((fold(one.name), one) for one in self._procedures.values())
        self._found_procedures: dict[str, Procedure | Unknown] = {}
        self._versions: dict[int, list[ProcedureVersion]] = {}
        self._workflows: dict[int, WorkflowVersion] = {}
        self.people = {user.pk: user for user in User.objects.all()}
        self._by_username = {user.username.casefold(): user for user in self.people.values()}
        self._by_full_name = _grouped((fold(user.full_name), user) for user in self.people.values())
        self._workers: dict[int, frozenset[int]] = {}

    def place(self, word: str) -> Place:
        """The agency of this code or name, dissolved ones included, with its successor; raises Unknown."""
        return _kept(self._places, word, self._place)

    def procedure(self, word: str) -> Procedure:
        """The procedure of this national code or official name that the province handles; raises Unknown."""
        return _kept(self._found_procedures, word, self._procedure)

    def procedure_by_code(self, code: str) -> Procedure:
        """Raises KeyError."""
        return self._procedures[code]

    def version(self, procedure: Procedure, day: date) -> ProcedureVersion:
        """What the procedure demanded on this day; the oldest that is known for days before it."""
        versions = self._versions.get(procedure.pk)
        if versions is None:
            versions = self._versions[procedure.pk] = list(
                procedure.versions.order_by("-number").only(
                    "procedure", "number", "effective_from", "term_value", "term_unit"
                )
            )
        return next((one for one in versions if one.effective_from <= day), versions[-1])

    def workflow(self, procedure: Procedure) -> WorkflowVersion:
        """The workflow under which dossiers of this procedure are received."""
        found = self._workflows.get(procedure.pk)
        if found is None:
            found = self._workflows[procedure.pk] = workflow_selection.applicable(procedure)
        return found

    def person(self, word: str) -> User | None:
        """The member of staff with this user name or full name; None where the mapping says nobody.

        Raises Unknown.
        """
        folded = fold(word)
        translated = self._assignee_words.get(folded)
        if translated == "":
            return None
        if translated is not None:
            word, folded = translated, fold(translated)
        user = self._by_username.get(word.casefold())
        if user is not None:
            return user
        named = self._by_full_name.get(folded, [])
        if len(named) != 1:
            raise Unknown(
                _("có %(count)d người mang tên này; hãy ghi tên đăng nhập trong mục “assignees”")
                % {"count": len(named)}
                if named
                else _("không có cán bộ nào mang tên này; hãy ghi trong mục “assignees” của tệp ánh xạ")
            )
        return named[0]

    def works_at(self, user: User, agency: Agency) -> bool:
        """Whether dossiers of this agency may be given to this person."""
        workers = self._workers.get(agency.pk)
        if workers is None:
            found = people_with((Role.SPECIALIST, Role.LEADER), agency)
            workers = self._workers[agency.pk] = frozenset(person.pk for person in found)
        return user.pk in workers

    def _place(self, word: str) -> Place:
        word = self._agency_words.get(fold(word), word)
        exact = self.agency_by_code.get(word.upper())
        named = [exact] if exact else self._agencies_by_name.get(fold(word), [])
        if not named:
            raise Unknown(_("không có cơ quan này; hãy ghi trong mục “agencies” của tệp ánh xạ"))
        todays = {today.pk if today else None for today in map(self._today, named)}
        if len(named) > 1:
            # A merged commune often keeps the name of one of those it grew from: the same work either way.
            living = [agency for agency in named if agency.dissolved_on is None]
            if len(living) != 1 or todays != {living[0].pk}:
                raise Unknown(_("có nhiều cơ quan cùng tên này; hãy ghi mã trong mục “agencies”"))
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
            raise Unknown(
                _("có nhiều thủ tục cùng tên này; hãy ghi mã trong mục “procedures”")
                if named
                else _("tỉnh không giải quyết thủ tục tên này; hãy ghi mã trong mục “procedures”")
            ) from None
        found = self._procedures.get(code)
        if found is None:
            raise Unknown(_("tỉnh không giải quyết thủ tục có mã này, hoặc danh mục chưa có"))
        return found


def _grouped[Item](pairs: Iterable[tuple[str, Item]]) -> dict[str, list[Item]]:
    found: dict[str, list[Item]] = {}
    for key, item in pairs:
        found.setdefault(key, []).append(item)
    return found


def _kept[Found](known: dict[str, Found | Unknown], word: str, find: Callable[[str], Found]) -> Found:
    """The answer to a word, found once; a refusal is kept as well."""
    answer = known.get(word)
    if answer is None:
        try:
            answer = find(word)
        except Unknown as error:
            answer = error
        known[word] = answer
    if isinstance(answer, Unknown):
        raise Unknown(str(answer))
    return answer
