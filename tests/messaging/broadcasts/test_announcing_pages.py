"""What everybody sees of announcements: list, page, archive, feed, and the lines on top of every page."""

import gzip
import re
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from messaging.broadcasts import queries
from messaging.broadcasts.actions import publish, withdraw, write
from messaging.broadcasts.models import Publication
from messaging.broadcasts.queries import forget_all
from tenants import clock
from tenants.accounts.models import User
from tenants.isolation.context import public_context
from tenants.isolation.models import Province
from tests.conftest import NOON
from tests.dossiers.chatting import words
from tests.factories import Office, UserFactory

HOST = "daklak.localhost"
Kind = Publication.Kind
TITLE = "Quầy phường An Bình chuyển địa điểm"
START = datetime(2026, 12, 10, 22, 0, tzinfo=clock.VIETNAM)


@pytest.fixture
def citizen() -> Client:
    return Client(headers={"host": HOST})


@pytest.fixture
def speaker(office: Office) -> User:
    return UserFactory(administrator=True)


@pytest.fixture
def announce(speaker: User) -> Any:
    """Write and publish, as if it had been known for long."""

    def made(**words: Any) -> Publication:
        values = {"title": TITLE, "summary": "Từ 01/12, quầy ở nhà văn hóa phường.", **words}
        kept = write(values, actor=speaker)
        published = publish(kept.pk, actor=speaker, seen=kept.version)
        forget_all()
        return published

    return made


def address(made: Publication) -> str:
    return f"/thong-bao/{made.pk}/"


class TestPage:
    def test_first_what_then_what_to_do_then_the_facts(self, citizen, announce, office):
        office.desk.phone, office.desk.hours = "0262 000 0009", "07:30–11:30"
        office.desk.save()
        made = announce(
            body="# Ông/bà cần làm gì\n- Đến địa chỉ mới\n\nGiấy hẹn cũ vẫn dùng được.",
            area="Phường An Bình",
            issuer=office.desk,
            starts_at=START,
        )
        page = words(citizen.get(address(made)))
        order = [
            TITLE,
            "Trung tâm Phục vụ hành chính công, <time",
            "nhà văn hóa phường",
            '<h2 class="govuk-heading-m">Ông/bà cần làm gì</h2>',
            "<li>Đến địa chỉ mới</li>",
            "Áp dụng ở đâu, khi nào",
            "Phường An Bình",
            "22:00, thứ Năm 10/12/2026",
            "Khi có thông báo mới",
            "Gọi 0262 000 0009",
        ]
        main = page[page.index("<main") :]
        places = [main.index(text) for text in order]
        assert places == sorted(places)

    def test_nothing_typed_becomes_markup(self, citizen: Client, announce: Any) -> None:
        made = announce(
            title="<b>x</b>", summary="<script>x</script>", body="- <img src=x>\n\n<i>y</i>\n\n# <u>z</u>"
        )
        page = words(citizen.get(address(made)))
        assert not re.search(r"<(?:b|script|img|i|u)>|<img src=x", page)

    def test_english_by_the_switch_where_there_is_english(self, citizen: Client, announce: Any) -> None:
        made = announce(title_en="The desk moves", summary_en="From 1 December.", body_en="- Come here")
        assert "The desk moves" not in words(citizen.get(address(made)))
        page = words(citizen.get(f"{address(made)}?lang=en"))
        assert "The desk moves" in page
        assert "Come here" in page
        assert TITLE not in page
        page = words(citizen.get(f"{address(announce())}?lang=en"))
        assert f'<h1 class="govuk-heading-l" lang="vi">{TITLE}</h1>' in page

    def test_withdrawn_says_so_and_why_and_its_words_are_gone(self, citizen, announce, speaker):
        made = announce(body="- Đến địa chỉ mới")
        withdraw(made.pk, actor=speaker, seen=made.version, reason="Sai địa chỉ, đã đăng lại")
        answer = citizen.get(address(made))
        assert answer.status_code == 410
        page = words(answer)
        assert "Sai địa chỉ, đã đăng lại" in page
        assert "Đến địa chỉ mới" not in page
        assert "noindex" in page


class TestLists:
    def test_what_is_over_leaves_the_list_and_stays_in_its_year(self, citizen: Client, announce: Any) -> None:
        announce(publish_until=NOON + timedelta(hours=1))
        assert TITLE in words(citizen.get("/thong-bao/"))
        home = words(citizen.get("/"))
        assert (TITLE in home, "Thứ Tư 25/11/2026" in home) == (True, True)
        assert "mc-alert" not in words(citizen.get("/tra-cuu/")), "of news"
        with clock.frozen(NOON + timedelta(hours=2)):
            assert TITLE not in words(citizen.get("/thong-bao/"))
            archive = words(citizen.get("/thong-bao/nam/2026/"))
        assert TITLE in archive
        assert "Đã kết thúc" in archive

    @pytest.mark.parametrize(
        "rest", ["nam/1999/", "nam/2027/", "nam/99999999999999/", "0/", "999999999/", f"{'9' * 26}/"]
    )
    def test_years_and_numbers_without_sense_are_not_found(self, citizen, office, rest):
        assert citizen.get(f"/thong-bao/{rest}").status_code == 404

    def test_long_list_has_pages(self, citizen, announce, monkeypatch):
        monkeypatch.setattr("messaging.broadcasts.public.PAGE_SIZE", 2)
        for number in range(3):
            announce(title=f"Tin số {number}")
        second = words(citizen.get("/thong-bao/?trang=2"))
        assert "Tin số 0" in second
        assert "Tin số 2" not in second.replace("Trang trước", "")

    def test_feed_holds_full_addresses(self, citizen: Client, announce: Any) -> None:
        made = announce()
        answer = citizen.get("/thong-bao/atom.xml")
        feed = ElementTree.fromstring(answer.content)
        entry = feed.find("{http://www.w3.org/2005/Atom}entry")
        assert answer["Content-Type"].startswith("application/atom+xml")
        assert entry is not None
        assert entry.findtext("{http://www.w3.org/2005/Atom}id") == f"http://{HOST}:8000{address(made)}"


class TestCaching:
    @pytest.mark.parametrize("path", ["/thong-bao/", "/thong-bao/nam/2026/", "/thong-bao/atom.xml", "page"])
    def test_who_has_it_is_told_that_it_is_the_same(self, citizen: Client, announce: Any, path: str) -> None:
        made = announce()
        path = address(made) if path == "page" else path
        first = citizen.get(path)
        assert ("max-age=60" in first["Cache-Control"], len(first.cookies)) == (True, 0)
        again = citizen.get(path, headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert len(gzip.compress(first.content, 9)) < 4_500
        if path == "/thong-bao/":
            assert "Cookie" in first["Vary"]
            assert citizen.get(f"{path}?lang=en", headers={"if-none-match": first["ETag"]}).status_code == 200
        announce(title="Tin mới")
        assert citizen.get("/thong-bao/", headers={"if-none-match": first["ETag"]}).status_code == 200

    def test_few_statements(self, citizen: Client, announce: Any) -> None:
        """Entering the province, the version of the data, then for the page its row; the list was read before."""
        made = announce()
        citizen.get("/thong-bao/")
        counted = {}
        for path in (address(made), "/thong-bao/"):
            with public_context():
                Province.objects.count()
            with CaptureQueriesContext(connection) as captured:
                citizen.get(path)
            counted[path] = len([one for one in captured if "SAVEPOINT" not in one["sql"]])
        assert counted == {address(made): 3, "/thong-bao/": 2}


class TestTopOfEveryPage:
    @pytest.mark.parametrize(
        "path", ["/", "/tra-cuu/", "/thu-tuc/", "/thong-bao/", "/khong-co/", "/tro-giup/"]
    )
    def test_urgent_words_stand_there(self, citizen: Client, announce: Any, path: str) -> None:
        made = announce(kind=Kind.URGENT)
        page = words(citizen.get(path))
        banner = page[page.index("mc-alert--urgent") : page.index("<main")]
        assert address(made) in banner
        assert TITLE in banner
        assert "mc-alert" not in words(citizen.get(address(made))), "its own page does not repeat it"
        assert TITLE not in words(Client(headers={"host": "dongnai.localhost"}).get(path))

    @pytest.mark.parametrize(("hours_before", "in_full"), [(49, False), (48, True), (-1, True)])
    def test_outage_says_from_and_until_when_it_is_near(self, citizen, announce, hours_before, *, in_full):
        announce(kind=Kind.OUTAGE, starts_at=START, ends_at=START + timedelta(hours=4))
        with clock.frozen(START - timedelta(hours=hours_before)):
            page = words(citizen.get("/tra-cuu/"))
        assert ("Từ 22:00, thứ Năm 10/12/2026 đến 02:00, thứ Sáu 11/12/2026" in page) is in_full
        assert ("Lịch bảo trì 10/12</a>" in page) is not in_full

    def test_two_stand_there_and_a_link_leads_to_the_rest(self, citizen: Client, announce: Any) -> None:
        for number in range(4):
            announce(kind=Kind.URGENT, title=f"Cầu số {number} cấm xe")
        page = words(citizen.get("/tra-cuu/"))
        assert page.count("mc-alert--urgent") == 2
        assert "Còn 2 thông báo khác" in page
        assert "mc-alert--more" not in words(citizen.get("/thong-bao/"))

    def test_it_costs_the_next_page_no_statement(self, citizen: Client, announce: Any) -> None:
        announce(kind=Kind.URGENT)
        citizen.get("/tra-cuu/")
        with CaptureQueriesContext(connection) as captured:
            assert "mc-alert" in words(citizen.get("/tra-cuu/"))
        assert [one["sql"] for one in captured if "broadcasts_publication" in one["sql"]] == []

    def test_trouble_with_it_is_no_trouble_for_the_page(self, citizen, office, monkeypatch):
        from django.db import OperationalError

        def away() -> Any:
            raise OperationalError

        monkeypatch.setattr(queries, "alerts", away)
        assert citizen.get("/tra-cuu/").status_code == 200
