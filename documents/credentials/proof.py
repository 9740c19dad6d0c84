"""Data Integrity proofs with ``eddsa-rdfc-2022``: what is signed, and what is accepted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from documents.credentials.issuer import Issuer
from documents.credentials.jsonld import Unacceptable, canonical
from documents.credentials.multibase import base58, from_base58
from documents.credentials.shapes import canonical_form

SUITE = "eddsa-rdfc-2022"
_FIELDS = frozenset({"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"})

Code = Literal[
    "good",
    "no_proof",
    "unsupported",
    "unknown_key",
    "bad_signature",
    "contexts",
    "unknown_term",
    "too_deep",
    "too_large",
    "malformed",
]


class Verdict(NamedTuple):
    """Whether a proof holds; if not, why. ``method``: the key that the proof names."""

    good: bool
    code: Code
    why: str = ""
    method: str = ""


def sign(document: Mapping[str, Any], issuer: Issuer, created: datetime) -> dict[str, Any]:
    """``document`` with a proof of ``issuer``; ``created`` is an instant with an offset, told in whole seconds.

    The same document, key and instant give the same proof.

    Raises:
        Unacceptable: the document says what its contexts do not define, or has a proof already.
    """
    if "proof" in document:
        raise Unacceptable("malformed", "The document has a proof already.")
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": utc(created),
        "verificationMethod": issuer.method,
        "proofPurpose": "assertionMethod",
    }
    config = canonical_form({"@context": document.get("@context"), **proof})
    signed = _hashes(config, canonical_form(document))
    return {**document, "proof": {**proof, "proofValue": base58(issuer.sign(signed))}}


def verify(document: Mapping[str, Any], keys: Mapping[str, bytes]) -> Verdict:
    """Whether the proof of ``document`` holds. ``keys``: public keys by verification method. Never raises.

    The short way of signing is never taken here: what it got wrong would not be verified.
    """
    proof = document.get("proof")
    if proof is None:
        return Verdict(False, "no_proof", "The document has no proof.")
    if not isinstance(proof, dict) or not set(proof) <= _FIELDS | {"id"}:
        return Verdict(False, "unsupported", "The proof is not one, or has fields that are not known here.")
    value, method = proof.get("proofValue"), proof.get("verificationMethod")
    if proof.get("type") != "DataIntegrityProof" or proof.get("cryptosuite") != SUITE:
        return Verdict(False, "unsupported", f"The proof is not of the kind {SUITE}.")
    if proof.get("proofPurpose") != "assertionMethod":
        return Verdict(False, "unsupported", "The proof is not an assertion.")
    if not isinstance(value, str) or not isinstance(method, str):
        return Verdict(False, "malformed", "The proof names no key or has no value.")
    if method not in keys:
        return Verdict(False, "unknown_key", "The proof was made with a key that the issuer does not publish.", method)
    bare = {key: item for key, item in document.items() if key != "proof"}
    config = {key: item for key, item in proof.items() if key != "proofValue"}
    try:
        signature = from_base58(value)
        signed = _hashes(canonical({"@context": document.get("@context"), **config}), canonical(bare))
        Ed25519PublicKey.from_public_bytes(keys[method]).verify(signature, signed)
    except Unacceptable as error:
        return Verdict(False, error.code, str(error), method)
    except (InvalidSignature, ValueError):
        return Verdict(False, "bad_signature", "The signature is not that of this document.", method)
    return Verdict(True, "good", method=method)


def utc(instant: datetime) -> str:
    """``instant``, which has an offset, in whole seconds of universal time: ``2027-06-08T10:00:00Z``."""
    return instant.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _hashes(config: str, document: str) -> bytes:
    return sha256(config.encode()).digest() + sha256(document.encode()).digest()
