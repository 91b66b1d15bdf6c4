"""The first people of a province from `staff.csv`: accounts with roles, and an invitation for each new one.

The file holds no password: everybody sets their own by the link on the sheet of their agency.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import AfterValidator, Field

from tenants.accounts.models import Invitation, User
from tenants.accounts.signin import invitations
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import ValidationProblem, refuse
from tenants.folder.questionnaire import Answers
from tenants.folder.readers.csv_reader import Table, TableRow
from tenants.folder.steps import Invited, Progress, State, Step, StepReport
from tenants.folder.tables import Part, apply_table
from tenants.organisation.folder import agencies
from tenants.organisation.models import Agency, Assignment, Role
from tenants.validation import fault, gettext_noop, shaped, shown

FILE = "staff.csv"
_PLAIN = ("full_name", "position", "email")
ROLES = "role"
SHOWN = 5
_KEY = ("username", "agency", "role")


# As `UnicodeUsernameValidator` of Django takes them.
_USERNAME = shaped(r"[\w.@+-]+", gettext_noop("username “%(name)s” chỉ gồm chữ, số và các dấu @ . + - _"))


def _email(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError as error:
        raise fault(gettext_noop("email “%(email)s” không đúng dạng."), email=shown(address)) from error
    return address


class StaffRow(TableRow):
    """A role of a person at an agency."""

    username: Annotated[str, Field(max_length=150), _USERNAME]
    full_name: Annotated[str, Field(max_length=100)]
    position: Annotated[str, Field(max_length=100)] = ""
    email: Annotated[str, Field(max_length=254), AfterValidator(_email)] = ""
    agency: str
    role: Role

    @property
    def assignment(self) -> tuple[str, str, str]:
        return self.username, self.agency, self.role


COLUMNS = {
    "username": gettext_lazy("tên đăng nhập"),
    "full_name": gettext_lazy("họ và tên"),
    "position": gettext_lazy("chức danh"),
    "email": gettext_lazy("thư điện tử"),
    "agency": gettext_lazy("mã cơ quan nơi làm việc"),
    "role": gettext_lazy(
        "vai trò: clerk (tiếp nhận), specialist (chuyên viên), leader (lãnh đạo), communications (truyền thông), "
        "auditor (thanh tra), administrator (quản trị tỉnh); hai vai trò thì ghi hai dòng"
    ),
}


Rows = Sequence[StaffRow]


def _read(folder: Folder) -> tuple[Rows, list[ValidationProblem]]:
    """The sound rows of `staff.csv`, and all faults. A person with two roles has two rows, which must agree."""
    if not folder.has(FILE):
        return (), []
    rows, problems = _table(folder)
    found = [*problems]
    codes = agencies.agency_codes_in(folder)
    first: dict[str, StaffRow] = {}
    for row in rows:
        found += _row_problems(row, first.setdefault(row.username.casefold(), row), codes)
    clerks = {row.agency for row in rows if row.role == Role.CLERK}
    empty = [name for name, above in agencies.desks_in(folder) if not clerks & above]
    if rows and empty and not problems:
        # A remark: clerks may be entered in the admin as well. Going live is what needs them.
        text = _("%(count)d nơi tiếp nhận chưa có cán bộ tiếp nhận (clerk): %(names)s.")
        names = {
            "count": len(empty),
            "names": ", ".join(empty[:SHOWN]) + (", …" if len(empty) > SHOWN else ""),
        }
        found.append(ValidationProblem(FILE, 0, text % names, blocks=False))
    return rows, found


def _write(folder: Folder, rows: Rows, progress: Progress) -> StepReport:
    """Write the people of the file into the present province; new accounts get an invitation each, told once.

    Accounts and roles that the file does not name stay as they are.
    """
    report = StepReport()
    known_agencies = {agency.code: agency for agency in Agency.objects.all()}
    usernames = {row.username for row in rows}
    known = {user.username: user for user in User.objects.filter(username__in=usernames)}
    assigned = set(
        Assignment.objects.filter(user__username__in=usernames).values_list(
            "user__username", "agency__code", "role"
        )
    )
    newcomers = _newcomers(rows, known, folder)
    known |= newcomers
    new_roles: list[Assignment] = []
    seen: set[str] = set()
    for row in rows:
        username = row.username
        user = known.get(username)
        if user is None:
            continue
        is_new = username in newcomers and username not in seen
        seen.add(username)
        changed = username not in newcomers and _fill(user, row, folder)
        if changed:
            user.save()
        made = row.assignment not in assigned and not folder.keeps(username, ROLES)
        if made:
            new_roles.append(Assignment(user=user, agency=known_agencies[row.agency], role=row.role))
        report.count(new=is_new, differs=is_new or changed or made)
    Assignment.objects.bulk_create([role for role in new_roles if role.user.username in newcomers])
    for role in new_roles:
        # Saved one by one: another role ends the sessions of who has it.
        if role.user.username not in newcomers:
            role.save()
    invited = list(newcomers.values())
    report.invited = with_links(invited, invitations.invite_newcomers(invited))
    return report


def _newcomers(rows: Sequence[StaffRow], known: Mapping[str, User], folder: Folder) -> dict[str, User]:
    """Accounts for those of the file who have none, by user name; one statement for all."""
    found: dict[str, User] = {}
    for row in rows:
        username = row.username
        if username not in known and username not in found and not folder.keeps(username):
            user = User(username=username, is_staff=True)
            user.set_unusable_password()
            _fill(user, row, folder)
            found[username] = user
    User.objects.bulk_create(found.values())
    return found


def _row_problems(row: StaffRow, first: StaffRow, codes: frozenset[str]) -> Iterator[ValidationProblem]:
    names = {"name": shown(row.username), "line": first.line, "code": shown(row.agency)}
    if row.agency not in codes:
        yield row.problem(
            _("agency “%(code)s” không có trong agencies.csv, hoặc đã kết thúc.") % names, "agency"
        )
    if row.username != first.username:
        text = _("username “%(name)s” chỉ khác dòng %(line)d ở chữ hoa, chữ thường.")
        yield row.problem(text % names, "username")
        return
    differs = next((name for name in _PLAIN if getattr(row, name) != getattr(first, name)), "")
    if differs:
        yield row.problem(_("“%(name)s” khác dòng %(line)d về họ tên, chức danh hay email.") % names, differs)


def _table(folder: Folder) -> Table[StaffRow]:
    return folder.table(FILE, StaffRow, key=_KEY)


def _state(folder: Folder) -> State:
    """The people of the file as they stand in the present province, with the roles that the file gives them."""
    named = {row.assignment for row in _table(folder).rows} if folder.has(FILE) else set()
    if not named:
        return {}
    found: dict[str, dict[str, str]] = {name: {} for name, _agency, _role in sorted(named)}
    users = User.objects.filter(username__in={name for name, _agency, _role in named})
    for user in users.order_by("username"):
        found[user.username] = {name: getattr(user, name) for name in _PLAIN} | {ROLES: ""}
    for row in _roles(Assignment.objects.all()):
        if (row["username"], row["agency"], row["role"]) in named:
            fields = found[row["username"]]
            fields[ROLES] = "; ".join(filter(None, [fields.get(ROLES), f"{row['role']} {row['agency']}"]))
    return found


def _export(draft: Draft) -> None:
    note = "Cán bộ: mỗi vai trò một dòng. Có tên người thật: không đưa tệp này vào kho mã chung."
    draft.table(FILE, tuple(COLUMNS), staff_rows(), note)


def _start(draft: Draft, answers: Answers) -> None:
    """`staff.csv` with the first administrator, if one is known, and what the columns mean."""
    username, name = answers.administrator
    person = {
        "username": username,
        "full_name": name,
        "agency": answers.agency_code,
        "role": Role.ADMINISTRATOR.value,
    }
    roles = ", ".join(f"{role.value} ({role.label})" for role in Role)
    note = (
        f"Cán bộ: mỗi vai trò một dòng, không có mật khẩu. Các vai trò: {roles}.\n"
        "Có tên người thật: không đưa tệp này vào kho mã chung."
    )
    draft.table(FILE, tuple(COLUMNS), [person] if username else [], note, empty=True)


def staff_rows() -> list[dict[str, str]]:
    """A row of the file for each role of active staff, at an agency that is still there."""
    return _roles(Assignment.objects.filter(user__is_active=True, agency__dissolved_on=None))


def _roles(assignments: QuerySet[Assignment]) -> list[dict[str, str]]:
    ordered = assignments.select_related("user", "agency").order_by("user__username", "agency__code", "role")
    return [
        {
            "username": one.user.username,
            **{name: getattr(one.user, name) for name in _PLAIN},
            "agency": one.agency.code,
            "role": one.role,
        }
        for one in ordered
    ]


def _fill(user: User, row: StaffRow, folder: Folder) -> bool:
    changed = [
        name
        for name in _PLAIN
        if getattr(user, name) != getattr(row, name) and not folder.keeps(row.username, name)
    ]
    for name in changed:
        setattr(user, name, getattr(row, name))
    return bool(changed)


def with_links(people: Sequence[User], links: Sequence[str]) -> list[Invited]:
    """Each of these people with their link, at the first of their agencies; a few statements for all."""
    until = dict(Invitation.objects.filter(user__in=people).values_list("user", "expires_at"))
    held: dict[int, list[Assignment]] = {}
    rows = Assignment.objects.filter(user__in=people).select_related("agency")
    for one in rows.order_by("agency__code", "role"):
        held.setdefault(one.user_id, []).append(one)
    found = []
    for user, link in zip(people, links, strict=True):
        roles = held.get(user.pk, [])
        found.append(
            Invited(
                agency_code=roles[0].agency.code if roles else "khac",
                agency=roles[0].agency.name if roles else _("Chưa phân công"),
                name=user.get_full_name(),
                username=user.username,
                roles="; ".join(f"{one.get_role_display()}, {one.agency.name}" for one in roles),
                link=link,
                until=until[user.pk],
            )
        )
    return found


def renew_invitations(agency_code: str = "") -> list[Invited]:
    """A new link for each active person who has set no password yet: of one agency, or of all.

    Their older links are void from now on. Raises Refused for an agency that the province does not have.
    """
    waiting = User.objects.filter(is_active=True, password__startswith=UNUSABLE_PASSWORD_PREFIX)
    if agency_code:
        if not Agency.objects.filter(code=agency_code).exists():
            text = _("không có cơ quan mã %(code)s.") % {"code": shown(agency_code)}
            raise refuse("--agency", 0, text)
        there = Assignment.objects.filter(agency__code=agency_code)
        waiting = waiting.filter(pk__in=there.values("user"))
    people, links = list[User](), list[str]()
    for listed in list(waiting.order_by("username")):
        with transaction.atomic():
            invitations.lock(listed)
            # Read again: a password may be set, or the account locked, since it was listed.
            user = waiting.select_for_update().filter(pk=listed.pk).first()
            if user is not None:
                links.append(invitations.invite(user))
                people.append(user)
    return with_links(people, links)


STEP = Step("staff", gettext_lazy("Cán bộ"), _read, _write, {FILE: None}, _state, _export, _start)
TABLE = Part(
    code="can-bo",
    title=gettext_lazy("Cán bộ và vai trò"),
    explained=gettext_lazy(
        "Tệp không có mật khẩu: tài khoản mới nhận một lời mời. Người và vai trò không có trong tệp để nguyên."
    ),
    file=FILE,
    key=_KEY,
    name="full_name",
    columns=COLUMNS,
    rows=staff_rows,
    # The file names agencies: those of the province stand beside it.
    apply=lambda path, hide_missing: apply_table(STEP, path, beside=agencies.TABLE),
)
