"""Which papers a dossier should hold, which were handed in, and which are still missing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.text import Truncator
from django.utils.translation import get_language

from dossiers.lifecycle.intake import MAX_PAPER
from dossiers.lifecycle.models import Dossier
from procedures.catalogue.models import Procedure, RequiredDocument
from tenants.organisation import catalogue


@dataclass(frozen=True)
class Paper:
    """A paper of the procedure's list. `always` is false for one that is asked for in some cases alone."""

    name: str
    handed_in: bool
    always: bool
    case: str = ""


@dataclass(frozen=True)
class Checklist:
    """The papers of a procedure held against those of a dossier. `others` were handed in beyond the list."""

    papers: tuple[Paper, ...]
    others: tuple[str, ...]

    @property
    def wanted(self) -> int:
        """How many papers everybody has to hand in."""
        return sum(paper.always for paper in self.papers)

    @property
    def present(self) -> int:
        return sum(paper.always and paper.handed_in for paper in self.papers)

    @property
    def is_comparable(self) -> bool:
        """Whether the list says something about this dossier: one written down in other words matches nothing."""
        return bool(self.wanted) and (self.present > 0 or not self.others)

    @property
    def missing(self) -> tuple[str, ...]:
        """Papers of the list that everybody has to hand in and that are not there."""
        if not self.is_comparable:
            return ()
        return tuple(paper.name for paper in self.papers if paper.always and not paper.handed_in)


def demanded_of(procedure: Procedure | None) -> list[RequiredDocument]:
    """The papers that the procedure in force asks for, in its order."""
    if procedure is None or procedure.current_version_id is None:
        return []
    return list(RequiredDocument.objects.filter(version=procedure.current_version_id))


def name_of(paper: RequiredDocument) -> str:
    """The name of a paper at a length that a receipt can hold."""
    return Truncator(" ".join(paper.name.split())).chars(MAX_PAPER)


def checklist(dossier: Dossier) -> Checklist:
    """The list of the procedure under which this dossier was received, against what was handed in."""
    asked = RequiredDocument.objects.filter(version=dossier.procedure_version_id)
    named = [(name_of(paper), paper) for paper in asked]
    known = {name for name, _ in named}
    return Checklist(
        papers=tuple(
            Paper(name, name in dossier.documents, paper.required and not paper.case, paper.case)
            for name, paper in named
        ),
        others=tuple(name for name in dossier.documents if name not in known),
    )


def askable(dossier: Dossier) -> tuple[str, ...]:
    """Every paper that may be asked for by its name: those of the procedure's list, then what else was handed in."""
    found = checklist(dossier)
    return tuple(dict.fromkeys((*(paper.name for paper in found.papers), *found.others)))


def names_in_list(dossier: Dossier, papers: Iterable[str]) -> list[str]:
    """For each paper its name among those that may be asked for, as a request may add what is wrong: "Tờ khai" for
    "Tờ khai: chưa ký". A paper that is none of them keeps its own."""
    names = sorted((name[:MAX_PAPER] for name in askable(dossier)), key=len)
    return [next((name for name in names if name and is_of(paper, name)), paper) for paper in papers]


def is_of(line: str, name: str) -> bool:
    """Whether a line of a request names this paper: "Tờ khai: chưa ký" the paper "Tờ khai"."""
    return f"{line}: ".startswith(f"{name}: ")


@dataclass(frozen=True)
class Requested:
    """A line of a request as it was written; where what it names has an English name and the reader reads English, that
    name, and the `rest` of the line: what the desk added."""

    name: str
    english: str = ""
    rest: str = ""


def named(
    dossier: Dossier, lines: Iterable[str], english: Mapping[str, str] | None = None
) -> list[Requested]:
    """Lines of a request to the citizen, for readers of English with the names of the procedure's list, or these
    `english` ones ("" for none), which are kept with the catalogue."""
    if get_language() != "en":
        return [Requested(line) for line in lines]
    version = dossier.procedure_version_id
    papers = RequiredDocument.objects.filter(version=version).exclude(english="")
    listed = catalogue.kept(
        ("english papers", version), lambda: {name_of(one): one.english for one in papers}
    )
    names = {**(english or {}), **listed}
    found = []
    for line in lines:
        name = next((one for one in names if names[one] and is_of(line, one)), "")
        found.append(Requested(line, names[name], line.removeprefix(name)) if name else Requested(line))
    return found


def with_fault(name: str, fault: str) -> str:
    """A paper and what is wrong with it in one line, at a length that a message can hold: "Tờ khai: chưa ký"."""
    fault = " ".join(fault.split())
    if not fault:
        return name
    return f"{Truncator(name).chars(max(MAX_PAPER - len(fault) - 2, 1))}: {fault}"
