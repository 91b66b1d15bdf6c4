from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "dossiers.feedback"
    label = "feedback"
