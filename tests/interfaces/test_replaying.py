"""What a replay tells: why each event was allowed, what it changed, what differs between two days."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from uuid import uuid4

from domain.aggregates import aggregate_of
from domain.authority import Actor, Role
from domain.recheck import recheck
from domain.replay import dated
from eventstore.rows import EventRow
from interfaces.replaying import NOTHING, History, difference, event_reports, left_out_reports, state_report
from tests.domain.chance import begun
from tests.domain.world import World, sealed

STREAM = "pathway:1"
REASON = sealed().model_dump(mode="json")


def history(world: World, stream: str = STREAM) -> History:
    aggregate, log = aggregate_of(stream), world.logs[stream]
    rows = tuple(EventRow(event, uuid4(), b"") for event in log)
    return History(stream, rows, tuple(dated(aggregate, stream, log)), tuple(recheck(aggregate, stream, log)))


def lived() -> World:
    """A VAE file received on a Friday and told on the Monday, on which nobody decides; the employer corrected."""
    world = World()
    world.start(STREAM, "cqp-cos", "vae", employer="CPAM du Doubs")
    world.wait_until(date(2027, 1, 11))
    for_ = Actor(id="ada", role=Role.EMPLOYER, on_behalf_of="employer:doubs")
    world.give(STREAM, "file_admissibility", actor=for_, on=date(2027, 1, 8), pieces=["livret 1"])
    world.wait_until(date(2027, 2, 1))
    world.give(STREAM, "correct_candidacy", employer="CPAM du Jura", reason=REASON)
    world.wait_until(date(2027, 4, 1))
    return world


def reports(world: World, **options: Any) -> dict[str, dict[str, Any]]:
    """The report of the first event of each type."""
    told = history(world)
    found: dict[str, dict[str, Any]] = {}
    for report in event_reports(told, told.at(), NOTHING, "fr", **options):
        found.setdefault(report["type"], report)
    return found


def test_an_event_says_what_was_asked_by_whom_who_may_and_what_it_rests_on() -> None:
    filed = reports(lived())["admissibility_filed"]
    hash = filed["why"]["scheme"]["hash"][:12]
    assert filed["why"]["sentences"] == [
        "Demandé : déposer un dossier de recevabilité, par ada (employeur), pour le compte de employer:doubs."
        " Peuvent le demander : administration, candidat, employeur [Jalon : qui peut demander quoi].",
        f"Permis : posée de nouveau aux règles de cqp-cos 2022.1 ({hash}), la demande donne ce fait.",
        "Fondement : CQP Conseiller offres de services, version 2022.1.",
        "Vrai le 8 janvier 2027, su le 11 janvier 2027 [Jalon : un fait porte le jour où il a eu lieu].",
    ]
    assert (filed["true_on"], filed["known_on"]) == (date(2027, 1, 8), date(2027, 1, 11))
    assert filed["actor"] == {"id": "ada", "role": "employer", "on_behalf_of": "employer:doubs"}
    assert filed["why"]["asked"]["command"] == {"kind": "file_admissibility", "pieces": ["livret 1"]}


def test_silence_tells_the_deadline_it_came_from_and_how_that_was_computed() -> None:
    decided = reports(lived())["admissibility_decided"]
    assert decided["fact"]["silence"]
    assert decided["why"]["deadline"] == "admissibility:2"
    assert decided["why"]["derivation"][0]["step"] == "start"
    assert "Départ : vendredi 8 janvier 2027. Ce jour ne compte pas." in decided["why"]["sentences"]
    assert decided["fact"]["basis"] in decided["why"]["basis"]


def test_a_correction_rests_on_its_own_rule_and_counts_from_the_day_it_corrects() -> None:
    corrected = reports(lived())["candidacy_corrected"]
    assert corrected["why"]["basis"] == ["Jalon : un fait se corrige par un fait nouveau"]
    assert (corrected["true_on"], corrected["known_on"]) == (date(2027, 1, 4), date(2027, 2, 1))
    assert corrected["texts"] == {"reason": None}


def test_marks_tell_the_computation_and_what_came_with_another_event_says_so() -> None:
    world = begun("opinion")
    told = history(world, "pathway:0")
    every = event_reports(told, told.at(), NOTHING, "fr")
    proposal = next(report for report in every if report["type"] == "proposal_computed")
    assert proposal["why"]["asked"] is None
    assert proposal["why"]["follows"] == proposal["version"] - 1
    assert proposal["why"]["judgement"]["blocks"][0]["detail"]
    assert proposal["why"]["sentences"][0] == f"Découle de la même demande que l'événement {proposal['version'] - 1}."
    assert any(
        sentence.startswith("Calcul, Traitement et fiabilité") and "seuil 4/5, bloc non validé" in sentence
        for sentence in proposal["why"]["sentences"]
    )
    assert all(report["why"]["allowed"] for report in every)


def test_an_event_that_the_rules_do_not_give_says_so() -> None:
    world = lived()
    filed = world.logs[STREAM][1]
    public = json.loads(filed.public)
    public["fact"]["pieces"] = ["autre chose"]
    world.logs[STREAM][1].public = json.dumps(public, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    report = reports(world)["admissibility_filed"]
    assert (report["why"]["allowed"], report["why"]["fault"]["code"]) == (False, "differs")
    assert any(sentence.startswith("NON PERMIS : les règles de cqp-cos") for sentence in report["why"]["sentences"])


def test_each_event_tells_what_it_changed() -> None:
    found = reports(lived(), changing=True)
    filed = found["admissibility_filed"]["changes"]
    assert [change["text"] for change in filed["added"]] == [
        "+ Délai « Décision sur la recevabilité ; le silence vaut acceptation » : en cours, échéance 8 mars 2027",
        "+ À faire, décider de la recevabilité : administration, au plus tard le 8 mars 2027",
    ]
    [gone] = filed["removed"]
    assert gone["text"] == "- À faire, déposer le dossier de recevabilité : candidat, au plus tard le 4 janvier 2032"
    [step] = [item for item in found["admissibility_decided"]["changes"]["changed"] if item["field"] == "step"]
    assert step["text"].startswith("~ Étape : ")
    assert found["candidacy_corrected"]["changes"]["changed"] == [
        {
            "field": "employer",
            "subject": "",
            "before": "CPAM du Doubs",
            "after": "CPAM du Jura",
            "text": "~ Employeur : CPAM du Doubs → CPAM du Jura",
        }
    ]


def test_two_days_differ_by_fields_and_by_the_events_between_them() -> None:
    told = history(lived())
    found = difference(told, date(2027, 1, 7), date(2027, 1, 9), None, "fr")
    assert [event["type"] for event in found["events"]] == ["admissibility_filed"]
    assert {(item["field"], item["subject"]) for item in found["added"]} == {
        ("deadline", "admissibility"),
        ("next", "decide_admissibility"),
    }
    assert found["changed"] == []
    before_all = difference(told, date(2026, 1, 1), date(2027, 1, 9), None, "fr")
    assert before_all["removed"] == before_all["changed"] == []
    assert difference(told, date(2027, 1, 9), date(2027, 1, 9), None, "fr") == {
        name: [] for name in ("added", "removed", "changed", "events")
    }


def test_the_state_of_a_day_has_its_deadlines_with_their_derivation_and_nothing_of_later_days() -> None:
    told = history(lived())
    day = date(2027, 1, 20)
    steps = told.at(day, day)
    file = told.file(steps)
    assert file is not None
    report = state_report(file, NOTHING, day, "fr")
    assert (report["employer"], report["step"]) == ("CPAM du Doubs", "admissibility")
    assert {deadline["deadline"] for deadline in report["deadlines"]} >= {"admissibility"}
    assert all(deadline["sentences"] and deadline["derivation"] for deadline in report["deadlines"])
    assert {item["reason"] for item in left_out_reports(told, steps, "fr")} == {"not_known"}
    json.dumps(report, default=str)


def test_sessions_and_sittings_are_replayed_too() -> None:
    world = begun("sitting")
    for stream in ("session:cqp-cos", "sitting:cqp-cos"):
        told = history(world, stream)
        every = event_reports(told, told.at(), NOTHING, "fr", changing=True)
        assert all(report["why"]["allowed"] for report in every)
        fields = {item["field"] for report in every for item in report["changes"]["added"]}
        assert {"status", "deadline"} <= fields
