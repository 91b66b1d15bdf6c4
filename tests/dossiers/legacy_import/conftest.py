from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from dossiers.legacy_import.importer import Outcome, load
from dossiers.legacy_import.rows.records import Severity
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tests.dossiers.legacy_files import MAPPING, Row, write_csv
from tests.factories import Office

Take = Callable[..., Outcome]

LATER = datetime(2026, 11, 26, 10, 0, tzinfo=clock.VIETNAM)


@pytest.fixture
def take(office: Office, tmp_path: Path) -> Take:
    """Load rows as a file of the shipped mapping: the first time on 25/11 at 10:00, then a day later."""

    def run(*rows: Row, mapping: Path = MAPPING, **options: object) -> Outcome:
        file = write_csv(tmp_path / "hoso.csv", rows)
        with clock.frozen(LATER if Dossier.objects.exists() else clock.now()):
            return load(file, mapping, report_to=tmp_path / "report.xlsx", **options)

    return run


def errors(outcome: Outcome) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.reason) for one in outcome.findings if one.severity is Severity.ERROR]
