"""The codec endpoint: what Temporal's own tools ask to show payloads in the clear to somebody who may read them.

Whatever is decoded is recorded in the access log first, with the person whose pathway it is.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.json_format import MessageToDict, Parse, ParseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from domain.authority import Actor
from eventstore.access import AccessLog, NotRecorded
from eventstore.errors import StoreAway
from eventstore.keys import Keys
from eventstore.masters import KeyringError
from eventstore.reading import Reading
from workers.codec import StreamCodec, Undecodable, key_name

PURPOSE = "codec decode"
STREAM_HEADER = "x-jalon-stream"
"""Names the stream that payloads are to be encrypted for: nothing in them says so."""

LARGEST = 8 * 1024 * 1024

Answer = Callable[[Request], Awaitable[JSONResponse]]


def make_app(reading: Reading, keys: Keys, actor: Actor, token: str, origin: str = "") -> Starlette:
    """The application. ``token`` must come as a bearer token; pages of ``origin`` may ask, and of nowhere else."""
    endpoint = _Endpoint(reading, keys, actor, token)
    cors = Middleware(
        CORSMiddleware,
        allow_origins=[origin],
        allow_methods=["POST"],
        allow_headers=["authorization", "content-type", "x-namespace", STREAM_HEADER],
    )
    return Starlette(
        routes=[
            Route("/decode", endpoint.answering(endpoint.decode), methods=["POST"]),
            Route("/encode", endpoint.answering(endpoint.encode), methods=["POST"]),
        ],
        middleware=[cors] if origin else [],
    )


class _Refusal(Exception):
    """Why there is no answer: an HTTP status and a code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class _Endpoint:
    reading: Reading
    keys: Keys
    actor: Actor
    token: str

    def answering(self, work: Callable[[Request, Sequence[Payload]], Awaitable[Sequence[Payload]]]) -> Answer:
        async def answer(request: Request) -> JSONResponse:
            try:
                self._admit(request)
                given = await work(request, await _payloads(request))
            except _Refusal as refusal:
                return JSONResponse({"error": refusal.code}, refusal.status)
            except (StoreAway, NotRecorded):
                return JSONResponse({"error": "database_away"}, 503)
            except KeyringError as error:
                return JSONResponse({"error": type(error).__name__}, 500)
            return JSONResponse(MessageToDict(Payloads(payloads=given)))

        return answer

    async def decode(self, request: Request, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads in the clear; those whose key is destroyed as they came."""
        names = []
        for payload in payloads:
            try:
                names.append(key_name(payload))
            except ValueError:
                raise _Refusal(400, "bad_key_name") from None
        await self._record({name.stream for name in names if name is not None})
        codec = StreamCodec(self.keys)
        return [await _decoded(codec, payload) for payload in payloads]

    async def encode(self, request: Request, payloads: Sequence[Payload]) -> list[Payload]:
        """The payloads encrypted for the stream that the header names."""
        stream = request.headers.get(STREAM_HEADER, "")
        if not await self.keys.held([stream]):
            raise _Refusal(400, "stream_needed")
        return await StreamCodec(self.keys, stream).encode(payloads)

    def _admit(self, request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), self.token.encode()):
            raise _Refusal(401, "token_needed")

    async def _record(self, streams: Iterable[str]) -> None:
        wanted = sorted(streams)
        about = await self.reading.pathways_called(wanted)
        read = [(about[stream].person_id if stream in about else None, [stream]) for stream in wanted]
        if read:
            await AccessLog(self.reading.pool).record(self.actor, PURPOSE, read)


async def _decoded(codec: StreamCodec, payload: Payload) -> Payload:
    try:
        return (await codec.decode([payload]))[0]
    except Undecodable:
        return payload


async def _payloads(request: Request) -> Sequence[Payload]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise _Refusal(413, "too_large")
    try:
        return Parse(body, Payloads()).payloads
    except (ParseError, UnicodeDecodeError):
        raise _Refusal(400, "not_payloads") from None
