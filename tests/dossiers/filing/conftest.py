from pathlib import Path

import pytest

from tests.dossiers.filing.citizen import Citizen
from tests.dossiers.filing.filling import Filing
from tests.dossiers.lifecycle.files.conftest import store  # noqa: F401 – a fixture
from tests.factories import Office
from tests.task_queue import TaskQueue


@pytest.fixture
def filing(office: Office, task_queue: TaskQueue, store: Path) -> Filing:  # noqa: F811
    """A procedure that is filed here, with its form, and a citizen with a telephone."""
    return Filing(office, task_queue)


@pytest.fixture
def citizen(filing: Filing) -> Citizen:
    return Citizen(filing)


@pytest.fixture
def begun(citizen: Citizen) -> Citizen:
    citizen.begin()
    return citizen
