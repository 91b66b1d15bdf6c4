"""A stand-in for a store that speaks S3: a real server with buckets in memory, as far as files of dossiers go."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class S3:
    """`objects` holds what was stored, by path. `down` answers 503 to everything, `refusal` this code of S3."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.headers: list[dict[str, str]] = []
        self.down = False
        self.refusal = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> "S3":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(store) -> type[BaseHTTPRequestHandler]:
        class Handler(BaseHTTPRequestHandler):
            def answer(self, status: int, body: bytes = b"") -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Last-Modified", "Wed, 25 Nov 2026 03:00:00 GMT")
                self.send_header("ETag", '"x"')
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def handle_all(self) -> None:
                parts = urlsplit(self.path)
                path, body = unquote(parts.path), self.rfile.read(int(self.headers["Content-Length"] or 0))
                store.headers.append(dict(self.headers))
                if store.down:
                    return self.answer(503)
                if store.refusal:
                    return self.answer(404, f"<Error><Code>{store.refusal}</Code></Error>".encode())
                if self.command == "PUT":
                    store.objects[path] = body
                    return self.answer(200)
                if self.command == "DELETE":
                    store.objects.pop(path, None)
                    return self.answer(204)
                if "prefix" in parse_qs(parts.query):
                    return self.answer(200, store._listing(path, parse_qs(parts.query)["prefix"][0]))
                if path not in store.objects:
                    return self.answer(404)
                return self.answer(200, store.objects[path])

            do_GET = do_HEAD = do_PUT = do_DELETE = handle_all

            def log_message(self, *args: object) -> None:
                """Tests are quiet."""

        return Handler

    def _listing(self, bucket: str, prefix: str) -> bytes:
        root = f"{bucket.rstrip('/')}/"
        names = sorted(name.removeprefix(root) for name in self.objects)
        rest = {name: name.removeprefix(prefix) for name in names if name.startswith(prefix)}
        folders = sorted({f"{prefix}{tail.split('/')[0]}/" for tail in rest.values() if "/" in tail})
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-11-25T03:00:00.000Z</LastModified>"
            f"<ETag>x</ETag><Size>1</Size></Contents>"
            for name, tail in rest.items()
            if "/" not in tail
        ) + "".join(f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>" for name in folders)
        return f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()
