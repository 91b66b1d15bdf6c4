from django.apps import AppConfig


class LegacyImportConfig(AppConfig):
    name = "dossiers.legacy_import"
    label = "legacy_import"
