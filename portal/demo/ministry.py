"""A ministry's pretended system: dossiers that it settles, and a page on which their states are changed."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from dossiers.exchange.feeds.receive import Answer, receive_rows
from dossiers.lifecycle.models import Dossier, OtherSystem
from dossiers.workflow.rules.statuses import Status
from procedures.catalogue.models import Procedure
from tenants import clock
from tenants.accounts import api_keys
from tenants.organisation.models import Agency, Role, working_desks
from tenants.web.budgets import PROVINCE, Budget, BudgetSpent, Limit
from tenants.web.public_pages import see_other

SOURCE = "bo-minh-hoa"
_MAPPING = Path(__file__).with_suffix(".yaml")
_AGREED = "Đồng ý nhận tin: {}"
_TOO_MANY = gettext_lazy("Đã đổi nhiều quá. Xin đợi một phút.")
CHANGED = Budget("ministry", _TOO_MANY, Limit(PROVINCE, 60, 60))
# What a ministry's system says of a dossier while and after it settles it.
_STATUSES = (
    Status.IN_PROGRESS,
    Status.SUPPLEMENT_REQUIRED,
    Status.PAYMENT_REQUIRED,
    Status.DONE,
    Status.RETURNED,
)
DOSSIERS = (
    ("Nguyễn Thị Minh Họa", "0900070001"),
    ("Y Minh Họa", "0900070002"),
    ("Trần Văn Minh Họa", "0900070003"),
)


def connect(procedure: Procedure) -> dict[str, str]:
    """Connect the system to the present province and let it send its first dossiers; what demo.json says of it."""
    machine = api_keys.add_machine(SOURCE, "Hệ thống của Bộ Minh họa")
    for agency in Agency.objects.filter(parent=None, dissolved_on=None):
        machine.assignments.create(agency=agency, role=Role.FEED)
    channels = [
        {"channel": channel, "column": _AGREED.format(channel)} for channel in settings.MESSAGING_CHANNELS
    ]
    mapping = _MAPPING.read_text(encoding="utf-8").replace("consents: []", f"consents: {channels}")
    system, _made = OtherSystem.objects.update_or_create(
        code=SOURCE, defaults={"name": "Bộ Minh họa", "leading": True, "mapping": mapping, "account": machine}
    )
    desk = working_desks()[0]
    received = clock.now().astimezone(clock.VIETNAM) - timedelta(days=1)
    codes = [f"{desk.code}-{received:%y%m%d}-{9001 + place}" for place in range(len(DOSSIERS))]
    rows = [
        {
            "Mã hồ sơ": code,
            "Mã thủ tục": procedure.code,
            "Chủ hồ sơ": name,
            "Điện thoại": phone,
            "Đơn vị tiếp nhận": desk.code,
            "Đơn vị giải quyết": (procedure.agency or desk.parent or desk).code,
            **_state(Status.RECEIVED, received, received),
        }
        for code, (name, phone) in zip(codes, DOSSIERS, strict=True)
    ]
    answers = receive_rows(system, rows, agencies=None)
    assert not any(answer.problem for answer in answers), answers
    return {
        "source": SOURCE,
        "url": f"/api/v1/feeds/{SOURCE}/",
        "key": api_keys.create(machine),
        "dossier": answers[0].code,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(no_store=True)
def pretended_system(request: HttpRequest) -> HttpResponse:
    """The system's dossiers. A POST says that one (`dossier`) has come to a status (`status`): a row as it would send."""
    problem = ""
    if request.method == "POST":
        try:
            CHANGED.take()
            answer = change(request.POST.get("dossier", ""), request.POST.get("status", ""))
        except (LookupError, ValueError):
            problem = _("Xin chọn một hồ sơ và một trạng thái.")
        except BudgetSpent as spent:
            problem = str(spent)
        else:
            problem = answer.problem
            if not problem:
                return see_other(f"{request.path}#{answer.code}")
    dossiers = list(Dossier.objects.filter(source=SOURCE).select_related("owner", "procedure").order_by("pk"))
    context = {
        "dossiers": [(dossier, _(dossier.status_enum.official)) for dossier in dossiers],
        "system": OtherSystem.objects.filter(code=SOURCE).first(),
        "statuses": [(status, _(status.official)) for status in _STATUSES],
        "problem": problem,
    }
    return render(request, "exchange/pretended_system.html", context, status=422 if problem else 200)


def change(code: str, status: str) -> Answer:
    """Let the system send that this dossier has come to a status now. Raises LookupError and ValueError."""
    dossier = Dossier.objects.filter(source=SOURCE, source_code=code).first()
    system = OtherSystem.objects.filter(code=SOURCE).first()
    if dossier is None or system is None:
        raise LookupError(code)
    (answer,) = receive_rows(system, [row_of(dossier, Status(int(status)))], agencies=None)
    return answer


def row_of(dossier: Dossier, status: Status) -> dict[str, Any]:
    """The row that says of this dossier that it has come to `status` now."""
    agreed = {_AGREED.format(channel): "x" for channel in settings.MESSAGING_CHANNELS}
    return agreed | {
        "Mã hồ sơ": dossier.source_code,
        "Mã thủ tục": dossier.procedure.code,
        "Chủ hồ sơ": dossier.owner.name,
        "Điện thoại": dossier.owner.phone,
        "Đơn vị tiếp nhận": dossier.receiving_agency.code,
        "Đơn vị giải quyết": dossier.competent_agency.code,
        **_state(status, dossier.received_at, clock.now()),
    }


def _state(status: Status, received: datetime, since: datetime) -> dict[str, str]:
    moment = f"{since.astimezone(clock.VIETNAM):%d/%m/%Y %H:%M:%S}"
    return {
        "Ngày tiếp nhận": f"{received.astimezone(clock.VIETNAM):%d/%m/%Y %H:%M:%S}",
        "Mã trạng thái": str(int(status)),
        "Ngày trạng thái": moment,
        "Ngày có kết quả": moment if status in (Status.DONE, Status.RETURNED) else "",
        "Ngày trả kết quả": moment if status is Status.RETURNED else "",
    }
