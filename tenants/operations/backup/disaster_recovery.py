"""An installation that lost everything, `public` too: a province's own archive tells who it was."""

from django.db import transaction
from django.utils.translation import gettext as _

from tenants.isolation import province_cache
from tenants.isolation.models import ChannelRoute, Domain, Province
from tenants.operations.backup import side_schemas
from tenants.operations.backup.archive import BackupRefused, Manifest

_OF_A_ROUTE = ("channel", "app", "external_id", "account", "secret")


def bring_back(manifest: Manifest) -> None:
    """Write the province's row, hosts and routes as the archive has them, with the uuid that its encrypted data
    need. It is unfinished, so nothing works in it, until a copy takes its place: its schema is not made here.

    Raises BackupRefused when another province has one of its hosts or accounts.
    """
    rows = manifest.public
    hosts = [row["fields"]["domain"] for row in rows["domains"]]
    if Domain.objects.filter(domain__in=hosts).exists():
        raise BackupRefused(_("Tên miền của %(slug)s đang thuộc một tỉnh khác.") % {"slug": manifest.slug})
    with transaction.atomic():
        (row,) = rows["province"]
        fields = {name: value for name, value in row["fields"].items() if name not in ("state", "created_at")}
        province = Province(**fields, state=Province.State.UNFINISHED)
        province.auto_create_schema = False
        province.save(verbosity=0)
        for row in rows["domains"]:
            fields = row["fields"]
            Domain.objects.create(tenant=province, domain=fields["domain"], is_primary=fields["is_primary"])
        for row in rows["routes"]:
            fields = {name: row["fields"][name] for name in _OF_A_ROUTE}
            ChannelRoute.objects.create(province=province, **fields)
    province_cache.clear_cache()


def finish(slug: str) -> None:
    """A copy is in its place: it is whole, and paused. Nothing for a province that was not unfinished."""
    Province.objects.filter(schema_name=slug, state=Province.State.UNFINISHED).update(
        state=Province.State.PAUSED
    )


def is_empty(slug: str) -> bool:
    """Whether nothing but its row is there: whoever brought the province back was killed before it had a copy."""
    rows = Province.objects.filter(schema_name=slug, state=Province.State.UNFINISHED)
    return rows.exists() and not side_schemas.exists(slug) and not side_schemas.of(slug)


def forget(slug: str) -> None:
    """Take the row back when nothing came of bringing the province back; nothing where there is a schema of it,
    or a copy that can still take its place."""
    if is_empty(slug):
        Province.objects.get(schema_name=slug).delete()
        province_cache.clear_cache()
