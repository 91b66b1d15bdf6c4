"""The file of a life event, one that ships with the portal or one in a province's folder."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from procedures.catalogue.contents.statements import ProcedureCode
from tenants.folder.file_schema import Line
from tenants.validation import Schema, fault_at, gettext_noop

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
