"""Checks of staff at the desks, the host and the last smoke test.

An account counts once it has a password: an invitation receives no dossier. The host counts when its name resolves and
this very province answers over TLS.
"""

import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, HTTPSConnection

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.audit import operators_log
from tenants.folder.readiness import Check, Finding, Level, Owner, State
from tenants.isolation import signing
from tenants.isolation.context import current_province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.organisation.models import Assignment, Role, working_desks
from tenants.organisation.rights import subtree

SHOWN = 5
STAFF = "organisation.agency"
SECONDS = 5.0
SMOKE = "smoke"


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


def fetch(host: str) -> str:
    """A host's answer at the path of its proof over TLS at PUBLIC_PORT, "" for any status but 200.

    Raises socket.gaierror for a name that leads nowhere, ssl.SSLCertVerificationError for a certificate that
    browsers would refuse, OSError or HTTPException where nothing useful answers within SECONDS.
    """
    port = int(settings.PUBLIC_PORT or 443)
    asked = HTTPSConnection(host, port, timeout=SECONDS, context=ssl.create_default_context())
    try:
        asked.request("GET", signing.HOST_PROOF_PATH)
        answer = asked.getresponse()
        return answer.read(200).decode("ascii", "replace").strip() if answer.status == 200 else ""
    finally:
        asked.close()


def _host() -> Iterator[Finding]:
    province = current_province()
    title = _("Tên miền %(host)s trả lời qua TLS bằng tỉnh này") % {"host": province.host}
    cause, fix = _trouble(province)
    state = State.BLOCKED if cause else State.OK
    yield Finding("host", title, state, cause, fix, Owner.OPERATOR)


def _trouble(province: ProvinceRecord) -> tuple[str, str]:
    """The fault of this host and its remedy; two empty texts for none."""
    try:
        answer = fetch(province.host)
    except socket.gaierror:
        return _("Tên miền chưa trỏ về máy nào."), _(
            "Khai bản ghi A hoặc AAAA của tên miền ở nơi giữ tên miền."
        )
    except ssl.SSLCertVerificationError as error:
        cause = _("Chứng thư TLS không dùng được: %(why)s.") % {"why": error.verify_message}
        return cause, _("Cấp chứng thư đúng tên miền này, từ nơi máy này tin: docs/van-hanh/cai-dat.md.")
    except (OSError, HTTPException) as error:
        names = {"port": settings.PUBLIC_PORT or "443", "error": type(error).__name__}
        cause = _("Không nói chuyện TLS được ở cổng %(port)s (%(error)s).") % names
        return cause, _("Mở cổng ấy và cho proxy nghe tên miền này: docs/van-hanh/cai-dat.md.")
    if not constant_time_compare(answer, signing.host_proof(province)):
        cause = _("Máy ở tên miền này trả lời, nhưng không phải bằng tỉnh này của bản cài này.")
        return cause, _("Xem bản ghi DNS và proxy: có thể còn trỏ về cổng cũ.")
    return "", ""


def _smoke() -> Iterator[Finding]:
    slug = current_province().slug
    title = _("Diễn tập một hồ sơ qua mọi bước")
    entry = operators_log.last(slug, SMOKE)
    if entry is not None and entry.detail.get("failed") == 0:
        at = f"{entry.at.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}"
        yield Finding("ops.smoke", f"{title}: {at}", owner=Owner.OPERATOR)
        return
    cause = _("Chưa diễn tập lần nào.") if entry is None else _("Lần diễn tập gần nhất có bước không đạt.")
    fix = _("Chạy manage.py province smoke %(slug)s: docs/van-hanh/dien-tap.md.") % {"slug": slug}
    yield Finding("ops.smoke", title, State.BLOCKED, cause, fix, Owner.OPERATOR)


DESKS = Check("people.desks", gettext_lazy("Mỗi nơi tiếp nhận có đủ người"), Level.GOLIVE, _desks)
ADMINISTRATOR = Check(
    "people.administrator",
    gettext_lazy("Quản trị tỉnh có mã xác nhận trên điện thoại"),
    Level.GOLIVE,
    _administrator,
    waived_in_demo=True,
)
HOST = Check(
    "host",
    gettext_lazy("Tên miền trỏ về đây, trả lời qua TLS"),
    Level.GOLIVE,
    _host,
    asks_outside=True,
    waived_in_demo=True,
)
SMOKE_TEST = Check(
    "ops.smoke", gettext_lazy("Diễn tập một hồ sơ qua mọi bước"), Level.GOLIVE, _smoke, waived_in_demo=True
)
