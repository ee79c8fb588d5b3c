"""What stands before a server: `python -m tests.tls_terminator PORT CERTIFICATE TOKEN`.

It speaks TLS, passes on the requests of whoever has the bearer token, and answers 401 to others.
Prints the port that it took, and serves until it is ended.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from contextlib import suppress


async def main(behind: int, certificate: str, token: str) -> None:
    """Serves."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            if f"authorization: bearer {token}".encode() in head.lower():
                there, back = await asyncio.open_connection("127.0.0.1", behind)
                back.write(head)
                await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))
            else:
                writer.write(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while part := await reader.read(65_536):
        writer.write(part)
        await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
