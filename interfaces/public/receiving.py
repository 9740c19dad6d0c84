"""A file that comes in: counted while it arrives, refused as soon as it is too large, never held in memory whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

LIMIT = 20 * 1024 * 1024
"""Bytes that a file may have."""
_ENVELOPE = 64 * 1024
"""Bytes that a form may add to its file."""
_IN_MEMORY = 256 * 1024
SECONDS = 120.0
"""For a file to arrive."""
DRAINED_BYTES, DRAINED_SECONDS = 1024 * 1024 * 1024, 60.0
"""What is thrown away of a file that was refused, at most, so that whoever sends it gets to read the answer."""


class NotReceived(Exception):
    """Why there is no file. ``reason`` is a page's name, ``status`` that of HTTP."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


_TOO_LARGE = ("too_large", 413)


class Arriving:
    """A request that remembers whether its body has ended: more of it would come only when the sender leaves."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self.ended = False
        self.request = Request(request.scope, self)

    async def __call__(self) -> Message:
        """What comes next."""
        message = await self._receive()
        self.ended = message["type"] == "http.disconnect" or not message.get("more_body", False)
        return message


@asynccontextmanager
async def received(arriving: Arriving) -> AsyncIterator[BinaryIO]:
    """The file that a request brings, in a form (its first file) or as the whole body; gone at the end.

    Raises:
        NotReceived: too large, empty, cut off, or too slow.
    """
    request = arriving.request
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > LIMIT + _ENVELOPE:
        raise NotReceived(*_TOO_LARGE)
    try:
        async with asyncio.timeout(SECONDS):
            file, size = await _read(request)
    except TimeoutError:
        raise NotReceived("slow", 408) from None
    except (ClientDisconnect, MultiPartException, UnicodeDecodeError):
        raise NotReceived("malformed", 400) from None
    with file:
        if size > LIMIT:
            raise NotReceived(*_TOO_LARGE)
        if not size:
            raise NotReceived("empty", 400)
        file.seek(0)
        yield file


async def _read(request: Request) -> tuple[BinaryIO, int]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data":
        parser = MultiPartParser(request.headers, _counted(request, LIMIT + _ENVELOPE), max_files=1, max_fields=4)
        form = await parser.parse()
        file = next((value for _, value in form.multi_items() if isinstance(value, UploadFile)), None)
        if file is None:
            raise NotReceived("empty", 400)
        return file.file, file.size or 0
    whole = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed by whoever takes it
    size = 0
    try:
        async for part in _counted(request, LIMIT):
            size += len(part)
            await asyncio.to_thread(whole.write, part)
    except BaseException:
        whole.close()
        raise
    return cast(BinaryIO, whole), size


async def _counted(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """The body as it arrives, no more of it than ``most`` bytes."""
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise NotReceived(*_TOO_LARGE)
        yield part


class Farewell:
    """A response that is sent at once and whole, while what still arrives is thrown away.

    A server that answers and closes amid an upload resets the connection, and a browser then shows its own error
    instead of the answer. So the connection ends only when the sender has, or has had its time.
    """

    def __init__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, arriving: Arriving) -> None:
        self._status = status
        self._arriving = arriving
        self._headers = [*headers, (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
        self._body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, then drain."""
        await send({"type": "http.response.start", "status": self._status, "headers": self._headers})
        await send({"type": "http.response.body", "body": self._body, "more_body": True})
        left = DRAINED_BYTES
        try:
            async with asyncio.timeout(DRAINED_SECONDS):
                while left > 0 and not self._arriving.ended:
                    left -= len((await self._arriving()).get("body", b""))
        except TimeoutError:
            left = 0
        await send({"type": "http.response.body", "body": b"", "more_body": False})
