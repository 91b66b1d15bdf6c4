from django.apps import AppConfig


class BroadcastsConfig(AppConfig):
    name = "messaging.broadcasts"
    label = "broadcasts"
