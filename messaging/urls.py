from django.urls import path

from messaging.views import webhook

urlpatterns = [
    path("webhooks/<str:channel>/<str:account>/", webhook, name="webhook"),
]
