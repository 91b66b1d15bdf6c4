"""Pictures and files: handed to Zalo, which keeps them for seven days, and sent in a chat.

An App may upload 5,000 of them a month, so the same picture is uploaded once and its id used until it ends.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from messaging.channels.base import Account, Outcome, OutcomeKind, Reason
from messaging.channels.zalo import client
from messaging.channels.zalo.errors.outcomes import Heard, outcome_of
from messaging.channels.zalo.protocol import payloads, protocol
from messaging.channels.zalo.protocol.protocol import Host
from messaging.channels.zalo.routes import CHAT
from messaging.channels.zalo.settings import BadProfile, profile_of
from tenants import clock

KEPT_FOR = timedelta(days=7)
# Used no longer than this, so that none ends on its way.
USED_FOR = timedelta(days=6)
MEGABYTE = 1024 * 1024
IMAGE_MOST, FILE_MOST = MEGABYTE, 5 * MEGABYTE
LONGEST_NAME = 100

_IMAGES = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
_FILES = {
    "pdf": ("application/pdf", b"%PDF-"),
    "doc": ("application/msword", b"\xd0\xcf\x11\xe0"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    "csv": ("text/csv", b""),
}


class NotTaken(ValueError):
    """Zalo takes no such file; the text says why, in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """What Zalo keeps for us under `token` until `until` (aware)."""

    token: str = field(repr=False)
    until: datetime

    def is_usable(self, moment: datetime) -> bool:
        """Whether it can still be sent at this moment, with a day to spare."""
        return moment < self.until - (KEPT_FOR - USED_FOR)


def upload_image(account: Account, content: bytes) -> Attachment:
    """Hand over a JPEG or PNG of at most 1 MB; raises NotTaken, client.Trouble, BadProfile."""
    kind = next((kind for kind, head in _IMAGES.items() if content.startswith(head)), "")
    if not kind:
        raise NotTaken(_("Zalo chỉ nhận ảnh JPG hoặc PNG."))
    if len(content) > IMAGE_MOST:
        raise NotTaken(_("Ảnh gửi qua Zalo không quá 1 MB."))
    name = "anh.png" if kind == "image/png" else "anh.jpg"
    return _upload(account, "/v2.0/oa/upload/image", name, kind, content, "attachment_id")


def upload_file(account: Account, name: str, content: bytes) -> Attachment:
    """Hand over a PDF, DOC, DOCX or CSV of at most 5 MB; raises NotTaken, client.Trouble, BadProfile.

    `name` is what the reader sees; what the file is must agree with its ending.
    """
    ending = name.rpartition(".")[2].lower()
    if ending not in _FILES:
        raise NotTaken(_("Zalo chỉ nhận tệp PDF, DOC, DOCX hoặc CSV."))
    kind, head = _FILES[ending]
    if not content.startswith(head) or not content:
        raise NotTaken(_("Nội dung tệp không đúng với phần đuôi của tên."))
    if len(content) > FILE_MOST:
        raise NotTaken(_("Tệp gửi qua Zalo không quá 5 MB."))
    short = f"{name[: -len(ending) - 1][:LONGEST_NAME]}.{ending}"
    return _upload(account, "/v2.0/oa/upload/file", short, kind, content, "token")


def send_image(account: Account, address: str, image: Attachment, words: str = "") -> Outcome:
    """Send a picture to a Zalo id: one attempt, inside the hours in which the OA may write."""
    return _send(account, address, payloads.image(image.token, words))


def send_file(account: Account, address: str, file: Attachment) -> Outcome:
    """Send a file to a Zalo id: one attempt, inside the hours in which the OA may write."""
    return _send(account, address, payloads.file(file.token))


def _send(account: Account, address: str, said: dict[str, object]) -> Outcome:
    try:
        profile = profile_of(account)
    except BadProfile as error:
        return Outcome(OutcomeKind.TEMPORARY, "profile", str(error)[:400], reason=Reason.CONFIG)
    request = payloads.chat(address, said)
    result = client.post(profile, request.host, request.path, request.content)
    return outcome_of(Heard(request.host, result, clock.now(), way=CHAT))


def _upload(account: Account, path: str, name: str, kind: str, content: bytes, field_name: str) -> Attachment:
    profile = profile_of(account)
    now = clock.now()
    envelope = client.opened(Host.OPENAPI, client.upload(profile, path, name, kind, content))
    data = protocol.table(envelope.data)
    token = (
        protocol.text(data.get(field_name))
        or protocol.text(data.get("token"))
        or protocol.text(data.get("attachment_id"))
    )
    if not token:
        raise client.Trouble(
            Outcome(
                OutcomeKind.UNKNOWN,
                "0",
                _("Zalo nhận tệp mà không cho biết mã của tệp."),
                reason=Reason.PROVIDER,
            )
        )
    return Attachment(token, now + KEPT_FOR)
