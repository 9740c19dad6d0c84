"""``jalon award`` as an office uses it: listed, shown, handed out, checked, made again, forgotten with its holder."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pypdf
import pytest

from activities.contracts import StreamStart
from domain.awards import book_of
from domain.scheme import library
from eventstore.identity import Identity
from eventstore.reading import context_of
from eventstore.store import EventStore
from interfaces.bundle.verify import STREAMS
from interfaces.streams import read_stream
from tests.certified import certified
from tests.cli.office import Office, jalon
from tests.domain.decided import before_the_sitting, decide
from tests.domain.world import World
from tests.eventstore.telling import tell

CERTIFICATES = True
BORN = date(1990, 5, 17)


class Held(NamedTuple):
    """Somebody certified on a pathway, and their numbers: four blocks, then the certification."""

    pathway: str
    person: str
    numbers: tuple[str, ...]

    @property
    def whole(self) -> str:
        """The number of the certification."""
        return self.numbers[-1]


async def certify(office: Office, given_name: str) -> Held:
    """A pathway on which a sitting decided, and the certificates that it gives."""
    gateway, scheme = office.gateway, certified("cqp-cos")
    library.learn(scheme)
    await gateway.reading.publish_scheme(scheme)
    pathway = f"pathway:{given_name.lower()}"
    [person] = await gateway.keyring.enrol([Identity("D’Arc-Lefèvre", given_name, BORN)])
    names = {"family_name": "D’Arc-Lefèvre", "given_name": given_name, "usage_name": "", "birth_date": BORN.isoformat()}
    sealed = await gateway.keyring.seal(person, context_of(pathway, "c1", "identity"), json.dumps(names))
    world = World(now=datetime.now(UTC))
    identity: Any = sealed.model_dump(mode="json")
    before_the_sitting((), scheme, world, pathway, person, identity=identity)
    decide(world, pathway)
    store = EventStore(gateway.reading.pool)
    await tell(store, gateway.reading, world, {(pathway, 1): {"identity": sealed}})
    await store.close()
    start = StreamStart(stream=pathway)
    await gateway.client.start_workflow("Pathway", start, id=pathway, task_queue=gateway.task_queue)
    book = book_of("cqp-cos", world.today)
    numbers = await made(office, book, pathway)
    return Held(pathway, person, numbers)


async def made(office: Office, book: str, pathway: str) -> tuple[str, ...]:
    """The numbers of a pathway, once nothing more is owed for them."""
    async with asyncio.timeout(60):
        while True:
            if await office.gateway.reading.stream_version(book):
                state = (await read_stream(office.gateway.reading, book)).state
                numbers = sorted(entry.number for entry in state.entries.values() if entry.pathway == pathway)
                if len(numbers) == 5 and not any(effect.kind == "issue" for effect in state.owed.values()):
                    return tuple(numbers)
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
async def held(office: Office) -> Held:
    return await certify(office, "Zoë")


async def test_numbers_are_listed_without_names_unless_they_are_asked_for(held: Held) -> None:
    listed = await jalon("award", "list")
    assert (listed.code, listed.err) == (0, "")
    assert held.whole in listed.out
    assert "Lefèvre" not in listed.out
    rows = (await jalon("award", "list", "--person", held.person, "--status", "issued", "--json")).json
    assert tuple(row["number"] for row in rows) == held.numbers
    assert {row["edition"] for row in rows} == {1}
    named = await jalon("award", "list", "--names", "--person", held.person)
    assert "Zoë D’Arc-Lefèvre" in named.out
    read = await jalon("audit", "access", "--person", held.person, "--json")
    assert "award list" in read.out
    assert (await jalon("award", "list", "--status", "lost")).code == 2
    assert (await jalon("award", "list", "--year", "1999")).out.strip() == "Aucune attribution ici."


async def test_an_award_is_shown_with_its_editions_its_address_and_its_events(held: Held) -> None:
    shown = await jalon("award", "show", held.whole)
    assert (shown.code, shown.err) == (0, "")
    for words in ("Zoë D’Arc-Lefèvre", f"https://certificats.example.org/v/{held.whole}/", "émis et scellé"):
        assert words in shown.out
    report = (await jalon("award", "show", held.whole.lower(), "--json")).json
    assert [edition["edition"] for edition in report["editions"]] == [1]
    unknown = await jalon("award", "show", "COS-1999-000001")
    assert (unknown.code, unknown.err.strip()) == (1, "Le numéro « COS-1999-000001 » n’est celui d’aucune attribution.")


async def test_the_certificate_is_written_as_it_was_issued_and_is_good(held: Held, tmp_path: Path) -> None:
    file = tmp_path / "certificat.pdf"
    assert (await jalon("award", "pdf", held.whole, "--out", file)).code == 0
    text = "".join(page.extract_text() for page in pypdf.PdfReader(file).pages)
    assert held.whole in text
    report = (await jalon("award", "show", held.whole, "--json")).json
    checked = await jalon("award", "verify", file, "--json")
    outcomes = {line["check"]: line["outcome"] for line in checked.json["checks"]}
    assert checked.code == 0
    assert checked.json["sha256"] == report["editions"][0]["document"]
    assert {outcomes[name] for name in ("signature", "issuer", "number", "digest", "status")} == {"ok"}
    file.write_bytes(file.read_bytes().replace(b"obj", b"obk", 1))
    assert (await jalon("award", "verify", file)).code == 1


@pytest.mark.parametrize("format", ["json", "png", "svg"])
async def test_the_credential_is_written_in_every_form_and_is_good(held: Held, tmp_path: Path, format: str) -> None:
    file = tmp_path / f"attestation.{format}"
    assert (await jalon("award", "credential", held.whole, "--out", file)).code == 0
    checked = await jalon("award", "verify", file)
    assert checked.code == 0, checked.out + checked.err
    assert "bon" in checked.out


async def test_what_is_no_certificate_is_told_to_be_none(tmp_path: Path) -> None:
    file = tmp_path / "other.pdf"
    file.write_bytes(b"hello")
    assert (await jalon("award", "verify", file)).code == 1
    assert (await jalon("award", "verify", tmp_path / "absent.pdf")).code == 1
    for no_file in (tmp_path, "/dev/zero"):
        assert (await jalon("award", "verify", no_file)).code == 1
    assert (await jalon("award", "verify", file, "--keys", tmp_path)).code == 2


async def test_a_lost_certificate_is_made_again_and_the_first_one_is_void(
    office: Office, held: Held, tmp_path: Path
) -> None:
    number = held.numbers[0]
    refused = await jalon("award", "reissue", number, "--why", "lost", "--basis", " ", "--reason", "Perdu")
    assert (refused.code, refused.err.startswith("award.no_basis : ")) == (1, True)
    done = await jalon("award", "reissue", number, "--why", "lost", "--basis", "Demande", "--reason", "Perdu au bureau")
    assert (done.code, done.err) == (0, "")
    assert "perdu par son titulaire" in done.out
    await made(office, book_of("cqp-cos", datetime.now(UTC).date()), held.pathway)
    first, second = tmp_path / "1.pdf", tmp_path / "2.pdf"
    void = await jalon("award", "pdf", number, "--out", first, "--edition", "1")
    assert "remplacée par l’édition 2" in void.err
    assert (await jalon("award", "pdf", number, "--out", second)).code == 0
    assert first.read_bytes() != second.read_bytes()
    assert (await jalon("award", "pdf", number, "--out", first, "--edition", "9")).code == 1


async def test_a_correction_says_what_was_wrong(office: Office, held: Held) -> None:
    number = held.numbers[1]
    options = ("--title", "CCP rectifié", "--basis", "Erreur matérielle", "--reason", "Coquille")
    assert (await jalon("award", "correct", number, *options)).code == 0
    assert (await jalon("award", "show", number, "--json")).json["title"] == "CCP rectifié"
    again = await jalon("award", "correct", number, *options)
    assert (again.code, again.err.startswith("award.nothing_to_correct : ")) == (1, True)


async def test_the_holder_chooses_what_the_public_page_shows(held: Held) -> None:
    assert (await jalon("award", "disclose", held.whole, "full")).code == 0
    assert (await jalon("award", "show", held.whole, "--json")).json["disclosure"] == "full"
    assert (await jalon("award", "disclose", held.whole, "everything")).code == 2


async def test_templates_are_listed_and_can_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await jalon("award", "templates")).code == 0
    file = tmp_path / "exemple.pdf"
    assert (await jalon("award", "preview", "--out", file)).code == 0
    assert file.read_bytes().startswith(b"%PDF-")
    own = tmp_path / "certificates"
    own.mkdir()
    (own / "certificate.typ").write_text("#let x = ", "utf-8")
    monkeypatch.setenv("JALON_TEMPLATES", str(tmp_path))
    told = await jalon("award", "templates")
    assert told.code == 1
    assert "certificate.typ" in told.err
    assert (await jalon("award", "preview", "--out", file)).code == 0, "the old one stays"


async def test_a_book_is_replayed_like_any_stream(held: Held) -> None:
    replayed = await jalon("audit", "replay", book_of("cqp-cos", datetime.now(UTC).date()))
    assert (replayed.code, replayed.err) == (0, "")
    assert held.whole in replayed.out


async def test_a_book_is_a_kind_of_stream_that_a_bundle_knows(held: Held, tmp_path: Path) -> None:
    unknown = await jalon("audit", "bundle", tmp_path / "b.zip", "--awards", "cqp-cos:1999")
    assert (unknown.code, unknown.err.strip()) == (1, "Aucun livre d'attributions ne s'appelle « cqp-cos:1999 ».")
    assert "awards" in STREAMS


async def test_a_withdrawn_award_is_shown_as_such_and_is_good_no_more(office: Office, tmp_path: Path) -> None:
    held = await certify(office, "Noël")
    file = tmp_path / "certificat.pdf"
    assert (await jalon("award", "pdf", held.whole, "--out", file)).code == 0
    fields = ("block=", "basis=Code du travail", "reason=Une erreur")
    assert (await jalon("pathway", "do", held.pathway, "withdraw_award", *fields)).code == 0
    await office.settled(held.pathway, book_of("cqp-cos", datetime.now(UTC).date()))
    assert (await jalon("award", "show", held.whole, "--json")).json["status"] == "withdrawn"
    checked = await jalon("award", "verify", file, "--json")
    assert (checked.code, checked.json["verdict"]) == (1, "withdrawn")
    handed = await jalon("award", "pdf", held.whole, "--out", file)
    assert "retirée" in handed.err


async def test_erasing_the_holder_takes_the_documents_away_and_leaves_the_numbers(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await certify(office, "Anaïs")
    shown = (await jalon("person", "show", held.person, "--json")).json
    assert {award["number"] for award in shown["awards"]} == set(held.numbers)
    assert all(award["documents"] for award in shown["awards"])
    erased = await jalon("person", "erase", held.person, "--reason", "Demande", "--json")
    assert erased.code == 0, erased.err
    assert erased.json["books"][0]["numbers"] == list(held.numbers)
    assert (await jalon("award", "show", held.whole, "--json")).json["status"] == "erased"
    assert (await jalon("award", "pdf", held.whole, "--out", tmp_path / "x.pdf")).code == 1
    query = "select count(*) from documents where person_id = $1"
    assert await office.gateway.reading.pool.fetchval(query, held.person) == 0


async def test_the_whole_log_with_its_numbers_verifies(office: Office, held: Held) -> None:
    checked = await jalon("audit", "verify", "--json")
    codes = {fault["code"] for fault in checked.json["faults"]}
    # The sittings of these worlds were not held here, and no notary has sealed them.
    assert not {code for code in codes if code.startswith("award.")} - {"award.absent"}
    await office.gateway.reading.pool.execute("update documents set digest = repeat('0', 64)")
    checked = await jalon("audit", "verify", "--json")
    assert "award.document" in {fault["code"] for fault in checked.json["faults"]}
