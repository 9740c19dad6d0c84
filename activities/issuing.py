"""Making what a book of awards owes: the documents of an edition, and the lists that tell which awards are withdrawn.

Whatever is made is kept before the book hears of it, and what was kept first counts: a crash in between changes neither
a byte nor a number. All times in it are those of events.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from activities.award_facts import AwardFacts, Edition
from documents.certificate import certificate
from documents.credentials.achievement import credential
from documents.credentials.issuer import Issuer
from documents.credentials.proof import sign
from documents.credentials.reading import written
from documents.credentials.status import StatusEntry, list_size, status_list
from documents.seal import CertificateExpired, CertificateNotYetValid, Seal, check_seal
from domain.agenda import Effect
from domain.certificate import CertificateFacts
from eventstore.addresses import Addresses, status_path
from eventstore.books import Books
from eventstore.documents import Documents, Kept, StatusLists
from eventstore.keyring import Keyring, UnknownPerson
from eventstore.reading import Reading

_REASON = {"fr": "Certificat {number}, édition {edition}", "en": "Certificate {number}, edition {edition}"}


@dataclass(frozen=True)
class IssuingSettings:
    """``base``: where what is published is served, without a slash at its end. ``seal``: opens the sealing key, and
    raises what is wrong with it. ``templates``: the administrator's folder, if there is one."""

    issuer: Issuer
    base: str
    seal: Callable[[], Seal]
    templates: Path | None = None


class Issuing:
    """Makes certificates and lists. Idempotent: what was made once is never made otherwise."""

    def __init__(self, reading: Reading, keyring: Keyring, settings: IssuingSettings) -> None:
        self._settings = settings
        self._facts = AwardFacts(reading, keyring)
        self._books = Books(reading.pool)
        self._documents = Documents(keyring.keys)
        self._lists = StatusLists(reading.pool)
        self._addresses = Addresses(keyring.keys)
        self._seal: Seal | None = None
        self._opening = asyncio.Lock()

    async def issue(self, stream: str, effect: Effect, now: datetime) -> dict[str, Any]:
        """The command that tells the book what was made of an edition, or that nobody is left to make it for.

        ``now``: whether the sealing key is valid.

        Raises:
            Refused: the award is not in the pathway's log.
            SealError, or what the settings' ``seal`` raises: there is no key to seal with now.
            TemplateFault, Unacceptable, NotRecorded, KeyringError, StoreAway. Nothing was kept, whichever it is.
        """
        number, edition = str(effect.params["number"]), int(effect.params["edition"])
        told = {"kind": "note_issued", "number": number, "edition": edition}
        try:
            kept = await self._documents.read(number, edition)
            if kept is None:
                kept = await self._documents.keep(await self._make(stream, number, effect.version, now))
        except UnknownPerson:
            return {**told, "passed_over": "erased"}
        # The key is that of what is kept, whoever seals by now.
        key = (await asyncio.to_thread(check_seal, kept.document)).fingerprint
        return {**told, "document": kept.digest, "credential": kept.credential_digest, "key": key}

    async def publish(self, stream: str, effect: Effect) -> dict[str, Any]:
        """The command that tells the book that its list as of the effect's version was published.

        Raises:
            StoreAway: nothing was published.
        """
        version = int(effect.params["version"])
        entered, withdrawn, at = await self._books.withdrawn(stream, version)
        url, bits = self._list_of(stream), [sequence - 1 for sequence in withdrawn]
        document = await asyncio.to_thread(status_list, self._settings.issuer, url, bits, list_size(entered), at)
        content = await self._lists.keep(stream, version, json.dumps(document, ensure_ascii=False))
        digest = sha256(content.encode()).hexdigest()
        return {"kind": "note_published", "version": version, "digest": digest, "withdrawn": len(withdrawn)}

    def _list_of(self, stream: str) -> str:
        _, scheme_id, year = stream.split(":")
        return self._settings.base + status_path(scheme_id, int(year))

    async def _make(self, stream: str, number: str, version: int, now: datetime) -> Kept:
        edition = await self._facts.edition(stream, number, version)
        address = self._settings.base + await self._addresses.path(number)
        facts = await self._facts.facts(edition, address)
        salt = await self._documents.salt(edition.numbered.person)
        seal = await self._valid_seal(now)
        status = StatusEntry(self._list_of(stream), edition.numbered.sequence - 1)
        document, signed = await asyncio.to_thread(self._print, facts, salt, status, seal, edition)
        return Kept(number, edition.number, stream, edition.numbered.person, document, signed)

    def _print(
        self, facts: CertificateFacts, salt: str, status: StatusEntry, seal: Seal, edition: Edition
    ) -> tuple[bytes, bytes]:
        """The sealed PDF and the credential in it. Takes some tens of milliseconds of a processor."""
        at = edition.owing.recorded_at
        signed = written(sign(credential(facts, salt, self._settings.issuer, status), self._settings.issuer, at))
        pdf = certificate(facts, signed, self._settings.templates)
        reason = _REASON[facts.languages[0]].format(number=facts.number, edition=facts.edition)
        # A key that came later seals as of its own first moment: it cannot have sealed before.
        return seal.apply(pdf, at=max(at, seal.not_before), reason=reason), signed

    async def _valid_seal(self, now: datetime) -> Seal:
        """The key to seal with; opened again each time until it can be used.

        Raises:
            CertificateExpired, CertificateNotYetValid: by now.
        """
        async with self._opening:
            if self._seal is None or now > self._seal.not_after:
                self._seal = await asyncio.to_thread(self._settings.seal)
        seal = self._seal
        if now > seal.not_after:
            raise CertificateExpired(subject=seal.subject, until=seal.not_after.isoformat(), at=now.isoformat())
        if now < seal.not_before:
            raise CertificateNotYetValid(subject=seal.subject, since=seal.not_before.isoformat(), at=now.isoformat())
        return seal
