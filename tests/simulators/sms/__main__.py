"""`python -m tests.simulators.sms --port N --journal FILE`: runs until SIGTERM; its first line names the port."""

import argparse
import asyncio
import sys
from pathlib import Path

from tests.simulators.local_http import serve, until_terminated
from tests.simulators.sms.provider import Provider


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.sms")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--seed", type=int, help="for faults with a probability")
    asked = parser.parse_args()
    provider = Provider(asked.journal, asked.seed)

    def ready(port: int) -> None:
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()

    asyncio.run(until_terminated(serve(provider.handle, "127.0.0.1", asked.port, ready)))


if __name__ == "__main__":
    main()
