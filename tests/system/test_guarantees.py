"""What is promised, and which test files keep it: `tests/guarantees.tsv` and `tests/kept_by.tsv`."""

import re
from pathlib import Path

from tests.system.tree import ROOT, text

MOST_WORDS = 20
PROMISED, KEPT = Path("tests/guarantees.tsv"), Path("tests/kept_by.tsv")


def rows(table: Path) -> list[list[str]]:
    return [line.split("\t") for line in text(table).splitlines()[1:]]


def kept() -> dict[str, list[str]]:
    """Each test file of the table with the ids of the guarantees it keeps."""
    return {file: ids.split() for file, ids in rows(KEPT)}


def test_each_test_file_keeps_a_guarantee_of_the_table() -> None:
    known, named = {row[0] for row in rows(PROMISED)}, kept()
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py")}
    new = sorted(file for file in there if not named.get(file))
    assert not new, f"Add a row to {KEPT}: the file, a tab, ids of {PROMISED} with spaces between. For: {new}"
    gone = sorted(set(named) - there)
    assert not gone, f"These files are gone: take their rows out of {KEPT}, or write the new paths. {gone}"
    strange = {file: unknown for file, ids in named.items() if (unknown := sorted(set(ids) - known))}
    assert not strange, f"Use an id of {PROMISED}, or add a row there: id, sentence, source. {strange}"
    lines = text(KEPT).splitlines()[1:]
    assert lines == sorted(lines), f"Sort the rows of {KEPT} by path."
    assert len(named) == len(lines), f"A file stands twice in {KEPT}: join its rows."


def test_each_guarantee_is_kept_by_a_test_file() -> None:
    named = {one for ids in kept().values() for one in ids}
    unkept = [row[0] for row in rows(PROMISED) if row[0] not in named]
    assert not unkept, f"No test keeps these: name them in {KEPT} at a file that does, or write one. {unkept}"


def test_a_guarantee_is_a_short_sentence_with_its_source() -> None:
    table = rows(PROMISED)
    assert len({row[0] for row in table}) == len(table), f"An id stands twice in {PROMISED}."
    for name, sentence, source in table:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", name), f"{name}: write the id as words with hyphens between."
        assert sentence.endswith("."), f"{name}: end the sentence with a full stop."
        assert len(sentence.split()) <= MOST_WORDS, f"{name}: say it in at most {MOST_WORDS} words."
        assert (ROOT / source).is_file(), f"{name}: name the page that promises it; {source} is gone."
