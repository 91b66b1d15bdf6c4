"""The accounts of a province's folder: `messaging.yaml`.

    accounts:
      - channel: zalo
        name: chinh
        external_id: "2847523467523"
        config:
          app_id: "4182374618723"
        secrets:
          app_secret: env:LAOCAI_ZALO_APP_SECRET
          oa_secret: file:/run/secrets/laocai_zalo_oa
        templates: …                    # see folder_texts.py

Secrets stand here by reference only: the folder is read by many, and kept for ever where its history is kept.
What a reference names is read when the folder is applied. Where it is not there, the secret that the province
has stays.
"""

import json
import os
import pathlib
import re
from collections.abc import Iterator
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BeforeValidator, Field, WithJsonSchema

from messaging.channels.accounts import channel_accounts
from messaging.channels.base import registry
from messaging.channels.models import DEFAULT_ACCOUNT, ChannelAccount
from messaging.outbox import folder as folder_texts
from messaging.outbox.models.provider_templates import TemplateAssignment
from messaging.outbox.provider_templates import BadAssignment
from tenants.folder.file_schema import Line, problems_of
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Refused, ValidationProblem
from tenants.folder.questionnaire import Answers
from tenants.folder.readers.yaml_reader import Document
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.validation import Path, Schema, fault, gettext_noop, read_rows, shaped, shown

FILE = "messaging.yaml"
SECRET_MAX_BYTES = 10_000
# Stands for a secret that is not there while the rest is looked through.
STAND_IN = "chua-co-bi-mat-nay"

_REFERENCE = re.compile(r"\A(?:env:[A-Za-z_][A-Za-z0-9_]{0,199}|file:/[^\0]{1,500})\Z")


def _reference(value: object) -> object:
    # Whatever else stands here may be the secret itself: it is not repeated, and reaches no other sentence.
    if isinstance(value, str) and _REFERENCE.match(value):
        return value
    words = gettext_noop(
        "bí mật không được ghi thẳng vào tệp; ghi env:TÊN_BIẾN hoặc file:/run/secrets/…. "
        "Nếu đã ghi bí mật thật ở đây thì phải đổi bí mật ấy."
    )
    raise fault(words)


# Whatever stands there may be the secret itself: it is not repeated.
Channel = Annotated[Line, *folder_texts.one_of(registry.codes)]
SecretName = Annotated[
    str,
    shaped(
        r"[A-Za-z_][A-Za-z0-9_]{0,59}", gettext_noop("tên bí mật chỉ gồm chữ không dấu, số và gạch dưới.")
    ),
]
Reference = Annotated[
    str, BeforeValidator(_reference), WithJsonSchema({"type": "string", "pattern": "^(env:|file:/)"})
]


class Account(Schema):
    channel: Channel
    name: Annotated[Line, Field(pattern="^[A-Za-z0-9_-]{1,60}$")] = DEFAULT_ACCOUNT
    external_id: Annotated[Line, Field(max_length=80)] = ""
    config: dict[str, Any] = {}
    secrets: dict[SecretName, Reference] = {}
    templates: dict[folder_texts.MessageWithForm, folder_texts.AssignedTemplate] = {}

    @property
    def title(self) -> str:
        return f"{self.channel}/{self.name}"


class AccountsFile(Schema):
    accounts: tuple[Account, ...] = ()


def _write(folder: Folder, accounts: dict[int, Account], progress: Progress) -> StepReport:
    """Write the accounts of the file into the present province. Those that it does not name stay as they are.

    An account that cannot be made for want of a secret is left out, with a note.
    """
    report = StepReport()
    for number, one in accounts.items():
        if folder.keeps(one.title):
            report.unchanged += 1
            continue
        document, path = folder.document(FILE), ("accounts", number)
        try:
            row = _written(one, report)
        except channel_accounts.BadAccount as error:
            raise Refused([document.problem(text, *path) for text in error.problems]) from error
        for intent, template in one.templates.items():
            if row is None or folder.keeps(title_of(intent, one.title)):
                continue
            try:
                folder_texts.write(row, intent, template, report)
            except BadAssignment as error:
                text = f"{intent}: {error}"
                raise Refused([document.problem(text, *path, "templates", intent)]) from error
    return report


def _written(one: Account, report: StepReport) -> ChannelAccount | None:
    """The account in the present province; None, with a note, for want of a secret. Raises BadAccount."""
    known = ChannelAccount.objects.filter(channel=one.channel, name=one.name).first()
    kept = json.loads(known.secrets) if known and known.secrets else {}
    secrets, missing = _secrets(one)
    if lacking := [name for name in missing if name not in kept]:
        text = _("%(account)s: chưa ghi được, thiếu bí mật %(secrets)s trên máy này.")
        report.notes.append(text % {"account": one.title, "secrets": ", ".join(lacking)})
        return None
    if known and missing and not channel_accounts.keeps_secrets(one.channel, known.config, one.config):
        text = _("đổi địa chỉ máy chủ hay cách gọi thì mọi bí mật của tài khoản phải có trên máy này.")
        raise channel_accounts.BadAccount([text])
    secrets |= {name: kept[name] for name in missing}
    differs = not known or (known.external_id, known.config, kept) != (one.external_id, one.config, secrets)
    report.count(new=known is None, differs=differs)
    if known and not differs:
        return known
    return channel_accounts.save(
        one.channel, one.name, config=one.config, secrets=secrets, external_id=one.external_id
    )


def _read(folder: Folder) -> tuple[dict[int, Account], list[ValidationProblem]]:
    """The accounts that can be read, by their place in the file, and all problems of the file.

    A secret that is not there on this machine is a remark.
    """
    document, _content, problems = folder.content(FILE, AccountsFile)
    rows, _faults = read_rows(Account, document.at(("accounts",)))
    titles: set[str] = set()
    for number, one in rows.items():
        problems += _check(one, document, ("accounts", number))
        if one.title in titles:
            problems.append(document.problem(_("tài khoản này đã có ở trên."), "accounts", number, "name"))
        titles.add(one.title)
    return rows, problems


def _check(one: Account, document: Document, path: Path) -> Iterator[ValidationProblem]:
    yield from problems_of(document, folder_texts.faults_of(one.templates, one.channel), (*path, "templates"))
    secrets, missing = _secrets(one)
    for name in missing:
        text = _("máy này chưa có %(reference)s; bí mật “%(name)s” giữ như đang có.")
        values = {"reference": shown(one.secrets[name]), "name": name}
        yield document.problem(text % values, *path, "secrets", name, blocks=False)
    # With a secret that is not here it may be that secret's fault alone.
    whole = {**secrets, **dict.fromkeys(missing, STAND_IN)}
    for text in registry.get(one.channel).check_account(one.config, whole):
        yield document.problem(text, *path, "config", blocks=not missing)


def _secrets(one: Account) -> tuple[dict[str, str], list[str]]:
    values = {name: _value(reference) for name, reference in one.secrets.items()}
    found = {name: value for name, value in values.items() if value}
    return found, [name for name in values if name not in found]


def _value(reference: str) -> str:
    kind, _colon, name = reference.partition(":")
    if kind == "env":
        return os.environ.get(name, "")
    try:
        with pathlib.Path(name).open("rb") as stream:
            return stream.read(SECRET_MAX_BYTES).decode().rstrip("\r\n")
    except (OSError, ValueError):
        return ""


_ZALO = "zalo"


def title_of(intent: str, account: str) -> str:
    """What stands for the form that carries a message at an account."""
    return f"{account} {intent}"


def _state(folder: Folder) -> State:
    named = {one.title: set(one.templates) for one in _read(folder)[0].values()}
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


def _export(draft: Draft) -> None:
    described: list[dict[str, Any]] = []
    for account in ChannelAccount.objects.order_by("channel", "name"):
        names = sorted(json.loads(account.secrets)) if account.secrets else []
        one = {
            "channel": account.channel,
            "name": account.name,
            "external_id": account.external_id,
            "config": account.config,
            "secrets": {name: f"env:{_variable(draft.slug, account, name)}" for name in names},
            "templates": {
                use.intent: {"code": use.template.code, "places": use.parameters} for use in _uses(account)
            },
        }
        described.append({key: value for key, value in one.items() if value})
        if names:
            text = _(
                "messaging.yaml: đặt bí mật của %(account)s vào các biến nêu ở đó; bản xuất không chứa bí mật."
            )
            draft.notes.append(text % {"account": account})
    if described:
        draft.document(FILE, {"accounts": described}, "Tài khoản gửi tin. Không ghi bí mật ở đây.")


def _start(draft: Draft, answers: Answers) -> None:
    """`messaging.yaml` with the Zalo account of the answers; its secrets are names of variables."""
    if not answers.zalo_oa:
        return
    if _ZALO not in registry.codes():
        text = _("Zalo chưa bật ở bản cài này (MESSAGING_CHANNELS); bật xong mới viết messaging.yaml.")
        draft.notes.append(text)
        return
    prefix = f"{answers.slug}_zalo".upper()
    secrets = {name: f"env:{prefix}_{name.upper()}" for name in ("app_secret", "oa_secret")}
    one: dict[str, Any] = {"channel": _ZALO, "name": "chinh", "external_id": answers.zalo_oa}
    if answers.zalo_app:
        one["config"] = {"app_id": answers.zalo_app}
    note = "Tài khoản gửi tin. Bí mật chỉ ghi nơi lấy (env:TÊN hoặc file:/run/secrets/…), không ghi giá trị."
    draft.document("messaging.yaml", {"accounts": [one | {"secrets": secrets}]}, note)


def _uses(account: ChannelAccount) -> list[TemplateAssignment]:
    return list(account.template_assignments.select_related("template").order_by("intent"))


def _variable(slug: str, account: ChannelAccount, name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", f"{slug}_{account.channel}_{account.name}_{name}".upper())


_FILES = {FILE: AccountsFile}
_TITLE = gettext_lazy("Tài khoản gửi tin")
STEP = Step("accounts", _TITLE, _read, _write, _FILES, _state, _export, _start, outside=True)
