"""The column of lanes on the operators' board."""

from django.utils.translation import gettext as _

from messaging.delivery.monitoring import LaneStatus, province_status
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.board.cells import Cell, Urgency


def lane_cell(record: ProvinceRecord) -> Cell:
    """All lanes of the province in one cell: the worst of them decides."""
    counts = province_status(record.slug)
    waiting = sum(lane.waiting for lane in counts.lanes)
    text = _("%(count)d chờ") % {"count": waiting}
    hint = ", ".join(lane.channel_name for lane in counts.lanes)
    if counts.without_account:
        todo = _("Kênh %(channels)s chưa có tài khoản dùng được") % {
            "channels": ", ".join(counts.without_account)
        }
        return Cell(text, Urgency.SOON, todo, hint)
    needs, todo = max((_lane_need(lane) for lane in counts.lanes), default=(Urgency.NONE, ""))
    return Cell(text, needs, todo, hint)


def _lane_need(lane: LaneStatus) -> tuple[Urgency, str]:
    names = {"lane": lane.channel_name, "span": lane.oldest_text}
    if lane.rests:
        return Urgency.NOW, _("%(lane)s đang nghỉ") % names
    if lane.ways:
        return Urgency.NOW, f"{lane.channel_name}: {lane.ways[0]}"
    if lane.needs_a_look:
        return Urgency.NOW, _("%(lane)s: tin đến hạn chờ %(span)s") % names
    if lane.paused:
        return Urgency.SOON, _("%(lane)s bị tạm dừng") % names
    return Urgency.NONE, ""
