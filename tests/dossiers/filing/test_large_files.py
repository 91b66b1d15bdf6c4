"""A body above two megabytes is read for the proven holder of a draft alone; each number sends one at a time."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client, RequestFactory

from dossiers.filing import drafts
from dossiers.filing.models import FilingDraft, FilingSession
from dossiers.filing.submission import submit
from portal.server import places
from portal.server.application import Wanted
from tests.dossiers.chatting import words
from tests.dossiers.filing.filling import NUMBER, PHONE, Filing

SIZE = 3_000_000


def sending(name: str, *, host: str = "daklak.localhost", agent: str = "", address: str = "") -> Any:
    """The environment of a request whose body was not read, of a browser that keeps the cookie of its draft."""
    cookie, value = drafts.Opened(FilingDraft(), FilingSession(), name).cookie if not agent else ("", "")
    request: HttpRequest = RequestFactory().post(
        f"{drafts.ADDRESS}{name}/giay/",
        headers={"host": host, "user-agent": agent or PHONE.user_agent, "cookie": f"{cookie}={value}"},
        REMOTE_ADDR=address or PHONE.address,
    )
    return {**request.META, "CONTENT_LENGTH": str(SIZE)}


def wanted(name: str, **given: Any) -> Wanted:
    found = places.want(sending(name, **given))
    assert found is not None
    return found


def test_a_number_has_one_place_whichever_of_its_drafts_and_sessions_sends(filing: Filing) -> None:
    opened, other = filing.begun(), filing.begun()
    first, second = wanted(opened.name), wanted(other.name)
    assert [places.take(first), places.take(second)] == [True, False]
    places.leave(first)
    assert places.take(second)
    assert first.body_max == settings.FILE_MAX_BYTES + places.FORM_ROOM


def test_twenty_proven_numbers_of_a_network_keep_none_of_them_back(filing: Filing) -> None:
    names = [filing.begun(number=f"09120000{last:02}").name for last in range(20)]
    found = [wanted(name) for name in names]
    assert all(map(places.take, found))
    networks = {one.line[0] for one in found}
    assert len(networks) == 1, "they take turns, so that threads are left to other networks"
    elsewhere = wanted(filing.begun().name, address="198.51.100.9")
    assert elsewhere.line[0] not in networks
    assert {elsewhere.line.group} == {one.line.group for one in found} != {""}, (
        "one province has not all threads"
    )


def test_a_draft_without_a_proven_number_shares_the_place_of_its_network(filing: Filing) -> None:
    first, second = prepared(filing), prepared(filing)
    assert [places.take(wanted(first)), places.take(wanted(second))] == [True, False]
    elsewhere = wanted(first, address="198.51.100.9")
    assert not places.take(elsewhere), "the draft is the same"
    assert places.take(wanted(second, address="198.51.100.9"))
    assert elsewhere.body_max == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


@pytest.mark.parametrize(
    "given",
    [{"host": "dongnai.localhost"}, {"agent": "Firefox"}],
    ids=["another province", "another browser"],
)
def test_others_have_the_place_of_a_stranger(filing: Filing, given: Any) -> None:
    opened = filing.begun()
    assert wanted(opened.name, **given).body_max == settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def test_a_draft_that_was_filed_takes_no_large_file(filing: Filing) -> None:
    opened = filing.complete()
    submit(opened.draft.pk)
    assert wanted(opened.name).body_max == places.SMALL_BODY


def two_files(filing: Filing, name: str) -> Any:
    """What comes back for a photograph and a chosen file sent together, larger than their page takes."""
    browser = Client(headers={"host": "daklak.localhost", "user-agent": PHONE.user_agent})
    files = [SimpleUploadedFile(name, b"x" * (SIZE // 2)) for name in ("anh.jpg", "a.pdf")]
    return browser.post(f"{drafts.ADDRESS}{name}/giay/", {"tep-giay": files})


def prepared(filing: Filing) -> str:
    return drafts.resume_by_number(filing.draft(prepared=True), PHONE, NUMBER).name


def ended(filing: Filing) -> str:
    opened = filing.begun()
    FilingSession.objects.update(seen_at=opened.session.seen_at - drafts.IDLE)
    return opened.name


@pytest.mark.parametrize(
    ("name_of", "sentence"),
    [
        (prepared, "bản nháp này nhận mỗi lần 2 MB. Xin gửi từng tệp một, chụp ở cỡ nhỏ hơn"),
        (ended, "Chỉ nhận tệp lớn khi vừa xác nhận số điện thoại"),
    ],
)
def test_files_too_large_for_their_page_are_refused_in_words_with_the_way_back(
    filing: Filing, name_of: Callable[[Filing], str], sentence: str
) -> None:
    name = name_of(filing)
    answer = two_files(filing, name)
    page = words(answer)
    assert (answer.status_code, sentence in page, answer["Cache-Control"]) == (413, True, "no-store")
    assert f'href="{drafts.ADDRESS}{name}/giay/"' in page
