"""The schema of the API (OpenAPI 3), made from its doors."""

from functools import lru_cache
from typing import Any

from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.api.views import OpenDoor

URLCONF = "portal.urls.province"


@lru_cache(maxsize=4)
def schema(language: str) -> dict[str, Any]:
    """The whole schema with its descriptions in this language. The same for all provinces; not to be changed."""
    with translation.override(language):
        found: dict[str, Any] = SchemaGenerator(urlconf=URLCONF).get_schema(request=None, public=True)
    return found


class SchemaDoor(OpenDoor):
    """GET /api/v1/schema/."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(schema(translation.get_language() or "vi"))
