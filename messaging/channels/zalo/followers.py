"""Followers of an Official Account: the whole list, past the offset at which Zalo stops, and one in detail.

The list is read page by page; a cursor says where it goes on, so that reading may stop at any page. Lists too long for Zalo's offset are split by the day of the last interaction, and a single day by the
OA's own tags. People may come twice or move while the list is read: it is for filling in what is missing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
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


class BadCursor(ValueError):
    """Not a cursor of `page`."""


@dataclass(frozen=True, slots=True)
class Page:
    """Zalo ids of this OA; `cursor` goes on from here, "" at the end.

    `total`: how many the OA knows. `complete` is False once the list had to be split: those who never spoke
    have no day, and those of a day may have no tag.
    """

    addresses: tuple[str, ...] = field(repr=False)
    cursor: str
    total: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Person:
    """What the OA knows of one person. `heard_on`: the day of the last interaction, in Viet Nam."""

    address: str = field(repr=False)
    app_address: str = field(repr=False)
    name: str = field(repr=False)
    follows: bool
    heard_on: date | None
    phone: str = field(repr=False)
    tags: tuple[str, ...] = ()


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
    total: int = 0
    complete: bool = True


def page(account: Account, cursor: str = "", *, followers_only: bool = False) -> Page:
    """The next page of the list: one call, two where a day is split by tags.

    A page may be empty although the list goes on. Raises client.Trouble, and then the same cursor goes on;
    BadCursor.
    """
    place = _read(cursor) if cursor else _Place((_Segment(),))
    segment = place.segments[0]
    asked = {"offset": place.offset, "count": PAGE, **segment.asks()}
    if followers_only:
        asked["is_follower"] = True
    data = protocol.table(client.ask(account, Host.OPENAPI, "/v3.0/oa/user/getlist", asked).data)
    total = protocol.number(data.get("total")) or 0
    if not cursor:
        place = replace(place, total=total)
    if place.offset == 0 and total > FURTHEST_OFFSET + PAGE:
        parts = _split(account, segment)
        if parts:
            place = replace(place, segments=(*parts, *place.segments[1:]), complete=False)
            return Page((), _write(place), place.total, place.complete)
    users = protocol.rows(data.get("users"))
    found = tuple(
        name for name in (protocol.text(protocol.table(one).get("user_id")) for one in users) if name
    )
    place = _after(place, total, len(users))
    return Page(found, _write(place) if place.segments else "", place.total, place.complete)


def listing(account: Account, cursor: str) -> FollowerPage:
    """Those who follow the account, from `cursor` on. Raises client.Trouble, and BadCursor."""
    found = page(account, cursor, followers_only=True)
    return FollowerPage(tuple(ListedFollower(one, follows=True) for one in found.addresses), found.cursor)


def person(account: Account, address: str) -> Person:
    """One person in detail. Raises client.Trouble, with NOT_FOLLOWING or BAD_ADDRESS for those Zalo hides."""
    envelope = client.ask(account, Host.OPENAPI, "/v3.0/oa/user/detail", {"user_id": address})
    return read_person(protocol.table(envelope.data), address)


def read_person(data: Mapping[str, Any], address: str) -> Person:
    """One person as Zalo tells it. Pure."""
    shared, tags = protocol.table(data.get("shared_info")), protocol.table(data.get("tags_and_notes_info"))
    return Person(
        address=protocol.text(data.get("user_id")) or address,
        app_address=protocol.text(data.get("user_id_by_app")),
        name=protocol.text(data.get("display_name")),
        follows=data.get("user_is_follower") is True or protocol.text(data.get("user_is_follower")) == "true",
        heard_on=_day(protocol.text(data.get("user_last_interaction_date"))),
        phone=protocol.text(shared.get("phone")),
        tags=tuple(tag for tag in map(protocol.text, protocol.rows(tags.get("tag_names"))) if tag),
    )


def _split(account: Account, segment: _Segment) -> tuple[_Segment, ...]:
    """Smaller parts of a segment that is too long; none when it cannot be split."""
    if segment.tag:
        return ()
    first, last = segment.first or FIRST_DAY, segment.last or clock.today()
    if segment.days != 1:
        middle = first + (last - first) // 2
        return (_Segment(first, middle), _Segment(middle + timedelta(days=1), last))
    tags = client.ask(account, Host.OPENAPI, "/v2.0/oa/tag/gettagsofoa", {}).data
    return tuple(replace(segment, tag=tag) for tag in map(protocol.text, protocol.rows(tags)) if tag)


def _after(place: _Place, total: int, came: int) -> _Place:
    """Where to go on: further in the segment, or in the next one."""
    offset = place.offset + PAGE
    if came == 0 or offset >= total:
        return replace(place, segments=place.segments[1:], offset=0)
    if offset > FURTHEST_OFFSET:
        if place.offset < FURTHEST_OFFSET:
            return replace(place, offset=FURTHEST_OFFSET)
        return replace(place, segments=place.segments[1:], offset=0, complete=False)
    return replace(place, offset=offset)


def _write(place: _Place) -> str:
    segments = [
        [one.first.isoformat() if one.first else "", one.last.isoformat() if one.last else "", one.tag]
        for one in place.segments
    ]
    return json.dumps([segments, place.offset, place.total, place.complete], ensure_ascii=False)


def _read(cursor: str) -> _Place:
    try:
        segments, offset, total, complete = json.loads(cursor)
        parts = tuple(_Segment(_iso(first), _iso(last), str(tag)) for first, last, tag in segments)
        if not parts:
            raise ValueError("it is over")
        return _Place(parts, int(offset), int(total), bool(complete))
    except (ValueError, TypeError) as error:
        raise BadCursor(str(error)) from None


def _iso(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=clock.VIETNAM).date()
    except ValueError:
        return None
