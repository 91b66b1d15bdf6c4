"""An installation that lost everything, `public` too: a province's own archive tells who it was."""

from django.core import serializers
from django.db import transaction
from django.utils.translation import gettext as _

from tenants import records
from tenants.backup.archive import Manifest
from tenants.backup.errors import BackupRefused
from tenants.models import ChannelRoute, Domain, Province


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
        (told,) = rows["province"]
        fields = {
            name: value for name, value in told["fields"].items() if name not in ("state", "created_at")
        }
        province = Province(**fields, state=Province.State.PAUSED)
        province.auto_create_schema = False
        province.save(verbosity=0)
        for row in (*rows["domains"], *rows["routes"]):
            row["fields"]["province" if "province" in row["fields"] else "tenant"] = province.pk
        for one in serializers.deserialize("python", rows["domains"]):
            Domain.objects.create(
                domain=one.object.domain, tenant_id=province.pk, is_primary=one.object.is_primary
            )
        for one in serializers.deserialize("python", rows["routes"]):
            kept = one.object
            ChannelRoute.objects.create(
                channel=kept.channel, app=kept.app, external_id=kept.external_id, province_id=province.pk,
                account=kept.account, secret=kept.secret,
            )  # fmt: skip
    records.forget()
