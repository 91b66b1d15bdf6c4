"""Articles: the only thing Zalo sends to all followers of an account at once.

One is created, finished by Zalo after a while, and only then can be sent. Created, it is hidden: nobody sees it
before it is sent.
"""

from typing import Any

from django.utils.translation import gettext as _

from messaging.channels.base import Account, Outcome, OutcomeKind, Reason
from messaging.channels.capabilities import Article, Unanswered
from messaging.channels.zalo import client, protocol
from messaging.channels.zalo.errors import Heard, outcome_of
from messaging.channels.zalo.protocol import Host
from messaging.channels.zalo.settings import BadProfile, profile_of
from tenants import clock

CREATE_PATH = "/v2.0/article/create"
VERIFY_PATH = "/v2.0/article/verify"
SEND_PATH = "/v2.0/oa/message"
BROADCAST = "broadcast"
STILL_PROCESSED = "-214"
TITLE_MAX, DESCRIPTION_MAX, AUTHOR_MAX = 150, 300, 50


def create(account: Account, article: Article) -> str:
    """Begin an article; the token by which it is asked about. Raises Unanswered, BadProfile."""
    envelope = client.tell(account, Host.OPENAPI, CREATE_PATH, content_of(article))
    return _field(envelope, "token")


def finished(account: Account, token: str) -> str:
    """The id of a finished article; "" while Zalo is still at it. Raises Unanswered, BadProfile."""
    try:
        envelope = client.tell(account, Host.OPENAPI, VERIFY_PATH, {"token": token})
    except Unanswered as trouble:
        if trouble.outcome.code == STILL_PROCESSED:
            return ""
        raise
    return _field(envelope, "id")


def send(account: Account, article_id: str) -> Outcome:
    """Send it to all followers: one attempt."""
    try:
        profile = profile_of(account)
    except BadProfile as error:
        return Outcome(OutcomeKind.TEMPORARY, "profile", str(error)[:400], reason=Reason.CONFIG)
    element = {"media_type": "article", "attachment_id": article_id}
    payload = {"template_type": "media", "elements": [element]}
    content = {
        # No ages, no places: all who follow.
        "recipient": {"target": {}},
        "message": {"attachment": {"type": "template", "payload": payload}},
    }
    result = client.post(profile, Host.OPENAPI, SEND_PATH, content)
    return outcome_of(Heard(Host.OPENAPI, result, clock.now(), way=BROADCAST))


def content_of(article: Article) -> dict[str, Any]:
    """An article as Zalo wants it, without a picture at its head. Pure."""
    paragraphs = [part for part in (article.summary, article.body) if part]
    if article.address:
        paragraphs.append(_("Đọc thông báo đầy đủ tại: %(address)s") % {"address": article.address})
    return {
        "type": "normal",
        "title": article.title[:TITLE_MAX],
        "author": article.author[:AUTHOR_MAX],
        "description": article.summary[:DESCRIPTION_MAX],
        "body": [{"type": "text", "content": text} for text in paragraphs],
        "status": "hide",
        "comment": "hide",
    }


def _field(envelope: protocol.Envelope, name: str) -> str:
    if found := protocol.text(protocol.table(envelope.data).get(name)):
        return found
    unread = _("Zalo nhận bài viết mà không cho biết mã của bài.")
    raise Unanswered(Outcome(OutcomeKind.UNKNOWN, "0", unread, reason=Reason.PROVIDER))
