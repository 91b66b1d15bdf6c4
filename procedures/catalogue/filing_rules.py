"""What holds of filing in general, in a sector of law, or for one procedure: copies, who may go, where else.

`data/filing_rules.yaml` says each rule once, with its source. A page shows the nearest: of the code, then of the
sector, then of the level that handles it, then the general one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, get_args

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import Field

from procedures.catalogue.statements import ProcedureCode
from procedures.formats.base import CatalogueError
from procedures.models import Channel
from tenants.folder.file_schema import Line
from tenants.folder.yaml_reader import read_document
from tenants.text import fold
from tenants.validation import Schema, read

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


class RuleFile(Schema):
    """The whole file; of two groups that hold equally near, the later stands."""

    groups: tuple[RuleGroup, ...]


Rules = dict[Topic, Rule]


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule as a page says it, in the language of the present request; its source is Vietnamese."""

    topic: Topic
    label: str
    text: str
    source: str
    desks: bool


def shown_rules(
    code: str, sector: str, channels: Collection[str], levels: Sequence[str] = (), *, free: bool = False
) -> list[ShownRule]:
    """Return what the page of a procedure says of filing it; no statement.

    *channels*: the ways to file, which say whether one has to go at all. *levels*: those that handle it.
    *free*: nothing is to be paid, so that nothing is said of how.
    """
    labels = {
        "papers": _("Bản chính, bản sao"),
        "foreign": _("Giấy của nước ngoài"),
        "forms": _("Lấy mẫu ở đâu"),
        "person": _("Ai đi nộp được"),
        "place": _("Đến nơi nào"),
        "money": _("Ai được miễn phí, lệ phí"),
        "payment": _("Trả tiền"),
        "delivery": _("Nhận kết quả"),
        "missing": _("Thiếu giấy, ngày trả"),
    }
    found = {**_of(code, sector, levels)}
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
            shown.append(ShownRule(topic, labels[topic], text, rule.source, topic == "place" and rule.desks))
    return shown


def _of(code: str, sector: str, levels: Sequence[str]) -> Rules:
    by_level, by_sector, by_code = _groups()
    level = levels[0] if len(levels) == 1 else ""
    return {
        **by_level[""],
        **by_level.get(level, {}),
        **by_sector.get(fold(sector), {}),
        **by_code.get(code, {}),
    }


@cache
def _groups() -> tuple[dict[str, Rules], dict[str, Rules], dict[str, Rules]]:
    """Return the rules by level (“” of all), by folded sector and by code. Kept: treat as read-only."""
    by_level: dict[str, Rules] = {}
    by_sector: dict[str, Rules] = {}
    by_code: dict[str, Rules] = {}
    for group in load().groups:
        if not group.codes and not group.sectors:
            by_level.setdefault(group.level, {}).update(group.rules)
        for sector in group.sectors:
            by_sector.setdefault(fold(sector), {}).update(group.rules)
        for code in group.codes:
            by_code.setdefault(code, {}).update(group.rules)
    return by_level, by_sector, by_code


def load(path: Path = FILE) -> RuleFile:
    """Return the rules that ship with the portal. Raises :class:`CatalogueError` that names what is wrong."""
    found, faults = read(RuleFile, read_document(path).data)
    if found is None:
        raise CatalogueError("; ".join(str(fault) for fault in faults))
    return found
