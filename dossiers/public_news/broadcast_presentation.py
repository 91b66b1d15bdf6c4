"""Broadcasts in words: routes, counts, costs, progress."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dossiers.public_news.announcement_presentation import Context
from messaging import broadcasts
from messaging.broadcasts import ARTICLE, Count, Progress, Result, Route, audiences
from messaging.channels import registry
from messaging.channels.capabilities import SaysInWords
from messaging.models import Broadcast, BroadcastArticle
from tenants.text import grouped


def state(broadcast: Broadcast) -> str:
    """Where it stands. What was done and reached nobody is no success."""
    if broadcast.state == Broadcast.State.DONE and broadcast.stopped_because:
        return _("đã xong, không đến được ai")
    if broadcast.state == Broadcast.State.DONE and not broadcast.audiences:
        return _("đã đăng trên web")
    if broadcast.state == Broadcast.State.DONE and any(
        one.state == BroadcastArticle.State.FAILED for one in broadcast.articles.all()
    ):
        return _("đã xong, có bài viết không gửi được")
    return str(broadcast.get_state_display())


def audience_choices() -> list[tuple[str, Any]]:
    """The groups of people, as they are ticked."""
    return [
        (ARTICLE, gettext_lazy("Người quan tâm tài khoản Zalo của tỉnh (bài viết)")),
        *((code, audiences.get(code).label) for code in audiences.codes()),
    ]


def audience_label(code: str) -> str:
    """What an audience is called."""
    return str(dict(audience_choices()).get(code, code))


def audience_rows(broadcast: Broadcast) -> list[Context]:
    """Whom it goes to, each group with what was chosen of it."""
    rows = [{"label": _("Mọi người, trên trang web"), "detail": ""}]
    for code, _label in audience_choices():
        if code in broadcast.audiences:
            known = code in audiences.codes()
            detail = audiences.get(code).describe(broadcast.audiences[code]) if known else ""
            rows.append({"label": audience_label(code), "detail": detail})
    return rows


def counted(broadcast: Broadcast) -> Context:
    """The count that approval is about; empty before it was made."""
    if not broadcast.counted:
        return {}
    count = Count.read(broadcast.counted)
    reached = {one.audience for one in count.routes}
    unreached = [
        code for code, _label in audience_choices() if code in broadcast.audiences and code not in reached
    ]
    return {
        "rows": [*(_route(one) for one in count.routes), *map(_no_route, unreached)],
        "people": grouped(count.people),
        "cost": _cost(count.cost, known=count.cost_is_known),
        "at": broadcast.counted_at,
        "beyond": [_lacking(name, lacks) for name, lacks in count.beyond.items()],
    }


def progress(broadcast: Broadcast) -> Context:
    """How far it is, and what each route came to."""
    found: Progress = broadcasts.progress(broadcast)
    return {
        "rows": [result(one) for one in found.results],
        "people": grouped(found.people),
        "dealt_with": grouped(found.dealt_with),
        "sent": grouped(found.sent),
        "percent": found.percent,
        "cost": money(found.cost),
        "articles": [_article(one, broadcast) for one in found.articles],
        "reasons": [{"why": why, "people": grouped(count)} for why, count in found.reasons],
        "obstacles": [{"channel": channel_name(code), "why": why} for code, why in found.obstacles.items()],
    }


def result(one: Result) -> Context:
    """One line of a table of results."""
    names = ("people", "sent", "arrived", "waiting", "failed", "left_out")
    return {
        "audience": audience_label(one.audience),
        "channel": channel_name(one.channel),
        **{name: grouped(getattr(one, name)) for name in names},
        "cost": money(one.cost),
    }


def channel_name(code: str) -> str:
    """What a channel is called."""
    return str(registry.get(code).name) if code in registry.codes() else code


def money(value: int) -> str:
    """So many đồng."""
    return _("%(amount)s đồng") % {"amount": grouped(value)}


def _route(one: Route) -> Context:
    way = ""
    if one.channel in registry.codes() and one.way and one.audience != broadcasts.ARTICLE:
        channel: Any = registry.get(one.channel)
        way = str(channel.words.get(one.way, one.way)) if isinstance(channel, SaysInWords) else one.way
    return {
        "audience": audience_label(one.audience),
        "channel": channel_name(one.channel),
        "way": way,
        "people": _("chưa biết số người quan tâm") if one.unread else grouped(one.people),
        "cost": _cost(one.cost or 0, known=one.cost is not None),
    }


def _no_route(code: str) -> Context:
    """A group that was chosen and gives nobody to send to: nobody is in it, all of them are in a group before it, or
    no account may send to them now."""
    why = _("không có ai gửi tới được lúc này, hoặc đã tính ở nhóm trên")
    return {"audience": audience_label(code), "channel": why, "way": "", "people": "0", "cost": money(0)}


def _cost(value: int, *, known: bool) -> str:
    if known:
        return money(value)
    return _("%(known)s, chưa kể kênh tính theo hợp đồng") % {"known": money(value)}


def _lacking(name: str, lacks: str) -> str:
    code, _colon, kind = name.partition(":")
    words = {"channel": channel_name(code), "lacks": grouped(int(lacks))}
    if kind == "money":
        return (
            _("%(channel)s: kinh phí tháng này thiếu %(lacks)s đồng (phần để dành cho tin hồ sơ không tính).")
            % words
        )
    return (
        _("%(channel)s: hạn mức tháng này thiếu %(lacks)s tin (phần để dành cho tin hồ sơ không tính).")
        % words
    )


def _article(one: BroadcastArticle, broadcast: Broadcast) -> Context:
    stopped = broadcast.state == Broadcast.State.STOPPED
    return {
        "pk": one.pk,
        "account": str(one.account),
        "state": one.get_state_display(),
        "problem": one.problem,
        "is_unknown": one.state == BroadcastArticle.State.UNKNOWN,
        "may_try_again": one.state == BroadcastArticle.State.FAILED and not stopped,
    }
