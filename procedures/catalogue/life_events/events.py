"""The life events that a province shows: those that ship with the portal, and what its folder says over them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from procedures.catalogue.contents.selection import ProcedureCode
from procedures.catalogue.models import LifeEvent
from tenants.folder.file_schema import Line
from tenants.folder.readers.yaml_reader import read_document
from tenants.validation import Schema, fault_at, gettext_noop, read

SHIPPED = Path(__file__).parents[1] / "data" / "life_events"
Picture = Literal[
    "birth", "wedding", "house", "shop", "moving", "death", "land", "papers", "divorce", "travel"
]
"""The drawings in `templates/citizen/pictures/`."""
Title = Annotated[Line, Field(max_length=60)]
Sentence = Annotated[Line, Field(max_length=300)]


class LinkedProcedure(Schema):
    """A procedure of a step; `english` is its name for readers of English."""

    code: ProcedureCode
    english: Title = ""


class LifeEventStep(Schema):
    """One thing to do: when and why, and the procedures for it, if any. Several are alternatives or go together."""

    text: Annotated[Sentence, Field(min_length=1)]
    english: Sentence = ""
    procedures: tuple[LinkedProcedure, ...] = ()


class EnglishWords(Schema):
    """What the page says of the event in English."""

    title: Title
    intro: Sentence


class LifeEventFile(Schema):
    """A life event: its words and its steps in their order. Lower `order` stands first on the page.

    Only an event that is hidden needs no words.
    """

    order: Annotated[int, Field(ge=0, le=1_000)] = 500
    hidden: bool = False
    picture: Picture = "papers"
    title: Title = ""
    intro: Sentence = ""
    english: EnglishWords | None = None
    steps: tuple[LifeEventStep, ...] = ()

    @model_validator(mode="after")
    def _check_words(self) -> "LifeEventFile":
        for name in ("title", "intro", "steps"):
            if not self.hidden and not getattr(self, name):
                raise fault_at([name], gettext_noop("thiếu mục “%(key)s”."), key=name)
        return self


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """The files that ship with the portal, by slug, as a folder's files are read. Kept: treat as read-only."""
    return {path.stem: read_document(path).data for path in sorted(SHIPPED.glob("*.yaml"))}


def merged(slug: str, own: Mapping[str, Any]) -> dict[str, Any]:
    """A province's file over the shipped one of the same slug: each key that it has stands instead."""
    return {**shipped().get(slug, {}), **own}


def shown() -> dict[str, LifeEventFile]:
    """The events of the present province by slug, in their order; one statement.

    A file that changed an event which the portal no longer ships is no whole event any more: it is left out.
    """
    own: dict[str, Any] = dict(LifeEvent.objects.values_list("slug", "content"))
    found = {}
    for slug in {**shipped(), **own}:
        event, _faults = read(LifeEventFile, merged(slug, own.get(slug, {})))
        if event and not event.hidden:
            found[slug] = event
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))
