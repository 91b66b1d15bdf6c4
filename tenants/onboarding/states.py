"""Pausing a province and letting it serve again."""

from django.utils.translation import gettext as _

from tenants import records
from tenants.context import public_context
from tenants.models import Province
from tenants.onboarding.folder import refuse_bad_slug
from tenants.onboarding.problems import refuse


def pause_province(slug: str) -> Province:
    """Answer 503 at all pages of the province from now on; running processes notice within ten seconds.

    Pausing a paused province changes nothing. Raises Refused for an unknown or archived one, and for one
    that does not serve yet.
    """
    return _move(slug, allowed=(Province.State.PILOT, Province.State.LIVE), target=Province.State.PAUSED)


def resume_province(slug: str, *, pilot: bool = False) -> Province:
    """Let a paused province serve again, as live or as pilot. Raises Refused for one that is not paused.

    A province that already is in that state stays as it is.
    """
    target = Province.State.PILOT if pilot else Province.State.LIVE
    return _move(slug, allowed=(Province.State.PAUSED,), target=target)


def _move(slug: str, *, allowed: tuple[Province.State, ...], target: Province.State) -> Province:
    refuse_bad_slug(slug)
    with public_context():
        province: Province | None = Province.objects.filter(schema_name=slug).first()
        if province is None:
            raise refuse(slug, 0, _("chưa có tỉnh này; xem `province list`."))
        if province.state == target:
            return province
        if province.state not in allowed:
            names = {"present": province.get_state_display(), "target": target.label}
            raise refuse(
                slug, 0, _("đang ở trạng thái “%(present)s”, không chuyển sang “%(target)s” được.") % names
            )
        # Compared and set in one statement: another operator may be moving it at this moment.
        if not Province.objects.filter(pk=province.pk, state=province.state).update(state=target):
            raise refuse(slug, 0, _("vừa có người khác đổi trạng thái; xem lại bằng `province list`."))
        province.state = target
    records.forget()
    return province
