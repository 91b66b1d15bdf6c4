from django.urls import path

from messaging.views import national_webhook

urlpatterns = [
    path("webhooks/<str:channel>/", national_webhook, name="national-webhook"),
    path("webhooks/<str:channel>/<str:named>/", national_webhook),
]
