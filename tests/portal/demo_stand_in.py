"""A demonstration of small stand-ins for the supervisor's tests: the same supervisor, other commands.

`python demo_stand_in.py supervise` runs it on DATA_DIR and PORT; the other words are what it starts.
"""

import json
import os
import signal
import sys
import threading
from pathlib import Path

DATA_DIR = Path(os.environ["DATA_DIR"])
TRACE = DATA_DIR / "trace"
SEED = {
    "provinces": [
        {
            "slug": slug,
            "name": slug,
            "users": [
                {
                    "username": "canbo",
                    "password": f"bi-mat-{slug}",
                    "role": "clerk",
                    "position": "Cán bộ tiếp nhận",
                },
                {"username": "lanhdao", "password": "khac", "role": "leader", "position": "Lãnh đạo"},
            ],
            "sample": {"code": f"H{slug}.26", "key": "BCGHKL", "token_url": "/h/token/"},
            "staff_url": "/quan-tri/",
            "phone_url": "/dev/dien-thoai/",
        }
        for slug in ("daklak", "dongnai")
    ],
    "operators": [],
}


def trace(word: str) -> None:
    with TRACE.open("a") as file:
        file.write(f"{word}\n")


def supervise() -> int:
    from portal.demo.plan import Plan, Server, Step, switched_on, web_answers
    from portal.demo.supervisor import run

    port = int(os.environ["PORT"])
    me = (sys.executable, __file__)
    lan = switched_on(os.environ, "LAN")
    plan = Plan(
        data_dir=DATA_DIR,
        port=port,
        steps=(Step("Chuẩn bị", ((*me, "step"),)), Step("Nạp dữ liệu", ((*me, "seed"),))),
        servers=(
            Server("web", (*me, "web", str(port)), ready=lambda: web_answers(port)),
            Server("beat", (*me, "beat")),
            Server("worker", (*me, "worker")),
            Server("relay", (*me, "relay")),
        ),
        environment={"DATA_DIR": str(DATA_DIR), "REQUIRE_MFA": "0"},
        watched=("provinces",),
        project=DATA_DIR.parent,
        lan_address="192.168.1.20" if lan else "",
        ha=switched_on(os.environ, "HA"),
        province_ports={"daklak": port + 1, "dongnai": port + 2} if lan else {},
    )
    return run(plan, reset=switched_on(os.environ, "RESET"))


def step() -> int:
    trace("step")
    if os.environ.get("STEP_FAILS"):
        sys.stderr.write("tỉnh không có tệp province.yaml\n")
        return 1
    return 0


def seed() -> int:
    sys.stdout.write("  Tỉnh mẫu: 40/40 hồ sơ minh họa\n")
    (DATA_DIR / "demo-seed.json").write_text(json.dumps(SEED))
    return 0


def answer_health(port: int) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

    threading.Thread(target=HTTPServer(("127.0.0.1", port), Health).serve_forever, daemon=True).start()


def serve(name: str) -> int:
    """Until SIGTERM, which leaves a trace; answers the health page where a port is given."""
    done = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=done.set).start())

    if name == "web" and os.environ.get("WEB_FORKS") and os.fork():
        signal.pause()  # the child holds the port, and outlives this
        return 0
    if len(sys.argv) > 2:
        answer_health(int(sys.argv[2]))
    names = sorted({"DATABASE_OWNER_URL", "DB_LOGIN"} & set(os.environ))
    trace(f"{name} up {os.environ['DATABASE_URL'].split(':')[0]} {names}")
    sys.stderr.write(f"{name} nói lời cuối\n")
    sys.stderr.flush()
    done.wait()
    trace(f"{name} down")
    return 0


if __name__ == "__main__":
    role = sys.argv[1]
    sys.exit({"supervise": supervise, "step": step, "seed": seed}.get(role, lambda: serve(role))())
