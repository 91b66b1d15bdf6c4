"""The account at a chat service, before whose citizens the whole house stands."""

from tests.dossiers.conftest import channel, office, talk

__all__ = ["channel", "office", "talk"]
