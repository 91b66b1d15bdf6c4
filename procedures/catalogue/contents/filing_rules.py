"""What holds of filing in general, in a sector of law, or for one procedure: copies, who may go, where else.

`data/filing_rules.yaml` says each rule once, with its source; a province's folder may hold a file like it. A page shows
the nearest: of the code, then of the sector, then of the level that handles it, then the general one. Of two that are
equally near, the province's stands.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from procedures.catalogue.contents.selection import ProcedureCode
from procedures.catalogue.formats.base import CatalogueError
from procedures.catalogue.models import Channel, FilingRules
from tenants.folder.file_schema import Line
from tenants.folder.readers.yaml_reader import read_document
from tenants.organisation import catalogue
from tenants.text import fold
from tenants.validation import Schema, fault_at, gettext_noop, read

FILE = Path(__file__).parents[1] / "data" / "filing_rules.yaml"

Topic = Literal["papers", "foreign", "forms", "person", "place", "money", "payment", "delivery", "missing"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
"""In the order of the page."""

Sentences = Annotated[Line, Field(min_length=1, max_length=450)]


class Rule(Schema):
    """What holds, in plain Vietnamese and English, and the text that says so. `{code}` stands for the code.

    `desks`: whether the addresses of the province's desks help, of a place. `on_screen`: whether the line on filing
    online follows, of forms.
    """

    text: Sentences
    english: Sentences
    source: Sentences
    desks: bool = True
    on_screen: bool = True


class RuleGroup(Schema):
    """Rules of the procedures with these codes, of these sectors, or of this level alone; of all where it names none."""

    codes: tuple[ProcedureCode, ...] = ()
    sectors: tuple[Line, ...] = ()
    level: Literal["", "province", "commune"] = ""
    rules: dict[Topic, Rule]

    @model_validator(mode="after")
    def _check_level(self) -> "RuleGroup":
        if self.level and (self.codes or self.sectors):
            raise fault_at(
                ["level"], gettext_noop("“level” không đi cùng “codes”, “sectors”; tách thành hai nhóm.")
            )
        return self


class RuleFile(Schema):
    """The whole file; of two groups that hold equally near, the later stands."""

    groups: tuple[RuleGroup, ...]


Rules = dict[Topic, Rule]
RuleIndex = Mapping[tuple[Literal["level", "sector", "code"], str], Rules]
"""Rules by level (“” of all), by folded sector and by code. Kept: treat as read-only."""


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule as a page says it, in the language of the present request; its source is Vietnamese.

    `general`: it holds for all procedures, so that the page of help says it once for all.
    """

    topic: Topic
    label: str
    text: str
    source: str
    desks: bool
    general: bool


def shown_rules(
    code: str,
    sector: str,
    channels: Collection[str],
    levels: Sequence[str] = (),
    *,
    free: bool = False,
    own: RuleIndex | None = None,
) -> list[ShownRule]:
    """Return what the page of a procedure says of filing it; no statement.

    *channels*: the ways to file, which say whether one has to go at all. *levels*: those that handle it.
    *free*: nothing is to be paid, so that nothing is said of how. *own*: the rules of the province.
    """
    labels = {
        "papers": _("Bản chính hay bản sao?"),
        "foreign": _("Giấy nước ngoài thì sao?"),
        "forms": _("Mẫu ở đâu?"),
        "person": _("Ai đi nộp được?"),
        "place": _("Đến nơi nào?"),
        "money": _("Ai được miễn phí?"),
        "payment": _("Trả tiền thế nào?"),
        "delivery": _("Nhận kết quả thế nào?"),
        "missing": _("Thiếu giấy thì sao, ngày nào trả?"),
    }
    found, general = _of(code, sector, levels, own or {}), _of("", "", (), own or {})
    for topic in ("money", "payment") if free else ():
        found.pop(topic, None)
    in_english = get_language() == "en"
    shown = []
    for topic in TOPICS:
        if rule := found.get(topic):
            text = (rule.english if in_english else rule.text).replace("{code}", code)
            if topic == "forms" and rule.on_screen and Channel.ONLINE in channels:
                on_screen = _("Nộp trực tuyến thì điền mẫu trên màn hình, chụp rõ bản chính giấy tờ.")
                text = on_screen if set(channels) == {Channel.ONLINE} else f"{text} {on_screen}"
            desks, for_all = topic == "place" and rule.desks, rule is general.get(topic)
            shown.append(ShownRule(topic, labels[topic], text, rule.source, desks, for_all))
    return shown


def own_rules() -> RuleIndex:
    """Return the rules of the present province's folder; kept with its catalogue."""
    return catalogue.kept("filing rules", _read_own)


def _read_own() -> RuleIndex:
    # A row that a later release cannot read says nothing; the next apply names its faults.
    own, _faults = read(RuleFile, FilingRules.objects.values_list("content", flat=True).first())
    return _index(own) if own else {}


def _of(code: str, sector: str, levels: Sequence[str], own: RuleIndex) -> Rules:
    level, shipped, found = levels[0] if len(levels) == 1 else "", _shipped(), Rules()
    for place in (("level", ""), ("level", level), ("sector", fold(sector)), ("code", code)):
        found |= shipped.get(place, {}) | own.get(place, {})
    return found


@cache
def _shipped() -> RuleIndex:
    return _index(load())


def _index(file: RuleFile) -> RuleIndex:
    index: dict[tuple[Literal["level", "sector", "code"], str], Rules] = {}
    for group in file.groups:
        if not group.codes and not group.sectors:
            index.setdefault(("level", group.level), {}).update(group.rules)
        for sector in group.sectors:
            index.setdefault(("sector", fold(sector)), {}).update(group.rules)
        for code in group.codes:
            index.setdefault(("code", code), {}).update(group.rules)
    return index


def load(path: Path = FILE) -> RuleFile:
    """Return the rules that ship with the portal. Raises :class:`CatalogueError` that names what is wrong."""
    found, faults = read(RuleFile, read_document(path).data)
    if found is None:
        raise CatalogueError("; ".join(str(fault) for fault in faults))
    return found
