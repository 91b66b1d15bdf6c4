"""Ways to a dossier without a sign-in: unguessable addresses, /h/<token>/, those that its holder shares for a month,
and link codes: six characters that tie a chat account to a dossier whose address its holder has.

A link code is made on the dossier's page and typed into the chat of the province's account. It is good for ten
minutes and once, and only its keyed digest is stored.
"""

import hashlib
import re
import secrets
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from dossiers.lifecycle import rules_in_force
from dossiers.lifecycle.errors import NotPossible
from dossiers.lifecycle.models import AccessToken, Dossier, LinkCode
from dossiers.lifecycle.rules.codes import LOOKUP_ALPHABET, CodeError, make_lookup_key, normalise_lookup_key
from dossiers.workflow.rules.statuses import Status
from messaging.channels.accounts.channel_accounts import PublicAccount, public_accounts
from messaging.channels.base import registry
from messaging.contacts import followers
from messaging.outbox.one_time_codes import delivery
from tenants import clock, phone_numbers
from tenants.audit import log
from tenants.isolation import crypto
from tenants.isolation.context import current_province
from tenants.web import rate_limits
from tenants.web.absolute_urls import absolute

TOKEN_BYTES = 18
LIVES = {AccessToken.Purpose.LOOKUP: timedelta(minutes=30), AccessToken.Purpose.SHARE: timedelta(days=30)}
MOST_LOOKUPS = 60
"""New addresses of one dossier by look-up in a quarter of an hour: later look-ups get the newest again."""
MAX_TOKEN_LENGTH = 64
CODE_PURPOSE = "filing"
"""What a one-time code is asked for that proves who fills in a draft; see `messaging.outbox.one_time_codes`."""
MOST_SHARES = 5
SHARE_DAYS = LIVES[AccessToken.Purpose.SHARE].days
"""How long a shared address lives."""
GOOD_FOR = timedelta(minutes=10)
LONGEST_TYPED = 20
_CODE = re.compile(f"[{LOOKUP_ALPHABET}]{{6}}")
# An abbreviation with a number, a number, or groups of which no code is printed: TPHCM2, K22 222, 234567, CCHC 24.
_RATHER_SOMETHING_ELSE = re.compile(
    r"\W*(?:[^\W\d_]*\d+|\w\d\d[\W_]+\d{3}|\w{1,2}[\W_]+\w{4,5}|\w{4,5}[\W_]+\w{1,2})\W*"
)
_LINK = "link_code"
_RULES = ("procedure", "procedure_version", "workflow_version", "calendar_version")
_AGENCIES = ("receiving_agency", "competent_agency")
# The page of a dossier asks for the account each time, and the database is asked this seldom.
_REMEMBERED_FOR = 10.0
_accounts: dict[UUID, tuple[float, PublicAccount | None]] = {}
_lock = threading.Lock()
PERSONS = ("owner", "recipient", "assignee")


def digest(value: str) -> str:
    """The digest that is stored in place of a token."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def issue(dossier: Dossier, purpose: str) -> str:
    """A token of 144 random bits for this purpose; receipts and messages keep the one they have, as do look-ups after
    MOST_LOOKUPS."""
    is_new = purpose in LIVES
    if purpose == AccessToken.Purpose.LOOKUP:
        is_new = rate_limits.take({f"lookup-token:{dossier.pk}": MOST_LOOKUPS})
    if not is_new:
        alive = Q(expires_at=None) | Q(expires_at__gt=clock.now())
        living = dossier.tokens.filter(alive, purpose=purpose, revoked_at=None).order_by("-pk").first()
        if living is not None:
            return living.value
    token = make(dossier, purpose)
    token.save()
    return token.value


def make(dossier: Dossier, purpose: str) -> AccessToken:
    value = secrets.token_urlsafe(TOKEN_BYTES)
    now = clock.now()
    life = LIVES.get(AccessToken.Purpose(purpose))
    return AccessToken(
        dossier=dossier,
        purpose=purpose,
        digest=digest(value),
        value=value,
        created_at=now,
        expires_at=now + life if life else None,
    )


def url(value: str) -> str:
    """Full address of the page behind a token."""
    return absolute(f"/h/{value}/")


def living(value: str) -> QuerySet[AccessToken]:
    """The token's row, if it is known, not revoked and not past its time."""
    if not may_be_token(value):
        return AccessToken.objects.none()
    return AccessToken.objects.filter(is_living(digest(value), clock.now()))


def may_be_token(value: str) -> bool:
    return 0 < len(value) <= MAX_TOKEN_LENGTH


def is_living(digest: Any, now: Any) -> Q:
    """The condition that `living` puts to a row, by its digest and the time."""
    return Q(Q(expires_at=None) | Q(expires_at__gt=now), digest=digest, revoked_at=None)


def revoke(dossier: Dossier, *, keep: Collection[str] = ()) -> None:
    """Close every living address of this dossier but those for some purposes."""
    dossier.tokens.filter(revoked_at=None).exclude(purpose__in=keep).update(revoked_at=clock.now())


def purge() -> None:
    """Delete the addresses of look-ups that ended a day ago; those that were given to people stay, to say what they were."""
    ended = clock.now() - timedelta(days=1)
    AccessToken.objects.filter(purpose=AccessToken.Purpose.LOOKUP, expires_at__lte=ended).delete()


def living_shares(dossier: Dossier) -> QuerySet[AccessToken]:
    """Shared addresses of this dossier that still open, the newest first."""
    alive = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    mine = dossier.tokens.filter(alive, purpose=AccessToken.Purpose.SHARE, revoked_at=None)
    return mine.order_by("-created_at", "-pk")


def share(dossier: Dossier) -> str:
    """A new address for looking only; its token. Raises NotPossible while there are as many as there may be."""
    with transaction.atomic(durable=True):
        # Locked, so that two taps do not make more than there may be.
        Dossier.objects.select_for_update().only("pk").get(pk=dossier.pk)
        if living_shares(dossier).count() >= MOST_SHARES:
            raise NotPossible(
                _("Hồ sơ này đang có %(n)d liên kết chia sẻ. Muốn tạo thêm, xin thu hồi bớt.")
                % {"n": MOST_SHARES}
            )
        value = issue(dossier, AccessToken.Purpose.SHARE)
        log.record("dossier.share", dossier.subject)
    return value


def revoke_share(dossier: Dossier, token_id: int) -> bool:
    """Close this shared address of this dossier; False when it was closed already, or is none of its."""
    with transaction.atomic(durable=True):
        done = living_shares(dossier).filter(pk=token_id).update(revoked_at=clock.now())
        if done:
            log.record("dossier.unshare", dossier.subject)
    return bool(done)


def takes_supplements(dossier: Dossier) -> bool:
    """Whether papers that the dossier waits for can be sent from its own page: a code must reach its number.

    At most three statements.
    """
    return (
        dossier.status_enum is Status.SUPPLEMENT_REQUIRED
        and not rules_in_force.leader_of(dossier)
        and has_mobile(dossier)
        and delivery.can_send(CODE_PURPOSE)
    )


@dataclass(frozen=True)
class Shown:
    """A code that still waits to be typed, and until when it is good."""

    code: str
    until: datetime


def chat_account() -> PublicAccount | None:
    """The province's account in whose chat a code can be typed; None when it has none.

    What it was a few seconds ago: the page of a dossier asks.
    """
    uuid, now = current_province().uuid, time.monotonic()
    with _lock:
        kept = _accounts.get(uuid)
    if kept is not None and now - kept[0] < _REMEMBERED_FOR:
        return kept[1]
    channels = ((one, registry.get(one.code)) for one in public_accounts())
    chats = (
        one for one, channel in channels if channel.address_kind != "phone" and not channel.typed_at_desk
    )
    found = next(chats, None)
    with _lock:
        _accounts[uuid] = (now, found)
    return found


def clear_cache() -> None:
    """Forget the cached accounts of all provinces."""
    with _lock:
        _accounts.clear()


def is_open_to_chat(dossier: Dossier) -> bool:
    """Whether notices of this dossier can go to a chat: it is open, has a mobile number, and the province a chat."""
    return not dossier.status_enum.is_closed and has_mobile(dossier) and chat_account() is not None


def has_mobile(dossier: Dossier) -> bool:
    """Whether the recipient left a number to which news can be tied."""
    return bool(phone_numbers.MOBILE.match(dossier.recipient.phone))


def make_code(token: AccessToken) -> str:
    """A new code for the holder of this address; the one made before is no good any more."""
    while True:
        code = make_lookup_key(secrets.randbelow)
        if may_be_something_else(code):
            # Typed after it expired, it would look like an abbreviation with a number.
            continue
        values = {"code_index": crypto.blind_index(code, _LINK), "expires_at": clock.now() + GOOD_FOR}
        try:
            with transaction.atomic():
                LinkCode.objects.update_or_create(token=token, defaults=values)
        except IntegrityError:
            # Another address has this code now.
            continue
        return code


def encrypted_code(code: str) -> str:
    """The code as it may stand in the address of the page that shows it."""
    return crypto.encrypt(code)


def shown_code(token: AccessToken, encrypted: str) -> Shown | None:
    """The code that `encrypted_code` hid, if it is this holder's and may still be typed."""
    try:
        code = crypto.decrypt(encrypted)
    except crypto.CannotDecrypt:
        return None
    row = _open(code).filter(token=token).first() if code else None
    return Shown(code, row.expires_at) if row else None


def read_code(text: str) -> str | None:
    """The code that was typed; None for any other text. A word of Vietnamese has a vowel, so it is never one."""
    if len(text) > LONGEST_TYPED:
        return None
    try:
        code = normalise_lookup_key(text)
    except CodeError:
        return None
    return code if _CODE.fullmatch(code) else None


def may_be_something_else(text: str) -> bool:
    """Whether what `read_code` took for a code is as likely no code at all."""
    return _RATHER_SOMETHING_ELSE.fullmatch(text) is not None


def dossier_of_code(code: str) -> int | None:
    """The dossier whose address this open code was made at; None when there is no such code."""
    return _open(code).values_list("token__dossier_id", flat=True).first()


def linked_to(follower_id: int) -> QuerySet[Dossier]:
    """The dossiers to which this reader of an account is tied, with what their pages show; the newest first."""
    codes = [subject.removeprefix("dossier:") for subject in followers.subjects_of(follower_id)]
    found = Dossier.objects.filter(code__in=codes).select_related(*_RULES, *_AGENCIES, *PERSONS)
    return found.defer("assignee__password").order_by("-received_at", "-pk")


def use_up_code(code: str, dossier: Dossier) -> bool:
    """Use up this code, inside the transaction of what it is used for; False when it was used already."""
    return bool(_open(code).filter(token__dossier=dossier).delete()[0])


def _open(code: str) -> QuerySet[LinkCode]:
    now = clock.now()
    alive = Q(token__expires_at=None) | Q(token__expires_at__gt=now)
    return LinkCode.objects.filter(
        alive, code_index__in=crypto.blind_indexes(code, _LINK), expires_at__gt=now, token__revoked_at=None
    )
