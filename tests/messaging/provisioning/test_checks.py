from typing import Any

from messaging.provisioning.readiness import channels_are_installed


def test_a_channel_that_is_not_installed_is_named(settings: Any) -> None:
    settings.MESSAGING_CHANNELS = ["mock", "fax"]
    assert [(error.id, "fax" in error.msg) for error in channels_are_installed(None)] == [
        ("messaging.E001", True)
    ]
