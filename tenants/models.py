"""Django looks for the models of this application here; they stand in `tenants.isolation.models`."""

from tenants.isolation.models import ChannelRoute, Domain, OperatorsEntry, Province

__all__ = ["ChannelRoute", "Domain", "OperatorsEntry", "Province"]
