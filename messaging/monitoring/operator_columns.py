"""What the operators' board says of a province's messages: how many wait, and what stands still."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.monitoring import lane_status
from messaging.monitoring.lane_status import LaneStatus
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operators.board import Cell, Column, Need, columns


def register() -> None:
    """Add the column of lanes."""
    columns.register(Column("lanes", gettext_lazy("Tin gửi"), lanes, 30))


def lanes(record: ProvinceRecord) -> Cell:
    """All lanes of the province in one cell: the worst of them is what is told."""
    office = lane_status.office(record.slug)
    waiting = sum(lane.waiting for lane in office.lanes)
    text = _("%(count)d chờ") % {"count": waiting}
    hint = ", ".join(lane.channel_name for lane in office.lanes)
    if office.without_account:
        todo = _("Kênh %(channels)s chưa có tài khoản dùng được") % {
            "channels": ", ".join(office.without_account)
        }
        return Cell(text, Need.SOON, todo, hint)
    needs, todo = max((_complaint(lane) for lane in office.lanes), default=(Need.NONE, ""))
    return Cell(text, needs, todo, hint)


def _complaint(lane: LaneStatus) -> tuple[Need, str]:
    names = {"lane": lane.channel_name, "span": lane.oldest_text}
    if lane.rests:
        return Need.NOW, _("%(lane)s đang nghỉ") % names
    if lane.ways:
        return Need.NOW, f"{lane.channel_name}: {lane.ways[0]}"
    if lane.needs_a_look:
        return Need.NOW, _("%(lane)s: tin đến hạn chờ %(span)s") % names
    if lane.paused:
        return Need.SOON, _("%(lane)s bị tạm dừng") % names
    return Need.NONE, ""
