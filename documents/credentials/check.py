"""Everything that is checked of a credential, each with its own answer: what was signed, by whom, when it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from documents.credentials.proof import verify
from documents.credentials.status import is_set

Checked = Literal["signature", "issuer", "validity", "status"]

Resolve = Callable[[str], Mapping[str, bytes]]
"""From an issuer's identifier to its public keys by verification method; empty for one that is not known."""
StatusOf = Callable[[str, int], bool | None]
"""From the address of a status list and a position in it: withdrawn or not; nothing if the list is not to be had."""


class Finding(NamedTuple):
    """What one check found. ``code``: ``good``, or the kind of fault; ``why``: in English, for logs and programs."""

    check: Checked
    good: bool
    code: str
    why: str = ""


def verify_credential(
    document: Mapping[str, Any], resolve_keys: Resolve, status_of: StatusOf, *, at: datetime
) -> list[Finding]:
    """The findings, in the order signature, issuer, validity, status; the credential counts if all are good.

    ``at``: the instant of the question, with an offset. A document that is no credential, or a hostile one, gets
    findings too: this never raises. Codes besides those of :mod:`documents.credentials.proof`: ``unknown_issuer``,
    ``not_yet_valid``, ``expired``, ``no_date``, ``revoked``, ``no_status``, ``status_unknown``.
    """
    issuer = issuer_of(document)
    keys = _own(issuer, resolve_keys(issuer)) if issuer else {}
    verdict = verify(document, keys)
    known = (
        Finding("issuer", True, "good")
        if keys
        else Finding("issuer", False, "unknown_issuer", f"{issuer[:120] or 'Nobody'} is not an issuer known here.")
    )
    return [
        Finding("signature", verdict.good, verdict.code, verdict.why),
        known,
        _validity(document, at),
        _status(document, status_of),
    ]


def _own(issuer: str, keys: Mapping[str, bytes]) -> dict[str, bytes]:
    """A key counts for the issuer whose document lists it, not for whoever quotes it."""
    return {method: key for method, key in keys.items() if method.split("#", 1)[0] == issuer}


def issuer_of(document: Mapping[str, Any]) -> str:
    """The identifier of the issuer that ``document`` names; empty if it names none."""
    issuer = document.get("issuer")
    named = issuer.get("id") if isinstance(issuer, dict) else issuer
    return named if isinstance(named, str) else ""


def _validity(document: Mapping[str, Any], at: datetime) -> Finding:
    since, until = _instant(document.get("validFrom")), _instant(document.get("validUntil"))
    if since is None or (until is None and "validUntil" in document):
        return Finding("validity", False, "no_date", "It does not say since when, or until when, it counts.")
    if at < since:
        return Finding("validity", False, "not_yet_valid", f"It counts from {since.isoformat()} on.")
    if until is not None and at > until:
        return Finding("validity", False, "expired", f"It counted until {until.isoformat()}.")
    return Finding("validity", True, "good")


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _status(document: Mapping[str, Any], status_of: StatusOf) -> Finding:
    entry = document.get("credentialStatus")
    if not isinstance(entry, dict) or entry.get("type") != "BitstringStatusListEntry":
        return Finding("status", False, "no_status", "It does not say where its status stands.")
    url, index = entry.get("statusListCredential"), entry.get("statusListIndex")
    if entry.get("statusPurpose") != "revocation" or not isinstance(url, str) or not isinstance(index, str):
        return Finding("status", False, "no_status", "It does not say where its status stands.")
    if not (index.isascii() and index.isdigit() and len(index) <= 9):
        return Finding("status", False, "no_status", "Its position in the status list is not a number.")
    withdrawn = status_of(url, int(index))
    if withdrawn is None:
        return Finding("status", False, "status_unknown", "The status list that it names is not to be had.")
    if withdrawn:
        return Finding("status", False, "revoked", "It was withdrawn.")
    return Finding("status", True, "good")


def read_status(status_credential: Mapping[str, Any], url: str, index: int, resolve_keys: Resolve) -> bool | None:
    """What a status list that was handed over says of a position; nothing if it is another list or not signed so."""
    issuer = issuer_of(status_credential)
    keys = _own(issuer, resolve_keys(issuer)) if issuer else {}
    if status_credential.get("id") != url or not verify(status_credential, keys).good:
        return None
    try:
        return is_set(status_credential, index)
    except ValueError:
        return None
