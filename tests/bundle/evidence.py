"""A log worth a bundle: candidates before one jury, a block that counts elsewhere, a notary that changed keys."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.authority import Actor, Role
from domain.records import Sealed
from eventstore.access import AccessLog, Reader
from eventstore.identity import Identity
from eventstore.keyring import Keyring
from eventstore.notary import Notary
from eventstore.persons import Persons
from eventstore.pool import Pool
from eventstore.reading import Reading
from eventstore.signing import load_keys
from eventstore.store import EventStore
from interfaces.bundle.contents import Selection
from interfaces.bundle.writing import Bundler
from tests.domain.registers import body, opened
from tests.domain.world import ROLES, World, scheme
from tests.eventstore.telling import tell
from workers.notary_key import KeyFile, Signer, publish_first, rotate

AUDITOR = Actor(id="auditrice", role=Role.AUDITOR)
CERTIFIED, PARTIAL, ERASED, OTHER = "pathway:certifiée", "pathway:partielle", "pathway:effacée", "pathway:autre"
SESSION, SITTING, REGISTER = "session:s", "sitting:s", "register:ucanss"
NAMES = {CERTIFIED: "Aubry", PARTIAL: "Bernard", ERASED: "Colin"}
STAMP = b"\x30\x03\x02\x01\x00"
FIRST_MOMENT = datetime(2027, 1, 4, 9, tzinfo=UTC)


@dataclass
class Evidence:
    """A signed log, and a way to make bundles of it."""

    url: str
    pool: Pool
    reading: Reading
    keyring: Keyring
    keys: KeyFile
    origin: str = ""
    published: tuple[str, ...] = ()

    async def bundle(self, path: Path, selection: Selection, *, names: bool = False, language: str = "fr") -> Path:
        """Make a bundle."""
        reader = Reader(AccessLog(self.pool), self.keyring, AUDITOR, "audit bundle")
        await Bundler(self.reading, reader, AUDITOR, language, names).write(path, selection)
        return path

    async def seal(self) -> None:
        """Everything gets its place, and a checkpoint covers it."""
        notary = Notary(self.pool, Signer(self.keys))
        assert await notary.lead()
        try:
            while await notary.seal():
                pass
            await notary.sign()
        finally:
            await notary.resign()


async def play(evidence: Evidence) -> None:
    """One certified, one partly, decided by one sitting; one erased; told before and after a change of keys."""
    world, seals = World(), await _candidacies(evidence)
    for stream, seal in seals.items():
        _start(world, stream, "cqp-cos", seal)
    _start(world, OTHER, "cqp-gc", seals[CERTIFIED])
    world.convened(CERTIFIED, PARTIAL, session=SESSION)
    world.give(SESSION, "hold", actor=ROLES[Role.JUROR])
    world.advised(CERTIFIED)
    world.advised(PARTIAL, failed=("TD",))
    world.deliberating(CERTIFIED, PARTIAL, sitting=SITTING)
    world.give(SITTING, "decide_list", actor=ROLES[Role.PARITAIRE], pathways=[PARTIAL, CERTIFIED])
    world.give(SITTING, "proclaim", actor=ROLES[Role.PARITAIRE])
    world.give(opened(world), "enter_organisations", entries=[body("caf", "employer", branch="famille")])
    await _record(evidence, world)
    for stream, seal in seals.items():
        await evidence.pool.execute(
            """insert into sealed (stream_id, version, field, subject_id, key_version, ciphertext, digest)
            values ($1, 1, 'identity', $2, $3, $4, $5)""",
            *(stream, seal.subject, seal.key_version),
            *(base64.b64decode(seal.ciphertext or ""), bytes.fromhex(seal.digest)),
        )
    persons = Persons(evidence.pool)
    await persons.begin_erasure(seals[ERASED].subject, AUDITOR.id)
    await persons.destroy(seals[ERASED].subject, [seals[ERASED].subject])


async def _candidacies(evidence: Evidence) -> dict[str, Sealed]:
    """Candidates whom the keyring knows: pathway -> the identity as its candidacy seals it."""
    for id in ("cqp-cos", "cqp-gc"):
        await evidence.reading.publish_scheme(scheme(id))
    seals = {}
    for stream, name in NAMES.items():
        [person] = await evidence.keyring.enrol([Identity(name, "Zoé", date(1990, 5, 4))])
        text = json.dumps({"family_name": name, "given_name": "Zoé", "birth_date": "1990-05-04"})
        seals[stream] = await evidence.keyring.seal(person, f"{stream}/start:{stream}/identity", text)
    return seals


def _start(world: World, stream: str, scheme_id: str, identity: Sealed) -> None:
    world.give(
        stream,
        "start",
        command_id=f"start:{stream}",
        person=identity.subject,
        scheme_id=scheme_id,
        scheme_hash=scheme(scheme_id).hash,
        route="training",
        employer="CPAM du Doubs",
        identity=identity.model_dump(mode="json"),
    )


async def _record(evidence: Evidence, world: World) -> None:
    """Write what was lived, a checkpoint and a change of keys in the middle of it."""
    moments = iter(FIRST_MOMENT + timedelta(minutes=7 * number) for number in range(10**6))
    store = EventStore(evidence.pool, clock=lambda: next(moments))
    await publish_first(evidence.pool, evidence.keys)
    for streams in ((CERTIFIED, SESSION), (PARTIAL, ERASED, OTHER, SITTING, REGISTER)):
        await tell(store, evidence.reading, replace(world, logs={stream: world.logs[stream] for stream in streams}))
        await evidence.seal()
        if CERTIFIED in streams:
            await rotate(evidence.pool, evidence.keys)
            # What an authority answers is handed on as it came, and read by nobody here.
            await evidence.pool.execute(
                """insert into timestamps (size, authority, response, stamped_at)
                select size, 'tsa', $1, $2 from checkpoints""",
                *(STAMP, FIRST_MOMENT),
            )
    await store.close()
    evidence.origin = str(await evidence.pool.fetchval("select origin from log_origin"))
    evidence.published = tuple(key.format() for key in (await load_keys(evidence.pool, evidence.origin)).keys)
