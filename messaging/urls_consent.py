from django.urls import path

from messaging.views_consent import answer

urlpatterns = [path("<str:channel>/", answer, name="consent-answer")]
