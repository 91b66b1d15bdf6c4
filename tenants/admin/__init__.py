"""Admin sites of provinces and operators, and staff admin of this room."""

from tenants.admin import audit, organisation, provinces, users

__all__ = ["audit", "organisation", "provinces", "users"]
