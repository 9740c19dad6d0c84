"""A register's file becomes commands: everything is put to the rules before anything is asked, then only what changed.

The same file again changes nothing, so an import that was interrupted is carried to its end by giving it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from domain.aggregate import Order, Repeated, order_digest
from domain.records import Sealed
from domain.refusal import Refusal, Refused
from domain.register import register_of
from domain.register.aggregate import REGISTER
from domain.register.state import Register
from domain.scheme.model import Scheme
from eventstore.access import Reader
from eventstore.identity import Entrant, Identity
from eventstore.reading import Ambiguous, NotFound
from eventstore.roster import Roster
from interfaces.candidates import Rejection
from interfaces.gateway import Gateway
from interfaces.register_entries import Entering, entering, tie
from interfaces.register_file import EntryRow, FileKind, RegisterFile
from interfaces.sealing import Sealer
from interfaces.sentences import refusal_sentence
from interfaces.streams import read_stream

CHUNK = 200
"""Entries in one command."""

_SOMEBODY = "somebody"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: how many entries are new, corrected, and as they were."""

    register: str
    entered: int
    corrected: int
    unchanged: int
    version: int


class Registrar:
    """Brings files into the register of the certifier of ``scheme``, whose newest version the library knows."""

    def __init__(self, gateway: Gateway, scheme: Scheme, reader: Reader, language: str = "fr") -> None:
        self._gateway = gateway
        self._scheme = scheme
        self._reader = reader
        self._language = language
        self._roster = Roster(gateway.reading.pool)
        self.stream = register_of(scheme)

    async def bring_in(self, file: RegisterFile, *, dry_run: bool = False) -> Imported | None:
        """Import a file that reads without faults; None, with ``file.rejected``, where the rules refuse any row.

        Raises:
            Refused: the role may not, or the register changed while the file was looked at.
            StoreAway, NotRecorded, KeyringError, RPCError.
        """
        state = await self._state()
        rows = await self._rows(file)
        if not file.rejected:
            self._check(file, state, rows)
        if file.rejected:
            return None
        changed = [row for row in rows if self._consider(state, file.kind, [row]) != []]
        new = sum(row.code not in state.entries for row in changed) if file.kind != "ties" else len(changed)
        version = state.version
        if changed and not dry_run:
            version = await self._give(file.kind, changed)
        return Imported(self.stream, new, len(changed) - new, len(rows) - len(changed), version)

    # --- what the rules would say ---------------------------------------------------------------------------------

    async def _state(self) -> Register:
        """The register as it stands; one that nobody opened as it will be once it is open."""
        if await self._gateway.reading.stream_version(self.stream):
            found: Register = (await read_stream(self._gateway.reading, self.stream)).state
            return found
        state, order, now = REGISTER.new(), self._order(self._opening()), datetime.now(UTC)
        state.stream = self.stream
        facts = REGISTER.consider(state, order, now)
        if isinstance(facts, Refusal):
            raise Refused(facts)
        assert not isinstance(facts, Repeated)
        return REGISTER.foresee(state, order, REGISTER.events(state, order, facts, now), now)

    def _opening(self) -> dict[str, Any]:
        return {"kind": "open", "scheme_id": self._scheme.id, "scheme_hash": self._scheme.hash}

    def _order(self, command: dict[str, Any]) -> Order:
        digest = order_digest(command, None)
        return Order(command_id=digest, digest=digest, actor=self._gateway.actor, command=command)

    def _consider(self, state: Register, kind: FileKind, rows: Sequence[Entering]) -> list[Any] | Refusal:
        """What the rules say of these rows, with something sealed in the place of every text."""
        entries = []
        for row in rows:
            known = state.entries.get(row.code)
            person = row.about or (known.person if known else "") or _SOMEBODY
            sealed = Sealed(subject=person, key_version=1, digest="").model_dump(mode="json")
            entries.append(row.whole(person, dict.fromkeys(row.texts, sealed)))
        answer = REGISTER.consider(state, self._order(_command(kind, entries)), datetime.now(UTC))
        assert not isinstance(answer, Repeated)
        return answer

    def _check(self, file: RegisterFile, state: Register, rows: Sequence[Entering]) -> None:
        """Every row that the rules refuse: it is put aside, and the rest asked again."""
        left = list(rows)
        while left and isinstance(refusal := self._consider(state, file.kind, left), Refusal):
            wrong = next((row for row in left if row.code == refusal.params.get("entry")), None)
            if wrong is None:
                raise Refused(refusal)
            params = {"why": refusal_sentence(refusal, self._language), "refusal": refusal.code}
            file.rejected.append(Rejection(wrong.row, "", "refused", params, subject="register.cell"))
            left.remove(wrong)
        file.rejected.sort(key=lambda rejection: rejection.row)

    # --- what is in the file ----------------------------------------------------------------------------------------

    async def _rows(self, file: RegisterFile) -> list[Entering]:
        if file.kind == "ties":
            persons = [await self._candidate(file, row) for row in file.rows]
            return [tie(row, person) for row, person in zip(file.rows, persons, strict=True) if person]
        rows = entering(file)
        codes = [row.code for row in rows]
        sealed = {
            **{(code, "identity"): text for code, text in (await self._roster.names(self.stream, codes)).items()},
            **{(code, "contact"): text for code, text in (await self._roster.contacts(self.stream, codes)).items()},
        }
        texts = await self._reader.open([(text.sealed, text.context) for text in sealed.values()])
        known = {key: text for key, text in zip(sealed, texts, strict=True) if text is not None}
        return [row.without(known) for row in rows]

    async def _candidate(self, file: RegisterFile, row: EntryRow) -> str:
        """The candidate whom a row means: by a pathway, or by name and date of birth; empty where it means nobody."""
        values = row.values
        if "pathway" in values:
            try:
                return (await self._gateway.reading.pathway(values["pathway"])).person_id
            except (NotFound, Ambiguous):
                file.reject(row.row, "pathway", "pathway")
                return ""
        if not {"family_name", "given_name", "birth_date"} <= values.keys():
            file.reject(row.row, "who", "candidate_needed")
            return ""
        born = date.fromisoformat(values["birth_date"])
        person = await self._gateway.keyring.find(Identity(values["family_name"], values["given_name"], born))
        if person is None:
            file.reject(row.row, "family_name", "candidate_unknown")
        return person or ""

    # --- asking -----------------------------------------------------------------------------------------------------

    async def _give(self, kind: FileKind, rows: Sequence[Entering]) -> int:
        version = await self._gateway.reading.stream_version(self.stream)
        if not version:
            version = (await self._gateway.give(self.stream, self._opening(), command_id="open")).version
        for start in range(0, len(rows), CHUNK):
            command_id = str(uuid4())
            command = _command(kind, await self._sealed(rows[start : start + CHUNK], command_id))
            # What was checked holds of the register as it was then, and of no other.
            receipt = await self._gateway.give(self.stream, command, command_id=command_id, expects=version)
            version = receipt.version
        return version

    async def _sealed(self, rows: Sequence[Entering], command_id: str) -> list[dict[str, Any]]:
        """The entries, each with its texts under the key of the person whom they are about."""
        keyring = self._gateway.keyring
        personal = [row.code for row in rows if row.personal]
        persons = await keyring.enrol([Entrant(self.stream, code) for code in personal])
        enrolled = dict(zip(personal, persons, strict=True))
        entries = []
        for row in rows:
            person = row.about or enrolled.get(row.code, "")
            sealer = Sealer(keyring, self.stream, command_id, person)
            entries.append(row.whole(person, {name: await sealer.seal(name, text) for name, text in row.texts.items()}))
        return entries


def _command(kind: FileKind, entries: Sequence[dict[str, Any]]) -> dict[str, Any]:
    field = "ties" if kind == "ties" else "entries"
    return {"kind": "declare_ties" if kind == "ties" else f"enter_{kind}", field: entries}
