"""Content type ids differ between provinces: a cache that keeps them apart."""

from typing import Any

from tenants.isolation.backend import connection_of


class PerSchemaContentTypes(dict[Any, Any]):
    """Replaces `ContentType.objects._cache` ({alias: {key: content type}}) by one part per schema.

    Never cleared on a change of province: that is what made the stock cache leak between threads.
    """

    def __getitem__(self, alias: str) -> Any:
        return super().__getitem__((alias, connection_of(alias).schema_name))

    def setdefault(self, alias: str, default: Any = None) -> Any:
        return super().setdefault((alias, connection_of(alias).schema_name), default)
