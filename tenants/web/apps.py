from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tenants.web"
    label = "web"
