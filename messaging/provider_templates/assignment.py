"""Which of the provider's forms carries which message: what to propose, what it looks like, and choosing it.

Names decide what is proposed: a form is called as the message's title (docs/van-hanh/zalo.md says so), its
places as our placeholders. What is proposed is never in use before somebody takes it.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction

from messaging.channels import registry
from messaging.channels.capabilities import Parameter
from messaging.models import ChannelAccount, ProviderTemplate, TemplateUse
from messaging.provider_templates import catalogue
from messaging.provider_templates.catalogue import BadUse
from messaging.texts import templates
from tenants.accounts.models import User

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
class Filled:
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
class Look:
    """What the provider would be given; `problem` says in Vietnamese why the form could not be used so."""

    places: tuple[Filled, ...]
    problem: str = ""


def entries(account: ChannelAccount) -> list[Entry]:
    """All messages, those that lack a form first, among them those that cannot wait."""
    missing = {one.intent: one.why for one in catalogue.missing(account)}
    uses = TemplateUse.objects.filter(account=account).select_related("template")
    used = {use.intent: use.template for use in uses}
    forms = forms_of(account)
    found = [
        Entry(
            name,
            templates.label(name),
            missing.get(name, ""),
            used.get(name),
            None if name in used else proposal(account, name, forms),
        )
        for name in templates.names_with_forms()
    ]
    return sorted(found, key=_urgency)


def _urgency(entry: Entry) -> tuple[bool, bool, bool, str, str]:
    can_wait = templates.traits(entry.intent).can_wait
    return (not entry.why, can_wait, entry.label.startswith("Đơn:"), entry.label, entry.intent)


def forms_of(account: ChannelAccount) -> list[ProviderTemplate]:
    """The account's forms, approved ones first."""
    rows = ProviderTemplate.objects.filter(account=account)
    return sorted(
        rows, key=lambda form: (form.state != ProviderTemplate.State.ENABLED, form.name.casefold(), form.code)
    )


def proposal(account: ChannelAccount, intent: str, forms: Iterable[ProviderTemplate]) -> Proposal | None:
    """The form whose name ends as the message's title, if what we have fills it; of several, the one that is
    approved and whose places are most like those of the message's standard words."""
    title, own = _folded(templates.default(intent).title), templates.default(intent).placeholders
    found: list[tuple[bool, int, int, Proposal]] = []
    for number, form in enumerate(forms):
        if not _folded(form.name).endswith(title) or form.state not in _HOPEFUL:
            continue
        if not catalogue.is_read(form):
            continue
        parameters = proposed_parameters(intent, form)
        if problem(account, intent, form, parameters):
            continue
        approved = form.state == ProviderTemplate.State.ENABLED
        unlike = len(own.symmetric_difference(parameters.values()))
        found.append((not approved, unlike, number, Proposal(form, parameters)))
    return min(found, key=lambda one: one[:3])[3] if found else None


def proposed_parameters(intent: str, form: ProviderTemplate) -> dict[str, str]:
    """For each place whose name says it, the placeholder that fills it."""
    allowed = sorted(templates.allowed_placeholders(intent))
    named = {place["name"]: _named_like(place["name"], allowed) for place in form.parameters}
    return {name: placeholder for name, placeholder in named.items() if placeholder}


def look(account: ChannelAccount, intent: str, form: ProviderTemplate, parameters: Mapping[str, str]) -> Look:
    """What the form's places would hold, with invented values."""
    samples = templates.samples(intent)
    places = [Parameter(**place) for place in form.parameters]
    filled = (_filled(account.channel, one, parameters.get(one.name, ""), samples) for one in places)
    return Look(tuple(filled), problem(account, intent, form, parameters))


def problem(
    account: ChannelAccount, intent: str, form: ProviderTemplate, parameters: Mapping[str, str]
) -> str:
    """Why the form cannot carry the message so; "" when it can. Lengths are those of invented values."""
    try:
        catalogue.check(account, intent, form, parameters)
        if catalogue.is_read(form):
            catalogue.fitted(registry.get(account.channel), form, parameters, templates.samples(intent))
    except (BadUse, ValueError) as fault:
        return str(fault)
    return ""


def choose(
    account: ChannelAccount,
    intent: str,
    form: ProviderTemplate,
    parameters: Mapping[str, str],
    actor: User | None = None,
) -> TemplateUse:
    """Let the form carry the message from now on. Raises BadUse, and changes nothing, for what `problem` says."""
    if fault := problem(account, intent, form, parameters):
        raise BadUse(fault)
    return catalogue.use(account, intent, form, parameters, actor)


def take_proposals(account: ChannelAccount, actor: User) -> int:
    """Choose whatever is proposed for messages that have no form; how many."""
    proposed = [one for one in entries(account) if one.proposal is not None]
    with transaction.atomic():
        for one in proposed:
            assert one.proposal is not None
            choose(account, one.intent, one.proposal.form, one.proposal.parameters, actor)
    return len(proposed)


def _filled(channel: str, place: Parameter, placeholder: str, samples: Mapping[str, str]) -> Filled:
    sample = samples.get(placeholder, "")
    try:
        taken = catalogue.taken(registry.get(channel), [place], {place.name: placeholder}, samples)
    except ValueError:
        return Filled(place, sample, sample)
    return Filled(place, sample, taken.get(place.name, ""))


def _named_like(name: str, placeholders: Iterable[str]) -> str:
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
    """Words in small letters without marks, one space between them."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    letters = "".join(ch if ch.isalnum() else " " for ch in plain if not unicodedata.combining(ch))
    return " ".join(letters.split())
