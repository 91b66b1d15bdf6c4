"""`manage.py relay run|status|drain`: the relay without Celery and without Valkey."""

import logging
import signal
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, close_old_connections
from django.utils.translation import gettext as _

from messaging import relay
from messaging.status import lane_status
from tenants.context import UnknownProvince, each_province, province_context
from tenants.records import ProvinceRecord

log = logging.getLogger(__name__)

# A turn is short, so that no lane waits long for another and SIGTERM is heard soon.
TURN_SECONDS = 1.0
IDLE_SECONDS = 1.0
AFTER_ERROR_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Turn:
    """How many messages were settled, and how many provinces were in trouble."""

    settled: int
    failed: int


class Command(BaseCommand):
    help = "Gửi các tin đang chờ, không cần hàng đợi."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action",
            choices=["run", "status", "drain"],
            help="run: gửi cho đến khi nhận SIGTERM; drain: gửi hết tin đến hạn rồi thôi; status: xem các luồng",
        )
        parser.add_argument("--province", metavar="SLUG", help="chỉ một tỉnh")

    def handle(self, *args: Any, **options: Any) -> None:
        self.slug: str | None = options["province"]
        try:
            getattr(self, options["action"])()
        except UnknownProvince as error:
            raise CommandError(_("Không có tỉnh “%(slug)s”.") % {"slug": error}) from error

    def run(self) -> None:
        """Until SIGTERM or SIGINT; a failing database is waited for."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *received: stop.set())
        while not stop.is_set():
            close_old_connections()
            turn = self._turn(stop)
            if turn.failed:
                stop.wait(AFTER_ERROR_SECONDS)
            elif not turn.settled:
                stop.wait(IDLE_SECONDS)

    def drain(self) -> None:
        """Until nothing is due now; what is held or waits for its next try stays."""
        total = 0
        while (turn := self._turn(threading.Event())).settled:
            total += turn.settled
        self.stdout.write(_("Đã xử lý %(count)d tin.") % {"count": total})
        if turn.failed:
            raise CommandError(_("Có luồng tin gặp lỗi, xem nhật ký."))

    def status(self) -> None:
        """One line per lane: waiting, due now, the longest overdue."""
        for province in self._provinces():
            for lane in lane_status():
                self.stdout.write(f"{province.slug}\t{lane}")

    def _turn(self, stop: threading.Event) -> Turn:
        """One short run of each lane that has something due. A lane in trouble does not stop the others."""
        settled = failed = 0
        try:
            for province in self._provinces():
                try:
                    for lane_id in relay.due_lanes():
                        if not stop.is_set():
                            settled += relay.run_lane(lane_id, seconds=TURN_SECONDS).settled
                except Exception:
                    log.exception("relay: %s", province.slug)
                    failed += 1
        except (DatabaseError, InterfaceError):
            log.exception("relay: the database does not answer")
            failed += 1
        return Turn(settled, failed)

    def _provinces(self) -> Iterator[ProvinceRecord]:
        if self.slug is None:
            yield from each_province()
            return
        with province_context(self.slug) as province:
            yield province
