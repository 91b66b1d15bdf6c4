"""Issuing and checking one-time codes.

Promises: a code is six random digits, good for ten minutes, once, and for five tries, however many try at the same time.
A caller may let it fit again for some seconds, for who presses twice.
It fits only the purpose, the subject and the number it was issued for. The database knows number and code by keyed
digests; the code itself travels, encrypted, in the task that sends it. A number gets five codes an hour and ten a day,
a province a thousand a day: a false page could else spend the province's money, and each code sent is five guesses.
Codes that anyone may ask for, who knows a number, use three of the five and six of the ten: the rest is for its holder,
as are those that are set `aside` for a place in which the number was proven before.
Days are those of Viet Nam. What the caller sees is the same whether or not a message goes out. State travels in a
signed reference through the form, so no cookie is needed.
"""

import json
import re
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from uuid import UUID

from django.core import signing as django_signing
from django.db import connection, transaction
from django.db.models import F, Q

from messaging.channels.lanes.lanes import wake_worker
from messaging.outbox import wording as templates
from messaging.outbox.models.one_time_codes import OneTimeCode
from messaging.outbox.wording import Rendered
from tenants import clock, phone_numbers
from tenants.isolation import crypto, signing
from tenants.isolation.context import current_province
from tenants.web import telemetry

INTENT = "one_time_code"
_purposes: dict[str, str] = {}
DIGITS = 6
GOOD_FOR = timedelta(minutes=10)
MOST_TRIES = 5
PER_NUMBER = 7
NUMBER_SPAN = timedelta(hours=1)
PER_NUMBER_A_DAY = 12
OPEN_PER_NUMBER, OPEN_PER_NUMBER_A_DAY = 5, 7
PER_PROVINCE_A_DAY = 1000
LONGEST_TYPED = 40
LONGEST_REFERENCE = 300
_PURPOSE = "one_time_code"
_SEND = "messaging.delivery.tasks.send_one_time_code"
_SPACES = re.compile(r"[\s.\-]")
_CODE = re.compile(rf"[0-9]{{{DIGITS}}}")


class UnknownPurpose(LookupError):
    """No room registered this purpose."""


class TooManyCodes(Exception):
    """The number, or the province, has had as many codes as it may; again after `retry_after`.

    `has_others`: it may still have codes that not anyone may ask for."""

    def __init__(self, retry_after: timedelta, *, has_others: bool = False) -> None:
        super().__init__(f"again in {retry_after}")
        self.retry_after, self.has_others = retry_after, has_others


class CodeNotSent(Exception):
    """The queue took no task: nothing is sent. Says nothing about the number."""


@dataclass(frozen=True, slots=True)
class OutgoingCode:
    """What a worker sends, as the task carries it; `phone` is empty where nothing is to be sent."""

    reference: str
    purpose: str
    phone: str = field(repr=False)
    code: str = field(repr=False)
    expires_at: str

    def encrypted(self) -> str:
        """As the task carries it, under a key of the current province."""
        return crypto.encrypt(json.dumps(asdict(self)))

    @classmethod
    def decrypted(cls, text: str) -> "OutgoingCode":
        """What `encrypted` made in this province; raises crypto.CannotDecrypt."""
        return cls(**json.loads(crypto.decrypt(text)))

    @property
    def is_expired(self) -> bool:
        """Whether the code is not worth sending any more."""
        return datetime.fromisoformat(self.expires_at) <= clock.now()


def issue(
    purpose: str, subject: str, telephone: str, *, deliver: bool = True, open_to: str = "", aside: int = 0
) -> str:
    """Send a code to this mobile number, and return the signed reference that `check` asks for.

    With `deliver` False nothing is sent and no code will fit, at the same cost, with the same limits and the same
    answer: for pages that must not say whether a number is known. How often one network may ask is for the page to
    limit. `open_to`: with what the subjects of all codes begin that, like this one, anyone may ask for who
    knows a number; empty for a code whose asker showed more. `aside`: so many of those an hour, and twice as many a
    day, may be had here beyond what anyone may. A worker sends it over the first channel of the province that reaches
    the number; see `delivery.can_send`. Raises UnknownPurpose, phone_numbers.BadPhone, TooManyCodes, CodeNotSent. Opens
    a durable transaction of its own.
    """
    require_purpose(purpose)
    number = phone_numbers.normalise(telephone)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    now = clock.now()
    row = OneTimeCode(
        purpose=purpose,
        subject=subject,
        phone_index=crypto.blind_index(number, "phone"),
        created_at=now,
        expires_at=now + GOOD_FOR,
    )
    digest = _digests(row.reference, code)[0]
    row.code_index = digest if deliver else ""
    with transaction.atomic(durable=True):
        _take_room(number, now, open_to, aside)
        row.save(force_insert=True)
    outgoing = OutgoingCode(
        row.reference.hex, purpose, number if deliver else "", code, row.expires_at.isoformat()
    )
    if not wake_worker(_SEND, current_province().slug, outgoing.encrypted()):
        # The limits count what was sent.
        row.delete()
        raise CodeNotSent
    telemetry.one_time_code(current_province().slug, "issued")
    return signing.dumps([row.reference.hex, int(row.expires_at.timestamp())], purpose=_PURPOSE)


def check(
    reference: str, code: str, *, purpose: str, subject: str, telephone: str, again: timedelta | None = None
) -> bool:
    """Whether this is the code that was sent for this purpose and subject to this number; True once, and `again` for so
    long after that.

    A wrong code costs a try; what has not six digits, and the right one `again`, cost none. False, without saying
    which, for a wrong, used or old code, used-up tries, and a reference that is not ours. Opens a durable transaction
    of its own, so that no caller takes a counted try back.
    """
    typed, row = _typed(code), row_of(reference)
    numbers = crypto.blind_indexes(telephone, "phone")
    if not typed or row is None:
        return False
    now = clock.now()
    with transaction.atomic(durable=True):
        # The row is locked by the count: of two who type at once, the second sees what the first left.
        mine = OneTimeCode.objects.filter(
            pk=row, purpose=purpose, subject=subject, phone_index__in=numbers, expires_at__gt=now
        )
        takes_try = Q(used_at=None, tries__lt=MOST_TRIES)
        if again:
            # Also where the last try was the right one.
            takes_try |= Q(used_at__gt=now - again, tries__lte=MOST_TRIES)
        right = mine.filter(code_index__in=_digests(row, typed))
        counted = mine.filter(takes_try).update(tries=F("tries") + 1)
        fits = counted and (
            right.filter(used_at=None).update(used_at=now) or right.update(tries=F("tries") - 1)
        )
    if counted:
        telemetry.one_time_code(current_province().slug, "right" if fits else "wrong")
    return bool(fits)


def is_open(reference: str) -> bool:
    """Whether a code may still be typed for this reference, as far as its time goes. Asks no database."""
    return row_of(reference) is not None


def row_of(reference: str) -> UUID | None:
    """The random name of the code behind a reference that was signed in this province, while the code is good.

    Asks no database.
    """
    try:
        identity, expires_at = signing.loads(reference[:LONGEST_REFERENCE], purpose=_PURPOSE)
    except django_signing.BadSignature:
        return None
    return UUID(hex=identity) if clock.now().timestamp() < expires_at else None


def purge() -> int:
    """Delete the codes of the days before today; how many. What is left is counted by the limits."""
    return OneTimeCode.objects.filter(created_at__lt=_midnight(clock.now())).delete()[0]


def _take_room(number: str, now: datetime, open_to: str, aside: int) -> None:
    """Raise TooManyCodes where no code may be sent. Part of the caller's transaction, which this makes the only one."""
    slug = current_province().slug
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"one-time codes {slug}"])
    midnight = _midnight(now)
    tomorrow = midnight + timedelta(days=1)
    if OneTimeCode.objects.filter(created_at__gte=midnight).count() >= PER_PROVINCE_A_DAY:
        telemetry.one_time_code(slug, "province_limit")
        telemetry.log("code.limit", reason="province")
        raise TooManyCodes(tomorrow - now)
    had = OneTimeCode.objects.filter(
        phone_index__in=crypto.blind_indexes(number, "phone"),
        created_at__gte=min(midnight, now - NUMBER_SPAN),
    )
    sent = list(had.order_by("created_at").values_list("created_at", "subject"))

    def free_at(beginning: str, most: int, most_a_day: int) -> list[datetime]:
        times = [created_at for created_at, subject in sent if subject.startswith(beginning)]
        recent = [one for one in times if one > now - NUMBER_SPAN]
        spent = [recent[-most] + NUMBER_SPAN] if len(recent) >= most else []
        return [*spent, tomorrow] if sum(one >= midnight for one in times) >= most_a_day else spent

    waits, open_waits = free_at("", PER_NUMBER, PER_NUMBER_A_DAY), list[datetime]()
    if open_to:
        open_waits = free_at(open_to, OPEN_PER_NUMBER + aside, OPEN_PER_NUMBER_A_DAY + 2 * aside)
    if waits or open_waits:
        telemetry.one_time_code(slug, "number_limit")
        raise TooManyCodes(max(waits + open_waits) - now, has_others=not waits)


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(clock.VIETNAM).date(), time(), clock.VIETNAM)


def _digests(reference: UUID, code: str) -> list[str]:
    return crypto.blind_indexes(f"{reference.hex}:{code}", _PURPOSE)


def _typed(code: str) -> str:
    if len(code) > LONGEST_TYPED:
        return ""
    digits = _SPACES.sub("", unicodedata.normalize("NFKC", code))
    return digits if _CODE.fullmatch(digits) else ""


def register_purpose(code: str, words: str) -> None:
    """Let codes be asked for this purpose; `words` say it in the message, in Vietnamese. Called when Django is ready."""
    _purposes[code] = words


def require_purpose(code: str) -> None:
    if code not in _purposes:
        raise UnknownPurpose(code)


def values(code: str, purpose: str, minutes: int) -> dict[str, str]:
    """What stands in the message, by placeholder. Raises UnknownPurpose."""
    require_purpose(purpose)
    return {"ma_xac_nhan": code, "so_phut": str(minutes), "viec": _purposes[purpose]}


def rendered(values: Mapping[str, str]) -> Rendered:
    """The message in the words of the current province, or in ours where those leave the code out."""
    text = templates.render(INTENT, values)
    if values["ma_xac_nhan"] in text.body:
        return text
    return templates.render_text(INTENT, templates.default(INTENT), values)
