"""``jalon marks`` and ``jalon session pv`` as a jury uses them: alone, together, signed, and held against the log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pypdf
import pytest

from domain.authority import Actor, Role
from domain.scheme.model import Scheme
from eventstore.access import AccessLog
from schemes.files import bundled
from tests.cli.office import Answer, Office, jalon
from tests.conducted import conducted

EXAMPLES = Path(__file__).parents[2] / "examples"
PRESIDENT, EXPERT = "J02", "J15"


class Sat(NamedTuple):
    """A session that has begun, and a candidate before its jury."""

    session: str
    pathway: str


@pytest.fixture(scope="module")
async def sat(office: Office) -> AsyncIterator[Sat]:
    """Everything up to the first mark, through the doors; the opinion is given by the tests, in their order."""
    with pytest.MonkeyPatch.context() as patch:
        scheme = conducted("cqp-cos")
        patch.setattr("interfaces.gateway.bundled", lambda: {**bundled(), "cqp-cos": scheme})
        await office.gateway.reading.publish_scheme(scheme)
        for kind, file in (("organisations", "organismes"), ("sites", "sites"), ("jurors", "jures")):
            table = EXAMPLES / f"{file}.csv"
            assert (await jalon("register", "import", table, "--kind", kind, "--scheme", "cqp-cos")).code == 0
        pathway = await office.candidate(family_name="d'Aubigné-Œuvré", given_name="Éléonore")
        await office.to_jury(pathway)
        session = await _session(office, scheme)
        await office.give(pathway, "request_seat", session=session)
        await office.settled(pathway, session)
        await office.reach((await office.gateway.reading.session(session)).opens)
        await office.settled(session, pathway)
        begun = await jalon("session", "begin", session, "--present", f"{PRESIDENT},{EXPERT}")
        assert (begun.code, begun.err) == (0, "")
        yield Sat(session, pathway)


async def _session(office: Office, scheme: Scheme) -> str:
    opens, closes = await office.window(scheme.id)
    registration = str(opens - timedelta(days=25))
    days: dict[str, Any] = {"opens": str(opens), "closes": str(closes), "registration_closes": registration}
    capacity = {block.id: 10 for block in scheme.blocks}
    known: dict[str, Any] = {"scheme_id": scheme.id, "scheme_hash": scheme.hash, "capacity": capacity}
    await office.give("session:pv", "open", **known, **days, place="Paris")
    for juror, part, body in ((PRESIDENT, "president", "Ucanss"), (EXPERT, "trade_expert", "CPAM")):
        fields = (f"juror={juror}", f"part={part}", f"organisation={body}", "branch=maladie")
        assert (await jalon("session", "do", "session:pv", "appoint_juror", *fields)).code == 0
    return "session:pv"


def write(file: Path, rows: dict[str, tuple[object, str]]) -> Path:
    lines = [f"{criterion},{met},{note}\n" for criterion, (met, note) in rows.items()]
    file.write_text("criterion,met,note\n" + "".join(lines), "utf-8")
    return file


def own(juror: str) -> tuple[str, ...]:
    return "--juror", juror, "--role", "juror", "--as", f"juror:{juror}"


async def sheet(office: Office, sat: Sat, **other: tuple[object, str]) -> dict[str, tuple[object, str]]:
    met: dict[str, tuple[object, str]] = {id: (1, "") for id in await office.sheet(sat.pathway)}
    return met | {id.replace("_", "."): mark for id, mark in other.items()}


async def give(sat: Sat, command: str, file: Path, *more: str) -> Answer:
    return await jalon("marks", command, "--pathway", sat.pathway, "--marks", file, "--json", *more)


async def test_a_sheet_stays_secret_from_everybody_but_its_juror_until_all_are_in(
    office: Office, sat: Sat, tmp_path: Path
) -> None:
    file = write(tmp_path / "m.csv", await sheet(office, sat, GRU_1_1=(0, "Ton distant"), GRU_1_2=("", "")))
    stranger = await give(sat, "import", file, *own("J05"))
    assert (stranger.code, stranger.err.startswith("marks.not_on_jury : ")) == (1, True)
    other = await give(sat, "import", file, "--juror", PRESIDENT, "--role", "juror", "--as", f"juror:{EXPERT}")
    assert (other.code, other.err.startswith("marks.not_yours : ")) == (1, True)
    given = await give(sat, "import", file, *own(PRESIDENT))
    assert (given.code, given.err) == (0, "")
    again = await give(sat, "import", file, *own(PRESIDENT))
    assert (again.code, again.json["repeated"]) == (0, True)
    mine = (await jalon("marks", "show", sat.pathway, "--role", "juror", "--as", f"juror:{PRESIDENT}", "--json")).json
    row = next(row for row in mine["criteria"] if row["criterion"] == "GRU.1.1")
    assert (row["marks"], row["notes"]) == ({PRESIDENT: False}, {PRESIDENT: "Ton distant"})
    person = (await office.gateway.reading.pathway(sat.pathway)).person_id
    for asked in (
        ["marks", "show", sat.pathway],
        ["marks", "show", sat.pathway, "--role", "juror", "--as", f"juror:{EXPERT}"],
        ["pathway", "show", sat.pathway],
        ["pathway", "history", sat.pathway],
        ["session", "show", sat.session],
        ["person", "show", person],
    ):
        for form in ([], ["--json"]):
            answer = await jalon(*asked, *form)
            assert answer.code == 0, (asked, answer.err)
            assert "Ton distant" not in answer.out, asked
            assert "GRU.1.1" not in answer.out, asked
    hidden = await jalon("marks", "divergences", sat.pathway)
    assert (hidden.code, "1 sur 2" in hidden.err) == (1, True)


async def test_what_they_see_differently_is_prompted_and_settled_together(
    office: Office, sat: Sat, tmp_path: Path
) -> None:
    file = write(tmp_path / "m.csv", await sheet(office, sat, GRU_1_2=("", "")))
    assert (await give(sat, "import", file, *own(EXPERT))).json["next"][0]["task"] == "record_joint_marks"
    asked = await jalon("marks", "divergences", sat.pathway)
    assert (asked.code, "Ton distant" in asked.out, "marks joint" in asked.out) == (0, True, True)
    report = (await jalon("marks", "divergences", sat.pathway, "--json")).json
    assert {row["criterion"]: row["state"] for row in report["criteria"]} == {
        "GRU.1.1": "diverging",
        "GRU.1.2": "unobserved",
    }
    silent = await give(
        sat, "joint", write(tmp_path / "j.csv", {"GRU.1.1": (1, ""), "GRU.1.2": ("", "")}), *own(EXPERT)
    )
    assert (silent.code, "GRU.1.2" in silent.err) == (1, True)
    partly = await give(sat, "joint", write(tmp_path / "j.csv", {"GRU.1.1": (1, "")}), *own(EXPERT))
    assert (partly.code, partly.err.startswith("marks.joint_missing : ")) == (1, True)
    settled = {"GRU.1.1": (1, "Ton juste ensuite"), "GRU.1.2": ("", "Ni vu ni abordé")}
    done = await give(sat, "joint", write(tmp_path / "j.csv", settled), *own(EXPERT))
    assert [event["type"] for event in done.json["events"]] == ["joint_marks_recorded", "proposal_computed"]
    shown = (await jalon("marks", "show", sat.pathway)).out
    assert ("Ton juste ensuite" in shown, "décidé" in shown) == (True, True)


async def test_the_pv_is_written_signed_and_held_against_the_log(office: Office, sat: Sat, tmp_path: Path) -> None:
    file, pv = tmp_path / "pv.pdf", ["session", "pv", sat.session, "--candidate", sat.pathway]
    early = await jalon(*pv, "--out", file)
    assert (early.code, early.out, file.exists()) == (1, "", False)
    blocks = {block: True for block in (await office.state(sat.pathway)).seat.blocks}  # type: ignore[union-attr]
    actor = Actor(id=f"juror:{EXPERT}", role=Role.JUROR)
    await office.give(sat.pathway, "give_opinion", actor=actor, juror=EXPERT, blocks=blocks)
    await office.settled(sat.pathway, sat.session)
    written = await jalon(*pv, "--out", file, "--json")
    assert (written.code, written.err) == (0, "")
    document = written.json["document"]
    told = _text(file)
    for words in ("Éléonore d'Aubigné-Œuvré", "Bertholon", "Ton juste ensuite", "Ni vu ni abordé", document):
        assert words in told
    assert (await jalon("session", "pv", "--verify", file)).code == 0
    sign = ["session", "sign", sat.session, "--candidate", sat.pathway, "--document"]
    wrong = await jalon(*sign, "0" * 64, *own(PRESIDENT))
    assert (wrong.code, wrong.err.startswith("pv.other_document : ")) == (1, True)
    assert (await jalon(*sign, document, *own(PRESIDENT))).code == 0
    unsigned = await jalon("session", "pv", "--verify", file, "--json")
    assert (unsigned.code, unsigned.json["outcome"]) == (0, "same")
    assert [signature["juror"] for signature in unsigned.json["signatures"]] == [PRESIDENT]
    whole = tmp_path / "whole.pdf"
    assert (await jalon("session", "pv", sat.session, "--out", whole)).code == 0
    assert (await jalon("session", "pv", "--verify", whole)).code == 0
    for stream in (sat.pathway, sat.session):
        await office.settled(stream)
    await _refuses_others(file, tmp_path)
    purposes = {read.purpose async for read in AccessLog(office.gateway.reading.pool).accesses()}
    assert {"marks show", "marks divergences", "session pv"} <= purposes


async def _refuses_others(file: Path, tmp_path: Path) -> None:
    """A page that was changed, a digest that was changed, another PDF, no file."""
    content, other = file.read_bytes(), tmp_path / "other.pdf"
    bent = {
        "altered": content[:-100] + b" " + content[-100:],
        "other": content.replace(_digest(content), b"0" * 64),
        "not_ours": b"%PDF-1.7 nothing",
    }
    for name, bytes in bent.items():
        other.write_bytes(bytes)
        answer = await jalon("session", "pv", "--verify", other)
        assert (answer.code, answer.out) == (1, ""), name
    assert (await jalon("session", "pv", "--verify", tmp_path / "none.pdf")).code == 1
    assert (await jalon("session", "pv")).code == 2


def _digest(content: bytes) -> bytes:
    from interfaces.pv.seal import read_seal

    seal = read_seal(content)
    assert seal is not None
    return seal.document.encode()


def _text(file: Path) -> str:
    pages = [page.extract_text() for page in pypdf.PdfReader(file).pages]
    return " ".join(" ".join(pages).split())


async def test_erasing_the_candidate_reaches_marks_notes_and_reasons_and_the_pv_still_verifies_by_its_digest(
    office: Office, sat: Sat, tmp_path: Path
) -> None:
    file = tmp_path / "pv.pdf"
    pv = ["session", "pv", sat.session, "--candidate", sat.pathway, "--out"]
    document = (await jalon(*pv, file, "--json")).json["document"]
    person = (await office.gateway.reading.pathway(sat.pathway)).person_id
    erased = await jalon(
        "person", "erase", person, "--reason", "Demande", "--end", "--out", tmp_path / "certificate.json"
    )
    assert erased.code == 0, erased.err
    after = tmp_path / "after.pdf"
    assert (await jalon(*pv, after, "--json")).json["document"] == document
    told = _text(after)
    assert "(effacé)" in told
    for words in ("Aubigné", "Ton juste ensuite", "Ni vu ni abordé", "Ton distant"):
        assert words not in told
    answer = await jalon("session", "pv", "--verify", file, "--json")
    assert (answer.code, answer.json["outcome"], answer.json["today"]) == (1, "altered", document)
