"""All checks of a province's readiness, and how they are run."""

import logging
from dataclasses import replace

from django.core.cache import cache
from django.utils.translation import gettext as _

from messaging.provisioning import readiness as channels
from procedures.catalogue.folder import readiness as catalogue
from tenants import clock
from tenants.folder.folder import missing_parts
from tenants.folder.readiness import Check, Finding, Level, Owner, Report, State
from tenants.isolation.context import province_context
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import history
from tenants.operations.golive import confirmations
from tenants.operations.readiness import builtin_checks

log = logging.getLogger(__name__)

ANSWERS_LAST = 24 * 3600
"""Seconds for which a page that does not ask other machines shows what they answered last."""
_LEVEL_OF_STATE = {"draft": Level.DEV, "pilot": Level.PILOT}

CHECKS = [
    builtin_checks.store,
    *channels.ACCOUNT_CHECKS,
    builtin_checks.calendar,
    catalogue.CHECK,
    confirmations.confirmed,
    builtin_checks.host,
    channels.any_channel,
    history.backed_up,
    history.rehearsed,
    builtin_checks.smoke_test,
    builtin_checks.administrator,
    builtin_checks.desks,
    builtin_checks.receivers,
    channels.all_templates,
]
"""In the order of a report: by the level that asks for a check, then by its id."""


def run_checks(slug: str, level: Level | None = None, *, outside: bool = True) -> Report:
    """Run the checks up to a level, that of the province's state unless another is named.

    `outside` False asks no other machine: its last answer within ANSWERS_LAST stands there instead, or a note that there
    is none. Raises UnknownProvince. A check that fails hides no other: what it was about counts as blocked. In a
    province that is not whole nothing else is looked at.
    """
    with province_context(slug) as province:
        wanted = level or _LEVEL_OF_STATE.get(province.state, Level.GOLIVE)
        if text := missing_parts(province):
            title = _("Tỉnh đã dựng xong")
            finding = Finding("province.whole", title, State.BLOCKED, text, owner=Owner.OPERATOR)
            return Report(province, wanted, (finding,))
        found = [
            finding
            for check in CHECKS
            if check.stands_on in wanted.included
            for finding in (_findings(check, province) if outside or not check.asks_outside else _last(check))
        ]
    return Report(province, wanted, tuple(found))


def _findings(check: Check, province: ProvinceRecord) -> list[Finding]:
    found = [replace(one, level=check.stands_on, check=check.id) for one in _run(check)]
    if check.waived_in_demo and province.demo:
        found = [_waived(one) if one.state is State.BLOCKED else one for one in found]
    if check.asks_outside:
        try:
            cache.set(f"readiness:{check.id}", (clock.now(), found), ANSWERS_LAST)
        except Exception:
            log.warning("the answers to %s are not kept: no cache", check.id)
    return found


def _run(check: Check) -> list[Finding]:
    try:
        found = list(check.run())
    except Exception as error:
        log.exception("readiness check %s", check.id)
        cause = _("Không kiểm tra được (%(error)s).") % {"error": type(error).__name__}
        fix = _("Xem nhật ký của lệnh này, báo đơn vị vận hành.")
        return [Finding(check.id, str(check.title), State.BLOCKED, cause, fix, Owner.OPERATOR)]
    return found or [Finding(check.id, str(check.title), State.SKIPPED, _("Không có gì để xem."))]


def _waived(finding: Finding) -> Finding:
    cause = _("Miễn cho tỉnh trình diễn; tỉnh thật thì chặn: %(cause)s") % {"cause": finding.cause}
    return replace(finding, state=State.SKIPPED, cause=cause, fix="", waived=True)


def _last(check: Check) -> list[Finding]:
    """The last answers of other machines."""
    try:
        known = cache.get(f"readiness:{check.id}")
    except Exception:
        known = None
    if known is not None:
        asked_at, found = known
        asked = _("hỏi lúc %(at)s") % {"at": f"{asked_at.astimezone(clock.VIETNAM):%H:%M %d/%m}"}
        return [replace(one, title=f"{one.title} ({asked})") for one in found]
    cause = _("Chưa hỏi: mục này chờ máy khác trả lời. Chạy province check, hoặc bấm “Kiểm tra lại”.")
    found = Finding(check.id, str(check.title), State.SKIPPED, cause, owner=Owner.OPERATOR)
    return [replace(found, level=check.stands_on, check=check.id)]
