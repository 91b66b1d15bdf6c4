"""The catalogue part of a province's folder: `catalogue.yaml`, `procedures.csv`, `terms.csv`, `synonyms.csv`.

Only the first is needed. All faults are collected and named as “file:row: sentence”, so that the province
gets one list to work through.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from procedures import national
from procedures.catalogue import CatalogueError, Report
from procedures.formats.base import LEVELS, FeeItem, base_code, one_line
from procedures.formats.own_csv import decode, table
from procedures.formats.terms import read_term
from procedures.indexing import MAX_SHORT_NAME
from procedures.models import FeeKind, FilingMode
from procedures.selection import CatalogueSelection, LocalData, LocalTerm, apply_selection
from tenants.onboarding.folder import Folder
from tenants.onboarding.problems import Problem, Refused
from tenants.onboarding.registry import Progress, Step, StepReport
from tenants.onboarding.registry import register as register_step

PROCEDURE_COLUMNS = (
    "code",
    "agency",
    "filing_mode",
    "short_name",
    "everyday",
    "where",
    "fee_kind",
    "fee_amount",
    "fee_note",
    "fee_online_note",
)
TERM_COLUMNS = ("code", "value", "unit", "decision")
SYNONYM_COLUMNS = ("everyday", "official")
_YAML_FIELDS = {"version", "levels", "sectors", "excluded_sectors", "add", "remove"}


class SelectionError(CatalogueError):
    """The folder's catalogue files are faulty; ``faults`` are “file:row: sentence”, all of them."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def read_selection(folder: Path) -> CatalogueSelection:
    """Return the selection written in a province's folder; touches no database.

    Raises :class:`SelectionError` with every fault of every file.
    """
    return _Folder(folder).selection()


def register() -> None:
    """Add the catalogue to the steps by which a province is brought to life."""
    register_step(
        Step(
            code="catalogue",
            title=gettext_lazy("Danh mục thủ tục"),
            validate=_validate_step,
            apply=_apply_step,
            order=40,
            files=("catalogue.yaml", "procedures.csv", "terms.csv", "synonyms.csv"),
        )
    )


def _validate_step(folder: Folder) -> list[Problem]:
    try:
        selection = read_selection(folder.path)
    except SelectionError as error:
        return [Problem.parse(fault, "catalogue.yaml") for fault in error.faults]
    shipped = {record.code for record in national.load().records}
    text = _("%(code)s không có trong danh mục đi kèm; phải nhập danh mục có mã này trước.")
    # Only a remark: the province may have imported the code from an official file.
    return [
        Problem("catalogue.yaml", 0, text % {"code": code}, blocks=False)
        for code in sorted({*selection.added, *selection.removed, *selection.local} - shipped)
    ]


def _apply_step(folder: Folder, progress: Progress) -> StepReport:
    try:
        report = apply_catalogue(read_selection(folder.path))
    except CatalogueError as error:
        raise Refused([Problem("catalogue.yaml", 0, str(error))]) from error
    notes = [
        _("%(handled)d thủ tục tỉnh giải quyết, %(information)d thủ tục để tra cứu thông tin.")
        % {"handled": report.handled, "information": report.information_only},
        *report.notes,
    ]
    if report.without_term:
        notes.append(_("%(n)d thủ tục chưa rõ thời hạn.") % {"n": len(report.without_term)})
    return StepReport(
        added=len(report.added),
        changed=len(report.changed) + report.local_changes,
        hidden=len(report.hidden),
        unchanged=report.unchanged,
        notes=notes,
    )


def apply_catalogue(selection: CatalogueSelection) -> Report:
    """Apply *selection* to the present province; see :func:`procedures.selection.apply_selection`."""
    return apply_selection(selection)


class _Fault(Exception):
    """What is wrong with one row, in words."""


class _Folder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []

    def selection(self) -> CatalogueSelection:
        chosen = self._chosen()
        rows = dict(self._rows("procedures.csv", PROCEDURE_COLUMNS, _local_data))
        terms = dict(self._rows("terms.csv", TERM_COLUMNS, _local_term))
        synonyms = tuple(key for key, _nothing in self._rows("synonyms.csv", SYNONYM_COLUMNS, _synonym))
        if self.faults:
            raise SelectionError(self.faults)
        local = {code: _with_term(rows.get(code, LocalData()), terms.get(code)) for code in {**rows, **terms}}
        return CatalogueSelection(**chosen, local=local, synonyms=synonyms)

    def _chosen(self) -> dict[str, Any]:
        name = "catalogue.yaml"
        try:
            fields = yaml.safe_load((self.folder / name).read_text(encoding="utf-8")) or {}
        except FileNotFoundError:
            self.faults.append(_("%(file)s: thiếu tệp.") % {"file": name})
            return {}
        except (OSError, ValueError, yaml.YAMLError) as error:
            mark = getattr(error, "problem_mark", None)
            row = mark.line + 1 if mark else 1
            self.faults.append(_("%(file)s:%(row)d: không phải YAML đọc được.") % {"file": name, "row": row})
            return {}
        if not isinstance(fields, dict):
            self.faults.append(_("%(file)s:1: phải là các cặp tên và giá trị.") % {"file": name})
            return {}
        for field in set(fields) - _YAML_FIELDS:
            self.faults.append(_("%(file)s:1: không có mục “%(field)s”.") % {"file": name, "field": field})
        chosen: dict[str, Any] = {}
        if "levels" in fields:
            chosen["levels"] = self._texts(
                name, fields, "levels", lambda text: text if text in LEVELS else ""
            )
        for field in ("sectors", "excluded_sectors"):
            chosen[field] = self._texts(name, fields, field, one_line)
        chosen["added"] = frozenset(self._texts(name, fields, "add", base_code))
        chosen["removed"] = frozenset(self._texts(name, fields, "remove", base_code))
        return chosen

    def _texts(
        self, name: str, fields: dict[str, Any], field: str, read: Callable[[str], str]
    ) -> tuple[str, ...]:
        values = fields.get(field) or []
        if not isinstance(values, list):
            self.faults.append(
                _("%(file)s:1: “%(field)s” phải là danh sách.") % {"file": name, "field": field}
            )
            return ()
        texts = []
        for value in values:
            try:
                text = read(value) if isinstance(value, str) else ""
            except ValueError:
                text = ""
            if text:
                texts.append(text)
            else:
                message = _(
                    "%(file)s:1: “%(field)s” có giá trị không hiểu được: %(value)s (mã phải đặt trong nháy)."
                )
                self.faults.append(message % {"file": name, "field": field, "value": str(value)[:60]})
        return tuple(texts)

    def _rows(
        self, name: str, columns: tuple[str, ...], read: Callable[[int, dict[str, str]], tuple[Any, Any]]
    ) -> list[tuple[Any, Any]]:
        path = self.folder / name
        if not path.exists():
            return []
        found: dict[Any, Any] = {}
        try:
            for row, cells in table(decode(path.read_bytes()), columns, columns[:1]):
                try:
                    clean_cells = {column: one_line(cell) for column, cell in cells.items()}
                    key, value = read(row, clean_cells)
                    if key in found:
                        shown = key if isinstance(key, str) else " → ".join(key)
                        raise _Fault(_("%(key)s có hai dòng.") % {"key": shown})
                    found[key] = value
                except (_Fault, ValueError) as fault:
                    self.faults.append(f"{name}:{row}: {fault}")
        except (CatalogueError, OSError) as error:
            self.faults.append(f"{name}:1: {error}")
        return list(found.items())


def _code(cells: dict[str, str]) -> str:
    code = base_code(cells["code"])
    if not code:
        raise _Fault(_("mã thủ tục “%(code)s” phải có dạng 1.000894.") % {"code": cells["code"][:40]})
    return code


def _local_data(row: int, cells: dict[str, str]) -> tuple[str, LocalData]:
    code = _code(cells)
    mode = cells.get("filing_mode", "")
    if mode and mode not in FilingMode.values:
        known = ", ".join(FilingMode.values)
        raise _Fault(
            _("cách nộp “%(mode)s” phải là một trong: %(known)s.") % {"mode": mode[:40], "known": known}
        )
    if len(cells.get("short_name", "")) > MAX_SHORT_NAME:
        raise _Fault(_("tên gọn dài quá %(limit)d ký tự.") % {"limit": MAX_SHORT_NAME})
    for column in ("everyday", "where"):
        if len(cells.get(column, "")) > 300:
            raise _Fault(_("cột %(column)s dài quá 300 ký tự.") % {"column": column})
    return code, LocalData(
        agency=cells.get("agency", ""),
        filing_mode=mode,
        short_name=cells.get("short_name", ""),
        everyday=cells.get("everyday", ""),
        where=cells.get("where", ""),
        fees=_local_fee(cells),
    )


def _local_fee(cells: dict[str, str]) -> tuple[FeeItem, ...]:
    kind, amount = cells.get("fee_kind", ""), cells.get("fee_amount", "").replace(".", "")
    note, online_note = cells.get("fee_note", ""), cells.get("fee_online_note", "")
    if not (kind or amount or note or online_note):
        return ()
    if kind and kind not in FeeKind.values:
        raise _Fault(_("loại phí “%(kind)s” phải là phi hoặc le_phi.") % {"kind": kind[:40]})
    if amount and not (amount.isascii() and amount.isdigit() and len(amount) <= 12):
        raise _Fault(_("mức thu “%(amount)s” phải là số đồng.") % {"amount": amount[:40]})
    return (FeeItem(kind, int(amount) if amount else None, note, online_note),)


def _local_term(row: int, cells: dict[str, str]) -> tuple[str, LocalTerm]:
    code = _code(cells)
    cell = (cells.get("value", ""), cells.get("unit", ""))
    term, problems = read_term(row, code, ("value", "unit"), [cell])
    if problems or not term.unit:
        reason = problems[0].reason if problems else _("thiếu thời hạn")
        raise _Fault(_("%(code)s: %(reason)s.") % {"code": code, "reason": reason.split(";")[0]})
    if not cells.get("decision"):
        raise _Fault(_("%(code)s: thiếu số quyết định quy định thời hạn.") % {"code": code})
    if len(cells["decision"]) > 200:
        raise _Fault(_("%(code)s: số quyết định dài quá 200 ký tự.") % {"code": code})
    return code, LocalTerm(term, cells["decision"])


def _synonym(row: int, cells: dict[str, str]) -> tuple[tuple[str, str], None]:
    everyday, official = cells["everyday"], cells.get("official", "")
    if not everyday or not official or len(everyday) > 100 or len(official) > 300:
        raise _Fault(_("cần từ thường dùng (tối đa 100 ký tự) và từ chính thức (tối đa 300)."))
    return (everyday, official), None


def _with_term(local: LocalData, term: LocalTerm | None) -> LocalData:
    return replace(local, term=term)
