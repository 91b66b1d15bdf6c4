"""A copy takes the place of a schema that is too damaged to say what must not be lost."""

import re
from collections.abc import Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tenants.audit import operators_log
from tenants.audit.models import AuditEntry
from tenants.isolation.province_cache import ProvinceRecord
from tenants.operations.backup import parts, side_schemas
from tenants.operations.backup.archive import BackupRefused
from tests.conftest import as_owner
from tests.system.backing_up import Site, standing_site

pytestmark = pytest.mark.committed


@pytest.fixture(scope="module")
def site(kept_province: ProvinceRecord, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with standing_site(kept_province, tmp_path_factory.mktemp("site")) as made:
        made.back_up()
        yield made


def test_what_the_damaged_schema_does_not_give_out_stops_the_swap_until_it_is_named_with_a_reason(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.restore()
    with as_owner(), site.inside(), connection.cursor() as cursor:
        for table in ("dossiers_dailycounter", "contacts_consent", "channels_credential"):
            cursor.execute(f"ALTER TABLE {table} RENAME TO hong_{table}")

    site.pause()

    def swap(*more: str) -> None:
        with as_owner():
            call_command("backup", "swap", site.slug, f"{site.slug}_moi", "--yes", *more)

    all_of_it = "consents,credentials,numbers"
    for arguments, told in (
        ((), f"--without {all_of_it} --reason"),
        (("--without", "numbers,consents", "--reason", "Bảng hỏng"), f"--without {all_of_it} --reason"),
        (("--without", all_of_it), "Hãy ghi lý do"),
        (("--without", all_of_it, "--reason", " \x00 "), "Hãy ghi lý do"),
        (("--without", "moi", "--reason", "Bảng hỏng"), "Không có mục moi"),
    ):
        with pytest.raises(CommandError, match=re.escape(told)):
            swap(*arguments)
        assert f"{site.slug}_moi" in {copy.name for copy in side_schemas.of(site.slug)}
    swap("--without", all_of_it, "--reason", "Bảng hỏng (minh họa)")
    assert "Không đọc được ở schema cũ: Đồng ý nhận tin đã rút" in capsys.readouterr().out
    with site.inside():
        entry = AuditEntry.objects.get(action="backup.restored")
    assert (entry.detail["without"], entry.detail["reason"]) == (all_of_it.split(","), "Bảng hỏng (minh họa)")
    logged = operators_log.last(site.slug, "swap")
    assert logged is not None
    assert logged.detail["reason"] == "Bảng hỏng (minh họa)"


def test_a_schema_that_is_gone_gives_out_nothing_so_all_of_it_is_named(site: Site) -> None:
    site.restore()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{site.slug}" CASCADE')
    all_of_it = sorted(parts.CODES)
    with pytest.raises(BackupRefused, match=re.escape(f"--without {','.join(all_of_it)} --reason")):
        site.swap()
    assert f"{site.slug}_moi" in {copy.name for copy in side_schemas.of(site.slug)}
    assert site.swap(without=parts.CODES).kept_as == ""
    with site.inside():
        assert AuditEntry.objects.get(action="backup.restored").detail["without"] == all_of_it
