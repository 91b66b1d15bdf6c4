"""Which procedures are complaints, denunciations or conciliations.

The difference decides what a stranger may see: a complaint shows nothing without its lookup key
(Luật Khiếu nại 02/2011/QH13), and a denunciation protects the denouncer (Luật Tố cáo 25/2018/QH14),
so this portal never handles one. Known codes come first; an unknown code is recognised by its name,
because being too private costs less than being too open.
"""

from enum import StrEnum

from tenants.text import fold


class Kind(StrEnum):
    NORMAL = "normal"
    COMPLAINT = "complaint"
    DENUNCIATION = "denunciation"
    CONCILIATION = "conciliation"


KINDS_BY_CODE = {
    "1.000178": Kind.COMPLAINT,
    "1.003504": Kind.COMPLAINT,
    "1.004335": Kind.COMPLAINT,
    "2.000592": Kind.COMPLAINT,
    "1.003482": Kind.DENUNCIATION,
    "1.003523": Kind.DENUNCIATION,
    "1.004327": Kind.DENUNCIATION,
    "1.012812": Kind.CONCILIATION,
}

_KINDS_BY_NAME = (
    ("giai quyet to cao", Kind.DENUNCIATION),
    ("giai quyet khieu nai", Kind.COMPLAINT),
    ("hoa giai tranh chap dat dai", Kind.CONCILIATION),
)


def kind_of(code: str, name: str) -> Kind:
    """Return the kind of the procedure with this national code and official name."""
    known = KINDS_BY_CODE.get(code)
    if known is not None:
        return known
    folded = fold(name)
    return next((kind for phrase, kind in _KINDS_BY_NAME if phrase in folded), Kind.NORMAL)
