"""The processes of an installation, as `make demo` starts them: worker with beat, relay, and who makes acts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from bench.traffic.web_server import PROJECT, end

READY_SECONDS = 60.0
_ALONE = ("--without-gossip", "--without-mingle", "--without-heartbeat")


@contextmanager
def installation(folder: Path, provider_address: str, **more: str) -> Iterator[dict[str, str]]:
    """Worker, beat and relay are at work inside the block; gives their environment, of which `more` is part."""
    environ = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "MESSAGING_CHANNELS": "sms",
        "OUTBOUND_ALLOW": provider_address,
        "DB_LOGIN": "runtime",
        "DEMO": "0",
        **more,
    }
    environ.pop("DATABASE_OWNER_URL")
    celery = (sys.executable, "-m", "celery", "-A", "portal")
    commands = (
        (*celery, "worker", "--loglevel", "warning", "--pool", "prefork", "-c", "2", *_ALONE),
        (*celery, "beat", "--loglevel", "warning", "--schedule", str(folder / "beat"), "--pidfile="),
        (sys.executable, "manage.py", "relay", "run"),
    )
    with (folder / "processes.log").open("wb") as log:
        running = [_start(command, environ, log) for command in commands]
        try:
            _wait_for_worker(running)
            yield environ
        finally:
            for process in running:
                end(process)


def manage(*arguments: str, **more: str) -> None:
    """A command as operators start it, Python's own start included; `more` is part of its environment."""
    environ = {**os.environ, "DB_LOGIN": "owner", "DJANGO_SETTINGS_MODULE": "portal.settings", **more}
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environ, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed\n{done.stderr[-2000:]}")


def acts(environ: dict[str, str], slug: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What two processes did together, each at half the rate; see `bench.traffic.acts`."""
    halves = [{**asked, "rate": asked["rate"] / 2, "numbers": numbers} for numbers in ("0905", "0906")]
    running = [
        subprocess.Popen(
            (sys.executable, "-m", "bench.traffic.acts", slug, json.dumps(half)),
            cwd=PROJECT,
            env=environ,
            stdout=subprocess.PIPE,
        )
        for half in halves
    ]
    told = []
    for process in running:
        said, _nothing = process.communicate()
        if process.returncode:
            raise RuntimeError("the acts failed")
        told.append(json.loads(said.splitlines()[-1]))
    return {
        "acts": sum(one["acts"] for one in told),
        "seconds": max(one["seconds"] for one in told),
        "latest": max(one["latest"] for one in told),
    }


def _start(command: tuple[str, ...], environ: dict[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, cwd=PROJECT, env=environ, stdout=log, stderr=log, start_new_session=True)


def _wait_for_worker(running: "list[subprocess.Popen[bytes]]") -> None:
    from portal.demo.plan import worker_answers

    deadline = time.monotonic() + READY_SECONDS
    while not worker_answers():
        if time.monotonic() > deadline or any(process.poll() is not None for process in running):
            raise RuntimeError("the worker does not answer")
