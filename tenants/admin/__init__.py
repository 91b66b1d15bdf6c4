"""Admin sites of provinces and operators, and staff admin of this room."""

from tenants.admin import model_admins

__all__ = ["model_admins"]
