"""Which province an account at a channel belongs to, in `public` and out of reach of every province."""

import uuid
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction

from messaging.channels.accounts import routes as channel_routes
from tenants.isolation import crypto
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import ChannelRoute, Province
from tenants.isolation.province_cache import ProvinceRecord
from tests.conftest import as_owner, make_province

SECRET = "bi-mat-cua-tinh"


@pytest.fixture(autouse=True)
def _count_anew() -> None:
    channel_routes.clear_cache()


def keep(slug, external_id, *, app="a1", account="chinh", secret=SECRET):
    with province_context(slug):
        channel_routes.keep("thu", account, app=app, external_id=external_id, secrets={"oa": secret})


def whose(external_id: str, app: str = "a1") -> list[str]:
    return [route.province for route in channel_routes.find("thu", app, [external_id])]


@pytest.mark.parametrize(
    ("channel", "app", "ids"), [("khac", "a1", ["1"]), ("thu", "a2", ["1"]), ("thu", "a1", [])]
)
def test_what_is_not_told_exactly_is_not_found(db: None, channel: str, app: str, ids: list[str]) -> None:
    keep("daklak", "1")
    assert channel_routes.find(channel, app, ids) == []


@pytest.mark.parametrize("told", ["", "\0", "\ud800", "1 ", "1\n", "x" * 81, "' OR 1=1", "đ"])
def test_an_id_that_cannot_be_one_finds_nothing_and_is_not_kept(db: None, told: str) -> None:
    assert (channel_routes.find("thu", "a1", [told]), channel_routes.find("thu", told, ["1"])) == ([], [])
    with pytest.raises(channel_routes.BadRoute):
        keep("daklak", told)
    with pytest.raises(channel_routes.BadRoute):
        keep("daklak", "1", app=told)


def test_a_second_province_is_refused_in_words_that_do_not_name_the_first(db: None) -> None:
    keep("daklak", "1")
    with pytest.raises(channel_routes.BadRoute, match="đang thuộc một tỉnh khác") as refused:
        keep("dongnai", "1")
    assert "Đắk Lắk" not in str(refused.value)
    assert whose("1") == ["daklak"]


def test_a_second_account_of_the_province_is_told_which_one_has_it(db: None) -> None:
    keep("daklak", "1")
    with pytest.raises(channel_routes.BadRoute, match="“chinh”"):
        keep("daklak", "1", account="phu")


def test_the_same_id_in_another_app_is_another_account(db: None) -> None:
    keep("daklak", "1")
    keep("dongnai", "1", app="a2")
    assert (whose("1"), whose("1", "a2")) == (["daklak"], ["dongnai"])


def test_dropping_is_for_ones_own(db: None) -> None:
    keep("daklak", "1")
    with province_context("dongnai"):
        channel_routes.drop("thu", "chinh")
    assert whose("1") == ["daklak"]
    with province_context("daklak"):
        channel_routes.drop("thu", "chinh")
    assert whose("1") == []


def test_an_archived_province_has_no_routes(db: None) -> None:
    keep("daklak", "1")
    with public_context():
        Province.objects.filter(schema_name="daklak").update(state=Province.State.ARCHIVED)
    assert (whose("1"), channel_routes.sharers("thu", "a1")) == ([], 1)


def test_routes_go_with_their_province(django_db_setup: None, django_db_blocker: Any) -> None:
    slug = f"t{uuid.uuid4().hex[:10]}"
    with django_db_blocker.unblock():
        with as_owner():
            made = make_province(slug, "Tỉnh Thử", "Thử", "H99")
        try:
            keep(slug, "99")
            before = whose("99")
        finally:
            with as_owner():
                made.delete(force_drop=True)
        after = whose("99")
        connection.close()
    assert (before, after) == ([slug], [])


# --- Who may read it


def test_a_province_may_not_read_the_table(province: ProvinceRecord) -> None:
    keep("dongnai", "1")
    for statement in (
        "SELECT secret FROM public.tenants_channelroute",
        "UPDATE public.tenants_channelroute SET account = 'x'",
        "INSERT INTO public.tenants_channelroute SELECT * FROM public.tenants_channelroute",
    ):
        with (
            pytest.raises(ProgrammingError, match="permission denied for schema public"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)


def test_the_table_holds_no_plain_secret(db: None) -> None:
    keep("daklak", "1")
    with public_context():
        (row,) = ChannelRoute.objects.values()
    assert SECRET not in str(row)


def test_what_is_sealed_for_one_purpose_opens_for_no_other(province: ProvinceRecord) -> None:
    sealed = crypto.encrypt_for_installation("x", purpose="one")
    assert crypto.decrypt_for_installation(sealed, purpose="one") == "x"
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt_for_installation(sealed, purpose="other")
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt(sealed)
    with pytest.raises(crypto.CannotDecrypt):
        crypto.decrypt_for_installation(crypto.encrypt("x"), purpose="one")


def test_keys_rotate(db: None, settings: Any) -> None:
    keep("daklak", "1")
    settings.FIELD_KEYS = ["a new key", *settings.FIELD_KEYS]
    assert whose("1") == ["daklak"]
    assert channel_routes.rotate_secrets() == 1
    settings.FIELD_KEYS = ["a new key"]
    assert whose("1") == ["daklak"]
    settings.FIELD_KEYS = ["another"]
    with pytest.raises(crypto.CannotDecrypt):
        whose("1")
