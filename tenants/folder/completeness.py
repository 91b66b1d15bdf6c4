"""Whether all of a province is there: a row may stand before its schema, or without it."""

from django.utils.translation import gettext as _
from django_tenants.utils import schema_exists

from tenants.folder.folder import refuse_bad_slug
from tenants.folder.problems import refuse
from tenants.isolation import province_cache
from tenants.isolation.models import Province
from tenants.isolation.province_cache import ProvinceRecord


def unfinished_words() -> str:
    """What is said of a province that is still being imported or brought back, and what leads out."""
    return _(
        "tỉnh chưa dựng xong: chạy lại province import, hoặc backup restore rồi backup swap; muốn thôi thì province discard."
    )


def lacking(record: ProvinceRecord) -> str:
    """Why nothing can be read in this province, and what leads out; "" where all of it is there."""
    if not record.is_whole:
        return unfinished_words()
    if schema_exists(record.slug):
        return ""
    if record.state == Province.State.DRAFT:
        return _("tỉnh chưa có lược đồ; chạy province apply.")
    return _("lược đồ của tỉnh không còn; phục hồi bằng backup restore.")


def require_whole(slug: str) -> ProvinceRecord:
    """The province of this slug. Raises Refused where it is not whole; UnknownProvince."""
    refuse_bad_slug(slug)
    record = province_cache.by_slug(slug)
    if text := lacking(record):
        raise refuse(slug, 0, text)
    return record


def refuse_at_rest(province: Province) -> None:
    """Raise Refused for a province to which no folder is applied: one that is not whole yet, or was archived."""
    if province.state == Province.State.UNFINISHED:
        raise refuse(province.slug, 0, unfinished_words())
    if province.state == Province.State.ARCHIVED:
        text = _("tỉnh đã lưu trữ, không áp dụng được; muốn dùng lại thì province offboard --withdraw trước.")
        raise refuse(province.slug, 0, text)
