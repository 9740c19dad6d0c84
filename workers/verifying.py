"""The whole log verified: one snapshot, one pass in the sealed order, then every history asked again.

What must be so is said in ``domain.verifying``; here is what is read for it, and in which order.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from domain.note import VerifierKey
from domain.records import event_id
from domain.scheme import library
from domain.scheme.model import Scheme
from domain.verifying.fault import LISTED, Fault, Faults
from domain.verifying.order import OrderCheck
from domain.verifying.references import References, ValuesCheck
from eventstore.pool import Pool
from eventstore.statements import MAIN
from eventstore.verifying import questions
from eventstore.verifying.shape import broken_tables, table_faults, trigger_faults
from eventstore.verifying.snapshot import Snapshot, Unanswered, snapshot
from workers.rechecking import recheck_histories
from workers.signatures import Copies, Signatures, list_copies
from workers.witness import Witness

Progress = Callable[[str, int, int], None]
"""Called with the stage (``order``, ``rules``), how many events are done, and how many there are."""


def _silent(stage: str, done: int, total: int) -> None:
    pass


@dataclass(frozen=True)
class Known:
    """What whoever verifies knows from elsewhere: a checkpoint that was kept, the key that the log is known by."""

    checkpoint: str = ""
    key: VerifierKey | None = None


@dataclass
class Verification:
    """What was found."""

    events: int = 0
    sealed: int = 0
    unsealed: int = 0
    unsealed_since: datetime | None = None
    root: bytes = b""
    checkpoints: int = 0
    protected: int = 0
    """So many events, from the first on, stand in a checkpoint of which there is a copy elsewhere."""
    rechecked: int | None = None
    """Events whose orders were asked again; None where that was left out."""
    keys: tuple[str, ...] = ()
    faults: list[Fault] = field(default_factory=list)
    """The first ones; ``total`` counts all."""
    total: int = 0
    places: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    """The places of copies, and those of them that could not be read."""

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return self.total == 0


async def verify(
    pool: Pool,
    witnesses: Sequence[Witness] = (),
    known: Known = Known(),
    *,
    rules: bool = True,
    progress: Progress = _silent,
) -> Verification:
    """Verify what the database holds at this moment, beside what its ``witnesses`` hold; writers go on meanwhile.

    Memory does not grow with the number of events, but for what it takes to follow each stream.

    Raises:
        MalformedNote: the checkpoint that was kept is none.
        StoreAway: PostgreSQL cannot be reached.
    """
    copies = await list_copies(witnesses)
    async with snapshot(pool) as read:
        return await verify_snapshot(read, copies, known, rules=rules, progress=progress)


async def verify_snapshot(
    read: Snapshot,
    copies: Sequence[Copies] = (),
    known: Known = Known(),
    *,
    rules: bool = True,
    progress: Progress = _silent,
) -> Verification:
    """Verify one moment of the database. ``copies``: as they were listed before that moment. Raises likewise."""
    return await _Verifying(read, copies, known, progress).run(rules)


class _Verifying:
    def __init__(self, read: Snapshot, copies: Sequence[Copies], known: Known, progress: Progress) -> None:
        self._read = read
        self._copies = copies
        self._known = known
        self._progress = progress
        self._faults = Faults()
        self._signatures = Signatures(self._faults)
        self._broken: set[str] = set()
        self._indexed = self._here = True
        self._found = Verification()

    async def run(self, rules: bool) -> Verification:
        found, signatures = self._found, self._signatures
        await self._stage(self._shape)
        await self._stage(lambda: signatures.read_keys(self._read), "log_origin", "notary_keys", "checkpoints")
        if self._known.key is not None:
            signatures.known_by(self._known.key)
        for copies in self._copies:
            signatures.copied_keys(copies)
        if self._known.checkpoint:
            signatures.kept(self._known.checkpoint)
        await self._stage(lambda: signatures.own(self._read, self._copies), "checkpoints")
        await self._stage(self._order, "events", "log", "sealed", "epochs", "erasures", "subtrees")
        await self._stage(self._views, "events", *MAIN.values())
        if rules:
            await self._stage(self._rules, "events", "schemes", "awards", "mails")
        found.checkpoints = signatures.count
        found.keys = tuple(key.format() for key in signatures.keys)
        found.faults, found.total = self._faults.first(), self._faults.total
        found.places = tuple(copies.place for copies in self._copies)
        found.away = tuple(copies.place for copies in self._copies if copies.away)
        return found

    async def _stage(self, work: Callable[[], Awaitable[None]], *tables: str) -> None:
        """What cannot be asked is a fault. What needs a broken table is left out: that it is broken was said."""
        if self._broken.isdisjoint(tables):
            try:
                await work()
            except Unanswered as error:
                self._faults.add("schema.unanswered", why=str(error), tables=", ".join(tables))

    async def _shape(self) -> None:
        tables = await table_faults(self._read)
        self._faults.extend(tables)
        self._broken = broken_tables(tables)
        self._indexed = not any(fault.code == "schema.key" for fault in tables)
        self._faults.extend(await trigger_faults(self._read))

    # --- the pass in the sealed order -------------------------------------------------------------------------------

    async def _order(self) -> None:
        read, found, faults = self._read, self._found, self._faults
        floor = await self._floor()
        if self._here:
            for id, stream, version in await read.fetch(questions.FUTURE, floor, LISTED):
                faults.add("order.future", id, stream, version=version)
        references = References()
        order = OrderCheck(faults, references, self._signatures.claims, floor)
        [[total]] = await read.fetch(questions.COUNT)
        async with read.settings(**questions.IN_ORDER if self._indexed else questions.AT_LARGE):
            done = 0
            async for rows in read.pages(questions.PLACED):
                order.add(rows)
                done += len(rows)
                self._progress("order", done, total)
        order.end()
        found.sealed, found.root = order.size, order.root()
        found.protected = min(order.agreed, max((copies.agreed for copies in self._copies), default=0))
        async with read.settings(**questions.AT_LARGE):
            order.compare_kept(await read.fetch(questions.SUBTREES), self._signatures.largest)
            [[events]] = await read.fetch(questions.EVENTS)
            if events != order.events:
                async for rows in read.pages(questions.UNPLACED):
                    order.add_unplaced(rows, here=self._here)
            await self._values(references)
            await self._schemes(references.schemes)
        found.events = order.events
        found.unsealed, found.unsealed_since = order.unplaced, order.unplaced_since

    async def _floor(self) -> int:
        """Up to which position the order was made in another cluster; and whether it goes on in this one."""
        epochs = await self._read.fetch(questions.EPOCHS)
        server, lowest = None, 0
        for number, (epoch, there, floor, first) in enumerate(epochs, start=1):
            begins = number > 1 or (floor, first) == (0, 0)
            if epoch != number or floor < lowest or there == server or not begins:
                self._faults.add("epoch.unlike", epoch=epoch)
            server, lowest = there, floor
        [[cluster]] = await self._read.fetch(questions.CLUSTER)
        written_here = await self._read.fetch(questions.WRITTEN_HERE)
        self._here = bool(epochs) and epochs[-1]["cluster"] == cluster
        if not self._here and written_here and written_here[0][0]:
            self._faults.add("epoch.cluster", epoch=len(epochs))
        return epochs[-1]["floor_position"] if epochs else 0

    # --- what stands beside the order -------------------------------------------------------------------------------

    async def _values(self, references: References) -> None:
        """Sealed values are those that were vouched for, and none that was is missing."""
        read, faults = self._read, self._faults
        values = ValuesCheck(faults, {row[0] for row in await read.fetch(questions.ERASED)})
        async with read.settings(**questions.IN_ORDER if self._indexed else questions.AT_LARGE):
            async for rows in read.pages(questions.VALUES):
                values.add(rows)
        lost = references.lost(values.stored)
        for id, stream in await read.fetch(questions.AT, lost[:LISTED]):
            faults.add("sealed.lost", id, stream)
        faults.more("sealed", max(len(lost) - LISTED, 0))
        if "pathways" not in self._broken:
            for stream, version, name in await read.fetch(questions.UNTOLD):
                faults.add("sealed.untold", event_id(stream, version), stream, version=version, field=name)

    async def _schemes(self, pinned: Mapping[str, tuple[str, str]]) -> None:
        """Published scheme versions are what their names say, and those that streams are pinned to are there."""
        if "schemes" in self._broken:
            return
        published = set()
        for hash, id, version, content in await self._read.fetch(questions.SCHEMES):
            published.add(hash)
            try:
                scheme = Scheme.model_validate_json(content)
            except ValueError:
                scheme = None
            if sha256(content).hexdigest() != hash or scheme is None:
                self._faults.add("scheme.changed", scheme=id, version=version)
            elif (scheme.id, scheme.version) != (id, version):
                self._faults.add("scheme.named", scheme=id, version=version)
            else:
                library.learn(scheme)
        for hash, (event, stream) in pinned.items():
            if hash not in published:
                self._faults.add("scheme.missing", event, stream, hash=hash[:12])

    async def _views(self) -> None:
        for stream, version, last in await self._read.fetch(questions.VIEWS):
            self._faults.add("view.version", None, stream, version=version, last=last)

    async def _rules(self) -> None:
        def progress(done: int) -> None:
            self._progress("rules", done, max(done, self._found.events))

        self._found.rechecked = await recheck_histories(self._read, self._faults, progress)
