from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    name = "dossiers.workflow"
    label = "workflow"
