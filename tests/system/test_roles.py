"""Every address of the staff's site × every role × own agency, another agency, the other province.

`make test` sends a third of the people to each address, with one who gets in and one who does not among them.
"""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission

from messaging.contacts.models import Contact
from tenants.isolation.context import province_context
from tenants.organisation.auth_backend import GIVEN, given_by
from tenants.organisation.models import Role
from tests.deep import share
from tests.provinces import undone
from tests.system.addresses import PROVINCE, Address, addresses
from tests.system.role_doors import ACTS, ANYTHING, BASE, DOORS, Door
from tests.system.roles import LETTERS, NOBODY, PEOPLE, Person, contents, employ, written
from tests.system.test_isolation import path_in, tells
from tests.system.worlds import NUMBER, OTHER, World

SLUG = "daklak"
ALL = [address for address in addresses(PROVINCE) if address.text.startswith(BASE)]
TURN = {address: turn for turn, address in enumerate(ALL)}
Twins = dict[str, World]


def in_turn(turn: int) -> pytest.MarkDecorator:
    """Every fourth address in `make test`, and in the next test others than in this one."""
    return pytest.mark.parametrize("address", share(ALL, turn, 4), ids=str)


@pytest.fixture(scope="module", autouse=True)
def _staff(_twins: Twins) -> None:
    for slug, world in _twins.items():
        with province_context(slug):
            employ(world)
            world.contact = Contact.objects.order_by("pk").last().pk  # type: ignore[attr-defined, union-attr]


@pytest.fixture(scope="module")
def untouched(_twins: Twins, _staff: None) -> dict[str, str]:
    """What stood in the province before anybody posted; each test begins there again."""
    with province_context(SLUG):
        return contents()


def name_of(address: Address) -> str:
    return address.text.removeprefix(BASE)


def door_of(address: Address) -> Door:
    return DOORS[name_of(address)]


def gets_in(door: Door, person: Person) -> bool:
    return person.letter in (door.far if person.is_far else door.near)


def some_people(address: Address, allowed: Callable[[Person], bool]) -> list[Person]:
    """Those who are sent to this address, another third at the next one."""
    turn = TURN[address]
    near = [*PEOPLE[turn % len(PEOPLE) :], *PEOPLE[: turn % len(PEOPLE)]]
    both = [next((one for one in near if allowed(one) is way), None) for way in (True, False)]
    return list(dict.fromkeys(one for one in [*share(PEOPLE, turn, 3), *both] if one))


def knows(person: Person) -> bool:
    return person.letter == "m" or not (person.is_far or person.letter in ("k", NOBODY))


def test_every_address_is_declared_and_every_declaration_has_an_address() -> None:
    there = {name_of(address) for address in ALL}
    assert there - DOORS.keys() == set()
    assert DOORS.keys() - there == set()
    assert ACTS.keys() - there == set()


@pytest.mark.sampled
@in_turn(0)
def test_looking(twins: Twins, address: Address) -> None:
    world, door = twins[SLUG], door_of(address)
    path = path_in(address, world)
    for person in some_people(address, lambda person: gets_in(door, person)):
        with undone():
            answer = world.client(str(person)).get(path)
        # Django's admin sends to the first page from a row that somebody may not see.
        sent_away = answer.get("Location") == BASE and address.text != f"{BASE}login/"
        refused = answer.status_code in (403, 404) or sent_away
        if door.only_post:
            assert answer.status_code == 405 or refused, person
        else:
            assert refused != gets_in(door, person), (str(person), answer.status_code, answer.get("Location"))
        assert knows(person) or not tells(answer, world.secret), person


@pytest.mark.sampled
@in_turn(1)
def test_changing(twins: Twins, untouched: dict[str, str], address: Address) -> None:
    """A post changes the tables for those who may, and for nobody else; an auditor's never does."""
    world, act = twins[SLUG], ACTS.get(name_of(address))
    path = path_in(address, world) + (act.asked(world) if act else "")

    def may_act(person: Person) -> bool:
        return act is not None and person.letter in (act.far if person.is_far else act.near)

    for person in some_people(address, may_act):
        with undone():
            with province_context(SLUG):
                posted, so_far = act.posted(world) if act else ANYTHING, written()
            answer = world.client(str(person)).post(path, posted)
            with province_context(SLUG):
                after = contents([table for table, rows in written().items() if rows != so_far[table]])
        changed = sorted(table for table in after if after[table] != untouched[table])
        if act is not None or person.letter != "m":
            assert bool(changed) == may_act(person), (str(person), answer.status_code, changed)
        assert person.letter != "a" or not changed
        assert answer.status_code < 500, person
        assert knows(person) or not (tells(answer, world.secret) or tells(answer, NUMBER)), person


@pytest.mark.sampled
@in_turn(0)
def test_the_other_province_is_nobodys(twins: Twins, address: Address) -> None:
    """The same people with the cookies of the other province are not signed in here."""
    here, there = twins[SLUG], twins[OTHER[SLUG]]
    path = path_in(address, here)
    stranger = here.client().get(path)
    for letter in share(list(LETTERS), TURN[address], 3):
        key = there.sessions[str(Person(letter))]
        answer = here.client(key).get(path)
        assert (answer.status_code, answer.get("Location")) == (
            stranger.status_code,
            stranger.get("Location"),
        )
        assert not tells(answer, here.secret)


def test_the_whole_number_is_for_who_calls(twins: Twins) -> None:
    world = twins[SLUG]
    told = {
        str(person): tells(world.client(str(person)).post(f"{BASE}goi-dien/{world.call.pk}/so/"), NUMBER)
        for person in PEOPLE
    }
    near = {str(Person(letter)) for letter in "clm"}
    assert {name for name, knows_it in told.items() if knows_it} == near | {str(Person("m", is_far=True))}


def test_what_roles_give_exists(twins: Twins) -> None:
    with province_context(SLUG):
        there = {
            f"{app}.{name}"
            for app, name in Permission.objects.values_list("content_type__app_label", "codename")
        }
    assert given_by(LETTERS.values()) <= there
    assert GIVEN.keys() <= set(Role.values)


def test_auditors_are_given_looking_alone() -> None:
    assert all(permission.partition(".")[2].startswith("view_") for permission in given_by([Role.AUDITOR]))


def test_administrators_are_given_what_every_other_role_is() -> None:
    assert given_by(Role.values) == given_by([Role.ADMINISTRATOR])
