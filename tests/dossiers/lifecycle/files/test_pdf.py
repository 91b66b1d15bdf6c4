"""What a PDF may hold: looked at in this process, as the examiner does in its own."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pypdf.generic import ArrayObject, NumberObject, TextStringObject

from tenants.files import sandbox_examiner
from tests.dossiers.lifecycle.files import samples
from tests.dossiers.lifecycle.files.samples import entry, in_catalogue, name, on_page, script, stream_object

FIT = [NumberObject(0), name("Fit")]
LINK = entry(S=name("URI"), URI=TextStringObject("https://minh-hoa.example/a/JS/AA"))


def refusal(content: bytes) -> tuple[str, str] | None:
    found = json.loads(next(sandbox_examiner.outcomes("pdf", content, {})))
    return (found["refused"], found["what"]) if "refused" in found else None


ACTIVE: dict[str, tuple[Callable[..., Any], str]] = {
    "a script when it opens": (in_catalogue("OpenAction", script()), "opening"),
    "a script by name": (in_catalogue("Names", entry(JavaScript=entry())), "script"),
    "a script nobody refers to": (samples.lonely_script, "script"),
    "a script of a button": (on_page(Subtype=name("Widget"), A=script()), "script"),
    "an address when it opens": (in_catalogue("OpenAction", LINK), "opening"),
    "more than going to a page": (
        in_catalogue("OpenAction", entry(S=name("GoTo"), D=ArrayObject(FIT), Next=LINK)),
        "opening",
    ),
    "an act when a page is shown": (
        lambda writer: writer.pages[0].__setitem__(name("AA"), entry(O=LINK)),
        "opening",
    ),
    "another program": (
        on_page(Subtype=name("Link"), A=entry(S=name("Launch"), F=TextStringObject("cmd.exe"))),
        "program",
    ),
    "another file": (lambda writer: writer.add_attachment("a.exe", b"MZ"), "enclosed"),
    "another file on a page": (
        on_page(Subtype=name("FileAttachment"), FS=entry(EF=entry(F=NumberObject(1)))),
        "enclosed",
    ),
    "a form that sends itself": (
        on_page(Subtype=name("Widget"), A=entry(S=name("SubmitForm"), F=TextStringObject("http://x"))),
        "sending",
    ),
    "a dynamic form": (in_catalogue("AcroForm", entry(XFA=TextStringObject("<x/>"))), "form"),
    "a film": (on_page(Subtype=name("RichMedia")), "media"),
    "a sound": (on_page(Subtype=name("Link"), A=entry(S=name("Sound"))), "media"),
    "a file elsewhere": (
        on_page(Subtype=name("Link"), A=entry(S=name("GoToR"), F=TextStringObject("\\\\may\\a.pdf"))),
        "elsewhere",
    ),
    "an embedded stream": (
        lambda writer: writer._add_object(stream_object(Type=name("EmbeddedFile"))),
        "enclosed",
    ),
    "a kind of act behind a reference": (
        lambda writer: on_page(
            Subtype=name("Link"), A=entry(S=writer._add_object(name("Launch")), F=TextStringObject("x"))
        )(writer),
        "program",
    ),
}


@pytest.mark.parametrize("case", ACTIVE)
def test_what_acts_by_itself_is_refused(case: str) -> None:
    spoil, what = ACTIVE[case]
    assert refusal(samples.pdf(spoil)) == ("active", what)


QUIET: dict[str, Callable[..., Any]] = {
    "a page to begin at, as office programs write it": in_catalogue("OpenAction", ArrayObject(FIT)),
    "a page to begin at, as an act": in_catalogue("OpenAction", entry(S=name("GoTo"), D=ArrayObject(FIT))),
    "a link": on_page(Subtype=name("Link"), A=LINK),
    "a signature": in_catalogue(
        "AcroForm",
        entry(
            SigFlags=NumberObject(3), Fields=ArrayObject([entry(FT=name("Sig"), T=TextStringObject("ky"))])
        ),
    ),
    "a font that is called AA": lambda writer: writer.pages[0].__setitem__(
        name("Resources"), entry(Font=entry(AA=entry(Type=name("Font")), JS=entry(Type=name("Font"))))
    ),
}


@pytest.mark.parametrize("case", QUIET)
def test_what_office_programs_and_signers_write_is_taken(case: str) -> None:
    assert refusal(samples.pdf(QUIET[case])) is None


def test_pages_are_counted() -> None:
    assert sandbox_examiner.examine_pdf(samples.pdf(pages=3)) == {"pages": 3}


def test_packed_objects_are_read() -> None:
    assert sandbox_examiner.examine_pdf(samples.packed_pdf(samples.OBJECTS)) == {"pages": 1}


@pytest.mark.parametrize("blind", ["_search_objects", "_search_bytes"])
def test_a_script_among_packed_objects_is_found_in_two_ways(monkeypatch, blind):
    monkeypatch.setattr(sandbox_examiner, blind, lambda *args: None)
    assert refusal(samples.packed_pdf(samples.HIDDEN_SCRIPT)) == ("active", "script")


def test_packed_objects_that_only_a_repairing_reader_would_find_are_searched() -> None:
    assert refusal(samples.packed_pdf(samples.OBJECTS, listed=False)) is None
    assert refusal(samples.packed_pdf(samples.HIDDEN_SCRIPT, listed=False)) == ("active", "script")


@pytest.mark.parametrize(("objects", "found"), [(300, None), (10_001, ("complex", ""))])
def test_one_stream_packs_so_many_objects(objects: int, found: object) -> None:
    nothing = dict.fromkeys(range(10, 10 + objects), b"null")
    assert refusal(samples.packed_pdf({**samples.OBJECTS, **nothing})) == found


def test_an_older_version_inside_the_file_is_searched() -> None:
    old = samples.pdf(in_catalogue("OpenAction", script()))
    assert refusal(old + samples._plain(len(old))) is not None


@pytest.mark.parametrize("owner_only", [True, False])
def test_a_locked_file_is_refused(owner_only: bool) -> None:
    password = "" if owner_only else "mật khẩu"
    content = samples.pdf(lambda writer: writer.encrypt(password, "chủ", algorithm="AES-256"))
    assert refusal(content) == ("encrypted", "")


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n",
        b"%PDF-1.7\nnothing\n%%EOF\n",
        samples.pdf()[:-200],
        samples.pdf() + b"PK\x03\x04 an archive",
        samples.pdf(pages=0),
    ],
    ids=["empty", "nothing", "in part", "two in one", "no page"],
)
def test_a_damaged_file_is_refused(content: bytes) -> None:
    assert refusal(content) == ("broken", "")


def test_a_line_end_after_the_end_is_nothing() -> None:
    assert refusal(samples.pdf() + b"\r\n\0\0") is None


def test_streams_that_never_end_do_not_keep_the_search_busy() -> None:
    """A million beginnings: looking for the end of each anew would take hours."""
    sandbox_examiner._search_bytes(b"stream\n" * 1_000_000)


def test_a_file_of_too_many_objects_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox_examiner, "MAX_OBJECTS", 2)
    assert refusal(samples.pdf()) == ("complex", "")
