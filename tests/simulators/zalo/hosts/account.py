"""The OA host about the OA itself: who it is, and its articles."""

from typing import Any

from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Call
from tests.simulators.zalo.model import Article


class AboutOA(Call):
    """`getoa`, by which senders see whether their token works. It takes no parameters."""

    def check_body(self) -> None:
        pass

    def work(self) -> dict[str, Any]:
        oa = self.oa
        return {
            "oaid": oa.oa_id,
            "name": oa.name,
            "description": "Tài khoản mô phỏng",
            "oa_alias": "",
            "is_verified": oa.verified,
            "oa_type": oa.kind,
            "cate_name": "Cơ quan nhà nước",
            "num_follower": sum(who.follower for who in self.world.people_of[oa.oa_id]),
            "avatar": "",
            "cover": "",
            "package_name": oa.package,
            "package_valid_through_date": "31/12/2099",
            "package_auto_renew_date": "",
            "linked_ZCA": "mô phỏng" if oa.zbs_linked else "",
        }


class CreateArticle(Call):
    """Takes a while: the answer is a token, to be turned into an id by `verify`."""

    permission = "article"

    def work(self) -> dict[str, Any]:
        title = self.text("title")
        number = self.world.ids.count("article")
        token = self.world.ids.token("article", number)[:64]
        self.world.articles[token] = Article(
            token, self.oa.oa_id, title, self.world.ids.hexadecimal(24, "article", number),
            self.now + self.sim.settings.article_seconds, self.body.get("status", "hide"),
        )  # fmt: skip
        return {"token": token}


class VerifyArticle(Call):
    permission = "article"

    def work(self) -> dict[str, Any]:
        article = self.world.articles.get(self.text("token"))
        if article is None or article.oa_id != self.oa.oa_id:
            raise Refused(-201, "token is invalid!")
        if article.ready_at > self.now:
            raise Refused(-214)
        return {"id": article.article_id}
