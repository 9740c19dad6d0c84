"""Bitstring status lists: which awards of a book are withdrawn, in one signed document that names nobody."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from documents.credentials.issuer import Issuer
from documents.credentials.proof import sign
from documents.credentials.vocabulary import VC

SHORTEST = 131_072
"""Bits that a list has at least, so that one entry says little about who asks."""
MOST_BYTES = 4 * 2**20
"""Of a list once unpacked: 33 million awards."""


@dataclass(frozen=True)
class StatusEntry:
    """Where the status of a credential stands: the address of the list, and the position in it (from 0)."""

    url: str
    index: int

    def entry(self) -> dict[str, Any]:
        """As ``credentialStatus`` has it."""
        return {
            "id": f"{self.url}#{self.index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(self.index),
            "statusListCredential": self.url,
        }


def list_size(awards: int) -> int:
    """The bits of a list for so many awards: a multiple of 8."""
    return max(SHORTEST, -(-awards // 8) * 8)


def status_list(issuer: Issuer, url: str, bits: Collection[int], size: int, at: datetime) -> dict[str, Any]:
    """The signed list published at ``url``: the positions ``bits`` are withdrawn, among ``size`` (see `list_size`).

    ``at``: when it was last changed, an instant with an offset; its proof says it. The same arguments give the same
    bytes.

    Raises:
        ValueError: a position outside the list.
    """
    packed = bytearray(size // 8)
    for index in bits:
        if not 0 <= index < size:
            raise ValueError(f"position {index} is not in a list of {size}")
        packed[index // 8] |= 0x80 >> index % 8
    # As gzip, which carries no time here.
    writer = zlib.compressobj(9, zlib.DEFLATED, 31)
    squeezed = writer.compress(bytes(packed)) + writer.flush()
    document = {
        "@context": [VC],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer.id,
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": "u" + base64.urlsafe_b64encode(squeezed).rstrip(b"=").decode("ascii"),
        },
    }
    return sign(document, issuer, at)


def is_set(credential: Mapping[str, Any], index: int) -> bool:
    """Whether the list says that position ``index`` is withdrawn. Its proof is not looked at here.

    Raises:
        ValueError: it is no such list, is too long, or has no such position; the message says which.
    """
    subject = credential.get("credentialSubject")
    if not isinstance(subject, dict) or subject.get("type") not in ("BitstringStatusList", ["BitstringStatusList"]):
        raise ValueError("not a status list")
    if subject.get("statusPurpose") != "revocation":
        raise ValueError("the list is not about withdrawal")
    packed = _unpacked(subject.get("encodedList"))
    if not 0 <= index < len(packed) * 8:
        raise ValueError(f"the list has no position {index}")
    return bool(packed[index // 8] & 0x80 >> index % 8)


def _unpacked(text: object) -> bytes:
    if not isinstance(text, str) or not text.startswith("u") or len(text) > 2 * MOST_BYTES:
        raise ValueError("the list is not encoded as base64url")
    body = text[1:]
    try:
        squeezed = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        reader = zlib.decompressobj(31)
        packed = reader.decompress(squeezed, MOST_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        raise ValueError("the list is not gzip in base64url") from None
    if reader.unconsumed_tail or not reader.eof:
        raise ValueError("the list is too long, or cut short")
    return packed
