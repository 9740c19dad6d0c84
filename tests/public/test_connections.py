"""Whoever connects and asks for nothing is let go of; whoever is being answered is not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from interfaces.public.connections import Connection

HEAD = b"GET / HTTP/1.1\r\nHost: jalon.example\r\n"
PATIENCE = 30.0


class Hasty(Connection):
    head_seconds = 0.3


class HastyInAnswering(Connection):
    answer_seconds = 0.3


@asynccontextmanager
async def served(app: Any, kind: type[Connection]) -> AsyncIterator[int]:
    server = uvicorn.Server(uvicorn.Config(app, http=kind, lifespan="off", log_config=None, port=0))
    config = server.config
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await ticking
        await server.shutdown()


async def ok(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


async def ended(reader: asyncio.StreamReader) -> bytes:
    """What is read until the other side ends the connection, however it does."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    except ConnectionError:
        return b""


@pytest.mark.parametrize("said", [b"", HEAD + b"X-A: "])
async def test_a_connection_that_asks_for_nothing_is_ended(said: bytes) -> None:
    async with served(ok, Hasty) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        assert await ended(reader) == b""
        writer.close()


async def test_a_second_request_that_never_ends_is_no_reason_to_wait() -> None:
    async with served(ok, Hasty) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"\r\n")
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.write(HEAD)
        assert await ended(reader) == b""
        writer.close()


async def test_who_is_being_answered_is_not_hurried() -> None:
    asked, another_was_let_go = asyncio.Event(), asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        asked.set()
        await another_was_let_go.wait()
        await ok(scope, receive, send)

    async with served(slow, Hasty) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"\r\n")
        await asked.wait()
        other, idle = await asyncio.open_connection("127.0.0.1", port)
        assert await ended(other) == b""
        another_was_let_go.set()
        assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        writer.close()
        idle.close()


async def test_an_answer_has_an_end() -> None:
    async def never(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    async with served(never, HastyInAnswering) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nHost: jalon.example\r\nContent-Length: 10\r\n\r\n")
        assert await ended(reader) == b""
        writer.close()
