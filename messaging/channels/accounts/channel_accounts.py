"""The accounts that a province sends from: where they are, and the values that a channel gets of them."""

import json
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels.accounts import routes as channel_routes
from messaging.channels.base import Account, registry
from messaging.channels.models import ChannelAccount, Credential, Lane
from tenants.accounts.models import User
from tenants.audit import log as audit
from tenants.isolation.context import current_province
from tenants.web.absolute_urls import absolute

# So long a process remembers an account: to read it with each callback costs as much as to store that.
KNOWN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class CachedAccount:
    """An account as it was read. It is the same as long as its row has this `generation` (None: it has no row)."""

    account: Account
    generation: int | None
    read_at: float


_known: dict[tuple[UUID, str, str], CachedAccount] = {}


class BadAccount(ValueError):
    """Settings that the channel cannot use; `problems` says in Vietnamese what is wrong."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def account_of(channel: str, name: str) -> Account:
    """The account as a channel gets it; one without a row of its own has a name and nothing else."""
    return read(channel, name).account


def read(channel: str, name: str) -> CachedAccount:
    """As `account_of`, remembered for a while."""
    province = current_province().uuid
    row = ChannelAccount.objects.filter(channel=channel, name=name).select_related("credential").first()
    if row is None:
        known = CachedAccount(account_without_row(channel, name), None, time.monotonic())
    else:
        known = CachedAccount(
            values_of(row, getattr(row, "credential", None)), row.generation, time.monotonic()
        )
    _known[province, channel, name] = known
    return known


def account_without_row(channel: str, name: str) -> Account:
    """An account of which nothing is stored: a name, and where its callbacks would go."""
    return Account(current_province().uuid, name, callback_url=_callback_url(channel, name))


def accounts_of(channels: Collection[str]) -> dict[tuple[str, str], Account]:
    """The stored accounts at these channels, by channel and name, in one statement."""
    rows = ChannelAccount.objects.filter(channel__in=channels).select_related("credential")
    return {(row.channel, row.name): values_of(row, getattr(row, "credential", None)) for row in rows}


def cached(channel: str, name: str) -> CachedAccount | None:
    """What this process read of the account less than KNOWN_SECONDS ago. Another process may have changed it since."""
    known = _known.get((current_province().uuid, channel, name))
    return known if known and time.monotonic() - known.read_at < KNOWN_SECONDS else None


def clear_cache() -> None:
    """Read every account anew."""
    _known.clear()


def values_of(row: ChannelAccount, credential: Credential | None) -> Account:
    """The account of this row, with what its provider granted, as a channel gets it."""
    return Account(
        current_province().uuid,
        row.name,
        row.external_id,
        MappingProxyType(row.config),
        _decrypt_secrets(row.secrets),
        _callback_url(row.channel, row.name),
        _decrypt_secrets(credential.credentials) if credential else MappingProxyType({}),
        credential.generation if credential else 0,
    )


def _decrypt_secrets(stored: str) -> Mapping[str, str]:
    return MappingProxyType(json.loads(stored) if stored else {})


def _callback_url(channel: str, name: str) -> str:
    return absolute(f"/webhooks/{channel}/{name}/")


def _hosts(config: Any) -> set[str]:
    if isinstance(config, str):
        return {urlsplit(config).netloc.lower()} if "//" in config else set()
    values = config.values() if isinstance(config, Mapping) else config if isinstance(config, list) else ()
    return set().union(*(_hosts(value) for value in values))


def keeps_secrets(channel: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether secrets that go where the settings `before` say may stay with the settings `after`."""
    known = registry.get(channel) if channel in registry.codes() else None
    if known and known.where_secrets_go(before) != known.where_secrets_go(after):
        return False
    return _hosts(after) <= _hosts(before)


def problems(
    row: ChannelAccount,
    config: Mapping[str, Any],
    secrets: Mapping[str, str] | None,
    external_id: str,
) -> list[str]:
    """Why these settings cannot be those of this account, which may be a new one, in Vietnamese; see `save`."""
    kept = _stored_secrets(row)
    if secrets is None and kept and not keeps_secrets(row.channel, row.config, config):
        # Otherwise a user who may change the address could have the secrets sent to an address of their own.
        return [_("Đổi địa chỉ máy chủ hay cách gọi thì phải nhập lại các bí mật.")]
    if row.channel not in registry.codes():
        return [_("Không có kênh “%(code)s”.") % {"code": row.channel[:20]}]
    used = kept if secrets is None else secrets
    if found := registry.get(row.channel).check_account(config, used):
        return found
    app, signed_with = _route(row.channel, config, external_id, used)
    if not signed_with:
        return []
    taken = channel_routes.problem(row.channel, row.name, app=app, external_id=external_id)
    return [taken] if taken else []


def _stored_secrets(row: ChannelAccount | None) -> dict[str, str]:
    return dict(json.loads(row.secrets)) if row is not None and row.secrets else {}


def save(
    channel: str,
    name: str,
    *,
    config: Mapping[str, Any],
    secrets: Mapping[str, str] | None = None,
    external_id: str = "",
    actor: User | None = None,
) -> ChannelAccount:
    """Write down an account and make its lane. `secrets` None: those that are there stay.

    What was granted for another `external_id` is forgotten: with it the other account would go on sending.
    Raises BadAccount, and changes nothing, when the channel cannot use the settings, or when the account at
    the channel is another province's.
    """
    from messaging.channels.accounts import credentials

    row = ChannelAccount.objects.filter(channel=channel, name=name).first()
    row = row or ChannelAccount(channel=channel, name=name)
    if found := problems(row, config, secrets, external_id):
        raise BadAccount(found)
    used = _stored_secrets(row) if secrets is None else dict(secrets)
    is_another = row.external_id != external_id
    with transaction.atomic():
        transaction.on_commit(clear_cache)
        row.config = dict(config)
        row.external_id = external_id
        row.secrets = json.dumps(used) if used else ""
        row.save()
        ChannelAccount.objects.filter(pk=row.pk).update(generation=F("generation") + 1, changed_at=Now())
        Lane.objects.get_or_create(channel=channel, account=name)
        _update_route(row, used)
        if is_another:
            credentials.end(row, actor)
        audit.record(
            "account.save", f"account:{channel}:{name}", actor=actor, secrets_changed=secrets is not None
        )
    return row


def _update_route(row: ChannelAccount, secrets: Mapping[str, str]) -> None:
    """Callbacks at the address of all provinces find this account by its ids, while it can prove them."""
    app, signed_with = _route(row.channel, row.config, row.external_id, secrets)
    if not signed_with:
        channel_routes.drop(row.channel, row.name)
        return
    try:
        channel_routes.keep(
            row.channel,
            row.name,
            app=app,
            external_id=row.external_id,
            secrets=signed_with,
            config=row.config,
        )
    except channel_routes.BadRoute as error:
        raise BadAccount([str(error)]) from None


def _route(
    channel: str, config: Mapping[str, Any], external_id: str, secrets: Mapping[str, str]
) -> tuple[str, dict[str, str]]:
    names = registry.get(channel).callback_secrets(config)
    signed_with = {name: secrets[name] for name in sorted(names) if secrets.get(name)}
    app = str(config.get("app_id", ""))
    return (app, signed_with) if app and external_id else ("", {})


@dataclass(frozen=True, slots=True)
class PublicAccount:
    """An account that everybody may open. `service` is the service's name for people: “Zalo”."""

    code: str
    service: str
    url: str


def public_accounts() -> list[PublicAccount]:
    """Each account of the province that is known at its channel and has a page there; of channels that are switched on."""
    found = []
    for channel in settings.MESSAGING_CHANNELS:
        rows = ChannelAccount.objects.filter(channel=channel).exclude(external_id="").order_by("pk")
        for external_id in rows.values_list("external_id", flat=True):
            if url := registry.get(channel).public_address(external_id):
                found.append(PublicAccount(channel, str(registry.get(channel).name), url))
    return found
