from django.apps import AppConfig


class DeadlinesConfig(AppConfig):
    name = "dossiers.deadlines"
    label = "deadlines"
