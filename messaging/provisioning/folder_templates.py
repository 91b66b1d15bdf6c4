"""Which of the provider's forms carries which message, in a province's folder: `templates` of an account.

    accounts:
      - channel: zalo
        …
        templates:
          received:
            code: "123456"
            places:
              ten: ho_ten
              ma: ma_ho_so

`places`: the form's parameter → our placeholder. A form that was not read from the provider yet is waited for:
the folder is applied once, and counts as soon as the provider's list says that the form is approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from messaging.channels import registry
from messaging.models import ChannelAccount, TemplateUse
from messaging.provider_templates import catalogue
from messaging.texts import templates
from tenants.folder.problems import refuse
from tenants.folder.steps import StepReport
from tenants.folder.yaml_reader import Section, shown

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
        use.intent: use for use in TemplateUse.objects.filter(account=account).select_related("template")
    }
    for one in uses:
        known = present.get(one.intent)
        if known is not None and (known.template.code, known.parameters) == (one.code, dict(one.places)):
            report.unchanged += 1
            continue
        form = catalogue.expected(account, one.code)
        try:
            catalogue.use(account, one.intent, form, one.places)
        except catalogue.BadUse as fault:
            raise refuse(file, one.line, f"{one.intent}: {fault}") from fault
        if known is None:
            report.added += 1
        else:
            report.changed += 1
        if not catalogue.is_read(form):
            text = _("%(account)s, tin %(name)s: mẫu %(code)s chưa đọc từ kênh, dùng được sau khi đọc.")
            report.notes.append(text % {"account": account, "name": one.intent, "code": one.code})
