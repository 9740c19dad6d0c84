"""``jalon audit replay``, ``search`` and ``access``: what an auditor sees, and that looking leaves its own trace."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from eventstore.access import AccessLog
from eventstore.pool import Pool
from tests.cli.office import Answer, Office, jalon
from tests.eventstore.notarising import sealed

DAY = timedelta(days=1)


@dataclass
class Case:
    """Two candidates before one jury, one of whom has a differing opinion and a corrected employer."""

    office: Office
    pathway: str
    person: str
    other: str
    session: str
    sitting: str

    @property
    def pool(self) -> Pool:
        return self.office.gateway.reading.pool

    async def read(self, *command: object) -> list[tuple[str, str | None, tuple[str, ...]]]:
        """What the access log gained by a command that went well: purpose, person, streams."""
        before = len(await self.accesses())
        answer = await jalon(*command)
        assert answer.code == 0, answer.err
        return (await self.accesses())[before:]

    async def accesses(self) -> list[tuple[str, str | None, tuple[str, ...]]]:
        return [(row.purpose, row.person, tuple(row.streams)) async for row in AccessLog(self.pool).accesses()]


@pytest.fixture(scope="module")
async def case(office: Office) -> Case:
    pathway = await office.candidate(family_name="Aubry", employer="CPAM du Doubs")
    other = await office.candidate(family_name="Bonnet")
    for stream in (pathway, other):
        await office.to_jury(stream)
    session = await office.convened(pathway, other)
    await office.give(session, "hold")
    await office.settled(session, pathway, other)
    sheet = await office.sheet(pathway)
    blocks = {block.id: block.id != "TD" for block in (await office.state(pathway)).remaining()}
    for juror in ("j1", "j2"):
        await office.give(pathway, "record_marks", juror=juror, marks=sheet)
    words: dict[str, Any] = {"reasons": "Oral insuffisant", "recommendations": {"TD": "Revoir TD"}}
    await office.give(pathway, "give_opinion", juror="j1", blocks=blocks, **words)
    sitting = await office.sitting()
    await office.give(pathway, "send_dossier", sitting=sitting)
    await office.give(pathway, "correct_candidacy", employer="CPAM du Jura", reason="Employeur mal lu")
    await office.settled(pathway, sitting, session)
    await sealed(office.gateway.reading.pool)
    person = (await office.gateway.reading.pathway(pathway)).person_id
    return Case(office, pathway, person, other, session, sitting)


def refused(answer: Answer, code: int = 1) -> str:
    assert (answer.code, answer.out) == (code, ""), answer.err
    assert 1 <= answer.err.count("\n") <= 2
    return answer.err


# --- replay ---------------------------------------------------------------------------------------------------------


async def test_a_replay_tells_the_state_each_event_and_why_it_was_allowed(case: Case) -> None:
    report = (await jalon("audit", "replay", case.pathway, "--json")).json
    shown = (await jalon("pathway", "show", case.pathway, "--json")).json
    for deadline in report["state"]["deadlines"]:
        assert deadline.pop("derivation")
        assert deadline.pop("sentences")
    assert report["state"] == shown
    assert [event["version"] for event in report["events"]] == list(range(1, shown["version"] + 1))
    assert all(event["why"]["allowed"] and event["why"]["sentences"] for event in report["events"])
    opinion = next(event for event in report["events"] if event["type"] == "opinion_given")
    assert opinion["texts"] == {"reasons": "Oral insuffisant", "recommendations.TD": "Revoir TD"}
    told = (await jalon("audit", "replay", case.pathway, "--step")).out
    for expected in (
        "Oral insuffisant",
        "Permis : posée de nouveau",
        "Fondement : Ucanss",
        "~ Employeur : CPAM du Doubs",
    ):
        assert expected in told


async def test_a_day_shows_what_was_true_then_and_what_was_known_then(case: Case) -> None:
    history = (await jalon("audit", "replay", case.pathway, "--json")).json
    opinion = next(event for event in history["events"] if event["type"] == "opinion_given")
    before = date.fromisoformat(opinion["true_on"]) - DAY
    report = (await jalon("audit", "replay", case.pathway[:13], "--as-of", before, "--json")).json
    assert (report["state"]["step"], report["state"]["employer"]) == ("jury", "CPAM du Jura")
    assert {item["reason"] for item in report["left_out"]} == {"not_true"}
    counted = [event["version"] for event in report["events"]]
    assert sorted(counted + [item["version"] for item in report["left_out"]]) == [
        event["version"] for event in history["events"]
    ]
    told = await jalon("audit", "replay", case.pathway, "--as-of", before)
    assert told.out.startswith("Tel qu'au ")
    first = date.fromisoformat(history["first_day"])
    nothing = await jalon("audit", "replay", case.pathway, "--as-of", first - DAY)
    assert nothing.code == 0
    assert "À cette date il n'y avait rien" in nothing.out
    unknown = (await jalon("audit", "replay", case.pathway, "--known-on", first - DAY, "--json")).json
    assert (unknown["state"], unknown["events"]) == (None, [])


async def test_two_days_are_compared(case: Case) -> None:
    history = (await jalon("audit", "replay", case.pathway, "--json")).json
    first, last = history["first_day"], history["events"][-1]["true_on"]
    report = (await jalon("audit", "replay", case.pathway, "--diff", first, last, "--json")).json
    assert {"step", "next"} <= {item["field"] for name in ("added", "changed") for item in report[name]}
    assert ("advised", "TD", None, False) in [
        (item["field"], item["subject"], item["before"], item["after"]) for item in report["added"]
    ]
    told = await jalon("audit", "replay", case.pathway, "--diff", first, last)
    assert "~ Étape : " in told.out
    same = await jalon("audit", "replay", case.pathway, "--diff", last, last)
    assert "Rien ne diffère." in same.out


@pytest.mark.parametrize("kind", ["session", "sitting"])
async def test_sessions_and_sittings_are_replayed_as_they_are_shown(case: Case, kind: str) -> None:
    stream = getattr(case, kind)
    report = (await jalon("audit", "replay", stream, "--json")).json
    shown = (await jalon(kind, "show", stream, "--json")).json
    assert {**report["state"], "deadlines": []} == {**shown, "deadlines": []}
    assert all(event["why"]["allowed"] for event in report["events"])
    assert (await jalon("audit", "replay", stream, "--step")).code == 0


async def test_what_cannot_be_replayed_is_a_sentence(case: Case) -> None:
    late = (await case.office.now()).date() + 4000 * DAY
    assert "pas encore venu" in refused(await jalon("audit", "replay", case.pathway, "--as-of", late))
    assert "pas encore venu" in refused(await jalon("audit", "replay", case.pathway, "--diff", "2027-01-01", late))
    assert "n'est pas une date" in refused(await jalon("audit", "replay", case.pathway, "--known-on", "hier"))
    assert "« zzz »" in refused(await jalon("audit", "replay", "zzz"))
    assert "--diff" in refused(
        await jalon("audit", "replay", case.pathway, "--diff", "2027-01-01", "2027-01-02", "--step"), 2
    )


async def test_a_history_that_makes_no_state_is_named_with_where_it_breaks(case: Case) -> None:
    async with case.pool.acquire() as connection, connection.transaction():
        await connection.execute("alter table events disable trigger user")
        await connection.execute(
            "update events set type = 'never_heard_of' where stream_id = $1 and version = 2", case.other
        )
    try:
        assert "à partir de l'événement 2" in refused(await jalon("audit", "replay", case.other))
        found = (await jalon("audit", "search", "--stream", case.other, "--json")).json["events"]
        assert (found[1]["type"], found[1]["fact"]) == ("never_heard_of", None)
        assert "never_heard_of" in (await jalon("audit", "search", "--stream", case.other)).out
    finally:
        async with case.pool.acquire() as connection, connection.transaction():
            await connection.execute(
                "update events set type = 'positioning_recorded' where stream_id = $1 and version = 2", case.other
            )
            await connection.execute("alter table events enable always trigger events_never_change")


# --- search ---------------------------------------------------------------------------------------------------------


async def searched(*criteria: object) -> list[dict[str, Any]]:
    answer = await jalon("audit", "search", *criteria, "--json")
    assert answer.code == 0, answer.err
    events: list[dict[str, Any]] = answer.json["events"]
    return events


async def test_events_are_found_by_what_they_are_who_acted_and_what_they_are_about(case: Case) -> None:
    [opinion] = await searched("--type", "opinion_given")
    assert (opinion["stream"], opinion["scheme"]) == (case.pathway, "cqp-cos")
    assert opinion["leaf_index"] is not None
    day = opinion["true_on"]
    assert opinion in await searched("--block", "TD", "--scheme", "cqp-cos", "--from", day, "--until", day)
    assert "marks_recorded" in {event["type"] for event in await searched("--block", "TD", "--limit", 1000)}
    assert await searched("--type", "opinion_given", "--block", "D1") == []
    assert await searched("--type", "opinion_given", "--role", "juror") == []
    assert len(await searched("--type", "opinion_given", "--actor", "operator:test")) == 1
    assert await searched("--known-until", "2020-01-01") == []
    told = await jalon("audit", "search", "--type", "opinion_given", "--type", "marks_recorded")
    assert told.out.count("\n") == 3
    assert "avis du jury professionnel" in told.out


async def test_what_is_not_sealed_yet_comes_last_and_says_so(case: Case) -> None:
    await case.office.candidate(employer="CPAM Nouvelle")
    events = await searched("--type", "candidacy_registered")
    assert [event["leaf_index"] is None for event in events] == [False, False, True]
    assert "pas scellé" in (await jalon("audit", "search", "--type", "candidacy_registered")).out


async def test_a_limit_says_that_there_is_more(case: Case) -> None:
    answer = await jalon("audit", "search", "--limit", 2, "--json")
    assert (len(answer.json["events"]), answer.json["more"]) == (2, True)
    assert "--limit" in (await jalon("audit", "search", "--limit", 2)).err


@pytest.mark.parametrize(
    ("option", "known"),
    [("--type", "opinion_given"), ("--role", "paritaire"), ("--scheme", "cqp-gc"), ("--block", "GRU")],
)
@pytest.mark.usefixtures("case")
async def test_a_criterion_that_nothing_has_is_refused_with_what_there_is(option: str, known: str) -> None:
    answer = await jalon("audit", "search", option, "nonsense")
    assert (answer.code, answer.out) == (2, "")
    assert "« nonsense »" in answer.err
    assert known in answer.err


# --- access ---------------------------------------------------------------------------------------------------------


async def test_every_command_that_opens_a_file_is_recorded_once_for_each_person(case: Case) -> None:
    reading = case.office.gateway.reading
    other = (await reading.pathway(case.other)).person_id
    streams = (case.pathway, case.sitting)
    assert await case.read("pathway", "show", case.pathway) == [("pathway show", case.person, streams)]
    assert await case.read("pathway", "history", case.other) == [("pathway history", other, (case.other,))]
    assert await case.read("audit", "replay", case.pathway) == [("audit replay", case.person, streams)]
    both = {(case.person, (case.pathway, case.session)), (other, (case.other, case.session))}
    for command, arguments in (
        ("session show", ("session", "show", case.session)),
        ("audit replay", ("audit", "replay", case.session)),
    ):
        read = await case.read(*arguments)
        assert {purpose for purpose, _, _ in read} == {command}
        assert len(read) == 2
        assert {(person, found) for _, person, found in read} == both
    for command in ("pathway list", "deadlines"):
        read = await case.read(*command.split())
        persons = [person for purpose, person, _ in read if purpose == command]
        assert {case.person, other} <= set(persons)
        assert len(persons) == len(set(persons)) == len(read)
    assert await case.read("sitting", "show", case.sitting) == [("sitting show", case.person, streams)]
    past = ("--as-of", "2020-01-01")
    assert await case.read("audit", "replay", case.pathway, *past) == [("audit replay", case.person, (case.pathway,))]
    diff = ("--diff", "2026-01-01", "2026-01-02")
    assert await case.read("audit", "replay", case.pathway, *diff) == [("audit replay", case.person, (case.pathway,))]
    assert await case.read("audit", "search", "--stream", case.other) == [("audit search", other, (case.other,))]


async def test_what_opens_nothing_is_not_recorded(case: Case) -> None:
    for command in ("audit search", "session list", "sitting list", "schemes list", "audit access"):
        assert await case.read(*command.split()) == []


async def test_what_cannot_be_recorded_is_not_shown(case: Case) -> None:
    await case.pool.execute("alter table access_log add constraint full_up check (actor = 'nobody') not valid")
    try:
        for command in (
            ("pathway", "show", case.pathway),
            ("pathway", "list"),
            ("session", "show", case.session),
            ("audit", "replay", case.pathway, "--json"),
        ):
            assert "ne peut pas être consignée" in refused(await jalon(*command), 3)
    finally:
        await case.pool.execute("alter table access_log drop constraint full_up")


async def test_the_access_log_is_filtered_and_exported(case: Case, tmp_path: Path) -> None:
    await jalon("pathway", "show", case.pathway)
    rows = (await jalon("audit", "access", "--person", case.person, "--actor", "operator:ada", "--json")).json
    assert {row["person"] for row in rows} == {case.person}
    assert rows[-1] | {"id": 0, "at": ""} == {
        "id": 0,
        "at": "",
        "actor": "operator:ada",
        "role": "administrator",
        "purpose": "pathway show",
        "person": case.person,
        "streams": [case.pathway, case.sitting],
    }
    assert (await jalon("audit", "access", "--until", "2020-01-01", "--json")).json == []
    file = tmp_path / "lectures.csv"
    answer = await jalon("audit", "access", "--person", case.person, "--csv", file)
    assert (answer.code, answer.out) == (0, "")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        written = list(csv.DictReader(opened, delimiter=";"))
    assert [int(row["id"]) for row in written] == [row["id"] for row in rows]
    assert "pathway show" in (await jalon("audit", "access", "--actor", "operator:ada")).out
    refused(await jalon("audit", "access", "--csv", tmp_path / "nowhere" / "file.csv"))
    refused(await jalon("audit", "access", "--csv", file, "--json"), 2)


async def test_accesses_are_asked_by_the_beginning_of_an_id_and_an_unknown_person_is_told(
    case: Case, tmp_path: Path
) -> None:
    await jalon("pathway", "show", case.pathway)
    whole, short = [
        (await jalon("audit", "access", "--person", id, "--json")).json for id in (case.person, case.person[:-1])
    ]
    assert whole == short != []
    file = tmp_path / "lectures.csv"
    file.write_text("kept")
    refused(await jalon("audit", "access", "--person", "nobody", "--csv", file))
    assert [(found.name, found.read_text()) for found in tmp_path.iterdir()] == [("lectures.csv", "kept")]
