"""Requests that no browser sends: a clear answer, never a 500, never a way round a door."""

import pytest
from django.test import Client, RequestFactory

from dossiers.lifecycle import actions as services
from tenants.organisation.models import Agency
from tests.factories import AgencyFactory, Office, UserFactory

HOST = "daklak.localhost"


@pytest.fixture
def visitor(db: None) -> Client:
    return Client(headers={"host": HOST}, raise_request_exception=False)


@pytest.mark.parametrize("charset", ["rot13", "base64", "idna", "undefined", "utf-16", "unicode_escape"])
def test_claimed_charset_is_not_believed(db: None, charset: str) -> None:
    from portal.wsgi import application

    environ = RequestFactory().get("/healthz", headers={"host": HOST}).environ
    environ |= {
        "CONTENT_TYPE": f"text/plain; charset={charset}",
        "QUERY_STRING": "q=%5Cud800",
    }
    seen: list[str] = []
    b"".join(application(environ, lambda status, headers, exc_info=None: seen.append(status)))
    assert seen == ["200 OK"]


@pytest.mark.parametrize("page", ["/", "/tra-cuu/", "/thu-tuc/", "/quan-tri/login/"])
def test_too_many_parameters_are_refused_in_words(visitor: Client, page: str) -> None:
    response = visitor.get(page + "?" + "&".join(f"a{n}=1" for n in range(4001)))
    assert response.status_code == 400
    assert "quá nhiều tham số" in response.content.decode()


def test_unreadable_origin_is_another_site(visitor: Client) -> None:
    assert visitor.post("/tra-cuu/", {"code": "x"}, headers={"origin": "http://["}).status_code == 403


def test_session_cookie_with_nul_is_no_session(visitor: Client) -> None:
    cookie = 'phien="' + "\\000" * 9 + '"'
    assert visitor.get("/quan-tri/login/", headers={"cookie": cookie}).status_code == 200


def test_forgery_is_refused_on_a_page_of_ours(db: None) -> None:
    client = Client(enforce_csrf_checks=True, headers={"host": HOST})
    response = client.post("/quan-tri/login/", {"username": "x"})
    assert response.status_code == 403
    assert "DEBUG" not in response.content.decode()


@pytest.fixture
def desk(province: object, noon: object) -> Office:
    return Office()


@pytest.mark.parametrize(
    "address", ["%20{}/change/", "{}%20/change/", "+{}/change/", "{}/history/", "{}/delete/"]
)
def test_no_other_door_leads_to_a_dossier(desk: Office, address: str) -> None:
    dossier = services.receive(desk.intake(), actor=desk.clerk).dossier
    client = Client(headers={"host": HOST})
    client.force_login(desk.clerk)
    response = client.get("/quan-tri/dossiers/dossier/" + address.format(dossier.pk))
    assert response.status_code == 404


NO_ROWS = {"level": "commune", "name": "X", "assignments-TOTAL_FORMS": 0, "assignments-INITIAL_FORMS": 0}


def test_agency_with_an_impossible_code_is_refused(province: object) -> None:
    client = Client(headers={"host": HOST})
    client.force_login(UserFactory(administrator=True))
    for code in ("bad", "H19.99", "H15.08 ;", "H15.77\u202e"):
        client.post("/quan-tri/organisation/agency/add/", {"code": code, **NO_ROWS})
        assert not Agency.objects.exists(), code


def test_agency_never_stands_above_itself(province: object) -> None:
    upper = AgencyFactory(code="H15.01")
    lower = AgencyFactory(code="H15.01.01", parent=upper)
    client = Client(headers={"host": HOST})
    client.force_login(UserFactory(administrator=True))
    client.post(
        f"/quan-tri/organisation/agency/{upper.pk}/change/",
        {"parent": lower.pk, **NO_ROWS},
    )
    upper.refresh_from_db()
    assert upper.parent is None
