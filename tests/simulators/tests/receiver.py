"""An App's webhook for tests: a small server that notes what it was posted."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """The App's webhook: notes each request whole and answers with `status`."""

    def __init__(self) -> None:
        received = self.received = list[tuple[str, dict[str, str], bytes]]()
        self.status = 200
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                received.append((self.command, headers, body))
                self.send_response(receiver.status)
                self.end_headers()

            do_POST = answer

            def log_message(self, *arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"

    @property
    def bodies(self) -> list[bytes]:
        return [body for _method, _headers, body in self.received]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    @property
    def names(self) -> list[str]:
        return [event["event_name"] for event in self.events]

    def close(self) -> None:
        """Nobody listens at the address any more; asking twice does no harm."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
