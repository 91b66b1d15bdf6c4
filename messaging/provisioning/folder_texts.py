"""Messages in a province's folder: lanes for its channels, and `wording.yaml`, its own words.

`wording.yaml` is optional and names only the messages that are worded differently:

    received:
      title: Đã nhận hồ sơ của ông/bà
      body: Kính gửi ông/bà {ho_ten}, …
      button: Theo dõi hồ sơ

What a message leaves out stays as it is in the code.
"""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from messaging.lanes.lanes import ensure_lanes
from messaging.models import Template
from messaging.texts import templates
from tenants.folder.folder import Draft, Folder
from tenants.folder.problems import Problem, Refused, blocking
from tenants.folder.steps import Progress, State, Step, StepReport, steps
from tenants.folder.yaml_reader import Section

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
