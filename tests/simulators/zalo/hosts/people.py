"""The OA host about people: lists of users, chats, tags."""

from datetime import date, datetime
from functools import cached_property
from typing import Any

from tests.simulators.zalo.clock import VIETNAM
from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Call
from tests.simulators.zalo.model import Message, Relation

FURTHEST_OFFSET, LARGEST_PAGE, LARGEST_OLD_PAGE = 9_951, 50, 10


class Paged(Call):
    permission = "user"
    largest_page = LARGEST_PAGE
    furthest_offset = FURTHEST_OFFSET

    @property
    def page(self) -> slice:
        offset, count = self.body.get("offset", 0), self.body.get("count", self.largest_page)
        for value, name in ((offset, "offset"), (count, "count")):
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise Refused(-201, f"{name} is invalid!")
        if offset > self.furthest_offset or count > self.largest_page:
            raise Refused(-210)
        return slice(offset, offset + count)

    def check_recipient(self) -> None:
        _ = self.page


class ListUsers(Paged):
    """Users who follow or have interacted, in the order they first came. An offset past 9,951 is refused."""

    def check_recipient(self) -> None:
        super().check_recipient()
        _ = self.period

    def work(self) -> dict[str, Any]:
        found = [who for who in self.world.people_of[self.oa.oa_id] if self._asked_for(who)]
        page = self.page
        return {
            "total": len(found),
            "count": page.stop - page.start,
            "offset": page.start,
            "users": [{"user_id": who.uid} for who in found[page]],
        }

    def _asked_for(self, who: Relation) -> bool:
        if not who.follower and who.last_interaction is None:
            return False
        tag, follower = self.body.get("tag_name"), self.body.get("is_follower")
        if tag and tag not in who.tags:
            return False
        if follower is not None and str(follower).lower() != str(who.follower).lower():
            return False
        return self._in_period(who.last_interaction)

    def _in_period(self, last: float | None) -> bool:
        if self.period is None:
            return True
        first, final = self.period
        return last is not None and first <= datetime.fromtimestamp(last, VIETNAM).date() <= final

    @cached_property
    def period(self) -> tuple[date, date] | None:
        asked = self.body.get("last_interaction_period")
        if not asked:
            return None
        try:
            first, final = (datetime.strptime(part, "%Y_%m_%d").date() for part in asked.split(":"))
        except (ValueError, AttributeError):
            raise Refused(-201, "last_interaction_period is invalid!") from None
        return first, final


class Conversation(Paged):
    """Newest first, a bare array; `src` 1 is from the person."""

    largest_page = LARGEST_OLD_PAGE

    def work(self) -> list[dict[str, Any]]:
        oa_id = self.oa.oa_id
        who = self.world.by_uid.get((oa_id, self.text("user_id")))
        if who is None:
            raise Refused(-201, "user_id is invalid!")
        found = [one for one in self.world.of_user.get(who.user_id, []) if self._in_chat(one)]
        found.sort(key=lambda one: one.number, reverse=True)
        return [self._line(one) for one in found[self.page]]

    def _in_chat(self, message: Message) -> bool:
        listed = self.sim.settings.conversation
        if listed == "nothing" or (listed == "ours_alone" and message.kind == "in"):
            return False
        return message.oa_id == self.oa.oa_id and message.kind != "template_phone"

    def _line(self, message: Message) -> dict[str, Any]:
        uid = self.world.relation(message.oa_id, message.user_id).uid
        name = self.world.users[message.user_id].name
        written = message.kind == "in"
        sender, receiver = ((uid, name), (message.oa_id, self.oa.name))[:: 1 if written else -1]
        return {
            "src": 1 if written else 0,
            "time": int(message.sent * 1000),
            "type": "text",
            "message": message.shown,
            "message_id": message.message_id,
            "from_id": sender[0],
            "from_display_name": sender[1],
            "to_id": receiver[0],
            "to_display_name": receiver[1],
        }


class Tags(Call):
    permission = "tag"

    def work(self) -> list[str]:
        return sorted({tag for who in self.world.people_of[self.oa.oa_id] for tag in who.tags})

    def check_body(self) -> None:
        """Asks for nothing, so that `data` may be missing."""
