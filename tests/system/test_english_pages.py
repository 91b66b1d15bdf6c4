"""An English page `x.en.md` says all that its twin `x.md` says: a change of one without the other is red."""

import hashlib
import re
from pathlib import Path

import pytest

from tests.system.tree import files, text

SHORTER = {Path("docs/tich-hop/api.en.md")}  # A page of its own, not a twin.
PAGES = sorted(set(files("docs/*.en.md")) - SHORTER)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
BLANK = re.compile(r"<[^<>\n]+>")


def twin_of(english: Path) -> Path:
    return english.with_name(english.name.replace(".en.md", ".md"))


def shape(page: Path) -> dict[str, list[str]]:
    """Starts of headings, paragraphs, items and rows in order; code without comments; inline code and links, sorted."""
    content = text(page).partition("\n\n<!-- ")[0]
    prose = FENCED.sub("", content)
    inline = [BLANK.sub("<>", code) for code in re.findall(r"`([^`\n]+)`", prose)]
    links = re.findall(r"\]\(([^)#\s]*)(#?)[^)\s]*\)", prose)
    return {
        "lines": re.findall(r"\n\n|^ *(?:#+|\d+\.|-|\|)(?= )", prose, re.MULTILINE),
        "code": [re.sub(r"[ \t]+# .*", "", block) for block in FENCED.findall(content)],
        "inline": sorted(code for code in inline if code != "<>"),
        "links": sorted(re.sub(r"(\.en|\.vi)?\.md$", ".md", target) + mark for target, mark in links),
    }


def test_there_are_twins() -> None:
    assert len(PAGES) > 4


@pytest.mark.parametrize("english", PAGES, ids=str)
def test_twins_have_the_same_shape_and_name_each_other(english: Path) -> None:
    twin = twin_of(english)
    assert text(twin).splitlines()[2] == f"*[In English]({english.name})*"
    assert text(english).splitlines()[2] == f"*[Tiếng Việt]({twin.name})*"
    assert shape(english) == shape(twin)


@pytest.mark.parametrize("english", PAGES, ids=str)
def test_an_english_page_follows_its_twin_as_it_stands(english: Path) -> None:
    """The stamp in its last line is renewed by hand, once a change of the Vietnamese page is carried over."""
    twin = twin_of(english)
    stamp = f"<!-- {twin.name} {hashlib.sha256(text(twin).encode()).hexdigest()[:12]} -->"
    assert text(english).splitlines()[-1] == stamp, f"carry the change of {twin} over, then renew the stamp"
