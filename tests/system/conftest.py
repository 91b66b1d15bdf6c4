"""Twins for the isolation matrix; a second committed province and its desk for tests of real connections."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection, transaction
from django.test import override_settings

from procedures.catalogue.contents import national
from tenants import clock
from tenants.isolation import province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord
from tests.conftest import NOON, as_owner, make_province
from tests.factories import Office, UserFactory
from tests.system.catalogue import write_short_list
from tests.system.worlds import PASSWORD, World, align_sequences, build, copy_session, sign_in

Twins = dict[str, World]


@pytest.fixture(scope="module")
def _twins(django_db_setup, django_db_blocker, tmp_path_factory):
    """Both provinces filled once for a module, in one transaction that is rolled back at its end."""
    folder: Path = tmp_path_factory.mktemp("provider")
    enter = {slug: partial(province_context, slug) for slug in ("daklak", "dongnai")}
    with (
        django_db_blocker.unblock(),
        override_settings(DATA_DIR=folder),
        clock.frozen(NOON),
        _rolled_back(),
        public_context(),
    ):
        province_cache.clear_cache()
        twins: Twins = {}
        align_sequences(public_context, *enter.values())
        for slug, inside in enter.items():
            with inside():
                twins[slug] = build()
        operator = UserFactory(
            administrator=True, pk=twins["daklak"].superuser.pk, username="quantri", password=PASSWORD
        )
        Group.objects.create(name="Nhóm vận hành")
        _sign_in_everywhere(twins, enter, sign_in(operator))
        yield twins
    connection.close()


@pytest.fixture
def twins(_twins: Twins) -> Iterator[Twins]:
    """Đắk Lắk and Đồng Nai with the same rows under the same keys; what a test does to them is undone."""
    province_cache.clear_cache()
    cache.clear()
    with _rolled_back(), public_context():
        yield _twins


@contextmanager
def really_there(name: str, short_name: str, code: str) -> Iterator[ProvinceRecord]:
    """A committed province while the block lasts; the database must be unblocked."""
    slug = f"t{uuid.uuid4().hex[:10]}"
    with as_owner():
        make_province(slug, name, short_name, code)
    try:
        yield province_cache.by_slug(slug)
    finally:
        with as_owner():
            Province.objects.get(schema_name=slug).delete(force_drop=True)
        connection.close()


@pytest.fixture(scope="module")
def kept_province(django_db_setup: None, django_db_blocker: Any) -> Iterator[ProvinceRecord]:
    """A committed province for a whole module, whose tests leave rows behind and do not mind those of others."""
    with django_db_blocker.unblock(), really_there("Tỉnh Thử", "Thử", "H99") as record:
        yield record


@pytest.fixture(scope="module")
def kept_office(kept_province: ProvinceRecord) -> Office:
    """A desk that works in the kept province."""
    with province_context(kept_province), clock.frozen(NOON):
        return Office("H99")


@pytest.fixture
def at_home(kept_province: ProvinceRecord) -> Iterator[ProvinceRecord]:
    """The test stands inside the kept province."""
    with province_context(kept_province) as record:
        yield record


@pytest.fixture
def short_national_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Provinces that are made in this process have few procedures."""
    monkeypatch.setattr(national, "NATIONAL", write_short_list(tmp_path / "national.csv"))


@pytest.fixture
def beside(django_db_setup: None, django_db_blocker: Any) -> Iterator[ProvinceRecord]:
    with django_db_blocker.unblock(), really_there("Tỉnh Bên Cạnh", "Bên Cạnh", "H98") as record:
        yield record


@pytest.fixture
def committed_office(committed_province: Any) -> Office:
    return Office("H99")


def _rolled_back() -> transaction.Atomic:
    """A block whose work is undone, inside which durable transactions may open: that of Django's TestCase."""
    block = _Undone(using=None, savepoint=True, durable=False)
    block._from_testcase = True
    return block


class _Undone(transaction.Atomic):
    def __exit__(self, *raised: Any) -> None:
        transaction.set_rollback(True)
        super().__exit__(*raised)


def _sign_in_everywhere(twins: Twins, enter: dict[str, Callable[[], Any]], operators: str) -> None:
    """Sessions by who brings them: `own`, `stranger`, `foreign`, `copied` (its row is here too), `operator`."""
    for slug, world in twins.items():
        with enter[slug]():
            world.sessions |= {
                "own": sign_in(world.superuser),
                "stranger": sign_in(world.stranger),
                "operator": operators,
            }
            to_be_copied = sign_in(world.superuser)
            to_be_copied_to_public = sign_in(world.superuser)
        other = next(one for one in twins.values() if one is not world)
        with enter[slug]():
            copy_session(to_be_copied, enter[other.slug])
            copy_session(to_be_copied_to_public, public_context)
        other.sessions |= {"foreign": world.sessions["own"], "copied": to_be_copied}
        world.sessions["copied to public"] = to_be_copied_to_public
