"""Addresses of petitions, of published decisions on complaints, and of denunciations. They stay."""

from django.urls import path

from dossiers.feedback import decision_pages, views

urlpatterns = [
    path("phan-anh/", views.feedback_form, name="feedback-form"),
    path("phan-anh/tra-loi/", views.answer_lookup, name="feedback-lookup"),
    path("phan-anh/da-tra-loi/", views.public_answers, name="feedback-answers"),
    path("phan-anh/xem/<str:token>/", views.feedback, name="feedback"),
    path("quyet-dinh-khieu-nai/", decision_pages.public_decisions, name="public-decisions"),
    path("to-cao/", decision_pages.denunciation, name="denunciation"),
]
