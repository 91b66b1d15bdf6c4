"""Files as pydantic models: read with every problem at its line, and exported to editors as JSON Schema."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, Field

from tenants.folder.problems import ValidationProblem
from tenants.folder.readers.yaml_reader import Document
from tenants.text import tidy
from tenants.validation import Fault, Path, read


def _one_line(value: object) -> object:
    """Numbers are taken as they are written: codes and telephone numbers look like numbers in YAML."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return tidy(value) if isinstance(value, str) else value


_TEXT_OR_NUMBER = Field(json_schema_extra=lambda schema: schema.update(type=["string", "integer"]))
Line = Annotated[str, BeforeValidator(_one_line), _TEXT_OR_NUMBER]
"""One tidied line of text; a number is taken as it is written."""


def load[Model: BaseModel](
    model: type[Model], document: Document, path: Path = (), instead: Mapping[str, Any] | None = None
) -> tuple[Model | None, list[ValidationProblem]]:
    """The value of a document at a path as a model, and every problem of it at its line.

    With problems the model is None; where `instead` is given, it is made of the sound keys at the top and of these
    stand-ins, so that other files can be checked in the same run. Such a model must not be applied.
    """
    data = document.at(path)
    found, faults = read(model, data)
    if found is None and instead is not None:
        faulty = {fault.path[0] for fault in faults if fault.path}
        sound = (
            {key: value for key, value in data.items() if key not in faulty} if isinstance(data, dict) else {}
        )
        found, more = read(model, {**instead, **sound})
        faults += more
        if found is None:
            found, _none = read(model, dict(instead))
    return found, problems_of(document, faults, path)


def problems_of(document: Document, faults: Iterable[Fault], path: Path = ()) -> list[ValidationProblem]:
    """The problems of a document that faults below a path are, in the reader's language."""
    return [document.problem(_(one.message) % one.params, *path, *one.path) for one in faults]
