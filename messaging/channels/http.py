"""Calls of a channel to its provider, for packages outside this project; the calls are made by `tenants.web.http`."""

from tenants.web.http import Answered, Cut, NotSent, Result, call, may_be_called, parse_retry_after

__all__ = ["Answered", "Cut", "NotSent", "Result", "call", "may_be_called", "parse_retry_after"]
