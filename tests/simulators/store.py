"""A store that speaks S3: SeaweedFS itself in a process of its own, and a proxy before it that spoils what goes through."""

import contextlib
import http.client
import json
import socket
import subprocess
import sysconfig
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.simulators.process import Started

ACCESS_KEY, SECRET_KEY = "ma", "khoa-bi-mat"
_SERVICES = ("master", "volume", "filer", "s3")


class SeaweedFS(Started):
    """An empty store in `folder`, on loopback alone, with room for so many volumes of so many megabytes.

    It takes three seconds to be ready. Raises FileNotFoundError where the program is not installed.
    """

    def __init__(self, folder: Path, volumes: int = 32, megabytes: int = 64) -> None:
        program = Path(sysconfig.get_path("scripts")) / "weed"
        identity = {
            "name": "mot-cua",
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
        self._ports = _free_ports(2 * len(_SERVICES))
        self.port = self._ports[-2]
        places = [
            f"-{name}.port{kind}={port}"
            for (name, kind), port in zip(
                ((name, kind) for name in _SERVICES for kind in ("", ".grpc")), self._ports, strict=True
            )
        ]
        self._process = subprocess.Popen(
            [
                program, "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3", *places,
                f"-volume.max={volumes}", f"-master.volumeSizeLimitMB={megabytes}", f"-s3.config={folder}/s3.json",
                # Nothing is sent to anybody, no bucket is made by a mistake, and no other port is opened.
                "-master.telemetry=false", "-s3.autoCreateBucket=false", "-s3.iam=false", "-s3.port.iceberg=0",
                "-s3.port.lance=0",
            ],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def is_running(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        """At once: what it holds is thrown away, and its own way to end takes minutes."""
        self._process.kill()
        self._process.wait(10)
        for port in self._ports:
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                left.unlink(missing_ok=True)


class SpoilingProxy(Started):
    """Hands each request to the store at `port`. `fault` may change at any time and counts for the next requests.

    "": none; "away": closed without a byte; "silent": no answer until the fault ends; "half_request": the store gets half
    the body; "lost_answer": the store does its work and the answer is lost; "half_answer": half of what is read arrives.
    `heads`: the headers of each request, with names in lower case.
    """

    def __init__(self, port: int) -> None:
        self.fault = ""
        self.heads: list[dict[str, str]] = []
        self.store_port = port
        self._mended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    @contextlib.contextmanager
    def spoiled(self, fault: str) -> Iterator[None]:
        """This fault inside the block."""
        self.fault = fault
        self._mended.clear()
        try:
            yield
        finally:
            self.fault = ""
            self._mended.set()

    def wait_until_mended(self) -> None:
        self._mended.wait(60)

    def stop(self) -> None:
        self._mended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(proxy: SpoilingProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_all(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            proxy.heads.append({name.lower(): value for name, value in self.headers.items()})
            if proxy.fault in ("away", "silent"):
                if proxy.fault == "silent":
                    proxy.wait_until_mended()
                self.close_connection = True
                return
            store = http.client.HTTPConnection("127.0.0.1", proxy.store_port, timeout=30)
            with contextlib.closing(store):
                store.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                for name, value in self.headers.items():
                    if name.lower() not in ("connection", "expect"):
                        store.putheader(name, value)
                store.endheaders()
                if proxy.fault == "half_request" and body:
                    store.send(body[: len(body) // 2])
                    self.close_connection = True
                    return
                store.send(body)
                answer = store.getresponse()
                content = answer.read()
            if proxy.fault == "lost_answer":
                self.close_connection = True
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                    self.send_header(name, value)
            length = answer.headers.get("Content-Length") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length or "0")
            self.end_headers()
            if proxy.fault == "half_answer" and self.command == "GET":
                content = content[: len(content) // 2]
                self.close_connection = True
            self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_all

        def log_message(self, *args: object) -> None:
            """Tests are quiet."""

    return Handler


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _number in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
