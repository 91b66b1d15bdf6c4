"""Values that hold in one province only: signatures, cache keys, and the proof of a host."""

from typing import Any

from django.core import signing
from django.utils.crypto import salted_hmac

from tenants.isolation.backend import connection
from tenants.isolation.province_cache import ProvinceRecord

HOST_PROOF_PATH = "/.well-known/mot-cua"


def dumps(value: Any, *, purpose: str) -> str:
    """Sign a JSON-able value for this purpose and this province, or for the operators outside one."""
    return signing.dumps(value, salt=_salt(purpose))


def loads(text: str, *, purpose: str, max_age: int | None = None) -> Any:
    """The value signed by `dumps` here; raises signing.BadSignature, also for another province's value.

    `max_age` in seconds.
    """
    return signing.loads(text, salt=_salt(purpose), max_age=max_age)


def _salt(purpose: str) -> str:
    return f"mot-cua:{present_owner()}:{purpose}"


EVERYWHERE = "everywhere:"
"""So begins the name of a counter of all provinces together: of what one network asks for, never of a person."""


def present_owner() -> str:
    """Whose what is written now is: the uuid of the present province, or the schema's name outside one."""
    tenant = connection.tenant
    return str(tenant.uuid) if isinstance(tenant, ProvinceRecord) else str(tenant.schema_name)


def make_key(key: str, key_prefix: str, version: Any) -> str:
    owner = "*" if key.startswith(EVERYWHERE) else present_owner()
    return f"{key_prefix}:{owner}:{version}:{key}"


def host_proof(province: ProvinceRecord) -> str:
    """What a host of this province answers at HOST_PROOF_PATH, in whatever state the province is.

    A digest that only this installation can make; it tells nothing about the province.
    """
    return salted_hmac("tenants.host_proof", str(province.uuid), algorithm="sha256").hexdigest()
