"""Reading templates and followers from the providers' lists, and the figures on both for the desk.

At the desk the first pages are read at once, the rest by a task; the reader is recorded in the audit log. None of
it may be called inside a transaction.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels import labels
from messaging.channels.accounts import credentials
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Account, Outcome, OutcomeKind, Reason, registry
from messaging.channels.capabilities import (
    ListedFollower,
    ListedTemplate,
    ListsFollowers,
    ListsTemplates,
    TemplatePage,
    Unanswered,
)
from messaging.channels.lanes.lanes import wake_worker
from messaging.channels.models import ChannelAccount, Credential
from messaging.contacts import followers
from messaging.contacts.followers import AccountRef
from messaging.contacts.models import Follower, FollowerList, Subscription
from messaging.outbox import provider_templates
from messaging.outbox import wording as templates
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.context import current_province
from tenants.text import grouped

log = logging.getLogger(__name__)

TEMPLATES_SECONDS = 20.0
# Each page is recorded: after this long without one no process reads the list any more.
STILL_READING = timedelta(minutes=2)
_FIRST_PAGES, _FIRST_SECONDS = 4, 5.0


class NotRead(Exception):
    """The list could not be read; a Vietnamese sentence says why. What came before that is written down."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """How many were read so far, and whether a task reads the rest."""

    count: int
    goes_on: bool = False


def lists_templates(account: ChannelAccount) -> bool:
    """Whether the provider of this account lists its templates."""
    return account.channel in registry.codes() and isinstance(registry.get(account.channel), ListsTemplates)


def lists_followers(account: ChannelAccount) -> bool:
    """Whether the provider of this account lists its followers."""
    return account.channel in registry.codes() and isinstance(registry.get(account.channel), ListsFollowers)


def read_templates(account: ChannelAccount, actor: User) -> ReadResult:
    """Read the account's forms; raises NotRead."""
    audit.record("template.fetch", f"account:{account}", actor=actor)
    try:
        return ReadResult(fetch_templates(account, seconds=TEMPLATES_SECONDS))
    except Unanswered as trouble:
        if trouble.outcome.code == TOO_SLOW and _wake(_FETCH_TEMPLATES, account):
            return ReadResult(
                account.provider_templates.filter(fetched_at__isnull=False).count(), goes_on=True
            )
        raise NotRead(str(trouble) or _("Kênh không trả lời.")) from trouble
    except ValueError as fault:  # settings that the channel cannot use
        raise NotRead(str(fault)) from fault


def read_followers(account: ChannelAccount, actor: User) -> ReadResult:
    """Read the first pages of the account's list of followers, or go on where it stopped; raises NotRead."""
    progress = next((one for one in list_progress() if one.account_id == account.pk), None)
    if progress is not None and progress.is_read_now:
        return ReadResult(progress.seen, goes_on=True)
    audit.record("followers.sync", f"account:{account}", actor=actor)
    try:
        done = sync_followers(account, pages=_FIRST_PAGES, seconds=_FIRST_SECONDS)
    except Unanswered as trouble:
        raise NotRead(str(trouble) or _("Kênh không trả lời.")) from trouble
    except ValueError as fault:
        raise NotRead(str(fault)) from fault
    if done.finished:
        return ReadResult(done.seen)
    if _wake(_SYNC_FOLLOWERS, account):
        return ReadResult(done.seen, goes_on=True)
    why = _("Hàng đợi chưa nhận việc đọc tiếp: bấm lần nữa để đọc thêm.")
    FollowerList.objects.filter(account=account).update(trouble=why)
    raise NotRead(why)


def request_template_lists() -> int:
    """Wake tasks that read the templates of this province's accounts; how many."""
    return sum(_wake(_FETCH_TEMPLATES, row) for row in _granted() if lists_templates(row))


def request_follower_lists() -> int:
    """Wake tasks that read the followers of this province's accounts; how many."""
    return sum(_wake(_SYNC_FOLLOWERS, row) for row in _granted() if lists_followers(row))


def _granted() -> Iterable[ChannelAccount]:
    return ChannelAccount.objects.filter(credential__state=Credential.State.ACTIVE).order_by("pk")


def list_progress() -> list[Any]:
    """How far each list of followers was read, with `is_read_now`: whether a process is reading it."""
    rows: list[Any] = list(FollowerList.objects.annotate(quiet=Now() - F("read_at")))
    for row in rows:
        fresh = row.quiet is not None and row.quiet < STILL_READING
        row.is_read_now = fresh and row.finished_at is None and not row.trouble
    return rows


_FETCH_TEMPLATES = "messaging.provisioning.tasks.fetch_templates"
_SYNC_FOLLOWERS = "messaging.provisioning.tasks.sync_followers"


def _wake(name: str, account: ChannelAccount) -> bool:
    return wake_worker(name, current_province().slug, account.channel, account.name)


@dataclass(frozen=True, slots=True)
class FollowerCounts:
    """The readers of one account. `progress`: a FollowerList with `is_read_now`, None when it was never read."""

    account: ChannelAccount
    name: str
    known: int
    following: int
    left: int
    linked: int
    progress: Any
    may_be_read: bool


def follower_counts() -> list[FollowerCounts]:
    """Of each account whose provider tells who reads it, or that has readers. Three statements."""
    counted = {(row["channel"], row["account"]): row for row in _count_rows()}
    lists = {row.account_id: row for row in list_progress()}
    accounts = ChannelAccount.objects.defer("secrets").order_by("channel", "name")
    return [
        _account_counts(one, counted.get((one.channel, one.name), {}), lists.get(one.pk))
        for one in accounts
        if (one.channel, one.name) in counted or lists_followers(one)
    ]


def _count_rows() -> Any:
    state = Follower.State
    return (
        Follower.objects.exclude(state=state.ERASED)
        .alias(has_link=Exists(Subscription.objects.filter(follower=OuterRef("pk"))))
        .order_by()
        .values("channel", "account")
        .annotate(
            known=Count("pk"),
            following=Count("pk", filter=Q(state=state.FOLLOWING)),
            left=Count("pk", filter=Q(state=state.LEFT)),
            linked=Count("pk", filter=Q(has_link=True)),
        )
    )


def _account_counts(account: ChannelAccount, counts: dict[str, Any], progress: Any) -> FollowerCounts:
    known = account.channel in registry.codes()
    return FollowerCounts(
        account,
        str(registry.get(account.channel).name) if known else account.channel,
        counts.get("known", 0),
        counts.get("following", 0),
        counts.get("left", 0),
        counts.get("linked", 0),
        progress,
        lists_followers(account),
    )


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How far reading the list came: readers seen since it was begun, and whether that was all."""

    seen: int
    finished: bool


def sync_followers(account: ChannelAccount, *, pages: int = 40, seconds: float = 30.0) -> SyncResult:
    """Read the provider's list of this account's followers, from where it stopped last time.

    Each page is written down together with where the list goes on, so it may be stopped anywhere. A list that
    was read to its end begins anew. Raises Unanswered when the provider does not answer: what came is kept,
    and why no more came is noted. Must not be called inside a transaction.
    """
    channel = registry.get(account.channel)
    if not isinstance(channel, ListsFollowers):
        return SyncResult(0, finished=True)
    progress, _made = FollowerList.objects.get_or_create(account=account)
    if progress.finished_at is not None or progress.started_at is None:
        progress.cursor, progress.seen, progress.finished_at = "", 0, None
        progress.started_at = Now()
        progress.save()
        progress.refresh_from_db()
    until = time.monotonic() + seconds
    for _page in range(pages):
        try:
            page = _asked(account, partial(channel.list_followers, cursor=progress.cursor))
        except Unanswered as trouble:
            progress.trouble = str(trouble)[:500]
            progress.save()
            raise
        with transaction.atomic():
            for one in page.followers:
                _record_follower(AccountRef(account.channel, account.name), one)
            progress.cursor = page.cursor
            progress.seen += len(page.followers)
            progress.finished_at = None if page.cursor else Now()
            progress.read_at, progress.trouble = Now(), ""
            progress.save()
        if not page.cursor or time.monotonic() >= until:
            break
    return SyncResult(progress.seen, finished=not progress.cursor)


def _asked[T](account: ChannelAccount, ask: Callable[[Account], T]) -> T:
    """The provider's answer; where the credentials were worn out, with renewed ones. Raises Unanswered."""
    place = account.channel, account.name
    values = account_of(*place)
    try:
        return ask(values)
    except Unanswered as trouble:
        if not trouble.is_stale or not credentials.renew(*place, values.generation):
            raise
    return ask(account_of(*place))


def _record_follower(place: AccountRef, one: ListedFollower) -> None:
    follower = followers.get_or_create(place, one.address)
    if one.follows is not None and follower.state_changed_at is None:
        # The report of a callback is more exact.
        follower.state = Follower.State.FOLLOWING if one.follows else Follower.State.STRANGER
        follower.save(update_fields=["state"])


@dataclass(frozen=True, slots=True)
class TemplateLine:
    """One form. `price`: what it costs, way by way; `carries`: labels of the messages that go out in it."""

    form: ProviderTemplate
    quality: str
    tag: str
    ways: tuple[str, ...]
    closed: str
    carries: tuple[str, ...]
    is_read: bool

    @property
    def is_well(self) -> bool:
        return self.form.state == ProviderTemplate.State.ENABLED and bool(self.ways)


@dataclass(frozen=True, slots=True)
class TemplateBoard:
    """The forms of one account. `lacking`: messages that no approved form carries; `may_be_read`: whether the
    provider tells its list."""

    account: ChannelAccount
    name: str
    lines: tuple[TemplateLine, ...]
    lacking: int
    read_at: datetime | None
    may_be_read: bool


def template_boards() -> list[TemplateBoard]:
    """Of each account whose provider has forms, or had. Two statements, and one more for each account."""
    lines: dict[int, list[TemplateLine]] = defaultdict(list)
    carried: dict[int, list[str]] = defaultdict(list)
    for template_id, intent in TemplateAssignment.objects.values_list("template_id", "intent"):
        carried[template_id].append(templates.label(intent))
    for form in ProviderTemplate.objects.select_related("account").order_by("account_id", "code"):
        lines[form.account_id].append(_template_line(form, carried.get(form.pk, [])))
    accounts = ChannelAccount.objects.defer("secrets").order_by("channel", "name")
    return [
        _template_board(one, lines.get(one.pk, []))
        for one in accounts
        if lines.get(one.pk) or _has_templates(one)
    ]


def _template_board(account: ChannelAccount, lines: list[TemplateLine]) -> TemplateBoard:
    known = account.channel in registry.codes()
    return TemplateBoard(
        account,
        str(registry.get(account.channel).name) if known else account.channel,
        tuple(sorted(lines, key=lambda line: (line.is_well, line.form.name.casefold(), line.form.code))),
        len(provider_templates.find_missing(account)),
        max((line.form.fetched_at for line in lines if line.form.fetched_at), default=None),
        lists_templates(account),
    )


def _has_templates(account: ChannelAccount) -> bool:
    return account.channel in registry.codes() and registry.get(account.channel).capabilities.has_templates


def _template_line(form: ProviderTemplate, carries: list[str]) -> TemplateLine:
    channel = form.account.channel
    open_ways = [way for way in form.ways if way not in form.ways_closed]
    return TemplateLine(
        form,
        labels.name(channel, form.quality),
        labels.name(channel, form.tag),
        tuple(_way_label(channel, form, way) for way in open_ways),
        labels.names(channel, form.ways_closed),
        tuple(sorted(carries)),
        provider_templates.is_fetched(form),
    )


def _way_label(channel: str, form: ProviderTemplate, way: str) -> str:
    """“mẫu theo số điện thoại, 120 đ”."""
    price = form.price.get(way)
    name = labels.name(channel, way)
    return name if price is None else f"{name}, {grouped(price)} đ"


_STATES = frozenset(ProviderTemplate.State.values)
_MOST_PAGES = 200
TOO_SLOW = "slow"
_GONE = gettext_lazy("Không còn trong danh sách mẫu của kênh.")


def fetch_templates(account: ChannelAccount, *, seconds: float | None = None) -> int:
    """Read the provider's list of forms and write down what it says now; how many there are. One that is no
    longer in it is taken for disabled.

    Raises Unanswered, and then what came so far is written down; with `seconds` also when it takes longer than
    that (its code is TOO_SLOW). Must not be called inside a transaction.
    """
    channel = registry.get(account.channel)
    if not isinstance(channel, ListsTemplates):
        return 0
    seen: set[str] = set()
    cursor = ""
    until = None if seconds is None else time.monotonic() + seconds
    for _page in range(_MOST_PAGES):
        page = _asked(account, partial(_request_page, channel, cursor=cursor, until=until))
        with transaction.atomic():
            for one in page.templates:
                _record_template(account, one)
        seen.update(one.code for one in page.templates)
        cursor = page.cursor
        if not cursor:
            _disable_missing(account, seen)
            break
    return len(seen)


def _disable_missing(account: ChannelAccount, seen: set[str]) -> None:
    """What was in the list before and is not any more. An empty list is rather a fault of the provider's."""
    if not seen:
        return
    known = ProviderTemplate.objects.filter(account=account, fetched_at__isnull=False)
    known.exclude(code__in=seen).exclude(state=ProviderTemplate.State.DISABLED).update(
        state=ProviderTemplate.State.DISABLED, cause=str(_GONE)
    )


def _request_page(channel: ListsTemplates, known: Account, cursor: str, until: float | None) -> TemplatePage:
    if until is None:
        return channel.list_templates(known, cursor)
    try:
        return within(until - time.monotonic(), channel.list_templates, known, cursor)
    except TimeoutError:
        slow = Outcome(OutcomeKind.TEMPORARY, TOO_SLOW, _("Kênh trả lời quá chậm."), reason=Reason.PROVIDER)
        raise Unanswered(slow) from None


def _record_template(account: ChannelAccount, one: ListedTemplate) -> None:
    columns: dict[str, Any] = {
        "name": one.name[:120],
        "tag": one.tag[:40],
        "quality": one.quality[:20],
        "parameters": [asdict(parameter) for parameter in one.parameters],
        "ways": sorted(one.ways),
        "price": dict(one.price),
        "dropped_after": one.dropped_after,
        "preview_url": one.preview_url[:500],
        "fetched_at": Now(),
    }
    if one.state in _STATES:
        columns |= {"state": one.state, "reported_at": Now(), "ways_closed": []}
        same = ProviderTemplate.objects.filter(account=account, code=one.code[:60], state=one.state)
        # A list gives no reasons: what was said with this very state stays.
        if one.state == ProviderTemplate.State.ENABLED or not same.exclude(cause=str(_GONE)).exists():
            columns["cause"] = ""
    ProviderTemplate.objects.update_or_create(account=account, code=one.code[:60], defaults=columns)


def within[**P, T](seconds: float, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the call returns or raises; TimeoutError when that takes longer. The call knows no database.

    It goes on in its thread, whatever it comes to: it should end by itself.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="asked")
    try:
        return pool.submit(call, *args, **kwargs).result(max(seconds, 0))
    finally:
        pool.shutdown(wait=False)
