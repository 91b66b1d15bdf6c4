import time
import unicodedata

import pytest

from procedures.catalogue.models import Procedure, Synonym
from procedures.catalogue.search import search
from procedures.catalogue.search.index import reindex
from procedures.catalogue.search.query_parser import Question
from tests import tables

pytestmark = pytest.mark.usefixtures("catalogue")


def codes(query: str, **filters: str) -> list[str]:
    return [hit.code for hit in search.search(query, **filters).hits]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        *tables.read(__file__, "meant.yaml"),
        (unicodedata.normalize("NFD", "Đăng ký kết hôn"), "1.000894"),
    ],
)
def test_people_find_what_they_mean(query: str, first: str) -> None:
    assert codes(query)[:1] == [first]


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("xin nhà cấp 4 có cần giấy phép ở đâu", "nha cap 4 giay phep"),
        ("căn hộ", "can ho"),  # its marks say that it is not “cần”
        ("how to get a passport in Vietnam", "passport"),
    ],
)
def test_what_is_said_around_an_errand_is_not_asked(query: str, asked: str) -> None:
    assert Question(query).words == asked.split()


@pytest.mark.parametrize(
    "query",
    ["dang ky ket hom", "dang ky kt hon", "dang ky kett hon", "dang ky kte hon", "dangky kethon"],
    ids=["wrong", "missing", "doubled", "swapped", "glued"],
)
def test_one_slip_of_the_finger_is_forgiven(query: str) -> None:
    results = search.search(query)
    assert results.hits[0].code == "1.000894"
    assert results.near


def test_what_has_all_words_is_not_called_near() -> None:
    assert not search.search("hôn nhân xác nhận").near
    assert codes("hôn nhân xác nhận") == ["1.004873"]


def test_name_of_one_procedure_ranks_above_a_word_of_many() -> None:
    Synonym.objects.create(everyday="zuzu", official="đăng ký")
    Synonym.objects.create(everyday="zuzu", official="1.004873")
    reindex()
    assert codes("zuzu")[0] == "1.004873"
    assert len(codes("zuzu")) > 1


@pytest.mark.parametrize(
    ("query", "code"),
    [("10008", "1.000894"), ("1.0008", "1.000894"), ("1000894", "1.000894"), ("1.0128", "1.012812")],
)
def test_code_is_found_without_its_dot_and_by_its_beginning(query: str, code: str) -> None:
    assert codes(query) == [code]


def test_name_typed_with_marks_ranks_above_its_folded_twin() -> None:
    Procedure.objects.filter(code="1.000010").update(short_name="Cấp thẻ đỏ", handled=True)
    Procedure.objects.filter(code="1.000005").update(short_name="Cấp thẻ đo", handled=True)
    reindex()
    assert codes("cấp thẻ đỏ") == ["1.000010", "1.000005"]
    assert codes("cấp thẻ đo") == ["1.000005", "1.000010"]


def test_handled_ranks_above_information_only() -> None:
    Procedure.objects.filter(code__in=["1.000010", "1.000005"]).update(short_name="Cấp thẻ đỏ", handled=False)
    Procedure.objects.filter(code="1.000010").update(handled=True)
    reindex()
    assert codes("cap the do") == ["1.000010", "1.000005"]


def test_short_last_word_is_not_a_beginning() -> None:
    Procedure.objects.filter(code="1.000010").update(short_name="Cấp số doanh nghiệp")
    reindex()
    assert "1.000010" not in codes("so do")
    assert "1.000010" in codes("so doanh")


def test_new_synonym_works_after_reindexing() -> None:
    Synonym.objects.create(everyday="zuzu", official="kết hôn")
    assert codes("zuzu") == []
    reindex()
    assert codes("zuzu")[0] == "1.000894"


def test_filters() -> None:
    assert set(codes("", sector="hộ tịch", level="province")) == {"2.000635"}


def test_ways_to_file_are_filtered() -> None:
    Procedure.objects.filter(code="1.000894").update(channels=["direct"])
    assert "1.000894" in codes("ket hon", channel="direct")
    assert "1.000894" not in codes("ket hon", channel="online")


def test_counts_of_one_filter_keep_the_others() -> None:
    kept = search.search("giấy", level="commune")
    assert 0 < sum(count for *_, count in kept.sectors) < search.search("giấy").count
    for folded, name, count in kept.sectors:
        assert search.search("giấy", level="commune", sector=folded).count == count, name


def test_filters_do_not_change_what_was_understood() -> None:
    results = search.search("kết hôn", sector="đất đai")
    assert (results.count, results.near) == (0, False)
    assert results.unfiltered == search.search("kết hôn").count


def test_hidden_is_not_found() -> None:
    Procedure.objects.filter(code="1.000894").update(state=Procedure.State.HIDDEN)
    assert "1.000894" not in codes("dang ky ket hon")


@pytest.mark.parametrize(
    "query",
    ["\x00", "ket\x00hon", "\ud800", "x" * 100_000, "'; DROP TABLE x; --", "%", "_", "\\", "%s%(x)s", "漢字"],
)
def test_any_text_is_answered(query: str) -> None:
    assert search.search(query).page == 1


def test_fillers_that_can_be_cut_in_many_ways_are_answered_at_once() -> None:
    began = time.process_time()
    Question("em gì " * 21 + "zz")
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("page", [-1, 0, 10**9])
def test_pages_outside_are_the_nearest(page: int) -> None:
    assert search.search("", page=page).page == 1


def test_counter_finds_only_what_is_handled() -> None:
    assert [hit.code for hit in search.handled("bang lai xe quoc te")] == []
    assert [hit.code for hit in search.handled("ket hon", limit=1)] == ["1.000894"]
    assert [hit.code for hit in search.handled("ket hom", limit=1)] == ["1.000894"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        *((typed, "1.000894") for typed in ("dkkh", "DKKH", "đkkh")),
        *((typed, "1.004873") for typed in ("xnhn", "xntt", "tthn")),  # from the middle
    ],
)
def test_counter_knows_a_procedure_by_its_first_letters(typed: str, code: str) -> None:
    assert search.handled(typed)[0].code == code


def test_a_word_of_a_name_is_not_taken_for_first_letters() -> None:
    """“ks” begins nothing that is called so, but “sinh” is a word."""
    assert "1.001193" in [hit.code for hit in search.handled("sinh")]


def test_popular_are_the_commonest_that_are_handled() -> None:
    popular = search.popular(limit=20)
    marriage = {
        "name": "Đăng ký kết hôn",
        "lang": "",
        "everyday": "Lấy vợ lấy chồng",
        "url": "/thu-tuc/1.000894/",
    }
    assert popular[0]["url"] == "/thu-tuc/1.001193/"
    assert marriage in popular
    Procedure.objects.filter(code="1.000894").update(handled=False)
    assert marriage not in search.popular(limit=20)


def test_a_neighbour_province_finds_nothing_of_ours(inside) -> None:
    with inside("dongnai"):
        assert search.search("ket hon").count == 0
