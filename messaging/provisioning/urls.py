"""Addresses at which an account is connected."""

from django.urls import path

from messaging.provisioning.oauth_connect import consent_answer

consent = [path("<str:channel>/", consent_answer, name="consent-answer")]
