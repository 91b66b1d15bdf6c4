"""Listing whom an account knows: what goes on, and what says that it cannot."""

import pytest

from messaging.channels.capabilities import ListedFollower, Unanswered
from messaging.channels.zalo import followers
from messaging.channels.zalo.followers import FURTHEST_OFFSET, PAGE
from tests.messaging.channels.zalo.making import UID, Serve, account, refusal, success

LIST = "/v3.0/oa/user/getlist"


def test_an_empty_part_of_a_long_list_leads_on_to_the_next(serve: Serve) -> None:
    some = success(total=1, users=[{"user_id": UID}])
    serve({LIST: [success(total=FURTHEST_OFFSET + PAGE + 1), success(total=0, users=[]), some]})
    page, found = followers.listing(account(), ""), []
    while page.cursor:
        page = followers.listing(account(), page.cursor)
        found.append(page.followers)
    assert found == [(), (ListedFollower(UID, follows=True),)]


def test_a_page_that_fails_is_asked_for_again(serve: Serve) -> None:
    serve({LIST: [refusal(-32), success(total=1, users=[{"user_id": UID}])]})
    with pytest.raises(Unanswered):
        followers.listing(account(), "")
    assert followers.listing(account(), "").followers == (ListedFollower(UID, follows=True),)


@pytest.mark.parametrize("cursor", ["x", "[]", '[[["a","b","c"]],0]'])
def test_a_cursor_that_is_none_says_so(cursor: str) -> None:
    with pytest.raises(ValueError):
        followers.listing(account(), cursor)
