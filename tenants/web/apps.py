from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tenants.web"

    def ready(self) -> None:
        from tenants.web import budgets, telemetry

        budgets.refused.connect(telemetry.budget_refused)
