"""What Temporal is told, encrypted: AES-256-GCM under a key per stream, so that it goes when the stream's key goes.

The engine holds identifiers, command names and times in the clear; everything that is put into a payload is not.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
    WorkflowSerializationContext,
)

from eventstore.errors import StoreAway
from eventstore.keys import DataKey, Keys
from eventstore.masters import NONCE, KeyringError, framed

ENCODING = b"binary/encrypted"
KEY_ID = "encryption-key-id"
"""The metadata that names the key: ``<stream>/<version>``."""

PATIENCE_SECONDS = 8.0
"""How long to wait for the database that holds the keys: less than the ten seconds of a workflow task."""


class Undecodable(KeyringError):
    """The key of this payload was destroyed, or it was moved here from elsewhere, or altered."""


class KeyName(NamedTuple):
    """Which key a payload was encrypted with."""

    stream: str
    version: int


def data_converter(keys: Keys) -> DataConverter:
    """How every client and worker of Jalon turns values into payloads: pydantic, then encryption."""
    return dataclasses.replace(pydantic_data_converter, payload_codec=StreamCodec(keys))


def sealing(client: Client, keys: Keys) -> Client:
    """The same connection, for a client that encrypts."""
    config = client.config()
    config["data_converter"] = data_converter(keys)
    return Client(**config)


def key_name(payload: Payload) -> KeyName | None:
    """The key that ``payload`` was encrypted with; None for one that is not encrypted. ValueError for a bad name."""
    if payload.metadata.get("encoding") != ENCODING:
        return None
    stream, _, version = payload.metadata[KEY_ID].decode().rpartition("/")
    return KeyName(stream, int(version))


class StreamCodec(PayloadCodec, WithSerializationContext):
    """Encrypts for the stream that the context names. Decrypts whatever names its key; what is plain stays as it is."""

    def __init__(self, keys: Keys, stream: str = "") -> None:
        self._keys = keys
        self._stream = stream

    def with_context(self, context: SerializationContext) -> StreamCodec:
        """The codec for what belongs to one workflow."""
        if isinstance(context, (WorkflowSerializationContext, ActivitySerializationContext)):
            return StreamCodec(self._keys, context.workflow_id or "")
        return self

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt; the stream gets a key if it has none.

        Raises:
            StoreAway, WrongKey.
            ValueError: nothing says which stream this is about.
        """
        if not payloads:
            return []
        if not self._stream:
            raise ValueError("a payload of no stream cannot be encrypted")
        key = (await self._patiently([self._stream], make=True))[self._stream]
        return [_encrypted(key, payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt.

        Raises:
            StoreAway, WrongKey.
            Undecodable: the key was destroyed, or the payload is not what was encrypted for this stream.
        """
        names = [key_name(payload) for payload in payloads]
        if any(name is not None and self._stream not in ("", name.stream) for name in names):
            raise Undecodable(f"a payload of another stream in {self._stream}")
        keys = await self._patiently({name.stream for name in names if name is not None})
        decoded = []
        for name, payload in zip(names, payloads, strict=True):
            if name is None:
                decoded.append(payload)
                continue
            key = keys.get(name.stream)
            if key is None or key.version != name.version:
                key = await self._keys.held_at(*name)
            decoded.append(_decrypted(key, name, payload))
        return decoded

    async def _patiently(self, streams: Iterable[str], make: bool = False) -> dict[str, DataKey]:
        """The keys of ``streams``. A database that restarts is waited for: the engine takes an error much harder."""
        wanted = list(streams)
        until = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                return await (self._keys.made(wanted) if make else self._keys.held(wanted))
            except StoreAway:
                if asyncio.get_running_loop().time() > until:
                    raise
                await asyncio.sleep(0.25)


def _encrypted(key: DataKey, payload: Payload) -> Payload:
    nonce = os.urandom(NONCE)
    name = f"{key.owner}/{key.version}"
    return Payload(
        metadata={"encoding": ENCODING, KEY_ID: name.encode()},
        data=nonce + key.cipher.encrypt(nonce, payload.SerializeToString(), framed(name)),
    )


def _decrypted(key: DataKey | None, name: KeyName, payload: Payload) -> Payload:
    if key is None:
        raise Undecodable(f"the key {name.version} of {name.stream} is gone")
    data = payload.data
    try:
        plain = key.cipher.decrypt(data[:NONCE], data[NONCE:], framed(f"{name.stream}/{name.version}"))
    except InvalidTag:
        raise Undecodable(f"a payload of {name.stream} was altered") from None
    return Payload.FromString(plain)
