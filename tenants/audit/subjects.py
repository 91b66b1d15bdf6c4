"""What an entry of the audit log is about: its name and its page. Rooms register the kinds of their subjects."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Model, Q, QuerySet

from tenants.audit.models import AuditEntry
from tenants.registry import Registry

PARAMETER = "doi-tuong"
"""The parameter of the log's address that names one subject, see `address_of`."""


@dataclass(frozen=True, slots=True)
class Named:
    """What people call a subject, and its page; `url` is empty where there is none."""

    name: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """Subjects "<prefix>:<key>" of actions "<act>.…"; `acts` are empty where the prefix alone says what it is.

    `find` names keys, in at most one statement; it names no citizen. `model` is the label of the table whose rows
    these are by their attribute `key_name`, for links from their pages; empty for others.
    """

    code: str
    prefix: str
    find: Callable[[Collection[str]], Mapping[str, Named]]
    acts: frozenset[str] = frozenset()
    model: str = ""
    key_name: str = "pk"

    def key_in(self, entry: AuditEntry) -> str | None:
        """The key of an entry's subject; None for an entry of another kind."""
        prefix, _colon, key = entry.subject.partition(":")
        fits = not self.acts or entry.action.partition(".")[0] in self.acts
        return key if prefix == self.prefix and key and fits else None


kinds = Registry[SubjectKind](lambda kind: kind.code)


def named(entries: Iterable[AuditEntry]) -> dict[int, Named]:
    """By primary key of the entry the name of its subject: a statement for each kind among them.

    Entries of no registered kind, and of rows that are gone, are missing.
    """
    entries, found = list(entries), dict[int, Named]()
    for kind in kinds:
        keys = {entry.pk: key for entry in entries if (key := kind.key_in(entry)) is not None}
        names = kind.find(set(keys.values())) if keys else {}
        found |= {pk: names[key] for pk, key in keys.items() if key in names}
    return found


def address_of(row: Model) -> str:
    """The parameter that narrows the log to this row; empty where no kind of its model is registered."""
    kind = next((kind for kind in kinds if kind.model == row._meta.label_lower), None)
    return f"{kind.code}:{getattr(row, kind.key_name)}" if kind else ""


def about(entries: QuerySet[AuditEntry], address: str) -> QuerySet[AuditEntry]:
    """The entries about the subject of this parameter, none for one that is no subject."""
    code, _colon, key = address.partition(":")
    kind = kinds.get(code)
    if kind is None or not key:
        return entries.none()
    acts = Q()
    for act in kind.acts:
        acts |= Q(action__startswith=f"{act}.")
    return entries.filter(acts, subject=f"{kind.prefix}:{key}")


def numbers(keys: Collection[str]) -> list[int]:
    return [int(key) for key in keys if key.isascii() and key.isdecimal() and len(key) <= 18]
