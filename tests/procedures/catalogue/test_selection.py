from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.catalogue.contents import national, national_papers, update
from procedures.catalogue.contents.guidance import English
from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.contents.selection import AgencyStatement, CatalogueSelection, SourceStatement
from procedures.catalogue.formats.base import CatalogueError, Document, FeeItem, ProcedureRecord
from procedures.catalogue.models import FilingMode, Procedure, ProcedureVersion, Synonym
from procedures.catalogue.search import search
from procedures.catalogue.search.index import short_name
from tenants.organisation.models import Agency
from tests.procedures.files import said, term

pytestmark = pytest.mark.usefixtures("province", "small_national")

MARRIAGE, LICENCE, CUSTOMS, DENUNCIATION = "1.000894", "3.000353", "1.000005", "1.003482"
LAND, FREE = "1.012783", "1.000010"
"""An exchange of a land certificate, and a procedure that the table calls free."""


def handled() -> set[str]:
    return set(Procedure.objects.filter(handled=True).values_list("code", flat=True))


def version(code: str = MARRIAGE) -> ProcedureVersion:
    found = Procedure.objects.get(code=code).current_version
    assert found is not None
    return found


class TestWhatIsHandled:
    def test_two_levels_by_default_and_what_others_handle_says_where(self) -> None:
        apply_selection(CatalogueSelection())
        assert MARRIAGE in handled()
        assert handled().isdisjoint({LICENCE, CUSTOMS, DENUNCIATION})
        assert Procedure.objects.get(code=CUSTOMS).levels == ["commune"]
        assert Procedure.objects.get(code="1.000010").where_text == "nộp tại Bộ Xây dựng"

    def test_sectors_are_compared_without_marks(self) -> None:
        apply_selection(CatalogueSelection(sectors=("dat dai",)))
        assert handled() == {"1.012753", "1.012783", "1.012812", "1.013978"}

    def test_excluded_sector(self) -> None:
        apply_selection(CatalogueSelection(excluded_sectors=("Hộ tịch",)))
        assert MARRIAGE not in handled()

    def test_single_codes_are_added_and_removed(self) -> None:
        apply_selection(CatalogueSelection(add=frozenset({LICENCE}), remove=frozenset({MARRIAGE})))
        assert LICENCE in handled()
        assert MARRIAGE not in handled()

    def test_denunciation_is_never_handled(self) -> None:
        with pytest.raises(CatalogueError, match="tố cáo"):
            apply_selection(CatalogueSelection(add=frozenset({DENUNCIATION})))


class TestLocalData:
    def test_is_written(self, commune: Agency) -> None:
        local = said(
            MARRIAGE,
            agency="H15.99",
            filing_mode="counter",
            filing_reason="Khai trước ở nhà",
            filing_decision="1/QĐ-UBND",
            filing_decided_on="2026-07-01",
            short_name="Kết hôn",
            everyday="Làm giấy cưới",
            fee_kind="le_phi",
            fee_amount="30.000",
            fee_note="mỗi bản",
        )
        apply_selection(CatalogueSelection(local=local, terms=term(MARRIAGE, "", "same_day")))
        procedure = Procedure.objects.get(code=MARRIAGE)
        assert (procedure.agency, procedure.filing_mode) == (commune, FilingMode.COUNTER)
        assert (procedure.filing_reason, procedure.filing_decision) == ("Khai trước ở nhà", "1/QĐ-UBND")
        assert procedure.filing_decided_on == date(2026, 7, 1)
        assert (procedure.short_name, procedure.everyday) == ("Kết hôn", "Làm giấy cưới")
        assert (version().term_unit, version().term_source) == ("same_day", "province")
        assert version().term_decision == "12/2026/QĐ-UBND"
        assert [fee.amount for fee in version().fees.all()] == [30_000]

    def test_withdrawn_term_gives_the_national_one_back(self) -> None:
        apply_selection(CatalogueSelection(terms=term(LICENCE, "3", "working_day")))
        assert version(LICENCE).term_value == 3
        apply_selection(CatalogueSelection())
        assert (version(LICENCE).term_value, version(LICENCE).term_source) == (5, "national")

    def test_unknown_agency_and_code_refuse_everything(self) -> None:
        local = said(MARRIAGE, agency="H15.1") | said("9.999999")
        with pytest.raises(CatalogueError, match=r"9\.999999.*H15\.1"):
            apply_selection(CatalogueSelection(local=local))
        assert not Procedure.objects.exists()


class TestAgain:
    def test_second_run_changes_nothing(self, commune: Agency) -> None:
        selection = CatalogueSelection(
            local=said(MARRIAGE, agency="H15.99", fee_kind="phi", fee_amount="1"),
            terms=term(MARRIAGE, "2", "hour"),
            synonyms=(("giấy cưới", "kết hôn"),),
        )
        assert apply_selection(selection).as_step([]).changes > 0
        report = apply_selection(selection)
        assert report.as_step([]).changes == 0

    def test_rows_are_written_once(self, commune: Agency) -> None:
        with CaptureQueriesContext(connection) as captured:
            apply_selection(CatalogueSelection(local=said(MARRIAGE, agency=commune.code)))
        table = f'"{Procedure._meta.db_table}"'
        writing = (f"INSERT INTO {table}", f"UPDATE {table}")
        assert sum(query["sql"].startswith(writing) for query in captured) == 1

    def test_staff_choice_stays_where_the_selection_is_silent(self, commune: Agency) -> None:
        apply_selection(CatalogueSelection())
        Procedure.objects.filter(code=CUSTOMS).update(agency=commune, short_name="Hải quan")
        apply_selection(CatalogueSelection())
        procedure = Procedure.objects.get(code=CUSTOMS)
        assert (procedure.agency, procedure.short_name) == (commune, "Hải quan")

    def test_shipped_word_that_the_province_switched_off_stays_off(self) -> None:
        apply_selection(CatalogueSelection())
        assert "\t hon thu \n" in Procedure.objects.get(code=MARRIAGE).folded
        Synonym.objects.filter(folded="hon thu").update(active=False)
        apply_selection(CatalogueSelection())
        assert not Synonym.objects.get(folded="hon thu").active
        assert "\t hon thu \n" not in Procedure.objects.get(code=MARRIAGE).folded

    def test_synonyms_of_the_province_are_kept(self) -> None:
        Synonym.objects.create(everyday="giấy hôn thú", official="kết hôn")
        apply_selection(CatalogueSelection())
        assert "\n\t giay hon thu \n" in Procedure.objects.get(code=MARRIAGE).folded


class TestOfficialFileAfterwards:
    def official(self, **facts: object) -> ProcedureRecord:
        (record,) = (record for record in national.load().records if record.code == MARRIAGE)
        return replace(record, source="portal", name="Đăng ký kết hôn (mới)", **facts)

    def test_shipped_facts_do_not_return(self) -> None:
        apply_selection(CatalogueSelection())
        update.apply(update.diff([self.official()]))
        assert apply_selection(CatalogueSelection()).changed == ()
        assert version().official_name == "Đăng ký kết hôn (mới)"

    def test_new_official_procedure_is_handled_by_the_same_rules(self) -> None:
        apply_selection(CatalogueSelection())
        record = ProcedureRecord(1, "9.000001", "Cấp thẻ", "csv", sector="Hộ tịch", levels=("commune",))
        update.apply(update.diff([record]))
        apply_selection(CatalogueSelection())
        assert "9.000001" in handled()


class TestNationalTable:
    """Papers and fees of the national table: the last of the sources. Marriage alone is explained."""

    @pytest.fixture(autouse=True)
    def explained(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ours = {MARRIAGE: national.load_explanations()[MARRIAGE]}
        monkeypatch.setattr(national, "load_explanations", lambda: ours)

    def official(self, **facts: object) -> ProcedureRecord:
        (record,) = (record for record in national.load().records if record.code == LAND)
        return replace(record, source="portal", **facts)

    def test_procedure_without_an_explanation_has_them(self) -> None:
        apply_selection(CatalogueSelection())
        papers = national_papers.load()[LAND].papers
        assert [paper.name for paper in version(LAND).documents.all()] == [
            paper.name for paper in papers.values()
        ]
        assert (version(LAND).text_source, version(LAND).text_month) == ("national", "2026-07")

    def test_explanation_comes_before_it(self) -> None:
        apply_selection(CatalogueSelection())
        ours = national.load_explanations()[MARRIAGE].facts["documents"]
        assert [paper.name for paper in version().documents.all()] == [paper.name for paper in ours]
        assert version().text_source == "explained"

    def test_official_papers_and_fees_stay(self) -> None:
        apply_selection(CatalogueSelection())
        papers, fees = (Document("Đơn của Bộ"),), (FeeItem(amount=7_000),)
        update.apply(update.diff([self.official(documents=papers, fees=fees)]))
        assert apply_selection(CatalogueSelection()).changed == ()
        assert [paper.name for paper in version(LAND).documents.all()] == ["Đơn của Bộ"]
        assert [fee.amount for fee in version(LAND).fees.all()] == [7_000]

    def test_fee_of_the_province_comes_first_and_goes_again(self) -> None:
        apply_selection(CatalogueSelection(local=said(FREE, fee_kind="phi", fee_amount="9.000")))
        assert [fee.amount for fee in version(FREE).fees.all()] == [9_000]
        apply_selection(CatalogueSelection())
        assert [fee.amount for fee in version(FREE).fees.all()] == [
            fee.amount for fee in national_papers.load()[FREE].fees
        ]

    def test_kept_fee_of_the_province_is_not_replaced(self) -> None:
        first, other = (
            CatalogueSelection(local=said(FREE, fee_kind="phi", fee_amount=amount))
            for amount in ("9.000", "8.000")
        )
        apply_selection(first)
        apply_selection(other, lambda code, *names: "fee" in names)
        assert [fee.amount for fee in version(FREE).fees.all()] == [9_000]


class TestPlainWords:
    """What an explanation says beside the versions; a province says any of it otherwise."""

    @pytest.fixture(autouse=True)
    def explained(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ours = national.load_explanations()[MARRIAGE].model_copy(
            update={
                "when": ("Hai người muốn cưới",),
                "mistakes": ("Quên căn cước", "Đi một mình"),
                "english": English(name="Marriage registration", also=("Wedding certificate",)),
            }
        )
        monkeypatch.setattr(national, "load_explanations", lambda: {MARRIAGE: ours})

    def test_stand_beside_the_version(self) -> None:
        apply_selection(CatalogueSelection())
        procedure = Procedure.objects.get(code=MARRIAGE)
        assert (procedure.when_needed, procedure.mistakes) == (
            "Hai người muốn cưới",
            "Quên căn cước\nĐi một mình",
        )

    def test_province_says_them_otherwise(self) -> None:
        own = said(MARRIAGE, mistakes="Của tỉnh", english_name="Getting married here")
        apply_selection(CatalogueSelection(local=own))
        procedure = Procedure.objects.get(code=MARRIAGE)
        assert (procedure.mistakes, procedure.english_name, procedure.when_needed) == (
            "Của tỉnh",
            "Getting married here",
            "Hai người muốn cưới",
        )

    @pytest.mark.parametrize("query", ["marriage registration", "wedding certificate"])
    def test_english_question_finds_it(self, query: str) -> None:
        apply_selection(CatalogueSelection())
        assert [hit.code for hit in search.search(query).hits] == [MARRIAGE]

    def test_short_name_stands_for_a_long_official_one_until_another_is_chosen(self) -> None:
        code, plain = "1.012753", "Làm sổ đỏ lần đầu cho tổ chức đang sử dụng đất"
        apply_selection(CatalogueSelection())
        cut = short_name(Procedure.objects.get(code=code).name)
        for chosen, then in (("", plain), (cut, plain), ("Tên riêng", "Tên riêng")):
            Procedure.objects.filter(code=code).update(short_name=chosen)
            apply_selection(CatalogueSelection())
            assert Procedure.objects.get(code=code).short_name == then, chosen


class TestANewRelease:
    """A national catalogue that no longer has a procedure."""

    @pytest.fixture
    def without_marriage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        apply_selection(CatalogueSelection())
        reading = national.load()
        left = tuple(record for record in reading.records if record.code != MARRIAGE)
        monkeypatch.setattr(national, "load", lambda: replace(reading, records=left))

    def test_what_is_gone_is_told_and_stays(self, without_marriage: None) -> None:
        report = apply_selection(CatalogueSelection())
        assert [gone.code for gone in report.missing] == [MARRIAGE]
        assert (report.hidden, Procedure.objects.get(code=MARRIAGE).state) == ((), "active")

    def test_what_is_gone_is_hidden_when_asked_and_its_version_stays(self, without_marriage: None) -> None:
        before = version().pk
        assert apply_selection(CatalogueSelection(on_missing="hide")).hidden == (MARRIAGE,)
        assert (Procedure.objects.get(code=MARRIAGE).state, version().pk) == ("hidden", before)
        assert apply_selection(CatalogueSelection(on_missing="hide")).as_step([]).changes == 0


class TestWhatIsSaidBySector:
    """A code says more than its sector; what the province does not handle is left alone."""

    SAID = CatalogueSelection(
        excluded_sectors=("Đất đai",),
        local=said(MARRIAGE, agency="H15.21"),
        agencies=(AgencyStatement(agency="H15.02", sectors=("Hộ tịch", "Đất đai")),),
        no_terms=(
            SourceStatement(source="QĐ 1", sectors=("Hộ tịch",)),
            SourceStatement(source="QĐ 2", codes=frozenset({MARRIAGE})),
        ),
        no_fees=(SourceStatement(source="NQ 3", sectors=("Hộ tịch",)),),
    )

    def test_it_is_written_once(self) -> None:
        for code in ("H15.02", "H15.21"):
            Agency.objects.create(code=code, name=code)
        apply_selection(self.SAID)
        marriage = Procedure.objects.get(code=MARRIAGE)
        assert (marriage.agency.code, marriage.no_term_source, marriage.no_fee_source) == (
            "H15.21",
            "QĐ 2",
            "NQ 3",
        )
        birth = Procedure.objects.get(code="1.001193")
        assert (birth.agency.code, birth.no_term_source, birth.no_fee_source) == ("H15.02", "QĐ 1", "NQ 3")
        assert (
            Procedure.objects.filter(handled=False)
            .exclude(agency=None, no_term_source="", no_fee_source="")
            .count()
            == 0
        )
        assert apply_selection(self.SAID).local_changes == 0

    def test_an_unknown_agency_is_refused(self) -> None:
        with pytest.raises(CatalogueError, match=r"không có cơ quan mã H15\.77"):
            apply_selection(
                CatalogueSelection(agencies=(AgencyStatement(agency="H15.77", sectors=("Hộ tịch",)),))
            )
