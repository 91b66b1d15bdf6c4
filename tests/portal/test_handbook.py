"""The staff's handbook: opened from the screen where the work is done, short, with pictures that exist."""

import re
from typing import Any

from django.conf import settings
from django.test import Client
from django.urls import get_resolver, reverse

from portal import handbook
from tests.dossiers.desk.test_desk import LIST, logged_in
from tests.dossiers.walking import received
from tests.factories import Office

MOST_STEPS = 7
PAGES = sorted(handbook.names())
TEXTS = {name: (handbook.PAGES / f"{name}.md").read_text() for name in [*PAGES, handbook.INDEX]}


def help_link(client: Client, address: str) -> str:
    page = client.get(address).content.decode()
    link = re.search(r'<a class="mc-strip__help" href="([^"]*)"', page)
    return link[1] if link else ""


def test_a_page_is_in_the_contents_and_can_be_read(office: Office) -> None:
    client = logged_in(office.clerk)
    contents = client.get(reverse("handbook")).content.decode()
    for name in PAGES:
        address = reverse("handbook-page", args=[name])
        answer = client.get(address)
        assert (f'href="{address}"' in contents, answer.status_code) == (True, 200), name
        assert handbook.page(name).title in answer.content.decode()


def test_no_task_takes_more_than_seven_steps() -> None:
    steps = {name: re.findall(r"^(\d+)\. ", TEXTS[name], re.MULTILINE) for name in PAGES}
    assert {
        name: found for name, found in steps.items() if max(map(int, found), default=0) > MOST_STEPS
    } == {}


def test_what_a_page_leads_to_exists() -> None:
    targets = {(name, found) for name, text in TEXTS.items() for found in re.findall(r"\]\(([^)]+)\)", text)}
    assert [one for one in targets if not (handbook.PAGES / one[1]).resolve().is_file()] == []


def test_each_picture_is_taken_by_the_walk() -> None:
    """A picture that nobody takes again would show yesterday's pages."""
    walk = "".join(path.read_text() for path in (settings.BASE_DIR / "tests" / "browser").glob("test_*.py"))
    shown = {name for text in TEXTS.values() for name in re.findall(r"\.\./img/([a-z0-9-]+)\.png", text)}
    assert [name for name in sorted(shown) if f'"{name}"' not in walk and f'"{name}.png"' not in walk] == []


def test_each_screen_leads_to_a_page_that_exists() -> None:
    led_to = {*handbook.OF_SCREEN.values(), *handbook.STEP.values(), *handbook.ACT.values()}
    assert led_to - set(handbook.names()) == set()


def test_a_screen_leads_to_its_page(office: Office) -> None:
    dossier = received(office)
    client = logged_in(office.clerk)
    for address, name in (
        (f"{LIST}hom-nay/", "viec-hom-nay"),
        (f"{LIST}add/", "tiep-nhan"),
        (LIST, "danh-sach"),
        (f"{LIST}{dossier.pk}/change/", "ho-so"),
        (f"{LIST}{dossier.pk}/buoc/forward/", "chuyen-buoc"),
        (f"{LIST}{dossier.pk}/buoc/require_supplement/", "yeu-cau-bo-sung"),
        (f"{LIST}{dossier.pk}/viec/thu-hoi/", "thu-hoi"),
    ):
        assert help_link(client, address) == reverse("handbook-page", args=[name]), address
    assert help_link(client, "/quan-tri/password_change/") == reverse("handbook"), "without a page"


def test_pictures_are_served_and_nothing_else_of_the_folder(office: Office) -> None:
    client = logged_in(office.clerk)
    picture = next(path.name for path in handbook.PICTURES.glob("*.png"))
    assert client.get(reverse("handbook-picture", args=[picture]))["Content-Type"] == "image/png"
    for name in ("anh/../can-bo/README.md", "anh/..%2Fcan-bo%2FREADME.md", "anh/khong-co.png", "khong-co/"):
        assert client.get(f"/quan-tri/huong-dan/{name}").status_code == 404, name


def test_it_is_for_staff_alone(office: Office) -> None:
    stranger = Client(headers={"host": "daklak.localhost"})
    for name, values in (("handbook", []), ("handbook-page", ["ho-so"]), ("handbook-picture", ["a.png"])):
        assert stranger.get(reverse(name, args=values)).status_code == 302


def test_names_of_screens_are_names_of_addresses() -> None:
    """A renamed address would quietly lose its page."""
    known = set()

    def walk(patterns: Any) -> None:
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                walk(pattern.url_patterns)
            else:
                known.add(pattern.name)

    walk(get_resolver("portal.urls").url_patterns)
    assert set(handbook.OF_SCREEN) <= known
