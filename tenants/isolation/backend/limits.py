"""How long the database works for one kind of process before it stops: a statement, a wait, an open transaction.

All provinces share one server, so a page that takes too long is stopped rather than waited for. Migrations, the
owner's login and other commands have no limit: what they do is chosen by an operator, once.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """In seconds. `lock`: waiting for one lock; `idle`: an open transaction in which nothing is asked."""

    statement: int
    lock: int
    idle: int

    def settings(self) -> dict[str, str]:
        """PostgreSQL's own settings, in milliseconds."""
        return {
            "statement_timeout": str(self.statement * 1000),
            "lock_timeout": str(self.lock * 1000),
            "idle_in_transaction_session_timeout": str(self.idle * 1000),
        }


# Worker and relay: the statistics of a large province and long runs of messages have their time.
BACKGROUND = Limits(statement=300, lock=60, idle=600)

_present: Limits | None = None


def of_pages(statement: int) -> Limits:
    """For a web server whose statements may take so many seconds."""
    return Limits(statement=statement, lock=max(1, statement * 2 // 3), idle=statement * 4)


def keep(limits: Limits | None) -> None:
    """From now on each new connection of this process has these limits; None: the server's own."""
    global _present
    _present = limits


def present() -> dict[str, str]:
    """PostgreSQL's settings for a new connection of this process."""
    return _present.settings() if _present else {}
