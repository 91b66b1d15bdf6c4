"""The program that opens strangers' files: a process of its own, without secrets, with little memory and time.

Run by `sealed`, with the file on its input; it imports nothing of the portal, which never imports it. On its output:
one line of JSON, then, for a picture, the bytes of the picture written anew. The line holds either `refused` (a word of
REFUSALS) and perhaps `what`, or what was found.
"""

import io
import json
import os
import re
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

REFUSALS = ("broken", "pixels", "animated", "encrypted", "active", "office", "complex")

MAX_OBJECTS = 200_000
QUALITY = 92
SMALL_SIDE, SMALL_QUALITY = 320, 55
SMALL = b"mot-cua small\0"
"""Before the small picture in a JPEG; in a PNG it stands in a piece `mcTh`. `inspection.small_in` reads both."""
MAX_OBJECT_STREAM, MAX_OBJECTS_PACKED = 32 * 1024 * 1024, 10_000
"""Of one packed stream of objects: bytes, and objects; programs that write PDF put a hundred or two into one."""

SCRIPT, OPENING, PROGRAM, ENCLOSED = "script", "opening", "program", "enclosed"
SENDING, MEDIA, FORM, ELSEWHERE = "sending", "media", "form", "elsewhere"
# ISO 32000-2, table 201 (actions), 171 (annotations) and 29 (catalogue). Long enough never to be met by chance.
NAMES = {
    "JavaScript": SCRIPT,
    "Launch": PROGRAM,
    "EmbeddedFile": ENCLOSED,
    "EmbeddedFiles": ENCLOSED,
    "FileAttachment": ENCLOSED,
    "GoToE": ENCLOSED,
    "SubmitForm": SENDING,
    "ImportData": SENDING,
    "RichMedia": MEDIA,
    "RichMediaContent": MEDIA,
    "RichMediaExecute": MEDIA,
    "Rendition": MEDIA,
    "GoTo3DView": MEDIA,
    "XFA": FORM,
    "GoToR": ELSEWHERE,
}
ACTIONS_OF_MEDIA = {"Movie": MEDIA, "Sound": MEDIA}

_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]+)")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"stream[\r\n]")
_STREAM_END = b"endstream"
_HEAD = 2048


class Refused(Exception):
    """The file cannot be taken, and why."""

    def __init__(self, reason: str, what: str = "") -> None:
        super().__init__(reason)
        self.reason, self.what = reason, what


def examine_pdf(content: bytes) -> dict[str, Any]:
    """How many pages; raises Refused. The file itself is kept as it is: rewriting would break signatures.

    Looked for twice: among all objects as a reader resolves them, and by name in the bytes and in packed
    objects, where a damaged table of contents could hide them from us but not from every other reader.
    """
    # The table of contents is at the end: a file that arrived in part has none, and what follows it is not PDF.
    end = content.rfind(b"%%EOF")
    if end < 0 or content[end + 5 :].strip(b"\0\t\n\f\r "):
        raise Refused("broken")
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        raise Refused("encrypted")
    _search_objects(reader)
    pages = len(reader.pages)
    _search_bytes(content)
    if not pages:
        raise Refused("broken")
    return {"pages": pages}


def _search_objects(reader: Any) -> None:
    from pypdf.generic import IndirectObject

    numbers = {(number, generation) for generation, rows in reader.xref.items() for number in rows}
    numbers |= {(number, 0) for number in reader.xref_objStm}
    if len(numbers) > MAX_OBJECTS:
        raise Refused("complex")
    for stream in {stream for stream, _index in reader.xref_objStm.values()}:
        # As many as it says are read, however few of them the table of contents names.
        if int(reader.get_object(IndirectObject(stream, 0, reader)).get("/N", 0)) > MAX_OBJECTS_PACKED:
            raise Refused("complex")
    _search(reader.trailer)
    for number, generation in sorted(numbers):
        try:
            found = reader.get_object(IndirectObject(number, generation, reader))
        except (Refused, RecursionError, MemoryError):
            raise
        except Exception:  # noqa: S112 - an object that cannot be read; `_search_bytes` sees its words
            continue
        _search(found)


def _search(root: Any) -> None:
    """Raise for what acts on its own in this object; objects it refers to are looked at in their own turn."""
    from pypdf.generic import DictionaryObject, NameObject

    waiting = [root]
    while waiting:
        found = waiting.pop()
        if isinstance(found, NameObject):
            _refuse_name(found[1:])
        elif isinstance(found, DictionaryObject):
            for key, value in found.items():
                _refuse_name(key[1:])
                waiting.append(value)
            _search_dictionary(found)
        elif isinstance(found, list):
            waiting.extend(found)


def _search_dictionary(found: Any) -> None:
    """Names that are active only as keys of a dictionary: elsewhere such short names may name fonts."""
    action = _resolved(found.get("/S"))
    if isinstance(action, str):
        what = ACTIONS_OF_MEDIA.get(action[1:])
        if what:
            raise Refused("active", what)
        if "/JS" in found:
            raise Refused("active", SCRIPT)
    actions = _resolved(found.get("/AA"))
    for value in map(_resolved, actions.values() if isinstance(actions, dict) else ()):
        if isinstance(value, dict) and "/S" in value:
            raise Refused("active", OPENING)
    enclosed = _resolved(found.get("/EF"))
    if isinstance(enclosed, dict) and ("/F" in enclosed or "/UF" in enclosed):
        raise Refused("active", ENCLOSED)
    opening = _resolved(found.get("/OpenAction"))
    # Office programs write where to begin reading, as a destination or as an action that goes there.
    if isinstance(opening, dict) and (_resolved(opening.get("/S")) != "/GoTo" or "/Next" in opening):
        raise Refused("active", OPENING)


def _resolved(value: Any) -> Any:
    return value.get_object() if hasattr(value, "get_object") else value


def _refuse_name(name: str) -> None:
    what = NAMES.get(name)
    if what:
        raise Refused("active", what)


def _search_bytes(content: bytes) -> None:
    """The same names as written, outside of streams and inside packed objects."""
    position = 0
    while (found := _STREAM.search(content, position)) is not None:
        end = content.find(_STREAM_END, found.end())
        if end < 0:
            break
        before = content[position : found.start()]
        _search_words(before)
        if b"ObjStm" in _plain(before[-_HEAD:]):
            _search_words(_unpacked(content[found.end() : end].lstrip(b"\n")))
        position = end + len(_STREAM_END)
    _search_words(content[position:])


def _search_words(text: bytes) -> None:
    for name in set(_NAME.findall(text)):
        _refuse_name(_plain(name).decode("latin-1"))


def _plain(text: bytes) -> bytes:
    """Names with their #xx escapes undone."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), text)


def _unpacked(body: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, MAX_OBJECT_STREAM)
    except zlib.error:
        return body


OFFICE = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "odt": "content.xml"}
"""The part that each kind of office document must have."""
MAX_PARTS, MAX_UNPACKED = 2_000, 200 * 1024 * 1024
MAX_XML = 32 * 1024 * 1024
MACRO = "macro"
_ODT = b"application/vnd.oasis.opendocument.text"
_PROGRAMS = re.compile(
    r"(?:^|/)(?:vbaproject\.bin|vbadata\.xml|activex/.*)$|^(?:basic|scripts)/.", re.IGNORECASE
)
_OBJECTS = re.compile(r"(?:^|/)(?:embeddings/.|oleobject)|^object ", re.IGNORECASE)
_QUERIES = re.compile(r"^xl/connections\.xml$", re.IGNORECASE)
# By the last word of its type (ISO 29500-1, §15.2, and MS-OFFMACRO): a part may have any name.
_RELATIONS = {
    "vbaproject": MACRO, "wordvbadata": MACRO, "xlmacrosheet": MACRO, "xlintlmacrosheet": MACRO,
    "control": MACRO, "activexcontrolbinary": MACRO,
    "oleobject": ENCLOSED, "package": ENCLOSED, "afchunk": ENCLOSED,
}  # fmt: skip
# By local name (ODF 1.3, part 3; ISO 29500-1, §18.14 for ddeLink).
_ELEMENTS = {
    "event-listener": MACRO, "object": ENCLOSED, "object-ole": ENCLOSED, "applet": ENCLOSED,
    "plugin": ENCLOSED, "floating-frame": ELSEWHERE,
    "dde-connection-decl": PROGRAM, "dde-link": PROGRAM, "dde-source": PROGRAM, "ddeLink": PROGRAM,
}  # fmt: skip
# The parts that are read, by kind of document.
_XML = {
    "docx": re.compile(r"\.(?:rels|xml)$", re.IGNORECASE),
    "xlsx": re.compile(r"\.rels$|^xl/externallinks/[^/]*\.xml$", re.IGNORECASE),
    "odt": re.compile(r"(?:^|/)(?:content|styles|settings|meta)\.xml$", re.IGNORECASE),
}
_XLINK = "http://www.w3.org/1999/xlink href"
# A place in the document or on the same computer.
_PATH = re.compile(r"(?:file:///(?![\\/])|(?![\\/]{2}))(?:[a-z]:)?[^:]*", re.IGNORECASE)
_PROGRAM_LINK = re.compile(r"vnd\.sun\.star|macro:|service:|slot:|javascript:", re.IGNORECASE)
# ISO 29500-1, §17.16.5: fields that start a program, and that load what they name.
_FIELD_PROGRAM = re.compile(r"^\W*(?:dde|ddeauto|database)\b", re.IGNORECASE | re.MULTILINE)
_FIELD_LOADS = re.compile(
    r"^\W*(?:includepicture|includetext|import|include)\b(.*)", re.IGNORECASE | re.MULTILINE
)
_FAR = re.compile(r"""\w{2,}:[\\/]|[\\/]{3}|["\s][\\/]{2}""")


def examine_office(content: bytes, kind: str) -> dict[str, Any]:
    """Nothing to tell of a document that only is read; raises Refused. It stays as it is.

    Links that people follow may lead anywhere; what a program loads when it opens the file may not be far away.
    """
    import zipfile

    packed = zipfile.ZipFile(io.BytesIO(content))
    parts = packed.infolist()
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise Refused("complex")
    names = [part.filename for part in parts]
    # Of two parts with one name, programs disagree which one counts.
    if any(part.flag_bits & 1 for part in parts) or len({name.lower() for name in names}) < len(names):
        raise Refused("broken")
    if OFFICE[kind] not in names or (kind == "odt" and packed.read("mimetype")[:100].strip() != _ODT):
        raise Refused("broken")
    for what, pattern in ((MACRO, _PROGRAMS), (ENCLOSED, _OBJECTS), (ELSEWHERE, _QUERIES)):
        if any(pattern.search(name) for name in names):
            raise Refused("office", what)
    for name in names:
        if _XML[kind].search(name):
            _search_xml(packed.open(name).read(MAX_XML + 1))
    return {}


def _search_xml(text: bytes) -> None:
    """Raise for what acts on its own in a part. As a reader of XML sees it: bytes may write one name in many ways."""
    from xml.parsers import expat

    if len(text) > MAX_XML:
        raise Refused("complex")
    if not text.strip():
        return
    fields: list[str] = []
    inside: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition(" ")[2]
        inside.append(element)
        if element == "fldChar":
            fields.append("\n")
        elif element == "Relationship":
            _search_relation(attributes)
        elif what := _ELEMENTS.get(element):
            raise Refused("office", what)
        elif (target := attributes.get(_XLINK)) is not None:
            _search_target(target, is_link=element == "a")
        fields.extend(
            f"\n{value}\n" for key, value in attributes.items() if key.rpartition(" ")[2] == "instr"
        )

    def data(words: str) -> None:
        if inside[-1] == "instrText":
            fields.append(words)

    def doctype(*_facts: object) -> None:
        raise Refused("broken")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: inside.pop()
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = doctype
    parser.Parse(text, True)
    _search_fields("".join(fields))


def _search_relation(attributes: dict[str, str]) -> None:
    kind = attributes.get("Type", "").rpartition("/")[2].lower()
    if what := _RELATIONS.get(kind):
        raise Refused("office", what)
    if kind != "hyperlink":
        _search_target(attributes.get("Target", ""), is_link=False)


def _search_target(target: str, *, is_link: bool) -> None:
    from urllib.parse import unquote

    target = unquote(target).strip()
    if _PROGRAM_LINK.match(target):
        raise Refused("office", MACRO)
    if not is_link and not _PATH.fullmatch(target):
        raise Refused("office", ELSEWHERE)


def _search_fields(text: str) -> None:
    if _FIELD_PROGRAM.search(text):
        raise Refused("office", PROGRAM)
    if any(_FAR.search(found[1]) for found in _FIELD_LOADS.finditer(text)):
        raise Refused("office", ELSEWHERE)


def examine_picture(content: bytes, kind: str, most_pixels: int) -> tuple[dict[str, Any], bytes]:
    """The picture written anew, upright, without anything but its pixels; raises Refused."""
    import warnings

    from PIL import Image, JpegImagePlugin

    # The limit is ours and exact; Pillow's own is about twice as wide.
    Image.MAX_IMAGE_PIXELS = None
    warnings.simplefilter("ignore")
    picture: Any = Image.open(io.BytesIO(content), formats=[kind.upper()])
    if picture.width * picture.height > most_pixels:
        raise Refused("pixels", f"{picture.width * picture.height}")
    # Telephones put a second, smaller picture into a JPEG; a moving PNG would lose what it shows.
    if kind == "png" and getattr(picture, "n_frames", 1) > 1:
        raise Refused("animated")
    tables = getattr(picture, "quantization", None)
    sampling = JpegImagePlugin.get_sampling(picture) if getattr(picture, "layer", None) else -1
    picture.load()
    bare = _upright(picture)
    kept = {name: value for name, value in bare.info.items() if name == "transparency"}
    bare.info = kept if kind == "png" else {}
    written = io.BytesIO()
    if kind == "jpeg":
        if bare.mode not in ("L", "RGB"):
            bare, tables = bare.convert("RGB"), None
        # With the tables of the original, next to nothing is lost a second time.
        options: dict[str, Any] = {"qtables": tables} if tables else {"quality": QUALITY}
        bare.save(written, "JPEG", subsampling=max(sampling, 0), **options)
    else:
        bare.save(written, "PNG")
    return {"pixels": bare.width * bare.height}, _with_small(bare, kind, written.getvalue())


def _with_small(picture: Any, kind: str, content: bytes) -> bytes:
    """The picture with a small one of itself at its beginning, where readers pass over it."""
    scale = SMALL_SIDE / max(picture.size)
    if scale >= 1:
        return content
    written = io.BytesIO()
    try:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture.resize(size, reducing_gap=2).convert("RGB").save(written, "JPEG", quality=SMALL_QUALITY)
    except (OSError, ValueError):
        return content
    small = written.getvalue()
    if kind == "jpeg":
        at, piece = 20, b"\xff\xe9" + (len(SMALL) + len(small) + 2).to_bytes(2) + SMALL + small
    else:
        at, chunk = 33, b"mcTh" + small
        piece = len(small).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
    return content[:at] + piece + content[at:]


def _upright(picture: Any) -> Any:
    from PIL import ImageOps

    try:
        return ImageOps.exif_transpose(picture)
    except MemoryError:
        raise
    except Exception:
        # What the camera noted cannot be read; the picture can.
        return picture.copy()


def outcomes(kind: str, content: bytes, limits: dict[str, int]) -> Iterator[bytes]:
    """The result that goes to the output. Whatever a reader stumbles over is refused: the file is a stranger's."""
    picture = b""
    try:
        if kind == "pdf":
            found = examine_pdf(content)
        elif kind in OFFICE:
            found = examine_office(content, kind)
        else:
            found, picture = examine_picture(content, kind, limits["pixels"])
    except Refused as refusal:
        found = {"refused": refusal.reason, "what": refusal.what}
    except (MemoryError, RecursionError):
        found = {"refused": "complex", "what": ""}
    except Exception:
        found = {"refused": "broken", "what": ""}
    found["cpu_seconds"] = time.process_time()
    yield json.dumps(found).encode() + b"\n"
    yield picture


def main(confine: Callable[[int, int], None], kind: str, bounds: str) -> None:
    """Examine what comes on the input. `kind`: pdf, docx, xlsx, odt, jpeg or png; `bounds`: a JSON object."""
    limits = json.loads(bounds)
    with suppress(AttributeError, OSError):
        # Pages are made first, and a flood of them leaves a quarter of a processor.
        os.nice(5)
    confine(limits["seconds"], limits["memory"])
    for part in outcomes(kind, sys.stdin.buffer.read(), limits):
        sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
