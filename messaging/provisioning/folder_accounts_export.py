"""The accounts of a province as its folder would describe them: read for a plan, written by an export.

Secrets are never read here. A folder names where they lie, and the database does not know where that was.
"""

import json
import re
from typing import Any

from django.utils.translation import gettext as _

from messaging.channels import registry as channels
from messaging.models import ChannelAccount, TemplateUse
from tenants.folder.folder import Draft, Folder
from tenants.folder.questionnaire import Answers
from tenants.folder.steps import State

_ZALO = "zalo"


def title_of(intent: str, account: str) -> str:
    """What stands for the form that carries a message at an account."""
    return f"{account} {intent}"


def state(folder: Folder) -> State:
    """The accounts and forms of the file as they stand in the present province."""
    from messaging.provisioning.folder_accounts import described_in

    named = {one.title: {use.intent for use in one.uses} for one in described_in(folder)}
    found: dict[str, dict[str, str]] = {title: {} for title in named}
    found |= {title_of(intent, title): {} for title, intents in named.items() for intent in intents}
    for account in ChannelAccount.objects.order_by("channel", "name"):
        title = str(account)
        if title not in named:
            continue
        config = json.dumps(account.config, ensure_ascii=False, sort_keys=True)
        found[title] = {"external_id": account.external_id, "config": config if account.config else ""}
        for use in _uses(account):
            if use.intent in named[title]:
                places = json.dumps(use.parameters, ensure_ascii=False, sort_keys=True)
                found[title_of(use.intent, title)] = {"code": use.template.code, "places": places}
    return found


def export(draft: Draft) -> None:
    """`messaging.yaml` with the accounts of the present province, each secret as the name of a variable."""
    described: list[dict[str, Any]] = []
    for account in ChannelAccount.objects.order_by("channel", "name"):
        one: dict[str, Any] = {"channel": account.channel, "name": account.name}
        if account.external_id:
            one["external_id"] = account.external_id
        if account.config:
            one["config"] = account.config
        names = sorted(json.loads(account.secrets)) if account.secrets else []
        if names:
            one["secrets"] = {name: f"env:{_variable(draft.slug, account, name)}" for name in names}
            text = _(
                "messaging.yaml: đặt bí mật của %(account)s vào các biến nêu ở đó; bản xuất không chứa bí mật."
            )
            draft.notes.append(text % {"account": account})
        uses = {use.intent: {"code": use.template.code, "places": use.parameters} for use in _uses(account)}
        if uses:
            one["templates"] = uses
        described.append(one)
    if described:
        draft.document(
            "messaging.yaml", {"accounts": described}, "Tài khoản gửi tin. Không ghi bí mật ở đây."
        )


def start(draft: Draft, answers: Answers) -> None:
    """`messaging.yaml` with the Zalo account of the answers; its secrets are names of variables."""
    if not answers["zalo_oa"]:
        return
    if _ZALO not in channels.codes():
        text = _("Zalo chưa bật ở bản cài này (MESSAGING_CHANNELS); bật xong mới viết messaging.yaml.")
        draft.notes.append(text)
        return
    prefix = f"{answers.slug}_zalo".upper()
    secrets = {name: f"env:{prefix}_{name.upper()}" for name in ("app_secret", "oa_secret")}
    one: dict[str, Any] = {"channel": _ZALO, "name": "chinh", "external_id": answers["zalo_oa"]}
    if answers["zalo_app"]:
        one["config"] = {"app_id": answers["zalo_app"]}
    note = "Tài khoản gửi tin. Bí mật chỉ ghi nơi lấy (env:TÊN hoặc file:/run/secrets/…), không ghi giá trị."
    draft.document("messaging.yaml", {"accounts": [one | {"secrets": secrets}]}, note)


def _uses(account: ChannelAccount) -> list[TemplateUse]:
    return list(account.template_uses.select_related("template").order_by("intent"))


def _variable(slug: str, account: ChannelAccount, name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", f"{slug}_{account.channel}_{account.name}_{name}".upper())
