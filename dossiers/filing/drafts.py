"""Beginning, opening and resuming a draft without a cookie.

The address of a draft carries its random name and the nonce of a session, signed for this province. It lets in the
browser in which the session began, until thirty minutes pass without a request: known by a cookie once it has shown
that it keeps one, before that by User-Agent and network. Otherwise a one-time code to the draft's number begins a new
session; where no channel carries codes, the number itself is typed again, with few tries.
A link that is sent or printed carries the name alone, so it opens nothing by itself; the counter's code is made of it.
"""

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing as django_signing
from django.db import connection, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from dossiers.filing import answers, budgets, forms, messages, papers, supplements
from dossiers.filing.models import FilingDraft, FilingFormVersion, FilingSession
from dossiers.lifecycle import citizen_requests
from dossiers.lifecycle.citizen_requests import CitizenRequest
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import Dossier
from dossiers.lifecycle.rules.codes import LOOKUP_ALPHABET
from dossiers.workflow.rules.statuses import Status
from messaging.contacts import contacts
from messaging.outbox.one_time_codes import codes
from procedures.catalogue.models import Procedure
from tenants import clock, phone_numbers
from tenants.accounts.models import User
from tenants.audit import log
from tenants.isolation import signing
from tenants.isolation.crypto import blind_index, blind_indexes, token_digest
from tenants.organisation import catalogue, data_version
from tenants.refusals import Refused
from tenants.web import rate_limits
from tenants.web.absolute_urls import absolute
from tenants.web.budgets import Budget, BudgetSpent
from tenants.web.client_address import client_address

Kind = FilingDraft.Kind
IDLE = timedelta(minutes=30)
KEPT = timedelta(days=30)
KEPT_UNPROVEN = timedelta(days=7)
"""So long a draft is kept whose number no code has proven, until it is prepared to the end."""
PRESSED_AGAIN = timedelta(seconds=30)
"""A code that opened a draft opens the same one for so long again: a second press leads on as the first did."""
MOST_PER_NUMBER, MOST_SESSIONS = 10, 20
MOST_PARTS = 20
"""So many times a citizen may send something to one request: hardly one has as many lines, and the desk reads all."""
LONGEST_NAME = 300
ADDRESS = "/nop/ban-nhap/"
_SIGNED, _USER_AGENT, _NETWORK, _COOKIE = "filing_draft", "user_agent", "network", "filing_cookie"
_BEGINNING = "filing_begin:"
"""With which the subject of a code begins that begins a draft: a stranger's too, who types another's number."""
_NONCE_BYTES, COUNTER_CODE_LENGTH = 18, 8
_NAME_ALONE = re.compile(r"[A-Za-z0-9_-]{22}")
_COUNTER_CODES = len(LOOKUP_ALPHABET) ** COUNTER_CODE_LENGTH
_ZALO = re.compile(r"\bZalo[ /-]", re.IGNORECASE)
# A session notes each minute, not each request, that it is in use.
_NOTED_EVERY = timedelta(minutes=1)


class NoSuchDraft(Exception):
    """No draft has this name, or its time is over, or the name was not signed here. Says so to who asked."""

    def __str__(self) -> str:
        return _("Hồ sơ đang điền này đã được xóa, hoặc đã quá ngày giữ ghi trên các trang của nó.")


class WrongProof(Refused):
    """The code or the number does not fit. Carries a sentence."""


class SessionEnded(Exception):
    """The draft is there, and this browser has no living session with it: the page that resumes comes next.

    `session` is the one that this very browser had, and None for any other browser.
    """

    def __init__(self, draft: FilingDraft, session: FilingSession | None) -> None:
        super().__init__(str(draft))
        self.draft, self.session = draft, session


@dataclass(frozen=True)
class Browser:
    """What a request says of its sender: User-Agent, network address as our proxies saw it, and cookies."""

    user_agent: str
    address: str
    cookies: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: HttpRequest) -> "Browser":
        """The browser that sent this request."""
        return cls(request.headers.get("User-Agent", ""), client_address(request), request.COOKIES)

    @property
    def digests(self) -> list[str]:
        """Keyed digests of the User-Agent, that of the newest key first."""
        return blind_indexes(self.user_agent[:400] or "-", _USER_AGENT)

    @property
    def networks(self) -> list[str]:
        """The same of the network."""
        return blind_indexes(rate_limits.block(self.address) or "-", _NETWORK)


@dataclass(frozen=True)
class Opened:
    """A draft that this browser may read and write. `name` is its signed name, for addresses.

    `again` holds the pages to be answered again since the form has a newer version; on the first opening alone.
    `is_begun`: `begin` found it begun, and stored no answers.
    """

    draft: FilingDraft
    session: FilingSession
    name: str
    again: tuple[str, ...] = ()
    is_begun: bool = False

    @property
    def is_proven(self) -> bool:
        """Whether this session proved the number by a code."""
        return self.session.proven_at is not None

    @property
    def cookie(self) -> tuple[str, str]:
        """Name and value of the cookie of this session, which nobody can make from its address."""
        nonce = read_name(self.name)[1]
        return _cookie_name(nonce), blind_index(nonce, _COOKIE)


def send_code(procedure: Procedure, telephone: str, browser: Browser) -> str:
    """Send the code with which `begin` starts a draft; its signed reference.

    Raises phone_numbers.BadPhone, BudgetSpent, codes.TooManyCodes, codes.CodeNotSent.
    """
    number = phone_numbers.normalise(telephone)
    known = FilingSession.proved(open_drafts(number), browser.networks)
    return _issue(budgets.BEGIN_CODE, _subject(procedure), number, browser, open_to=_BEGINNING, aside=known)


def begin(
    procedure: Procedure,
    kind: str,
    telephone: str,
    browser: Browser,
    *,
    reference: str = "",
    code: str = "",
    given: Mapping[str, Mapping[str, Any]] | None = None,
    reminders: bool = True,
    actor: User | None = None,
    name: UUID | None = None,
    beside: Opened | None = None,
) -> Opened:
    """A new draft with the answers `given` by page, opened in this browser; for seven days where only a stranger is
    known to have typed its number.

    `reminders`: the holder of a number proven by a code agrees to get the link, and to be reminded of the end. Kind
    `file` needs the reference and code of `send_code`, which begins one draft however often it is sent; or, for that
    one, the random `name` of the code and a proven session of another draft that it stands `beside`. `counter` needs
    the clerk as `actor`, and begins one draft for each random `name`, with the last number. Raises WrongProof,
    phone_numbers.BadPhone, BudgetSpent, and NotPossible where it takes no such draft or the number has too many.
    """
    if beside is not None:
        telephone = beside.draft.phone
    number = phone_numbers.normalise(telephone) if telephone or kind != Kind.COUNTER else ""
    form = forms.in_force(procedure.code)
    offered = {Kind.COUNTER} if actor else {forms.kind_offered(procedure)}
    if form is None or kind not in offered:
        raise NotPossible(_("Thủ tục này hiện không điền được tại đây."))
    is_proven = kind == Kind.FILE
    draft = _new(procedure, form, kind, number, is_proven=is_proven)
    # The code's own random name, by which the second of two presses finds what the first began.
    if is_proven and beside is not None and beside.is_proven and name is not None:
        draft.name = name
    elif is_proven:
        draft.name = _require_code(reference, code, _subject(procedure), number)
    elif actor is None:
        budgets.BEGIN.take(address=browser.address)
    elif name is not None:
        draft.name = name
    with transaction.atomic(durable=True):
        _stand_in_line(number)
        begun = FilingDraft.objects.filter(name=draft.name, kind=kind, procedure=procedure).first()
        if begun is not None:
            if actor is not None and begun.filed_at is None and begun.phone != number:
                begun.phone = number
                begun.index()
                begun.save(update_fields=["phone", "phone_index"])
            return replace(_enter(begun, browser, is_proven=is_proven), is_begun=True)
        _refuse_too_many(draft)
        draft.save(force_insert=True)
        for page, values in (given or {}).items():
            answers.save(draft, page, values)
        opened = _enter(draft, browser, is_proven=is_proven)
        if is_proven and reminders:
            _agree_to_messages(draft, "trang nộp hồ sơ")
            messages.write(draft, messages.LINK, "begin", link(draft))
        if actor is not None:
            log.record("filing.begin", draft.subject, actor=actor)
    return opened


def resume_earlier(
    procedure: Procedure, telephone: str, browser: Browser, *, reference: str, code: str
) -> Opened | None:
    """Of the drafts that this number has of this procedure, the one that changed last, opened in this browser.

    None for a number that has none; then the same code of `send_code` begins one. Raises WrongProof, BadPhone.
    """
    number = phone_numbers.normalise(telephone)
    name = _require_code(reference, code, _subject(procedure), number)
    # What this very code began is no earlier one: its second press leads on as the first did.
    draft = open_drafts(number, procedure).exclude(name=name).first()
    return open_other(draft, browser) if draft else None


def open_other(draft: FilingDraft, browser: Browser) -> Opened:
    """A new session of a draft, for one who has just proven its number."""
    with transaction.atomic(durable=True):
        return _enter(draft, browser, is_proven=True)


def open_drafts(number: str, procedure: Procedure | None = None) -> QuerySet[FilingDraft]:
    """The unfiled drafts of a number that a code has proven; of a procedure, those that may begin there. Last changed
    first."""
    mine = FilingDraft.objects.filter(phone_index__in=blind_indexes(number, "phone"), filed_at=None)
    found = mine.filter(proven_at__isnull=False, expires_at__gt=clock.now()).order_by("-changed_at", "-pk")
    return found if procedure is None else found.filter(procedure=procedure, kind=Kind.FILE)


def send_link(opened: Opened) -> bool:
    """Send the link of an open draft to its proven number, whose holder asks for it and so agrees to these messages.

    False where no channel reaches the number, this session did not prove it, or budgets.LINKS has no room. Two presses
    within a minute send one.
    """
    draft = opened.draft
    if not opened.is_proven:
        return False
    try:
        taken = budgets.LINKS.take(draft=draft.pk)
    except BudgetSpent:
        return False
    with transaction.atomic(durable=True):
        _agree_to_messages(draft, "nút Gửi liên kết cho tôi")
        sent = messages.write(draft, messages.LINK, f"{clock.now():%Y-%m-%dT%H:%M}", link(draft))
    if not sent:
        taken.give_back()
    return sent


def open_draft(name: str, browser: Browser) -> Opened:
    """The draft behind a signed name, for the browser of its living session. One statement, a second one each minute.

    A draft whose form has a newer version is carried over to it. Raises NoSuchDraft and SessionEnded.
    """
    draft_name, nonce = read_name(name)
    found = FilingSession.kept().select_related("draft__supplement_of__filing_draft", "draft__dossier")
    found = found.annotate(catalogue_version=data_version.of(catalogue.TOPIC))
    session = found.filter(digest=token_digest(nonce), draft__name=draft_name).first() if nonce else None
    draft = session.draft if session else FilingDraft.objects.filter(name=draft_name).first()
    if draft is None or is_over(draft):
        raise NoSuchDraft
    if session is not None:
        catalogue.note_version(session.catalogue_version)
    now = clock.now()
    if session is None:
        raise SessionEnded(draft, None)
    has_cookie = _shows_cookie(nonce, browser)
    is_idle = now - session.seen_at >= IDLE
    if is_idle or not _is_here(session, nonce, browser):
        # Into a session that lives, or has a cookie, nobody types from elsewhere with the address alone.
        is_near = session.network_digest in browser.networks or (is_idle and not session.keeps_cookie)
        is_sender = has_cookie or (is_near and _is_alike(session, browser))
        raise SessionEnded(draft, session if is_sender else None)
    # Zalo's browser may lose a cookie between two taps, so none is asked of it.
    keeps_cookie = has_cookie and not _ZALO.search(browser.user_agent)
    if now - session.seen_at >= _NOTED_EVERY or keeps_cookie > session.keeps_cookie:
        noted = {"seen_at": now, **({"keeps_cookie": True} if keeps_cookie else {})}
        FilingSession.objects.filter(pk=session.pk).update(**noted)
    return Opened(draft, session, name, answers.carry_over(draft))


def named(name: str) -> FilingDraft:
    """The draft behind a signed name, without a session: for the pages that resume, and for a clerk who scans it.

    Opens nothing: the caller proves the number or checks rights. Raises NoSuchDraft.
    """
    draft = FilingDraft.objects.filter(name=read_name(name)[0]).first()
    if draft is None or is_over(draft):
        raise NoSuchDraft
    return draft


def send_resume_code(draft: FilingDraft, browser: Browser) -> str:
    """Send the code with which `resume` opens this draft; its signed reference. Raises as `send_code`, and NotPossible
    for a draft whose number no code has proven."""
    if draft.proven_at is None:
        raise NotPossible(_("Bản nháp này không mở bằng mã xác nhận."))
    return _issue(budgets.RESUME_CODE, draft.subject, _present_number(draft), browser)


def resume(draft: FilingDraft, browser: Browser, *, reference: str, code: str) -> Opened:
    """A new session of this draft for one who has the code. Raises WrongProof."""
    _require_code(reference, code, draft.subject, _present_number(draft))
    return open_other(draft, browser)


def resume_by_number(draft: FilingDraft, browser: Browser, telephone: str) -> Opened:
    """A new session of a draft of kind `prepare` for one who types its number. Raises WrongProof, BudgetSpent.

    Five wrong numbers in a quarter of an hour close the draft to the network that typed them; after twenty from
    anywhere each network has two. As many sessions as a draft may have, all in use, close it to everybody: what is
    typed there must not lose its session to a stranger who knows the number.
    """
    if draft.kind != Kind.PREPARE or draft.filed_at is not None:
        raise WrongProof(_("Bản nháp này không mở bằng số điện thoại."))
    here = f"{draft.pk}:{rate_limits.origin(browser.address)}"
    taken = budgets.NUMBER.take(address=browser.address, draft=draft.pk, draft_here=here)
    try:
        number = phone_numbers.normalise(telephone)
    except phone_numbers.BadPhone as error:
        raise WrongProof(str(error)) from error
    if not constant_time_compare(number, draft.phone):
        raise WrongProof(_("Số điện thoại chưa khớp với bản nháp này."))
    taken.give_back()
    with transaction.atomic(durable=True):
        _stand_in_line(draft.phone)
        if draft.sessions.filter(seen_at__gt=clock.now() - IDLE).count() >= MOST_SESSIONS:
            raise BudgetSpent(_("Bản nháp này đang mở ở nhiều máy. Những gì đã điền vẫn còn."), "draft")
        return _enter(draft, browser, is_proven=False)


def send_supplement_code(dossier: Dossier, browser: Browser) -> str:
    """Send the code with which `begin_supplement` starts, to the dossier's own number. Raises as `send_code`, and
    NotPossible where the dossier waits for no papers, or its request has as many parts as it may."""
    _open_part(dossier, present_request(dossier).since.sequence)
    return _issue(budgets.SUPPLEMENT_CODE, dossier.subject, dossier.recipient.phone, browser)


def begin_supplement(dossier: Dossier, browser: Browser, *, reference: str, code: str) -> Opened:
    """The draft in which the citizen answers the dossier's present request for papers, opened in this browser.

    One at a time for each request: coming again goes on with it, and after a part was sent begins the next part, one
    for each code. What was put in for a request that the desk took back, and asked anew, stands in the new one.
    Raises WrongProof, NotPossible.
    """
    since = present_request(dossier).since.sequence
    name = _require_code(reference, code, dossier.subject, dossier.recipient.phone)
    first = FilingDraft.objects.filter(dossier=dossier).first()
    version = first.form_version if first else None
    number = dossier.recipient.phone
    new = _new(dossier.procedure, version, Kind.SUPPLEMENT, number, is_proven=True)
    new.name, new.supplement_of, new.supplement_sequence = name, dossier, since
    with transaction.atomic(durable=True):
        # By the code a second press finds what the first began, sent or not.
        begun = FilingDraft.objects.filter(name=name)
        _stand_in_line(number)
        draft = begun.first() or _open_part(dossier, since)
        if draft is None:
            draft = new
            draft.save(force_insert=True)
            supplements.carry_over(draft)
        elif is_over(draft):
            # The desk waits for it still, and what it holds was kept for that.
            draft.expires_at = new.expires_at
            draft.save(update_fields=["expires_at"])
        return _enter(draft, browser, is_proven=True)


def present_request(dossier: Dossier) -> CitizenRequest:
    """The request for papers for which the dossier waits; raises NotPossible where it waits for none."""
    request = citizen_requests.standing(dossier, papers.events_of(dossier))
    if request is None or dossier.status_enum is not Status.SUPPLEMENT_REQUIRED:
        raise NotPossible(_("Hồ sơ không còn chờ bổ sung. Xin xem lại tình trạng hồ sơ."))
    return request


def require_asked(draft: FilingDraft) -> None:
    """Raise NotPossible where the dossier waits no longer for what this supplement answers."""
    assert draft.supplement_of is not None
    if present_request(draft.supplement_of).since.sequence != draft.supplement_sequence:
        raise NotPossible(_("Cơ quan đã gửi yêu cầu bổ sung mới. Xin mở yêu cầu mới từ trang hồ sơ."))


def link(draft: FilingDraft) -> str:
    """The full address to go on later, for messages and QR codes: it asks for a code, or for the number."""
    return absolute(f"{ADDRESS}{base64.urlsafe_b64encode(draft.name.bytes).decode().rstrip('=')}/")


def counter_code(draft: FilingDraft) -> str:
    """BCGH-2345: made of the draft's random name, for a clerk to type where the QR code cannot be scanned. It opens
    nothing for anybody else."""
    number, signs = (draft.name.int >> 80) * _COUNTER_CODES >> 48, ""
    for _place in range(COUNTER_CODE_LENGTH):
        number, sign = divmod(number, len(LOOKUP_ALPHABET))
        signs = LOOKUP_ALPHABET[sign] + signs
    return f"{signs[:4]}-{signs[4:]}"


def read_counter_code(text: str) -> list[FilingDraft] | None:
    """The unfiled drafts with this counter code, hardly ever more than one; None for a text that is no such code."""
    typed = re.sub(r"[\W_]", "", text).upper()
    if len(typed) != COUNTER_CODE_LENGTH or not set(typed) <= set(LOOKUP_ALPHABET):
        return None
    number = 0
    for sign in typed:
        number = number * len(LOOKUP_ALPHABET) + LOOKUP_ALPHABET.index(sign)
    # The names whose first 48 bits, all of them random, make this code.
    first, after = (-(-(one << 48) // _COUNTER_CODES) << 80 for one in (number, number + 1))
    named = FilingDraft.objects.filter(name__range=(UUID(int=first), UUID(int=after - 1)))
    return list(named.filter(filed_at=None, expires_at__gt=clock.now())[:2])


def keep_prepared(draft: FilingDraft) -> None:
    """A draft prepared to the end is kept as its sheet promises: thirty days from its beginning."""
    until = draft.created_at + KEPT
    if draft.expires_at < until:
        FilingDraft.objects.filter(pk=draft.pk, filed_at=None).update(expires_at=until)
        draft.expires_at = until


def is_over(draft: FilingDraft) -> bool:
    """Whether the time of an unfiled draft is over, be it deleted yet or not."""
    return draft.filed_at is None and draft.expires_at <= clock.now()


def living_session(name: str, browser: Browser) -> FilingSession | None:
    """The session in which this browser has the draft open now, None where there is none. Changes nothing."""
    try:
        draft_name, nonce = read_name(name)
    except NoSuchDraft:
        return None
    found = FilingSession.objects.select_related("draft").filter(draft__name=draft_name)
    session = (
        found.filter(digest=token_digest(nonce), seen_at__gt=clock.now() - IDLE).first() if nonce else None
    )
    if session is None or is_over(session.draft) or not _is_here(session, nonce, browser):
        return None
    return session


def _new(
    procedure: Procedure, form: FilingFormVersion | None, kind: str, number: str, *, is_proven: bool
) -> FilingDraft:
    now = clock.now()
    draft = FilingDraft(
        procedure=procedure,
        form_version=form,
        kind=kind,
        phone=number,
        proven_at=now if is_proven else None,
        created_at=now,
        changed_at=now,
        expires_at=now + (KEPT_UNPROVEN if kind == Kind.PREPARE else KEPT),
    )
    draft.index()
    return draft


def _agree_to_messages(draft: FilingDraft, where: str) -> None:
    channels = contacts.reaching_by_number(settings.MESSAGING_CHANNELS)
    contacts.grant_all(
        contacts.contact_for(draft.phone, ""),
        [(channel, contacts.FILING) for channel in channels],
        evidence=f"{draft.subject}; {where}, mã xác nhận gửi đến số {draft.phone}",
    )


def _enter(draft: FilingDraft, browser: Browser, *, is_proven: bool) -> Opened:
    """A new session; of a draft with many the oldest go."""
    nonce = secrets.token_urlsafe(_NONCE_BYTES)
    now = clock.now()
    session = FilingSession.objects.create(
        draft=draft,
        digest=token_digest(nonce),
        user_agent_digest=browser.digests[0],
        network_digest=browser.networks[0],
        proven_at=now if is_proven else None,
        seen_at=now,
    )
    older = FilingSession.objects.filter(draft=draft).order_by("-seen_at", "-pk")[MOST_SESSIONS:]
    FilingSession.objects.filter(pk__in=older.values("pk")).delete()
    return Opened(draft, session, _sign(draft, nonce))


def _present_number(draft: FilingDraft) -> str:
    """The number that proves: of a supplement that of the dossier's recipient, which the desk may have corrected."""
    return draft.supplement_of.recipient.phone if draft.supplement_of else draft.phone


def _stand_in_line(number: str) -> None:
    """Let the drafts of one number, and their sessions by number, begin one after the other. Until the transaction ends."""
    if number:
        with connection.cursor() as cursor:
            key = blind_index(number, "phone")
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"filing drafts {key}"])


def _refuse_too_many(draft: FilingDraft) -> None:
    """Raise NotPossible where the number of a new draft has as many as it may.

    Of a number that no code proved none are counted: a stranger who typed it ten times would stop its holder.
    """
    if draft.proven_at is None:
        return
    if open_drafts(draft.phone).count() >= MOST_PER_NUMBER:
        raise NotPossible(
            _("Số điện thoại này đang có %(n)d bản nháp. Xin nộp hoặc xóa bớt rồi làm bản mới.")
            % {"n": MOST_PER_NUMBER}
        )


def _open_part(dossier: Dossier, since: int) -> FilingDraft | None:
    """The part that is not sent yet of what answers this request, None where the next may begin; raises NotPossible
    where as many were sent as may be."""
    parts = FilingDraft.objects.filter(supplement_of=dossier, supplement_sequence=since)
    part = parts.filter(filed_at=None).first()
    if part is None and parts.count() >= MOST_PARTS:
        sentence = _(
            "Ông/bà đã gửi bổ sung %(n)d lần cho yêu cầu này, là nhiều nhất. Còn thiếu gì, xin mang đến nơi nhận hồ sơ."
        )
        raise NotPossible(sentence % {"n": MOST_PARTS})
    return part


def _issue(budget: Budget, subject: str, number: str, browser: Browser, **share: Any) -> str:
    """Send a code within this budget, which pays for none that is not sent; `share` as `codes.issue` takes it."""
    here = f"{rate_limits.origin(browser.address)}:{blind_index(number, 'phone')[:20]}"
    taken = budget.take(address=browser.address, number_here=here)
    try:
        return codes.issue(forms.PURPOSE, subject, number, **share)
    except (codes.TooManyCodes, codes.CodeNotSent):
        taken.give_back()
        raise


def _require_code(reference: str, code: str, subject: str, number: str) -> UUID:
    """The random name of a code that fits; raises WrongProof."""
    row = codes.row_of(reference)
    if row is None or not codes.check(
        reference, code, purpose=forms.PURPOSE, subject=subject, telephone=number, again=PRESSED_AGAIN
    ):
        raise WrongProof(_("Mã chưa đúng, đã dùng hoặc đã hết hạn. Xin xem lại tin, hoặc lấy mã khác."))
    return row


def _subject(procedure: Procedure) -> str:
    return f"{_BEGINNING}{procedure.code}"


def _shows_cookie(nonce: str, browser: Browser) -> bool:
    shown = browser.cookies.get(_cookie_name(nonce), "")
    return any(constant_time_compare(shown, one) for one in blind_indexes(nonce, _COOKIE))


def _is_alike(session: FilingSession, browser: Browser) -> bool:
    """By the User-Agent, which all telephones of a version share."""
    return session.user_agent_digest in browser.digests


def _is_here(session: FilingSession, nonce: str, browser: Browser) -> bool:
    """Whether this is the browser of the session, as far as can be told."""
    in_place = _is_alike(session, browser) and session.network_digest in browser.networks
    return (in_place and not session.keeps_cookie) or _shows_cookie(nonce, browser)


def _cookie_name(nonce: str) -> str:
    return f"{settings.DRAFT_COOKIE_NAME}-{token_digest(nonce)[:16]}"


def _sign(draft: FilingDraft, nonce: str) -> str:
    return signing.dumps([draft.name.hex, nonce], purpose=_SIGNED)


def read_name(name: str) -> tuple[UUID, str]:
    """The random name of a draft and the nonce of a session ("" for none) in a signed name, or in a name alone; raises
    NoSuchDraft for one with a nonce that was not signed in this province. Asks no database."""
    if _NAME_ALONE.fullmatch(name):
        return UUID(bytes=base64.urlsafe_b64decode(f"{name}==")), ""
    try:
        draft_name, nonce = signing.loads(name[:LONGEST_NAME], purpose=_SIGNED)
    except django_signing.BadSignature as error:
        raise NoSuchDraft from error
    return UUID(hex=draft_name), nonce
