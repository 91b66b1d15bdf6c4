"""Whether the people are there without whom a desk cannot work: for `province check`.

Only an account that somebody has set a password for counts: an invitation receives no dossier.
"""

from collections.abc import Iterator

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.organisation.models import Assignment, Role, working_desks
from tenants.organisation.rights import subtree
from tenants.readiness.checks import Check, Finding, Level, Owner, State, checks

SHOWN = 5
STAFF = "organisation.agency"


def register() -> None:
    """Add the checks `people.desks` and `people.administrator`."""
    checks.register(
        Check("people.desks", gettext_lazy("Mỗi nơi tiếp nhận có đủ người"), Level.GOLIVE, _desks)
    )
    checks.register(
        Check(
            "people.administrator",
            gettext_lazy("Quản trị tỉnh có mã xác nhận trên điện thoại"),
            Level.GOLIVE,
            _administrator,
            waived_in_demo=True,
        )
    )


def _desks() -> Iterator[Finding]:
    working = working_desks()
    for id, role, title in (
        ("people.desks.clerk", Role.CLERK, _("Mỗi nơi tiếp nhận có cán bộ tiếp nhận")),
        ("people.desks.approver", Role.LEADER, _("Mỗi nơi tiếp nhận có người duyệt (lãnh đạo)")),
    ):
        covered = subtree(_signed_in(role).values_list("agency_id", flat=True))
        missing = [desk.name for desk in working if desk.pk not in covered]
        if working and not missing:
            yield Finding(id, title)
            continue
        cause = (
            _("Chưa có ở %(count)d/%(all)d nơi: %(names)s.")
            % {"count": len(missing), "all": len(working), "names": _first(missing)}
            if working
            else _("Chưa có nơi tiếp nhận nào.")
        )
        fix = _(
            "Ghi vào staff.csv rồi province apply, hoặc thêm trong trang quản trị; người ấy phải tự đặt mật khẩu."
        )
        yield Finding(id, title, State.BLOCKED, cause, fix, table=STAFF)


def _administrator() -> Iterator[Finding]:
    title = _("Có quản trị tỉnh dùng mã xác nhận trên điện thoại")
    administrators = _signed_in(Role.ADMINISTRATOR)
    if administrators.filter(user__second_factor__isnull=False).exists():
        yield Finding("people.administrator", title)
        return
    cause = (
        _("Quản trị tỉnh chưa cài mã xác nhận trên điện thoại.")
        if administrators.exists()
        else _("Chưa có quản trị tỉnh nào đã đặt mật khẩu.")
    )
    fix = _("Người quản trị đăng nhập /quan-tri/ và cài mã: docs/can-bo/dang-nhap.md.")
    yield Finding("people.administrator", title, State.BLOCKED, cause, fix, Owner.PROVINCE, table=STAFF)


def _signed_in(role: Role) -> QuerySet[Assignment]:
    """Assignments of active people who have a password."""
    active = Assignment.objects.filter(role=role, user__is_active=True)
    return active.exclude(user__password="").exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)


def _first(names: list[str]) -> str:
    shown = ", ".join(names[:SHOWN])
    return shown if len(names) <= SHOWN else _("%(names)s và nơi khác") % {"names": shown}
