"""`python -m tests.simulators.zalo --port N`: runs until SIGTERM; its first line is its address and the control
token."""

import argparse
import asyncio
import ipaddress
import json
import os
import sys
from pathlib import Path
from typing import Any

from tests.simulators.local_http import until_terminated
from tests.simulators.zalo import staging
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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _main(asked: argparse.Namespace) -> None:
    settings = Settings()
    settings.update(dict(map(_setting, asked.set)))
    sim = Simulator(
        seed=asked.seed,
        token=os.environ.get("ZALO_SIMULATOR_TOKEN", ""),
        journal=asked.journal,
        settings=settings,
    )
    staged = (
        staging.stage(sim, oas=asked.oas, users=asked.users, webhook_url=asked.webhook) if asked.oas else {}
    )

    def ready(port: int) -> None:
        sys.stdout.write(f"http://{asked.host}:{port} {sim.token}\n")
        sys.stdout.flush()
        sys.stderr.write(
            f"Điện thoại mô phỏng: http://{asked.host}:{port}/_sim/dien-thoai/?token={sim.token}\n"
        )
        if staged:
            sys.stderr.write(json.dumps(staged, ensure_ascii=False, indent=1) + "\n")

    await until_terminated(serve_zalo(sim, asked.host, asked.port, ready))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.simulators.zalo")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--allow-any-host", action="store_true", help="listen elsewhere than on this machine's own address"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--journal", type=Path, help="also write the journal here, a JSON object per line")
    parser.add_argument("--oas", type=int, default=0, help="begin with one App and so many OAs")
    parser.add_argument("--users", type=int, default=3, help="with --oas: and so many people")
    parser.add_argument("--webhook", default="", help="with --oas: the App's webhook address")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting")
    asked = parser.parse_args()
    if not (asked.allow_any_host or _is_loopback(asked.host)):
        parser.error(f"{asked.host} is not this machine's own address; say --allow-any-host if you mean it")
    asyncio.run(_main(asked))


if __name__ == "__main__":
    main()
