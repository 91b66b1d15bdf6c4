"""`manage.py relay run|status|drain`: the relay without Celery and without Valkey."""

import signal
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from messaging.delivery import monitoring
from messaging.delivery.relay import process, sweep
from tenants.audit import sealer
from tenants.isolation import crypto
from tenants.isolation.backend import server
from tenants.isolation.context import each_province, province_context
from tenants.isolation.province_cache import ProvinceRecord, UnknownProvince
from tenants.web import telemetry


class Command(BaseCommand):
    help = "Gửi các tin đang chờ, không cần hàng đợi."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "action",
            choices=["run", "status", "drain"],
            help="run: gửi cho đến khi nhận SIGTERM; drain: gửi hết tin đến hạn rồi thôi; status: xem các luồng",
        )
        parser.add_argument("--province", metavar="SLUG", help="chỉ một tỉnh")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="cách in của status")

    def handle(self, *args: Any, **options: Any) -> None:
        self.slug: str | None = options["province"]
        self.format: str = options["format"]
        try:
            getattr(self, options["action"])()
        except UnknownProvince as error:
            raise CommandError(_("Không có tỉnh “%(slug)s”.") % {"slug": error}) from error

    def run(self) -> None:
        """Until SIGTERM or SIGINT; a failing database is waited for."""
        crypto.name_process("relay")
        server.set_limits(server.BACKGROUND)
        try:
            server.require()
            stop = threading.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *received: stop.set())
            telemetry.log("relay.started")
            with self._with_work() as with_work:
                process.serve(with_work, self._provinces, stop)
        except server.UnfitServer as error:
            raise CommandError(str(error)) from error
        telemetry.log("relay.stopped")

    def drain(self) -> None:
        """Until nothing is due now; what is held or waits for its next try stays."""
        with self._with_work() as with_work:
            settled, troubles = process.serve(with_work, self._provinces, threading.Event(), until_empty=True)
        self.stdout.write(_("Đã xử lý %(count)d tin.") % {"count": settled})
        if troubles:
            raise CommandError(_("Có luồng tin gặp lỗi, xem nhật ký."))

    def status(self) -> None:
        """How all lanes stand; ends with 1 when an operator should look into something."""
        said = replace(monitoring.report(self.slug), other_keys=crypto.find_other_keys())
        if self.format == "json":
            self.stdout.write(monitoring.as_json(said))
        else:
            self.stdout.write(monitoring.as_text(said))
        if monitoring.find_faults(said):
            sys.exit(1)

    @contextmanager
    def _with_work(self) -> Iterator[process.Provinces]:
        beside = sweep.Beside()
        look = self._one if self.slug else sweep.with_work
        try:
            yield partial(look, beside)
        finally:
            beside.end()

    def _one(self, go_on: Callable[[str], None]) -> Iterator[ProvinceRecord]:
        for province in self._provinces():
            sweep.attempt("seal", partial(sealer.seal, province.slug), province.slug)
            go_on(province.slug)
            yield province

    def _provinces(self) -> Iterator[ProvinceRecord]:
        if self.slug is None:
            yield from each_province()
            return
        with province_context(self.slug) as province:
            yield province
