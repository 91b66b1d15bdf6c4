"""The rival: threads that post the same body to the same place, and do nothing else."""

import json
import threading
import time
import uuid

import httpx

from bench.traffic.outbox import BODY, URL


def seconds(url: str, count: int, threads: int) -> float:
    """How long `threads` threads take to post `count` messages, each over a connection of its own."""
    turns = iter(range(count))
    lock = threading.Lock()

    def post() -> None:
        with httpx.Client(trust_env=False) as client:
            while True:
                with lock:
                    number = next(turns, None)
                if number is None:
                    return
                body = {"to": f"09050{number:05d}", "text": f"{BODY} {URL}", "reference": str(uuid.uuid4())}
                answer = client.post(
                    url,
                    content=json.dumps(body, ensure_ascii=False),
                    headers={"Content-Type": "application/json"},
                )
                assert answer.json()["code"] == "0"

    workers = [threading.Thread(target=post) for _ in range(threads)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - started
