from django.apps import AppConfig


class GrantorConfig(AppConfig):
    name = "tests.messaging.channels.grantor"

    def ready(self) -> None:
        from messaging.channels.base import registry
        from tests.messaging.channels.grantor.channel import GrantorChannel

        registry.register(GrantorChannel())
