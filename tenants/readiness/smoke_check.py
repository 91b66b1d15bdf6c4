"""Whether the last rehearsal of a dossier through all steps (`province smoke`) went well."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants import clock
from tenants.isolation.context import current_province
from tenants.operators_log import log
from tenants.readiness.checks import Check, Finding, Level, Owner, State, checks

ACT = "smoke"


def register() -> None:
    """Add the check `ops.smoke`."""
    title = gettext_lazy("Diễn tập một hồ sơ qua mọi bước")
    checks.register(Check("ops.smoke", title, Level.GOLIVE, _look, waived_in_demo=True))


def _look() -> Iterator[Finding]:
    slug = current_province().slug
    title = _("Diễn tập một hồ sơ qua mọi bước")
    entry = log.last(slug, ACT)
    if entry is not None and entry.detail.get("failed") == 0:
        at = f"{entry.at.astimezone(clock.VIETNAM):%H:%M, %d/%m/%Y}"
        yield Finding("ops.smoke", f"{title}: {at}", owner=Owner.OPERATOR)
        return
    cause = _("Chưa diễn tập lần nào.") if entry is None else _("Lần diễn tập gần nhất có bước không đạt.")
    fix = _("Chạy manage.py province smoke %(slug)s: docs/van-hanh/dien-tap.md.") % {"slug": slug}
    yield Finding("ops.smoke", title, State.BLOCKED, cause, fix, Owner.OPERATOR)
