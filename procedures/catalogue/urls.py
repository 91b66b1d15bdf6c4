"""Addresses of the catalogue; those of the pages are printed on posters, so they stay."""

from django.urls import path

from procedures.catalogue import api
from procedures.catalogue.blank_forms import pages as blank_forms
from procedures.catalogue.life_events import pages as life_events
from procedures.catalogue.public import pages
from procedures.catalogue.public.search_page import search_view

urlpatterns = [
    path("thu-tuc/", search_view, name="procedures"),
    path("thu-tuc/<str:code>/", pages.procedure_view, name="procedure"),
    path("bieu-mau/", blank_forms.overview, name="blank-forms"),
    path("bieu-mau/<slug:key>/", blank_forms.download, name="blank-form"),
    path("doi-song/", life_events.overview, name="life-events"),
    path("doi-song/<slug:slug>/", life_events.life_event, name="life-event"),
]
api_urlpatterns = [
    path("procedures/", api.ProcedureListView.as_view(), name="api-procedures"),
    path("procedures/<str:code>/", api.ProcedureView.as_view(), name="api-procedure"),
]
