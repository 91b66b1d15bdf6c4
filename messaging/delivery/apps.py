from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    name = "messaging.delivery"
    label = "delivery"
