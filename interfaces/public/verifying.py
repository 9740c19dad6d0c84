"""What is to be said of a file that somebody sends: what was seen of it, held against the register and the log."""

from __future__ import annotations

import json
from typing import BinaryIO

from domain.note import MalformedNote, VerifierKey
from interfaces.proofs import NotProven, check
from interfaces.public.checks import Line, Outcome, Report, iso
from interfaces.public.examining import CredentialSeen, Examined, Examiner, SealSeen, Trust
from interfaces.public.source import Chosen, PublicKeys, Source
from interfaces.public.twin import ZONE, Twin, today

_SEALS: dict[str, tuple[Outcome, str]] = {
    "intact": ("ok", "ok"),
    "unknown_signer": ("failed", "unknown_key"),
    "extended": ("failed", "altered"),
    "altered": ("failed", "altered"),
    "unsigned": ("failed", "absent"),
}
_SIGNATURES = {
    "good": "ok",
    "no_proof": "absent",
    "unknown_key": "not_ours",
    "bad_signature": "altered",
    "unknown_term": "unknown_term",
    "contexts": "unknown_term",
}


async def verify(sources: Chosen, examiner: Examiner, file: BinaryIO) -> tuple[Report, Source]:
    """The report on ``file``, and who answered for the register.

    Raises:
        Overloaded, StoreAway.
    """
    published, _ = await sources.ask(lambda source: source.keys())
    examined = await examiner.examine(file, _trust(published))
    return await sources.ask(lambda source: _held_against(source, examined, published))


def _trust(published: PublicKeys) -> Trust:
    return Trust(
        issuer=published.issuer,
        keys={method["id"]: method["publicKey"] for method in published.methods},
        seals=tuple(seal.digest for seal in published.seals),
    )


async def _held_against(source: Source, examined: Examined, published: PublicKeys) -> Report:
    lines: list[Line] = []
    if examined.fault in ("unknown", "bomb") or (examined.fault and examined.seal is None):
        lines.append(Line(check="kind", outcome="failed", code=examined.fault))
        return Report(kind=examined.kind, digest=examined.digest, lines=tuple(lines))
    lines.append(Line(check="kind", outcome="ok", code="known", params={"kind": examined.kind}))
    if examined.seal is not None:
        lines.append(_seal(examined.seal))
    if examined.credential is None:
        lines[0] = Line(check="kind", outcome="failed", code=examined.fault)
        return Report(kind=examined.kind, digest=examined.digest, lines=tuple(lines))
    lines.extend(_signed(examined.credential, published))
    twin = None
    if examined.credential.signature == "good":
        # Nothing is said about a number that whoever sends the file may have written there.
        twin = await source.called(examined.credential.number)
        lines.extend(await _registered(source, examined, examined.credential, twin, published))
    return Report(
        kind=examined.kind,
        digest=examined.digest,
        lines=tuple(lines),
        number=twin.number if twin is not None else "",
        mac=twin.address.rpartition("/")[2] if twin is not None else "",
    )


def _seal(seen: SealSeen) -> Line:
    outcome, code = _SEALS.get(seen.code, ("failed", "broken"))
    day = seen.signed_at.astimezone(ZONE).date() if seen.signed_at is not None else None
    params = {"signer": seen.signer or "?", **({"day": iso(day)} if day else {})}
    if code == "ok" and seen.test:
        outcome, code = "warning", "test"
    elif code == "ok" and day is None:
        code = "ok_undated"
    return Line(check="seal", outcome=outcome, code=code, params=params)


def _signed(seen: CredentialSeen, published: PublicKeys) -> list[Line]:
    code = _SIGNATURES.get(seen.signature, "malformed")
    if not seen.issuer:
        return [Line(check="signature", outcome="failed", code=code if code != "ok" else "malformed")]
    if not seen.ours:
        other = Line(check="issuer", outcome="failed", code="other", params={"issuer": seen.issuer})
        return [Line(check="signature", outcome="skipped", code="not_ours"), other]
    issuer = Line(check="issuer", outcome="ok", code="ok", params={"issuer": seen.issuer})
    return [Line(check="signature", outcome="ok" if code == "ok" else "failed", code=code), issuer]


async def _registered(
    source: Source, examined: Examined, credential: CredentialSeen, twin: Twin | None, published: PublicKeys
) -> list[Line]:
    """What the register and the log say of a credential that we signed."""
    if twin is None:
        code = "unknown" if credential.number else "none"
        return [Line(check="number", outcome="failed", code=code, params={"number": credential.number})]
    status = await _status(source, twin)
    return [
        Line(check="number", outcome="ok", code="ok", params={"number": twin.number}),
        _digest(examined, credential, twin),
        await _log(source, twin, published),
        status,
        # Of what is withdrawn nothing is said that could be taken for its being valid.
        *([_validity(twin)] if status.outcome != "failed" else []),
    ]


def _digest(examined: Examined, credential: CredentialSeen, twin: Twin) -> Line:
    """Which edition the file is, byte for byte."""
    of_pdf = examined.kind == "pdf"
    known = {(each.document if of_pdf else each.credential): each.edition for each in twin.editions}
    known.pop("", None)
    mine = (examined.digest,) if of_pdf else credential.digests
    edition = next((known[digest] for digest in mine if digest in known), None)
    if edition == twin.edition:
        return Line(check="digest", outcome="ok", code="ok" if of_pdf else "credential")
    if edition is not None:
        params = {"edition": edition, "last": twin.edition}
        return Line(check="digest", outcome="warning", code="superseded", params=params)
    if not known:
        return Line(check="digest", outcome="skipped", code="pending")
    # A PDF is what was sealed or is not; a credential that somebody wrote down anew is still the one that was signed.
    return Line(check="digest", outcome="failed" if of_pdf else "skipped", code="other" if of_pdf else "rewritten")


async def _log(source: Source, twin: Twin, published: PublicKeys) -> Line:
    proof = await source.proof(twin.number, twin.address.rpartition("/")[2]) if twin.log is not None else None
    if proof is None:
        return Line(check="log", outcome="skipped", code="none")
    try:
        first = VerifierKey.parse(published.notary[0].vkey) if published.notary else None
        proven = check(proof, first)
    except (NotProven, MalformedNote):
        return Line(check="log", outcome="failed", code="broken")
    event = proven.event or {}
    told = json.loads(event.get("public", "{}")).get("fact", {})
    if told.get("number") != twin.number or told.get("kind") != "award_numbered":
        return Line(check="log", outcome="failed", code="broken")
    return Line(check="log", outcome="ok", code="ok", params={"place": event["leaf_index"] + 1, "size": proven.size})


async def _status(source: Source, twin: Twin) -> Line:
    from documents.credentials import is_set

    if twin.status == "withdrawn":
        return Line(check="status", outcome="failed", code="since", params={"day": iso(twin.since)})
    listed = await source.status_list(twin.scheme, int(twin.number.split("-")[1]))
    if listed is None:
        return Line(check="status", outcome="skipped", code="absent")
    withdrawn = is_set(json.loads(listed), twin.status_index)
    return Line(check="status", outcome="failed" if withdrawn else "ok", code="withdrawn" if withdrawn else "ok")


def _validity(twin: Twin) -> Line:
    now = twin.on(today())
    if now.valid_until is not None and now.valid_until < today():
        return Line(check="validity", outcome="warning", code="expired", params={"day": iso(now.valid_until)})
    return Line(check="validity", outcome="ok", code="ok")
