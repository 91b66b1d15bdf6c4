"""The conversation of the province's account as a whole: what no room answers alone, and in which order."""

from portal.conversation import handlers

register = handlers.register

__all__ = ["register"]
