"""`python -m tests.simulators.zalo --port N`: runs until SIGTERM; its first line is its address and the control
token."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.simulators.local_http import until_terminated
from tests.simulators.zalo.process import serve_zalo
from tests.simulators.zalo.settings import Settings
from tests.simulators.zalo.simulator import Simulator


def _setting(text: str) -> tuple[str, Any]:
    """NAME=VALUE; a value that is JSON (or True, False) is read as such."""
    name, _, value = text.partition("=")
    try:
        return name, json.loads({"True": "true", "False": "false"}.get(value, value))
    except ValueError:
        return name, value


async def _main(asked: argparse.Namespace) -> None:
    settings = Settings()
    settings.update(dict(map(_setting, asked.set)))
    sim = Simulator(
        seed=asked.seed,
        token=os.environ.get("ZALO_SIMULATOR_TOKEN", ""),
        journal=asked.journal,
        settings=settings,
    )

    def ready(port: int) -> None:
        sys.stdout.write(f"http://127.0.0.1:{port} {sim.token}\n")
        sys.stdout.flush()

    await until_terminated(serve_zalo(sim, "127.0.0.1", asked.port, ready))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.zalo")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--journal", type=Path, help="also write the journal here, a JSON object per line")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting")
    asked = parser.parse_args()
    asyncio.run(_main(asked))


if __name__ == "__main__":
    main()
