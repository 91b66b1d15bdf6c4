"""Every statement of the search is answered by indexes, on a catalogue so large that reading it all would show."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.catalogue.models import Synonym
from procedures.catalogue.search import search
from tenants.isolation.context import province_context
from tests.conftest import CommittedProvince
from tests.factories import ProcedureFactory
from tests.provinces import as_owner

PROCEDURES = 6_000
WORDS = 40_000
# One row here: no index would be quicker.
SMALL = {"procedures_sector", "procedures_procedureversion"}


@pytest.fixture
def large(committed_province: CommittedProvince) -> Iterator[None]:
    """A catalogue of thousands of made-up procedures with words of their own, vacuumed and analysed."""
    original = ProcedureFactory(channels=["online"], name="Thủ tục minh họa " * 20, summary="Tóm tắt " * 20)
    columns = (
        "sector_id, name, short_name, everyday, summary, levels, channels, issuer, kind, filing_mode, where_text, state, "
        "no_term_source, no_fee_source, when_needed, mistakes, where_guide, english_name, english_also, english_summary, "
        "filing_reason, filing_decision"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO procedures_procedure ({columns}, code, handled, folded, spelled, sort_key, initials) "
            f"SELECT {columns}, '2.' || lpad(n::text, 6, '0'), n %% 2 = 0, w, w, 'k' || n, 'q' || translate(n::text, '0123456789', 'abcdeghikl') FROM "
            "procedures_procedure original, generate_series(1, %s) n, LATERAL (SELECT concat(E'\\n cap giay phep ', "
            "translate(n::text, '0123456789', 'abcdeghikl'), ' loai ', translate((n / 7)::text, '0123456789', "
            "'mnopqrstuv'), E' cho nguoi dan \\n') AS w) words WHERE original.id = %s",
            [PROCEDURES, original.pk],
        )
        cursor.execute(
            "INSERT INTO procedures_searchword (text, procedures, deletions) "
            "SELECT 'w' || n, 1, ARRAY['w' || n, n::text] FROM generate_series(1, %s) n",
            [WORDS],
        )
    Synonym.objects.bulk_create(
        Synonym(everyday=f"từ {n}", official="x", folded=f"tu {n}") for n in range(PROCEDURES)
    )
    tables = "procedures_procedure, procedures_searchword, procedures_synonym, procedures_procedureversion"
    with as_owner(), province_context(committed_province.record), connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {tables}")
    with province_context(committed_province.record):
        yield


def scans(query: str, **filters: str) -> set[str]:
    """The tables that the statements of this search read from end to end."""
    with CaptureQueriesContext(connection) as captured:
        search.search(query, **filters)
    assert captured.captured_queries
    found: set[str] = set()
    for statement in captured.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (FORMAT JSON) " + statement["sql"])
            plan = cursor.fetchone()[0]
        found |= set(_scanned((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]))
    return found


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from _scanned(child)


def test_every_statement_is_answered_by_an_index(large: None) -> None:
    asked = {
        "words": {"query": "loai bcd"},
        "phrase with marks": {"query": "đăng ký kết hôn"},
        "code": {"query": "2.000123"},
        "beginning of a code": {"query": "2.0001"},
        "a slip": {"query": "loai bcde dann"},
        "glued": {"query": "dangkykethon"},
        "nothing": {"query": "zzzz qqqq"},
        "filters": {"query": "loai bcd", "level": "commune", "channel": "online", "sector": "ho tich"},
        "everything": {"query": ""},
    }
    found = {
        name: tables - SMALL for name, question in asked.items() if (tables := scans(**question)) - SMALL
    }
    assert found == {}
