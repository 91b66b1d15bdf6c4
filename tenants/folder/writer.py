"""A folder being written from what stands in a province."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from tenants.folder.spreadsheets import safe


class Draft:
    """Files by name, with what could not be written in any."""

    def __init__(self, slug: str) -> None:
        self.slug = slug
        self.files: dict[str, str] = {}
        self.notes: list[str] = []

    def text(self, file: str, content: str) -> None:
        """A file as it stands."""
        self.files[file] = content

    def table(
        self,
        file: str,
        columns: Sequence[str],
        rows: Iterable[Mapping[str, str]],
        note: str = "",
        *,
        empty: bool = False,
    ) -> None:
        """A CSV file under a comment; without rows only if it may be `empty`. No cell runs as a formula."""
        stream = io.StringIO()
        writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
        writer.writeheader()
        count = 0
        for row in rows:
            writer.writerow({name: safe(cell) for name, cell in row.items()})
            count += 1
        if count or empty:
            self.files[file] = _comment(note) + stream.getvalue()

    def document(self, file: str, data: Mapping[str, Any], note: str) -> None:
        """A YAML file under a comment, every text in quotes where YAML could take it for something else."""
        self.files[file] = _comment(note) + as_yaml(data)


def _comment(note: str) -> str:
    return "".join(f"# {line}\n" for line in note.splitlines())


def as_yaml(data: Any) -> str:
    """Data as our reader reads it: block style, in its own order, Vietnamese unescaped, no aliases."""
    written: str = yaml.dump(
        data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=None
    )
    return written


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True
