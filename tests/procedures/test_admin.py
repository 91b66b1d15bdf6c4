from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.test import Client

from procedures.models import Procedure, Synonym
from tenants.accounts.models import User

pytestmark = pytest.mark.usefixtures("catalogue")
LIST = "/quan-tri/procedures/procedure/"


@pytest.fixture
def staff(settings) -> Client:
    settings.REQUIRE_MFA = False
    client = Client(headers={"host": "daklak.localhost"})
    client.force_login(User.objects.create_superuser(username="quantri", password="mau-khong-that"))
    return client


def change_address(code: str) -> str:
    return f"{LIST}{Procedure.objects.get(code=code).pk}/change/"


@pytest.mark.parametrize("query", ["ket hon", "Đăng ký kết hôn", "1.000894"])
def test_list_is_searched_without_marks(staff: Client, query: str) -> None:
    found = staff.get(LIST, {"q": query}).context["cl"].result_list
    assert "1.000894" in {procedure.code for procedure in found}


def test_new_short_name_is_found_at_once(
    staff: Client, inside: Callable[[str], AbstractContextManager]
) -> None:
    form = {
        "handled": "on",
        "state": "active",
        "filing_mode": "counter",
        "short_name": "Zuzu",
        "versions-TOTAL_FORMS": "0",
        "versions-INITIAL_FORMS": "0",
    }
    assert staff.post(change_address("1.000894"), form).status_code == 302
    with inside("daklak"):
        assert "\n zuzu \n" in Procedure.objects.get(code="1.000894").folded


def test_new_synonym_is_found_at_once(staff: Client, inside: Callable[[str], AbstractContextManager]) -> None:
    staff.post("/quan-tri/procedures/synonym/add/", {"everyday": "zuzu", "official": "kết hôn"})
    with inside("daklak"):
        assert Synonym.objects.filter(folded="zuzu").exists()
        assert "\n zuzu \n" in Procedure.objects.get(code="1.000894").folded


def test_denunciation_cannot_be_handled(staff: Client) -> None:
    form = {
        "handled": "on",
        "state": "active",
        "filing_mode": "counter",
        "short_name": "Tố cáo",
        "versions-TOTAL_FORMS": "0",
        "versions-INITIAL_FORMS": "0",
    }
    response = staff.post(change_address("1.003482"), form)
    assert "bảo vệ người tố cáo" in response.content.decode()


def test_nothing_is_added_or_deleted_by_hand(staff: Client) -> None:
    deletion = change_address("1.000894").replace("change", "delete")
    assert [staff.get(address).status_code for address in (f"{LIST}add/", deletion)] == [403, 403]
