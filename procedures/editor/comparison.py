"""The difference between two states of a procedure's guidance in lines that people read, and where a state comes from."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from procedures.catalogue.contents import national
from procedures.catalogue.contents.filing_place import usual_place
from procedures.catalogue.contents.guidance import PLACE, written
from procedures.catalogue.contents.local_selection import with_shipped_texts
from procedures.catalogue.folder import catalogue_state
from procedures.catalogue.folder.catalogue import PROCEDURES
from procedures.catalogue.formats.base import ProcedureRecord
from procedures.catalogue.models import Procedure, ProcedureVersion
from procedures.catalogue.versions import EDITED_TEXT, Facts, facts_of, merge
from procedures.catalogue.wording import money
from procedures.editor.fields import ENGLISH, FEES, GROUPS, PARTS, TEXTS, Kind, Part, rows_of, under
from tenants.folder.applied import last_applied
from tenants.text import StrOrPromise, fold


@dataclass(frozen=True, slots=True)
class Line:
    """One field, or one row of a list, that differs; "" where there is nothing."""

    label: str
    before: str
    after: str


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Line]:
    """Return what differs, in the order of the page; papers, steps, fees and legal texts row by row."""
    found = [
        Line(str(field.label), *texts)
        for key, _title, fields in GROUPS
        for field in fields
        for texts in [(_text(under(before, key).get(field.name)), _text(under(after, key).get(field.name)))]
        if texts[0] != texts[1]
    ]
    return [*found, *(line for part in PARTS for line in _rows(part, before, after))]


def changed_keys(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The keys of the content that differ, for the audit log."""
    return sorted(key for key in {*before, *after} if before.get(key) != after.get(key))


def _text(value: Any) -> str:
    return "\n".join(value) if isinstance(value, list) else value or ""


def _rows(part: Part, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Line]:
    """The rows that were added, dropped or changed. A row is known again by its first text, else by its place."""
    old, new = (rows_of(content, part) for content in (before, after))
    pairs = _pairs(part, old, new)
    lines = []
    for place, row in enumerate(new):
        was = pairs.get(place)
        texts = "" if was is None else _row_text(part, old[was]), _row_text(part, row)
        if texts[0] != texts[1]:
            lines.append(Line(f"{part.one} {place + 1}", *texts))
    kept = set(pairs.values())
    gone = (place for place in range(len(old)) if place not in kept)
    lines += [Line(_("%(one)s %(n)d trước đây") % {"one": part.one, "n": place + 1}, _row_text(part, old[place]), "") for place in gone]  # fmt: skip
    if not lines and old != new:
        lines.append(Line(str(part.title), _("thứ tự cũ"), _("thứ tự mới")))
    return lines


def _pairs(part: Part, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> dict[int, int]:
    key = "note" if part.name == "fees" else "name"
    free = dict(enumerate(fold(str(row.get(key, ""))) for row in old))
    found: dict[int, int] = {}
    for place, row in enumerate(new):
        mine = fold(str(row.get(key, "")))
        match = next((was for was, name in free.items() if name == mine), None)
        if match is not None:
            found[place] = match
            del free[match]
    for place in range(len(new)):
        if place not in found and place in free:
            found[place] = place
            del free[place]
    return found


def _row_text(part: Part, row: Mapping[str, Any]) -> str:
    """A row in lines: its first text, then each other value under its label."""
    lines = []
    for field in part.fields:
        value = row.get(field.name)
        if value is None or value is False or value == "":
            continue
        shown: StrOrPromise = str(value)
        if field.kind is Kind.FLAG:
            lines.append(str(field.label))
            continue
        if field.name == "amount" and isinstance(value, int):
            shown = money(value)
        elif field.choices:
            shown = dict(field.choices).get(str(value), str(value))
        lines.append(str(shown) if field is part.fields[0] else f"{field.label}: {shown}")
    return "\n".join(lines)


# --- Where what is in force comes from: the folder, the national catalogue, an edit of the province's own

_FORM_NAMES = {"when_needed": "when", "where_guide": "where", "where": "filed_at"}
"""By column the field of the form, where they differ."""


def from_folder(procedure: Procedure) -> list[str]:
    """The fields of the form, and “fees”, that the folder said of this procedure when it was last applied."""
    left = (last_applied(catalogue_state.STEP) or {}).get(procedure.code, {})
    said = [_FORM_NAMES.get(name, name) for name in (*catalogue_state.STATED_NAMES, "where") if name in left]
    return [*said, *([FEES.name] if catalogue_state.FEE in left else [])]


def sentences(said: Collection[str]) -> list[str]:
    """What applying the folder, which said these fields, or importing a catalogue, does later to what is published."""
    labels = {field.name: field.label for field in TEXTS}
    labels |= {f"english_{field.name}": field.label for field in ENGLISH} | {FEES.name: FEES.title}
    found = []
    if names := [str(labels[name]) for name in said if name in labels]:
        text = _(
            "Thư mục của tỉnh (%(file)s) ghi: %(names)s. Sửa các mục ấy ở đây thì lần `province apply` sau dừng lại, "
            "hỏi giữ bản sửa hay ghi theo tệp; muốn giữ lâu dài thì sửa cả trong thư mục."
        )
        found.append(text % {"file": PROCEDURES, "names": ", ".join(names)})
    text = _(
        "Mục thư mục không ghi: bản đã duyệt ở đây được giữ nguyên khi áp dụng thư mục hay nhập danh mục mới; danh "
        "mục quốc gia nói khác gì thì xem ở “Khác nhau”."
    )
    return [*found, text]


def national_content(procedure: Procedure) -> dict[str, Any] | None:
    """What the national catalogue says: the official file that was imported last, else what ships with the portal.

    None where the procedure was in neither.
    """
    versions = procedure.versions.exclude(text_source=EDITED_TEXT).order_by("-number")
    latest = versions.first()
    names = national.usual_names(procedure.code, procedure.name)

    def said(facts: Facts, source: ProcedureRecord | ProcedureVersion) -> dict[str, Any]:
        # What the province handles is filed with it, unless it says otherwise.
        place = "" if procedure.handled else usual_place(procedure, facts.performer)
        return written(procedure.code, facts, {**names, PLACE: place}, source)

    shipped = next((one for one in national.load().records if one.code == procedure.code), None)
    if shipped and (latest is None or latest.text_source in ("", national.SOURCE, national.EXPLAINED_SOURCE)):
        record = with_shipped_texts(shipped)
        return said(merge(record, None, authoritative=True), record)
    if latest is None:
        return None
    return said(facts_of(latest), latest)
