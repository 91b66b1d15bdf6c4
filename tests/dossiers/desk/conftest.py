import pytest
from django.test import Client

from tests.dossiers.desk.test_desk import logged_in
from tests.factories import Office


@pytest.fixture
def clerk(office: Office) -> Client:
    return logged_in(office.clerk)
