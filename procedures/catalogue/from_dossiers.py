"""What dossiers know of a procedure, which pages of the catalogue show and the catalogue must not know. Settings name it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from procedures.catalogue.models import Procedure, ProcedureVersion


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet on its way out. `version` differs for each other content."""

    content: bytes
    content_type: str
    version: str


@dataclass(frozen=True, slots=True)
class SheetSource:
    """Sheets that are typeset where no file was uploaded: of which keys there is one, and that one."""

    has: Callable[[Collection[str]], Collection[str]]
    make: Callable[[str], Sheet]
    content_type: str = "application/pdf"


def practice(procedure: Procedure, version: ProcedureVersion) -> Mapping[str, Any]:
    """How a procedure goes in fact, from the topics "catalogue" and "figures" alone."""
    found: Mapping[str, Any] = import_string(settings.PROCEDURE_PRACTICE)(procedure, version)
    return found


def filing_address(procedure: Procedure) -> str:
    """The address at which a citizen begins to fill in this procedure here, "" for none; from the topic "catalogue"
    alone."""
    return str(import_string(settings.FILING_ADDRESS)(procedure))


def sheets() -> SheetSource:
    source: SheetSource = import_string(settings.TYPESET_SHEETS)
    return source
