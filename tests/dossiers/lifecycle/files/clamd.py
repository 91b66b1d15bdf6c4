"""A stand-in for clamd: a real server that speaks INSTREAM, and can misbehave."""

import socket
import struct
import threading
from types import TracebackType

from tests.dossiers.lifecycle.files.samples import EICAR


class Clamd:
    """Finds EICAR. `answer` in place of its own verdict; `silent` says nothing; `deaf` hangs up in the middle."""

    def __init__(self, path: str = "") -> None:
        self.answer: bytes | None = None
        self.silent = False
        self.deaf = False
        self.heard: list[bytes] = []
        if path:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.bind(path)
            self.url = f"unix://{path}"
        else:
            self._socket = socket.create_server(("127.0.0.1", 0))
            self.url = f"tcp://127.0.0.1:{self._socket.getsockname()[1]}"
        self._socket.listen()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "Clamd":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        # A blocked accept() does not notice that its socket is closed; a caller it does notice.
        self._knock()
        self._thread.join()
        self._socket.close()

    def _knock(self) -> None:
        with socket.socket(self._socket.family) as caller:
            caller.connect(self._socket.getsockname())

    def _serve(self) -> None:
        while True:
            line, _address = self._socket.accept()
            with line:
                if self._ended.is_set():
                    return
                try:
                    self._speak(line)
                except OSError:
                    continue

    def _speak(self, line: socket.socket) -> None:
        with line.makefile("rb") as stream:
            if stream.read(10) != b"zINSTREAM\0":
                return
            if self.deaf:
                line.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
            content = b""
            while size := struct.unpack(">I", stream.read(4))[0]:
                content += stream.read(size)
            self.heard.append(content)
            if self.silent:
                self._ended.wait()
                return
            verdict = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
            line.sendall(verdict if self.answer is None else self.answer)
