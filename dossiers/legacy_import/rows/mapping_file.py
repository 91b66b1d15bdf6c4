"""The mapping file: how the table of an old system is to be read. YAML, every fault at its line."""

from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from dossiers.legacy_import.rows.records import FIELDS, MAY_BE_BLANKED, REQUIRED
from dossiers.legacy_import.rows.vocabularies import DateFormat, OldStatus
from dossiers.lifecycle.models import Dossier
from messaging.channels.base import registry
from tenants.folder.file_schema import Line, load
from tenants.folder.problems import Refused, ValidationProblem, in_order
from tenants.folder.readers.yaml_reader import Document, document_to_check, parse
from tenants.text import fold, tidy
from tenants.validation import Schema, one_of, shown


def _without_blank(texts: object) -> object:
    """A field that is written without a heading counts as absent."""
    return (
        {name: text for name, text in texts.items() if text is not None} if isinstance(texts, dict) else texts
    )


Heading = Annotated[Line, Field(max_length=200)]
Texts = Annotated[
    dict[Annotated[str, one_of(lambda: FIELDS)], Heading],
    BeforeValidator(_without_blank),
    AfterValidator(lambda texts: {field: text for field, text in texts.items() if text}),
]
"""A heading or a fixed text by field; an empty one counts as absent."""
Format = Annotated[DateFormat, PlainValidator(lambda text: DateFormat(tidy(str(text))))]


class Consent(Schema):
    """The column of a channel; also of one not switched on yet: consent holds from the day that it is."""

    channel: Annotated[str, one_of(registry.codes)]
    column: Annotated[Heading, Field(min_length=1)]


class Word(Schema):
    """A word of the old system, and what it is called here."""

    word: Annotated[Line, Field(alias="from", min_length=1, max_length=300)]
    to: Annotated[Line, Field(min_length=1, max_length=200)]


class AssigneeWord(Word):
    """A person of the old system; with an empty `to` there is no assignee."""

    to: Annotated[Line, Field(max_length=200)] = ""


class ChannelWord(Schema):
    """How a dossier came in. A blank cell may have a meaning too: `from: ""`."""

    word: Annotated[Line, Field(alias="from", max_length=100)] = ""
    to: Dossier.Channel = Dossier.Channel.COUNTER


class Pages(Schema):
    """How a system gives out its rows: the key of the list, the parameter, and the key of what to send in it next.

    Without `next` the parameter asks for what changed since a moment.
    """

    rows: Annotated[Line, Field(min_length=1, max_length=80)] = "rows"
    parameter: Annotated[Line, Field(min_length=1, max_length=80)] = "after"
    next: Annotated[Line, Field(max_length=80)] = ""


class Mapping(Schema):
    """How to read a table.

    `columns` gives the heading for each of our fields, `fixed` a text that holds for every row.
    `blank_when_bad` names the fields that are given up, and reported, where the old system holds nonsense.
    """

    source: Annotated[Line, Field(pattern="^[a-z0-9][a-z0-9-]{1,39}$")]
    sheet: Annotated[Line, Field(max_length=100)] = ""
    dates: Annotated[tuple[Format, ...], Field(min_length=1)]
    columns: Texts = {}
    fixed: Texts = {}
    consents: tuple[Consent, ...] = ()
    statuses: Annotated[tuple[OldStatus, ...], Field(min_length=1, max_length=200)]
    agencies: tuple[Word, ...] = ()
    procedures: tuple[Word, ...] = ()
    assignees: tuple[AssigneeWord, ...] = ()
    channels: tuple[ChannelWord, ...] = ()
    pages: Pages = Pages()
    blank_when_bad: frozenset[Annotated[str, one_of(lambda: sorted(MAY_BE_BLANKED))]] = frozenset()

    @property
    def headings(self) -> dict[str, str]:
        """Heading by field, channels of messages included (as `consents:<channel>`)."""
        return {**self.columns, **{f"consents:{one.channel}": one.column for one in self.consents}}

    def is_given(self, field: str) -> bool:
        """Whether the old system says anything about this field."""
        return field in self.columns or field in self.fixed


def meanings(words: Iterable[Word | ChannelWord]) -> dict[str, str]:
    """What each word of the old system (folded) is called here."""
    return {fold(one.word): one.to for one in words}


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file; raises Refused with everything that is wrong with it."""
    return _checked(*document_to_check(path))


def parse_mapping(text: str, name: str) -> Mapping:
    """The same of a text that people know by this name."""
    return _checked(*parse(text, name))


def _checked(document: Document, problems: list[ValidationProblem]) -> Mapping:
    if problems:
        raise Refused(problems)
    mapping, problems = load(Mapping, document)
    problems += [*_gaps(document), *_repeated(document)]
    if mapping is None or problems:
        raise Refused(in_order(problems))
    return mapping


def _gaps(document: Document) -> Iterator[ValidationProblem]:
    columns, fixed = (_given(document.at((key,))) for key in ("columns", "fixed"))
    for field in REQUIRED:
        if field not in columns | fixed:
            yield document.problem(_("thiếu cột cho “%(field)s”.") % {"field": field}, "columns")
    if not {"status_code", "status_name"} & (columns | fixed):
        yield document.problem(_("thiếu cột “status_code” hoặc “status_name”."), "columns")
    if "code" in fixed:
        yield document.problem(_("mã hồ sơ không thể giống nhau ở mọi dòng."), "fixed", "code")
    for field in columns & fixed:
        text = _("“%(field)s” đã có cột, không thể vừa cố định.")
        yield document.problem(text % {"field": shown(field)}, "fixed", field)


def _given(texts: object) -> set[str]:
    return {field for field, text in texts.items() if text} if isinstance(texts, dict) else set()


def _repeated(document: Document) -> Iterator[ValidationProblem]:
    for section in ("consents", "statuses", "agencies", "procedures", "assignees"):
        rows = document.at((section,))
        keys = ("channel", "code", "name", "from")
        seen = set()
        for number, key in product(range(len(rows)), keys) if isinstance(rows, list) else ():
            value = document.at((section, number, key))
            # Codes tell upper from lower case.
            name = (key, str(value) if key == "code" else fold(str(value)))
            if value not in (None, "") and name in seen:
                text = _("“%(value)s” đã có ở trên.") % {"value": shown(value)}
                yield document.problem(text, section, number, key)
            seen.add(name)
