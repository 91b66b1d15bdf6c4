from django.apps import AppConfig


class EditorConfig(AppConfig):
    name = "procedures.editor"
    label = "editor"
