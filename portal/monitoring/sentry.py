"""Errors sent to a Sentry server where SENTRY_DSN names one: where they happened, and nothing of what was typed.

The library is not among the locked packages: who wants it adds `sentry-sdk` to an image of their own. Of an event
only the kinds of the errors, the places in the code, and which request and province it was leave this machine.
"""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

from portal.monitoring import logs

_KEPT = ("event_id", "timestamp", "level", "platform", "logger", "release", "environment", "transaction")
_OF_FRAMES = ("filename", "function", "module", "lineno", "in_app")


def start(dsn: str, version: str) -> None:
    """Send errors there from now on; nothing for an empty `dsn`. Raises ImproperlyConfigured without the library."""
    if not dsn:
        return
    try:
        import sentry_sdk
    except ImportError as error:
        raise ImproperlyConfigured("SENTRY_DSN cần gói sentry-sdk: pip install sentry-sdk") from error
    sentry_sdk.init(
        dsn=dsn,
        release=version,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        traces_sample_rate=0.0,
        before_send=without_people,
    )


def without_people(event: dict[str, Any], hint: Any = None) -> dict[str, Any]:
    """The event with what is named here, and no request, user, variable or message of an error."""
    from portal.monitoring import request_ids

    kept = {name: event[name] for name in _KEPT if name in event}
    errors = (event.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_error(error) for error in errors]}
    if "logentry" in event:
        # The pattern alone: what was put into it may be anything.
        kept["logentry"] = {"message": logs.clean(str(event["logentry"].get("message", "")))}
    kept["tags"] = {"request": request_ids.current(), "province": request_ids.present_province()}
    return kept


def _error(error: dict[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames") or []
    return {
        "type": error.get("type"),
        "module": error.get("module"),
        "stacktrace": {
            "frames": [{name: frame[name] for name in _OF_FRAMES if name in frame} for frame in frames]
        },
    }
