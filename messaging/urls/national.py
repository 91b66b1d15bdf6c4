from django.urls import path

from messaging.inbound.views import national_webhook
from messaging.provisioning.oauth_views import national_answer

urlpatterns = [
    path("webhooks/<str:channel>/", national_webhook, name="national-webhook"),
    path("webhooks/<str:channel>/<str:named>/", national_webhook),
    path("ket-noi/<str:channel>/", national_answer, name="national-consent-answer"),
]
