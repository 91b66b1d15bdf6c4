from django.apps import AppConfig


class FilingConfig(AppConfig):
    name = "dossiers.filing"
    label = "filing"
