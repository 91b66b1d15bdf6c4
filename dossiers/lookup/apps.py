from django.apps import AppConfig


class LookupConfig(AppConfig):
    name = "dossiers.lookup"
    label = "lookup"
