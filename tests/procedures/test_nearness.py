import pytest

from procedures.search.fuzzy_ranking import Candidate, Nearness
from tenants.text import spell

OFTEN = {"dang": 600, "ky": 500, "ket": 9, "hon": 12, "khai": 20, "sinh": 30, "giay": 700, "so": 60, "do": 80}


def nearness(*words: str, marked: tuple[str, ...] = ()) -> Nearness:
    marks = marked or ("",) * len(words)
    positions = [([word], mark) for word, mark in zip(words, marks, strict=True)]
    return Nearness(positions, OFTEN, 2_000)


def columns(text: str, spelled: str = "") -> Candidate:
    return Candidate(f"\n {text} \n", f"\n {spelled or text} \n")


def test_all_of_it_is_one() -> None:
    assert nearness("ket", "hon").share(columns("dang ky ket hon")) == pytest.approx(1)


def test_nothing_of_it_is_nothing() -> None:
    assert nearness("ket", "hon").share(columns("khai sinh")) == 0


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("dang ky ket hon", "ket qua va hon nua"),  # neighbours
        ("ket qua", "dang tai"),  # the rarer word
        ("ket hon luu dong", "ket hom luu dong"),  # as typed
    ],
)
def test_what_counts_more(better: str, worse: str) -> None:
    question = nearness("dang", "ket", "hon")
    assert question.share(columns(better)) > question.share(columns(worse))


def test_own_marks_count_more() -> None:
    question = nearness("so", "do", marked=("sô?", "đo?"))
    assert question.share(columns("cap so do moi", "câp' sô? đo? mơi'")) > question.share(
        columns("cap so do moi", "câp' sô. đô. mơi'")
    )


def test_a_whole_name_in_the_question_counts_most() -> None:
    question = nearness("khai", "sinh", "giay", "dang", "ky")
    assert question.share(columns("khai sinh")) > question.share(columns("giay dang tai khai thac"))


def test_a_slip_counts_a_part() -> None:
    slipped = nearness("ket", "hom").share(columns("dang ky ket hon"))
    assert 0.5 < slipped < 1


def test_unknown_words_count_nothing() -> None:
    assert nearness("ket", "hon", "zzzz").share(columns("dang ky ket hon")) == pytest.approx(1)
    assert nearness("ket", "hon", "zzzz").puzzling


def test_common_neighbours_alone_are_no_candidates() -> None:
    assert "dang" not in nearness("dang", "ky", "ket", "hon").likely


def test_nothing_known_looks_for_nothing() -> None:
    assert nearness("zzzz").likely == ""


@pytest.mark.parametrize(
    ("asked", "text", "sector", "accepted"),
    [
        ("dang ky ket hom", "dang ky ket hon", "", True),  # all of it, one slip
        ("ket khai hon sinh", "ket qua khai bao hon nua sinh vat", "", False),  # all of it, strewn
        ("ket hon zzzz", "dang ky ket hon", "", False),  # a word is missing
        ("ket khai hon giay", "ket hon dang", "", True),  # most of it, and little else
        ("ket khai hon giay", "ket hon dang ky", "", False),  # and as much else
        ("ket hon zzzz", "ket hon", "", True),  # a name of its own stands there
        ("khai sinh zzzz", "dang ky khai sinh", "Quản lý khai sinh", True),  # its sector is named
        ("giay ky zzzz", "giay ky gui", "Giấy ký gửi", False),  # by two common words
        ("so do zzzz", "cap giay", "Giấy tờ", True),  # by what an everyday word means
        ("so do zzzz", "cap giay", "Ngân hàng", False),
    ],
)
def test_near_enough_to_be_shown(asked: str, text: str, sector: str, *, accepted: bool) -> None:
    positions = [([word], "") for word in asked.split()]
    question = Nearness(positions, OFTEN, 2_000, [spell("giấy")] if "so do" in asked else [])
    assert question.accepts(Candidate(f"\n {text} \n", f"\n {text} \n", sector)) is accepted
