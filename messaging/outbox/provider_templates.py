"""Templates approved by a provider, and their assignment to the events of the portal.

A template that the provider refused is not used again until the provider reports another state: by a callback, or
when its list is read next. Messages without a usable template take the ways that need none.

Proposals come from names: a template is named after the message's title (docs/van-hanh/zalo.md), its parameters
after our placeholders. A proposal is used only after a person has chosen it.
"""

import json
import logging
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from messaging.channels.base import ApprovedTemplate, Channel, Parameter, registry
from messaging.channels.models import ChannelAccount
from messaging.outbox import wording as templates
from messaging.outbox.models.provider_templates import ProviderTemplate, TemplateAssignment
from tenants.accounts.models import User
from tenants.audit import log as audit

log = logging.getLogger(__name__)

_STATES = frozenset(ProviderTemplate.State.values)


class BadAssignment(ValueError):
    """A form that cannot carry the message; the text says why in Vietnamese."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A message that no approved form carries, and why, in Vietnamese."""

    intent: str
    why: str

    def __str__(self) -> str:
        return f"{templates.label(self.intent)}: {self.why}"


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """A form with its values; without one, `problem` says in Vietnamese what is wrong with the chosen form, "" where
    none was chosen. `rests`: the provider stopped a form that was in use."""

    form: ApprovedTemplate | None = None
    problem: str = ""
    rests: bool = False


class AssignedTemplates:
    """The forms in use at one account, read once for many messages."""

    def __init__(self, channel: Channel, account: str, intents: Iterable[str]) -> None:
        self.channel = channel
        uses = TemplateAssignment.objects.filter(
            account__channel=channel.code, account__name=account, intent__in=set(intents)
        )
        self.uses = {use.intent: use for use in uses.select_related("template")}

    def filled(self, intent: str, values: Mapping[str, str]) -> FilledTemplate:
        """The form of this message with its values, where one is approved and they fill it."""
        use = self.uses.get(intent)
        if use is None:
            return FilledTemplate()
        form = use.template
        if problem := _unusable(form):
            return FilledTemplate(problem=problem, rests=form.state == ProviderTemplate.State.DISABLED)
        try:
            fitting = fill(self.channel, places_of(form), use.parameters, values)
        except ValueError as error:
            log.info("form %s does not take the values of %s: %s", form.code, intent, type(error).__name__)
            return FilledTemplate(problem=_named(form, error))
        ways = frozenset(form.ways) - frozenset(form.ways_closed)
        return FilledTemplate(
            ApprovedTemplate(form.code, dict(fitting), ways, dict(form.price), form.dropped_after)
        )


def assign(
    account: ChannelAccount,
    intent: str,
    template: ProviderTemplate,
    parameters: Mapping[str, str],
    actor: User | None = None,
) -> TemplateAssignment:
    """Let this form carry a message: `parameters` says which of our placeholders fills which of its places.

    Raises BadAssignment for a template of another account, an unregistered message, unknown parameters and
    placeholders, and a required parameter without a value. Parameters that were not fetched yet are not checked:
    such a template is not sent, and `find_missing` reports later what does not fit.
    """
    check(account, intent, template, parameters)
    with transaction.atomic():
        row, _made = TemplateAssignment.objects.update_or_create(
            account=account,
            intent=intent,
            defaults={"template": template, "parameters": dict(parameters)},
        )
        audit.record("template.use", f"account:{account}", actor=actor, intent=intent, template=template.code)
    return row


def unassign(account: ChannelAccount, intent: str, actor: User | None = None) -> None:
    """Let no form carry this message any more."""
    with transaction.atomic():
        if TemplateAssignment.objects.filter(account=account, intent=intent).delete()[0]:
            audit.record("template.unuse", f"account:{account}", actor=actor, intent=intent)


def find_missing(account: ChannelAccount) -> list[Missing]:
    """Messages of this installation that no approved form of the account carries."""
    known = {use.intent: use for use in _assignments(account)}
    causes = ((intent, _why_not(known.get(intent))) for intent in templates.names_with_forms())
    return [Missing(intent, why) for intent, why in causes if why]


def find_faults(account: ChannelAccount) -> list[Missing]:
    """Messages of which a form was chosen that cannot carry them now."""
    causes = ((use.intent, _why_not(use)) for use in _assignments(account).order_by("intent"))
    return [Missing(intent, why) for intent, why in causes if why]


def _assignments(account: ChannelAccount) -> QuerySet[TemplateAssignment]:
    return TemplateAssignment.objects.filter(account=account).select_related("template", "account")


def get_or_create(account: ChannelAccount, code: str) -> ProviderTemplate:
    """The account's form of this code; noted as one of which nothing is known, where its list was not read yet."""
    row, _made = ProviderTemplate.objects.get_or_create(account=account, code=code)
    return row


def apply_report(
    channel: str, account: str, code: str, *, state: str = "", quality: str = "", cause: str = "",
    reported_at: datetime | None = None,
) -> bool:  # fmt: skip
    """Apply a provider's report on a template; a report older than the known state changes nothing."""
    rows = ProviderTemplate.objects.filter(account__channel=channel, account__name=account, code=code)
    row: Any = rows.select_for_update(of=("self",)).annotate(db_now=Now()).first()
    owner = ChannelAccount.objects.filter(channel=channel, name=account).first()
    if row is None:
        if owner is None:
            return False
        row = ProviderTemplate(account=owner, code=code)
    at = reported_at or getattr(row, "db_now", None)
    if at is not None and row.reported_at is not None and at < row.reported_at:
        return True
    if state in _STATES:
        row.state, row.cause, row.ways_closed = state, cause[:500], []
        row.reported_at = at
    if quality:
        row.quality = quality[:20]
    row.save()
    return True


def disable(channel: str, account: str, code: str, *, way: str, cause: str) -> None:
    """The provider refused this form: for one `way`, or for all ("")."""
    rows = ProviderTemplate.objects.filter(account__channel=channel, account__name=account, code=code)
    for row in rows.select_for_update(of=("self",)):
        if way:
            row.ways_closed = sorted({*row.ways_closed, way})
        else:
            row.state = ProviderTemplate.State.DISABLED
        row.cause, row.reported_at = cause[:500], Now()
        row.save()


def places_of(form: ProviderTemplate) -> list[Parameter]:
    """The places in the form, as values are put into them."""
    return [Parameter(**place) for place in form.parameters]


def fill(
    channel: Channel, places: Sequence[Parameter], parameters: Mapping[str, str], values: Mapping[str, str]
) -> Mapping[str, str]:
    """The values as the provider takes them for these places; raises ValueError, in Vietnamese. Which of them are
    words that may be shortened, our own placeholders say."""
    given = {place: values.get(placeholder, "") for place, placeholder in parameters.items()}
    cut = {place for place, placeholder in parameters.items() if templates.may_be_cut(placeholder)}
    return channel.check_template_values(places, given, cut)


def check(
    account: ChannelAccount, intent: str, template: ProviderTemplate, parameters: Mapping[str, str]
) -> None:
    """Raise BadAssignment unless this template may carry the message so; see `assign`."""
    if template.account_id != account.pk:
        raise BadAssignment(_("Mẫu này là của tài khoản khác."))
    if intent not in templates.names_with_forms():
        raise BadAssignment(_("Không có mẫu tin tên “%(name)s”.") % {"name": intent[:60]})
    places = {place.name: place for place in places_of(template)}
    allowed = templates.allowed_placeholders(intent)
    faults = [
        *(
            _("Mẫu không có tham số “%(name)s”.") % {"name": name}
            for name in parameters
            if name not in places and is_fetched(template)
        ),
        *(
            _("Tin này không có chỗ điền “%(name)s”.") % {"name": placeholder}
            for placeholder in parameters.values()
            if placeholder not in allowed
        ),
        *(
            _("Tham số “%(name)s” phải có chỗ điền.") % {"name": name}
            for name, place in places.items()
            if place.required and not place.may_be_empty and name not in parameters
        ),
    ]
    if faults:
        raise BadAssignment(" ".join(faults))


def is_fetched(form: ProviderTemplate) -> bool:
    """Whether its parameters were read from the provider's list; a callback holds the state alone."""
    return form.fetched_at is not None or bool(form.parameters)


def _why_not(use: TemplateAssignment | None) -> str:
    if use is None:
        return _("chưa chọn mẫu của kênh.")
    form = use.template
    if problem := _unusable(form):
        return problem
    fault = _fault(use.account, use.intent, form, use.parameters)
    if fault is None or isinstance(fault, BadAssignment):
        return str(fault or "")
    return _named(form, fault)


def _fault(
    account: ChannelAccount, intent: str, form: ProviderTemplate, parameters: Mapping[str, str]
) -> ValueError | None:
    try:
        check(account, intent, form, parameters)
        if is_fetched(form):
            fill(registry.get(account.channel), places_of(form), parameters, templates.samples(intent))
    except ValueError as fault:
        return fault
    return None


def _named(form: ProviderTemplate, fault: Exception) -> str:
    return _("mẫu %(code)s không nhận nội dung này: %(fault)s") % {"code": form.code, "fault": fault}


def _unusable(form: ProviderTemplate) -> str:
    if not is_fetched(form):
        return _("chưa đọc mẫu %(code)s từ kênh.") % {"code": form.code}
    if form.state != ProviderTemplate.State.ENABLED:
        words = _("mẫu %(code)s %(state)s.") % {"code": form.code, "state": form.get_state_display()}
        return f"{words} {form.cause}".strip()
    if not set(form.ways) - set(form.ways_closed):
        return _("mẫu %(code)s không gửi được bằng đường nào.") % {"code": form.code}
    return ""


def read_values(stored: str) -> dict[str, str]:
    """The values behind a message's words, as the outbox keeps them."""
    return dict(json.loads(stored)) if stored else {}


_HOPEFUL = (ProviderTemplate.State.ENABLED, ProviderTemplate.State.PENDING)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A form that seems to be made for a message, and what would fill it."""

    form: ProviderTemplate
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in the list. `why`: why no approved form carries it, "" when one does; `form`: the chosen one."""

    intent: str
    label: str
    why: str
    form: ProviderTemplate | None
    proposal: Proposal | None = None


@dataclass(frozen=True, slots=True)
class FilledParameter:
    """A place of a form in a preview. `sample`: the invented value as we have it, `shown`: as it would be sent."""

    place: Parameter
    sample: str
    shown: str

    @property
    def length(self) -> int:
        return len(self.sample)

    @property
    def is_cut(self) -> bool:
        return self.shown != self.sample


@dataclass(frozen=True, slots=True)
class Preview:
    """What the provider would be given; `find_problem` says in Vietnamese why the form could not be used so."""

    places: tuple[FilledParameter, ...]
    problem: str = ""


def entries(account: ChannelAccount) -> list[Entry]:
    """All messages, those that lack a form first, among them those that cannot wait."""
    reasons = {one.intent: one.why for one in find_missing(account)}
    uses = TemplateAssignment.objects.filter(account=account).select_related("template")
    used = {use.intent: use.template for use in uses}
    forms = templates_of(account)
    found = [
        Entry(
            name,
            templates.label(name),
            reasons.get(name, ""),
            used.get(name),
            None if name in used else propose(account, name, forms),
        )
        for name in templates.names_with_forms()
    ]
    return sorted(found, key=_urgency)


def _urgency(entry: Entry) -> tuple[bool, bool, bool, str, str]:
    can_wait = templates.traits(entry.intent).can_wait
    return (not entry.why, can_wait, entry.label.startswith("Đơn:"), entry.label, entry.intent)


def templates_of(account: ChannelAccount) -> list[ProviderTemplate]:
    rows = ProviderTemplate.objects.filter(account=account)
    return sorted(
        rows, key=lambda form: (form.state != ProviderTemplate.State.ENABLED, form.name.casefold(), form.code)
    )


def propose(account: ChannelAccount, intent: str, forms: Iterable[ProviderTemplate]) -> Proposal | None:
    """The form whose name ends as the message's title, if what we have fills it; of several, the one that is
    approved and whose places are most like those of the message's standard words."""
    title, own = _folded(templates.default(intent).title), templates.default(intent).placeholders
    found: list[tuple[bool, int, int, Proposal]] = []
    for number, form in enumerate(forms):
        if not _folded(form.name).endswith(title) or form.state not in _HOPEFUL:
            continue
        if not is_fetched(form):
            continue
        parameters = propose_parameters(intent, form)
        if find_problem(account, intent, form, parameters):
            continue
        approved = form.state == ProviderTemplate.State.ENABLED
        unlike = len(own.symmetric_difference(parameters.values()))
        found.append((not approved, unlike, number, Proposal(form, parameters)))
    return min(found, key=lambda one: one[:3])[3] if found else None


def propose_parameters(intent: str, form: ProviderTemplate) -> dict[str, str]:
    """For each place whose name says it, the placeholder that fills it."""
    allowed = sorted(templates.allowed_placeholders(intent))
    named = {one.name: _similar_placeholder(one.name, allowed) for one in places_of(form)}
    return {name: placeholder for name, placeholder in named.items() if placeholder}


def preview(
    account: ChannelAccount, intent: str, form: ProviderTemplate, parameters: Mapping[str, str]
) -> Preview:
    """What the form's places would hold, with invented values."""
    samples = templates.samples(intent)
    filled = (
        _preview_parameter(account.channel, one, parameters.get(one.name, ""), samples)
        for one in places_of(form)
    )
    return Preview(tuple(filled), find_problem(account, intent, form, parameters))


def find_problem(
    account: ChannelAccount, intent: str, form: ProviderTemplate, parameters: Mapping[str, str]
) -> str:
    """Why the form cannot carry the message so; "" when it can. Lengths are those of invented values."""
    return str(_fault(account, intent, form, parameters) or "")


def choose(
    account: ChannelAccount,
    intent: str,
    form: ProviderTemplate,
    parameters: Mapping[str, str],
    actor: User | None = None,
) -> TemplateAssignment:
    """Let the form carry the message from now on. Raises BadAssignment, and changes nothing, for what `find_problem` says."""
    if fault := find_problem(account, intent, form, parameters):
        raise BadAssignment(fault)
    return assign(account, intent, form, parameters, actor)


def accept_proposals(account: ChannelAccount, actor: User) -> int:
    """Choose whatever is proposed for messages that have no form; how many."""
    proposed = [one for one in entries(account) if one.proposal is not None]
    with transaction.atomic():
        for one in proposed:
            assert one.proposal is not None
            choose(account, one.intent, one.proposal.form, one.proposal.parameters, actor)
    return len(proposed)


def _preview_parameter(
    channel: str, place: Parameter, placeholder: str, samples: Mapping[str, str]
) -> FilledParameter:
    sample = samples.get(placeholder, "")
    try:
        values = fill(registry.get(channel), [place], {place.name: placeholder}, samples)
    except ValueError:
        return FilledParameter(place, sample, sample)
    return FilledParameter(place, sample, values.get(place.name, ""))


def _similar_placeholder(name: str, placeholders: Iterable[str]) -> str:
    """The one placeholder that says the same, or the only one that says part of it or more; "" when unclear."""
    words = set(_folded(name).split())
    shared: dict[str, int] = {}
    for placeholder in placeholders:
        own = set(placeholder.split("_"))
        if own == words:
            return placeholder
        if own <= words or words <= own:
            shared[placeholder] = len(own & words)
    most = [placeholder for placeholder, count in shared.items() if count == max(shared.values())]
    return most[0] if len(most) == 1 and words else ""


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    letters = "".join(ch if ch.isalnum() else " " for ch in plain if not unicodedata.combining(ch))
    return " ".join(letters.split())
