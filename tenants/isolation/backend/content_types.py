"""Content type ids differ between provinces: a cache that keeps them apart."""

from typing import Any

from django.db import connections


class PerSchemaContentTypes(dict[Any, Any]):
    """Replaces `ContentType.objects._cache` ({alias: {key: content type}}) by one part per schema.

    Never cleared on a change of province: that is what made the stock cache leak between threads.
    """

    def __getitem__(self, alias: str) -> Any:
        return super().__getitem__((alias, _schema(alias)))

    def setdefault(self, alias: str, default: Any = None) -> Any:
        return super().setdefault((alias, _schema(alias)), default)


def _schema(alias: str) -> str:
    schema: str = connections[alias].schema_name  # type: ignore[attr-defined]
    return schema
