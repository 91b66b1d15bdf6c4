"""An installation that lost everything, `public` too: a province's own archive tells who it was."""

from django.db import transaction
from django.utils.translation import gettext as _

from tenants import records
from tenants.backup.archive import Manifest
from tenants.backup.errors import BackupRefused
from tenants.models import ChannelRoute, Domain, Province

_OF_A_ROUTE = ("channel", "app", "external_id", "account", "secret")


def bring_back(manifest: Manifest) -> None:
    """Write the province's row, hosts and routes as the archive has them: paused, with the uuid that its
    encrypted data need. Its schema is not made: that is what is being restored.

    Raises BackupRefused when another province has one of its hosts or accounts.
    """
    rows = manifest.public
    hosts = [row["fields"]["domain"] for row in rows["domains"]]
    if Domain.objects.filter(domain__in=hosts).exists():
        raise BackupRefused(_("Tên miền của %(slug)s đang thuộc một tỉnh khác.") % {"slug": manifest.slug})
    with transaction.atomic():
        (row,) = rows["province"]
        fields = {name: value for name, value in row["fields"].items() if name not in ("state", "created_at")}
        province = Province(**fields, state=Province.State.PAUSED)
        province.auto_create_schema = False
        province.save(verbosity=0)
        for row in rows["domains"]:
            told = row["fields"]
            Domain.objects.create(tenant=province, domain=told["domain"], is_primary=told["is_primary"])
        for row in rows["routes"]:
            told = {name: row["fields"][name] for name in _OF_A_ROUTE}
            ChannelRoute.objects.create(province=province, **told)
    records.forget()
