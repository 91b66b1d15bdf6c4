"""The database server: its version, its failures in words, sessions that stay, limits of each kind of process.

All provinces share one server, so a page that takes too long is stopped rather than waited for. Migrations, the
owner's login and other commands have no limit: an operator starts them, once.
"""

import logging
import re
import threading
import time
import uuid
from typing import Any

from django.db import DatabaseError, Error
from django.utils.translation import gettext as _
from psycopg import errors

from tenants.isolation.backend import connection

log = logging.getLogger(__name__)

OLDEST = 17
_STOPPED = (errors.QueryCanceled, errors.LockNotAvailable, errors.IdleInTransactionSessionTimeout)
# PostgreSQL's codes: broken, too many connections, stopping or starting, a standby that leads no more.
_AWAY = ("08", "53300", "57P", "25006")
_noted_at = float("-inf")
_MARK = "SELECT pg_backend_pid(), set_config('motcua.session', %s, false)"
_READ_MARK = "SELECT pg_backend_pid(), current_setting('motcua.session', true)"
# Asking opens a second session, in the same thread: that one finds it asked. Other threads wait for the answer.
_asking = threading.RLock()
_unasked = False
_leader = ("", "")


class UnfitServer(RuntimeError):
    """With this server provinces cannot be kept apart, or was never tried; carries a sentence for operators."""


def unfit(session: Any = connection) -> str:
    """Why this server cannot be used, in a sentence; "" when it can. Raises DatabaseError when it is away."""
    session.ensure_connection()
    major = session.pg_version // 10_000
    if major < OLDEST:
        return _("PostgreSQL %(found)d quá cũ: cần bản 17 hoặc 18.") % {"found": major}
    other = session.copy()
    try:
        if not keeps_sessions(session, other):
            return _(
                "Bộ gom kết nối trước PostgreSQL gom theo giao dịch hay câu lệnh: dữ liệu các tỉnh sẽ lẫn vào nhau. "
                "Nối thẳng, hoặc gom theo phiên (pool_mode = session)."
            )
    finally:
        other.close()
    return ""


def require() -> None:
    """Raise UnfitServer when the server cannot be used. One that is away is asked by `require_late`."""
    global _unasked
    try:
        reason = unfit()
    except DatabaseError:
        _unasked = True
        return
    if reason:
        raise UnfitServer(reason)


def require_late(session: Any) -> None:
    """`require` with a new session, where the server was away before; what cannot be used is closed."""
    global _unasked
    with _asking:
        if not _unasked:
            return
        _unasked = False
        try:
            if reason := unfit(session):
                raise UnfitServer(reason)
        except BaseException:
            _unasked = True
            session.close()
            raise


def was_stopped(error: BaseException) -> bool:
    """Whether the server stopped a statement that took or waited too long."""
    return isinstance(_cause(error), _STOPPED)


def is_away(error: BaseException) -> bool:
    """Whether the server is not reached or its connection broke: what it was asked last may have been done."""
    cause = _cause(error)
    broken = "08" if isinstance(cause, errors.OperationalError) else ""
    return isinstance(cause, errors.Error) and (cause.sqlstate or broken).startswith(_AWAY)


def follows_another(session: Any) -> bool:
    """Whether the server of this psycopg connection is a standby, by what it reported last; asks nothing."""
    return bool(session.pgconn.parameter_status(b"in_hot_standby") == b"on")


def leader_first(address: dict[str, Any]) -> dict[str, Any]:
    """The same address with the host in front that took the last connection of this process.

    A machine that is gone and stands before it would cost each new connection `connect_timeout`.
    """
    hosts, ports = (str(address.get(name, "")).split(",") for name in ("host", "port"))
    if len(hosts) == 1 or "hostaddr" in address:
        return address
    places = zip(hosts, ports * len(hosts) if len(ports) == 1 else ports, strict=True)
    leads = sorted(places, key=lambda place: (place[0], place[1] or "5432") != _leader)
    host, port = zip(*leads, strict=True)
    return {**address, "host": ",".join(host), "port": ",".join(port)}


def note_leader(session: Any) -> None:
    """Remember where this psycopg connection goes."""
    global _leader
    _leader = (session.info.host, str(session.info.port))


def failure(error: BaseException) -> str:
    """How the server itself failed, in a sentence; "" for every other error."""
    if was_stopped(error):
        return _("Việc này mất quá lâu nên đã được dừng lại.")
    if isinstance(_cause(error), errors.DiskFull):
        return _("Máy chủ cơ sở dữ liệu hết chỗ trên đĩa nên chưa ghi được.")
    return _("Cơ sở dữ liệu của cổng hiện không dùng được.") if is_away(error) else ""


def detail(error: BaseException) -> str:
    """The database's own words in one line, for operators; without lines that may name values."""
    return " ".join(re.split(r"\n(?:DETAIL|CONTEXT):", str(_cause(error)))[0].split())[:500]


def note_failure(error: BaseException, work: str = "") -> None:
    """Log the server's failure in one line, one a second at most, as all requests meet it; other errors in full."""
    global _noted_at
    if not failure(error):
        log.error(work, exc_info=error)
    elif time.monotonic() - _noted_at >= 1:
        _noted_at = time.monotonic()
        log.error("the database failed: %s", detail(error))


def _cause(error: BaseException) -> BaseException | None:
    return error.__cause__ if isinstance(error, Error) else error


def lets_all_make_large_objects(login: str) -> bool:
    """Whether this login, and so each province's role, may: such objects belong to no schema."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_function_privilege(%s, 'lo_create(oid)', 'EXECUTE')", [login])
        return bool(cursor.fetchone()[0])


def keeps_sessions(one: Any, other: Any) -> bool:
    """Whether a session keeps a value that was set in it while another session works beside it.

    Search path and role of a province are such values. A pooler that lends a session for one transaction loses
    them or gives them to the next client. Its behaviour is tried, since a pooler need not say what it is, for both
    usual orders of lending: the session given back last, and each in turn. Changes nothing but the mark.
    """
    mine = _run(one, _MARK, uuid.uuid4().hex)
    if _run(one, _READ_MARK) != mine:
        return False
    theirs = _run(other, _MARK, uuid.uuid4().hex)
    if _run(one, _READ_MARK) != mine:
        return False
    _run(other, "BEGIN")
    try:
        return mine == _run(one, _READ_MARK) and theirs == _run(other, _READ_MARK) and mine[0] != theirs[0]
    finally:
        _run(other, "ROLLBACK")


def _run(session: Any, statement: str, *values: str) -> Any:
    with session.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone() if statement.startswith("SELECT") else None


def _limits(*, statement: int, lock: int, idle: int) -> dict[str, str]:
    """PostgreSQL's settings for so many seconds. `lock`: waiting for one lock; `idle`: an open transaction in which
    nothing is asked."""
    return {
        "statement_timeout": f"{statement}000",
        "lock_timeout": f"{lock}000",
        "idle_in_transaction_session_timeout": f"{idle}000",
    }


# Worker and relay: the statistics of a large province and long runs of messages have their time.
BACKGROUND = _limits(statement=300, lock=60, idle=600)
present_limits: dict[str, str] = {}
"""PostgreSQL's settings for a new connection of this process; none: the server's own."""


def page_limits(statement: int) -> dict[str, str]:
    """For a web server whose statements may take so many seconds."""
    return _limits(statement=statement, lock=max(1, statement * 2 // 3), idle=statement * 4)


def set_limits(limits: dict[str, str]) -> None:
    """From now on each new connection of this process has these limits."""
    global present_limits
    present_limits = limits
