"""``jalon pathway``: what it shows, what it writes, and how it says no."""

from __future__ import annotations

import json
from pathlib import Path

import pypdf
import pytest

from tests.cli.office import Office, jalon


async def test_the_list_says_who_stands_where_and_what_comes_next(office: Office) -> None:
    pathway = await office.candidate(family_name="Aubry", employer="CPAM du Doubs")
    answer = await jalon("pathway", "list", "--employer", "CPAM du Doubs", "--json")
    assert (answer.code, answer.err) == (0, "")
    [row] = answer.json
    assert (row["id"], row["name"], row["scheme"], row["status"]) == (pathway, "Zoé Aubry", "cqp-cos", "open")
    assert [(task["task"], task["who"]) for task in row["next"]] == [("record_positioning", "employer")]
    shown = await jalon("pathway", "list", "--employer", "CPAM du Doubs")
    assert "Zoé Aubry" in shown.out
    assert pathway.removeprefix("pathway:")[:8] in shown.out


async def test_filters_and_limit_narrow_the_list(office: Office) -> None:
    await office.candidate("cqp-gc", "vae")
    await office.candidate("cqp-gc", "training")
    rows = (await jalon("pathway", "list", "--scheme", "cqp-gc", "--route", "vae", "--json")).json
    assert {(row["scheme"], row["route"]) for row in rows} == {("cqp-gc", "vae")}
    limited = await jalon("pathway", "list", "--limit", "1")
    assert limited.code == 0
    assert "--limit" in limited.err


@pytest.mark.parametrize("cut", [slice(0, 12), slice(8, 20), slice(None)])
async def test_an_id_may_be_shortened_and_lose_its_kind(office: Office, cut: slice) -> None:
    pathway = await office.candidate()
    written = pathway[cut] if cut.start != 8 else pathway.removeprefix("pathway:")[:12]
    answer = await jalon("pathway", "show", written, "--json")
    assert answer.json["id"] == pathway or "plusieurs" in answer.err


async def test_an_unknown_or_ambiguous_id_is_one_sentence(office: Office) -> None:
    await office.candidate()
    await office.candidate()
    unknown = await jalon("pathway", "show", "zzz", "--json")
    assert (unknown.code, unknown.out, unknown.err.count("\n")) == (1, "", 1)
    assert "« zzz »" in unknown.err
    ambiguous = await jalon("pathway", "show", "pathway:")
    assert (ambiguous.code, ambiguous.err.count("\n")) == (1, 1)
    assert "plusieurs" in ambiguous.err


async def test_computed_advised_and_decided_stay_three_answers(office: Office, tmp_path: Path) -> None:
    pathway = await office.candidate()
    await office.to_jury(pathway)
    session = await office.convened(pathway)
    await office.give(session, "hold")
    await office.settled(session, pathway)
    await office.advised(pathway, failed=("TD",))
    sitting = await office.sitting()
    await office.give(pathway, "send_dossier", sitting=sitting)
    await office.settled(pathway, sitting)
    day = (await office.gateway.reading.sitting(sitting)).held_on
    await office.reach(day)
    await office.settled(sitting)
    command = ["sitting", "do", sitting, "decide_dossier", f"pathway={pathway.removeprefix('pathway:')[:13]}"]
    fields = [f"blocks.{block}={'non' if block == 'MDR' else 'oui'}" for block in ("GRU", "MDR", "POS", "TD")]
    refused = await jalon(*command, *fields)
    assert refused.code == 1
    assert refused.err.startswith("decision.reason_needed : ")
    assert "[Ucanss" in refused.err
    reason = ["reasons=Vu en séance", "recommendations.MDR=Relire le plan de maîtrise des risques"]
    assert (await jalon(*command, *fields, *reason)).code == 0
    assert (await jalon("sitting", "do", sitting, "proclaim")).code == 0
    await office.settled(sitting, pathway)

    report = (await jalon("pathway", "show", pathway, "--json")).json
    said = {
        block["id"]: tuple(block[name]["validated"] for name in ("computed", "advised", "decided"))
        for block in report["blocks"]
    }
    assert said["GRU"] == (True, True, True)
    assert said["MDR"] == (True, True, False)
    assert said["TD"] == (False, False, True)
    by_id = {block["id"]: block for block in report["blocks"]}
    assert by_id["MDR"]["recommendation"] == "Relire le plan de maîtrise des risques"
    assert by_id["MDR"]["held"] is None
    assert by_id["TD"]["decided"]["differs"]
    assert (report["status"], report["outcome"]) == ("closed", "partial")
    assert sorted(award["block"] for award in report["awards"]) == ["GRU", "POS", "TD"]
    assert any(reason["text"] == "Vu en séance" for reason in report["reasons"])
    assert report["scheme"]["illustrative"]

    shown = (await jalon("pathway", "show", pathway)).out
    for expected in ("Avis", "Décidé", "Vu en séance", "Illustratif"):
        assert expected in shown
    sat = (await jalon("sitting", "show", sitting, "--json")).json
    assert [dossier["pathway"] for dossier in sat["dossiers"]] == [pathway]
    assert sat["dossiers"][0]["reasons"] == "Vu en séance"
    assert "Ordre du jour" in (await jalon("sitting", "show", sitting)).out
    held = (await jalon("session", "show", session, "--json")).json
    assert (held["status"], held["seated"][0]["present"], held["seated"][0]["result"]) == ("completed", True, True)
    file = tmp_path / "notice.pdf"
    written = await jalon("pathway", "notice", pathway, "--out", file)
    assert (written.code, written.err) == (0, "")
    notice = " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(file).pages).split())
    for part in (
        report["identity"]["family_name"],
        "Vu en séance",
        "Relire le plan de maîtrise des risques",
        "Non validé",
    ):
        assert part in notice, part


async def test_the_history_tells_each_event_and_gives_what_the_log_holds(office: Office) -> None:
    pathway = await office.candidate(family_name="Secret")
    await office.give(pathway, "record_positioning", body="CFP")
    told = await jalon("pathway", "history", pathway)
    assert told.out.count("\n") == 2
    assert "positionnement" in told.out
    events = (await jalon("pathway", "history", pathway, "--json")).json
    keys = {"version", "event_id", "type", "occurred_at", "recorded_at", "actor", "fact", "leaf_hash"}
    assert all(keys <= set(event) for event in events)
    assert [event["type"] for event in events] == ["candidacy_registered", "positioning_recorded"]
    stored = await office.gateway.reading.events(pathway)
    assert [event["leaf_hash"] for event in events] == [row.leaf_hash.hex() for row in stored]
    assert "Secret" not in json.dumps(events)


async def test_a_command_says_what_was_written_and_what_comes_next(office: Office) -> None:
    pathway = await office.candidate()
    answer = await jalon("pathway", "do", pathway, "record_positioning", "body=CFP", "needs=GRU.1,MDR.2", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert [(event["version"], event["type"]) for event in answer.json["events"]] == [(2, "positioning_recorded")]
    assert [task["task"] for task in answer.json["next"]] == ["plan_training"]
    assert (await office.state(pathway)).needs == ("GRU.1", "MDR.2")
    shown = await jalon("pathway", "do", pathway, "withdraw")
    assert "parcours" in shown.out
    assert "version 3" in shown.out


async def test_the_local_operator_acts_unless_said_otherwise(office: Office) -> None:
    pathway = await office.candidate()
    await jalon("pathway", "do", pathway, "record_positioning", "body=CFP")
    as_body = ["--role", "training_body", "--as", "account:cfp", "--for", "account:cpam"]
    module = '[{"id": "m1", "title": "Module", "hours": 7}]'
    days = ["starts=01/03/2027", "ends=2027-03-05"]
    assert (
        await jalon("pathway", "do", pathway, "plan_training", "body=CFP", f"modules={module}", *days, *as_body)
    ).code == 0
    events = (await jalon("pathway", "history", pathway, "--json")).json
    assert events[1]["actor"] == {"id": "operator:ada", "role": "administrator", "on_behalf_of": None}
    assert events[2]["actor"] == {"id": "account:cfp", "role": "training_body", "on_behalf_of": "account:cpam"}
    assert events[2]["fact"]["starts"] == "2027-03-01"
    refused = await jalon("pathway", "do", pathway, "suspend", "reason=Congé", "--role", "candidate", "--json")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("authority.not_allowed : ")


async def test_one_command_id_is_carried_out_once(office: Office) -> None:
    pathway = await office.candidate()
    command = ["pathway", "do", pathway, "record_positioning", "--command-id", "once", "--json"]
    first, again = await jalon(*command, "body=CFP"), await jalon(*command, "body=CFP")
    assert (first.json["repeated"], again.json["repeated"]) == (False, True)
    assert first.json["version"] == again.json["version"] == (await office.state(pathway)).version
    other = await jalon(*command, "body=AFPA")
    assert other.code == 1
    assert other.err.startswith("command.reused : ")


async def test_texts_are_sealed_before_they_leave_and_shown_to_the_operator(office: Office) -> None:
    pathway = await office.candidate()
    assert (await jalon("pathway", "do", pathway, "suspend", "reason=Congé de maternité")).code == 0
    assert "maternité" not in "".join(row.event.public for row in await office.gateway.reading.events(pathway))
    report = (await jalon("pathway", "show", pathway, "--json")).json
    assert [reason["text"] for reason in report["reasons"]] == ["Congé de maternité"]
    assert report["status"] == "suspended"


async def test_part_of_an_identity_can_be_corrected(office: Office) -> None:
    pathway = await office.candidate(family_name="Dupond")
    corrected = ["identity.family_name=Dupont", "reason=Faute de frappe"]
    assert (await jalon("pathway", "do", pathway, "correct_candidacy", *corrected)).code == 0
    assert (await jalon("pathway", "show", pathway, "--json")).json["name"] == "Zoé Dupont"
    wrong = await jalon("pathway", "do", pathway, "correct_candidacy", "identity.pseudo=X", "reason=Y")
    assert (wrong.code, "pseudo" in wrong.err) == (1, True)


async def test_a_malformed_command_says_which_fields(office: Office) -> None:
    pathway = await office.candidate()
    answer = await jalon("pathway", "do", pathway, "plan_training", "body=CFP", "starts=demain", "colour=blue")
    assert (answer.code, answer.out) == (1, "")
    for field in ("modules : ", "starts : ", "ends : ", "colour : "):
        assert field in answer.err
    assert (await office.state(pathway)).version == 1


async def test_fields_may_come_as_json_and_pairs_go_before(office: Office, tmp_path) -> None:  # type: ignore[no-untyped-def]
    pathway = await office.candidate()
    file = tmp_path / "fields.json"
    file.write_text(json.dumps({"body": "AFPA", "needs": ["GRU.1"]}), "utf-8")
    answer = await jalon("pathway", "do", pathway, "record_positioning", "body=CFP", "--data", f"@{file}", "--json")
    assert answer.code == 0
    events = (await jalon("pathway", "history", pathway, "--json")).json
    assert (events[-1]["fact"]["body"], events[-1]["fact"]["needs"]) == ("CFP", ["GRU.1"])
    for bad in ("{", "[1]", "@/nowhere"):
        assert (await jalon("pathway", "do", pathway, "withdraw", "--data", bad)).code == 1


async def test_an_unknown_command_lists_those_that_a_person_may_give(office: Office) -> None:
    pathway = await office.candidate()
    for command in ("dance", "note_decision", "settle", "start"):
        answer = await jalon("pathway", "do", pathway, command)
        assert answer.code == 2
        assert "record_positioning" in answer.err
        assert "note_seat" not in answer.err.partition("Au choix")[2]


async def test_a_day_in_the_future_is_refused_with_code_and_sentence(office: Office) -> None:
    pathway = await office.candidate()
    answer = await jalon("pathway", "do", pathway, "record_positioning", "body=CFP", "--on", "2044-01-01")
    assert answer.code == 1
    assert answer.err.startswith("date.in_future : ")
    english = await jalon("--lang", "en", "pathway", "do", pathway, "record_positioning", "body=CFP", "--on", "soon")
    assert (english.code, "is no date" in english.err) == (1, True)
