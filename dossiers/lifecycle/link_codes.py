"""Link codes: six characters that link a chat account to a dossier whose address its holder has.

The code is made on the dossier's page and typed into the chat of the province's account. It is good for ten
minutes and once, and only its keyed digest is stored.
"""

import re
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from dossiers.lifecycle.models import AccessToken, Dossier, LinkCode
from dossiers.lifecycle.rules.codes import LOOKUP_ALPHABET, CodeError, make_lookup_key, normalise_lookup_key
from messaging.channels.accounts.channel_accounts import PublicAccount, public_accounts
from messaging.channels.base import registry
from messaging.contacts import followers
from tenants import clock, phone_numbers
from tenants.isolation import crypto
from tenants.isolation.context import current_province

GOOD_FOR = timedelta(minutes=10)
LONGEST_TYPED = 20
_CODE = re.compile(f"[{LOOKUP_ALPHABET}]{{6}}")
# An abbreviation with a number, a number, or groups of which no code is printed: TPHCM2, K22 222, 234567, CCHC 24.
_RATHER_SOMETHING_ELSE = re.compile(
    r"\W*(?:[^\W\d_]*\d+|\w\d\d[\W_]+\d{3}|\w{1,2}[\W_]+\w{4,5}|\w{4,5}[\W_]+\w{1,2})\W*"
)
_PURPOSE = "link_code"
_RULES = ("procedure", "procedure_version", "workflow_version", "calendar_version")
_AGENCIES = ("receiving_agency", "competent_agency")
# The page of a dossier asks for the account each time, and the database is asked this seldom.
_REMEMBERED_FOR = 10.0
_accounts: dict[UUID, tuple[float, PublicAccount | None]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Shown:
    """A code that still waits to be typed, and until when it is good."""

    code: str
    until: datetime


def account() -> PublicAccount | None:
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


def is_open_to(dossier: Dossier) -> bool:
    """Whether notices of this dossier can go to a chat: it is open, has a mobile number, and the province a chat."""
    return not dossier.status_enum.is_closed and has_mobile(dossier) and account() is not None


def has_mobile(dossier: Dossier) -> bool:
    """Whether the recipient left a number to which news can be tied."""
    return bool(phone_numbers.MOBILE.match(dossier.recipient.phone))


def make(token: AccessToken) -> str:
    """A new code for the holder of this address; the one made before is no good any more."""
    while True:
        code = make_lookup_key(secrets.randbelow)
        if may_be_something_else(code):
            # Typed after it expired, it would look like an abbreviation with a number.
            continue
        values = {"code_index": crypto.blind_index(code, _PURPOSE), "expires_at": clock.now() + GOOD_FOR}
        try:
            with transaction.atomic():
                LinkCode.objects.update_or_create(token=token, defaults=values)
        except IntegrityError:
            # Another address has this code now.
            continue
        return code


def encrypted(code: str) -> str:
    """The code as it may stand in the address of the page that shows it."""
    return crypto.encrypt(code)


def shown(token: AccessToken, encrypted_code: str) -> Shown | None:
    """The code that `encrypted` hid, if it is this holder's and may still be typed."""
    try:
        code = crypto.decrypt(encrypted_code)
    except crypto.CannotDecrypt:
        return None
    row = _open(code).filter(token=token).first() if code else None
    return Shown(code, row.expires_at) if row else None


def read(text: str) -> str | None:
    """The code that was typed; None for any other text. A word of Vietnamese has a vowel, so it is never one."""
    if len(text) > LONGEST_TYPED:
        return None
    try:
        code = normalise_lookup_key(text)
    except CodeError:
        return None
    return code if _CODE.fullmatch(code) else None


def may_be_something_else(text: str) -> bool:
    """Whether what `read` took for a code is as likely no code at all."""
    return _RATHER_SOMETHING_ELSE.fullmatch(text) is not None


def dossier_of(code: str) -> int | None:
    """The dossier whose address this open code was made at; None when there is no such code."""
    return _open(code).values_list("token__dossier_id", flat=True).first()


def linked_to(follower_id: int) -> QuerySet[Dossier]:
    """The dossiers to which this reader of an account is tied, with what their pages show; the newest first."""
    codes = [subject.removeprefix("dossier:") for subject in followers.subjects_of(follower_id)]
    found = Dossier.objects.filter(code__in=codes).select_related(*_RULES, *_AGENCIES, *PERSONS)
    return found.defer("assignee__password").order_by("-received_at", "-pk")


def use_up(code: str, dossier: Dossier) -> bool:
    """Use up this code, inside the transaction of what it is used for; False when it was used already."""
    return bool(_open(code).filter(token__dossier=dossier).delete()[0])


def _open(code: str) -> QuerySet[LinkCode]:
    now = clock.now()
    alive = Q(token__expires_at=None) | Q(token__expires_at__gt=now)
    return LinkCode.objects.filter(
        alive, code_index__in=crypto.blind_indexes(code, _PURPOSE), expires_at__gt=now, token__revoked_at=None
    )


PERSONS = ("owner", "recipient", "assignee")
