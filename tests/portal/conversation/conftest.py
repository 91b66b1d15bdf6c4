"""The account at a chat service, before whose citizens the whole house stands."""

from tests.dossiers.conftest import channel, talk
from tests.messaging.conftest import hints

__all__ = ["channel", "hints", "talk"]
