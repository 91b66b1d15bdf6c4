"""The pages: each parses, calls one function of the room and shows its answer. Their log in words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tenants import clock
from tenants.accounts.models import User
from tenants.accounts.requests import acting_user
from tenants.audit import operators_log
from tenants.audit.labels import WORDS
from tenants.folder.problems import Refused, refuse
from tenants.folder.readiness import Level
from tenants.isolation import province_cache
from tenants.isolation.context import public_context
from tenants.isolation.models import OperatorsEntry, Province
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations import replication
from tenants.operations.board import board, onboarding_timeline
from tenants.operations.golive import confirmations, golive, offboard, two_person_approval
from tenants.operations.golive.golive import pause_province, resume_province
from tenants.operations.readiness.all_checks import run_checks
from tenants.operations.readiness.text import waived
from tenants.text import read_labels

ACTS_FILE = Path(__file__).with_name("acts.csv")
DETAILS_FILE = ACTS_FILE.with_name("details.csv")
_ACTS = read_labels(ACTS_FILE) | {
    act: words for act, words in WORDS.items() if act.startswith(("person.", "group."))
}
_NAMES = read_labels(DETAILS_FILE)
_CODES: dict[str, Any] = {
    **{one.code: one.title for one in confirmations.CONFIRMATIONS},
    **dict(Province.State.choices),
}


SHOWN = 8
PAGE = 100
BROUGHT_IN = (Province.State.DRAFT, Province.State.PILOT)


def _shell(request: HttpRequest, site: AdminSite, title: str) -> dict[str, Any]:
    if not request.user.has_perm("tenants.view_province"):
        raise PermissionDenied
    may_act = two_person_approval.may_decide(acting_user(request))
    return {**site.each_context(request), "title": title, "is_fullwidth": "1", "may_act": may_act}


@never_cache
@require_safe
def provinces(request: HttpRequest, site: AdminSite) -> HttpResponse:
    shell = _shell(request, site, _("Bảng các tỉnh"))
    rows = board.rows()
    bringing = [
        (
            row.province,
            onboarding_timeline.timeline_of(run_checks(row.province.slug, Level.GOLIVE, outside=False)),
        )
        for row in rows
        if row.province.state in BROUGHT_IN
    ]
    context = {
        **shell,
        "rows": rows,
        "columns": board.COLUMNS,
        "bringing": bringing,
        "urgent": sum(row.need >= board.Urgency.SOON for row in rows),
        "warned": sum(row.need == board.Urgency.LOOK for row in rows),
        "waiting": sum(row.need > board.Urgency.NONE for row in rows),
        "serving": sum(row.province.is_open for row in rows),
        "entries": _rows(operators_log.newest(SHOWN)),
        "cluster": replication.look(),
    }
    return render(request, "operations/provinces.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def province(request: HttpRequest, site: AdminSite, slug: str) -> HttpResponse:
    """One province: whether it is ready, its two weeks, and what two people decide about it."""
    try:
        record = province_cache.by_slug(slug)
    except province_cache.UnknownProvince:
        raise Http404 from None
    shell = _shell(request, site, record.name)
    if request.method == "POST":
        if not shell["may_act"]:
            raise PermissionDenied
        return _act(request, site, record)
    report = run_checks(slug, Level.GOLIVE, outside=request.GET.get("hoi") == "kenh")
    serving, leaving = golive.approval_of(slug), offboard.approval_of(slug)
    context = {
        **shell,
        "record": record,
        "state": Province.State(record.state).label,
        "report": report,
        "waived": waived(report),
        "found": report.by_state,
        "fortnight": onboarding_timeline.timeline_of(report) if record.state in BROUGHT_IN else None,
        "golive": serving,
        "golive_at": golive.agreed_time(serving) if serving else None,
        "golive_level": golive.agreed_level(serving).label if serving else "",
        "live": Province.State.LIVE.label,
        "offboard": leaving,
        "wait_days": offboard.agreed_wait(leaving).days if leaving else 0,
        "drop_on": offboard.drop_on(slug),
        "archived": Province.State.ARCHIVED.label,
        "levels": golive.LEVELS,
        "can_go": record.state in BROUGHT_IN,
        "can_pause": record.is_open,
        "can_resume": record.state == Province.State.PAUSED,
        "entries": _rows(operators_log.newest(SHOWN, slug)),
        "checked_at": clock.now(),
    }
    return render(request, "operations/province.html", context)


@never_cache
@require_safe
def log(request: HttpRequest, site: AdminSite) -> HttpResponse:
    shell = _shell(request, site, _("Nhật ký vận hành"))
    entries = operators_log.newest(PAGE, before=_number(request.GET.get("truoc", "")) or None)
    older = entries[-1].pk if len(entries) == PAGE else None
    return render(request, "operations/log.html", {**shell, "entries": _rows(entries), "older": older})


def _act(request: HttpRequest, site: AdminSite, record: ProvinceRecord) -> HttpResponse:
    actor = acting_user(request)
    try:
        with public_context():
            messages.success(request, _do(request, record.slug, actor))
    except Refused as refusal:
        messages.error(request, " ".join(problem.message for problem in refusal.problems))
    return redirect(f"{site.name}:province", slug=record.slug)


def _do(request: HttpRequest, slug: str, actor: User) -> str:
    match request.POST.get("act"):
        case "golive-propose":
            level = Level.WEB if request.POST.get("level") == Level.WEB else Level.GOLIVE
            golive.propose(
                slug, actor=actor, at=golive.read_moment(slug, request.POST.get("at", "")), level=level
            )
            return _("Đã đề nghị. Một người vận hành khác xác nhận ở trang này.")
        case "golive-confirm":
            province = golive.confirm(slug, actor=actor, proposal=_number(request.POST.get("proposal", "")))
            return _("Đã xác nhận: %(state)s.") % {"state": province.get_state_display()}
        case "golive-withdraw":
            golive.withdraw(slug, actor=actor)
            return _("Đã rút đề nghị.")
        case "offboard-confirm":
            offboard.confirm(slug, actor=actor, proposal=_number(request.POST.get("proposal", "")))
            return _("Đã xác nhận, tỉnh được lưu trữ; dữ liệu còn nguyên đến ngày xóa.")
        case "offboard-withdraw":
            offboard.withdraw(slug, actor=actor)
            return _("Đã rút đề nghị.")
        case "pause":
            return _("Đã tạm dừng %(name)s.") % {"name": pause_province(slug, actor=actor).name}
        case "resume":
            return _("%(name)s phục vụ trở lại.") % {"name": resume_province(slug, actor=actor).name}
        case "confirm":
            code, person = request.POST.get("code", ""), request.POST.get("person", "")
            confirmations.confirm(slug, code, person=person, actor=actor)
            return _("Đã ghi xác nhận.")
        case "confirm-withdraw":
            confirmations.withdraw(slug, request.POST.get("code", ""), actor=actor)
            return _("Đã rút xác nhận.")
    raise refuse(slug, 0, _("không có việc này."))


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 19 else 0


def _rows(entries: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "at": entry.at,
            "who": _actor(entry),
            "act": str(_ACTS.get(entry.act, entry.act)),
            "slug": entry.slug,
            "detail": ", ".join(_pairs(entry.detail)),
        }
        for entry in entries
    ]


def _actor(entry: OperatorsEntry) -> str:
    if entry.actor_name:
        return entry.actor_name
    machine = entry.detail.get("terminal")
    return _("dòng lệnh (%(account)s)") % {"account": machine} if machine else ""


def _pairs(known: Mapping[str, Any]) -> list[str]:
    return [
        f"{_NAMES.get(name, name)}: {_value(value)}"
        for name, value in known.items()
        if value not in ("", None, []) and name not in ("terminal", "subject")
    ]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(_CODES.get(str(value), value))
