"""A channel whose provider tells its forms and its readers. Forms, people and numbers are invented."""

from messaging.channels.base import Account, Capabilities, Outcome, OutcomeKind, Parameter, Reason
from messaging.channels.capabilities import (
    FollowerPage,
    ListedFollower,
    ListedTemplate,
    TemplatePage,
    Unanswered,
)
from tests.messaging.conftest import ScriptedChannel

SILENT = Unanswered(
    Outcome(OutcomeKind.TEMPORARY, "503", "Kênh không trả lời lúc này.", reason=Reason.PROVIDER)
)


def place(name: str, longest: int = 30, **more: bool) -> Parameter:
    return Parameter(name, "NAME", longest=longest, **more)


RECEIVED = ListedTemplate(
    "111111", "Một Cửa – Đã tiếp nhận", "enabled", "TRANSACTION", "high",
    (place("ho_ten"), place("ma_ho_so")), frozenset({"by_phone"}), {"by_phone": 120},
)  # fmt: skip
PENDING = ListedTemplate("222222", "Một Cửa – Đã có kết quả", "pending", parameters=(place("ten"),))


class ListingChannel(ScriptedChannel):
    capabilities = Capabilities(can_be_asked=True, has_templates=True)
    words = {"by_phone": "theo số điện thoại", "high": "tốt", "NAME": "tên khách hàng"}

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[ListedTemplate] | Exception = [RECEIVED, PENDING]
        self.people: dict[str, FollowerPage | Exception] = {
            "": FollowerPage(
                (ListedFollower("1001", follows=True), ListedFollower("1002", follows=True)), "2"
            ),
            "2": FollowerPage((ListedFollower("1003", follows=True),)),
        }
        self.asked_pages: list[str] = []

    def list_templates(self, account: Account, cursor: str) -> TemplatePage:
        if isinstance(self.forms, Exception):
            raise self.forms
        return TemplatePage(tuple(self.forms))

    def list_followers(self, account: Account, cursor: str) -> FollowerPage:
        self.asked_pages.append(cursor)
        page = self.people[cursor]
        if isinstance(page, Exception):
            raise page
        return page
