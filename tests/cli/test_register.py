"""``jalon register``: tables brought in whole or not at all, what changes one by one, and who is read about."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventstore import keys as keys_module
from eventstore.access import AccessLog
from eventstore.projections import rebuild
from eventstore.roster import Roster
from interfaces import erasing
from tests.cli.office import Answer, Office, jalon
from workers.verifying import verify

EXAMPLES = Path(__file__).parents[2] / "examples"
TABLES = {
    "organisations": "organismes",
    "sites": "sites",
    "jurors": "jures",
    "members": "membres",
    "office": "secretariat",
}
REGISTER = "register:ucanss"
OPTIONS = ("--scheme", "cqp-cos", "--json")


async def bring_in(file: Path, kind: str, *more: str) -> Answer:
    return await jalon("register", "import", file, "--kind", kind, *OPTIONS, *more)


@pytest.fixture(scope="module", autouse=True)
async def filled(office: Office) -> None:
    for kind, file in TABLES.items():
        answer = await bring_in(EXAMPLES / f"{file}.csv", kind)
        assert (answer.code, answer.err) == (0, ""), answer.err


async def version(office: Office) -> int:
    return await office.gateway.reading.stream_version(REGISTER)


async def test_the_examples_make_a_register(office: Office) -> None:
    roster = Roster(office.gateway.reading.pool)
    assert len(await roster.jurors(REGISTER)) == 40
    assert len(await roster.sites(REGISTER)) == 10
    assert len(await roster.members(REGISTER)) == 12
    contact = await roster.contact(REGISTER, "administrator")
    assert contact is not None
    text = await office.gateway.keyring.unseal(contact.sealed, contact.context)
    assert text == '{"email": "jurys@ucanss.example.org", "language": "fr"}'


async def test_the_same_file_again_changes_nothing_and_a_corrected_one_only_what_it_corrects(
    office: Office, tmp_path: Path
) -> None:
    before = await version(office)
    again = (await bring_in(EXAMPLES / "jures.csv", "jurors")).json
    assert (again["entered"], again["corrected"], again["unchanged"]) == (0, 0, 40)
    assert await version(office) == before
    file = tmp_path / "jures.csv"
    text = (EXAMPLES / "jures.csv").read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith("J05;"))
    address = line.split(";")[3]
    file.write_text(text.replace(address, "nouvelle@example.org"), "utf-8")
    corrected = (await bring_in(file, "jurors")).json
    assert (corrected["corrected"], corrected["unchanged"], corrected["version"]) == (1, 39, before + 1)
    assert (await jalon("register", "show", "J05", "--json")).json["email"] == "nouvelle@example.org"


async def test_one_wrong_row_keeps_the_whole_file_out_and_every_fault_is_told(office: Office, tmp_path: Path) -> None:
    before = await version(office)
    file = tmp_path / "jures.csv"
    rows = [
        "code;nom;prénom;fonctions;organisme;genre;formé le;absences",
        "K1;Loisel;Zoé;expert métier;Ucanss;F;01/03/2026;",
        "K2;L0isel;Zoé;chef;Ucanss;F;31/02/2026;05/02/2027..01/02/2027",
        "K3;Loisel;Anne;expert métier;Inconnu;F;01/03/2026;",
        "E1;Loisel;Anne;expert métier;Ucanss;;;",
        "K1;;Léa;expert métier;Ucanss;;;",
    ]
    file.write_text("\n".join(rows[:3] + rows[5:]), "utf-8")
    answer = await bring_in(file, "jurors")
    faults = {(fault["row"], fault["column"]) for fault in answer.json["rejected"]}
    assert answer.code == 1
    assert faults == {(3, "nom"), (3, "fonctions"), (3, "formé le"), (3, "absences"), (4, "nom"), (4, "code")}
    file.write_text("\n".join(rows[:2] + rows[3:5]), "utf-8")
    by_rule = await bring_in(file, "jurors")
    told = {fault["row"]: fault["message"] for fault in by_rule.json["rejected"]}
    assert "register.no_organisation" in told[3]
    assert "register.code_taken" in told[4]
    assert await version(office) == before


async def test_a_dry_run_checks_and_writes_nothing(office: Office, tmp_path: Path) -> None:
    before = await version(office)
    file = tmp_path / "sites.csv"
    file.write_text("code;organisme\nNouveau;Ucanss\n", "utf-8")
    answer = await bring_in(file, "sites", "--dry-run")
    assert (answer.code, answer.json["entered"], await version(office)) == (0, 1, before)


async def test_ties_are_declared_by_file_or_by_anyone_and_lifted_by_the_office(office: Office, tmp_path: Path) -> None:
    pathway = await office.candidate(family_name="Urruty", given_name="Anaïs")
    person = (await office.gateway.reading.pathway(pathway)).person_id
    file = tmp_path / "liens.csv"
    file.write_text(f"code;parcours;lien;note\nJ20;{pathway};a formé;en 2025\nJ21;{pathway};proche;\n", "utf-8")
    assert (await bring_in(file, "ties")).json["entered"] == 2
    assert (await bring_in(file, "ties")).json["unchanged"] == 2
    options = ("--candidate", pathway, "--kind", "coached", "--role", "candidate", "--as", "c-17", "--note", "tuteur")
    declared = await jalon("register", "tie", "declare", "J22", *options)
    assert declared.code == 0, declared.err
    roster = Roster(office.gateway.reading.pool)
    ties = {tie.who: tie for tie in await roster.ties(REGISTER, persons=[person])}
    assert (ties["J22"].kind, ties["J22"].declared_by) == ("coached", "candidate:c-17")
    lifted = await jalon("register", "tie", "lift", "J20", "--candidate", pathway, "--kind", "trained")
    assert lifted.code == 0, lifted.err
    shown = (await jalon("register", "list", "ties", "--json")).json
    assert {entry["facts"]["who"] for entry in shown} == {"J21", "J22"}
    file.write_text(f"code;parcours;lien\nJ99;{pathway};proche\n", "utf-8")
    assert "register.nobody" in (await bring_in(file, "ties")).json["rejected"][0]["message"]
    file.write_text("code;nom;prénom;date de naissance;lien\nJ20;Personne;Nulle;01/01/1990;proche\n", "utf-8")
    assert (await bring_in(file, "ties")).json["rejected"][0]["code"] == "candidate_unknown"


async def test_absences_trainings_and_departures_are_told_one_by_one(office: Office) -> None:
    days = ("--since", "01/02/2030", "--until", "05/02/2030")
    for words in (
        ("absence", "declare", "J30", *days),
        ("training", "J30", "--since", "2030-01-04", "--until", "2034-12-31"),
    ):
        answer = await jalon("register", *words)
        assert answer.code == 0, answer.err
    await bring_in(EXAMPLES / "jures.csv", "jurors")
    shown = (await jalon("register", "show", "J30", "--json")).json
    assert shown["facts"]["absent"] == [{"since": "2030-02-01", "until": "2030-02-05"}]
    assert (await jalon("register", "absence", "lift", "J30", *days)).code == 0
    refused = await jalon("register", "absence", "lift", "J30", *days)
    assert (refused.code, refused.err.startswith("register.no_absence : ")) == (1, True)
    assert (await jalon("register", "leave", "J31")).code == 0
    listed = (await jalon("register", "list", "jurors", "--json")).json
    assert len(listed) == 39
    assert len((await jalon("register", "list", "jurors", "--all", "--json")).json) == 40


async def test_reading_names_is_recorded_and_tables_are_shown(office: Office) -> None:
    shown = await jalon("register", "list", "members")
    assert (shown.code, "Maïga" in shown.out, "titulaire" in shown.out) == (0, True, True)
    person = (await jalon("register", "show", "E1", "--json")).json["person"]
    accesses = [access async for access in AccessLog(office.gateway.reading.pool).accesses(person=person)]
    assert {access.purpose for access in accesses} >= {"register list", "register show"}
    assert "courriel" in (await jalon("register", "columns", "--kind", "jurors")).out
    history = await jalon("register", "history")
    assert "juré J01 inscrit au registre" in history.out


async def test_what_cannot_be_meant_is_said_in_a_sentence(office: Office) -> None:
    assert (await jalon("register", "import", "x.csv", "--kind", "cats")).code == 2
    missing = await jalon("register", "import", "nowhere.csv", "--kind", "jurors")
    assert (missing.code, "n'existe pas" in missing.err) == (1, True)
    assert (await jalon("register", "show", "J99")).code == 1
    assert (await jalon("register", "list", "jurors", "--scheme", "cqp-xx")).code == 1


@pytest.fixture
def quick_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are looked after more often than people would have them, so that erasing need not wait two seconds."""
    for module in (keys_module, erasing):
        monkeypatch.setattr(module, "LEASE_SECONDS", 0.05)


@pytest.mark.usefixtures("quick_lease")
async def test_an_erased_juror_leaves_a_code_and_its_facts_and_everything_still_verifies(office: Office) -> None:
    pool, row = office.gateway.reading.pool, (await jalon("register", "show", "J12", "--json")).json
    file = (await jalon("person", "export", row["person"])).json
    [register] = file["registers"]
    assert [entry["name"] for entry in register["entries"]] == [row["name"]]
    assert {"juror_entered"} == {event["type"] for event in register["events"]}
    assert row["email"] in str(register["events"][0]["texts"])
    erased = await jalon("person", "erase", row["person"], "--reason", "Sa demande", "--json")
    assert erased.code == 0, erased.err
    assert [note["codes"] for note in erased.json["registers"]] == [["J12"]]
    after = (await jalon("register", "show", "J12", "--json")).json
    assert (after["active"], after["name"], after["email"], after["facts"]["gender"]) == (False, None, None, "M")
    assert row["email"] not in (await jalon("person", "show", row["person"], "--json")).out
    assert await Roster(pool).contact(REGISTER, "J12") is None
    again = await bring_in(EXAMPLES / "jures.csv", "jurors")
    assert "register.code_erased" in again.json["rejected"][0]["message"]
    assert (await rebuild(pool, check=True)).same
    assert (await verify(pool)).faults == []


async def test_a_register_is_replayed_searched_and_bundled(office: Office, tmp_path: Path) -> None:
    replayed = await jalon("audit", "replay", REGISTER, "--json")
    assert replayed.code == 0, replayed.err
    assert all(event["why"]["allowed"] for event in replayed.json["events"])
    assert len(replayed.json["state"]["entries"]) >= 84
    shown = await jalon("audit", "replay", REGISTER)
    assert (shown.code, "Jurés" in shown.out) == (0, True)
    found = await jalon("audit", "search", "--type", "tie_declared", "--json")
    assert (found.code, len(found.json["events"]) > 0) == (0, True)
