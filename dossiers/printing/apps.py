from django.apps import AppConfig


class PrintingConfig(AppConfig):
    name = "dossiers.printing"
    label = "printing"
