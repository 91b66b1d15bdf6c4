"""What look-ups cost: misses, hits and wrong keys have budgets of their own; owners pay for nobody else."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from dossiers.lifecycle import actions as services
from dossiers.lookup import limited_lookup, lookup
from dossiers.lookup.limited_lookup import Guesser
from tenants.web import telemetry
from tenants.web.rate_limits import block
from tests.factories import Office

HOST, WRONG = "daklak.localhost", "BCGHKL"
Typed = Callable[..., int]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::2", "2001:db8::/64"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("unknown", "unknown"),
    ],
)
def test_block_is_what_one_guesser_changes_at_no_cost(address: str, expected: str) -> None:
    assert block(address) == expected


@pytest.mark.parametrize("typed", ["h15.08-261125-0001", "H15.08 261125 0001", " H15.08–261125–0001 "])
def test_spellings_of_one_code_share_a_budget(typed: str) -> None:
    assert Guesser.at("", typed) == Guesser.at("", "H15.08-261125-0001")


@pytest.mark.parametrize("typed", ["'HS/17", '="HS/17"', f"HS/17{chr(0x200B) * 110}", f"{' ' * 110}HS/17"])
def test_spellings_of_an_old_code_share_a_budget(typed: str) -> None:
    assert Guesser.at("", typed) == Guesser.at("", "HS/17")


@pytest.fixture
def typed() -> Typed:
    """Type a code and perhaps a key into the page's form, in some network; the status of the answer."""

    def typed(code: str, key: str = "", *, network: int = 1, address: str = "198.18.{}.7") -> int:
        client = Client(headers={"host": HOST}, REMOTE_ADDR=address.format(network))
        return client.post("/tra-cuu/", {"code": code, "key": key}).status_code

    return typed


@pytest.fixture
def two(office: Office) -> tuple[services.Received, services.Received]:
    first, second = (services.receive(office.intake(), actor=office.clerk) for _ in range(2))
    return first, second


def unknown(number: int) -> str:
    return f"H15.08-200102-{number:04d}"


@pytest.mark.parametrize("limit", ["HITS", "HITS_A_DAY"])
def test_dossiers_seen_by_their_codes_alone_are_counted_and_a_key_still_opens(two, typed, monkeypatch, limit):
    monkeypatch.setattr(limited_lookup, limit, 1)
    first, second = two
    assert [typed(first.dossier.code), typed(first.dossier.code)] == [303, 303]
    assert typed(second.dossier.code) == 429
    assert typed(second.dossier.code, second.key) == 303
    assert typed(second.dossier.code, network=2) == 303


def test_a_refusal_of_a_day_says_so(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_lookup, "HITS_A_DAY", 0)
    answer = Client(headers={"host": HOST}).post("/tra-cuu/", {"code": two[0].dossier.code})
    assert answer["Retry-After"] == "86400"
    assert "Xin gõ cả mã hồ sơ và mã tra cứu" in answer.content.decode()


def test_a_dossier_seen_by_its_code_costs_no_failure(two, typed, monkeypatch):
    monkeypatch.setattr(limited_lookup, "PER_ADDRESS", 1)
    assert [typed(two[0].dossier.code) for _ in range(3)] == [303, 303, 303]


def test_misses_of_a_network_shut_out_no_owner_with_the_key(two, typed, monkeypatch):
    monkeypatch.setattr(limited_lookup, "PER_ADDRESS", 2)
    assert [typed(unknown(number)) for number in range(3)] == [200, 200, 429]
    assert typed(two[0].dossier.code, two[0].key) == 303


def test_a_right_code_is_answered_while_many_fail_in_the_province(two, typed, monkeypatch):
    monkeypatch.setattr(limited_lookup, "PER_PROVINCE", 2)
    assert [typed(unknown(n), network=n) for n in range(3)] == [200, 200, 429]
    refused = limited_lookup.ask("198.18.7.7", unknown(4))
    assert isinstance(refused, limited_lookup.TooManyTries)
    assert refused.key_helps
    assert "gõ đúng thì vẫn xem được ngay" in refused.sentence
    code, key = two[0].dossier.code, two[0].key
    assert [typed(code, WRONG, network=9), typed(code, network=9), typed(code, key, network=9)] == [
        429,
        303,
        303,
    ]
    slips = [
        typed(two[1].dossier.code, WRONG, network=8) for _ in range(limited_lookup.PER_ADDRESS_AMONG_MANY)
    ]
    assert set(slips) == {429}
    assert typed(code, key, network=8) == 429


def test_one_site_with_very_many_networks_leaves_look_ups_to_the_others(two, typed, monkeypatch):
    for name, size in (("PER_SITE", 2), ("PER_PROVINCE", 2), ("MOST_PER_PROVINCE", 5)):
        monkeypatch.setattr(limited_lookup, name, size)
    for number in range(6):
        for key in ("", WRONG):
            typed(unknown(number), key, network=number, address="2001:db8:1:{}::7")
    code, key = two[0].dossier.code, two[0].key
    assert [typed(code), typed(code, key)] == [303, 303]


@pytest.mark.parametrize(
    ("guessed_with", "shut_out"), [("", [429, 303]), (WRONG, [429, 429])], ids=["codes", "keys"]
)
def test_very_many_who_guess_codes_shut_out_no_owner_with_the_key(
    two: Any, typed: Typed, monkeypatch: pytest.MonkeyPatch, guessed_with: str, shut_out: list[int]
) -> None:
    monkeypatch.setattr(limited_lookup, "MOST_PER_PROVINCE", 3)
    for number in range(3):
        typed(unknown(number), guessed_with, network=number)
    code, key = two[0].dossier.code, two[0].key
    assert [typed(code, network=9), typed(code, key, network=9)] == shut_out


def test_many_at_once_are_no_more_than_one_after_another(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is charged before it looks: so many as look at the same time fit the budget together."""
    code, asked = two[0].dossier.code, 0

    def by_code(*typed: str) -> lookup.Answer:
        nonlocal asked
        asked += 1
        # The next one comes while this one is still looking.
        limited_lookup.ask("198.18.1.7", code, WRONG)
        return lookup.NotFound()

    monkeypatch.setattr(lookup, "by_code", by_code)
    limited_lookup.ask("198.18.1.7", code, WRONG)
    assert asked == limited_lookup.PER_CODE_HERE


def test_each_refusal_is_counted_by_the_budget_that_was_used_up(two, typed, monkeypatch):
    counted: list[tuple[str, str]] = []
    monkeypatch.setattr(telemetry, "lookup_refused", lambda *labels: counted.append(labels))
    monkeypatch.setattr(limited_lookup, "HITS", 0)
    monkeypatch.setattr(limited_lookup, "PER_PROVINCE", 0)
    typed(two[0].dossier.code)
    typed(two[0].dossier.code, WRONG)
    assert counted == [("daklak", "hits"), ("daklak", "province")]


def test_a_look_up_that_breaks_costs_nothing(two: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limited_lookup, "PER_ADDRESS", 1)
    with monkeypatch.context() as broken:
        broken.setattr(lookup, "by_code", lambda *typed: 1 / 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                limited_lookup.ask("198.18.1.7", two[0].dossier.code)
    assert isinstance(limited_lookup.ask("198.18.1.7", two[0].dossier.code), lookup.Progress)
