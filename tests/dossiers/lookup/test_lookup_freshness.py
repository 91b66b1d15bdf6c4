"""The status page shows what is committed, although a process keeps the catalogue beside it."""

import subprocess
import sys

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dossiers.lifecycle import actions as services
from dossiers.lifecycle.models import AccessToken
from tenants.isolation import province_cache
from tenants.isolation.context import province_context
from tenants.isolation.models import Province
from tenants.organisation.models import Agency
from tests.conftest import CommittedProvince, as_owner
from tests.dossiers.lookup.test_lookup import path
from tests.dossiers.workflow.test_workflow_walk import standing_at
from tests.factories import Office
from tests.provinces import make_province
from tests.system.backing_up import standing_site

STEPS = ("received", "in_progress", "supplement", "done", "returned", "stopped")


def page(address: str, slug: str = "daklak") -> str:
    response = Client(headers={"host": f"{slug}.localhost"}).get(address)
    assert response.status_code == 200
    return response.content.decode()


def address_in(office: Office) -> str:
    taken = services.receive(office.intake(), actor=office.clerk)
    return path(taken.token_url)


@pytest.mark.parametrize("step", STEPS)
def test_the_page_is_the_same_where_nothing_is_kept(office, settings, step):
    address = f"/h/{AccessToken.objects.get(dossier=standing_at(office, step)).value}/"
    first, second = page(address), page(address)
    settings.PROVINCE_CACHE = False
    assert first == second == page(address)


def test_no_secret_of_an_officer_or_a_citizen_is_read_for_a_page(office):
    token = AccessToken.objects.get(dossier=standing_at(office, "in_progress")).value
    with CaptureQueriesContext(connection) as captured:
        assert office.specialist.full_name in page(f"/h/{token}/")
    (asked,) = [query["sql"] for query in captured.captured_queries if "accounts_user" in query["sql"]]
    columns = ("password", "lookup_key", "value", "id_number", "email")
    assert not [name for name in columns if f'."{name}"' in asked]


def test_the_code_page_reads_once(office, django_assert_num_queries):
    received = services.receive(office.intake(), actor=office.clerk)
    address = f"/ho-so/{received.dossier.code}/"
    page(address)
    with django_assert_num_queries(1):
        page(address)


@pytest.mark.committed
def test_an_agency_renamed_by_another_process_is_seen_by_the_next_request(committed_province):
    address = address_in(Office("H99"))
    assert "Nơi mới" not in page(address, committed_province.slug)
    rename = (
        "import django; django.setup()\n"
        "from tenants.isolation.context import province_context\n"
        "from tenants.organisation.models import Agency\n"
        f"with province_context('{committed_province.slug}'): Agency.objects.update(name='Nơi mới')"
    )
    subprocess.run([sys.executable, "-c", rename], check=True, env=committed_province.environ, timeout=60)
    assert "Nơi mới" in page(address, committed_province.slug)


@pytest.mark.committed
@pytest.mark.real_clock
def test_after_a_swap_the_page_shows_what_the_archive_held(committed_province, tmp_path):
    with standing_site(committed_province.record, tmp_path) as site:
        site.back_up()
        with site.inside():
            Agency.objects.update(name="Nơi mới")
        assert "Nơi mới" in page(site.page, site.slug)
        site.restore()
        site.swap()
        with as_owner():
            Province.objects.filter(schema_name=site.slug).update(state=Province.State.LIVE)
        province_cache.clear_cache()
        shown = page(site.page, site.slug)
    assert "Nơi mới" not in shown
    assert site.office.desk.name in shown


@pytest.mark.committed
def test_a_new_start_under_the_same_name_shows_its_own(committed_province: CommittedProvince) -> None:
    slug = committed_province.slug
    page(address_in(Office("H99")), slug)
    with as_owner():
        Province.objects.get(schema_name=slug).delete(force_drop=True)
        make_province(slug, "Tỉnh Thử", "Thử", "H99")
    province_cache.clear_cache()
    with province_context(slug):
        office = Office("H99")
        Agency.objects.update(name="Nơi mới")
        address = address_in(office)
    assert "Nơi mới" in page(address, slug)
