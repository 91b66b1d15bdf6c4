"""Posters: the code on them is read back as a telephone would, and says what stands beneath it."""

import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
import zxingcpp
from django.test import Client
from PIL import Image, ImageDraw

from messaging.channels.models import ChannelAccount
from tenants.web import qr
from tests.dossiers.chatting import words
from tests.factories import AgencyFactory, Office, ProcedureFactory

ORIGIN = "http://daklak.localhost:8000"
PIXELS = 6


def drawn(page: str) -> Image.Image:
    """The picture of the code, drawn from its path as a browser would."""
    svg = ElementTree.fromstring(re.search(r"<svg xmlns.*?</svg>", page, re.S)[0])  # type: ignore[index]
    size = int(svg.attrib["viewBox"].split()[2])
    picture = Image.new("L", (size * PIXELS, size * PIXELS), 255)
    pen = ImageDraw.Draw(picture)
    for x, y, length in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\d+z", svg[0].attrib["d"]):
        left, top = int(x) * PIXELS, int(y) * PIXELS
        pen.rectangle((left, top, left + int(length) * PIXELS - 1, top + PIXELS - 1), fill=0)
    return picture


def read(response: Any) -> str:
    (found,) = zxingcpp.read_barcodes(drawn(words(response)))
    return str(found.text)


def test_a_procedures_poster_opens_the_procedure(citizen: Client, office: Office) -> None:
    poster = citizen.get("/thu-tuc/1.000894/?in=poster")
    assert read(poster) == f"{ORIGIN}/thu-tuc/1.000894/"
    page = words(poster)
    assert '<h1 class="mc-poster__title">Đăng ký kết hôn</h1>' in page
    assert "daklak.localhost:8000/thu-tuc/1.000894" in re.sub(r"<[^>]*>", "", page)
    assert citizen.get(read(poster).removeprefix(ORIGIN)).status_code == 200
    answer = citizen.get("/thu-tuc/1.000894.000.00.00.H15/?in=poster")
    assert answer["Location"] == "/thu-tuc/1.000894/?in=poster"


def test_it_names_the_agency_that_settles_it_and_its_telephone(citizen: Client, office: Office) -> None:
    assert "Gọi 0200 000 0000" in words(citizen.get("/thu-tuc/1.000894/?in=poster"))
    office.procedure.agency = AgencyFactory(code="H15.31", name="UBND phường Mẫu", phone="0262 000 0031")
    office.procedure.save()
    page = words(citizen.get("/thu-tuc/1.000894/?in=poster"))
    assert "UBND phường Mẫu" in page
    assert "Gọi 0262 000 0031" in page


@pytest.mark.parametrize("code", ["9.999999", "x", "1.000894"])
def test_unknown_or_hidden_procedure_has_no_poster(citizen: Client, office: Office, code: str) -> None:
    type(office.procedure).objects.update(state="hidden")
    assert citizen.get(f"/thu-tuc/{code}/?in=poster").status_code == 404


def test_a_desks_poster_opens_the_look_up(citizen: Client, office: Office) -> None:
    office.desk.phone = "0262 000 0008"
    office.desk.save()
    poster = citizen.get(f"/ap-phich/tra-cuu/{office.desk.code}/")
    assert read(poster) == f"{ORIGIN}/tra-cuu/"
    page = words(poster)
    assert "Tra cứu hồ sơ tại đây" in page
    assert office.desk.name in page
    assert "Gọi 0262 000 0008" in page


@pytest.mark.parametrize("code", ["H15.15", "H15.99", "x"])
def test_what_is_no_desk_has_no_poster(citizen: Client, office: Office, code: str) -> None:
    assert citizen.get(f"/ap-phich/tra-cuu/{code}/").status_code == 404


def test_the_official_account_has_a_poster_once_it_is_known(citizen, office, settings):
    def status() -> int:
        return citizen.get("/ap-phich/kenh/zalo/").status_code

    account = ChannelAccount.objects.create(channel="zalo", name="chinh", external_id="1234567890123456789")
    assert status() == 404, "the channel is off"
    settings.MESSAGING_CHANNELS = ["mock", "zalo"]
    ChannelAccount.objects.update(external_id="../evil")
    assert status() == 404
    account.save()
    poster = citizen.get("/ap-phich/kenh/zalo/")
    assert read(poster) == "https://zalo.me/1234567890123456789"
    assert "/ap-phich/kenh/zalo/" in words(citizen.get("/ap-phich/"))


def test_overview_lists_the_desks(citizen: Client, office: Office) -> None:
    page = words(citizen.get("/ap-phich/"))
    assert f"/ap-phich/tra-cuu/{office.desk.code}/" in page
    assert office.department.name not in page


def test_posters_are_not_for_search_engines(citizen: Client, office: Office) -> None:
    for path in ("/ap-phich/", "/ap-phich/tra-cuu/", "/thu-tuc/1.000894/?in=poster"):
        assert "noindex" in words(citizen.get(path))


def test_the_code_has_its_quiet_zone() -> None:
    picture = drawn(str(qr.svg(ORIGIN)))
    left, top, right, bottom = picture.point(lambda value: 255 - value).getbbox() or (0, 0, 0, 0)
    quiet = 4 * PIXELS
    assert (left, top) == (quiet, quiet)
    assert (picture.width - right, picture.height - bottom) == (quiet, quiet)
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(qr.png(ORIGIN))))
    assert found.text == ORIGIN


def test_procedure_lists_link_to_its_poster_where_it_is_handled(citizen: Client, office: Office) -> None:
    ProcedureFactory(code="1.000010", name="Việc của bộ", short_name="Việc của bộ", handled=False)
    assert 'href="?in=poster"' in words(citizen.get("/thu-tuc/1.000894/"))
    assert 'href="?in=poster"' not in words(citizen.get("/thu-tuc/1.000010/"))
