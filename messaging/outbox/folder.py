"""Messages in a province's folder: lanes for its channels, and `wording.yaml`, its own words.

`wording.yaml` is optional and names only the messages that are worded differently:

    received:
      title: Đã nhận hồ sơ của ông/bà
      body: Kính gửi ông/bà {ho_ten}, …
      button: Theo dõi hồ sơ

What a message leaves out stays as it is in the code.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import AfterValidator, Field, RootModel
from pydantic.fields import FieldInfo

from messaging.channels.base import registry
from messaging.channels.lanes.lanes import ensure_lanes
from messaging.channels.models import ChannelAccount
from messaging.outbox import provider_templates
from messaging.outbox import wording as templates
from messaging.outbox.models.provider_templates import Template, TemplateAssignment
from tenants.folder.file_schema import Line
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import ValidationProblem
from tenants.folder.steps import Progress, State, Step, StepReport
from tenants.validation import Fault, Schema, fault, gettext_noop, shown, unknown_key

WORDING = "wording.yaml"
_PARTS = ("title", "body", "button")


def one_of(names: Callable[[], Sequence[str]]) -> tuple[AfterValidator, FieldInfo]:
    """Names of a registry, which fills up only after this module was read."""

    def check(name: str) -> str:
        if name not in names():
            unknown = unknown_key((name,), names())
            raise fault(unknown.message, **unknown.params)
        return name

    return AfterValidator(check), Field(json_schema_extra=lambda schema: schema.update(enum=[*names()]))


Message = Annotated[str, *one_of(templates.names)]
MessageWithForm = Annotated[str, *one_of(templates.names_with_forms)]
# Longer than any text may be: `templates.check` says by how much it is too long, and of what.
Words = Annotated[Line, Field(max_length=4 * templates.BODY_MAX)]


class Wording(Schema):
    """A province's own words for one message; parts that are left out stay as they are in the code."""

    title: Words = ""
    body: Words = ""
    button: Words = ""


class WordingFile(RootModel[dict[Message, Wording]]):
    """The messages that a province words itself, by their names."""


class AssignedTemplate(Schema):
    """The provider's template of one message, and which of our placeholders fills each of its places."""

    code: Annotated[Line, Field(min_length=1, max_length=60)]
    places: dict[Annotated[str, Field(min_length=1, max_length=100)], str] = {}


def _write(folder: Folder, texts: dict[str, templates.Text], progress: Progress) -> StepReport:
    """Make the lanes and put the folder's wording in place. Texts that the file does not name stay as they
    are, also those worded at the desk."""
    report = StepReport()
    report.added += sum(created for _lane, created in ensure_lanes())
    for name, text in texts.items():
        own = Template.objects.filter(name=name).first()
        words = {part: said for part, said in text._asdict().items() if not folder.keeps(name, part)}
        if own is None:
            differs = len(words) == len(_PARTS)
        else:
            differs = any(getattr(own, part) != said for part, said in words.items())
        if differs:
            Template.objects.update_or_create(name=name, defaults=words)
        report.count(new=own is None, differs=differs)
    return report


def _state(folder: Folder) -> State:
    named = _read(folder)[0]
    own = {row.name: row for row in Template.objects.filter(name__in=named)}
    return {
        name: {part: getattr(own[name], part) for part in _PARTS} if name in own else {} for name in named
    }


def _export(draft: Draft) -> None:
    rows = Template.objects.filter(name__in=templates.names()).order_by("name")
    words = {row.name: {part: getattr(row, part) for part in _PARTS} for row in rows}
    if words:
        draft.document(WORDING, words, "Lời tin của tỉnh; tin không nêu ở đây dùng lời của cổng.")


def _read(folder: Folder) -> tuple[dict[str, templates.Text], list[ValidationProblem]]:
    document, content, problems = folder.content(WORDING, WordingFile, instead={})
    texts = {}
    for name, words in content.root.items() if content else ():
        standard = templates.default(name)
        texts[name] = templates.Text(*(getattr(words, part) or getattr(standard, part) for part in _PARTS))
        try:
            templates.check(name, texts[name])
        except templates.BadText as error:
            problems.append(document.problem(str(error), name))
    return texts, problems


def faults_of(assigned: Mapping[str, AssignedTemplate], channel: str) -> Iterator[Fault]:
    """What the channel and the messages do not allow of the templates of an account."""
    if assigned and not registry.get(channel).capabilities.has_templates:
        yield Fault((), gettext_noop("kênh này không dùng mẫu."))
        return
    for intent, one in assigned.items():
        allowed = templates.allowed_placeholders(intent)
        for place, placeholder in one.places.items():
            if placeholder not in allowed:
                words = gettext_noop("tin này không có chỗ điền “%(name)s”; các chỗ điền: %(known)s.")
                params = {"name": shown(placeholder), "known": ", ".join(sorted(allowed))}
                yield Fault((intent, "places", place), words, params)


def write(account: ChannelAccount, intent: str, wanted: AssignedTemplate, report: StepReport) -> None:
    """Let the template carry the message as described, unless it does; raises `BadAssignment` where it cannot."""
    known = (
        TemplateAssignment.objects.filter(account=account, intent=intent).select_related("template").first()
    )
    if known is not None and (known.template.code, known.parameters) == (wanted.code, wanted.places):
        report.unchanged += 1
        return
    form = provider_templates.get_or_create(account, wanted.code)
    provider_templates.assign(account, intent, form, wanted.places)
    report.count(new=known is None)
    if not provider_templates.is_fetched(form):
        text = _("%(account)s, tin %(name)s: mẫu %(code)s chưa đọc từ kênh, dùng được sau khi đọc.")
        report.notes.append(text % {"account": account, "name": intent, "code": wanted.code})


STEP = Step("messages", gettext_lazy("Tin gửi"), _read, _write, {WORDING: WordingFile}, _state, _export)
