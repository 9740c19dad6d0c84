"""Checkpoints and keys judged: the log's own, those that were copied elsewhere, and the one that an auditor kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.note import Checkpoint, MalformedNote, Note, VerifierKey
from domain.verifying.fault import Faults
from domain.verifying.order import Claim, Claims
from eventstore.signing import (
    PUBLISHED,
    BrokenChain,
    KeyChain,
    NotSigned,
    PublishedRow,
    published_keys,
    require_signature,
)
from eventstore.verifying import questions
from eventstore.verifying.snapshot import Snapshot
from workers.witness import Witness, WitnessAway

KEPT = "kept"
"""Where the checkpoint is that the auditor brought along."""

AT_ONCE = 500
"""Copies read together."""


@dataclass
class Copies:
    """What one place outside the database held when it was asked. ``agreed``: the largest that is what the log has."""

    witness: Witness
    sizes: list[int]
    keys: list[PublishedRow]
    away: bool = False
    agreed: int = 0

    @property
    def place(self) -> str:
        """Its name."""
        return self.witness.place

    async def notes(self, sizes: Iterable[int]) -> dict[int, str]:
        """The checkpoints of these sizes, as far as the place can be reached."""
        found: dict[int, str] = {}
        try:
            async for size, note in self.witness.checkpoints(sizes):
                found[size] = note
        except WitnessAway:
            self.away = True
        return found


async def list_copies(witnesses: Sequence[Witness]) -> list[Copies]:
    """What these places hold. To be asked before the snapshot of the database, as that is written first."""
    found = []
    for witness in witnesses:
        try:
            found.append(Copies(witness, await witness.sizes(), await witness.keys()))
        except WitnessAway:
            found.append(Copies(witness, [], [], away=True))
    return found


class Signatures:
    """Who signed what. First :meth:`read_keys`: where they are no chain, signatures are left unjudged."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._chain: KeyChain | None = None
        self.claims = Claims()
        """What the checkpoints say of the tree."""
        self.count = 0
        """How many checkpoints the log has."""
        self.largest = 0
        """The size of the largest of them."""

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """The keys of the log, the first one first; none when they are not one chain."""
        return self._chain.keys if self._chain else ()

    async def read_keys(self, read: Snapshot) -> None:
        """The log's name and its keys. Raises Unanswered, StoreAway."""
        origins = await read.fetch(questions.ORIGIN)
        rows = [PublishedRow(*row) for row in await read.fetch(PUBLISHED)]
        [[signed]] = await read.fetch(questions.SIGNED)
        if len(origins) != 1:
            self._faults.add("origin.missing", count=len(origins))
        elif rows or signed:
            try:
                self._chain = published_keys(origins[0][0], rows)
            except BrokenChain as broken:
                self._faults.add("key.chain" if rows else "key.none", key=broken.key_id)
            except ValueError:
                self._faults.add("key.chain", key="")

    def known_by(self, key: VerifierKey) -> None:
        """The auditor knows the log by this key: it must be one of its keys."""
        if key not in self.keys:
            self._faults.add("key.unknown", key=key.key_id.hex())

    def copied_keys(self, copies: Copies) -> None:
        """The keys of one place must be those of the log."""
        known = {key.format() for key in self.keys}
        for row in copies.keys:
            if self._chain is not None and row.vkey not in known:
                self._faults.add("key.copy", key=row.key_id, place=copies.place)

    async def own(self, read: Snapshot, places: Sequence[Copies]) -> None:
        """The log's checkpoints, each beside its copies. Raises Unanswered, StoreAway."""
        left = {copies.place: set(copies.sizes) for copies in places}
        async for rows in read.pages(questions.CHECKPOINTS):
            for size, root, note in rows:
                self.count, self.largest = self.count + 1, max(self.largest, size)
                self._judge_own(size, root, note)
            for copies in places:
                sizes = [row["size"] for row in rows if row["size"] in left[copies.place]]
                left[copies.place].difference_update(sizes)
                notes = await copies.notes(sizes)
                for size, _, own in rows:
                    if size in notes and notes[size] != own:
                        self._judge_copy(copies, size, notes[size])
                    elif size in notes:
                        copies.agreed = max(copies.agreed, size)
        for copies in places:
            await self._alone(copies, sorted(left[copies.place]))

    def kept(self, note: str) -> None:
        """The checkpoint that the auditor kept. MalformedNote when it is none."""
        checkpoint = Checkpoint.parse(Note.parse(note).text)
        if self._chain is not None and checkpoint.origin != self._chain.origin:
            # Of another tree: what it says of its leaves is nothing that this log could break.
            self._faults.add("kept.other", size=checkpoint.size)
            return
        self._judged(note, "kept", checkpoint.size, KEPT)
        self.claims.other(Claim(checkpoint.size, checkpoint.root, KEPT))

    def _judge_own(self, size: int, root: bytes, note: str) -> None:
        checkpoint = self._judged(note, "checkpoint", size, "")
        if checkpoint is not None and (checkpoint.size, checkpoint.root) != (size, root):
            self._faults.add("checkpoint.columns", size, size=size)
            root = checkpoint.root if checkpoint.size == size else root
        if len(root) == 32:
            self.claims.own(size, root)

    async def _alone(self, copies: Copies, sizes: Sequence[int]) -> None:
        """Copies of checkpoints that the log does not have (any more)."""
        for at in range(0, len(sizes), AT_ONCE):
            for size, note in (await copies.notes(sizes[at : at + AT_ONCE])).items():
                self._faults.add("copy.alone", size, size=size, place=copies.place)
                self._judge_copy(copies, size, note)

    def _judge_copy(self, copies: Copies, size: int, note: str) -> None:
        """A copy that is not letter for letter what the log has, which a key that signed again may account for."""
        checkpoint = self._judged(note, "copy", size, copies.place)
        if checkpoint is not None and checkpoint.size != size:
            self._faults.add("copy.malformed", size, size=size, place=copies.place)
        elif checkpoint is not None:
            self.claims.other(Claim(size, checkpoint.root, copies.place))

    def _judged(self, note: str, kind: str, size: int, place: str) -> Checkpoint | None:
        """The checkpoint in a note, each of whose signatures was verified; None where it is no checkpoint."""
        try:
            read = Note.parse(note)
            checkpoint = Checkpoint.parse(read.text)
            if read.format() != note:
                raise MalformedNote("not as it is written")
        except ValueError:
            self._faults.add(f"{kind}.malformed", size, size=size, place=place)
            return None
        if self._chain is None:
            return checkpoint
        try:
            self._chain.checkpoint(note)
            for signature in read.signatures:
                require_signature(read, self._named(signature.key_id))
        except ValueError:
            self._faults.add(f"{kind}.unsigned", size, size=size, place=place)
        return checkpoint

    def _named(self, key_id: bytes) -> VerifierKey:
        for key in self.keys:
            if key.key_id == key_id:
                return key
        raise NotSigned("by a key that is none of this log's")
