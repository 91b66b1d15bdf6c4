"""Where what is in force comes from: the province's folder, the national catalogue, or an edit of the province's own."""

from collections.abc import Collection

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
from procedures.editor.actions import Content
from procedures.editor.fields import ENGLISH, FEES, TEXTS
from tenants.folder.applied import last_applied

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


def national_content(procedure: Procedure) -> Content | None:
    """What the national catalogue says: the official file that was imported last, else what ships with the portal.

    None where the procedure was in neither.
    """
    versions = procedure.versions.exclude(text_source=EDITED_TEXT).order_by("-number")
    latest = versions.first()
    names = national.usual_names(procedure.code, procedure.name)

    def said(facts: Facts, source: ProcedureRecord | ProcedureVersion) -> Content:
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
