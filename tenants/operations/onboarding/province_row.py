"""A province's own row, hosts and schema: made from its manifest, brought up to date, moved forward."""

from django.core.management import call_command
from django.db import transaction
from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists

from tenants.audit import operators_log
from tenants.folder.manifest import FILE, Manifest
from tenants.folder.problems import refuse
from tenants.folder.steps import Show
from tenants.isolation import province_cache, schema_migrations
from tenants.isolation.models import Domain, Province

_ROW_FIELDS = ("name", "short_name", "agency_code", "hotline", "hours", "demo")


def create(manifest: Manifest) -> Province:
    """A new province with hosts, schema and role; one that fails leaves none of them.

    Raises Refused when there is a schema of this name without a province.
    """
    if schema_exists(manifest.slug):
        # Never dropped here: it may hold the dossiers of a province whose row was lost.
        text = _("đã có lược đồ “%(slug)s” trong cơ sở dữ liệu mà không có tỉnh nào; hãy xem xét trước.")
        raise refuse(FILE, 0, text % {"slug": manifest.slug})
    province = Province(schema_name=manifest.slug, **values_of(manifest))
    province.save(verbosity=0)
    try:
        with transaction.atomic():
            update_hosts(province, manifest)
            operators_log.record(operators_log.CREATED, province.slug)
    except BaseException:
        province.delete(force_drop=True)
        raise
    return province


def finish_schema(province: Province, show: Show) -> None:
    """Bring the schema up to date, also one whose creation was killed half-way.

    Raises schema_migrations.OtherHistory for one that other code made.
    """
    if not schema_exists(province.schema_name):
        province.create_schema(verbosity=0)
        return
    if schema_migrations.status_of(province.schema_name).missing:
        show(_("Cập nhật các bảng…"), None)
        call_command(
            "migrate_schemas", tenant=True, schema_name=province.schema_name, interactive=False, verbosity=0
        )


def values_of(manifest: Manifest) -> dict[str, object]:
    """The columns of a province's row that its manifest gives."""
    values: dict[str, object] = {name: getattr(manifest, name) for name in _ROW_FIELDS}
    brand, decision = manifest.brand, manifest.without_channels
    values |= {"brand": brand.colour, "brand_dark": brand.dark, "tint": brand.tint}
    values["merged_from"] = [former.model_dump() for former in manifest.merged_from]
    values["site_verifications"] = list(manifest.site_verifications)
    values["without_channels"] = list(decision.model_dump().values()) if decision else []
    return values


def update_row(province: Province, manifest: Manifest) -> list[str]:
    """Write what the manifest says of the province; the names of what became different."""
    changed = [name for name, value in values_of(manifest).items() if getattr(province, name) != value]
    for name in changed:
        setattr(province, name, values_of(manifest)[name])
    if "demo" in changed and not province.demo and province.state == Province.State.LIVE:
        # A demonstration is live by its file; a province only by the word of two operators.
        province.state = Province.State.PILOT
        changed.append("state")
    if changed:
        province.save(verbosity=0, update_fields=changed)
    return [str(Province._meta.get_field(name).verbose_name) for name in changed]


def update_hosts(province: Province, manifest: Manifest) -> list[str]:
    """The manifest names all hosts: a former one must stop answering, for its domain may change hands."""
    changes = []
    known = {domain.domain: domain for domain in Domain.objects.filter(tenant=province)}
    for host in known.keys() - set(manifest.hosts):
        known.pop(host).delete()
        changes.append(_("bỏ tên miền %(host)s") % {"host": host})
    # The primary one comes last, since saving it takes the mark from the others.
    for host in reversed(manifest.hosts):
        primary = host == manifest.hosts[0]
        domain = known.get(host) or Domain(domain=host, tenant=province)
        if domain.pk is None or domain.is_primary != primary:
            domain.is_primary = primary
            domain.save()
            changes.append(_("tên miền %(host)s") % {"host": host})
    return changes


def move_state_forward(province: Province, manifest: Manifest) -> list[str]:
    """Let the state follow the manifest, forward only: a pause is the operators' word."""
    ladder = [Province.State.DRAFT, Province.State.PILOT, Province.State.LIVE]
    if province.state not in ladder:
        return []
    wanted = Province.State(manifest.state)
    if wanted == Province.State.LIVE and not manifest.demo:
        # Going live is the word of two operators (`golive`), not of a file.
        wanted = Province.State.PILOT
    if ladder.index(wanted) <= ladder.index(Province.State(province.state)):
        return []
    # Compared and set in one statement: a pause that came meanwhile stands.
    moved = Province.objects.filter(pk=province.pk, state=province.state).update(state=wanted)
    province_cache.clear_cache()
    if not moved:
        return []
    return [_("trạng thái: %(state)s") % {"state": wanted.label}]
