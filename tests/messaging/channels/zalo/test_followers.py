"""Listing everybody an account knows, past the offset at which Zalo stops."""

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from messaging.channels.capabilities import ListedFollower, Unanswered
from messaging.channels.zalo import followers
from messaging.channels.zalo.followers import FURTHEST_OFFSET
from tests.messaging.channels.zalo.making import NOON, UID, Serve, account, refusal, success
from tests.messaging.scripted_server import plain


class Zalo:
    """People with the day they were last heard of, and the tags of some; answers as `getlist` does."""

    def __init__(self, people: list[tuple[str, date | None, str]]) -> None:
        self.people = people
        self.asked: list[dict[str, Any]] = []

    def __call__(self, connection: Any, request: bytes) -> None:
        target = request.split(b" ", 2)[1].decode()
        if "gettagsofoa" in target:
            tags = sorted({tag for _uid, _day, tag in self.people if tag})
            plain(json.dumps({"error": 0, "data": tags}).encode())(connection, request)
            return
        question = json.loads(parse_qs(urlsplit(target).query)["data"][0])
        self.asked.append(question)
        found = [uid for uid, day, tag in self.people if _asked_for(question, day, tag)]
        offset = question["offset"]
        if offset > FURTHEST_OFFSET or question["count"] > 50:
            content: Any = refusal(-210)
        else:
            users = [{"user_id": uid} for uid in found[offset : offset + question["count"]]]
            content = success(total=len(found), count=50, offset=offset, users=users)
        plain(json.dumps(content).encode())(connection, request)


def _asked_for(question: dict[str, Any], day: date | None, tag: str) -> bool:
    if question.get("tag_name", tag) != tag:
        return False
    if "last_interaction_period" not in question:
        return True
    first, last = (
        date(*map(int, part.split("_"))) for part in question["last_interaction_period"].split(":")
    )
    return day is not None and first <= day <= last


def everybody(serve: Serve, zalo: Zalo) -> list[str]:
    serve({"/v3.0/oa/user/getlist": zalo, "/v2.0/oa/tag/gettagsofoa": zalo})
    page = followers.listing(account(), "")
    found = [one.address for one in page.followers]
    while page.cursor:
        page = followers.listing(account(), page.cursor)
        found += [one.address for one in page.followers]
    return found


def people(
    count: int, day: date | None = None, tag: str = "", first: int = 0
) -> list[tuple[str, date | None, str]]:
    return [(str(10**17 + first + n), day, tag) for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 50, 51, 120])
def test_a_short_list_is_read_through(serve: Serve, count: int) -> None:
    zalo = Zalo(people(count))
    assert everybody(serve, zalo) == [uid for uid, _day, _tag in zalo.people]
    # No question asks for more than Zalo gives, and each for those who follow alone.
    assert {(question["count"], question["is_follower"]) for question in zalo.asked} == {(50, True)}


@pytest.fixture
def _short_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zalo's limit as it would be for lists a hundred times shorter."""
    monkeypatch.setattr(followers, "FURTHEST_OFFSET", 101)
    monkeypatch.setattr("tests.messaging.channels.zalo.test_followers.FURTHEST_OFFSET", 101)


@pytest.mark.usefixtures("_short_reach")
@pytest.mark.parametrize("count", [100, 149, 150, 151])
def test_a_list_just_within_reach_is_not_split(serve: Serve, count: int) -> None:
    assert len(set(everybody(serve, Zalo(people(count))))) == count


@pytest.mark.usefixtures("_short_reach")
def test_a_long_list_is_split_by_days(serve: Serve) -> None:
    today = NOON.date()
    crowd = [one for n in range(8) for one in people(60, today - timedelta(days=40 * n), first=1000 * n)]
    assert set(everybody(serve, Zalo(crowd))) == {uid for uid, _day, _tag in crowd}


@pytest.mark.usefixtures("_short_reach")
def test_a_crowded_day_is_split_by_tags(serve: Serve) -> None:
    today = NOON.date()
    crowd = people(100, today, "xa") + people(100, today, "phuong", first=1000)
    assert set(everybody(serve, Zalo(crowd))) == {uid for uid, _day, _tag in crowd}


@pytest.mark.usefixtures("_short_reach")
def test_what_no_split_reaches_is_left_out(serve: Serve) -> None:
    assert len(set(everybody(serve, Zalo(people(400, NOON.date()))))) == 151


def test_a_page_that_fails_is_asked_for_again(serve: Serve) -> None:
    users = [{"user_id": UID}]
    serve({"/v3.0/oa/user/getlist": [refusal(-32), success(total=1, users=users)]})
    with pytest.raises(Unanswered):
        followers.listing(account(), "")
    assert followers.listing(account(), "").followers == (ListedFollower(UID, follows=True),)


@pytest.mark.parametrize("cursor", ["x", "[]", '[[["a","b","c"]],0]'])
def test_a_cursor_that_is_none_says_so(cursor: str) -> None:
    with pytest.raises(ValueError):
        followers.listing(account(), cursor)
