"""Addresses at which an account is connected, of the province's host and of the national host."""

from django.urls import path

from messaging.provisioning.oauth_connect import consent_answer, national_consent_answer

province = [path("<str:channel>/", consent_answer, name="consent-answer")]
national = [path("ket-noi/<str:channel>/", national_consent_answer, name="national-consent-answer")]
