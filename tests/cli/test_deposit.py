"""``jalon deposit`` on a real stack: from certifications to files, answers, and what is asked of people."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from openpyxl import load_workbook

from documents.deposit import NAMESPACE
from domain.authority import SYSTEM
from domain.scheme.model import Scheme
from eventstore import keys as keys_module
from eventstore.access import AccessLog
from eventstore.books import Books
from eventstore.deposits import Deposits
from eventstore.projections import rebuild
from interfaces import erasing
from interfaces.deposit.receipt import NAMESPACE as ANSWER
from tests.by_hand import by_hand
from tests.certified import with_certificates
from tests.cli.office import Answer, Office, jalon
from tests.documents.test_deposit import SCHEMA
from workers.verifying import verify

QUEUE = "deposit:ucanss"
NS = {"cpf": NAMESPACE}
TROYES = {"sex": "F", "birth_commune": "10387", "birth_commune_name": "Troyes", "birth_country": "France"}


@pytest.fixture(scope="module", autouse=True)
async def certified(office: Office) -> AsyncIterator[dict[str, str]]:
    """Five certified people: three whom the file can tell, one without a sex, one without anything. Name -> pathway."""
    scheme = with_certificates("cqp-cos", deposit={"awards": ["certification"]})
    await office.gateway.reading.publish_scheme(scheme)
    schemes: dict[str, Scheme] = {**by_hand(), "cqp-cos": scheme}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JALON_DEPOSIT_CLIENT", "12345678")
        patch.setenv("JALON_DEPOSIT_CONTRACT", "MCFCER000123")
        patch.setattr("interfaces.gateway.bundled", lambda: schemes)
        patch.setattr(Office, "scheme", lambda self, id: schemes[id])
        told: dict[str, dict[str, Any]] = {
            "L’Hostis": TROYES,
            "Benali": {"sex": "M", "birth_country": "Algérie", "birth_commune_name": "Alger"},
            "Müller": TROYES,
            "Touré": {**TROYES, "sex": ""},
            "Vernoux": {},
        }
        found = {name: await office.candidate(family_name=name, civil=civil) for name, civil in told.items()}
        for pathway in found.values():
            await office.to_jury(pathway)
        session = await office.convened(*found.values())
        await office.give(session, "hold")
        await office.settled(session, *found.values())
        sitting = await office.sitting()
        for pathway in found.values():
            await office.advised(pathway)
            await office.give(pathway, "send_dossier", sitting=sitting)
        await office.settled(sitting, *found.values())
        await office.reach((await office.gateway.reading.sitting(sitting)).held_on)
        for pathway in found.values():
            blocks = dict.fromkeys((await office.state(pathway)).dossier.blocks, True)  # type: ignore[union-attr]
            await office.give(sitting, "decide_dossier", pathway=pathway, blocks=blocks)
        await office.give(sitting, "proclaim")
        await office.settled(sitting, *found.values())
        await standing(office, waiting=len(found))
        yield found


async def standing(office: Office, **statuses: int) -> None:
    """Wait until so many passages stand so: what pathways and books owe the queue has arrived there."""
    deposits = Deposits(office.gateway.reading.pool)
    async with asyncio.timeout(60):
        # Others pay their debts on their own: there is nothing to await but the read model.
        while not Counter(statuses) <= Counter(row.status for row in await deposits.passages()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    books = [row.book_id for row in await Books(office.gateway.reading.pool).books()]
    await office.settled(*books, QUEUE, *{row.pathway_id for row in await deposits.passages()})


async def passages(*words: str) -> dict[str, dict[str, Any]]:
    """Pathway -> its passage."""
    return {item["pathway"]: item for item in (await jalon("deposit", "list", "--json", *words)).json}


def answered(folder: Path, flux: str, treatment: str, ok: tuple[str, ...] = (), **ko: str) -> Path:
    """An answer as the portal gives it."""
    rejected = "".join(
        f"<passage><idTechnique>{number.replace('_', '-')}</idTechnique>"
        f"<messageErreur>{message}</messageErreur></passage>"
        for number, message in ko.items()
    )
    accepted = "".join(f"<idTechnique>{number}</idTechnique>" for number in ok)
    file = folder / f"{treatment}.xml"
    file.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><ns2:rapport xmlns:ns2="{ANSWER}"><nomFichier>depot.xml</nomFichier>'
        f"<idFlux>{flux}</idFlux><idTraitement>{treatment}</idTraitement>"
        f"<PassagesKO>{rejected}</PassagesKO><PassagesOK>{accepted}</PassagesOK></ns2:rapport>",
        "utf-8",
    )
    return file


async def test_the_whole_way_from_the_award_to_the_answer(
    office: Office, certified: dict[str, str], tmp_path: Path
) -> None:
    known = await passages()
    assert set(known) == set(certified.values())
    number = {name: known[pathway]["number"] for name, pathway in certified.items()}

    # Who cannot be told, and which field; the same as a workbook.
    report = tmp_path / "rapport.xlsx"
    checked = await jalon("deposit", "check", "--xlsx", report, "--json")
    assert checked.code == 1, checked.err
    faults = {item["name"]: {f"{f['field']}.{f['code']}" for f in item["faults"]} for item in checked.json["passages"]}
    assert faults["Zoé Touré"] == {"sex.missing"}
    assert faults["Zoé Vernoux"] == {"sex.missing", "birth_commune.no_place"}
    assert checked.json["identified"] == 3
    assert all(item["days_left"] > 80 for item in checked.json["passages"])
    book = load_workbook(report)
    assert book.sheetnames == ["Synthèse", "À déposer", "À compléter", "Refusés", "À supprimer"]
    assert book["À déposer"].max_row == 4

    # It is asked once, answered through the pathway, and the person can be told.
    asked = await jalon("deposit", "ask", "--all", "--json")
    assert {item["number"] for item in asked.json} == {number["Touré"], number["Vernoux"]}, asked.err
    await office.settled(QUEUE, *certified.values())
    assert (await jalon("deposit", "ask", "--all", "--json")).json == []
    tasks = await office.gateway.reading.tasks_of([certified["Touré"]])
    assert [(task.kind, task.who) for task in tasks[certified["Touré"]]] == [("complete_identity", "candidate")]
    done = await jalon("pathway", "do", certified["Touré"], "complete_identity", "identity.sex=F")
    assert done.code == 0, done.err
    await office.settled(QUEUE, *certified.values())

    # A trial writes nothing; the file is in the log, valid, and never twice.
    out = tmp_path / "depot.xml"
    trial = await jalon("deposit", "export", "--out", out, "--dry-run", "--json")
    assert [(file["passages"], file["flux"]) for file in trial.json["files"]] == [(4, None)]
    assert not out.exists()
    written = await jalon("deposit", "export", "--out", out, "--max", "3", "--json")
    assert written.code == 0, written.err
    first, second = written.json["files"]
    assert (first["passages"], second["passages"], written.json["left_out"]) == (3, 1, [number["Vernoux"]])
    assert second["file"].endswith("depot-2.xml")
    content = out.read_bytes()
    assert hashlib.sha256(content).hexdigest() == first["digest"]
    root = etree.fromstring(content)
    assert root.findtext("cpf:emetteur/cpf:idClient", namespaces=NS) == "12345678"
    if SCHEMA.exists():
        etree.XMLSchema(etree.parse(SCHEMA)).assertValid(root)
    again = await jalon("deposit", "export", "--out", tmp_path / "encore.xml", "--json")
    assert (again.code, again.json["files"]) == (0, [])
    assert "existe" in (await jalon("deposit", "export", "--out", out, "--flux", first["flux"])).err

    # The answer: one accepted, one rejected for who it is, one not named; read once.
    inside = [str(item.text) for item in root.iterfind(".//cpf:idTechnique", NS)]
    rejected, accepted, silent = inside
    message = "Aucun titulaire ne correspond aux critères obligatoires"
    file = answered(tmp_path, first["flux"], "T1", (accepted,), **{rejected.replace("-", "_"): message})
    read = await jalon("deposit", "receipt", file, "--json")
    assert read.code == 0, read.err
    assert (read.json["repeated"], read.json["left"], read.json["rejected"][0]["code"]) == (False, 1, "nobody")
    version = await office.gateway.reading.stream_version(QUEUE)
    await office.settled(QUEUE, *certified.values())
    repeated = await jalon("deposit", "receipt", file, "--json")
    assert (repeated.code, repeated.json["repeated"]) == (0, True)
    assert version <= await office.gateway.reading.stream_version(QUEUE)
    by_number = {item["number"]: item for item in (await jalon("deposit", "list", "--json")).json}
    assert [by_number[item]["status"] for item in (accepted, rejected, silent)] == ["accepted", "rejected", "sent"]
    shown = await jalon("deposit", "show", rejected, "--json")
    assert (shown.json["message"], shown.json["fault"]) == (message, "nobody")

    # The next try is prepared by the identity; the same file can be written again, as it was.
    pathway = by_number[rejected]["pathway"]
    mended = await jalon("pathway", "do", pathway, "complete_identity", "identity.given_name=Zoë")
    assert mended.code == 0, mended.err
    await office.settled(QUEUE, *certified.values())
    assert (await passages())[pathway]["status"] == "waiting"
    same = await jalon("deposit", "export", "--out", tmp_path / "meme.xml", "--flux", first["flux"], "--json")
    assert same.code == 0, same.err
    assert (tmp_path / "meme.xml").read_bytes() == content

    # Whoever read was recorded, and the log is whole.
    purposes = {access.purpose async for access in AccessLog(office.gateway.reading.pool).accesses()}
    assert {"deposit check", "deposit export", "deposit show", "deposit ask"} <= purposes
    assert (await rebuild(office.gateway.reading.pool, check=True)).same
    assert (await verify(office.gateway.reading.pool)).faults == []


async def test_an_answer_that_is_none_changes_nothing(office: Office, tmp_path: Path) -> None:
    known = await jalon("deposit", "list", "--json")
    flux = next(item["flux"] for item in known.json if item["flux"])
    whole = answered(tmp_path, flux, "T9", ("COS-1999-000001",))
    before = await office.gateway.reading.stream_version(QUEUE)
    cut = tmp_path / "cut.xml"
    cut.write_bytes(whole.read_bytes()[:200])
    bomb = tmp_path / "bomb.xml"
    bomb.write_text('<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rapport>&b;</rapport>', "utf-8")
    foreign = tmp_path / "foreign.xml"
    foreign.write_text(whole.read_text("utf-8").replace(ANSWER, "urn:other"), "utf-8")
    stranger = answered(tmp_path, "F-unknown", "T8", ("COS-1999-000001",))
    for file, said in (
        (cut, "coupé"),
        (bomb, "définitions"),
        (foreign, "espace de noms"),
        (whole, "deposit.not_in_flux"),
        (stranger, "deposit.flux_unknown"),
        (tmp_path / "none.xml", "n'existe pas"),
    ):
        answer: Answer = await jalon("deposit", "receipt", file)
        assert (answer.code, said in answer.err) == (1, True), answer.err
    assert await office.gateway.reading.stream_version(QUEUE) == before


async def test_a_withdrawn_certification_is_listed_and_its_suppression_noted(
    office: Office, certified: dict[str, str], tmp_path: Path
) -> None:
    [item] = [item for item in (await passages("--status", "accepted")).values()]
    # What a book of awards tells the queue once the paritaire jury's award is withdrawn.
    await office.give(QUEUE, "withdraw", SYSTEM, number=item["number"], basis="CRPA, art. L. 242-1")
    await standing(office, to_suppress=1)
    file = tmp_path / "retraits.csv"
    listed = await jalon("deposit", "withdrawn", "--out", file, "--json")
    assert [one["number"] for one in listed.json] == [item["number"]], listed.err
    assert item["number"] in file.read_text("utf-8-sig")
    noted = await jalon("deposit", "suppress", item["number"])
    assert noted.code == 0, noted.err
    assert (await jalon("deposit", "withdrawn", "--json")).json == []
    assert "deposit.not_to_suppress" in (await jalon("deposit", "suppress", item["number"])).err


async def test_a_file_that_was_never_sent_is_abandoned(office: Office) -> None:
    [item] = [item for item in (await passages("--status", "sent")).values()][:1]
    given = await jalon("deposit", "abandon", item["flux"], "--json")
    assert (given.code, given.json["number"]) == (0, 1), given.err
    assert (await passages())[item["pathway"]]["status"] == "waiting"
    assert "deposit.flux_closed" in (await jalon("deposit", "abandon", item["flux"])).err


@pytest.fixture
def quick_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are looked after more often than people would have them, so that erasing need not wait two seconds."""
    for module in (keys_module, erasing):
        monkeypatch.setattr(module, "LEASE_SECONDS", 0.05)


@pytest.mark.usefixtures("quick_lease")
async def test_who_is_erased_is_dropped_and_the_report_says_so(office: Office, certified: dict[str, str]) -> None:
    person = (await office.gateway.reading.pathway(certified["Vernoux"])).person_id
    erased = await jalon("person", "erase", person, "--reason", "Sa demande", "--json")
    assert erased.code == 0, erased.err
    item = (await passages())[certified["Vernoux"]]
    assert item["status"] == "dropped"
    assert [note["numbers"] for note in erased.json["deposits"]] == [[item["number"]]]
    checked = await jalon("deposit", "check", "--json")
    assert checked.json["dropped"] == 1
    assert certified["Vernoux"] not in {told["pathway"] for told in checked.json["passages"]}
    assert (await verify(office.gateway.reading.pool)).faults == []


async def test_nothing_is_written_without_the_identifiers_that_the_caisse_gives(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "depot.xml"
    monkeypatch.delenv("JALON_DEPOSIT_CLIENT")
    monkeypatch.delenv("JALON_DEPOSIT_CONTRACT")
    answer = await jalon("deposit", "export", "--out", out)
    assert (answer.code, "JALON_DEPOSIT_CLIENT" in answer.err, out.exists()) == (1, True, False)


async def test_a_queue_is_replayed_and_every_order_in_it_is_allowed_again(office: Office) -> None:
    replayed = await jalon("audit", "replay", QUEUE, "--json")
    assert replayed.code == 0, replayed.err
    assert all(event["why"]["allowed"] for event in replayed.json["events"])
    assert len(replayed.json["state"]["passages"]) == 5
    shown = await jalon("audit", "replay", QUEUE, "--step")
    assert (shown.code, "fichier de dépôt" in shown.out) == (0, True), shown.err


async def test_identities_are_tried_without_any_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JALON_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    example = Path(__file__).parents[2] / "examples" / "identites.csv"
    answer = await jalon("deposit", "check", "--identities", example, "--json")
    assert (answer.code, answer.json["rows"], answer.json["identified"]) == (1, 20, 10)
    good = tmp_path / "good.csv"
    good.write_text("\n".join(example.read_text("utf-8").splitlines()[:4]), "utf-8")
    assert (await jalon("deposit", "check", "--identities", good)).code == 0
    assert (await jalon("deposit", "check", "--identities", tmp_path / "none.csv")).code == 1
