from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "messaging.channels"
    label = "channels"
