"""A citizen at the pages of online filing. People are invented."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dossiers.filing import drafts
from dossiers.lifecycle.models import Dossier
from tenants import clock
from tests.dossiers.chatting import HOST, address, words
from tests.dossiers.filing.filling import PHONE, Filing
from tests.dossiers.lifecycle.files import samples

PERSON = {
    "-name": "Nguyễn Thị Thử",
    "-born-ngay": "1",
    "-born-thang": "2",
    "-born-nam": "1990",
    "-id_number": "012190678901",
}
TYPED: dict[str, dict[str, Any]] = {
    "nguoi-nop": {
        "cho_ai": "nguoi_khac",
        "nguoi_nop-name": "Lê Văn Nộp",
        "nguoi_nop-id_number": "066190000001",
    },
    "ten": {"ten": "Nguyễn Văn Thử"},
    "ngay-sinh": {"ngay_sinh-ngay": "1", "ngay_sinh-thang": "11", "ngay_sinh-nam": "2026"},
    "co-cha": {"co_cha": "no"},
    "me": {f"me{suffix}": text for suffix, text in PERSON.items()},
    "noi-o": {"noi_o-commune": "Phường Thử", "noi_o-detail": "Số 1"},
    "nhan-ket-qua": {"cach_nhan": "quay", "tin_bao": "yes"},
}


class Citizen:
    """One with a telephone in the hand, at the pages."""

    def __init__(self, filing: Filing) -> None:
        self.filing = filing
        self.client = self.browser(PHONE)
        self.name = ""

    @staticmethod
    def browser(one: drafts.Browser) -> Client:
        return Client(headers={"host": HOST, "user-agent": one.user_agent}, REMOTE_ADDR=one.address)

    @property
    def start(self) -> str:
        return f"/nop/{self.filing.procedure.code}/"

    def follow(self, answer: Any) -> Any:
        """The page after a 303."""
        assert answer.status_code == 303, words(answer)
        return self.client.get(answer["Location"])

    def to_code_page(self) -> str:
        """The address of the page that takes the code."""
        page = words(self.client.get(self.start))
        first = re.search(rf'href="({self.start}\?buoc=[^"]+)">Bắt đầu', page)
        assert first
        number = self.client.post(first[1].replace("&amp;", "&"), {"trong_nuoc": "co"})["Location"]
        return str(self.client.post(number, {"so": "0905 000 678"})["Location"])

    def begin(self) -> None:
        opened = self.client.post(self.to_code_page(), {"ma": self.filing.code()})
        assert opened.status_code == 303, words(opened)
        self.name = opened["Location"].split("/")[3]

    def at(self, page: str, query: str = "") -> str:
        return f"/nop/ban-nhap/{self.name}/{page}/{query}"

    def get(self, page: str, query: str = "") -> Any:
        return self.client.get(self.at(page, query))

    def send(self, page: str, query: str = "", **typed: Any) -> Any:
        return self.client.post(self.at(page, query), {**typed})

    def fill(self) -> None:
        """Everything that is asked, page after page as each leads on."""
        for page, typed in TYPED.items():
            if page == "nguoi-nop":
                self.send(page, cho_ai=typed["cho_ai"])
            if page == "nhan-ket-qua":
                self.photograph()
            self.send(page, **typed)

    def photograph(self, **more: Any) -> Any:
        photo = samples.upload(samples.png(), "giay.png")
        return self.send("giay", **{"tep-giay": photo, "viec": "tiep", **more})

    def to_declaration(self) -> str:
        """The address to which the check leads; without what the check showed where it leads nowhere."""
        found = re.search(r'href="([^"]*/cam-doan/[^"]*)"', words(self.get("kiem-tra")))
        return found[1] if found else self.at("cam-doan")

    def file(self) -> Any:
        return self.send("cam-doan", cam_doan="dung", _dang_co=self.to_declaration().partition("da_xem=")[2])

    def filed(self) -> Dossier:
        """Everything filled in and filed."""
        self.fill()
        self.file()
        return Dossier.objects.get()

    def ask_for_supplement(self, dossier: Dossier) -> str:
        """The address of the page that takes the code sent to who may send what is missing."""
        return str(self.client.post(f"{address(dossier)}bo-sung/", {"gui": "1"})["Location"])

    def open_supplement(self, dossier: Dossier) -> None:
        """Go on to the pages of the supplement for which this dossier waits."""
        opened = self.client.post(self.ask_for_supplement(dossier), {"ma": self.filing.code()})
        self.name = opened["Location"].split("/")[3]


def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let more time pass than a session lives."""
    now = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: now)
