"""Linking a reader of the chat to a dossier by a code."""

from dossiers.lifecycle import access_links, event_journal, notices
from dossiers.lifecycle.actions.consents import LOOKUP_PAGE, agree_within, write_consents
from dossiers.lifecycle.models import Dossier
from messaging.contacts import followers
from messaging.inbound.chat import conversation
from tenants.audit import log


def link_reader(code: str, heard: conversation.IncomingText) -> bool:
    """In a chat: from now on the sender of this link code gets notices of its dossier there, and of no other.

    An account that is linked already keeps its place until notices are stopped, as the page then says. The code is
    used up whether or not the two could be linked, and the chat says which. False, and nothing happens, when there
    is no such code. Typing another code of the same dossier changes nothing more.
    """
    dossier_id = access_links.dossier_of_code(code)
    if dossier_id is None:
        return False
    with event_journal.act(dossier_id) as dossier:
        if not access_links.use_up_code(code, dossier):
            return False
        conversation.reply(
            heard, _link(dossier, heard, f"nhắn mã liên kết của {LOOKUP_PAGE}"), conversation.Kind.LINK
        )
    return True


def link_key_holder(dossier_id: int, heard: conversation.IncomingText) -> None:
    """The same for one who has just typed the dossier's code and its key into the chat, and asked for its news.

    The caller has checked the key with `lookup`.
    """
    with event_journal.act(dossier_id) as dossier:
        conversation.reply(
            heard, _link(dossier, heard, "nhắn mã hồ sơ và mã tra cứu"), conversation.Kind.LINK
        )


def _link(dossier: Dossier, heard: conversation.IncomingText, how: str) -> str:
    """Tie who wrote to the dossier, for its recipient agree to the channel; what to answer."""
    reader = followers.lock(heard.follower_id)
    if dossier.status_enum.is_closed:
        return notices.chat("closed", dossier.code)
    if not access_links.has_mobile(dossier):
        return notices.chat("no_mobile", dossier.code)
    if reader is None or not reader.address or not access_links.is_open_to_chat(dossier):
        return notices.chat("not_now", dossier.code)
    contact = notices.contact_of(dossier.recipient)
    how = f"{how} vào tài khoản {heard.channel}/{heard.account}"
    if not followers.link(reader, dossier.subject, contact, how):
        return notices.chat("taken", dossier.code)
    agree_within(dossier, {heard.channel}, {}, evidence=how)
    if heard.channel not in dossier.notice_channels:
        channels = sorted({*dossier.notice_channels, heard.channel})
        write_consents(dossier, channels, contact)
        log.record("dossier.consent", dossier.subject, channels=channels)
    return notices.chat("linked", dossier.code)
