"""Reading a printed form as its holder would: the words, the picture, the codes in it."""

import io
import re
from collections.abc import Iterable

import pypdfium2
import zxingcpp
from PIL import Image

DPI = 200
FOOT = {False: 33, True: 44}
"""Height of the foot in points, on A5 and on A4."""
BLANK = re.compile(r"[\s\u200b\ufffe]+")


def words(pdf: bytes) -> str:
    """All text of all pages but the line at the foot, each run of spaces and line breaks as one space."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = [
            page.get_textpage().get_text_bounded(bottom=FOOT[min(page.get_size()) > 500]) for page in document
        ]
    return BLANK.sub(" ", " ".join(pages))


def lost(pdf: bytes, texts: Iterable[str]) -> list[str]:
    """Which of these do not stand on the form, wherever its lines break."""
    shown = BLANK.sub("", words(pdf))
    return [text for text in texts if BLANK.sub("", text) not in shown]


def holds(pdf: bytes, text: str) -> bool:
    return not lost(pdf, [text])


def pictures(pdf: bytes) -> list[Image.Image]:
    """The pages as an office printer would put them on paper."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.render(scale=DPI / 72).to_pil() for page in document]


def codes(pdf: bytes) -> dict[str, str]:
    """What a scanner reads on the first page: by kind of code."""
    return {str(found.format): found.text for found in zxingcpp.read_barcodes(pictures(pdf)[0])}


def sheets(pdf: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in mm."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [tuple(round(side * 25.4 / 72) for side in page.get_size()) for page in document]  # type: ignore[misc]


def metadata(pdf: bytes) -> str:
    """The XMP packet, which carries the claim to be PDF/A."""
    from pypdf import PdfReader

    stream = PdfReader(io.BytesIO(pdf)).root_object["/Metadata"]
    return stream.get_object().get_data().decode()


def ink_at_edges(pdf: bytes, mm: float = 5) -> bool:
    """Whether anything is printed where a printer cannot print."""
    edge = round(mm * DPI / 25.4)
    for picture in pictures(pdf):
        grey = picture.convert("L")
        inner = grey.copy()
        inner.paste(255, (edge, edge, grey.width - edge, grey.height - edge))
        if inner.getextrema()[0] < 128:
            return True
    return False
