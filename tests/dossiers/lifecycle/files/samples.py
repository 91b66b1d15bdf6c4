"""Files for tests: real ones made on the spot, and the ways in which people and attackers spoil them."""

import io
import zlib
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

UPRIGHT = (40, 60)
RED, BLUE = (220, 30, 30), (30, 30, 220)
SECRET_PLACE = b"Trai Minh Hoa"
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def upload(content: bytes, name: str) -> SimpleUploadedFile:
    """As a browser sends it. What it says of the type is not believed, so it says something else."""
    return SimpleUploadedFile(name, content, content_type="text/html")


def picture(size: tuple[int, int] = UPRIGHT) -> Image.Image:
    """Red above, blue below."""
    made = Image.new("RGB", size, RED)
    made.paste(BLUE, (0, size[1] // 2, size[0], size[1]))
    return made


def jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    stream = io.BytesIO()
    (image or picture()).save(stream, "JPEG", quality=95, **options)
    return stream.getvalue()


def png(image: Image.Image | None = None, **options: Any) -> bytes:
    stream = io.BytesIO()
    (image or picture()).save(stream, "PNG", **options)
    return stream.getvalue()


def jpeg_of_a_telephone() -> bytes:
    """Lies on its side, with a note to turn it, the place where it was taken, and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "May anh minh hoa"
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (IFDRational(12), IFDRational(40), IFDRational(0)), 3: "E", 4: (108, 3, 0)}
    )
    lying = picture().transpose(Image.Transpose.ROTATE_90)
    return jpeg(lying, exif=exif.tobytes(), comment=SECRET_PLACE, icc_profile=SECRET_PLACE * 10)


def png_bomb(side: int = 60_000) -> bytes:
    """A few hundred bytes that say they are so many pixels wide and high."""
    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")
        for kind, body in (
            (b"IHDR", header),
            (b"IDAT", zlib.compress(bytes(1000))),
            (b"IEND", b""),
        )
    )


def pdf(spoil: Callable[[PdfWriter], object] | None = None, pages: int = 1) -> bytes:
    """Empty pages, after `spoil` has added to the document."""
    writer = PdfWriter()
    for _page in range(pages):
        writer.add_blank_page(595, 842)
    if spoil is not None:
        spoil(writer)
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def entry(**values: Any) -> DictionaryObject:
    """A dictionary object: names and values as pypdf has them."""
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in values.items()})


def name(text: str) -> NameObject:
    return NameObject(f"/{text}")


def script() -> DictionaryObject:
    return entry(S=name("JavaScript"), JS=TextStringObject("app.alert(1)"))


def in_catalogue(key: str, value: Any) -> Callable[[PdfWriter], object]:
    return lambda writer: writer._root_object.__setitem__(NameObject(f"/{key}"), value)


def on_page(**annotation: Any) -> Callable[[PdfWriter], object]:
    """An annotation of this kind on the first page, behind a reference."""

    def add(writer: PdfWriter) -> None:
        made = entry(Type=name("Annot"), Rect=ArrayObject([NumberObject(0)] * 4), **annotation)
        writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(made)])

    return add


def lonely_script(writer: PdfWriter) -> None:
    """An action that nothing refers to (yet)."""
    writer._add_object(script())


def stream_object(**values: Any) -> StreamObject:
    made = StreamObject()
    made.set_data(b"x")
    made.update(entry(**values))
    return made


OBJECTS = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
}
HIDDEN_SCRIPT = {
    1: b"<</Type/Catalog/Pages 2 0 R/Names<</A 4 0 R>>>>",
    2: OBJECTS[2],
    3: OBJECTS[3],
    4: b"<</S/J#61vaScript/JS(app.alert\\(1\\))>>",
}


def packed_pdf(objects: dict[int, bytes], *, listed: bool = True) -> bytes:
    """A PDF 1.5 whose objects lie compressed in one stream; without `listed` the catalogue knows an empty page
    only, and the stream is there for readers that repair."""
    head = body = b""
    for number, text in objects.items():
        head += b"%d %d " % (number, len(body))
        body += text + b"\n"
    data = zlib.compress(head + body)
    packed, table = max(objects) + 1, max(objects) + 2
    written = b"%PDF-1.5\n"
    at = len(written)
    written += (
        b"%d 0 obj\n<</Type/ObjStm/N %d/First %d/Length %d/Filter/FlateDecode>>\nstream\n"
        % (packed, len(objects), len(head), len(data))
        + data
        + b"\nendstream\nendobj\n"
    )
    if not listed:
        return written + _plain(len(written))
    rows = b"\0" * 7
    rows += b"".join(
        b"\2" + packed.to_bytes(4, "big") + index.to_bytes(2, "big") for index in range(len(objects))
    )
    rows += b"".join(b"\1" + place.to_bytes(4, "big") + b"\0\0" for place in (at, len(written)))
    rows = zlib.compress(rows)
    end = len(written)
    return written + (
        b"%d 0 obj\n<</Type/XRef/Size %d/W[1 4 2]/Root 1 0 R/Length %d/Filter/FlateDecode>>\nstream\n"
        % (table, table + 1, len(rows))
        + rows
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % end
    )


def _plain(before: int) -> bytes:
    """One empty page, with its table of contents, to stand after this many bytes."""
    written, places = b"", []
    for number, text in OBJECTS.items():
        places.append(before + len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    table = before + len(written)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    return written + (
        b"xref\n0 4\n0000000000 65535 f \n" + rows + b"trailer\n<</Size 4/Root 1 0 R>>\n"
        b"startxref\n%d\n%%%%EOF\n" % table
    )
