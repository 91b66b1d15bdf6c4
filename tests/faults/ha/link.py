"""A network link as a process: `python -m tests.faults.ha.link HERE:THERE …` joins ports of this machine.

Frozen it is a network that is cut: connections are neither refused nor answered.
"""

import asyncio
import contextlib
import sys


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def join(here: int, there: int) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", there)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))

    await (await asyncio.start_server(serve, "127.0.0.1", here)).serve_forever()


async def main(pairs: list[str]) -> None:
    await asyncio.gather(*(join(*map(int, pair.split(":"))) for pair in pairs))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
