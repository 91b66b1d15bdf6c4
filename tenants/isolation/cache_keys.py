"""Cache keys carry the province's uuid, so that nothing cached in one province answers in another."""

from typing import Any

from tenants.isolation.backend import connection
from tenants.isolation.province_cache import ProvinceRecord


def present_owner() -> str:
    """Whose what is written now is: the uuid of the present province, or the schema's name outside one."""
    tenant = connection.tenant
    return str(tenant.uuid) if isinstance(tenant, ProvinceRecord) else str(tenant.schema_name)


def make_key(key: str, key_prefix: str, version: Any) -> str:
    """Django's KEY_FUNCTION."""
    return f"{key_prefix}:{present_owner()}:{version}:{key}"
