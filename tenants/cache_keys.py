"""Cache keys carry the province's uuid, so that nothing cached in one province answers in another."""

from typing import Any

from tenants.backend import connection
from tenants.records import ProvinceRecord


def make_key(key: str, key_prefix: str, version: Any) -> str:
    """Django's KEY_FUNCTION."""
    tenant = connection.tenant
    owner = str(tenant.uuid) if isinstance(tenant, ProvinceRecord) else tenant.schema_name
    return f"{key_prefix}:{owner}:{version}:{key}"
