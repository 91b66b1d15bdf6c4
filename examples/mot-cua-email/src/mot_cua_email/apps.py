from django.apps import AppConfig


class EmailConfig(AppConfig):
    """EXTRA_APPS=mot_cua_email is all that the portal needs to know."""

    name = "mot_cua_email"
    verbose_name = "Thư điện tử"

    def ready(self) -> None:
        from messaging.channels.base import registry
        from mot_cua_email.channel import EmailChannel

        registry.register(EmailChannel())
