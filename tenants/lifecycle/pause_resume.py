"""Pausing a province and letting it serve again."""

from django.utils.translation import gettext as _

from tenants.accounts.models import User
from tenants.folder.problems import refuse
from tenants.isolation import province_cache
from tenants.isolation.models import Province
from tenants.lifecycle import golive
from tenants.operators_log import log
from tenants.operators_log.two_person_approval import province_row

_SERVES = (Province.State.PILOT, Province.State.LIVE)


def pause_province(slug: str, *, actor: User | None = None) -> Province:
    """Answer 503 at all pages of the province from now on; running processes notice within ten seconds.

    Pausing a paused province changes nothing. Raises Refused for an unknown or archived one, and for one
    that does not serve yet.
    """
    with province_row(slug) as province:
        if province.state != Province.State.PAUSED:
            _move(province, allowed=_SERVES, target=Province.State.PAUSED, act="pause", actor=actor)
    province_cache.forget()
    return province


def resume_province(slug: str, *, pilot: bool = False, actor: User | None = None) -> Province:
    """Let a paused province serve again as it did before the pause, or as pilot. Raises Refused for one that
    is not paused.

    A pause is no way around the two people of a go-live: who was a pilot before is one afterwards, and a go-live
    whose time came during the pause has to be agreed on again.
    """
    with province_row(slug) as province:
        target = Province.State.PILOT if pilot else _before_the_pause(province)
        if province.state != target:
            golive.lapse(slug)
            _move(province, allowed=(Province.State.PAUSED,), target=target, act="resume", actor=actor)
    province_cache.forget()
    return province


def _before_the_pause(province: Province) -> Province.State:
    if province.state in _SERVES:
        return Province.State(province.state)
    entry = log.last(province.slug, "pause")
    was_live = entry is not None and entry.detail.get("was") == Province.State.LIVE
    # A demonstration is live by its file; what was one when it was paused goes live by two operators.
    may_be_live = province.demo or golive.was_agreed(province.slug)
    return Province.State.LIVE if was_live and may_be_live else Province.State.PILOT


def _move(
    province: Province,
    *,
    allowed: tuple[Province.State, ...],
    target: Province.State,
    act: str,
    actor: User | None,
) -> None:
    if province.state not in allowed:
        names = {"present": province.get_state_display(), "target": target.label}
        text = _("đang ở trạng thái “%(present)s”, không chuyển sang “%(target)s” được.")
        raise refuse(province.slug, 0, text % names)
    was, province.state = province.state, target
    Province.objects.filter(pk=province.pk).update(state=target)
    log.record(act, province.slug, actor=actor, was=was, now=target)
