"""A mail server for tests: takes every letter, keeps it, and misbehaves towards addresses that say so.

    khong-co@…    refused for good (550)          ban@…          refused for now (450)
    noi-dung@…    the letter itself is refused    truoc@…        the line breaks before the letter
    mat@…         the letter is taken, and the answer is lost     im@…   the server falls silent after it

Whatever it says to us quotes the address, as real servers do.
"""

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any


class SmtpSink:
    """`with SmtpSink() as sink:`; `sink.port`, `sink.letters`."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "SmtpSink":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *exception: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(text: str) -> None:
            writer.write(f"{text}\r\n".encode())

        address = ""
        say("220 thu.example")
        while line := (await reader.readline()).decode("utf-8", "replace").strip():
            command, _, rest = line.partition(" ")
            match command.upper():
                case "EHLO" | "HELO":
                    say("250-thu.example\r\n250 8BITMIME")
                case "RCPT":
                    address = rest.partition("<")[2].partition(">")[0]
                    if _is(address, "truoc"):
                        writer.close()
                        return
                    refusal = {"khong-co": "550", "ban": "450"}.get(address.partition("@")[0])
                    say(f"{refusal} {address}" if refusal else "250 ok")
                case "DATA":
                    say("354 go on")
                    raw = await reader.readuntil(b"\r\n.\r\n")
                    if _is(address, "noi-dung"):
                        say(f"554 not for {address}")
                        continue
                    self._keep(raw)
                    if _is(address, "mat"):
                        writer.close()
                        return
                    if not _is(address, "im"):
                        say("250 taken")
                case "QUIT":
                    say("221 bye")
                    writer.close()
                    return
                case _:
                    say("250 ok")

    def _keep(self, raw: bytes) -> None:
        lines = raw.removesuffix(b"\r\n.\r\n").split(b"\r\n")
        whole = b"\r\n".join(line[1:] if line.startswith(b"..") else line for line in lines)
        letter: Any = message_from_bytes(whole, policy=policy.default)
        self.letters.append(letter)


def _is(address: str, name: str) -> bool:
    return address.partition("@")[0] == name
