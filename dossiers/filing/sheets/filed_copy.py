"""The copy of what a citizen declared when filing online, as a sheet to keep."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from dossiers.deadlines import wording
from dossiers.filing.public.answers import AnswerGroup
from dossiers.lifecycle.models.dossier import Dossier
from dossiers.printing import contents, typst_pool
from dossiers.printing.circulars import FOLDER


def print_copy(
    dossier: Dossier, groups: Sequence[AnswerGroup], *, filed_at: datetime, changed_at: datetime | None
) -> bytes:
    """The sheet as PDF/A: each question with its answer and what stood there before, in the words that the page shows."""
    content = {
        **contents.blank(dossier.receiving_agency, filed_at),
        "title": "BẢN SAO NHỮNG ĐIỀU ĐÃ KHAI",
        "landscape": False,
        "code": dossier.code,
        "procedure": dossier.procedure.short_name,
        "filed": wording.moment(filed_at),
        "changed": wording.moment(changed_at) if changed_at else "",
        "groups": [
            {
                "title": group.title,
                "rows": [
                    {
                        "label": row.label,
                        "lines": row.lines or ["–"],
                        "earlier": [
                            {"lines": one.lines, "when": wording.moment(one.at)} for one in row.earlier
                        ],
                    }
                    for row in group.rows
                ],
            }
            for group in groups
        ],
    }
    return typst_pool.render(_source(), content, at=changed_at or filed_at)


@cache
def _source() -> str:
    return (FOLDER / "filed_copy.typ").read_text(encoding="utf-8")
