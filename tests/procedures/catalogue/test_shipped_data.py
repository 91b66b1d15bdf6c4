"""What ships with the portal: the national catalogue, the explanations, the everyday words."""

import re
from collections import Counter
from html import unescape
from itertools import product

import pytest
from django.test import Client

from dossiers.filing.rules.form import shipped_forms
from procedures.catalogue.contents import cases, filing_rules, national, national_papers
from procedures.catalogue.contents.guidance import NAMES
from procedures.catalogue.contents.local_selection import apply_selection
from procedures.catalogue.contents.selection import CatalogueSelection
from procedures.catalogue.contents.short_papers import LONGEST_NAME, NOTE, NOTHING, REST, left_out
from procedures.catalogue.formats.base import KINDS_BY_CODE, TERM_UNITS, Document, Term, kind_of
from procedures.catalogue.models import ProcedureKind
from procedures.catalogue.search.index import short_name
from tenants.english import in_english
from tenants.text import fold
from tests.deep import share

MOST_WORDS = 450
"""In sight on the page of an explained procedure."""


@pytest.fixture(scope="module")
def records():
    return {record.code: record for record in national.load().records}


def test_national_catalogue_is_whole(records) -> None:
    assert len(records) == 2342
    assert all(record.sector and record.issuer for record in records.values())


def test_terms_have_a_known_unit_or_are_blank(records) -> None:
    units = {record.term.unit for record in records.values()}
    assert units <= {"", *TERM_UNITS}
    assert all(bool(record.term.value) == bool(record.term.unit) for record in records.values())


def test_every_complaint_by_name_is_in_the_list_of_codes(records) -> None:
    found = {code: kind_of(code, record.name) for code, record in records.items()}
    assert {code: kind for code, kind in found.items() if kind != ProcedureKind.NORMAL} == KINDS_BY_CODE


def test_unknown_complaint_is_recognised_by_its_name() -> None:
    assert kind_of("9.999999", "Giải quyết KHIẾU NẠI lần đầu tại cấp xã") == ProcedureKind.COMPLAINT


@pytest.fixture(scope="module")
def explained() -> dict[str, national.Explanation]:
    return national.load_explanations()


def test_table_of_papers_is_whole(records) -> None:
    table = national_papers.load()
    assert table.keys() <= records.keys()
    assert sum(bool(facts.papers) for facts in table.values()) > 2250
    papers = [paper for facts in table.values() for paper in facts.papers.values()]
    assert len(papers) > 12_000
    assert all(paper.name and len(paper.name) <= LONGEST_NAME for paper in papers)
    assert all((number or 0) < 10 for paper in papers for number in (paper.originals, paper.copies))


def test_rest_of_another_row_is_no_paper() -> None:
    papers = [paper for facts in national_papers.load().values() for paper in facts.papers.values()]
    assert {paper.name for paper in papers if left_out(paper) in (NOTHING, REST, NOTE)} == set()


@pytest.mark.parametrize(
    "code",
    ["1.000082", "1.000256", "1.000300", "1.003563", "1.003590", "1.003593", "1.013424", "3.000380"],
)
def test_charged_procedure_is_not_called_free(code: str) -> None:
    """The export prints “Miễn phí” of these, and in brackets an amount, a circular or a tariff."""
    assert 0 not in {fee.amount for fee in national_papers.load()[code].fees}


def test_note_of_what_is_free_says_so() -> None:
    notes = {fee.note for facts in national_papers.load().values() for fee in facts.fees if fee.amount == 0}
    assert {note for note in notes if note and not note.startswith(("Miễn", "Không thu"))} == set()


def test_explained_procedures_are_in_the_catalogue(records, explained) -> None:
    assert len(explained) >= 100
    assert explained.keys() <= records.keys()


def test_short_names_differ(explained) -> None:
    names = Counter(fold(explanation.short_name) for explanation in explained.values())
    assert [name for name, count in names.items() if count > 1] == []


def test_plain_names_are_short_and_of_what_no_file_explains(records, explained) -> None:
    names = national.load_short_names()
    assert len(names) > 300
    assert names.keys() <= records.keys() - explained.keys()
    assert [name for name in names.values() if not 8 <= len(name) <= 63 or name != name.strip()] == []
    derived = {code: national.usual_short_name(code, record.name) for code, record in records.items()}
    assert {code for code in names if len(short_name(records[code].name)) <= 60} == set()
    shown = Counter([*derived.values(), *(one.short_name for one in explained.values())])
    assert [name for name in names.values() if shown[name] > 1] == []


def test_every_row_of_the_table_is_cited_or_skipped(explained) -> None:
    table = national_papers.load()
    unsaid = {
        explanation.code: sorted(rows)
        for explanation in explained.values()
        if (rows := set(_papers(table, explanation.code)) - _cited(explanation) - set(explanation.skipped))
    }
    assert unsaid == {}


def test_no_row_is_cited_and_skipped(explained) -> None:
    both = {one.code: _cited(one) & set(one.skipped) for one in explained.values()}
    assert {code: rows for code, rows in both.items() if rows} == {}


def test_numbers_of_papers_are_those_of_a_cited_row(explained) -> None:
    table = national_papers.load()
    wrong = [
        (explanation.code, paper.name)
        for explanation in explained.values()
        for paper, cited in zip(explanation.facts["documents"], explanation.documents, strict=True)
        if not _agrees(paper, [_papers(table, explanation.code).get(row) for row in cited.rows])
    ]
    assert wrong == []


def test_fees_are_among_those_of_the_table(explained) -> None:
    wrong = []
    for explanation in explained.values():
        known = {fee.amount for fee in national_papers.load()[explanation.code].fees}
        said = {fee.amount for fee in explanation.facts.get("fees", ())} - {None}
        if known and not said <= known:
            wrong.append((explanation.code, said, known))
    assert wrong == []


def test_source_is_the_decision_of_the_catalogue(explained, records) -> None:
    wrong = {
        code: one.source for code, one in explained.items() if one.source.decision != records[code].decision
    }
    assert wrong == {}
    assert {one.source.date for one in explained.values()} <= {national.MONTH}


def test_explanations_are_whole(explained) -> None:
    """English too: the page in English shows the papers by their English names, and the steps of what is filed here."""
    for one in explained.values():
        assert one.facts["documents"], one.code
        assert one.facts["steps"], one.code
        assert all(one.names[name] for name in NAMES if name != "english_also"), one.code
        assert all(paper.english for paper in one.facts["documents"]), one.code
        said = [text for step in one.facts["steps"] for text in (step.name, step.detail) if text]
        assert one.code not in shipped_forms() or [text for text in said if not in_english(text)] == []


def _papers(table, code: str) -> dict[int, Document]:
    return dict(table[code].papers) if code in table else {}


def _cited(explanation: national.Explanation) -> set[int]:
    return {row for paper in explanation.documents for row in paper.rows}


def _agrees(paper: Document, rows: list[Document | None]) -> bool:
    """Whether one cited row has these numbers. A paper may say none, and so do rows that the table left out."""
    if paper.originals is None and paper.copies is None:
        return True
    known = [row for row in rows if row is not None]
    numbers = {(row.originals, row.copies) for row in known}
    return (paper.originals, paper.copies) in numbers or (bool(rows) and not known)


def test_every_explained_term_is_said(records, explained) -> None:
    assert [code for code, one in explained.items() if one.onto(records[code]).term == Term()] == []


def test_term_in_words_that_stands_for_a_single_one_names_its_number(records, explained) -> None:
    single = {code: one for code, one in explained.items() if one.term_note and records[code].term.unit}
    assert single
    assert all(
        re.search(rf"\b{records[code].term.value} ngày", one.term_note) for code, one in single.items()
    )


def test_term_in_words_names_every_number_of_several(records, explained) -> None:
    """An hour, in which a number plate is given at once, is the only number left out."""
    several = {code: one for code, one in explained.items() if one.term_note and records[code].term.note}
    assert several
    for code, one in several.items():
        terms = records[code].term.note.replace("1 giờ làm việc", "").split(";")
        assert all(term.strip() in one.term_note for term in terms), code


def test_no_way_to_file_is_left_out_but_the_post(records, explained) -> None:
    assert all(
        set(records[code].channels) - {"post"} <= set(one.onto(records[code]).channels)
        for code, one in explained.items()
    )


def test_fee_says_how_much_or_where_to_ask(explained) -> None:
    """And whom it is free for: “some are exempt” answers no question."""
    how_much = re.compile(
        r"\d+\.\d{3}|\d+ đô|USD|[Hh]ỏi|Số tiền|số tiền|[Mm]iễn|không phải nộp|mỗi lần|[Bb]ản sao"
    )
    fees = [(code, fee) for code, one in explained.items() for fee in one.facts.get("fees", ())]
    assert [code for code, fee in fees if fee.amount is None and not how_much.search(fee.note)] == []
    assert [
        code for code, fee in fees if re.search(r"có (?:người|trường hợp) được miễn", fee.note, re.I)
    ] == []


def _rules(*, free: bool = False) -> set[str]:
    return {rule.topic for rule in filing_rules.shown_rules("9.999999", "", (), free=free)}


def test_addresses_of_desks_stand_where_one_may_go_there() -> None:
    def has_desks(code: str) -> bool:
        return any(rule.desks for rule in filing_rules.shown_rules(code, "", ()))

    assert (has_desks("9.999999"), has_desks("1.001437")) == (True, False)


def test_nothing_is_photographed_where_nothing_is_handed_in() -> None:
    def of_forms(code: str) -> str:
        rules = filing_rules.shown_rules(code, "", ["online"])
        return next(rule.text for rule in rules if rule.topic == "forms")

    assert ("chụp rõ" in of_forms("9.999999"), "chụp rõ" in of_forms("1.012575")) == (True, False)


def test_how_to_pay_is_not_said_of_what_is_free() -> None:
    assert _rules() - _rules(free=True) == {"payment"}


def test_every_explained_page_answers_what_people_ask_before_they_go(records, explained) -> None:
    always = set(filing_rules.TOPICS) - {"money", "foreign"}
    for code in explained:
        record = records[code]
        shown = filing_rules.shown_rules(code, record.sector, record.channels, record.levels)
        assert {rule.topic for rule in shown} >= always, code
        assert all(rule.text for rule in shown), code


def test_every_paper_says_how_many_or_the_rule_does(records, explained) -> None:
    for code, one in explained.items():
        (rule,) = (r for r in filing_rules.shown_rules(code, records[code].sector, ()) if r.topic == "papers")
        unsaid = [paper for paper in one.facts["documents"] if not paper.originals and not paper.copies]
        assert all(paper.detail for paper in unsaid) or "Giấy không ghi số" in rule.text, code


def test_rules_of_filing_are_of_known_sectors_and_codes(records) -> None:
    sectors = {record.sector for record in records.values()}
    for group in filing_rules.load().groups:
        assert set(group.sectors) <= sectors
        assert set(group.codes) <= records.keys()


def test_every_question_about_a_case_is_of_the_published_text(records, explained) -> None:
    """Papers of several cases have questions, but those that are “better brought, not required”."""
    asked = cases.by_code()
    several = {code for code, one in explained.items() if len({paper.case for paper in one.documents}) > 1}
    assert several - asked.keys() == {"1.012566"}
    for code, questions in asked.items():
        record = explained[code].onto(records[code])
        papers = {paper.case for paper in record.documents}
        source = "\n".join([record.term.note, *(fee.note for fee in record.fees or ())])
        answers = [answer for one in questions for answer in one.answers]
        assert len({one.key for one in questions}) == len(questions) <= cases.MOST_QUESTIONS, code
        assert {case for one in questions for case in one.cases} <= papers, code
        assert all(word in source for answer in answers for word in (answer.term, answer.fee)), code


@pytest.mark.sampled
@pytest.mark.usefixtures("province")
def test_each_case_shows_its_papers_and_none_of_another(explained, monkeypatch, tmp_path):
    codes = share(sorted(cases.by_code()), 3, 20)
    national.write((one for one in national.load().records if one.code in codes), tmp_path / "national.csv")
    monkeypatch.setattr(national, "NATIONAL", tmp_path / "national.csv")
    apply_selection(CatalogueSelection())
    citizen = Client(headers={"host": "daklak.localhost"})
    for code in codes:
        asked = cases.by_code()[code]
        known = {case for one in asked for case in one.cases}
        for answers in product(*(one.answers for one in asked)):
            query = {one.key: answer.code for one, answer in zip(asked, answers, strict=True)}
            page = citizen.get(f"/thu-tuc/{code}/", query).content.decode()
            found = re.findall(r'<label for="paper-[^>]*>(.*?)(?: <span|</label>)', page)
            wanted = known - {case for answer in answers for case in answer.cases}
            mine = [paper.name for paper in explained[code].documents if paper.case not in wanted]
            assert sorted(unescape(name).replace("\xa0", " ") for name in found) == sorted(mine), query
            assert mine, query
