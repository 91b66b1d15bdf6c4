"""Followers of an Official Account: the whole list, past the offset at which Zalo stops.

The list is read page by page; a cursor says where it goes on, so that reading may stop at any page. Lists too long for Zalo's offset are split by the day of the last interaction, and a single day by the
OA's own tags. People may come twice or move while the list is read: it is for filling in what is missing.
"""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from messaging.channels.base import Account
from messaging.channels.capabilities import FollowerPage, ListedFollower
from messaging.channels.zalo import client, protocol
from messaging.channels.zalo.protocol import Host
from tenants import clock

PAGE = 50
FURTHEST_OFFSET = 9951
# The first day of which Zalo can know an interaction with an OA.
FIRST_DAY = date(2013, 1, 1)
_DAY = "%Y_%m_%d"


@dataclass(frozen=True, slots=True)
class _Segment:
    """A part of the list: all of it, a span of days, or one day under one tag."""

    first: date | None = None
    last: date | None = None
    tag: str = ""

    @property
    def days(self) -> int:
        return 0 if self.first is None or self.last is None else (self.last - self.first).days + 1

    def asks(self) -> dict[str, Any]:
        asked: dict[str, Any] = {}
        if self.first is not None and self.last is not None:
            asked["last_interaction_period"] = f"{self.first.strftime(_DAY)}:{self.last.strftime(_DAY)}"
        if self.tag:
            asked["tag_name"] = self.tag
        return asked


@dataclass(frozen=True, slots=True)
class _Place:
    """What is left to read: the first segment from `offset` on, then the others."""

    segments: tuple[_Segment, ...]
    offset: int = 0


def listing(account: Account, cursor: str) -> FollowerPage:
    """Those who follow the account, from `cursor` on: one call, two where a day is split by tags.

    Raises Unanswered, and then the same cursor goes on; ValueError for a cursor that is none.
    """
    place = _read(cursor) if cursor else _Place((_Segment(),))
    segment = place.segments[0]
    asked = {"offset": place.offset, "count": PAGE, "is_follower": True, **segment.asks()}
    data = protocol.table(client.ask(account, Host.OPENAPI, "/v3.0/oa/user/getlist", asked).data)
    total = protocol.number(data.get("total")) or 0
    if place.offset == 0 and total > FURTHEST_OFFSET + PAGE and (parts := _split(account, segment)):
        return FollowerPage((), _write(replace(place, segments=(*parts, *place.segments[1:]))))
    users = protocol.rows(data.get("users"))
    names = (protocol.text(protocol.table(one).get("user_id")) for one in users)
    found = tuple(ListedFollower(name, follows=True) for name in names if name)
    place = _after(place, total, len(users))
    return FollowerPage(found, _write(place) if place.segments else "")


def _split(account: Account, segment: _Segment) -> tuple[_Segment, ...]:
    if segment.tag:
        return ()
    first, last = segment.first or FIRST_DAY, segment.last or clock.today()
    if segment.days != 1:
        middle = first + (last - first) // 2
        return (_Segment(first, middle), _Segment(middle + timedelta(days=1), last))
    tags = client.ask(account, Host.OPENAPI, "/v2.0/oa/tag/gettagsofoa", {}).data
    return tuple(replace(segment, tag=tag) for tag in map(protocol.text, protocol.rows(tags)) if tag)


def _after(place: _Place, total: int, came: int) -> _Place:
    offset = place.offset + PAGE
    if came == 0 or offset >= total:
        return replace(place, segments=place.segments[1:], offset=0)
    if offset > FURTHEST_OFFSET:
        if place.offset < FURTHEST_OFFSET:
            return replace(place, offset=FURTHEST_OFFSET)
        return replace(place, segments=place.segments[1:], offset=0)
    return replace(place, offset=offset)


def _write(place: _Place) -> str:
    segments = [
        [one.first.isoformat() if one.first else "", one.last.isoformat() if one.last else "", one.tag]
        for one in place.segments
    ]
    return json.dumps([segments, place.offset], ensure_ascii=False)


def _read(cursor: str) -> _Place:
    segments, offset = json.loads(cursor)
    return _Place(tuple(_Segment(_iso(first), _iso(last), tag) for first, last, tag in segments), offset)


def _iso(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
