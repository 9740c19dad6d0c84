"""Awards on the real engine: a decision gives numbers and documents, once each, whatever dies on the way."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.issuing import Issuing
from bench.orders import sealed
from documents.credentials.reading import parsed
from documents.credentials.status import is_set
from documents.seal import Seal, check_seal, make_test_key
from domain.authority import SYSTEM
from eventstore.books import Books
from eventstore.documents import Documents, Kept, StatusLists
from eventstore.persons import Persons, forget
from tests.engine import certifying
from tests.engine.certifying import book, candidate, decided, issuing, until_made, wake
from tests.engine.harness import Engine, eventually, gapless


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certifying.keys(tmp_path_factory.mktemp("keys"))


async def test_a_decision_gives_every_award_a_number_a_sealed_certificate_and_a_credential(
    workless: Engine, keys: Path
) -> None:
    pathway = await decided(workless, await candidate(workless))
    async with workless.worker(issuing=issuing(workless, keys)):
        await wake(workless, pathway)
        found = await until_made(workless, 5)
    rows = await Books(workless.pool).numbers(pathway=pathway)
    assert [row.sequence for row in rows] == list(range(1, 6))
    assert [row.kind for row in rows] == ["block"] * 4 + ["certification"]
    assert all(row.issued == 1 and row.document for row in rows)
    assert gapless(await workless.events(book(workless)))
    documents = Documents(workless.keys)
    for row in rows:
        kept = await documents.read(row.number, 1)
        assert kept is not None
        assert kept.digest == row.document
        told = found.entries[row.number].editions[0]
        assert (told.document, told.credential) == (kept.digest, kept.credential_digest)
        report = check_seal(kept.document, [bytes.fromhex(told.key)])
        assert report.intact
        credential = parsed(kept.credential)
        assert credential["credentialSubject"]["licenseNumber"] == row.number
        assert credential["id"].startswith(f"{certifying.BASE}/v/{row.number}/")
        assert "Lefèvre" not in kept.credential.decode()
    lists = await StatusLists(workless.pool).latest(book(workless))
    assert lists is not None
    assert not any(is_set(json.loads(lists[1]), index) for index in range(5))


class Died(RuntimeError):
    """Stands for the end of a worker between two steps of its work."""


class Mortal(Issuing):
    """Dies once for every edition: what it made is kept, and the book has not heard of it."""

    def __init__(self, made: Engine, folder: Path) -> None:
        alive = issuing(made, folder)
        self.__dict__.update(alive.__dict__)
        self.deaths: list[tuple[str, str]] = []

    async def issue(self, *asked: Any) -> dict[str, Any]:
        told = await super().issue(*asked)
        if told["number"] not in dict(self.deaths):
            self.deaths.append((told["number"], told["document"]))
            raise Died
        return told


async def test_what_was_kept_before_a_crash_is_what_the_book_hears_of(workless: Engine, keys: Path) -> None:
    pathways = [await decided(workless, await candidate(workless, name), given_name=name) for name in ("Zoë", "Noël")]
    mortal = Mortal(workless, keys)
    async with workless.worker(issuing=mortal):
        for pathway in pathways:
            await wake(workless, pathway)
        found = await until_made(workless, 10)
    assert len(mortal.deaths) == 10
    assert {number: entry.editions[0].document for number, entry in found.entries.items()} == dict(mortal.deaths)
    assert sorted(entry.sequence for entry in found.entries.values()) == list(range(1, 11))
    assert gapless(await workless.events(book(workless)))
    assert (await workless.kinds(book(workless))).count("certificate_issued") == 10


async def test_whoever_makes_the_same_once_more_gets_the_bytes_that_were_kept_first(
    workless: Engine, keys: Path
) -> None:
    person = await candidate(workless)
    documents = Documents(workless.keys)
    first = Kept("COS-2027-000001", 1, "awards:cqp-cos:2027", person, b"%PDF one", b"{}")
    other = Kept("COS-2027-000001", 1, "awards:cqp-cos:2027", person, b"%PDF two", b"[]")
    assert await documents.keep(first) == first
    assert await documents.keep(other) == first
    assert b"PDF" not in await workless.pool.fetchval("select document from documents")


async def test_another_edition_is_made_with_the_new_name_under_the_same_address(workless: Engine, keys: Path) -> None:
    pathway = await decided(workless, await candidate(workless))
    documents = Documents(workless.keys)
    async with workless.worker(issuing=issuing(workless, keys)):
        await wake(workless, pathway)
        number = max((await until_made(workless, 5)).entries)
        await workless.give(
            book(workless), "reissue", number=number, why="lost", basis="Demande du titulaire", reason=sealed()
        )
        await workless.until_event(book(workless), "certificate_reissued")
        found = await until_made(workless, 5)
    entry = found.entries[number]
    assert (entry.edition, entry.issued) == (2, 2)
    kept = [await documents.read(number, edition) for edition in (1, 2)]
    assert kept[0] is not None
    assert kept[1] is not None
    assert kept[0].digest != kept[1].digest
    assert parsed(kept[0].credential)["id"] == parsed(kept[1].credential)["id"]


async def test_a_withdrawal_sets_the_bit_and_publishes_the_list(workless: Engine, keys: Path) -> None:
    pathway = await decided(workless, await candidate(workless))
    async with workless.worker(issuing=issuing(workless, keys)):
        await wake(workless, pathway)
        await until_made(workless, 5)
        basis = "Code du travail, art. D. 6412-6"
        await workless.give(pathway, "withdraw_award", block="GRU", reason=sealed(), basis=basis)

        async def struck() -> bool:
            return len((await certifying.state(workless)).withdrawn) == 2

        await eventually(struck, "both awards struck")
        found = await until_made(workless, 5)
    lists = await StatusLists(workless.pool).latest(book(workless))
    assert lists is not None
    assert lists[0] == found.published
    assert [is_set(json.loads(lists[1]), index) for index in range(6)] == [True, False, False, False, True, False]


async def test_without_a_valid_key_everything_waits_and_nothing_is_half_done(workless: Engine, keys: Path) -> None:
    now = datetime.now(UTC)
    expired = keys / "expired.p12"
    make_test_key(expired, since=now - timedelta(days=9), until=now - timedelta(days=1))
    opened: list[Path] = []

    def seal() -> Seal:
        opened.append(expired if len(opened) < 2 else keys / "seal.p12")
        return Seal.from_pkcs12(opened[-1], None)

    pathway = await decided(workless, await candidate(workless), ("GRU", "MDR", "POS"))
    async with workless.worker(issuing=issuing(workless, keys, seal)):
        await wake(workless, pathway)
        found = await until_made(workless, 1)
    assert len(opened) == 3, "tried again until the key was good"
    [entry] = found.entries.values()
    assert entry.issued == 1
    assert await workless.pool.fetchval("select count(*) from documents") == 1


async def test_whoever_is_erased_keeps_a_number_and_gets_no_certificate(workless: Engine, keys: Path) -> None:
    person = await candidate(workless)
    pathway = await decided(workless, person, ("GRU", "MDR", "POS"))
    persons = Persons(workless.pool)
    await persons.begin_erasure(person, "operator:test")
    await forget(workless.keys, persons, person, [])
    async with workless.worker(issuing=issuing(workless, keys)):
        await wake(workless, pathway)
        found = await until_made(workless, 1)
    [entry] = found.entries.values()
    assert (entry.issued, entry.editions[0].passed_over) == (0, "erased")


async def test_without_an_issuer_numbers_are_given_and_nothing_is_made(live: Engine) -> None:
    pathway = await decided(live, await candidate(live), ("GRU", "MDR", "POS"))
    await wake(live, pathway)
    found = await until_made(live, 1)
    assert [entry.issued for entry in found.entries.values()] == [0]


async def test_an_award_that_the_pathway_s_log_does_not_know_gets_no_certificate(workless: Engine, keys: Path) -> None:
    pathway = await decided(workless, await candidate(workless), ("GRU", "MDR", "POS"))
    scheme = certifying.scheme_of(workless)
    state = await workless.pathway(pathway)
    day = state.awards[0].on.isoformat()
    claim = {"award": f"{pathway}#3", "kind": "block", "block": "GRU", "held_as": "ucanss:GRU", "awarded_on": day}
    awards = [{**claim, "sitting": "sitting:t", "decision": 2}]
    known = {"scheme_id": scheme.id, "scheme_hash": scheme.hash, "route": "training", "person": state.person}
    async with workless.worker(issuing=issuing(workless, keys)):
        await workless.give(book(workless), "enter", actor=SYSTEM, pathway=pathway, awards=awards, **known)
        await until_made(workless, 1)
    told = [event.public for event in await workless.events(book(workless)) if event.type == "effect_settled"]
    assert any('"refused":"award.not_made"' in public for public in told)
    assert await workless.pool.fetchval("select count(*) from documents") == 0
