"""The account at a chat service, before whose citizens the whole house stands."""

from tests.messaging.conftest import hints

__all__ = ["hints"]
