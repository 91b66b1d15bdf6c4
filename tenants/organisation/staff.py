"""The first people of a province from `staff.csv`: accounts with roles, and an invitation for each new one.

The file holds no password: everybody sets their own by the link that `province apply` prints.
"""

from collections.abc import Iterator, Sequence

from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.accounts.models import User
from tenants.onboarding import registry
from tenants.onboarding.documents import shown
from tenants.onboarding.folder import Folder
from tenants.onboarding.problems import Problem
from tenants.onboarding.registry import Progress, Step, StepReport
from tenants.onboarding.tables import Column, Row
from tenants.organisation.models import Agency, Assignment, Role
from tenants.organisation.onboarding import agency_codes_in
from tenants.signin import invitations

FILE = "staff.csv"
_PLAIN = ("full_name", "position", "email")
_COLUMNS = (
    Column("username", required=True, most=150),
    Column("full_name", required=True, most=100),
    Column("position", most=100),
    Column("email", most=254),
    Column("agency", required=True, most=35),
    Column("role", required=True, choices=tuple(Role.values)),
)


def register() -> None:
    """Add the people to the onboarding of a province; they come after the agencies they work at."""
    registry.register(Step("staff", gettext_lazy("Cán bộ"), validate, apply, order=15, files=(FILE,)))


def validate(folder: Folder) -> Sequence[Problem]:
    """All faults of `staff.csv`. Somebody with two roles has two rows, which must agree on the person."""
    if not folder.has(FILE):
        return []
    table = folder.table(FILE, _COLUMNS)
    agencies = agency_codes_in(folder)
    first: dict[str, Row] = {}
    found = [*table.problems]
    for row in table.rows:
        found += _row_problems(row, first.setdefault(row["username"], row), agencies)
    return found


def apply(folder: Folder, progress: Progress) -> StepReport:
    """Write the people of the file into the present province; the report holds the links of new accounts.

    Accounts and roles that the file does not name stay as they are.
    """
    report = StepReport()
    if not folder.has(FILE):
        return report
    rows = folder.table(FILE, _COLUMNS).rows
    agencies = {agency.code: agency for agency in Agency.objects.all()}
    known = {
        user.username: user for user in User.objects.filter(username__in=[row["username"] for row in rows])
    }
    newcomers: list[User] = []
    for row in rows:
        user = known.get(row["username"])
        if user is None:
            user = User(username=row["username"], is_staff=True)
            user.set_unusable_password()
            newcomers.append(user)
        changed = _fill(user, row)
        is_new = user.pk is None
        known[row["username"]] = user
        if is_new or changed:
            user.save()
        _assignment, made = Assignment.objects.get_or_create(
            user=user, agency=agencies[row["agency"]], role=row["role"]
        )
        report.added += int(is_new)
        report.changed += int(not is_new and (changed or made))
        report.unchanged += int(not (is_new or changed or made))
    for user in newcomers:
        names = {"person": user.get_full_name(), "username": user.username, "link": invitations.invite(user)}
        report.invitations.append(_("Lời mời của %(person)s (%(username)s), dùng một lần: %(link)s") % names)
    return report


def _row_problems(row: Row, first: Row, agencies: frozenset[str]) -> Iterator[Problem]:
    try:
        UnicodeUsernameValidator()(row["username"])
    except ValidationError:
        text = _("username “%(name)s” chỉ gồm chữ, số và các dấu @ . + - _")
        yield row.problem(text % {"name": shown(row["username"])}, column="username")
    if row["email"]:
        try:
            validate_email(row["email"])
        except ValidationError:
            text = _("email “%(email)s” không đúng dạng.")
            yield row.problem(text % {"email": shown(row["email"])}, column="email")
    if row["agency"] not in agencies:
        text = _("agency “%(code)s” không có trong agencies.csv, hoặc đã kết thúc.")
        yield row.problem(text % {"code": shown(row["agency"])}, column="agency")
    if any(row[name] != first[name] for name in _PLAIN):
        names = {"name": shown(row["username"]), "line": first.line}
        yield row.problem(_("“%(name)s” khác dòng %(line)d về họ tên, chức danh hay email.") % names)
    elif row is not first and (row["agency"], row["role"]) == (first["agency"], first["role"]):
        names = {"name": shown(row["username"]), "line": first.line}
        yield row.problem(_("“%(name)s” lặp lại dòng %(line)d.") % names)


def _fill(user: User, row: Row) -> bool:
    """Whether anything about the person became different."""
    changed = [name for name in _PLAIN if getattr(user, name) != row[name]]
    for name in changed:
        setattr(user, name, row[name])
    return bool(changed)
