"""Letting somebody look at a dossier's page, and taking that back."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client

from dossiers.lifecycle import access_links
from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken, Dossier
from tenants import clock
from tests.dossiers.chatting import HOST, address, words
from tests.dossiers.walking import received
from tests.factories import Office

SHARED = "Trang này được chia sẻ với ông/bà để xem"


def do(citizen: Client, dossier: Dossier, act: str, which: object = "", **headers: str) -> Any:
    given = {"viec": act, "lien-ket": str(which)}
    return citizen.post(f"{address(dossier)}chia-se/", given, headers={"host": HOST, **headers})


def shared(citizen: Client, dossier: Dossier) -> str:
    """The newest address that the page gives, without its host."""
    page = words(citizen.get(do(citizen, dossier, "tao")["Location"]))
    found = re.search(r"<textarea[^>]*readonly>https?://[^/]+(/h/[^<]+)</textarea>", page)
    assert found, page
    return found[1]


def test_looking_at_the_page_shares_nothing(office: Office, citizen: Client) -> None:
    dossier = received(office)
    assert f'href="{address(dossier)}chia-se/"' in words(citizen.get(address(dossier)))
    page = words(citizen.get(f"{address(dossier)}chia-se/"))
    assert "Người có liên kết thấy gì" in page
    assert not access_links.living_shares(dossier).exists()


def test_the_address_opens_the_page_with_a_picture_to_scan(office: Office, citizen: Client) -> None:
    dossier = received(office)
    answer = do(citizen, dossier, "tao")
    page = words(citizen.get(answer["Location"]))
    assert answer.status_code == 303
    assert "Mở được đến 10:00, thứ Sáu 25/12/2026" in page
    assert "<svg" in page
    assert SHARED in words(citizen.get(shared(citizen, dossier)))


def test_who_was_let_look_sees_and_does_only_that(office: Office, citizen: Client) -> None:
    dossier = received(office)
    own, theirs = words(citizen.get(address(dossier))), shared(citizen, dossier)
    page = words(citizen.get(theirs))
    assert "Nguyễn Thị Minh Họa" in page
    assert "678" in own
    assert "678" not in page.partition("<main")[2]
    doors = {"tin-bao/": (404, 404), "chia-se/": (404, 404), "nhan-tin/": (404, 404), "danh-gia/": (405, 404)}
    for rest, refused in {**doors, "tep/1/": (404, 405)}.items():
        assert rest not in page
        posted = citizen.post(theirs + rest, {"viec": "ho-so-nay", "muc": "2"})
        assert (citizen.get(theirs + rest).status_code, posted.status_code) == refused
    dossier.refresh_from_db()
    assert dossier.notice_channels == ["mock"]


def test_it_ends_by_itself_with_the_receipt_and_can_be_taken_back(office, citizen, noon):
    dossier = received(office)
    theirs = shared(citizen, dossier)
    services.reissue(dossier.pk, actor=office.clerk, seen=1, checked="Thẻ căn cước")
    assert citizen.get(theirs).status_code == 404
    theirs = shared(citizen, dossier)
    with clock.frozen(noon + timedelta(days=30)):
        assert citizen.get(theirs).status_code == 404
    (one,) = access_links.living_shares(dossier)
    answer = do(citizen, dossier, "thu-hoi", one.pk)
    assert "Đã thu hồi" in words(citizen.get(answer["Location"]))
    assert citizen.get(theirs).status_code == 404
    assert citizen.get(address(dossier)).status_code == 200


def test_only_what_was_shared_of_this_very_dossier_is_taken_back(office: Office, citizen: Client) -> None:
    mine, other = received(office), received(office)
    theirs = shared(citizen, other)
    receipt = AccessToken.objects.get(dossier=mine, purpose=AccessToken.Purpose.RECEIPT)
    for which in (access_links.living_shares(other).get().pk, receipt.pk, 10**17, "x", "-1", "", "9" * 40):
        do(citizen, mine, "thu-hoi", which)
    assert citizen.get(theirs).status_code == 200
    assert citizen.get(address(mine)).status_code == 200


def test_there_are_not_endlessly_many(office: Office, citizen: Client) -> None:
    dossier = received(office)
    for _ in range(access_links.MOST_SHARES):
        do(citizen, dossier, "tao")
    answer = do(citizen, dossier, "tao")
    assert "Hồ sơ này đang có 5 liên kết chia sẻ" in words(answer)
    assert access_links.living_shares(dossier).count() == access_links.MOST_SHARES
    assert [do(citizen, dossier, "x").status_code for _ in range(5)] == [303] * 4 + [429]


def test_keeping_a_page_that_ends_soon_says_so(office: Office, citizen: Client) -> None:
    dossier = received(office)
    soon = "chỉ mở được 30 phút"
    assert soon in words(citizen.get(address(dossier, AccessToken.Purpose.LOOKUP)))
    assert soon not in words(citizen.get(address(dossier)))
