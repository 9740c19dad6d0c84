"""The codec endpoint: real payloads of a real workflow, in the clear for whoever has the token, and recorded."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from starlette.applications import Starlette
from temporalio.api.common.v1 import Payload, Payloads

from domain.authority import Actor, Role
from eventstore.access import AccessLog
from interfaces.codec_server import make_app
from tests.cli.office import Office
from workers.codec import ENCODING, StreamCodec, Undecodable

TOKEN = "a token of some length"
SUPPORT = Actor(id="operator:support", role=Role.ADMINISTRATOR)


def app(office: Office, origin: str = "") -> Starlette:
    return make_app(office.gateway.reading, office.gateway.keyring.keys, SUPPORT, TOKEN, origin)


@pytest.fixture
async def client(office: Office) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app(office, "https://temporal.example"))
    headers = {"authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://codec", headers=headers) as client:
        yield client


async def payloads(office: Office, pathway: str) -> list[Payload]:
    """The payload with which a pathway's workflow was started, as Temporal holds it."""
    history = await office.gateway.client.get_workflow_handle(pathway).fetch_history()
    return list(history.events[0].workflow_execution_started_event_attributes.input.payloads)


def body(held: list[Payload]) -> dict[str, Any]:
    return dict(MessageToDict(Payloads(payloads=held)))


async def test_what_temporal_holds_is_decoded_and_who_read_it_is_recorded(
    office: Office, client: httpx.AsyncClient
) -> None:
    pathway = await office.candidate()
    held = await payloads(office, pathway)
    person = (await office.gateway.reading.pathway(pathway)).person_id
    assert held[0].metadata["encoding"] == ENCODING
    assert person.encode() not in held[0].data
    answer = await client.post("/decode", json=body(held))
    assert answer.status_code == 200
    [decoded] = answer.json()["payloads"]
    assert person.encode() in base64.b64decode(decoded["data"])
    reads = [read async for read in AccessLog(office.gateway.reading.pool).accesses(person=person)]
    assert [(read.actor, read.purpose, read.streams) for read in reads] == [
        ("operator:support", "codec decode", [pathway])
    ]


async def test_without_the_token_nothing_is_decoded_nor_recorded(office: Office, client: httpx.AsyncClient) -> None:
    pathway = await office.candidate()
    person = (await office.gateway.reading.pathway(pathway)).person_id
    for header in ("", "Bearer wrong", f"Basic {TOKEN}"):
        answer = await client.post(
            "/decode", json=body(await payloads(office, pathway)), headers={"authorization": header}
        )
        assert answer.status_code == 401
    assert [read async for read in AccessLog(office.gateway.reading.pool).accesses(person=person)] == []


async def test_what_is_encoded_for_a_stream_is_decoded_again(office: Office, client: httpx.AsyncClient) -> None:
    pathway = await office.candidate()
    plain = body([Payload(metadata={"encoding": b"json/plain"}, data=b'"Bonjour"')])
    encoded = await client.post("/encode", json=plain, headers={"x-jalon-stream": pathway})
    assert encoded.status_code == 200
    assert encoded.json() != plain
    assert (await client.post("/decode", json=encoded.json())).json() == plain
    assert (await client.post("/decode", json=plain)).json() == plain
    for stream in ("", "pathway:unknown"):
        assert (await client.post("/encode", json=plain, headers={"x-jalon-stream": stream})).status_code == 400


async def test_a_payload_whose_key_is_gone_stays_as_it_is_and_one_that_was_altered_too(
    office: Office, client: httpx.AsyncClient
) -> None:
    pathway = await office.candidate()
    [held] = await payloads(office, pathway)
    altered = Payload(metadata=dict(held.metadata), data=held.data[:-1] + b"\0")
    gone = Payload(metadata={**held.metadata, "encryption-key-id": b"pathway:erased/1"}, data=held.data)
    for payload in (altered, gone):
        assert (await client.post("/decode", json=body([payload]))).json() == body([payload])


@pytest.mark.parametrize("content", [b"", b"{", b'{"payloads": 3}', b"\xff"])
async def test_what_is_no_list_of_payloads_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/decode", content=content)
    assert answer.status_code == 400


async def test_pages_of_one_origin_may_ask_and_of_no_other(office: Office, client: httpx.AsyncClient) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    ours = await client.options("/decode", headers={"origin": "https://temporal.example", **asked})
    assert ours.headers["access-control-allow-origin"] == "https://temporal.example"
    theirs = await client.options("/decode", headers={"origin": "https://elsewhere.example", **asked})
    assert "access-control-allow-origin" not in theirs.headers
    transport = httpx.ASGITransport(app(office))
    async with httpx.AsyncClient(transport=transport, base_url="http://codec") as closed:
        answer = await closed.options("/decode", headers={"origin": "https://temporal.example", **asked})
    assert "access-control-allow-origin" not in answer.headers


async def test_a_payload_of_one_stream_is_not_taken_for_one_of_another(office: Office) -> None:
    pathway, other = await office.candidate(), await office.candidate()
    keys = office.gateway.keyring.keys
    [held] = await payloads(office, pathway)
    assert await StreamCodec(keys, pathway).decode([held])
    with pytest.raises(Undecodable):
        await StreamCodec(keys, other).decode([held])
    with pytest.raises(ValueError, match="no stream"):
        await StreamCodec(keys).encode([held])
