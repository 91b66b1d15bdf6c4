"""Checks of staff at the desks, the host, the last smoke test, the calendar and the store of files.

An account counts once it has a password: an invitation receives no dossier. The host counts when its name resolves and
this very province answers over TLS.
"""

import socket
import ssl
from collections.abc import Iterator
from datetime import date
from http.client import HTTPException, HTTPSConnection

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.deadlines.models import CalendarVersion
from dossiers.exchange import webhooks
from tenants import clock
from tenants.audit import operators_log
from tenants.folder.readiness import Finding, Level, Owner, State, check, found
from tenants.isolation import signing
from tenants.isolation.context import current_province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.readiness import installation_checks
from tenants.organisation.models import Assignment, Role, working_desks
from tenants.organisation.rights import subtree

SHOWN = 5
STAFF = "organisation.agency"
SECONDS = 5.0
SMOKE = "smoke"
NEXT_YEAR_NEEDED = (12, 1)
"""Month and day from which no province goes live without the days off of next year: due dates fall into it."""


@check("people.desks", gettext_lazy("Mỗi nơi tiếp nhận có đủ người"), Level.GOLIVE)
def desks() -> Iterator[Finding]:
    working = working_desks()
    fix = _(
        "Ghi vào staff.csv rồi province apply, hoặc thêm trong trang quản trị; người ấy phải tự đặt mật khẩu."
    )
    for id, role, title in (
        ("people.desks.clerk", Role.CLERK, _("Mỗi nơi tiếp nhận có cán bộ tiếp nhận")),
        ("people.desks.approver", Role.LEADER, _("Mỗi nơi tiếp nhận có người duyệt (lãnh đạo)")),
    ):
        covered = subtree(_signed_in(role).values_list("agency_id", flat=True))
        missing = [desk.name for desk in working if desk.pk not in covered]
        cause = "" if working else _("Chưa có nơi tiếp nhận nào.")
        if missing:
            shown = ", ".join(missing[:SHOWN])
            if len(missing) > SHOWN:
                shown = _("%(names)s và nơi khác") % {"names": shown}
            names = {"count": len(missing), "all": len(working), "names": shown}
            cause = _("Chưa có ở %(count)d/%(all)d nơi: %(names)s.") % names
        yield found(id, title, cause, fix, table=STAFF)


@check(
    "people.administrator",
    gettext_lazy("Quản trị tỉnh có mã xác nhận trên điện thoại"),
    Level.GOLIVE,
    waived_in_demo=True,
)
def administrator() -> Iterator[Finding]:
    title = _("Có quản trị tỉnh dùng mã xác nhận trên điện thoại")
    administrators = _signed_in(Role.ADMINISTRATOR)
    cause = ""
    if not administrators.exists():
        cause = _("Chưa có quản trị tỉnh nào đã đặt mật khẩu.")
    elif not administrators.filter(user__second_factor__isnull=False).exists():
        cause = _("Quản trị tỉnh chưa cài mã xác nhận trên điện thoại.")
    fix = _("Người quản trị đăng nhập /quan-tri/ và cài mã: docs/can-bo/dang-nhap.md.")
    yield found("people.administrator", title, cause, fix, table=STAFF)


def _signed_in(role: Role) -> QuerySet[Assignment]:
    active = Assignment.objects.filter(role=role, user__is_active=True)
    return active.exclude(user__password="").exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)


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


@check(
    "host",
    gettext_lazy("Tên miền trỏ về đây, trả lời qua TLS"),
    Level.GOLIVE,
    asks_outside=True,
    waived_in_demo=True,
)
def host() -> Iterator[Finding]:
    province = current_province()
    title = _("Tên miền %(host)s trả lời qua TLS bằng tỉnh này") % {"host": province.host}
    yield found("host", title, *_trouble(province), Owner.OPERATOR)


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


@check("ops.smoke", gettext_lazy("Diễn tập một hồ sơ qua mọi bước"), Level.GOLIVE, waived_in_demo=True)
def smoke_test() -> Iterator[Finding]:
    slug = current_province().slug
    title = _("Diễn tập một hồ sơ qua mọi bước")
    entry = operators_log.last(slug, SMOKE)
    cause = _("Chưa diễn tập lần nào.") if entry is None else _("Lần diễn tập gần nhất có bước không đạt.")
    if entry is not None and entry.detail.get("failed") == 0:
        cause, title = "", f"{title}: {entry.at.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}"
    fix = _("Chạy manage.py province smoke %(slug)s: docs/van-hanh/dien-tap.md.") % {"slug": slug}
    yield found("ops.smoke", title, cause, fix, Owner.OPERATOR)


@check("webhooks", gettext_lazy("Hệ thống khác nhận được sự kiện"), Level.GOLIVE)
def receivers() -> Iterator[Finding]:
    """Whether an address refused for so long that events are no longer sent to it."""
    title, stopped = _("Hệ thống khác nhận được sự kiện"), webhooks.paused()
    cause = _("%(count)d địa chỉ nhận từ chối suốt một ngày, đã tạm dừng gửi.") % {"count": stopped}
    fix = _("Hỏi bên nhận, rồi bấm Gửi tiếp ở Địa chỉ nhận sự kiện. Sự kiện mới chờ trong sổ, không mất.")
    table = "exchange.webhook"
    yield found("webhooks", title, cause if stopped else "", fix, table=table, state=State.WARNING)


@check("files", gettext_lazy("Kho tệp nhận, đọc, xóa được"), Level.PILOT, asks_outside=True)
def store() -> Iterator[Finding]:
    yield from installation_checks.store_findings()


@check("calendar", gettext_lazy("Lịch làm việc, ngày nghỉ năm nay và năm sau"), Level.GOLIVE)
def calendar() -> Iterator[Finding]:
    today = clock.today()
    fix = _("Ghi ngày nghỉ vào calendar.yaml rồi province apply, hoặc nhập ở trang “Dữ liệu” của tỉnh.")
    newest = CalendarVersion.newest()
    if newest is None:
        yield found("calendar", _("Lịch làm việc"), _("Chưa có lịch làm việc."), fix)
        return
    needed = date(today.year, *NEXT_YEAR_NEEDED)
    for id, year, needed_from in (
        ("calendar.this-year", today.year, today),
        ("calendar.next-year", today.year + 1, needed),
    ):
        cause = _("Chưa có ngày nghỉ nào của năm %(year)d; phải có trước %(day)s.")
        cause = (
            "" if newest.calendar.knows(year) else cause % {"year": year, "day": f"{needed_from:%d/%m/%Y}"}
        )
        state = State.BLOCKED if today >= needed_from else State.WARNING
        yield found(id, _("Ngày nghỉ năm %(year)d") % {"year": year}, cause, fix, state=state)
