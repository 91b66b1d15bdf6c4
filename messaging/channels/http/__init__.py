"""Calls to providers: the only way a channel reaches the network.

Where a province's account says its gateway is must not let anybody at a desk reach into the data centre, so
calls go over https on port 443 to public addresses alone, but for the places that OUTBOUND_ALLOW names.
Nothing is followed, no proxy is taken from the environment, and every call ends.
"""

from messaging.channels.http.client import Answered, Cut, NotSent, Result, call, may_be_called
from messaging.channels.http.retry_after import parse_retry_after

__all__ = ["Answered", "Cut", "NotSent", "Result", "call", "may_be_called", "parse_retry_after"]
