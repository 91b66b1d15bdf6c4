"""Tables of a province that are written and read as files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tenants.folder.folder import Folder
from tenants.folder.manifest import FormerProvince, Manifest
from tenants.folder.steps import StepReport
from tenants.isolation.context import current_province

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


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
    title: "StrOrPromise"
    explained: "StrOrPromise"
    file: str
    key: tuple[str, ...]
    name: str
    columns: Mapping[str, "StrOrPromise"]
    rows: Callable[[], Iterable[Row]]
    apply: Callable[[Path, bool], StepReport]
    takes_others: bool = False
    may_hide: bool = False


def present_folder(path: Path) -> Folder:
    """A folder with files of the present province, whose manifest is the province itself."""
    province = current_province()
    # Not validated: a paused province, say, has a state that no file may give.
    manifest = Manifest.model_construct(
        slug=province.slug,
        name=province.name,
        short_name=province.short_name,
        agency_code=province.agency_code,
        merged_from=tuple(
            FormerProvince.model_construct(agency_code=code, name="") for code in province.merged_codes
        ),
        hosts=(province.host,),
        demo=province.demo,
    )
    return Folder(province.slug, path, manifest, ())
