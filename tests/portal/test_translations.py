"""Every text has its English, no text of the frameworks stays English for a Vietnamese reader."""

import ast
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import django
import polib
import pytest
import unfold
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils.translation.template import templatize

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken, Dossier
from dossiers.workflow.models import WorkflowVersion
from portal.management.commands import messages
from tenants.isolation.province_cache import ProvinceRecord
from tests import tables
from tests.dossiers.walking import take
from tests.dossiers.workflow.test_workflow_walk import standing_at
from tests.factories import Office, ProcedureFactory

ROOMS = ("portal", "dossiers", "messaging", "procedures", "tenants")
# What the arguments of a gettext call are; `_` also stands for gettext_lazy.
MARKERS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), ("text",)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), ("text", "plural")),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ("context", "text")),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ("context", "text", "plural")),
}
UNFOLD = Path(unfold.__file__).parent
DJANGO = Path(django.__file__).parent
# The parts of Django and Unfold whose texts a reader of this portal meets.
DJANGO_PARTS = [
    DJANGO / part
    for part in ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/sessions")
]


class Text(NamedTuple):
    """A text as a catalogue knows it."""

    text: str
    plural: str = ""
    context: str = ""


# --- Where texts stand


def texts_of_python(source: str) -> Iterator[Text]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        parts = MARKERS.get(name, ())
        literals = [
            argument.value
            for argument in node.args[: len(parts)]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if literals and len(literals) == len(parts):
            yield Text(**dict(zip(parts, literals, strict=True)))


def texts_of_template(source: str) -> Iterator[Text]:
    """The texts of translate, blocktranslate and _() in a template, as Django rewrites it for xgettext."""
    literal = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    for match in re.finditer(
        rf"\b(?:n?p?gettext|_)\({literal}(?:\s*,\s*{literal})*", templatize(source), re.DOTALL
    ):
        yield from texts_of_python(f"{match.group()})")


def texts_in(*folders: Path, skip: tuple[str, ...] = ()) -> set[Text]:
    found: set[Text] = set()
    for folder in folders:
        for path in folder.rglob("*"):
            if set(path.relative_to(folder).parts) & set(skip):
                continue
            if path.suffix == ".py":
                found |= set(texts_of_python(path.read_text(encoding="utf-8")))
            elif path.suffix in (".html", ".txt"):
                found |= set(texts_of_template(path.read_text(encoding="utf-8")))
    return found


def texts_of(entries: Iterable[polib.POEntry]) -> set[Text]:
    return {Text(entry.msgid, entry.msgid_plural, entry.msgctxt or "") for entry in entries}


def translated(language: str, folder: Path) -> set[Text]:
    path = folder / "locale" / language / "LC_MESSAGES" / "django.po"
    return texts_of(polib.pofile(str(path)).translated_entries())


def texts_of_ours() -> set[Text]:
    found = texts_in(*(settings.BASE_DIR / folder for folder in (*ROOMS, "templates")))
    return found | set(texts_of_python("".join(messages.sources().values())))


def texts_of_unfold() -> set[Text]:
    return texts_in(UNFOLD, skip=("contrib", "static"))


# --- The catalogues


def test_catalogues_are_whole() -> None:
    assert [path.parent.parent.name for path in messages.catalogues()] == ["en", "vi"]
    call_command("messages", check=True)


def test_every_text_of_ours_has_its_english_and_no_english_is_left_over() -> None:
    ours, known = texts_of_ours(), translated("en", settings.BASE_DIR)
    assert len(ours) > 500
    assert sorted(known - ours) == []
    # A text that is used with and without a number stands in the catalogue once, with its plural.
    known |= {text._replace(plural="") for text in known}
    assert sorted(ours - known) == []


def test_every_text_of_unfold_has_its_vietnamese() -> None:
    assert len(texts_of_unfold()) > 100
    known = translated("vi", settings.BASE_DIR)
    assert sorted(texts_of_unfold() - known.union(*(translated("vi", part) for part in DJANGO_PARTS))) == []
    # Its parts that are left out here are not installed.
    assert [app for app in settings.INSTALLED_APPS if app.startswith("unfold.contrib")] == []


def test_every_vietnamese_text_is_one_of_django_or_unfold() -> None:
    """A text that is misspelt here would silently translate nothing."""
    theirs = texts_of_unfold()
    for part in DJANGO_PARTS:
        theirs |= texts_of(polib.pofile(str(part / "locale" / "en" / "LC_MESSAGES" / "django.po")))
    assert sorted(translated("vi", settings.BASE_DIR) - theirs) == []


# --- The check itself


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en" / "LC_MESSAGES").mkdir(parents=True)
    return tmp_path / "en" / "LC_MESSAGES"


def write(folder: Path, *entries: polib.POEntry) -> Path:
    made = polib.POFile()
    made.extend(entries)
    path = folder / "django.po"
    made.save(str(path))
    messages.compile_catalogue(path)
    return path


GOOD = {"msgid": "Còn %(n)d ngày", "msgstr": "%(n)d days left"}


@pytest.mark.parametrize(
    ("changed", "said"),
    tables.read(__file__, "catalogue_faults.yaml"),
)
def test_fault_is_found(folder: Path, changed: dict[str, object], said: str) -> None:
    assert messages.faults(write(folder, polib.POEntry(**GOOD))) == []
    (fault,) = messages.faults(write(folder, polib.POEntry(**{**GOOD, **changed})))
    assert said in fault


def test_names_and_quoted_words_stay_vietnamese(folder: Path) -> None:
    quoted = polib.POEntry(msgid="Gõ “khai sinh”, 5 đồng", msgstr="Type “khai sinh” in Một Cửa, 5 đồng")
    assert messages.faults(write(folder, quoted)) == []


def test_compiling_twice_writes_the_same_bytes_and_a_stale_or_missing_one_is_found(folder: Path) -> None:
    path = write(folder, polib.POEntry(**GOOD))
    before = path.read_bytes(), path.with_suffix(".mo").read_bytes()
    messages.compile_catalogue(path)
    assert (path.read_bytes(), path.with_suffix(".mo").read_bytes()) == before
    other = polib.pofile(str(path))
    other[0].msgstr = "%(n)d days to go"
    other.save(str(path))
    assert "không khớp" in messages.faults(path)[0]
    path.with_suffix(".mo").unlink()
    assert "không khớp" in messages.faults(path)[0]


def test_command_refuses_a_faulty_catalogue(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(folder, polib.POEntry(msgid="Còn", msgstr=""))
    monkeypatch.setattr(messages, "catalogues", lambda: [path])
    with pytest.raises(CommandError, match="chưa dịch"):
        call_command("messages", check=True)


# --- The citizen's pages in English


class Visible(HTMLParser):
    """What a reader sees or hears: texts, and the attributes that are read out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.languages: list[str] = []
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in ("a", "span") and (self.languages or given.get("lang") == "vi"):
            self.languages.append(tag)
        self.found += [
            given[name] or "" for name in ("aria-label", "alt", "title", "placeholder") if name in given
        ]

    def handle_endtag(self, tag: str) -> None:
        if self.languages and self.languages[-1] == tag:
            self.languages.pop()

    def handle_data(self, data: str) -> None:
        if not self.languages:
            self.found.append(data)


def left_vietnamese(page: str, names: set[str]) -> list[str]:
    """The texts with Vietnamese letters, once the province's own names and data are taken out."""
    data = re.compile(
        "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)), re.IGNORECASE
    )
    seen = (" ".join(text.split()) for text in Visible(page).found)
    return [
        text
        for text in seen
        if messages.VIETNAMESE.search(messages.LEFT_VIETNAMESE.sub("", data.sub("", text)))
    ]


@pytest.fixture
def names(office: Office, province: ProvinceRecord) -> set[str]:
    """Data of the province, which it keeps in Vietnamese: names, hours, steps and what people wrote."""
    workflow = WorkflowVersion.objects.get().workflow
    return {
        province.name,
        province.short_name,
        province.hours,
        "Thành phố Đồng Nai",
        office.desk.name,
        office.department.name,
        office.specialist.full_name,
        office.procedure.name,
        office.procedure.short_name,
        office.procedure.sector.name,
        "Nguyễn Thị Minh Họa",
        "Lý do minh họa",
        "Tờ khai",
        *(step.name for step in workflow.steps.values()),
        *(transition.name for transition in workflow.transitions.values()),
    }


def english(path: str, host: str = "daklak.localhost", **form: str) -> str:
    client = Client(headers={"host": host})
    address = f"{path}{'&' if '?' in path else '?'}lang=en"
    response = client.post(address, form) if form else client.get(address)
    assert response.headers["Content-Language"] == "en"
    page = response.content.decode()
    assert '<html lang="en"' in page
    # The word of the desk and of developers: people file applications.
    assert [text for text in Visible(page).found if "dossier" in text.lower()] == []
    return page


ENGLISH = (
    "/", "/tra-cuu/", "/thu-tuc/", "/thu-tuc/?q=ket+hon", "/thu-tuc/?q=zzz", "/thu-tuc/1.000894/", "/doi-song/",
    "/doi-song/ket-hon/", "/thong-bao/", "/minh-bach/", "/noi-nop/", "/noi-nop/H15.08/", "/tro-giup/", "/quyen-rieng-tu/",
    "/tiep-can/", "/ho-so-cua-toi/", "/khong-co-trang-nay/",
)  # fmt: skip


def test_pages_speak_english(names: set[str]) -> None:
    left = {path: left_vietnamese(english(path), names) for path in ENGLISH}
    left["national"] = left_vietnamese(english("/", host="localhost"), names)
    assert {path: texts for path, texts in left.items() if texts} == {}


def test_answers_to_codes_speak_english(office: Office, names: set[str]) -> None:
    typed = (
        *("", "abc", "\0", "x" * 121, "H15.08-269999-0001", "H15.08-261125-9999"),
        "H19.08-261125-0001",  # another province's
    )
    for code in typed:
        assert left_vietnamese(english("/tra-cuu/", code=code, key="?"), names) == [], code
    dossier = services.receive(office.intake(), actor=office.clerk).dossier
    assert left_vietnamese(english(f"/ho-so/{dossier.code}/"), names) == []


def details(dossier: Dossier) -> str:
    return english(f"/h/{AccessToken.objects.get(dossier=dossier).value}/")


@pytest.mark.parametrize(
    "step", ["new", "received", "in_progress", "not_accepted", "withdrawn", "stopped", "returned"]
)
def test_details_speak_english(office: Office, names: set[str], step: str) -> None:
    assert left_vietnamese(details(standing_at(office, step)), names) == []


@pytest.mark.parametrize("transition", ["require_supplement", "require_payment", "finish"])
def test_details_after_an_act_speak_english(office: Office, names: set[str], transition: str) -> None:
    dossier = standing_at(office, "in_progress")
    take(office, dossier, transition)
    assert left_vietnamese(details(dossier), names) == []


@pytest.mark.parametrize("term", [(0, "same_day"), (8, "hour"), (30, "calendar_day"), (1, "month")])
def test_every_kind_of_term_is_explained_in_english(office, names, term):
    procedure = ProcedureFactory(code="1.000001", name="Thủ tục thử", short_name="Việc thử", term=term)
    dossier = services.receive(office.intake(procedure_code=procedure.code), actor=office.clerk).dossier
    page = details(dossier)
    assert left_vietnamese(page, names | {procedure.name, procedure.short_name}) == []


def test_vietnamese_left_in_a_page_would_be_found() -> None:
    page = '<p>Papers for Đắk Lắk</p><p aria-label="Tìm">Tra cứu</p><a lang="vi">Tiếng Việt</a>'
    assert left_vietnamese(page, {"Đắk Lắk"}) == ["Tìm", "Tra cứu"]
