"""Addresses of the province's host and of the national host, each list for one `include`."""

from django.urls import path

from messaging.inbound.views import national_webhook, webhook

province = [path("webhooks/<str:channel>/<str:account>/", webhook, name="webhook")]

national = [
    path("webhooks/<str:channel>/", national_webhook, name="national-webhook"),
    path("webhooks/<str:channel>/<str:named>/", national_webhook),
]
