"""A province's folder, written from what stands in the database."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tenants import clock
from tenants.folder.completeness import require_whole
from tenants.folder.folder import Draft, refuse_bad_slug
from tenants.folder.manifest import DECISION, FILE, STATES, VERSION
from tenants.folder.problems import refuse
from tenants.folder.steps import steps
from tenants.isolation import province_cache
from tenants.isolation.context import province_context, public_context
from tenants.isolation.models import Domain, Province


def export_province(slug: str, target: Path) -> Draft:
    """Write the folder of a province to `target / slug`; what it holds, and notes on what no file can say.

    Validating it finds no fault and planning it no change. Comments of the first folder are lost, secrets are
    never in it. Raises Refused for an unknown province and where there is a folder already.
    """
    refuse_bad_slug(slug)
    folder = target / slug
    if folder.exists():
        raise refuse(str(folder), 0, _("đã có thư mục này; hãy chọn nơi khác bằng --to."))
    draft = draft_of(slug)
    for file, content in draft.files.items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return draft


def draft_of(slug: str) -> Draft:
    """The folder of a province, not written yet. Raises Refused for an unknown province, and one that is not whole."""
    draft = Draft(slug)
    with public_context():
        province = Province.objects.filter(schema_name=slug).first()
        if province is None:
            raise refuse(slug, 0, _("chưa có tỉnh này; xem `province list`."))
        hosts = list(
            Domain.objects.filter(tenant=province)
            .order_by("-is_primary", "pk")
            .values_list("domain", flat=True)
        )
    heading = f"{province.name}, xuất từ cơ sở dữ liệu ngày {clock.today():%d/%m/%Y}."
    draft.document(FILE, _manifest(province, hosts), heading)
    try:
        record = require_whole(slug)
    except province_cache.UnknownProvince as error:
        raise refuse(slug, 0, _("chưa có tỉnh này; xem `province list`.")) from error
    with province_context(record):
        for step in steps:
            step.export(draft)
    return draft


def _manifest(province: Province, hosts: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "version": int(VERSION),
        "slug": province.schema_name,
        "name": province.name,
        "short_name": province.short_name,
        "agency_code": province.agency_code,
        "merged_from": province.merged_from,
        "hosts": hosts,
        "hotline": province.hotline,
        "hours": province.hours,
        "brand": {"colour": province.brand, "dark": province.brand_dark, "tint": province.tint},
        "demo": province.demo,
        "site_verifications": province.site_verifications,
        "without_channels": dict(zip(DECISION, province.without_channels, strict=False)),
        # A paused province has served before: applying never ends a pause.
        "state": province.state if province.state in STATES else Province.State.DRAFT.value,
    }
    return {name: value for name, value in data.items() if value not in ("", [], {}, None)}
