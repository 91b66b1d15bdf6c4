"""Records of signing in: the audit table of a province; the operators' log and log lines.

Subjects are accounts by number. Typed text is never written down: it may be a password in the wrong box.
"""

from collections.abc import Iterable
from typing import Any

import structlog
from django.http import HttpRequest

from tenants.accounts.models import User
from tenants.audit import log, operators_log
from tenants.isolation.context import present_province

_lines = structlog.get_logger("tenants.accounts.signin")


def record(
    what: str,
    account: User | None = None,
    *,
    request: HttpRequest | None = None,
    actor: User | None = None,
    **detail: Any,
) -> None:
    """Append `signin.<what>` about this account; by its owner, unless `actor` is another person."""
    subject = f"account:{account.pk}" if account is not None else ""
    if present_province() is None:
        by = actor.pk if actor else None
        _lines.info(f"signin.{what}", subject=subject, by=by, **detail)
        operators_log.record(f"signin.{what}", actor=actor, subject=subject, **detail)
        return
    log.record(f"signin.{what}", subject, actor=actor, request=request, **detail)


def record_all(what: str, accounts: Iterable[User], **detail: Any) -> None:
    """Append `signin.<what>` about each of these accounts of the present province, in one statement."""
    log.record_all(f"signin.{what}", [f"account:{account.pk}" for account in accounts], **detail)
