from django.apps import AppConfig


class InboundConfig(AppConfig):
    name = "messaging.inbound"
    label = "inbound"
