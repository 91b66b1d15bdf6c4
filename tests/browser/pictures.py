"""Pictures for the documents: few colours, small files, and one composed of a telephone and a desk."""

import io
from pathlib import Path

from PIL import Image, ImageDraw

from tests.browser.demonstration import PROJECT

DOCUMENTS = PROJECT / "docs" / "img"
"""What a document shows, and nothing else."""

ALBUM = PROJECT / "reports" / "walk"
"""For whoever changes a page, to look at; kept out of git."""

MAX_BYTES = 300_000
COLOURS = 160
GROUND = "#e9eef3"
EDGE = "#b8c3ce"
FRAME = "#1c2530"


def save(picture: Image.Image, path: Path) -> None:
    """Write a palette PNG. Raises ValueError when it would weigh more than a document should carry."""
    stream = io.BytesIO()
    few = picture.convert("RGB").quantize(
        COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=4, dither=Image.Dither.NONE
    )
    few.save(stream, "PNG", optimize=True)
    if stream.tell() > MAX_BYTES:
        raise ValueError(f"{path.name} weighs {stream.tell()} bytes")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(stream.getvalue())


def opened(screenshot: bytes) -> Image.Image:
    return Image.open(io.BytesIO(screenshot)).convert("RGB")


def compose(telephone: Image.Image, desk: Image.Image, width: int = 1400) -> Image.Image:
    """A telephone and, beside it, the window of a desk."""
    margin, gap, bezel = 36, 28, 12
    screen = _scaled(telephone, 348)
    phone = Image.new("RGB", (screen.width + 2 * bezel, screen.height + 2 * bezel), FRAME)
    phone.paste(screen, (bezel, bezel), _rounded(screen.size, 26))
    window = _scaled(desk, width - 2 * margin - phone.width - gap)
    height = max(window.height, phone.height) + 2 * margin
    canvas = Image.new("RGB", (width, height), GROUND)
    _set_down(canvas, phone, (margin, (height - phone.height) // 2), 36)
    _set_down(canvas, window, (width - margin - window.width, (height - window.height) // 2), 10)
    return canvas


def _scaled(picture: Image.Image, width: int) -> Image.Image:
    return picture.resize((width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS)


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """A mask with smooth corners: drawn four times as large, then shrunk."""
    large = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    ImageDraw.Draw(large).rounded_rectangle((0, 0, large.width - 1, large.height - 1), radius * 4, fill=255)
    return large.resize(size, Image.Resampling.LANCZOS)


def _set_down(canvas: Image.Image, picture: Image.Image, place: tuple[int, int], radius: int) -> None:
    """Paste with round corners and a thin edge. No soft shadow: it would need colours that text needs."""
    edge = _rounded((picture.width + 2, picture.height + 2), radius + 1)
    canvas.paste(EDGE, (place[0] - 1, place[1] - 1), edge)
    canvas.paste(picture, place, _rounded(picture.size, radius))
