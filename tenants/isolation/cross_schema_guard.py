"""An object loaded in one province cannot be saved or deleted in another.

Primary keys collide between provinces, so such a save would silently overwrite a row of the other province.
"""

from typing import Any

from django.db.models import Model
from django.db.models.signals import post_init, pre_delete, pre_save

from tenants.isolation.backend import connection_of


class WrongProvince(RuntimeError):
    """The object belongs to another schema than the one this thread stands in."""


def remember_origin(sender: type[Model], instance: Model, **kwargs: Any) -> None:
    """Note the schema that a model object was made in."""
    vars(instance)["_schema_of_origin"] = connection_of(instance._state.db or "default").schema_name


def refuse_strangers(sender: type[Model], instance: Model, using: str, **kwargs: Any) -> None:
    """Raise WrongProvince when the object was made in another schema."""
    origin = getattr(instance, "_schema_of_origin", None)
    here = connection_of(using).schema_name
    if origin is not None and origin != here and sender._meta.app_label not in ("tenants", "migrations"):
        raise WrongProvince(f"{sender._meta.label}: {origin} → {here}")


def guard_models() -> None:
    """Refuse to save or delete an object of one province in another: keys collide, a stranger's row would be lost."""
    post_init.connect(remember_origin, dispatch_uid="tenants.isolation.cross_schema_guard.origin")
    pre_save.connect(refuse_strangers, dispatch_uid="tenants.isolation.cross_schema_guard.save")
    pre_delete.connect(refuse_strangers, dispatch_uid="tenants.isolation.cross_schema_guard.delete")
