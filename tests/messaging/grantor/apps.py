from django.apps import AppConfig


class GrantorConfig(AppConfig):
    name = "tests.messaging.grantor"

    def ready(self) -> None:
        from messaging.channels.base import registry
        from tests.messaging.grantor.channel import GrantorChannel

        registry.register(GrantorChannel())
