"""By what a host shows which province it leads to: a digest that only this installation can make.

It is answered at PATH in whatever state the province is, and tells nothing about it.
"""

from django.utils.crypto import salted_hmac

from tenants.isolation.province_cache import ProvinceRecord

PATH = "/.well-known/mot-cua"


def of(province: ProvinceRecord) -> str:
    """What the hosts of this province answer at PATH."""
    return salted_hmac("tenants.host_proof", str(province.uuid), algorithm="sha256").hexdigest()
