"""Whether the recipient of a dossier gets notices, and how that changes later.

Two things must hold for a notice to go out: the number agreed to the channel (`messaging.contacts.contacts`, with
evidence, for all its dossiers), and this dossier asked for it (`notice_channels`). So one dossier can be
stopped alone, and agreeing for one binds no other. News of the province is agreed to apart from notices, and no
dossier is asked.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from dossiers.lifecycle import access_links, event_journal, notices, permissions
from dossiers.lifecycle import intake as intake_rules
from dossiers.lifecycle.errors import IntakeRefused, NotEntitled, NotPossible
from dossiers.lifecycle.models import Dossier, Event, Proposal
from messaging.channels.base import registry
from messaging.contacts import contacts, followers
from messaging.contacts.contacts import DOSSIER_STATUS, NEWS
from messaging.contacts.models import Contact
from messaging.outbox import enqueue
from messaging.outbox.one_time_codes import codes
from tenants import phone_numbers
from tenants.accounts.models import User
from tenants.audit import log
from tenants.isolation.crypto import blind_indexes
from tenants.organisation.models import Agency

KIND = event_journal.CONSENT


@dataclass(frozen=True)
class Reachable:
    """Channels that are on, and those that may be put on again from the citizen's page because they were agreed
    to before for this very dossier: who holds one receipt of a number does not speak for its others."""

    on: tuple[str, ...] = ()
    again: tuple[str, ...] = ()

    @property
    def names(self) -> str:
        return names_of(self.on)

    @property
    def names_again(self) -> str:
        return names_of(self.again)


def both_reach(dossier: Dossier) -> tuple[Reachable, Reachable]:
    """The channels for notices of this dossier, and those for news of the province."""
    contact = contacts.contact_by_phone(dossier.recipient.phone)
    if contact is None:
        return Reachable(), Reachable()
    could = contacts.reachable_channels(contact, dossier.subject, settings.MESSAGING_CHANNELS)
    given = contacts.consents_of(contact)
    asked, mark = dossier.notice_channels, _mark(dossier)
    return (
        _reachable(could, given[DOSSIER_STATUS].on & set(asked), asked or asked_before(dossier)),
        _reachable(could, given[NEWS].on, {code for code, why in given[NEWS].ever if why.startswith(mark)}),
    )


def _mark(dossier: Dossier) -> str:
    """With which the evidence of a consent or its withdrawal begins: for which dossier. How it is known follows."""
    return f"{dossier.subject}; "


def asked_before(dossier: Dossier) -> list[str]:
    """The channels of this dossier before its notices were stopped."""
    last = dossier.events.select_related("note").filter(kind=KIND).order_by("-sequence").first()
    found: list[str] = last.note.data.get("channels_before", []) if last and last.note else []
    return found


def _reachable(could: list[str], on: Collection[str], before: Collection[str]) -> Reachable:
    """In the order of the installation."""
    return Reachable(
        tuple(code for code in could if code in on),
        tuple(code for code in could if code in before and code not in on),
    )


def names_of(codes: Collection[str]) -> str:
    return ", ".join(str(registry.get(code).name) for code in codes)


LOOKUP_PAGE = "trang tra cứu"


def agree_within(
    dossier: Dossier,
    channels: Collection[str],
    addresses: Mapping[str, str],
    *,
    evidence: str,
    news: Collection[str] = (),
) -> Contact | None:
    """Record what the recipient agreed to, as part of another act's transaction. Rights are those of the act.

    `channels`: for notices of their dossiers; `news`: for news of the province, a consent of its own. The contact
    that agreed; None where nothing was agreed to.
    """
    if not channels and not news:
        return None
    contact = notices.contact_of(dossier.recipient)
    for kind, value in addresses.items():
        contacts.set_address(contact, kind, value)
    wanted = ((DOSSIER_STATUS, channels), (NEWS, news))
    contacts.grant_all(
        contact,
        [(channel, purpose) for purpose, agreed in wanted for channel in sorted(agreed)],
        evidence=f"{_mark(dossier)}{evidence}",
    )
    return contact


def change_notices(
    dossier_id: int,
    *,
    actor: User,
    seen: int,
    channels: Collection[str],
    reason: str,
    addresses: Mapping[str, str] | None = None,
    news: Collection[str] | None = None,
    everywhere: bool = False,
) -> Event:
    """At the desk: from now on notices go over exactly these channels, as the recipient asked.

    A channel that is given up is given up for this dossier, or `everywhere` for all that goes to the number.
    `news`: over exactly these channels news of the province goes to the number; None: as it is.
    Raises StaleDossier, NotEntitled, NotPossible, and IntakeRefused for an address that cannot be used.
    """
    intake_rules.check_note(
        reason,
        when_empty=_("Xin ghi rõ lý do."),
        when_number=_("Không ghi số điện thoại, số giấy tờ vào lý do."),
    )
    wanted = set(channels)
    if not wanted | set(news or ()) <= set(settings.MESSAGING_CHANNELS):
        raise NotPossible(_("Không có kênh nhận tin này."))
    with event_journal.act(dossier_id, seen=seen, strictly=True) as dossier:
        if not permissions.works_on(dossier, actor):
            raise NotEntitled(_("Ông/bà không có quyền thực hiện việc này."))
        if not phone_numbers.MOBILE.match(dossier.recipient.phone):
            raise NotPossible(_("Người nhận tin chưa có số điện thoại di động."))
        contact = notices.contact_of(dossier.recipient)
        before, news_before = (set(one.on) for one in both_reach(dossier))
        news_wanted = news_before if news is None else set(news)
        known = contact.addresses.values_list("kind", flat=True)
        good, problems = intake_rules.check_addresses(wanted | news_wanted, addresses or {}, set(known))
        if problems:
            raise IntakeRefused(problems)
        same = wanted == before == set(dossier.notice_channels) and news_wanted == news_before
        if same and not good:
            raise NotPossible(_("Không có gì thay đổi."))
        agency = permissions.acting_agency(dossier, event_journal.WORKING, actor)
        by = f"cán bộ {actor.get_username()}, {agency.code}"
        how = f"{_mark(dossier)}{by}"
        if everywhere and not wanted | news_wanted:
            contacts.withdraw(contact, how=how)
        elif everywhere:
            for channel in set(dossier.notice_channels) - wanted:
                contacts.withdraw(contact, channel, how=how)
        for channel in news_before - news_wanted:
            contacts.withdraw(contact, channel, NEWS, how=how)
        agree_within(dossier, wanted, good, evidence=by, news=news_wanted)
        changed = None if news_wanted == news_before else sorted(news_wanted)
        event = write_consents(
            dossier, sorted(wanted), contact, actor=actor, agency=agency, note=reason, news=changed
        )
        log.record("dossier.consent", dossier.subject, actor=actor, channels=sorted(wanted), news=changed)
    return event


def stop_notices(dossier_id: int, *, everywhere: bool) -> Event | None:
    """On the citizen's page: no more notices about this dossier, or `everywhere` about anything to this number.

    None when there was nothing to stop. Who may open the page may do this: see `lookup.by_own_token`.
    """
    with event_journal.act(dossier_id) as dossier:
        contact = contacts.contact_by_phone(dossier.recipient.phone)
        if contact is None:
            return None
        ended = contacts.withdraw(contact, how=f"{_mark(dossier)}{LOOKUP_PAGE}") if everywhere else 0
        if not dossier.notice_channels and not ended:
            return None
        event = write_consents(dossier, [], contact, everywhere=everywhere)
        log.record("dossier.consent", dossier.subject, channels=[], everywhere=everywhere)
    return event


def resume_notices(dossier_id: int) -> Event | None:
    """On the citizen's page: notices again, over the channels once agreed to for this very dossier.

    None when there was nothing to resume: a first consent is given at a desk, where staff see the person.
    """
    with event_journal.act(dossier_id) as dossier:
        contact = contacts.contact_by_phone(dossier.recipient.phone)
        found, _news = both_reach(dossier)
        if contact is None or not found.again:
            return None
        channels = sorted({*found.on, *found.again})
        agree_within(dossier, found.again, {}, evidence=LOOKUP_PAGE)
        event = write_consents(dossier, channels, contact)
        log.record("dossier.consent", dossier.subject, channels=channels)
    return event


PURPOSE = "start_notices"
"""What a one-time code is asked for that starts notices; see `messaging.outbox.one_time_codes`."""


def register() -> None:
    """Called once, when Django is ready."""
    codes.register_purpose(PURPOSE, "nhận tin báo về hồ sơ")


def may_start(dossier: Dossier) -> bool:
    """Whether notices of this dossier may begin with a one-time code: it is open, has a mobile number, and was never
    asked for notices; see `resume_notices` for what was. One statement."""
    is_open = not dossier.status_enum.is_closed and access_links.has_mobile(dossier)
    return is_open and not dossier.notice_channels and not asked_before(dossier)


def channels_to_start() -> list[str]:
    """The channels over which notices begin with a one-time code: those that reach the number it proved."""
    return contacts.reaching_by_number(settings.MESSAGING_CHANNELS)


def start_notices(dossier_id: int, *, proven: str) -> Event | None:
    """On the citizen's page: a first consent, by one who has just shown to hold the number `proven`.

    None where the dossier may not start (any more), or has another number by now. The caller has checked the code.
    """
    with event_journal.act(dossier_id) as dossier:
        if dossier.recipient.phone != proven or not may_start(dossier):
            return None
        channels = sorted(channels_to_start())
        how = f"{LOOKUP_PAGE}, mã xác nhận gửi đến số {proven}"
        contact = agree_within(dossier, channels, {}, evidence=how)
        if contact is None:
            return None
        event = write_consents(dossier, channels, contact)
        log.record("dossier.consent", dossier.subject, channels=channels)
    return event


def stop_news(dossier_id: int) -> bool:
    """On the citizen's page: no more news of the province to the number that this dossier tells; how its dossiers
    stand it is told as before. False when there was nothing to stop."""
    with event_journal.act(dossier_id) as dossier:
        contact = contacts.contact_by_phone(dossier.recipient.phone)
        how = f"{_mark(dossier)}{LOOKUP_PAGE}"
        if contact is None or not contacts.withdraw(contact, purpose=NEWS, how=how):
            return False
        log.record("dossier.consent", dossier.subject, news=[])
    return True


def resume_news(dossier_id: int) -> bool:
    """On the citizen's page: news again, over the channels once agreed to for it with this very dossier. False when
    there were none: what was agreed to with another dossier of the number may be another person's."""
    with event_journal.act(dossier_id) as dossier:
        _notices, found = both_reach(dossier)
        if not found.again:
            return False
        agree_within(dossier, (), {}, evidence=LOOKUP_PAGE, news=found.again)
        log.record("dossier.consent", dossier.subject, news=sorted({*found.on, *found.again}))
    return True


def is_linked(dossier: Dossier, channel: str) -> bool:
    """Whether a reader at this channel is linked to this very dossier and gets its notices there."""
    contact = contacts.contact_by_phone(dossier.recipient.phone)
    if contact is None or channel not in dossier.notice_channels:
        return False
    return followers.is_linked(dossier.subject, contact, channel) and channel in both_reach(dossier)[0].on


def find_erasure_hindrance(contact: Contact) -> str | None:
    """Why a contact cannot be forgotten yet: an open dossier still tells it news."""
    dossiers = Dossier.objects.filter(
        closed_at=None, recipient__phone_index__in=blind_indexes(contact.phone, "phone")
    ).exclude(notice_channels=[])
    code = dossiers.values_list("code", flat=True).first()
    return _("Hồ sơ %(code)s chưa kết thúc và đang báo tin đến số này.") % {"code": code} if code else None


def write_consents(
    dossier: Dossier,
    channels: list[str],
    contact: Contact,
    *,
    actor: User | None = None,
    agency: Agency | None = None,
    note: str = "",
    everywhere: bool = False,
    news: list[str] | None = None,
) -> Event:
    """The event, and what follows from it for messages that wait and proposals that stand."""
    before, seen = dossier.notice_channels or asked_before(dossier), dossier.last_sequence
    data: dict[str, Any] = {"channels": channels, "channels_before": before, "everywhere": everywhere}
    if news is not None:
        data["news"] = news
    dossier.notice_channels = channels
    enqueue.cancel_for_subject(dossier.subject, contact, keep=channels)
    event = event_journal.append(dossier, kind=KIND, actor=actor, agency=agency, note=note, data=data)
    # A change of channels changes nothing that a leader decides.
    waiting = dossier.proposals.filter(outcome=Proposal.Outcome.WAITING, seen=seen)
    waiting.update(seen=event.sequence)
    return event
