from django.urls import path

from messaging.provisioning.oauth_views import answer

urlpatterns = [path("<str:channel>/", answer, name="consent-answer")]
