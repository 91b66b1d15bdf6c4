"""Tables of a province that are written and read as files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tenants.folder.folder import Folder
from tenants.folder.manifest import FormerProvince, Manifest
from tenants.folder.problems import Refused, blocking
from tenants.folder.readers.spreadsheets import as_csv
from tenants.folder.steps import AnyStep, State, StepReport
from tenants.isolation.context import current_province
from tenants.text import StrOrPromise

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A table of the province.

    `file` is the name under which `apply` expects the CSV file; `apply(path, hide_missing)` writes it into the
    present province, all or nothing, and raises Refused for a faulty one; applied again it reports 0 changes.
    `rows()` are what an export holds, and what a file is compared with: `key` names a row, `name` is the column
    that people know it by. `columns` say what each column means. With `takes_others` also files of other kinds
    are handed to `apply` as they are; with `may_hide` rows that the file lacks can be hidden.
    """

    code: str
    title: StrOrPromise
    explained: StrOrPromise
    file: str
    key: tuple[str, ...]
    name: str
    columns: Mapping[str, StrOrPromise]
    rows: Callable[[], Iterable[Row]]
    apply: Callable[[Path, bool], StepReport]
    takes_others: bool = False
    may_hide: bool = False

    def by_key(self) -> State:
        """The rows as a step tells its state."""
        return {" · ".join(row[column] for column in self.key): row for row in self.rows()}


def apply_table(step: AnyStep, path: Path, beside: Part | None = None) -> StepReport:
    """Apply a step to the present province by one file; another part stands `beside` it as the province has it.

    The manifest is the province itself. Raises Refused.
    """
    if beside:
        path.with_name(beside.file).write_text(as_csv(tuple(beside.columns), beside.rows()), encoding="utf-8")
    province = current_province()
    # Not validated: a paused province, say, has a state that no file may give.
    manifest = Manifest.model_construct(
        slug=province.slug,
        name=province.name,
        short_name=province.short_name,
        agency_code=province.agency_code,
        merged_from=tuple(FormerProvince.model_construct(agency_code=code) for code in province.merged_codes),
        hosts=(province.host,),
        demo=province.demo,
    )
    folder = Folder(province.slug, path.parent, manifest, ())
    if faults := blocking(step.validate(folder)):
        raise Refused(faults)
    return step.apply(folder)
