"""Addresses of feedback."""

from django.urls import path

from dossiers.feedback import views

urlpatterns = [
    path("phan-anh/", views.feedback_form, name="feedback-form"),
    path("phan-anh/tra-loi/", views.answer_lookup, name="feedback-lookup"),
    path("phan-anh/da-tra-loi/", views.public_answers, name="feedback-answers"),
    path("phan-anh/xem/<str:token>/", views.feedback, name="feedback"),
]
