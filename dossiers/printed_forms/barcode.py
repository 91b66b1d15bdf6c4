"""The Code 128 bar code of a dossier: the bare code, for the scanners of the desk.

Vietnamese input software garbles an address that a scanner types; a dossier code survives it.
"""

from itertools import groupby

from barcode.codex import Code128
from django.utils.safestring import SafeString, mark_safe

MODULE_MM = 0.33
QUIET_ZONE_MODULES = 10
HEIGHT_MM = 11


def svg(code: str) -> tuple[SafeString, float]:
    """The bars as an SVG image with its quiet zones, and its width in mm at the size meant for print."""
    bits = "0" * QUIET_ZONE_MODULES + Code128(code).build()[0] + "0" * QUIET_ZONE_MODULES
    bars, x = [], 0
    for bit, run in groupby(bits):
        length = len(list(run))
        if bit == "1":
            bars.append(f"M{x} 0h{length}v1h-{length}z")
        x += length
    width = len(bits) * MODULE_MM
    return mark_safe(  # noqa: S308 – made here, holds no foreign text
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.2f}mm" height="{HEIGHT_MM}mm" '
        f'viewBox="0 0 {len(bits)} 1" preserveAspectRatio="none"><path d="{"".join(bars)}"/></svg>'
    ), width
