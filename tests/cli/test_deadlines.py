"""``jalon deadlines``: what is due, how late, and how each date came about."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from tests.cli.office import Office, jalon


async def filed(office: Office, scheme: str = "cqp-cos") -> str:
    """A VAE pathway whose admissibility clock runs."""
    pathway = await office.candidate(scheme, "vae")
    while (step := (await office.state(pathway)).current) and step.kind != "admissibility":
        await office.give(pathway, "record_positioning", body="CFP")
    await office.give(pathway, "file_admissibility", pieces=["livret 1"])
    return pathway


async def test_the_list_says_what_is_due_when_by_whom_and_why(office: Office) -> None:
    pathway = await filed(office)
    answer = await jalon("deadlines", "--json")
    assert (answer.code, answer.err) == (0, "")
    mine = {row["deadline"]: row for row in answer.json if row["stream"] == pathway}
    admissibility = mine["admissibility"]
    assert admissibility["id"].startswith(f"{pathway}/admissibility:")
    assert (admissibility["who"], admissibility["status"], admissibility["late_days"]) == (
        "administrator",
        "running",
        0,
    )
    assert "L. 6412-2" in admissibility["basis"]
    days = [row["due_on"] for row in answer.json]
    assert days == sorted(days)


async def test_lateness_is_counted_at_the_day_that_is_asked_for(office: Office) -> None:
    pathway = await filed(office)
    [row] = [
        row
        for row in (await jalon("deadlines", "--json")).json
        if (row["stream"], row["deadline"]) == (pathway, "admissibility")
    ]
    due = date.fromisoformat(row["due_on"])

    async def late(day: date) -> list[int]:
        rows = (await jalon("deadlines", "--late", "--as-of", day.isoformat(), "--json")).json
        return [found["late_days"] for found in rows if found["id"] == row["id"]]

    assert await late(due) == []
    assert await late(due + timedelta(days=1)) == [1]
    assert await late(due + timedelta(days=9)) == [9]
    within = (
        await jalon("deadlines", "--within", "3", "--as-of", (due - timedelta(days=10)).isoformat(), "--json")
    ).json
    assert row["id"] not in [found["id"] for found in within]
    shown = await jalon("deadlines", "--late", "--as-of", (due + timedelta(days=9)).isoformat())
    assert "9 jours" in shown.out


async def test_a_deadline_explains_itself(office: Office) -> None:
    pathway = await filed(office)
    await office.give(pathway, "request_pieces", missing=["contrat de travail"])
    rows = (await jalon("deadlines", "--json")).json
    [row] = [row for row in rows if (row["stream"], row["deadline"]) == (pathway, "admissibility")]
    assert (row["status"], row["due_on"]) == ("paused", None)
    short = row["id"].removeprefix("pathway:")[:8] + row["id"][row["id"].index("/") :]
    report = (await jalon("deadlines", "explain", short, "--json")).json
    assert report["id"] == row["id"]
    assert (report["amount"], report["unit"], report["starts"]) == (2, "mois", "file_completed")
    assert report["start_event"]["type"] == "admissibility_filed"
    told = (await jalon("deadlines", "explain", short)).out
    for words in ("L. 6412-2", "2 mois", "Suspension depuis", "le silence vaut acceptation", "administration"):
        assert words in told, words


async def test_a_session_s_deadline_explains_itself_too(office: Office) -> None:
    session = await office.session()
    rows = [row for row in (await jalon("deadlines", "--json")).json if row["stream"] == session]
    [convocation] = [row for row in rows if row["deadline"] == "convocation"]
    told = await jalon("deadlines", "explain", convocation["id"])
    assert told.code == 0
    assert "en remontant dans le temps" in told.out


async def test_a_pathway_explains_every_deadline_ended_and_to_come(office: Office) -> None:
    pathway = await filed(office)
    await office.give(pathway, "decide_admissibility", admissible=True)
    await office.settled(pathway)
    book = (await jalon("deadlines", "explain", pathway, "--json")).json
    assert book["id"] == pathway
    standing = {report["deadline"]: report for report in book["deadlines"]}
    admissibility = standing["admissibility"]
    assert (admissibility["status"], admissibility["ended"]["type"]) == ("met", "admissibility_decided")
    assert standing["livret2"]["status"] == "running"
    assert standing["result_notice"]["status"] == "future"
    assert "training" not in standing, "a deadline of the other route"
    assert admissibility["calendar"] == {**admissibility["calendar"], "zone": "metropole", "scheme": "cqp-cos"}
    [alone] = [(await jalon("deadlines", "explain", admissibility["id"], "--json")).json]
    assert alone == admissibility
    told = (await jalon("deadlines", "explain", pathway)).out
    for words in ("respecté", "à venir", "Ce qui y a mis fin : ", "Calendrier : metropole"):
        assert words in told, words


async def test_a_deadline_that_never_ran_or_does_not_exist_is_one_sentence(office: Office) -> None:
    pathway = await filed(office)
    for id in (f"{pathway}/admissibility:99", f"{pathway}/lunch:1", "admissibility", f"{pathway}/", "zzz/livret2:4"):
        answer = await jalon("deadlines", "explain", id, "--json")
        assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1), id
    assert (await jalon("deadlines", "--as-of", "demain")).code == 1


async def test_what_the_plans_cannot_keep_is_foreseen_with_what_would_save_it(office: Office) -> None:
    pathway = await filed(office, "cqp-gc")
    await office.give(pathway, "decide_admissibility", admissible=True)
    await office.give(pathway, "file_dossier", situations=dict.fromkeys(("GRU", "MDR", "GDU"), 1))
    await office.settled(pathway)
    reports = (await jalon("deadlines", "forecast", "--json")).json
    [mine] = [report for report in reports if report["stream"] == pathway]
    assert (mine["deadline"], mine["needs"]) == ("vae_jury", "session")
    assert (mine["saved_by"] == []) == ("Il faudrait une session" in mine["sentence"])
    assert mine["sentence"] in (await jalon("deadlines", "forecast")).out


async def test_nothing_to_contest_to_see_or_to_attest_is_one_sentence(office: Office, tmp_path: Path) -> None:
    pathway = await filed(office)
    await office.settled(pathway)
    asked = ("pathway", "contest", pathway, "--ground", "merit", "--reason", "Je conteste")
    for words in (
        asked,
        ("pathway", "evidence", pathway),
        ("pathway", "attestation", pathway, "--out", tmp_path / "a.pdf"),
        ("pathway", "notice", pathway, "--out", tmp_path / "n.pdf"),
    ):
        answer = await jalon(*words)
        assert (answer.code, answer.out, answer.err.count("\n")) == (1, "", 1), answer
    assert not list(tmp_path.iterdir())
    assert (await jalon("pathway", "contest", pathway, "--ground", "luck", "--reason", "x")).code == 2
