"""QR codes: an address for any telephone's camera, on slips, pages and posters, which show it in words too."""

import io
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    import qrcode

QUIET_ZONE_MODULES = 4
MASK = 3
"""Any mask is undone by every reader; trying all eight costs more than typesetting the form. None suits an
address better than another, for its end is random."""


def svg(text: str) -> SafeString:
    """An <svg> element to stand inside a page, black on white with its quiet zone."""
    rows = _code(text).get_matrix()
    bars = "".join(_bars(row, y) for y, row in enumerate(rows))
    size = len(rows)
    return mark_safe(  # noqa: S308 – made here, holds no foreign text
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}mm" height="{size}mm" viewBox="0 0 {size} {size}">'
        f'<path fill="#000" d="{bars}"/></svg>'
    )


def png(text: str, *, note: str = "") -> bytes:
    """The same as a PNG file; `note` is written into it as its comment."""
    from PIL.PngImagePlugin import PngInfo  # slow to import

    stream = io.BytesIO()
    information = PngInfo()
    if note:
        information.add_itxt("Comment", note, lang="vi")
    _code(text, box=8).make_image().save(stream, "PNG", pnginfo=information)
    return stream.getvalue()


def _bars(row: list[bool], y: int) -> str:
    """The dark runs of one row as subpaths."""
    bars, x = [], 0
    for dark, run in groupby(row):
        length = len(list(run))
        if dark:
            bars.append(f"M{x} {y}h{length}v1h-{length}z")
        x += length
    return "".join(bars)


def _code(text: str, box: int = 10) -> "qrcode.QRCode":
    import qrcode  # slow to import

    code = qrcode.QRCode(
        error_correction=qrcode.ERROR_CORRECT_M, border=QUIET_ZONE_MODULES, box_size=box, mask_pattern=MASK
    )
    code.add_data(text)
    code.make(fit=True)
    return code


@dataclass(frozen=True, slots=True)
class Poster:
    """A poster for a wall. `url` is a full address; `back` the page that the poster was opened from."""

    title: str
    lead: str
    url: str
    back: str
    place: str = ""
    phone: str = ""
    hours: str = ""

    @property
    def qr(self) -> SafeString:
        """The code with its quiet zone; the stylesheet says how large it is."""
        return svg(self.url)

    @property
    def address(self) -> str:
        """The address as people type it: without https://, which browsers add, and without the last slash."""
        return self.url.removeprefix("https://").removeprefix("http://").rstrip("/")

    @property
    def address_parts(self) -> list[str]:
        """The address in the parts between which a line may break: after each slash."""
        *before, last = self.address.split("/")
        return [*(f"{part}/" for part in before), last]
