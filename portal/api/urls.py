"""Addresses of the API, version 1."""

from django.urls import include, path

from portal.api.documentation import documentation
from portal.api.schema import SchemaDoor
from procedures import urls

urlpatterns = [
    path("schema/", SchemaDoor.as_view(), name="api-schema"),
    path("docs/", documentation, name="api-docs"),
    path("", include(urls.api_urlpatterns)),
    path("", include("dossiers.api.urls")),
]
