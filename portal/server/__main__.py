"""`python -m portal.server`: the web server of the demonstration, the image and the install guide.

As many processes as cores and few threads each: threads of one process wait for one lock.
"""

import argparse
import os
import resource
import socket
import sys

from django.conf import settings
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

HEADERS_MAX = 32 * 1024
HEADERS_MILLISECONDS = 10_000
CONNECTIONS = 4096
"""Of all processes together; a connection that sends nothing takes a place until its headers are late."""
FILES = 65_536
"""Open files of one process: the usual 1,024 are fewer than the connections and bodies that it may hold."""
KILL_AFTER = 8
"""Seconds from the request to stop until a process that has not ended is killed."""


def main() -> None:
    """Serve until a signal ends it. Raises SystemExit where the address cannot be had."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    parser = argparse.ArgumentParser(prog="python -m portal.server", description="Máy chủ web của cổng.")
    parser.add_argument("--host", default="127.0.0.1", help="địa chỉ nghe (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="cổng nghe (8000)")
    given = parser.parse_args()
    try:
        _try_address(given.host, given.port)
    except OSError as error:
        sys.exit(f"Không mở được cổng {given.port} ở {given.host}: {error.strerror}.")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (FILES if most == resource.RLIM_INFINITY else min(FILES, most), most)
    )
    Granian(
        "portal.rsgi:application",
        address=given.host,
        port=given.port,
        interface=Interfaces.RSGI,
        workers=processes(),
        websockets=False,
        # HTTP/2 has other limits, and nothing in front of the portal speaks it to its server.
        http=HTTPModes.http1,
        backlog=CONNECTIONS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MILLISECONDS, max_buffer_size=HEADERS_MAX),
        workers_kill_timeout=KILL_AFTER,
        # Else one process that the machine kills for its memory ends the web for everybody.
        respawn_failed_workers=True,
    ).serve()


def processes() -> int:
    """WEB_PROCESSES, or as many as this process may use cores."""
    if hasattr(os, "sched_getaffinity"):
        return settings.WEB_PROCESSES or len(os.sched_getaffinity(0))
    return settings.WEB_PROCESSES or os.cpu_count() or 1


def _try_address(host: str, port: int) -> None:
    """Raise OSError where the port cannot be had. Granian shares a port without an error with another server,
    and each of the two would answer a part of the requests."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


if __name__ == "__main__":
    main()
