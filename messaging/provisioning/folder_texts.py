"""Messages in a province's folder: lanes for its channels, and `wording.yaml`, its own words.

`wording.yaml` is optional and names only the messages that are worded differently:

    received:
      title: Đã nhận hồ sơ của ông/bà
      body: Kính gửi ông/bà {ho_ten}, …
      button: Theo dõi hồ sơ

What a message leaves out stays as it is in the code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from messaging import provider_templates, templates
from messaging.channels import registry
from messaging.lanes.lanes import ensure_lanes
from messaging.models import ChannelAccount, Template, TemplateAssignment
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Problem, Refused, blocking, refuse
from tenants.folder.steps import Progress, State, Step, StepReport, steps
from tenants.folder.yaml_reader import Section
from tenants.validation import shown

WORDING = "wording.yaml"
_PARTS = ("title", "body", "button")
# Longer than any text may be: `templates.check` says by how much it is too long, and of what.
_READ_AT_MOST = 4 * templates.BODY_MAX


def register() -> None:
    """Add this room's step to the onboarding of a province."""
    steps.register(
        Step(
            code="messages",
            title=_("Tin gửi"),
            validate=validate_wording,
            apply=apply_messages,
            order=60,
            files=(WORDING,),
            state=wording_state,
            export=export_wording,
        )
    )


def validate_wording(folder: Folder) -> Sequence[Problem]:
    """All that is wrong with `wording.yaml`; nothing when there is none."""
    return _read(folder)[1]


def apply_messages(folder: Folder, progress: Progress) -> StepReport:
    """Make the lanes and put the folder's wording in place. Texts that the file does not name stay as they
    are, also those worded at the desk."""
    report = StepReport()
    report.added += sum(created for _lane, created in ensure_lanes())
    texts, problems = _read(folder)
    if blocking(problems):
        raise Refused(problems)
    for name, text in texts.items():
        words = {"title": text.title, "body": text.body, "button": text.button}
        own = Template.objects.filter(name=name).first()
        words = {part: said for part, said in words.items() if not folder.keeps(name, part)}
        if own is None and len(words) < len(_PARTS):
            report.unchanged += 1
        elif own is None:
            Template.objects.create(name=name, **words)
            report.added += 1
        elif any(getattr(own, part) != said for part, said in words.items()):
            Template.objects.filter(pk=own.pk).update(**words)
            report.changed += 1
        else:
            report.unchanged += 1
    return report


def wording_state(folder: Folder) -> State:
    """The own words of the present province for the messages that the file names."""
    named = _read(folder)[0]
    own = {row.name: row for row in Template.objects.filter(name__in=named)}
    return {
        name: {part: getattr(own[name], part) for part in _PARTS} if name in own else {} for name in named
    }


def export_wording(draft: Draft) -> None:
    """`wording.yaml` with the messages that the present province words itself."""
    rows = Template.objects.filter(name__in=templates.names()).order_by("name")
    words = {row.name: {part: getattr(row, part) for part in _PARTS} for row in rows}
    if words:
        draft.document(WORDING, words, "Lời tin của tỉnh; tin không nêu ở đây dùng lời của cổng.")


def _read(folder: Folder) -> tuple[dict[str, templates.Text], list[Problem]]:
    texts: dict[str, templates.Text] = {}
    problems: list[Problem] = []
    if not folder.has(WORDING):
        return texts, problems
    document = folder.document(WORDING)
    top = Section(document, problems)
    for name in templates.names():
        section = top.section(name)
        if section is None:
            continue
        standard = templates.default(name)
        text = templates.Text(
            section.text("title", most=_READ_AT_MOST, required=False) or standard.title,
            section.text("body", most=_READ_AT_MOST, required=False) or standard.body,
            section.text("button", most=_READ_AT_MOST, required=False) or standard.button,
        )
        section.refuse_unknown()
        try:
            templates.check(name, text)
        except templates.BadText as error:
            problems.append(document.problem(str(error), name))
        texts[name] = text
    top.refuse_unknown()
    return texts, problems


CODE_MAX = 60
PLACE_MAX = 100


@dataclass(frozen=True, slots=True)
class DescribedUse:
    """The form of one message as the folder describes it."""

    intent: str
    code: str
    places: Mapping[str, str] = field(default_factory=dict)
    line: int = 0


def read(section: Section, channel: str) -> tuple[DescribedUse, ...]:
    """The `templates` of an account's section; faults are reported to it."""
    wanted = section.section("templates")
    if wanted is None:
        return ()
    if channel in registry.codes() and not registry.get(channel).capabilities.has_templates:
        section.report(_("kênh này không dùng mẫu."), "templates")
        return ()
    found = []
    for name in templates.names_with_forms():
        one = wanted.section(name)
        if one is not None:
            found.append(_use(name, one))
    wanted.refuse_unknown()
    return tuple(found)


def _use(name: str, section: Section) -> DescribedUse:
    code = section.text("code", most=CODE_MAX)
    places: dict[str, str] = {}
    allowed = templates.allowed_placeholders(name)
    for place, placeholder in section.mapping("places").items():
        if not isinstance(place, str) or not 0 < len(place) <= PLACE_MAX:
            section.report(_("tên tham số của mẫu phải là chữ."), "places", place)
        elif not isinstance(placeholder, str) or placeholder not in allowed:
            text = _("tin này không có chỗ điền “%(name)s”; các chỗ điền: %(known)s.")
            known = ", ".join(sorted(allowed))
            section.report(text % {"name": shown(placeholder), "known": known}, "places", place)
        else:
            places[place] = placeholder
    section.refuse_unknown()
    return DescribedUse(name, code, places, section.document.line_of(*section.path))


def write(account: ChannelAccount, uses: tuple[DescribedUse, ...], file: str, report: StepReport) -> None:
    """Let the forms carry the messages as described. What the file does not name stays as it is, and what is
    there already is not touched. Raises Refused, at its line, for a form that cannot carry its message so."""
    present = {
        use.intent: use
        for use in TemplateAssignment.objects.filter(account=account).select_related("template")
    }
    for one in uses:
        known = present.get(one.intent)
        if known is not None and (known.template.code, known.parameters) == (one.code, dict(one.places)):
            report.unchanged += 1
            continue
        form = provider_templates.get_or_create(account, one.code)
        try:
            provider_templates.assign(account, one.intent, form, one.places)
        except provider_templates.BadAssignment as fault:
            raise refuse(file, one.line, f"{one.intent}: {fault}") from fault
        if known is None:
            report.added += 1
        else:
            report.changed += 1
        if not provider_templates.is_fetched(form):
            text = _("%(account)s, tin %(name)s: mẫu %(code)s chưa đọc từ kênh, dùng được sau khi đọc.")
            report.notes.append(text % {"account": account, "name": one.intent, "code": one.code})
