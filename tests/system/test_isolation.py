"""Every address of a province × everybody who has no business there: nothing of another province comes out.

The twins hold the same rows under the same keys, so a page that looked into the wrong province would find
something, and its canary would show.
"""

import re
from typing import Any

import pytest

from portal.server import places
from tenants.isolation.context import province_context
from tests.deep import share
from tests.system.addresses import NATIONAL, PROVINCE, Address, addresses
from tests.system.worlds import World, fingerprint

ALL = addresses(PROVINCE)
STAFF = [address for address in ALL if address.is_staff]
NATIONAL_ALL = addresses(NATIONAL)
OUTSIDERS = ("foreign", "copied", "operator")
# Their answer to somebody who is not signed in is a page of their own.
OPEN_STAFF_PAGES = {"/quan-tri/login/"}

TWINS = ("daklak", "dongnai")
both = pytest.mark.parametrize("slug", TWINS)


def in_turn(asked: list[Address], turn: int) -> pytest.MarkDecorator:
    """Each address in one of the twins, one after the other: they are made alike, down to their keys.

    `make test` takes every fifth address, and in the next test others.
    """
    pairs = [(address, TWINS[number // 2 % len(TWINS)]) for number, address in enumerate(asked)]
    return pytest.mark.parametrize(("address", "slug"), share(pairs, turn, 5), ids=str)


_NEW_EACH_TIME = re.compile(r'(name="(?:csrfmiddlewaretoken|once)" value|nonce)="[^"]*"')


def body(response: Any) -> str:
    """Text of an answer without what differs from one request to the next."""
    if response.streaming and not hasattr(response, "content_read"):
        response.content_read = b"".join(response.streaming_content)
    content = response.content_read if response.streaming else response.content
    return _NEW_EACH_TIME.sub("", content.decode(errors="replace"))


def tells(response: Any, word: str) -> bool:
    """Whether a word stands in the body or the head of an answer, in whatever case."""
    return word.lower() in f"{response.headers}{body(response)}".lower()


def has_many_rows(address: Address, response: Any) -> bool:
    """Whether the answer is a file of a list; the PDF of one dossier, notice or file names its row in the address."""
    kind = response.headers.get("Content-Type", "")
    is_table = "spreadsheetml" in kind or kind.startswith("text/csv")
    return is_table or (kind == "application/pdf" and "_id>" not in address.text)


def path_in(address: Address, world: World) -> str:
    with province_context(world.slug):
        return address.path(world)


@pytest.mark.sampled
@in_turn(ALL, 0)
def test_a_page_shows_its_own_province_alone(twins: dict[str, World], address: Address, slug: str) -> None:
    world = twins[slug]
    response = world.client("own").get(path_in(address, world))
    assert response.status_code < 500
    assert not tells(response, world.foreign_canary)
    if address.is_staff and has_many_rows(address, response):
        assert address.text.endswith((*places.HEAVY_ENDS, ".<str:kind>")), "made in the threads of pages"


@pytest.mark.sampled
@in_turn(ALL, 1)
def test_a_session_from_outside_is_nobody(twins: dict[str, World], address: Address, slug: str) -> None:
    """Province superusers with a cookie of the other province, with its very row copied, and operators."""
    world = twins[slug]
    path = path_in(address, world)
    nobody = world.client().get(path)
    for session in OUTSIDERS:
        answer = world.client(session).get(path)
        assert (answer.status_code, body(answer)) == (nobody.status_code, body(nobody)), session
        assert answer.get("Location") == nobody.get("Location"), session
        assert not tells(answer, world.foreign_canary), session
    if address.is_staff and address.text not in OPEN_STAFF_PAGES:
        assert nobody.status_code in (302, 403, 404)


@pytest.mark.sampled
@in_turn(STAFF, 0)
def test_a_session_from_outside_changes_nothing(twins: dict[str, World], address: Address, slug: str) -> None:
    world = twins[slug]
    path = path_in(address, world)
    with province_context(slug):
        before = fingerprint()
    for session in ("", *OUTSIDERS):
        answer = world.client(session).post(path, {"seen": 2, "note": "x", "post": "yes"})
        refused = (200,) if address.text in OPEN_STAFF_PAGES else (302, 403, 404, 405)
        assert answer.status_code in refused, session
    with province_context(slug):
        assert fingerprint() == before


@pytest.mark.sampled
@in_turn(STAFF, 1)
def test_a_clerk_of_another_agency_learns_nothing(twins, address, slug):
    world = twins[slug]
    path, clerk = path_in(address, world), world.client("stranger")
    with province_context(slug):
        before = fingerprint()["events"]
    for answer in (clerk.get(path), clerk.post(path, {"seen": 2, "note": "x", "post": "yes"})):
        assert answer.status_code < 500
        assert not tells(answer, world.secret)
    with province_context(slug):
        assert fingerprint()["events"] == before


@pytest.mark.parametrize("address", NATIONAL_ALL, ids=str)
def test_a_session_of_a_province_is_nobody_at_the_national_host(twins, address):
    world = twins["daklak"]
    path = address.path(world)
    nobody = world.client().get(path, headers={"host": "localhost"})
    for session in ("own", "copied to public"):
        answer = world.client(session).get(path, headers={"host": "localhost"})
        assert (answer.status_code, body(answer)) == (nobody.status_code, body(nobody)), session
        assert not tells(answer, world.secret)


SINGING = (
    "/quan-tri/accounts/user/", "/quan-tri/auth/group/", "/quan-tri/organisation/agency/",
    "/quan-tri/procedures/procedure/", "/quan-tri/procedures/procedure/<int:procedure_id>/soan/",
    "/quan-tri/procedures/procedure/<int:procedure_id>/soan/khac-nhau/",
    "/quan-tri/procedures/procedure/<int:procedure_id>/soan/xem-truoc/", "/quan-tri/procedures/blankform/",
    "/quan-tri/procedures/blankform/<int:form_id>/tep/<int:file_id>/", "/quan-tri/procedures/sector/",
    "/quan-tri/procedures/synonym/", "/quan-tri/contacts/contact/", "/quan-tri/messaging/message/",
    "/quan-tri/messaging/template/<slug:name>/", "/quan-tri/messaging/providertemplate/",
    "/quan-tri/messaging/providertemplate/<int:account_id>/tin/<slug:name>/", "/quan-tri/dossiers/dossier/",
    "/quan-tri/dossiers/dossier/<int:dossier_id>/change/",
    "/quan-tri/dossiers/dossier/<int:dossier_id>/giay-hen/", "/thu-tuc/", "/thu-tuc/<str:code>/",
    "/bieu-mau/", "/bieu-mau/<slug:key>/", "/doi-song/", "/doi-song/<slug:slug>/", "/api/v1/procedures/",
    "/api/v1/procedures/<str:code>/", "/h/<str:token>/", "/dev/dien-thoai/",
)  # fmt: skip


@pytest.mark.parametrize("text", SINGING)
@both
def test_the_canary_sings_at_home(twins: dict[str, World], text: str, slug: str) -> None:
    """Without this the matrix could pass because there was nothing to see."""
    world = twins[slug]
    (address,) = (one for one in ALL if one.text == text)
    assert tells(world.client("own").get(path_in(address, world)), world.canary)


def test_the_twins_hold_the_same_keys(twins: dict[str, World]) -> None:
    a, b = twins.values()
    assert (a.dossier.pk, a.superuser.pk, a.lane.pk) == (b.dossier.pk, b.superuser.pk, b.lane.pk)
    assert a.dossier.code.removeprefix("H15") == b.dossier.code.removeprefix("H19")
