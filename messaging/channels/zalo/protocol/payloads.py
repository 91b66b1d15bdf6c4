"""What is handed to Zalo for one message, by the way it goes. Pure."""

from dataclasses import dataclass, field
from typing import Any

from messaging.channels.base import OutgoingMessage
from messaging.channels.zalo import templates
from messaging.channels.zalo.protocol import text
from messaging.channels.zalo.protocol.protocol import Host
from messaging.channels.zalo.routes import CHAT, TEMPLATE_UID
from messaging.channels.zalo.settings import Profile

CHAT_PATH = "/v3.0/oa/message/cs"
TEMPLATE_UID_PATH = "/v3.0/oa/message/template"
TEMPLATE_PHONE_PATH = "/message/template"


@dataclass(frozen=True, slots=True)
class Request:
    """Where it goes and what it says."""

    host: Host
    path: str
    content: dict[str, Any] = field(repr=False)


def request_of(way: str, message: OutgoingMessage, profile: Profile) -> Request:
    """The message over this way; raises templates.Unfit for values that no form takes."""
    if way == CHAT:
        return chat(message.address, {"text": text.compose(message)})
    assert message.template is not None
    values = templates.last_look(message.template)
    form = {"template_id": message.template.code, "template_data": values}
    if way == TEMPLATE_UID:
        # This call knows no reference of ours.
        return Request(Host.OPENAPI, TEMPLATE_UID_PATH, {"user_id": message.address, **form})
    content = {"phone": international(message.phone), **form, "tracking_id": str(message.tracking_id)}
    if profile.development:
        content["mode"] = "development"
    return Request(Host.BUSINESS, TEMPLATE_PHONE_PATH, content)


def chat(address: str, said: dict[str, Any]) -> Request:
    """A consultation message to a Zalo id."""
    return Request(Host.OPENAPI, CHAT_PATH, {"recipient": {"user_id": address}, "message": said})


def image(attachment_id: str, words: str = "") -> dict[str, Any]:
    """What a picture that was uploaded says in a chat, with words under it."""
    elements = [{"media_type": "image", "attachment_id": attachment_id}]
    payload = {"template_type": "media", "elements": elements}
    said: dict[str, Any] = {"attachment": {"type": "template", "payload": payload}}
    if words:
        said["text"] = templates.words.fit(words, text.LONGEST)
    return said


def file(token: str) -> dict[str, Any]:
    """What a file that was uploaded says in a chat."""
    return {"attachment": {"type": "file", "payload": {"token": token}}}


def international(phone: str) -> str:
    """Ten digits as Zalo wants them: "0905123217" → "84905123217"."""
    return f"84{phone.removeprefix('0')}"
