"""`python -m tests.provider --port N --journal FILE`: runs until SIGTERM; its first line names the port."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from tests.provider.memory import Provider
from tests.provider.server import serve


async def _main(port: int, journal: Path, seed: int | None) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[int] = loop.create_future()
    serving = loop.create_task(serve(Provider(journal, seed), port, ready))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, serving.cancel)
    await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
    if ready.done():
        sys.stdout.write(f"{ready.result()}\n")
        sys.stdout.flush()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.provider")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--seed", type=int, help="for faults with a probability")
    asked = parser.parse_args()
    asyncio.run(_main(asked.port, asked.journal, asked.seed))


if __name__ == "__main__":
    main()
