from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.catalogue import national, update
from procedures.catalogue.local_selection import CatalogueSelection, LocalData, LocalTerm, apply_selection
from procedures.catalogue.statements import AgencyStatement, SourceStatement
from procedures.catalogue.update import CatalogueError
from procedures.formats.base import FeeItem, ProcedureRecord, Term
from procedures.models import FilingMode, Procedure, ProcedureVersion, Synonym
from tenants.organisation.models import Agency

pytestmark = pytest.mark.usefixtures("province", "small_national")

MARRIAGE, LICENCE, CUSTOMS, DENUNCIATION = "1.000894", "3.000353", "1.000005", "1.003482"


def handled() -> set[str]:
    return set(Procedure.objects.filter(handled=True).values_list("code", flat=True))


def version(code: str = MARRIAGE) -> ProcedureVersion:
    found = Procedure.objects.get(code=code).current_version
    assert found is not None
    return found


class TestWhatIsHandled:
    def test_two_levels_by_default(self) -> None:
        report = apply_selection(CatalogueSelection())
        assert MARRIAGE in handled()
        assert LICENCE not in handled()
        assert (report.handled, report.information_only) == (
            len(handled()),
            Procedure.objects.count() - len(handled()),
        )

    def test_sectors_are_compared_without_marks(self) -> None:
        apply_selection(CatalogueSelection(sectors=("dat dai",)))
        assert handled() == {"1.012753", "1.012783", "1.012812", "1.013978"}

    def test_excluded_sector(self) -> None:
        apply_selection(CatalogueSelection(excluded_sectors=("Hộ tịch",)))
        assert MARRIAGE not in handled()

    def test_single_codes_are_added_and_removed(self) -> None:
        apply_selection(CatalogueSelection(added=frozenset({LICENCE}), removed=frozenset({MARRIAGE})))
        assert LICENCE in handled()
        assert MARRIAGE not in handled()

    def test_customs_sent_to_the_commune_is_not_handled(self) -> None:
        apply_selection(CatalogueSelection())
        assert CUSTOMS not in handled()
        assert Procedure.objects.get(code=CUSTOMS).levels == ["commune"]

    def test_denunciation_is_never_handled(self) -> None:
        apply_selection(CatalogueSelection())
        assert DENUNCIATION not in handled()
        with pytest.raises(CatalogueError, match="tố cáo"):
            apply_selection(CatalogueSelection(added=frozenset({DENUNCIATION})))

    def test_what_others_handle_says_where(self) -> None:
        apply_selection(CatalogueSelection())
        assert Procedure.objects.get(code="1.000010").where_text == "nộp tại Bộ Xây dựng"


class TestLocalData:
    def test_is_written(self, commune: Agency) -> None:
        local = LocalData(
            agency="H15.99",
            filing_mode="counter",
            short_name="Kết hôn",
            everyday="Làm giấy cưới",
            fees=(FeeItem("le_phi", 30_000, "mỗi bản"),),
            term=LocalTerm(Term(None, "same_day"), "12/2026/QĐ-UBND"),
        )
        apply_selection(CatalogueSelection(local={MARRIAGE: local}))
        procedure = Procedure.objects.get(code=MARRIAGE)
        assert (procedure.agency, procedure.filing_mode) == (commune, FilingMode.COUNTER)
        assert (procedure.short_name, procedure.everyday) == ("Kết hôn", "Làm giấy cưới")
        assert (version().term_unit, version().term_source) == ("same_day", "province")
        assert version().term_decision == "12/2026/QĐ-UBND"
        assert [fee.amount for fee in version().fees.all()] == [30_000]

    def test_withdrawn_term_gives_the_national_one_back(self) -> None:
        own = LocalData(term=LocalTerm(Term(3, "working_day"), "12/2026/QĐ-UBND"))
        apply_selection(CatalogueSelection(local={LICENCE: own}))
        assert version(LICENCE).term_value == 3
        apply_selection(CatalogueSelection())
        assert (version(LICENCE).term_value, version(LICENCE).term_source) == (5, "national")

    def test_unknown_agency_and_code_refuse_everything(self) -> None:
        local = {MARRIAGE: LocalData(agency="H15.1"), "9.999999": LocalData()}
        with pytest.raises(CatalogueError, match=r"9\.999999.*H15\.1"):
            apply_selection(CatalogueSelection(local=local))
        assert not Procedure.objects.exists()


class TestAgain:
    def test_second_run_changes_nothing(self, commune: Agency) -> None:
        local = {
            MARRIAGE: LocalData("H15.99", term=LocalTerm(Term(2, "hour"), "1/QĐ"), fees=(FeeItem("phi", 1),))
        }
        selection = CatalogueSelection(local=local, synonyms=(("giấy cưới", "kết hôn"),))
        assert apply_selection(selection).changes > 0
        report = apply_selection(selection)
        assert (report.changes, report.versions) == (0, 0)

    def test_rows_are_written_once(self, commune: Agency) -> None:
        with CaptureQueriesContext(connection) as captured:
            apply_selection(CatalogueSelection(local={MARRIAGE: LocalData(agency=commune.code)}))
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
        assert "hon thu" in Procedure.objects.get(code=MARRIAGE).folded
        Synonym.objects.filter(folded="hon thu").update(active=False)
        apply_selection(CatalogueSelection())
        assert not Synonym.objects.get(folded="hon thu").active
        assert "hon thu" not in Procedure.objects.get(code=MARRIAGE).folded

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
        assert apply_selection(CatalogueSelection()).versions == 0
        assert version().official_name == "Đăng ký kết hôn (mới)"

    def test_official_papers_replace_ours_for_good(self) -> None:
        apply_selection(CatalogueSelection())
        assert version().documents.exists()
        update.apply(update.diff([self.official(documents=())]))
        apply_selection(CatalogueSelection())
        assert not version().documents.exists()

    def test_new_official_procedure_is_handled_by_the_same_rules(self) -> None:
        apply_selection(CatalogueSelection())
        record = ProcedureRecord(1, "9.000001", "Cấp thẻ", "csv", sector="Hộ tịch", levels=("commune",))
        update.apply(update.diff([record]))
        apply_selection(CatalogueSelection())
        assert "9.000001" in handled()


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
        assert apply_selection(CatalogueSelection(hide_missing=True)).hidden == (MARRIAGE,)
        assert (Procedure.objects.get(code=MARRIAGE).state, version().pk) == ("hidden", before)
        assert apply_selection(CatalogueSelection(hide_missing=True)).changes == 0


class TestWhatIsSaidBySector:
    """A code says more than its sector; what the province does not handle is left alone."""

    SAID = CatalogueSelection(
        excluded_sectors=("Đất đai",),
        local={MARRIAGE: LocalData(agency="H15.21")},
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
