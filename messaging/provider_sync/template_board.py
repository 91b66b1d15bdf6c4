"""The forms of all accounts for the desk: how each stands with its provider, and what it carries."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from messaging.channels import labels, registry
from messaging.models import ChannelAccount, ProviderTemplate, TemplateUse
from messaging.provider_sync import sync
from messaging.provider_templates import catalogue
from messaging.texts import templates
from tenants.text import grouped


@dataclass(frozen=True, slots=True)
class Line:
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
class Board:
    """The forms of one account. `lacking`: messages that no approved form carries; `may_be_read`: whether the
    provider tells its list."""

    account: ChannelAccount
    name: str
    lines: tuple[Line, ...]
    lacking: int
    read_at: datetime | None
    may_be_read: bool


def boards() -> list[Board]:
    """Of each account whose provider has forms, or had. Two statements, and one more for each account."""
    lines: dict[int, list[Line]] = defaultdict(list)
    carried: dict[int, list[str]] = defaultdict(list)
    for template_id, intent in TemplateUse.objects.values_list("template_id", "intent"):
        carried[template_id].append(templates.label(intent))
    for form in ProviderTemplate.objects.select_related("account").order_by("account_id", "code"):
        lines[form.account_id].append(_line(form, carried.get(form.pk, [])))
    accounts = ChannelAccount.objects.defer("secrets").order_by("channel", "name")
    return [_board(one, lines.get(one.pk, [])) for one in accounts if lines.get(one.pk) or _has_forms(one)]


def _board(account: ChannelAccount, lines: list[Line]) -> Board:
    known = account.channel in registry.codes()
    return Board(
        account,
        str(registry.get(account.channel).name) if known else account.channel,
        tuple(sorted(lines, key=lambda line: (line.is_well, line.form.name.casefold(), line.form.code))),
        len(catalogue.missing(account)),
        max((line.form.fetched_at for line in lines if line.form.fetched_at), default=None),
        sync.lists_forms(account),
    )


def _has_forms(account: ChannelAccount) -> bool:
    return account.channel in registry.codes() and registry.get(account.channel).capabilities.has_templates


def _line(form: ProviderTemplate, carries: list[str]) -> Line:
    channel = form.account.channel
    open_ways = [way for way in form.ways if way not in form.ways_closed]
    return Line(
        form,
        labels.name(channel, form.quality),
        labels.name(channel, form.tag),
        tuple(_way(channel, form, way) for way in open_ways),
        labels.names(channel, form.ways_closed),
        tuple(sorted(carries)),
        catalogue.is_read(form),
    )


def _way(channel: str, form: ProviderTemplate, way: str) -> str:
    """“mẫu theo số điện thoại, 120 đ”."""
    price = form.price.get(way)
    name = labels.name(channel, way)
    return name if price is None else f"{name}, {grouped(price)} đ"
