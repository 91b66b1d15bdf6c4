"""`python -m tests.simulators.national --port N --journal FILE`: runs until SIGTERM; its first line names the port."""

import argparse
import asyncio
import sys
from pathlib import Path

from tests.simulators.local_http import serve, until_terminated
from tests.simulators.national.portal import Portal


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.national")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--journal", type=Path, required=True)
    asked = parser.parse_args()
    portal = Portal(asked.journal)

    def ready(port: int) -> None:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    asyncio.run(until_terminated(serve(portal.handle, "127.0.0.1", asked.port, ready)))


if __name__ == "__main__":
    main()
