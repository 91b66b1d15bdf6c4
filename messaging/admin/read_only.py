"""Admin pages that only show."""

from typing import Any

from django.http import HttpRequest


class ReadOnly:
    """Rows that the relay or the desk's acts write, never this page."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
