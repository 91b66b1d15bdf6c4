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
        templates: …                    # see templates_file.py

Secrets stand here by reference only: the folder is read by many, and kept for ever where its history is kept.
What a reference names is read when the folder is applied. Where it is not there, the secret that the province
has stays.
"""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.accounts import channel_accounts
from messaging.channels import registry
from messaging.models import DEFAULT_ACCOUNT, ChannelAccount, TemplateAssignment
from messaging.provisioning import folder_texts
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Problem, Refused, blocking, refuse
from tenants.folder.questionnaire import Answers
from tenants.folder.steps import Progress, State, Step, StepReport, steps
from tenants.folder.yaml_reader import Section
from tenants.validation import shown

FILE = "messaging.yaml"
SECRET_MAX_BYTES = 10_000
# Stands for a secret that is not there while the rest is looked through.
STAND_IN = "chua-co-bi-mat-nay"

_NAME = re.compile(r"\A[A-Za-z0-9_-]{1,60}\Z")
_SECRET_NAME = re.compile(r"\A[A-Za-z_][A-Za-z0-9_]{0,59}\Z")
_REFERENCE = re.compile(r"\A(?:env:(?P<env>[A-Za-z_][A-Za-z0-9_]{0,199})|file:(?P<file>/[^\0]{1,500}))\Z")


@dataclass(frozen=True, slots=True)
class DescribedAccount:
    """An account as the folder describes it. `missing`: names of secrets whose reference names nothing here."""

    channel: str
    name: str
    external_id: str
    config: Mapping[str, Any]
    secrets: Mapping[str, str] = field(repr=False)
    missing: tuple[str, ...] = ()
    uses: tuple[folder_texts.DescribedUse, ...] = ()
    line: int = 0

    @property
    def title(self) -> str:
        return f"{self.channel}/{self.name}"


def read_accounts(folder: Folder) -> list[DescribedAccount]:
    """The accounts of the file that can be read."""
    return _read(folder)[0]


class NotThere(LookupError):
    """A reference names nothing that could be read."""


def register() -> None:
    """Add the accounts to the onboarding of a province."""
    steps.register(
        Step(
            "accounts",
            gettext_lazy("Tài khoản gửi tin"),
            validate,
            apply,
            order=65,
            files=(FILE,),
            state=state,
            export=export,
            start=start,
            outside=True,
        )
    )


def validate(folder: Folder) -> Sequence[Problem]:
    """All that is wrong with `messaging.yaml`; nothing when there is none. A secret that is not there on this
    machine is a remark."""
    return _read(folder)[1]


def apply(folder: Folder, progress: Progress) -> StepReport:
    """Write the accounts of the file into the present province. Those that it does not name stay as they are.

    An account that cannot be made for want of a secret is left out, with a note.
    """
    report = StepReport()
    described, problems = _read(folder)
    if blocking(problems):
        raise Refused(problems)
    for one in described:
        if folder.keeps(one.title):
            report.unchanged += 1
            continue
        known = ChannelAccount.objects.filter(channel=one.channel, name=one.name).first()
        kept = json.loads(known.secrets) if known and known.secrets else {}
        lacking = [name for name in one.missing if name not in kept]
        if lacking:
            text = _("%(channel)s/%(name)s: chưa ghi được, thiếu bí mật %(secrets)s trên máy này.")
            report.notes.append(
                text % {"channel": one.channel, "name": one.name, "secrets": ", ".join(lacking)}
            )
            continue
        row = _write(one, known, kept, report)
        uses = tuple(use for use in one.uses if not folder.keeps(title_of(use.intent, one.title)))
        folder_texts.write(row, uses, FILE, report)
    return report


def _write(
    one: DescribedAccount, known: ChannelAccount | None, kept: Mapping[str, str], report: StepReport
) -> ChannelAccount:
    secrets = {**one.secrets, **{name: kept[name] for name in one.missing}}
    same = known is not None and (known.external_id, known.config) == (one.external_id, dict(one.config))
    if known is not None and same and secrets == kept:
        report.unchanged += 1
        return known
    if (
        known is not None
        and one.missing
        and not channel_accounts.keeps_secrets(one.channel, known.config, one.config)
    ):
        raise refuse(
            FILE,
            one.line,
            _("đổi địa chỉ máy chủ hay cách gọi thì mọi bí mật của tài khoản phải có trên máy này."),
        )
    try:
        row = channel_accounts.save(
            one.channel, one.name, config=one.config, secrets=secrets, external_id=one.external_id
        )
    except channel_accounts.BadAccount as error:
        raise Refused([Problem(FILE, one.line, text) for text in error.problems]) from error
    if known is None:
        report.added += 1
    else:
        report.changed += 1
    return row


def _read(folder: Folder) -> tuple[list[DescribedAccount], list[Problem]]:
    problems: list[Problem] = []
    if not folder.has(FILE):
        return [], problems
    top = Section(folder.document(FILE), problems)
    found: dict[tuple[str, str], DescribedAccount] = {}
    for section in top.sections("accounts"):
        one = _account(section)
        if one is None:
            continue
        if (one.channel, one.name) in found:
            section.report(_("tài khoản này đã có ở trên."), "name")
        found[one.channel, one.name] = one
    top.refuse_unknown()
    return list(found.values()), problems


def _account(section: Section) -> DescribedAccount | None:
    before = len(section.problems)
    channel = section.text("channel", most=20)
    if channel and channel not in registry.codes():
        known = ", ".join(registry.codes())
        section.report(
            _("không có kênh “%(code)s”; các kênh: %(known)s.") % {"code": shown(channel), "known": known},
            "channel",
        )
    name = section.text("name", most=60, required=False) or DEFAULT_ACCOUNT
    if not _NAME.match(name):
        section.report(_("“name” chỉ dùng chữ không dấu, số và gạch nối."), "name")
    external_id = section.text("external_id", most=80, required=False)
    config = section.mapping("config")
    secrets, missing = _secrets(section)
    uses = folder_texts.read(section, channel)
    section.refuse_unknown()
    if any(problem.blocks for problem in section.problems[before:]):
        return None
    _check(section, channel, config, secrets, missing)
    line = section.document.line_of(*section.path)
    return DescribedAccount(channel, name, external_id, config, secrets, tuple(missing), uses, line)


def _check(
    section: Section, channel: str, config: Mapping[str, Any], secrets: Mapping[str, str], missing: list[str]
) -> None:
    """What the channel says of it. With a secret that is not here it may be that secret's fault alone."""
    whole = {**secrets, **dict.fromkeys(missing, STAND_IN)}
    for problem in registry.get(channel).check_account(config, whole):
        section.report(problem, "config", blocks=not missing)


def _secrets(section: Section) -> tuple[dict[str, str], list[str]]:
    """The secrets that are there, and the names of those that are not."""
    found: dict[str, str] = {}
    missing: list[str] = []
    for name, reference in section.mapping("secrets").items():
        place = ("secrets", name)
        if not _SECRET_NAME.match(name):
            section.report(_("tên bí mật chỉ gồm chữ không dấu, số và gạch dưới."), *place)
            continue
        match = _REFERENCE.match(reference) if isinstance(reference, str) else None
        if match is None:
            # Whatever stands there may be the secret itself: it is not repeated.
            text = _(
                "bí mật “%(name)s” không được ghi thẳng vào tệp; ghi env:TÊN_BIẾN hoặc file:/run/secrets/…. "
                "Nếu đã ghi bí mật thật ở đây thì phải đổi bí mật ấy."
            )
            section.report(text % {"name": name}, *place)
            continue
        try:
            found[name] = _value(match)
        except NotThere:
            missing.append(name)
            text = _("máy này chưa có %(reference)s; bí mật “%(name)s” giữ như đang có.")
            section.report(text % {"reference": shown(reference), "name": name}, *place, blocks=False)
    return found, missing


def _value(reference: re.Match[str]) -> str:
    """What a reference names; raises NotThere."""
    if reference["env"]:
        text = os.environ.get(reference["env"], "")
    else:
        try:
            with Path(reference["file"]).open("rb") as stream:
                text = stream.read(SECRET_MAX_BYTES).decode().rstrip("\r\n")
        except (OSError, ValueError) as error:
            raise NotThere from error
    if not text:
        raise NotThere
    return text


_ZALO = "zalo"


def title_of(intent: str, account: str) -> str:
    """What stands for the form that carries a message at an account."""
    return f"{account} {intent}"


def state(folder: Folder) -> State:
    """The accounts and forms of the file as they stand in the present province."""

    named = {one.title: {use.intent for use in one.uses} for one in read_accounts(folder)}
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
