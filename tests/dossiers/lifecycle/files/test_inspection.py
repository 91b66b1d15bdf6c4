"""Which files are taken, through `files.inspect`: by content, in a process of its own."""

import hashlib
import io
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tenants.files import inspection
from tenants.files.inspection import FileRefused, Inspected, inspect
from tests import tables
from tests.dossiers.lifecycle.files import samples


def take(content: bytes, name: str) -> Inspected:
    return inspect(samples.upload(content, name))


def sentence(content: bytes, name: str) -> str:
    with pytest.raises(FileRefused) as refused:
        take(content, name)
    assert name[:40] in str(refused.value)
    return str(refused.value)


def shown(inspected: Inspected) -> Image.Image:
    return Image.open(io.BytesIO(inspected.content))


def test_a_pdf_is_kept_byte_by_byte() -> None:
    content = samples.pdf(pages=2)
    taken = take(content, "Tờ khai.PDF")
    assert (taken.content, taken.pages, taken.pixels) == (content, 2, None)
    assert (taken.name, taken.content_type) == ("Tờ khai.pdf", "application/pdf")
    assert taken.sha256 == hashlib.sha256(content).hexdigest()


def test_a_jpeg_loses_place_device_and_words() -> None:
    content = samples.jpeg_of_a_telephone()
    assert samples.SECRET_PLACE in content
    taken = take(content, "anh.jpg")
    assert shown(taken).getexif() == {}
    assert set(shown(taken).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert samples.SECRET_PLACE not in taken.content
    assert b"Exif" not in taken.content


@pytest.mark.parametrize(
    ("write", "name", "mode"),
    [
        (samples.jpeg, "a.jpg", "RGB"),
        (samples.jpeg, "a.jpg", "L"),
        (samples.png, "a.png", "RGBA"),
        (samples.png, "a.png", "P"),
    ],
)
def test_a_large_picture_carries_a_small_one_that_readers_pass_over(write: Any, name: str, mode: str) -> None:
    taken = take(write(samples.picture((900, 1200)).convert(mode)), name)
    assert shown(taken).size == (900, 1200)
    small = inspection.small_in(io.BytesIO(taken.content))  # type: ignore[arg-type]
    assert Image.open(io.BytesIO(small)).size == (240, 320)
    assert len(small) < 20_000
    little = take(write(samples.picture().convert(mode)), name)
    assert inspection.small_in(io.BytesIO(little.content)) == b""  # type: ignore[arg-type]


def test_a_jpeg_is_turned_upright() -> None:
    picture = shown(take(samples.jpeg_of_a_telephone(), "anh.jpg")).convert("RGB")
    assert picture.size == samples.UPRIGHT
    assert picture.getpixel((20, 5))[0] > 200  # type: ignore[index]
    assert picture.getpixel((20, 55))[2] > 200  # type: ignore[index]


def test_a_jpeg_is_not_made_worse() -> None:
    page = Image.new("L", (200, 120), 255)
    ImageDraw.Draw(page).text((10, 10), "GIAY CHUNG NHAN 1234567890", fill=0)
    content = samples.jpeg(page)
    before: Any = Image.open(io.BytesIO(content))
    after: Any = shown(take(content, "a.jpg"))
    assert after.quantization == before.quantization
    off = [abs(one - other) for one, other in zip(before.tobytes(), after.tobytes(), strict=True)]
    assert sum(off) / len(off) < 0.1


def test_a_jpeg_in_ink_colours_is_shown_in_light_colours() -> None:
    taken = take(samples.jpeg(samples.picture().convert("CMYK")), "in.jpeg")
    assert shown(taken).mode == "RGB"
    assert shown(taken).getpixel((20, 55))[2] > 150  # type: ignore[index]


def test_a_png_keeps_its_pixels_and_nothing_else() -> None:
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_itxt("Author", samples.SECRET_PLACE.decode())
    picture = samples.picture().convert("RGBA")
    picture.putalpha(120)
    content = samples.png(picture, pnginfo=words, dpi=(300, 300), icc_profile=samples.SECRET_PLACE)
    assert samples.SECRET_PLACE in content
    taken = take(content, "a.png")
    assert shown(taken).info == {}
    assert samples.SECRET_PLACE not in taken.content
    assert shown(taken).tobytes() == picture.tobytes()


def test_transparent_palette_stays_transparent() -> None:
    picture = samples.picture().quantize(8)
    taken = take(samples.png(picture, transparency=0), "a.png")
    assert shown(taken).info == {"transparency": 0}


def test_what_hangs_on_a_picture_is_cut_off() -> None:
    """A JPEG that is an archive or a page as well, for programs that look from the end."""
    for tail in (b"PK\x03\x04 an archive PK\x05\x06", b"<script>alert(1)</script>", samples.pdf()):
        taken = take(samples.jpeg() + tail, "a.jpg")
        assert tail not in taken.content


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"GIF89a", "a.gif"),
        (b"<html><script>", "a.pdf"),
        (b"PK\x03\x04", "a.docx"),
        (b" %PDF-1.7", "a.pdf"),
        (b"MZ" + bytes(100), "a.jpg"),
        (samples.EICAR, "a.png"),
    ],
)
def test_other_kinds_are_refused(content: bytes, name: str) -> None:
    assert "không phải PDF, ảnh JPEG hoặc ảnh PNG" in sentence(content, name)


@pytest.mark.parametrize(
    ("content", "name", "kind", "ending"),
    [
        (samples.jpeg(), "a.pdf", "JPEG", ".jpg"),
        (samples.png(), "a.jpg", "PNG", ".png"),
        (samples.pdf(), "a.pdf.exe", "PDF", ".pdf"),
        (samples.pdf(), "to-khai", "PDF", ".pdf"),
    ],
)
def test_name_and_content_must_agree(content: bytes, name: str, kind: str, ending: str) -> None:
    said = sentence(content, name)
    assert f"nội dung là {kind}" in said
    assert ending in said


def test_an_empty_file_is_refused() -> None:
    assert "trống" in sentence(b"", "a.pdf")


def test_a_heavy_file_is_refused_with_its_weight(settings: Any) -> None:
    settings.FILE_MAX_BYTES = settings.MEGABYTE
    said = sentence(b"%PDF-" + bytes(settings.MEGABYTE), "a.pdf")
    assert "nặng 1,1 MB, giới hạn 1 MB. Chụp lại ảnh hoặc chọn tệp nhỏ hơn." in said


@pytest.mark.parametrize("make", [samples.jpeg, samples.png])
def test_a_picture_in_part_is_refused(make: Any) -> None:
    content = make()
    name = "a.jpg" if make is samples.jpeg else "a.png"
    assert "bị hỏng hoặc gửi lên chưa trọn" in sentence(content[: len(content) // 2], name)


def test_huge_pixels_are_refused_before_they_are_unpacked() -> None:
    assert len(samples.png_bomb()) < 200
    assert "có 3600 triệu điểm ảnh, giới hạn 64" in sentence(samples.png_bomb(), "a.png")


def test_pixels_have_a_limit_of_ours(settings: Any) -> None:
    settings.FILE_MAX_PIXELS = 1_000_000
    content = samples.jpeg(Image.new("L", (1001, 1000)))
    assert "có 2 triệu điểm ảnh, giới hạn 1" in sentence(content, "a.jpg")


def test_moving_pictures_are_refused() -> None:
    frames = [samples.picture().rotate(90)]
    content = samples.png(save_all=True, append_images=frames)
    assert "ảnh động" in sentence(content, "a.png")


def test_the_second_picture_of_a_telephone_is_left_out() -> None:
    stream = io.BytesIO()
    samples.picture().save(stream, "MPO", save_all=True, append_images=[samples.picture((10, 10))])
    assert shown(take(stream.getvalue(), "a.jpg")).format == "JPEG"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (samples.in_catalogue("OpenAction", samples.script()), "lệnh tự chạy khi mở tệp"),
        (samples.lonely_script, "mã JavaScript"),
        (lambda writer: writer.encrypt("x", algorithm="AES-256"), "mật khẩu"),
    ],
)
def test_a_pdf_that_acts_or_is_locked_is_refused(spoil: Any, words: str) -> None:
    said = sentence(samples.pdf(spoil), "a.pdf")
    assert words in said
    assert "in lại thành PDF" in said


def test_a_file_that_waited_too_long_for_a_processor_may_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "WALL_SECONDS", 0.001)
    assert "xin gửi lại sau ít phút" in sentence(samples.pdf(), "a.pdf")


def test_a_file_that_takes_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "MEMORY", 100 * 1024 * 1024)
    content = samples.png(Image.new("L", (8000, 7900)))
    assert "quá phức tạp" in sentence(content, "a.png")


def test_an_examination_ends_after_its_seconds_and_says_what_it_took(monkeypatch, tmp_path):
    assert 0 < take(samples.pdf(), "b.pdf").cpu_seconds < 3
    endless = tmp_path / "endless.py"
    program = inspection.EXAMINER.read_text().replace("if kind ==", "while True: pass\n        if kind ==", 1)
    endless.write_text(program)
    monkeypatch.setattr(inspection, "EXAMINER", endless)
    with pytest.raises(FileRefused, match="quá phức tạp") as refused:
        inspect(samples.upload(samples.png(), "a.png"), seconds=1)
    assert refused.value.cpu_seconds == 1


def test_the_examiner_gets_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    spy = tmp_path / "spy.py"
    spy.write_text(
        "import os, json\n"
        "main = lambda *given: print(json.dumps({'pages': len(os.environ), 'cpu_seconds': 0}))"
    )
    monkeypatch.setattr(inspection, "EXAMINER", spy)
    assert (take(samples.pdf(), "a.pdf").pages or 0) <= 1  # LC_CTYPE, which Python sets for itself


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        *tables.read(__file__, "cleaned_names.yaml"),
        ("x" * 300 + ".jpg", "x" * 116 + ".jpg"),
    ],
)
def test_names_are_cleaned(typed: str, name: str) -> None:
    assert inspection.clean_name(typed, "image/jpeg") == name
