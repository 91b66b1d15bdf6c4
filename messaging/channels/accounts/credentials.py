"""What providers grant to accounts: kept, renewed by one at a time, and never used before it is written down.

A renewal uses up what it renews. So a process that renews takes the lease of the credential, commits, asks the provider
outside any transaction, and writes down the answer before anybody uses it. The lease stands in the row, not in the
database session: a session may be cut off while its process waits for the provider. Where a process died before it
wrote, or no answer came, what was to be renewed may be used up: it is shown to the provider once more, and if that
does not help a person has to consent anew. No message is lost by that: the lane waits.

Times are by the database's clock. Credentials stand in the row, encrypted, and nowhere else.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels.accounts.channel_accounts import values_of
from messaging.channels.base import (
    Account,
    Channel,
    Granted,
    GrantLater,
    GrantLost,
    GrantUnclear,
    Renewal,
    registry,
)
from messaging.channels.lanes import circuit_breaker
from messaging.channels.lanes.lanes import wake_lane
from messaging.channels.models import ChannelAccount, Credential, CredentialEvent, Lane
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.web import telemetry

log = logging.getLogger(__name__)

# Longer than the provider may take to answer, by more than writing it down takes.
LEASE_MARGIN = timedelta(seconds=10)
# What may be used up is shown to the provider so often, no more.
MOST_TRIES = 2
BEFORE_SECOND_TRY = timedelta(seconds=5)
AFTER_REFUSAL = timedelta(seconds=30)
# Refused so soon after it was renewed, it is not renewed again: that would go round in circles.
FRESH_FOR = timedelta(seconds=60)
# Renewed before it is old: after this long, or with so little left.
OLD_AFTER = timedelta(hours=20)
SOON_OVER = timedelta(hours=5)
# Of a grant that lasts a shorter time, when a fifth is left.
LAST_PART = 5
# Seconds for which an answer is kept while the database is away.
KEEP_ANSWER = 60.0

Kind, State = CredentialEvent.Kind, Credential.State


def standing(channel: str, name: str) -> Credential | None:
    """The row of this account's grant; None when there never was one."""
    return Credential.objects.filter(account__channel=channel, account__name=name).first()


def usable(channel: str, account: Account) -> bool:
    """Whether what this account was read with counts now and is not over."""
    current = Credential.objects.filter(
        account__channel=channel, account__name=account.name, generation=account.generation
    )
    needs_grant = registry.get(channel).capabilities.needs_grant
    return not needs_grant or current.filter(state=State.ACTIVE, expires_at__gt=Now()).exists()


def store(
    account: ChannelAccount, credentials: Mapping[str, str], lasts: timedelta, actor: User | None = None
) -> None:
    """Write down what a person's consent gave the account, good for `lasts`, and let its lane work again.

    It takes the place of whatever was there; a renewal that is on its way changes nothing any more. Raises
    ValueError for credentials without a value.
    """
    if not any(credentials.values()):
        raise ValueError("credentials without a value")
    with transaction.atomic():
        credential = _locked(account.channel, account.name) or Credential(account=account)
        credential.credentials, credential.state = "", State.NONE
        _put(credential, credentials, lasts, Kind.CONSENTED)
        audit.record("grant.store", f"account:{account}", actor=actor, generation=credential.generation)


def end(account: ChannelAccount, actor: User | None = None) -> None:
    """Forget what the account was granted; its lane waits for a new consent."""
    with transaction.atomic():
        credential = _locked(account.channel, account.name)
        if credential is None or credential.state == State.NONE:
            return
        credential.credentials, credential.state = "", State.NONE
        credential.trouble, credential.lease_until = _without_consent(), None
        credential.generation += 1
        credential.save()
        _note(credential, Kind.ENDED)
        audit.record("grant.end", f"account:{account}", actor=actor, generation=credential.generation)


def renew(channel: str, name: str, used: int) -> bool:
    """Renew what the account was granted in generation `used`, and wait for it; whether there is a newer one now.

    False while another process renews it or a pause is not over, and where it cannot be renewed: then the account's
    lanes rest and say why. Must not be called inside a transaction.
    """
    asking = registry.get(channel)
    taken = _take(asking, name, used)
    if not isinstance(taken, Credential):
        return taken
    answer = _ask(asking, values_of(taken.account, taken))
    until = time.monotonic() + KEEP_ANSWER
    while True:
        try:
            return _write_down(taken, answer)
        except (DatabaseError, InterfaceError):
            # Kept: what came is the only one that is good now.
            if time.monotonic() > until:
                raise
            log.exception("a renewal of %s cannot be written down yet", taken.account)
            connection.close()
            time.sleep(1)


def due() -> list[Credential]:
    """What is to be renewed now in this province, whether or not its accounts have anything to send."""
    channels = [code for code in registry.codes() if registry.get(code).capabilities.needs_grant]
    active = Credential.objects.filter(state=State.ACTIVE, account__channel__in=channels)
    free = active.filter(Q(lease_until__isnull=True) | Q(lease_until__lte=Now())).annotate(db_now=Now())
    return [one for one in free.select_related("account").order_by("pk") if _is_due(one)]


def renew_due() -> int:
    """Renew what is due in the current province and wait for the answers; how many grants are new.

    Two at once do no harm. Must not be called inside a transaction.
    """
    return sum(renew(one.account.channel, one.account.name, one.generation) for one in due())


def _is_due(credential: Any) -> bool:
    left = credential.expires_at - credential.db_now
    shortest = min(SOON_OVER, (credential.expires_at - credential.granted_at) / LAST_PART)
    # With a lease that is over, what came of the last time is unknown.
    is_old = credential.db_now - credential.granted_at >= OLD_AFTER
    return bool(credential.lease_until or is_old or left <= shortest)


def _take(channel: Channel, name: str, used: int) -> Credential | bool:
    """What is to be shown to the provider, its lease and the intent on record; or what `renew` answers at once."""
    with transaction.atomic(durable=True):
        if not channel.capabilities.needs_grant:
            return _rest(channel.code, name, _("Kênh không nhận khóa của tài khoản gửi."))
        credential = _locked(channel.code, name)
        if credential is None or credential.state != State.ACTIVE:
            return _rest(channel.code, name, (credential and credential.trouble) or _without_consent())
        if credential.generation > used:
            return True
        if credential.lease_until and credential.lease_until > credential.db_now:
            return False
        past = CredentialEvent.objects.filter(account=credential.account, generation=credential.generation)
        kinds = Counter(past.order_by().values_list("kind", flat=True))
        if kinds[Kind.ASKED] - kinds[Kind.LATER] >= MOST_TRIES:
            return _lose(credential, "", _("Không rõ lần gia hạn trước có thành không."))
        is_over = credential.expires_at <= credential.db_now
        is_fresh = kinds[Kind.RENEWED] and credential.db_now - credential.granted_at < FRESH_FOR
        if is_fresh and not is_over and not kinds[Kind.ASKED]:
            sentence = _("Kênh không nhận quyền vừa được gia hạn. Cổng sẽ thử lại.")
            return _rest(channel.code, name, sentence)
        credential.lease_until = credential.db_now + channel.timeout + LEASE_MARGIN
        credential.save()
        _note(credential, Kind.ASKED)
    return credential


def _ask(channel: Channel, account: Account) -> Renewal:
    """The provider's answer. A channel that raises has left it unclear how far it came."""
    try:
        answer = channel.refresh_credentials(account)
    except Exception as error:
        # Not the error itself: it may quote what it was called with.
        log.error("channel %s raised %s while renewing", channel.code, type(error).__name__)
        return GrantUnclear(type(error).__name__)
    if isinstance(answer, Granted) and not any(answer.credentials.values()):
        # An answer without credentials, however friendly, is none.
        return GrantUnclear("empty")
    return answer


def _write_down(taken: Credential, answer: Renewal) -> bool:
    """What the provider granted counts as long as nothing newer stands there, however late: it is the only one that
    is good now. Any other answer changes nothing once another process has the lease."""
    with transaction.atomic(durable=True):
        credential = _locked(taken.account.channel, taken.account.name)
        if credential is None or credential.generation > taken.generation:
            return True
        if isinstance(answer, Granted):
            _put(credential, answer.credentials, answer.lasts, Kind.RENEWED)
            return True
        if credential.lease_until != taken.lease_until:
            return False
        if isinstance(answer, GrantLost):
            return _lose(credential, answer.code, answer.detail)
        later = isinstance(answer, GrantLater)
        credential.lease_until = credential.db_now + (AFTER_REFUSAL if later else BEFORE_SECOND_TRY)
        credential.save()
        _note(credential, Kind.LATER if later else Kind.UNCLEAR, answer.code)
    return False


def _lose(credential: Credential, code: str, detail: str) -> bool:
    """Only a person can help now. The credentials stay: an answer that is still on its way builds on them."""
    credential.state, credential.lease_until = State.REAUTH_REQUIRED, None
    credential.trouble = _ask_for_consent(detail)[:500]
    credential.save()
    _note(credential, Kind.LOST, code)
    return _rest(credential.account.channel, credential.account.name, credential.trouble)


def _rest(channel: str, name: str, trouble: str) -> bool:
    for lane in Lane.objects.filter(channel=channel, account=name):
        circuit_breaker.rest_for_account(lane, trouble)
    return False


def _put(credential: Credential, credentials: Mapping[str, str], lasts: timedelta, kind: str) -> None:
    """Write down new credentials. A lane that waited for them, whatever it rests for, tries how things are."""
    was_lost = credential.state != State.ACTIVE
    # A provider may leave out what did not change; nothing empty takes the place of something.
    filled = {name: value for name, value in credentials.items() if value}
    credential.credentials = json.dumps(json.loads(credential.credentials or "{}") | filled)
    credential.generation += 1
    credential.state, credential.trouble, credential.lease_until = State.ACTIVE, "", None
    credential.granted_at, credential.expires_at = Now(), Now() + lasts
    credential.save()
    _note(credential, kind)
    for lane in Lane.objects.filter(channel=credential.account.channel, account=credential.account.name):
        if was_lost:
            circuit_breaker.forget(lane)
        wake_lane(lane)


def _locked(channel: str, name: str) -> Any:
    locked = Credential.objects.select_for_update(of=("self",)).select_related("account")
    return locked.filter(account__channel=channel, account__name=name).annotate(db_now=Now()).first()


def _note(credential: Credential, kind: str, code: str = "") -> None:
    account = credential.account
    CredentialEvent.objects.create(
        account=account, kind=kind, generation=credential.generation, code=code[:40]
    )
    tell = partial(telemetry.log, f"grant.{kind}", channel=account.channel, account=account.name)
    transaction.on_commit(tell, robust=True)


def _without_consent() -> str:
    return _ask_for_consent(_("Tài khoản chưa được cấp quyền."))


def _ask_for_consent(detail: str) -> str:
    words = _("Vào “Tài khoản gửi”, mở tài khoản này và bấm “Cấp quyền”.")
    return f"{detail.strip()} {words}".strip()
