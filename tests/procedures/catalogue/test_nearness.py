import pytest

from procedures.catalogue.search.fuzzy_ranking import Nearness
from procedures.catalogue.search.spelling import Candidate

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
    ("asked", "text", "accepted"),
    [
        ("dang ky ket hom", "dang ky ket hon", True),  # all of it, one slip
        ("ket khai hon sinh", "ket qua khai bao hon nua sinh vat", False),  # all of it, strewn
        ("ket hon zzzz", "dang ky ket hon", True),  # amid a rare word that it does not have
        ("ket hon zzzz yyyy", "dang ky ket hon", True),  # and amid two
        ("ket zzzz hon", "dang ky ket hon", False),  # but not between its words
        ("giay so zzzz yyyy", "dang ky giay so", False),  # which are common ones
        ("ket hon zzzz", "dang ky ket hon khai khai sinh sinh so do", False),  # or little of it
        ("ket giay hon ky", "ket hon giay", True),  # most of it, and little else
        ("ket giay hon ky", "ket hon dang so", False),  # and as much else
        ("ket hon zzzz", "ket hon", True),  # a short name of its own stands there, and is half of it
        ("zzzz giay so yyyy xxxx", "giay so", False),  # and is less
        ("giay so zzzz yyyy xxxx", "giay so", True),  # and is less, but begins it
        ("zzzz ket hon yyyy xxxx", "ket hon", True),  # and is less, but of rare words
        ("dang zzzz ky yyyy ket xxxx hon wwww", "dang ky ket hon", True),  # a long one
        ("giay so zzzz yyyy xxxx dang", "dang giay so", True),  # its last words may belong to the front
        ("giay so zzzz dang yyyy xxxx", "dang giay so", False),  # and no others
        ("ket hon tai khi cho zzzz", "ket hon", True),  # what joins words does not count
    ],
)
def test_near_enough_to_be_shown(asked: str, text: str, *, accepted: bool) -> None:
    assert nearness(*asked.split()).accepts(columns(text)) is accepted


@pytest.mark.parametrize(
    ("text", "always", "accepted"),
    [
        ("ket hon sinh", False, False),  # near, and of another subject
        ("ket hon zzzz sinh", False, True),  # names the subject
        ("dang ky ket hon", False, True),  # its own name is in the question
        ("dang ky ket hon", True, False),  # which is not what is asked
        ("dang ky ket hon zzzz", True, True),
    ],
)
def test_a_subject_is_answered_by_what_names_it(text: str, *, always: bool, accepted: bool) -> None:
    positions = [([word], "") for word in ["dang", "ky", "ket", "hon", "zzzz"]]
    question = Nearness(positions, OFTEN, 2_000, subjects=[("zzzz", always)])
    assert question.accepts(columns(text)) is accepted
    unasked = Nearness(positions, OFTEN, 2_000)
    assert unasked.accepts(columns(text))


def test_a_name_counts_with_the_marks_that_were_typed() -> None:
    question = nearness("ky", "ket", "hon", "zzzz", "yyyy", "xxxx", marked=("ky~", "kêt'", "hôn", "", "", ""))
    assert question.accepts(columns("ky ket hon", "ky? kêt' hôn"))  # hook and tilde are one
    assert not question.accepts(columns("ky ket hon", "ky. kêt' hôn"))


def test_official_words_stand_for_everyday_ones() -> None:
    positions = [([word], "") for word in ["doi", "zzzz", "qua", "yyyy", "xxxx"]]
    meant = Nearness(positions, OFTEN, 2_000, [("zzzz", "kết hôn")])
    exchanged = columns("doi ket hon", "doi kêt' hôn")
    assert meant.accepts(exchanged)
    assert not Nearness(positions, OFTEN, 2_000).accepts(exchanged)
