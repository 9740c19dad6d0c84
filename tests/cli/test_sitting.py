"""``jalon sitting`` as a secretary uses it: attended, voted on, proclaimed, on record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pypdf
import pytest

from tests.cli.office import Office, jalon
from tests.conducted import conducted

MEMBERS = """code;nom;prénom;collège;qualité
E1;Loisel;Zoé;employeurs;titulaire
E2;Ménard;Noël;employeurs;titulaire
S1;Le Goff;Anaïs;salariés;titulaire
S2;Aydın;Ömer;salariés;titulaire
"""
SITTING = "sitting:secretary"


class Sat(NamedTuple):
    """Two dossiers before a sitting on whose day it is; the first failed TD."""

    first: str
    second: str


@pytest.fixture(scope="module")
async def sat(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Sat:
    scheme = conducted("cqp-cos")
    await office.gateway.reading.publish_scheme(scheme)
    table = tmp_path_factory.mktemp("register") / "membres.csv"
    table.write_text(MEMBERS, "utf-8")
    imported = await jalon("register", "import", table, "--kind", "members", "--scheme", "cqp-cos")
    assert (imported.code, imported.err) == (0, "")
    pathways = [await office.candidate() for _ in range(2)]
    for pathway in pathways:
        await office.to_jury(pathway)
    session = await office.convened(*pathways)
    await office.advised(pathways[0], failed=("TD",))
    await office.advised(pathways[1])
    held_on = (await office.gateway.reading.session(session)).opens + timedelta(days=30)
    known: dict[str, Any] = {
        "scheme_id": scheme.id,
        "scheme_hash": scheme.hash,
        "held_on": held_on.isoformat(),
        "place": "Paris",
    }
    await office.give(SITTING, "open", **known)
    for pathway in pathways:
        await office.give(pathway, "send_dossier", sitting=SITTING)
    await office.settled(SITTING, *pathways)
    await office.reach(held_on)
    await office.settled(SITTING)
    return Sat(*pathways)


async def test_who_attends_comes_from_a_table_and_every_fault_of_it_is_told(
    office: Office, sat: Sat, tmp_path: Path
) -> None:
    file = tmp_path / "presences.csv"
    file.write_text("membre;présence;mandataire\nE1;là;\nE2;mandat;\n;présent;\n", "utf-8")
    bad = await jalon("sitting", "attendance", SITTING, file)
    assert bad.code == 1
    assert [line.split(" :")[0] for line in bad.err.splitlines()[:3]] == ["Ligne 2", "Ligne 3", "Ligne 4"]
    file.write_text("membre;présence;mandataire\nE1;présent;\nE2;mandat;S1\nS1;à distance;\nS2;absent;\n", "utf-8")
    done = await jalon("sitting", "attendance", SITTING, file)
    assert (done.code, done.err) == (0, "")
    assert "voix : 3 sur 4 membres" in done.out
    report = (await jalon("sitting", "show", SITTING, "--json")).json
    assert [(member["member"], member["attends"], member["holder"]) for member in report["members"]] == [
        ("E1", "present", None),
        ("E2", "proxy", "S1"),
        ("S1", "remote", None),
        ("S2", None, None),
    ]
    assert (report["president"], report["quorum"]["required"]) == ("E1", 2)


async def test_a_dossier_is_decided_by_the_votes_of_a_table(office: Office, sat: Sat, tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    file.write_text("membre;vote;désaccord\nS2;pour;\n", "utf-8")
    absent = await jalon("sitting", "vote", SITTING, sat.first, file)
    assert (absent.code, absent.err.startswith("vote.absent : ")) == (1, True)
    file.write_text("membre;vote;désaccord\nE1;pour;\nE2;pour;\nS1;contre;Le bloc TD méritait d'être validé\n", "utf-8")
    done = await jalon("sitting", "vote", SITTING, sat.first, file)
    assert (done.code, done.err) == (0, "")
    report = (await jalon("sitting", "show", SITTING, "--json")).json
    [dossier] = [dossier for dossier in report["dossiers"] if dossier["pathway"] == sat.first]
    assert dossier["vote"]["dissents"] == {"S1": "Le bloc TD méritait d'être validé"}
    assert {block["id"]: block["decided"] for block in dossier["blocks"]}["TD"] is False
    shown = await jalon("sitting", "show", SITTING)
    assert "Désaccord" in shown.out
    assert "Le bloc TD méritait d'être validé" in shown.out


async def test_the_rest_goes_by_list_and_all_is_proclaimed_once(office: Office, sat: Sat) -> None:
    early = await jalon("sitting", "pv", SITTING, "--out", "pv.pdf")
    assert (early.code, not Path("pv.pdf").exists()) == (1, True)
    assert (await jalon("sitting", "do", SITTING, "decide_list")).code == 0
    assert (await jalon("sitting", "do", SITTING, "proclaim")).code == 0
    await office.settled(SITTING, *sat)
    assert [(await office.state(pathway)).outcome for pathway in sat] == ["partial", "certified"]
    again = await jalon("sitting", "do", SITTING, "proclaim")
    assert (again.code, again.err.startswith("sitting.over : ")) == (1, True)


async def test_the_record_is_written_verified_and_signed(office: Office, sat: Sat, tmp_path: Path) -> None:
    file = tmp_path / "pv.pdf"
    written = await jalon("sitting", "pv", SITTING, "--out", file, "--json")
    assert written.code == 0
    text = "".join(page.extract_text() for page in pypdf.PdfReader(file).pages)
    for words in ("Zoé Loisel", "Ömer Aydın", "Le bloc TD méritait d'être validé", "L. 311-3-1"):
        assert words in text.replace("\n", " ")
    assert (await jalon("sitting", "pv", "--verify", file)).code == 0
    document = written.json["document"]
    own = ("--role", "paritaire", "--as", "member:S1")
    stranger = await jalon("sitting", "sign", SITTING, "--member", "S2", "--document", document)
    assert (stranger.code, stranger.err.startswith("minutes.not_there : ")) == (1, True)
    signed = await jalon("sitting", "sign", SITTING, "--member", "S1", "--document", document, *own)
    assert (signed.code, signed.err) == (0, "")
    same = await jalon("sitting", "pv", "--verify", file, "--json")
    assert (same.json["outcome"], [one["member"] for one in same.json["signatures"]]) == ("same", ["S1"])
    file.write_bytes(file.read_bytes() + b"\n")
    assert (await jalon("sitting", "pv", "--verify", file)).code == 1


async def test_a_sitting_is_called_off_for_a_reason_that_is_sealed(office: Office, sat: Sat) -> None:
    scheme = conducted("cqp-cos")
    held_on = ((await office.now()).date() + timedelta(days=30)).isoformat()
    await office.give("sitting:off", "open", scheme_id=scheme.id, scheme_hash=scheme.hash, held_on=held_on)
    done = await jalon("sitting", "do", "off", "cancel", "reason=Madame X est malade")
    assert (done.code, done.err) == (0, "")
    assert (await jalon("sitting", "show", "off", "--json")).json["called_off"] == "Madame X est malade"
    assert "Madame X" not in "".join(row.event.public for row in await office.gateway.reading.events("sitting:off"))


async def test_a_case_is_put_through_the_rules_without_any_server(tmp_path: Path) -> None:
    file = tmp_path / "case.json"
    file.write_text('{"members": [{"member": "e1", "college": "employers"}], "present": ["e2"]}', "utf-8")
    said = await jalon("sitting", "tally", file, "--json")
    assert (said.code, said.json["legal"], said.json["code"]) == (0, False, "attendance.unknown_member")
    file.write_text('{"members": 3}', "utf-8")
    assert (await jalon("sitting", "tally", file)).code == 1
