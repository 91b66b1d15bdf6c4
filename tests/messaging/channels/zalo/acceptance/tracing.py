"""Looking for secrets where none may be: in rows, queues, logs, pages, and in what values say of themselves."""

import base64
import json
import logging
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

import redis
from django.conf import settings
from django.db import connection

from messaging.channels.models import Credential
from tenants.isolation.context import province_context, public_context
from tests.messaging.channels.zalo.acceptance.stage import Stage


@cache
def forms_of(value: str) -> frozenset[str]:
    """How a secret may be written: as it is, cut, in hexadecimal digits, base64, or in an address."""
    assert len(value) >= 16, "too short to be told from anything else"
    raw = value.encode()
    # Somewhere inside a longer text: what stands around it is cut off.
    shifted = (base64.b64encode(b"\0" * shift + raw).decode()[4 if shift else 0 :] for shift in range(3))
    # Cut short it is still a part of a secret.
    parts = {value[:20], value[-20:]}
    return frozenset({*parts, raw.hex(), quote(value, safe=""), *(one.rstrip("=")[:-1] for one in shifted)})


class Canaries:
    """Secrets of a stage by name, with all tokens that there ever were."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.values: dict[str, str] = {}
        self.note()

    def note(self, **more: str) -> None:
        """Take in what is secret by now."""
        control = self._stage.control
        for app in control.state("apps")["apps"]:
            self.values |= {f"app secret {app['secret']}": app["secret"], "key": app["oa_secret"]}
        for grant in control.state("grants")["grants"]:
            for name in ("access", "refresh"):
                self.values[f"{name} {grant['oa_id']} {grant['generation']}"] = grant[name]
        for office in self._stage.offices:
            self.values |= {f"{office.slug} {name}": value for name, value in office.secrets().items()}
            with office.inside():
                kept = Credential.objects.filter(account=office.row).first()
                credentials = json.loads(kept.credentials or "{}") if kept else {}
            self.values |= {f"{office.slug} {name}": value for name, value in credentials.items()}
        self.values |= more

    def found_in(self, *texts: str | bytes) -> list[str]:
        """The names of those that stand there in any form."""
        whole = "\n".join(text.decode("latin-1") if isinstance(text, bytes) else text for text in texts)
        return [name for name, value in self.values.items() if any(one in whole for one in forms_of(value))]


def rows_of(slug: str = "") -> dict[str, bytes]:
    """All tables of a province, or of what all provinces share, as PostgreSQL writes them out."""
    with province_context(slug) if slug else public_context(), connection.cursor() as cursor:
        schema = slug or "public"
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s"
            " AND has_table_privilege(format('%%I.%%I', schemaname, tablename), 'SELECT')",
            [schema],
        )
        tables = [name for (name,) in cursor.fetchall()]
        found = {}
        for name in tables:
            with cursor.copy(f'COPY (SELECT * FROM "{schema}"."{name}") TO STDOUT') as copy:
                found[name] = b"".join(bytes(part) for part in copy)
        return found


def queue() -> Iterator[bytes]:
    """All that stands in Valkey, with the bodies of tasks in clear."""
    valkey = redis.Redis.from_url(settings.REDIS_URL)
    read: Mapping[bytes, Any] = {
        b"string": lambda key: [valkey.get(key)],
        b"list": lambda key: valkey.lrange(key, 0, -1),
        b"set": valkey.smembers,
        b"zset": lambda key: valkey.zrange(key, 0, -1),
        b"hash": lambda key: [part for pair in valkey.hgetall(key).items() for part in pair],
    }
    for key in valkey.scan_iter():
        kind = valkey.type(key)
        for value in read[kind](key) if kind in read else []:
            yield bytes(key) + b" " + (value or b"")
            try:
                yield base64.b64decode(json.loads(value)["body"])
            except (ValueError, TypeError, KeyError):
                continue


class Listening(logging.Handler):
    """Everything that anybody logs, down to the last detail, while the block lasts; nobody else hears it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []
        self._before: list[tuple[logging.Logger, dict[str, Any]]] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.said.append(f"{record.name} {record.getMessage()} {vars(record)!r} {trace}")

    def __enter__(self) -> "Listening":
        root = logging.getLogger()
        for logger in [root, *map(logging.getLogger, logging.root.manager.loggerDict)]:
            self._before.append((logger, {name: getattr(logger, name) for name in _STATE}))
            logger.setLevel(logging.DEBUG)
            logger.propagate, logger.disabled, logger.handlers = True, False, [self] if logger is root else []
        return self

    def __exit__(self, *exception: object) -> None:
        for logger, before in self._before:
            logger.setLevel(before.pop("level"))
            vars(logger).update(before)


_STATE = ("level", "propagate", "disabled", "handlers")
