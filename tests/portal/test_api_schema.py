"""The schema of the API: valid, without warnings, committed, and a page that needs nobody else."""

import copy
import json
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from portal.api import schema
from portal.management.commands import docs
from portal.management.commands.messages import LEFT_VIETNAMESE, VIETNAMESE
from tenants.web.api import KINDS

SCHEMA, DOCS = "/api/v1/schema/", "/api/v1/docs/"


@pytest.fixture
def program(db: None) -> Client:
    return Client(headers={"host": "daklak.localhost"})


def texts(found: Any) -> list[str]:
    if isinstance(found, dict):
        own = [
            found[name] for name in ("description", "summary", "title") if isinstance(found.get(name), str)
        ]
        return own + [text for value in found.values() for text in texts(value)]
    return [text for value in found for text in texts(value)] if isinstance(found, list) else []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_schema_is_valid_and_made_without_a_warning(language: str) -> None:
    schema.cache_clear()
    GENERATOR_STATS.reset()
    validate_schema(schema(language))
    assert not GENERATOR_STATS


def test_english_schema_is_english() -> None:
    left = [text for text in texts(schema("en")) if VIETNAMESE.search(LEFT_VIETNAMESE.sub("", text))]
    assert left == []
    assert any(VIETNAMESE.search(text) for text in texts(schema("vi")))


@pytest.mark.parametrize("accept", ["application/json", "application/vnd.oai.openapi+json", "*/*"])
def test_schema_is_served(program: Client, accept: str) -> None:
    response = program.get(SCHEMA, headers={"accept": accept})
    assert response.json() == json.loads((docs.DOCS / docs.API).read_text(encoding="utf-8"))
    assert "public" in response["Cache-Control"]
    assert program.get(SCHEMA, headers={"if-none-match": response["ETag"]}).status_code == 304
    english = program.get(SCHEMA, headers={"accept-language": "en"}).json()
    assert english["info"]["title"] == "API of the Một Cửa portal"


class Fetched(HTMLParser):
    """What a browser fetches for a page by itself, and what the policy would refuse in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.refused: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if tag in ("script", "style") or "style" in given or any(name.startswith("on") for name in given):
            self.refused.append(tag)
        if tag == "link":
            self.fetched.append(given.get("href") or "")
        if "src" in given:
            self.fetched.append(given["src"] or "")
        if "id" in given:
            self.ids.append(given["id"] or "")
        if tag == "a":
            self.links.append(given.get("href") or "")


def test_page_needs_no_script_no_style_and_no_other_host(program: Client) -> None:
    response = program.get(DOCS)
    page = Fetched(response.content.decode())
    assert page.refused == []
    assert page.fetched
    assert all(address.startswith("/") and not address.startswith("//") for address in page.fetched)
    assert "unsafe" not in response["Content-Security-Policy"]


def test_every_kind_of_problem_has_its_place_on_the_page(program: Client) -> None:
    page = Fetched(program.get(DOCS).content.decode())
    assert {kind.name for kind in KINDS} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_page_names_everything_in_the_schema(program: Client) -> None:
    page = program.get(DOCS).content.decode()
    whole = schema("vi")
    for path in whole["paths"]:
        assert path in page
    for shape in ("Procedure", "DossierDetails", "Statistics"):
        for field in whole["components"]["schemas"][shape]["properties"]:
            assert field in page


def test_words_of_the_schema_are_words_and_not_markup(program, monkeypatch):
    whole = copy.deepcopy(schema("vi"))
    whole["paths"]["/api/v1/lookup/"]["post"]["description"] = "<b>`<i>`"
    monkeypatch.setattr("portal.api.schema", lambda language: whole)
    page = program.get(DOCS).content.decode()
    assert "&lt;b&gt;<code>&lt;i&gt;</code>" in page
    assert "<b>" not in page


def test_page_is_kept_for_a_while(program: Client) -> None:
    response = program.get(DOCS)
    assert "public" in response["Cache-Control"]
    assert "Cookie" not in response["Vary"]
    assert not response.cookies
    assert program.get(DOCS, headers={"if-none-match": response["ETag"]}).status_code == 304


def test_page_speaks_english_without_a_cookie(program: Client) -> None:
    for response in (program.get(DOCS, headers={"accept-language": "en"}), program.get(f"{DOCS}?lang=en")):
        assert '<html lang="en"' in response.content.decode()
        assert "What can go wrong" in response.content.decode()
        assert not response.cookies
