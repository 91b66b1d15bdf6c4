"""The QR code of a slip: the address of the dossier's page, for any telephone's camera."""

import io

import qrcode
from django.utils.safestring import SafeString, mark_safe
from PIL.PngImagePlugin import PngInfo
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage

QUIET_ZONE_MODULES = 4


def svg(text: str) -> SafeString:
    """An <svg> element to stand inside a page, black on white with its quiet zone."""
    image = _code(text).make_image(image_factory=SvgPathImage)
    return mark_safe(image.to_string(encoding="unicode"))  # noqa: S308 – made here, holds no foreign text


def png(text: str, *, note: str = "", pixels_per_module: int = 8) -> bytes:
    """The same as a PNG file; `note` is written into it as its comment."""
    stream = io.BytesIO()
    information = PngInfo()
    if note:
        information.add_itxt("Comment", note, lang="vi")
    _code(text, pixels_per_module).make_image().save(stream, "PNG", pnginfo=information)
    return stream.getvalue()


def _code(text: str, box: int = 10) -> qrcode.QRCode:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE_MODULES, box_size=box)
    code.add_data(text)
    code.make(fit=True)
    return code
