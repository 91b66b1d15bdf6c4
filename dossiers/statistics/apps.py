from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "dossiers.statistics"
    label = "statistics"
