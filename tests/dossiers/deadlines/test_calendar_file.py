"""The dates of a dossier as a calendar file: which, for whom, and as RFC 5545 writes them."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle.models import AccessToken, Dossier
from dossiers.lookup.words import calendar_file
from tenants import clock
from tests.dossiers.chatting import HOST, address, words
from tests.dossiers.walking import in_progress, received, take
from tests.factories import Office

LINK = "Thêm vào lịch"


def get(dossier: Dossier, purpose: str = AccessToken.Purpose.RECEIPT) -> Any:
    return Client(headers={"host": HOST}).get(f"{address(dossier, purpose)}lich.ics")


def page(dossier: Dossier) -> str:
    return words(Client(headers={"host": HOST}).get(address(dossier)))


def read(response: Any) -> list[tuple[str, str]]:
    """The lines of a file, unfolded, as (name with parameters, value)."""
    text = response.content.decode()
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    return [(name, value) for name, _colon, value in (line.partition(":") for line in lines)]


def test_the_day_of_the_result_is_a_whole_day(office: Office) -> None:
    dossier = in_progress(office)
    response = get(dossier)
    assert (response["Content-Type"], response["Cache-Control"]) == (
        "text/calendar; charset=utf-8",
        "no-store",
    )
    entry = dict(read(response))
    assert (entry["DTSTART;VALUE=DATE"], entry["DTEND;VALUE=DATE"]) == ("20261202", "20261203")
    assert entry["SUMMARY"] == f"Hẹn trả kết quả: {dossier.procedure.short_name} ({dossier.code})"
    assert LINK in page(dossier)


def test_a_supplement_has_its_deadline_and_no_day_of_the_result(office: Office) -> None:
    dossier = in_progress(office)
    take(office, dossier, "require_supplement", actor=office.specialist)
    found = read(get(dossier))
    assert [value for name, value in found if name == "DTSTART;VALUE=DATE"] == ["20261210"]
    assert dict(found)["SUMMARY"].startswith("Hạn bổ sung giấy tờ: ")


def test_a_later_file_takes_the_place_of_the_earlier(office: Office, noon: datetime) -> None:
    dossier = in_progress(office)
    first = dict(read(get(dossier)))
    take(office, dossier, "require_supplement", actor=office.specialist)
    with clock.frozen(noon + timedelta(days=1)):
        take(office, dossier, "supplement_received")
        later = dict(read(get(dossier)))
    assert later["UID"] == first["UID"]
    assert int(later["SEQUENCE"]) > int(first["SEQUENCE"])
    assert later["DTSTAMP"] > first["DTSTAMP"]
    assert later["DTSTART;VALUE=DATE"] != first["DTSTART;VALUE=DATE"]


@pytest.mark.parametrize("state", ["new", "done", "withdrawn"])
def test_without_a_date_there_is_neither_file_nor_link(office: Office, state: str) -> None:
    dossier = received(office, channel="online") if state == "new" else in_progress(office)
    if state != "new":
        take(office, dossier, {"done": "finish", "withdrawn": "withdraw"}[state])
    assert (get(dossier).status_code, LINK in page(dossier)) == (404, False)


def test_a_date_that_does_not_run_is_none(office: Office, noon: datetime) -> None:
    dossier = in_progress(office)
    Dossier.objects.update(paused_since=noon)
    assert get(dossier).status_code == 404


def test_nobody_is_named_and_the_address_of_the_page_stays_out(office: Office) -> None:
    dossier = in_progress(office)
    text = get(dossier).content.decode().replace("\r\n ", "")
    secrets = (dossier.owner.name, dossier.recipient.phone, dossier.lookup_key, address(dossier))
    assert [secret for secret in secrets if secret in text] == []
    assert f"/tra-cuu/?ma={dossier.code}" in text


def test_a_shared_address_has_the_file_too_and_a_dead_one_nothing(office: Office) -> None:
    dossier = in_progress(office)
    assert get(dossier, AccessToken.Purpose.SHARE).status_code == 200
    AccessToken.objects.update(revoked_at=clock.now())
    assert Client(headers={"host": HOST}).get("/h/x/lich.ics").status_code == 404


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a, b; c", r"a\, b\; c"),
        ("C:\\d", "C:\\\\d"),
        ("một\nhai\r\nba", r"một\nhai\nba"),
        ("a\rATTENDEE:b\x0b\x85\u2028\tc", "aATTENDEE:b\tc"),
        ('"x": y', '"x": y'),
    ],
)
def test_text_is_escaped(text: str, written: str) -> None:
    assert calendar_file.escaped(text) == written


@pytest.mark.parametrize("length", [0, 74, 75, 76, 149, 150, 400])
@pytest.mark.parametrize("letter", ["a", "ữ", "😀"])
def test_a_line_is_folded_between_letters(length: int, letter: str) -> None:
    line = letter * length
    parts = calendar_file.folded(line).split("\r\n")
    assert all(len(part.encode()) <= calendar_file.LONGEST_LINE for part in parts)
    assert all(part.startswith(" ") for part in parts[1:])
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line
    assert len(parts) == 1 or min(len(part.encode()) for part in parts[:-1]) > calendar_file.LONGEST_LINE - 4


def test_the_frame_is_that_of_one_calendar(office: Office) -> None:
    names = [f"{name}:{value}" for name, value in read(get(in_progress(office)))]
    assert names[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert (names[-2:], names.count("BEGIN:VEVENT")) == (["END:VEVENT", "END:VCALENDAR"], 1)
    assert re.fullmatch(
        r"hen-tra-H15[-.\d]+@daklak\.localhost(:\d+)?", dict(read(get(Dossier.objects.get())))["UID"]
    )
