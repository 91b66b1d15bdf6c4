"""Codes, keys, tokens and words of one province, tried at the doors of the other."""

from typing import Any

import pytest

from dossiers.filing import drafts
from dossiers.lookup import limited_lookup
from dossiers.statistics.periods import Period
from dossiers.statistics.snapshots import refresh
from tenants import clock
from tenants.isolation.context import province_context
from tests.system.addresses import NATIONAL, PROVINCE
from tests.system.stranger_posts import faults
from tests.system.test_isolation import body, both, tells
from tests.system.worlds import NUMBER, OTHER, World

Twins = dict[str, World]
# As people type it: the canaries of both provinces begin with it.
TYPED = "chim"


def pair(twins: Twins, slug: str) -> tuple[World, World]:
    """The province that is asked, and the one whose papers are shown to it."""
    return twins[slug], twins[OTHER[slug]]


@both
def test_a_token_of_the_other_province_is_as_good_as_an_invented_one(twins: Twins, slug: str) -> None:
    here, there = pair(twins, slug)
    foreign = here.client().get(f"/h/{there.token}/")
    invented = here.client().get(f"/h/{'A' * len(there.token)}/")
    assert (foreign.status_code, invented.status_code) == (404, 404)
    assert body(foreign).replace(there.token, "") == body(invented).replace("A" * len(there.token), "")


@both
def test_a_draft_of_the_other_province_is_nothing(twins: Twins, slug: str) -> None:
    here, there = pair(twins, slug)
    browser = drafts.Browser("", "127.0.0.1")
    with province_context(slug):
        assert drafts.open_draft(here.filing.name, browser).draft == here.filing.draft
        with pytest.raises(drafts.NoSuchDraft):
            drafts.open_draft(there.filing.name, browser)
        with pytest.raises(drafts.NoSuchDraft):
            drafts.named(there.filing.name)


@both
def test_code_and_key_of_the_other_province_open_nothing(twins: Twins, slug: str) -> None:
    """A code is answered by its prefix alone, and the key of the twin opens no dossier of the same number."""
    here, there = pair(twins, slug)
    real = there.dossier.code
    unknown = f"{real[:-4]}9999"
    pages = [here.client().get(f"/ho-so/{code}/") for code in (real, unknown)]
    assert all(tells(page, f'href="http://{there.host}:8000/tra-cuu/"') for page in pages)
    assert body(pages[0]).replace(real, "") == body(pages[1]).replace(unknown, "")
    pages += [
        here.client().post("/tra-cuu/", {"code": code, "key": there.key})
        for code in (real, here.dossier.code)
    ]
    assert [page.status_code for page in pages[2:]] == [200, 200]
    assert "Mã tra cứu chưa đúng" in body(pages[-1])
    assert not any(tells(page, there.canary) for page in pages)


@both
def test_programs_learn_no_more_of_the_other_province_than_people(twins: Twins, slug: str) -> None:
    here, there = pair(twins, slug)
    real, unknown = there.dossier.code, f"{there.dossier.code[:-4]}9999"
    answers = [here.program({"code": code, "key": there.key}) for code in (real, unknown)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert not tells(answers[0], there.canary)
    assert here.program({"code": here.dossier.code, "key": there.key}).json()["key"] == "wrong"
    own = here.program({"code": here.dossier.code, "key": here.key})
    assert (tells(own, here.canary), tells(own, there.canary)) == (True, False)


@both
def test_programs_read_the_figures_of_their_own_province(twins: Twins, slug: str) -> None:
    here, there = pair(twins, slug)
    for world in (here, there):
        with province_context(world.slug):
            refresh(Period.month(clock.today()))
    answer = here.client().get("/api/v1/statistics/?by=agency")
    assert (tells(answer, here.canary), tells(answer, there.canary)) == (True, False)


@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/procedures/?q={TYPED}",
        f"/thu-tuc/?q={TYPED}",
        f"/quan-tri/accounts/user/?q={TYPED}",
        f"/quan-tri/procedures/procedure/?q={TYPED}",
        f"/quan-tri/procedures/sector/?q={TYPED}",
        f"/quan-tri/contacts/contact/?q={TYPED}",
        f"/quan-tri/dossiers/dossier/?q={TYPED}",
        f"/quan-tri/autocomplete/?app_label=procedures&model_name=procedure&field_name=agency&term={TYPED}",
    ],
)
@both
def test_a_search_finds_at_home_alone(twins: Twins, path: str, slug: str) -> None:
    here, there = pair(twins, slug)
    answer = here.client("own").get(path)
    assert answer.status_code == 200
    assert (tells(answer, here.canary), tells(answer, there.canary)) == (True, False)


@both
def test_the_theme_keeps_what_it_found_per_province(twins: Twins, slug: str, settings: Any) -> None:
    """Its search caches under the user's primary key and the words, which the twins share."""
    settings.UNFOLD = {**settings.UNFOLD, "COMMAND": {"search_models": True}}
    here, there = pair(twins, slug)
    assert tells(there.client("own").get(f"/quan-tri/search/?s={TYPED}"), there.canary)
    answer = here.client("own").get(f"/quan-tri/search/?s={TYPED}")
    assert (tells(answer, here.canary), tells(answer, there.canary)) == (True, False)


@both
def test_the_same_telephone_has_another_inbox_in_each_province(twins: Twins, slug: str) -> None:
    here, there = pair(twins, slug)
    answer = here.client().get("/dev/dien-thoai/", {"so": NUMBER})
    assert (tells(answer, here.canary), tells(answer, there.canary)) == (True, False)


@both
def test_a_colour_of_the_other_province_is_not_served(twins: Twins, slug: str) -> None:
    here, there = pair(twins, slug)
    address = there.client().get("/").context["theme_url"]
    assert there.client().get(address).status_code == 200
    assert here.client().get(address).status_code == 404


@both
def test_guesses_in_one_province_do_not_lock_the_other(twins, slug, monkeypatch):
    """The budgets of both hang on the same address and the same kind of key in the same cache."""
    monkeypatch.setattr(limited_lookup, "PER_PROVINCE", 1)
    here, there = pair(twins, slug)
    wrong: dict[str, Any] = {"code": there.dossier.code, "key": "BBBBBB"}
    assert [there.client().post("/tra-cuu/", wrong).status_code for _ in range(2)] == [200, 429]
    assert here.client().get(f"/ho-so/{here.dossier.code}/").status_code == 200


def test_a_post_that_names_a_row_of_the_other_province_meets_ones_own(twins: Twins) -> None:
    """The transition's address holds a primary key that exists in both: only the own dossier moves."""
    here, there = pair(twins, "dongnai")
    answer = here.client("own").post(
        f"/quan-tri/dossiers/dossier/{there.dossier.pk}/buoc/supplement_received/",
        {"seen": 2, "assignee": there.office.specialist.pk},
    )
    assert answer.status_code == 302
    with province_context(here.slug):
        here.dossier.refresh_from_db()
    with province_context(there.slug):
        there.dossier.refresh_from_db()
    assert (here.dossier.last_sequence, there.dossier.last_sequence) == (3, 2)


@pytest.mark.sampled
@pytest.mark.parametrize(("urlconf", "host"), [(PROVINCE, "daklak.localhost"), (NATIONAL, "localhost")])
def test_every_post_of_a_stranger_takes_a_budget_and_leads_to_a_page(twins, monkeypatch, urlconf, host):
    assert list(faults(twins["daklak"], urlconf, host, monkeypatch)) == []
