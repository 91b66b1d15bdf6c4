from django.urls import path

from messaging.inbound.views import webhook

urlpatterns = [
    path("webhooks/<str:channel>/<str:account>/", webhook, name="webhook"),
]
