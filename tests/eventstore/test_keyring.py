"""Persons and seals: one id however a name is typed, one text for whoever may read it, nothing for anybody else."""

from __future__ import annotations

import asyncio
import base64
import os
import unicodedata
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.log import LoadRequest
from domain.records import Sealed
from eventstore.identity import Identity, normalised
from eventstore.keyring import Keyring, MissingCiphertext, SealBroken, UnknownPerson, WrongKey
from eventstore.pool import Pool
from eventstore.store import EventStore
from tests.eventstore import making
from tests.eventstore.making import append, event

BORN = date(1984, 2, 29)
CONTEXT = "pathway:1/c1/identity"


@pytest.fixture
def keyring(pool: Pool) -> Keyring:
    return making.keyring(pool)


async def person(keyring: Keyring, family: str = "Dupont", given: str = "Zoé") -> str:
    return (await keyring.enrol([Identity(family, given, BORN)]))[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lefèvre", unicodedata.normalize("NFD", "Lefèvre")),
        ("Lefèvre", "LEFEVRE"),
        ("d'Arc", "d’Arc"),
        ("d'Arc", "dʼArc"),
        ("Le Goff", "Le\u00a0 Goff "),
        ("Saint-Jean", "Saint\u2011Jean"),
        ("Saint-Jean", "Saint Jean"),
        ("Cœurdacier", "COEURDACIER"),
        ("Strauß", "STRAUSS"),
        ("\uff24upont", "Dupont"),
    ],
)
async def test_spellings_of_one_name_are_one_person(keyring: Keyring, one: str, other: str) -> None:
    assert await person(keyring, family=one) == await person(keyring, family=other)


async def test_other_people_are_other_persons(keyring: Keyring) -> None:
    people = [
        Identity("Martin", "Paul", BORN),
        Identity("Martin", "Paule", BORN),
        Identity("Paul", "Martin", BORN),
        Identity("Martin Paul", "", BORN),
        Identity("Martin", "Paul", date(1984, 3, 1)),
    ]
    assert len(set(await keyring.enrol(people))) == len(people)


@given(st.text(max_size=30), st.text(max_size=30))
def test_composition_of_letters_never_matters(family: str, given_name: str) -> None:
    composed, decomposed = (
        Identity(unicodedata.normalize(form, family), unicodedata.normalize(form, given_name), BORN)
        for form in ("NFC", "NFD")
    )
    assert normalised(composed) == normalised(decomposed)


async def test_a_batch_answers_in_its_own_order_and_once_per_person(keyring: Keyring, pool: Pool) -> None:
    people = [Identity(f"Nom{number % 50}", "Ada", BORN) for number in range(120)]
    ids = await keyring.enrol(people)
    assert len(set(ids)) == 50
    assert ids == await keyring.enrol(people)
    assert await pool.fetchval("select count(*) from persons") == 50


async def test_enrolling_at_the_same_moment_gives_one_id(pool: Pool) -> None:
    rings = [making.keyring(pool) for _ in range(6)]
    people = [Identity(f"Nom{number}", "Ada", BORN) for number in range(40)]
    batches = [people if number % 2 else people[::-1] for number in range(6)]
    answers = await asyncio.gather(*(ring.enrol(batch) for ring, batch in zip(rings, batches, strict=True)))
    assert all((answer if number % 2 else answer[::-1]) == answers[1] for number, answer in enumerate(answers))


async def test_the_database_knows_nobody_by_name(keyring: Keyring, pool: Pool) -> None:
    await person(keyring, "Rarissime", "Zénobie")
    everything = await pool.fetchval("select persons::text from persons")
    for text in ("Rarissime", "rarissime", "1984"):
        assert text not in everything


async def test_somebody_is_found_by_any_spelling_and_nobody_else_is(keyring: Keyring, pool: Pool) -> None:
    id = await person(keyring, "Lefèvre")
    elsewhere = making.keyring(pool)
    assert await elsewhere.find(Identity("LEFEVRE", "zoé", BORN)) == id
    assert await elsewhere.find(Identity("Lefèvre", "Zoé", date(1984, 3, 1))) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(codec="utf-8")), context=st.text(st.characters(codec="utf-8")))
async def test_what_is_sealed_is_unsealed_in_its_context(pool: Pool, text: str, context: str) -> None:
    keyring = making.keyring(pool)
    sealed = await keyring.seal(await person(keyring), context, text)
    assert await making.keyring(pool).unseal(sealed, context) == text


async def test_sealing_again_gives_the_same_bytes(keyring: Keyring, pool: Pool) -> None:
    id = await person(keyring)
    sealed = await keyring.seal(id, CONTEXT, "Zoé")
    assert await making.keyring(pool).seal(id, CONTEXT, "Zoé") == sealed
    assert (await keyring.seal(id, CONTEXT, "Zoe")).ciphertext != sealed.ciphertext
    assert (await keyring.seal(id, CONTEXT + "2", "Zoé")).ciphertext != sealed.ciphertext


async def test_a_seal_holds_only_in_its_context_for_its_person_unaltered(keyring: Keyring) -> None:
    id, other = await person(keyring), await person(keyring, "Durand")
    sealed = await keyring.seal(id, CONTEXT, "Zoé")
    altered = bytearray(base64.b64decode(sealed.ciphertext or ""))
    altered[-1] ^= 1
    for bad, context in (
        (sealed, "pathway:2/c1/identity"),
        (sealed.model_copy(update={"subject": other}), CONTEXT),
        (sealed.model_copy(update={"ciphertext": base64.b64encode(altered).decode()}), CONTEXT),
        (sealed.model_copy(update={"ciphertext": ""}), CONTEXT),
        (sealed.model_copy(update={"ciphertext": "é"}), CONTEXT),
    ):
        with pytest.raises(SealBroken):
            await keyring.unseal(bad, context)


async def test_each_reason_for_not_opening_has_its_own_exception(keyring: Keyring, pool: Pool) -> None:
    sealed = await keyring.seal(await person(keyring), CONTEXT, "Zoé")
    with pytest.raises(MissingCiphertext):
        await keyring.unseal(sealed.public(), CONTEXT)
    with pytest.raises(WrongKey):
        await making.keyring(pool, os.urandom(32)).unseal(sealed, CONTEXT)
    with pytest.raises(WrongKey):
        await keyring.unseal(sealed.model_copy(update={"key_version": 2}), CONTEXT)
    with pytest.raises(UnknownPerson):
        await keyring.unseal(sealed.model_copy(update={"subject": "nobody"}), CONTEXT)
    with pytest.raises(UnknownPerson):
        await keyring.seal("nobody", CONTEXT, "Zoé")
    with pytest.raises(ValueError, match="32 bytes"):
        making.keyring(pool, b"short")


async def test_a_list_is_unsealed_at_once_with_gaps_for_what_is_gone(keyring: Keyring) -> None:
    id = await person(keyring)
    sealed = await keyring.seal(id, CONTEXT, "Zoé")
    gone = Sealed(subject="erased", key_version=1, digest=sealed.digest, ciphertext=sealed.ciphertext)
    items = [(sealed, CONTEXT), (gone, CONTEXT), (sealed.public(), CONTEXT)]
    assert await keyring.unseal_all(items) == ["Zoé", None, None]


async def test_keys_in_memory_are_bounded(pool: Pool) -> None:
    keyring = Keyring(making.keys(pool, cached=10))
    ids = await keyring.enrol([Identity(f"Nom{number}", "Ada", BORN) for number in range(40)])
    sealed = [await keyring.seal(id, CONTEXT, id) for id in ids]
    assert len(keyring.keys._known) == 10
    assert await keyring.unseal_all([(value, CONTEXT) for value in sealed]) == ids
    assert len(keyring.keys._known) == 10


async def test_the_log_never_holds_the_text(keyring: Keyring, store: EventStore, pool: Pool) -> None:
    sealed = await keyring.seal(await person(keyring), CONTEXT, "Zénobie Rarissime")
    public = f'{{"digest":"{sealed.digest}"}}'
    await store.append(append("pathway:1", 0, "c1", event(public=public, sealed={"identity": sealed})))
    assert (await store.load(LoadRequest(stream="pathway:1"))).events[0].public == public
    for table in ("events", "sealed", "persons", "keys"):
        for row in await pool.fetch(f"select {table}::text from {table}"):
            assert "Rarissime" not in row[0]
            assert b"Rarissime".hex() not in row[0]


def test_an_identity_is_not_printed() -> None:
    assert "Dupont" not in repr(Identity("Dupont", "Zoé", BORN))
