"""Time stamps of an outside authority (RFC 3161) over signed checkpoints: the log was this long at this moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from cryptography.x509 import Certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from eventstore.pool import Pool, fetch

PATIENCE = 15.0
LONGEST = 100_000
"""Bytes of an answer; usual ones have some thousands."""

TYPE = "application/timestamp-query"


class AuthorityAway(ConnectionError):
    """The authority does not answer."""


class NotStamped(ValueError):
    """What the authority answered is no stamp of this note; the message says why."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """The authority's answer over the checkpoint of ``size`` leaves, as it came, and the moment that it states."""

    size: int
    authority: str
    response: bytes
    stamped_at: datetime


class Authority:
    """Asks one authority. With its ``certificates`` each answer is verified as it comes."""

    def __init__(self, url: str, certificates: Sequence[Certificate] = ()) -> None:
        self.url = url
        self._certificates = certificates

    async def stamp(self, size: int, note: str) -> Timestamp:
        """Have the signed note of a checkpoint stamped.

        Raises:
            AuthorityAway, NotStamped.
        """
        request = TimestampRequestBuilder().data(note.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
        answer = await asyncio.to_thread(self._ask, request.as_bytes())
        response = _decoded(answer)
        if response.tst_info.nonce != request.nonce:
            raise NotStamped("an answer to another request")
        moment = _moment(response, note)
        if self._certificates:
            moment = stamped_at(answer, note, self._certificates)
        return Timestamp(size, self.url, answer, moment)

    def _ask(self, request: bytes) -> bytes:
        asked = Request(self.url, request, {"Content-Type": TYPE})  # noqa: S310 - http or https, as the settings see to
        try:
            with urlopen(asked, timeout=PATIENCE) as answer:  # noqa: S310
                if answer.status != HTTPStatus.OK:
                    raise NotStamped(f"HTTP {answer.status}")
                content: bytes = answer.read(LONGEST)
                return content
        except (OSError, HTTPException) as error:
            raise AuthorityAway(self.url) from error


def stamped_at(response: bytes, note: str, certificates: Sequence[Certificate]) -> datetime:
    """The moment at which an authority with one of these certificates (its own, or its roots) had seen the note.

    Raises:
        NotStamped: it did not stamp this note, or it is another authority.
    """
    answer = _decoded(response)
    verifier = VerifierBuilder(roots=list(certificates)).build()
    try:
        verifier.verify_message(answer, note.encode())
    except (VerificationError, ValueError) as error:
        raise NotStamped(str(error)) from error
    return _moment(answer, note)


def read_certificates(file: Path) -> list[Certificate]:
    """The certificates of a PEM file. Raises OSError, or ValueError when it holds none."""
    return load_pem_x509_certificates(file.read_bytes())


async def store_timestamp(pool: Pool, timestamp: Timestamp) -> None:
    """Keep an answer beside its checkpoint. Raises StoreAway."""
    await fetch(
        pool,
        """insert into timestamps (size, authority, response, stamped_at) values ($1, $2, $3, $4)
        on conflict (size) do nothing""",
        *(timestamp.size, timestamp.authority, timestamp.response, timestamp.stamped_at),
    )


async def timestamps(pool: Pool, since: int = 0) -> list[Timestamp]:
    """What was stamped of ``since`` leaves or more, the smallest first. Raises StoreAway."""
    query = "select size, authority, response, stamped_at from timestamps where size >= $1 order by size"
    return [Timestamp(*row) for row in await fetch(pool, query, since)]


def _decoded(response: bytes) -> TimeStampResponse:
    try:
        answer = decode_timestamp_response(response)
        status = PKIStatus(answer.status)
    except ValueError as error:
        raise NotStamped("not an answer of RFC 3161") from error
    if status not in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS):
        raise NotStamped(f"refused ({status.name})")
    return answer


def _moment(answer: TimeStampResponse, note: str) -> datetime:
    info = answer.tst_info
    if info.message_imprint.message != sha256(note.encode()).digest():
        raise NotStamped("a stamp of something else")
    return info.gen_time
