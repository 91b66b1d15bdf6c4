"""Listing everybody an account knows, past the offset at which Zalo stops."""

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from messaging.channels.zalo import client, followers
from messaging.channels.zalo.followers import FURTHEST_OFFSET
from tests.messaging.channels.zalo.making import NAME, NOON, UID, Serve, account, asked, refusal, success
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


def everybody(serve: Serve, zalo: Zalo) -> tuple[list[str], followers.Page]:
    serve({"/v3.0/oa/user/getlist": zalo, "/v2.0/oa/tag/gettagsofoa": zalo})
    found: list[str] = []
    page = followers.page(account())
    found += page.addresses
    while page.cursor:
        page = followers.page(account(), page.cursor)
        found += page.addresses
    return found, page


def people(
    count: int, day: date | None = None, tag: str = "", first: int = 0
) -> list[tuple[str, date | None, str]]:
    return [(str(10**17 + first + n), day, tag) for n in range(count)]


@pytest.mark.parametrize("count", [0, 1, 50, 51, 120])
def test_a_short_list_is_read_through(serve: Serve, count: int) -> None:
    zalo = Zalo(people(count))
    found, page = everybody(serve, zalo)
    assert (found, page.total, page.complete) == ([uid for uid, _day, _tag in zalo.people], count, True)


@pytest.fixture
def _short_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """Zalo's limit as it would be for lists a hundred times shorter."""
    monkeypatch.setattr(followers, "FURTHEST_OFFSET", 101)
    monkeypatch.setattr("tests.messaging.channels.zalo.test_followers.FURTHEST_OFFSET", 101)


@pytest.mark.usefixtures("_short_reach")
@pytest.mark.parametrize("count", [100, 149, 150, 151])
def test_a_list_just_within_reach_is_not_split(serve: Serve, count: int) -> None:
    found, page = everybody(serve, Zalo(people(count)))
    assert (len(set(found)), page.complete) == (count, True)


@pytest.mark.usefixtures("_short_reach")
def test_a_long_list_is_split_by_days(serve: Serve) -> None:
    today = NOON.date()
    crowd = [one for n in range(8) for one in people(60, today - timedelta(days=40 * n), first=1000 * n)]
    found, page = everybody(serve, Zalo(crowd))
    assert (set(found), page.total, page.complete) == ({uid for uid, _day, _tag in crowd}, 480, False)


@pytest.mark.usefixtures("_short_reach")
def test_a_crowded_day_is_split_by_tags(serve: Serve) -> None:
    today = NOON.date()
    crowd = people(100, today, "xa") + people(100, today, "phuong", first=1000)
    found, _page = everybody(serve, Zalo(crowd))
    assert set(found) == {uid for uid, _day, _tag in crowd}


@pytest.mark.usefixtures("_short_reach")
def test_what_no_split_reaches_is_told(serve: Serve) -> None:
    found, page = everybody(serve, Zalo(people(400, NOON.date())))
    assert (len(set(found)), page.complete) == (151, False)


def test_no_question_asks_for_more_than_zalo_gives(serve: Serve) -> None:
    zalo = Zalo(people(120))
    everybody(serve, zalo)
    assert max(question["count"] for question in zalo.asked) == 50


def test_followers_alone_can_be_asked_for(serve: Serve) -> None:
    server = serve({"/v3.0/oa/user/getlist": success(total=0, users=[])})
    followers.page(account(), followers_only=True)
    query = parse_qs(urlsplit(asked(server)[0].split(" ")[1]).query)
    assert json.loads(query["data"][0]) == {"offset": 0, "count": 50, "is_follower": True}


def test_a_page_that_fails_is_asked_for_again(serve: Serve) -> None:
    users = [{"user_id": UID}]
    serve({"/v3.0/oa/user/getlist": [refusal(-32), success(total=1, users=users)]})
    with pytest.raises(client.Trouble):
        followers.page(account())
    assert followers.page(account()).addresses == (UID,)


@pytest.mark.parametrize("cursor", ["x", "[]", "[[],0,0,true]", '[[["a","b","c"]],0,0,true]', "5"])
def test_a_cursor_that_is_none_says_so(cursor: str) -> None:
    with pytest.raises(followers.BadCursor):
        followers.page(account(), cursor)


def test_one_person_in_detail(serve: Serve) -> None:
    told = success(
        user_id=UID, user_id_by_app="552", display_name=NAME, user_is_follower=True,
        user_last_interaction_date="25/11/2026", shared_info={"phone": "84905000217"},
        tags_and_notes_info={"tag_names": ["xa"]},
    )  # fmt: skip
    serve({"/v3.0/oa/user/detail": told})
    person = followers.person(account(), UID)
    assert person == followers.Person(UID, "552", NAME, True, date(2026, 11, 25), "84905000217", ("xa",))
    assert not [text for text in (UID, NAME, "84905000217") if text in repr(person)]


def test_a_person_never_heard_of(serve: Serve) -> None:
    serve({"/v3.0/oa/user/detail": success(user_last_interaction_date="")})
    assert followers.person(account(), UID).heard_on is None
