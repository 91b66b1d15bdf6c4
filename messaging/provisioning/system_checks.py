"""What must be right before the first message."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from messaging.channels import registry


@register()
def channels_are_installed(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Each name in MESSAGING_CHANNELS is a channel of this installation."""
    return [
        Error(
            f"MESSAGING_CHANNELS: không có kênh “{code}”.",
            hint=f"Các kênh có sẵn: {', '.join(registry.codes())}.",
            id="messaging.E001",
        )
        for code in settings.MESSAGING_CHANNELS
        if code not in registry.codes()
    ]
