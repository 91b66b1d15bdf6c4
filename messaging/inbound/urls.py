"""Addresses of the province's host, of the national host and of the demonstration, each list for one `include`."""

from django.urls import path

from messaging.inbound.views import national_webhook, webhook
from messaging.provisioning.oauth_connect import national_consent_answer

province = [path("webhooks/<str:channel>/<str:account>/", webhook, name="webhook")]


national = [
    path("webhooks/<str:channel>/", national_webhook, name="national-webhook"),
    path("webhooks/<str:channel>/<str:named>/", national_webhook),
    path("ket-noi/<str:channel>/", national_consent_answer, name="national-consent-answer"),
]
