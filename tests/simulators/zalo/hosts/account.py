"""The OA host about the OA itself: who it is, quotas, uploads, articles, its menu."""

from email import message_from_bytes
from typing import Any

from tests.simulators.zalo.clock import DAY, day_of
from tests.simulators.zalo.hosts.chat import GATE_SECONDS
from tests.simulators.zalo.hosts.errors import Refused
from tests.simulators.zalo.hosts.gate import Call
from tests.simulators.zalo.model import Article, Asset

ASSET_SECONDS = 7 * DAY
UPLOADS_A_MONTH = 5_000
LARGEST = {"image": 1_000_000, "gif": 5_000_000, "file": 5_000_000}
ENDINGS = {"image": (".jpg", ".jpeg", ".png"), "gif": (".gif",), "file": (".pdf", ".doc", ".docx", ".csv")}


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


class Quota(Call):
    """`/v3.0/oa/quota/message`: of a person, of the OA or of the App, by what is asked with."""

    permission = "message"

    def check_recipient(self) -> None:
        if "quota_owner" in self.body:
            if self.body["quota_owner"] not in ("OA", "App"):
                raise Refused(-201, "quota_owner is invalid!")
        elif (self.oa.oa_id, self.text("user_id")) not in self.world.by_uid:
            raise Refused(-201, "user_id is invalid!")

    def work(self) -> Any:
        return self._assets() if "quota_owner" in self.body else self._of_person()

    def _of_person(self) -> dict[str, Any]:
        who = self.world.by_uid[self.oa.oa_id, self.text("user_id")]
        last = who.last_interaction
        inside = last is not None and self.now - last <= GATE_SECONDS
        return {
            "last_interaction": str(int(last * 1000)) if last is not None else "",
            "cs_reply": {"remain": 8 if inside else 0, "total": 8},
            "promotion": {"daily_remain": 1, "daily_total": 1, "monthly_remain": 4, "monthly_total": 4},
        }

    def _assets(self) -> list[dict[str, Any]]:
        oa = self.oa
        kind = self.body.get("quota_type", "purchase_quota")
        by_uid = self.body.get("product_type") == "transaction"
        limit, used = (oa.uid_quota, oa.uid_used) if by_uid else (oa.cs_quota, oa.cs_used)
        total = oa.quota if limit is None else limit
        return [
            {
                "asset_id": self.world.ids.hexadecimal(16, "asset", oa.oa_id, kind),
                "product_type": self.body.get("product_type", "cs"),
                "quota_type": kind,
                "total": total,
                "remain": max(total - used, 0),
                "status": "available",
            }
        ]


class OldQuota(Call):
    """`/v2.0/oa/quota/message`, by message id or by person and kind."""

    permission = "message"

    def work(self) -> dict[str, Any]:
        if "message_id" in self.body:
            if self.text("message_id") not in self.world.messages:
                raise Refused(-201, "message_id is invalid!")
        elif (self.oa.oa_id, self.text("user_id")) not in self.world.by_uid:
            raise Refused(-201, "user_id is invalid!")
        return {"remain": 8, "total": 8, "type": self.body.get("type", "reply")}


class Upload(Call):
    """Multipart, field `file`. Kept for seven days."""

    permission = "upload"
    kind = "image"
    key = "attachment_id"

    def check_body(self) -> None:
        name, content = self._file
        if not name.lower().endswith(ENDINGS[self.kind]):
            raise Refused(-201, "file is invalid!")
        if not content or len(content) > LARGEST[self.kind]:
            raise Refused(-210)

    @property
    def _file(self) -> tuple[str, bytes]:
        kind = self.request.headers.get("content-type", "")
        if not kind.startswith("multipart/form-data"):
            raise Refused(-201, "file is invalid!")
        whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + self.request.body)
        for part in whole.walk():
            if part.get_param("name", header="content-disposition") == "file":
                content = part.get_payload(decode=True)
                return part.get_filename() or "", content if isinstance(content, bytes) else b""
        raise Refused(-201, "file is invalid!")

    def check_quota(self) -> None:
        month = day_of(self.now)[:7]
        app_id = self.app.app_id
        this_month = (
            asset
            for asset in self.world.assets.values()
            if asset.app_id == app_id and day_of(asset.expires - ASSET_SECONDS)[:7] == month
        )
        if sum(1 for _ in this_month) >= UPLOADS_A_MONTH:
            raise Refused(-211)

    def work(self) -> dict[str, Any]:
        name, content = self._file
        token = self.world.ids.token("asset", self.world.ids.count("asset"))[:64]
        self.world.assets[token] = Asset(
            token, self.app.app_id, self.kind, name, len(content), self.now + ASSET_SECONDS
        )
        return {self.key: token}


class UploadGif(Upload):
    kind = "gif"


class UploadFile(Upload):
    kind = "file"
    key = "token"


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


class Menu(Call):
    permission = "menu"

    def work(self) -> None:
        self.world.menus[self.oa.oa_id] = self.body
