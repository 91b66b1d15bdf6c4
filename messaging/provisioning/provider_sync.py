"""Reading templates and followers from the providers' lists, and the figures on both for the desk.

At the desk the first pages are read at once, the rest by a task; the reader is recorded in the audit log. None of
it may be called inside a transaction.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.channels import labels
from messaging.channels.accounts import credentials
from messaging.channels.accounts.channel_accounts import account_of
from messaging.channels.base import Account, Channel, Outcome, OutcomeKind, Reason, registry
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
from messaging.contacts.models import Follower, FollowerList, Subscription
from messaging.outbox import provider_templates
from messaging.outbox import wording as templates
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.context import current_province
from tenants.text import grouped

TEMPLATES_SECONDS = 20.0
# Each page is recorded: after this long without one no process reads the list any more.
STILL_READING = timedelta(minutes=2)
_FIRST_PAGES, _FIRST_SECONDS = 4, 5.0


class NotRead(Exception):
    """The list could not be read; a Vietnamese sentence says why. What came before that is written down."""


class _TooSlow(Unanswered):
    """The list takes longer than a page may wait."""


class ReadResult(NamedTuple):
    """How many were read so far, and whether that was all; else a task reads the rest."""

    seen: int
    finished: bool = True


def lists_templates(account: ChannelAccount) -> bool:
    """Whether the provider of this account lists its templates."""
    return isinstance(_channel(account), ListsTemplates)


def lists_followers(account: ChannelAccount) -> bool:
    """Whether the provider of this account lists its followers."""
    return isinstance(_channel(account), ListsFollowers)


def _channel(account: ChannelAccount) -> Channel | None:
    return registry.get(account.channel) if account.channel in registry.codes() else None


def read_templates(account: ChannelAccount, actor: User) -> ReadResult:
    audit.record("template.fetch", f"account:{account}", actor=actor)
    with _said():
        try:
            return ReadResult(fetch_templates(account, seconds=TEMPLATES_SECONDS))
        except _TooSlow:
            if not _wake(_FETCH_TEMPLATES, account):
                raise
    return ReadResult(account.provider_templates.filter(fetched_at__isnull=False).count(), finished=False)


def read_followers(account: ChannelAccount, actor: User) -> ReadResult:
    """Read the first pages of the account's list of followers, or go on where it stopped; raises NotRead."""
    progress = next((one for one in list_progress() if one.account_id == account.pk), None)
    if progress is not None and progress.is_read_now:
        return ReadResult(progress.seen, finished=False)
    audit.record("followers.sync", f"account:{account}", actor=actor)
    with _said():
        done = sync_followers(account, pages=_FIRST_PAGES, seconds=_FIRST_SECONDS)
    if not done.finished and not _wake(_SYNC_FOLLOWERS, account):
        why = _("Hàng đợi chưa nhận việc đọc tiếp: bấm lần nữa để đọc thêm.")
        FollowerList.objects.filter(account=account).update(trouble=why)
        raise NotRead(why)
    return done


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except (Unanswered, ValueError) as trouble:
        raise NotRead(str(trouble) or _("Kênh không trả lời.")) from trouble


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


def follower_counts() -> list[dict[str, Any]]:
    """The readers of each account whose provider tells who reads it, or that has some. Three statements.

    `progress`: a FollowerList with `is_read_now`, None when it was never read.
    """
    state = Follower.State
    rows: Any = (
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
    counted = {(row.pop("channel"), row.pop("account")): row for row in rows}
    lists = {row.account_id: row for row in list_progress()}
    return [
        {
            **(
                counted.get((one.channel, one.name))
                or dict.fromkeys(("known", "following", "left", "linked"), 0)
            ),
            "account": one,
            "name": getattr(_channel(one), "name", one.channel),
            "progress": lists.get(one.pk),
            "may_be_read": lists_followers(one),
        }
        for one in _accounts()
        if (one.channel, one.name) in counted or lists_followers(one)
    ]


def _accounts() -> Iterable[ChannelAccount]:
    return ChannelAccount.objects.defer("secrets").order_by("channel", "name")


def sync_followers(account: ChannelAccount, *, pages: int = 40, seconds: float = 30.0) -> ReadResult:
    """Read the provider's list of this account's followers, from where it stopped last time.

    Each page is written down together with where the list goes on, so it may be stopped anywhere. A list that
    was read to its end begins anew. Raises Unanswered when the provider does not answer: what came is kept,
    and why no more came is noted. Must not be called inside a transaction.
    """
    channel = registry.get(account.channel)
    if not isinstance(channel, ListsFollowers):
        return ReadResult(0)
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
                _record_follower(account, one)
            progress.cursor = page.cursor
            progress.seen += len(page.followers)
            progress.finished_at = None if page.cursor else Now()
            progress.read_at, progress.trouble = Now(), ""
            progress.save()
        if not page.cursor or time.monotonic() >= until:
            break
    return ReadResult(progress.seen, finished=not progress.cursor)


def _asked[T](account: ChannelAccount, ask: Callable[[Account], T]) -> T:
    place = account.channel, account.name
    values = account_of(*place)
    try:
        return ask(values)
    except Unanswered as trouble:
        if not trouble.is_stale or not credentials.renew(*place, values.generation):
            raise
    return ask(account_of(*place))


def _record_follower(account: ChannelAccount, one: ListedFollower) -> None:
    follower = followers.get_or_create(account.channel, account.name, one.address)
    if one.follows is not None and follower.state_changed_at is None:
        # The report of a callback is more exact.
        follower.state = Follower.State.FOLLOWING if one.follows else Follower.State.STRANGER
        follower.save(update_fields=["state"])


def template_boards() -> list[dict[str, Any]]:
    """The forms of each account whose provider has forms, or had. Two statements, and one more for each account.

    `lacking`: how many messages no approved form carries.
    """
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    carried: dict[int, list[str]] = defaultdict(list)
    for template_id, intent in TemplateAssignment.objects.values_list("template_id", "intent"):
        carried[template_id].append(templates.label(intent))
    for form in ProviderTemplate.objects.select_related("account").order_by("account_id", "code"):
        lines[form.account_id].append(_template_line(form, sorted(carried.get(form.pk, []))))
    return [
        {
            "account": one,
            "name": getattr(_channel(one), "name", one.channel),
            "lines": sorted(lines[one.pk], key=_trouble_first),
            "lacking": len(provider_templates.find_missing(one)),
            "read_at": max((at for line in lines[one.pk] if (at := line["form"].fetched_at)), default=None),
            "may_be_read": lists_templates(one),
        }
        for one in _accounts()
        if lines[one.pk] or ((channel := _channel(one)) and channel.capabilities.has_templates)
    ]


def _trouble_first(line: dict[str, Any]) -> tuple[bool, str, str]:
    form = line["form"]
    is_well = form.state == ProviderTemplate.State.ENABLED and bool(line["ways"])
    return is_well, form.name.casefold(), form.code


def _template_line(form: ProviderTemplate, carries: list[str]) -> dict[str, Any]:
    """One form in words; its open ways with what they cost, “mẫu theo số điện thoại, 120 đ”."""
    channel = form.account.channel
    ways = []
    for way in form.ways:
        if way not in form.ways_closed:
            name, price = labels.name(channel, way), form.price.get(way)
            ways.append(name if price is None else f"{name}, {grouped(price)} đ")
    return {
        "form": form,
        "quality": labels.name(channel, form.quality),
        "tag": labels.name(channel, form.tag),
        "ways": ways,
        "closed": labels.names(channel, form.ways_closed),
        "carries": carries,
    }


_STATES = frozenset(ProviderTemplate.State.values)
_MOST_PAGES = 200
_GONE = gettext_lazy("Không còn trong danh sách mẫu của kênh.")


def fetch_templates(account: ChannelAccount, *, seconds: float | None = None) -> int:
    """Read the provider's list of forms and write down what it says now; how many there are. One that is no
    longer in it is taken for disabled.

    Raises Unanswered, and then what came so far is written down; with `seconds` also when it takes longer than
    that. Must not be called inside a transaction.
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
        slow = Outcome(OutcomeKind.TEMPORARY, "slow", _("Kênh trả lời quá chậm."), reason=Reason.PROVIDER)
        raise _TooSlow(slow) from None


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
