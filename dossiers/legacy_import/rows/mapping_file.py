"""The mapping file: how the table of an old system is to be read. YAML, every fault at its line."""

import re
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from dossiers.legacy_import.rows.dates import DateFormat, FormatError
from dossiers.legacy_import.rows.records import DATES, FIELDS, MAY_BE_BLANKED, REQUIRED
from dossiers.legacy_import.rows.vocabularies import OldStatus, StatusTable
from dossiers.models import Dossier
from dossiers.rules.statuses import Status
from messaging.channels import registry
from tenants.folder.problems import Problem, Refused, blocking, in_order
from tenants.folder.yaml_reader import Section, read_document
from tenants.text import fold
from tenants.validation import shown

_SOURCE = re.compile(r"\A[a-z0-9][a-z0-9-]{1,39}\Z")
_MOST_HEADING = 200
_MOST_STATUSES = 200


@dataclass(frozen=True)
class Mapping:
    """How to read a table.

    `columns` gives the heading for each of our fields, `fixed` a text that holds for every row, `consents`
    the heading for each channel of messages. `agencies`, `procedures`, `assignees` and `channels` say what
    a word of the old system (folded) is called here; "" means nobody. `blank_when_bad` names the fields
    that are given up, and reported, where the old system holds nonsense.
    """

    source: str
    columns: MappingType[str, str]
    fixed: MappingType[str, str]
    consents: MappingType[str, str]
    dates: tuple[DateFormat, ...]
    statuses: StatusTable
    agencies: MappingType[str, str]
    procedures: MappingType[str, str]
    assignees: MappingType[str, str]
    channels: MappingType[str, str]
    blank_when_bad: frozenset[str]
    sheet: str = ""

    @property
    def headings(self) -> dict[str, str]:
        """Heading by field, channels of messages included (as `consents:<channel>`)."""
        return {**self.columns, **{f"consents:{channel}": name for channel, name in self.consents.items()}}

    def is_given(self, field: str) -> bool:
        """Whether the old system says anything about this field."""
        return field in self.columns or field in self.fixed


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises Refused with everything that is wrong with it."""
    problems: list[Problem] = []
    document = read_document(path)
    section = Section(document, problems)
    columns = _fields(section, "columns")
    fixed = _fields(section, "fixed")
    mapping = Mapping(
        source=_source(section),
        sheet=section.text("sheet", most=100, required=False),
        columns=columns,
        fixed=fixed,
        consents=_consents(section),
        dates=_dates(section, {*columns, *fixed}),
        statuses=_statuses(section),
        agencies=_words(section, "agencies"),
        procedures=_words(section, "procedures"),
        assignees=_words(section, "assignees", may_be_blank=True),
        channels=_channels(section),
        blank_when_bad=_blank_when_bad(section),
    )
    section.refuse_unknown()
    _cross_check(mapping, section)
    if blocking(problems):
        raise Refused(in_order(problems))
    return mapping


def _source(section: Section) -> str:
    source = section.text("source", most=40)
    if source and not _SOURCE.match(source):
        section.report(
            _("“source” chỉ gồm chữ thường không dấu, chữ số và dấu gạch nối, ví dụ motcua-cu."), "source"
        )
    return source


def _fields(section: Section, key: str) -> dict[str, str]:
    inner = section.section(key)
    if inner is None:
        return {}
    found = {field: inner.text(field, most=_MOST_HEADING, required=False) for field in FIELDS}
    inner.refuse_unknown()
    return {field: text for field, text in found.items() if text}


def _consents(section: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    for inner in section.sections("consents"):
        # Of a channel that is not switched on yet as well: what was agreed to holds from the day that it is.
        channel = inner.choice("channel", registry.codes(), default="")
        heading = inner.text("column", most=_MOST_HEADING)
        inner.refuse_unknown()
        if channel in found:
            inner.report(_("kênh “%(channel)s” đã có ở trên.") % {"channel": channel}, "channel")
        elif not channel:
            inner.report(_("thiếu mục “%(key)s”.") % {"key": "channel"})
        else:
            found[channel] = heading
    return found


def _dates(section: Section, given: set[str]) -> tuple[DateFormat, ...]:
    found = []
    for number, text in enumerate(section.texts("dates", most=40)):
        try:
            found.append(DateFormat(text))
        except FormatError as error:
            why = (
                _("không hiểu “%(part)s”") % {"part": error}
                if str(error)
                else _("phải có đủ ngày, tháng, năm")
            )
            section.report(
                _("dạng ngày “%(text)s”: %(why)s. Viết như dd/MM/yyyy HH:mm:ss hoặc d/M/yyyy.")
                % {"text": shown(text), "why": why},
                "dates",
                number,
            )
    if not found and given & set(DATES):
        section.report(_("thiếu mục “%(key)s”.") % {"key": "dates"})
    return tuple(found)


def _statuses(section: Section) -> StatusTable:
    rows: list[OldStatus] = []
    seen: set[tuple[str, str]] = set()
    inners = section.sections("statuses")
    for inner in inners[:_MOST_STATUSES]:
        code = inner.text("code", most=40, required=False)
        name = inner.text("name", most=_MOST_HEADING, required=False)
        status = _national(inner)
        step = inner.text("step", most=40, required=False)
        inner.refuse_unknown()
        if not code and not name:
            inner.report(_("phải có “code” hoặc “name” của hệ thống cũ."))
        for key, value in (("code", code), ("name", fold(name))):
            if value and (key, value) in seen:
                inner.report(
                    _("“%(value)s” đã có ở trên.") % {"value": shown(code if key == "code" else name)}, key
                )
            seen.add((key, value))
        if status is not None:
            rows.append(OldStatus(code, name, status, step))
    if not inners:
        section.report(_("thiếu mục “%(key)s”.") % {"key": "statuses"})
    return StatusTable(tuple(rows))


def _national(inner: Section) -> Status | None:
    number = inner.text("status", most=20)
    if not number:
        return None
    for status in Status:
        if number == str(int(status)):
            return status
    inner.report(_("“status” là “%(value)s”; phải là số từ 1 đến 10.") % {"value": shown(number)}, "status")
    return None


def _words(section: Section, key: str, *, may_be_blank: bool = False) -> dict[str, str]:
    found: dict[str, str] = {}
    for inner in section.sections(key):
        word = inner.text("from", most=300)
        meaning = inner.text("to", most=200, required=not may_be_blank)
        inner.refuse_unknown()
        if word and fold(word) in found:
            inner.report(_("“%(value)s” đã có ở trên.") % {"value": shown(word)}, "from")
        if word:
            found[fold(word)] = meaning
    return found


def _channels(section: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    for inner in section.sections("channels"):
        # A blank cell may have a meaning too: `from: ""`.
        word = inner.text("from", most=100, required=False)
        found[fold(word)] = inner.choice("to", Dossier.Channel.values, default=Dossier.Channel.COUNTER)
        inner.refuse_unknown()
    return found


def _blank_when_bad(section: Section) -> frozenset[str]:
    found = section.texts("blank_when_bad", most=40)
    for number, field in enumerate(found):
        if field not in MAY_BE_BLANKED:
            names = {"field": shown(field), "known": ", ".join(sorted(MAY_BE_BLANKED))}
            section.report(
                _("không được bỏ trống “%(field)s”; chỉ được: %(known)s.") % names, "blank_when_bad", number
            )
    return frozenset(found)


def _cross_check(mapping: Mapping, section: Section) -> None:
    for field in REQUIRED:
        if not mapping.is_given(field):
            section.report(_("thiếu cột cho “%(field)s”.") % {"field": field}, "columns")
    if "code" in mapping.fixed:
        section.report(_("mã hồ sơ không thể giống nhau ở mọi dòng."), "fixed", "code")
    if not (mapping.is_given("status_code") or mapping.is_given("status_name")):
        section.report(_("thiếu cột “status_code” hoặc “status_name”."), "columns")
    for field in mapping.fixed:
        if field in mapping.columns:
            section.report(
                _("“%(field)s” đã có cột, không thể vừa cố định.") % {"field": field}, "fixed", field
            )
