"""``jalon session plan``: computed from the register, shown, checked, published, amended, exported."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from openpyxl import load_workbook
from pypdf import PdfReader

from domain.scheme.model import Scheme
from interfaces import gateway
from schemes.files import bundled
from tests.cli.office import Office, jalon
from tests.conducted import conducted

EXAMPLES = Path(__file__).parents[2] / "examples"
SITE = "Paris-Ucanss"
PLAN = ("--seconds", "1", "--site", SITE)


@pytest.fixture(scope="module")
async def session(office: Office) -> AsyncIterator[str]:
    """A session of a conducted scheme that is open to candidates, and a register to take jurors from."""
    scheme = conducted("cqp-cos")
    await office.gateway.reading.publish_scheme(scheme)
    with pytest.MonkeyPatch.context() as patch:
        # Candidacies take the scheme's newest version, which is this one.
        patch.setattr(gateway, "bundled", lambda: {**bundled(), "cqp-cos": scheme})
        yield await _session(office, scheme)


async def _session(office: Office, scheme: Scheme) -> str:
    for kind, file in (("organisations", "organismes"), ("sites", "sites"), ("jurors", "jures")):
        answer = await jalon("register", "import", EXAMPLES / f"{file}.csv", "--kind", kind, "--scheme", "cqp-cos")
        assert answer.code == 0, answer.err
    opens, closes = await office.window("cqp-cos")
    stream = "session:planned"
    await office.give(
        stream,
        "open",
        scheme_id="cqp-cos",
        scheme_hash=scheme.hash,
        opens=opens.isoformat(),
        closes=closes.isoformat(),
        registration_closes=(opens - timedelta(days=25)).isoformat(),
        place=SITE,
        capacity={block.id: 10 for block in scheme.blocks},
    )
    return stream


async def seat(office: Office, session: str, *branches: str) -> list[str]:
    """Candidates of these branches who have a seat in the session."""
    pathways = []
    for branch in branches:
        pathway = await office.candidate(branch=branch, route="training")
        await office.to_jury(pathway)
        await office.give(pathway, "set_conditions", workplace=SITE)
        await office.give(pathway, "request_seat", session=session)
        pathways.append(pathway)
    await office.settled(*pathways, session)
    return pathways


async def proposal(session: str, file: Path, *more: str) -> dict[str, Any]:
    answer = await jalon("session", "plan", session, *PLAN, "--json", *more)
    assert answer.code == 0, answer.err
    file.write_text(answer.out, "utf-8")
    found: dict[str, Any] = answer.json
    return found


async def test_a_session_without_candidates_is_not_planned(session: str) -> None:
    answer = await jalon("session", "plan", session, *PLAN)
    assert (answer.code, answer.err.splitlines()[-1].partition(" ")[0]) == (1, "plan.no_candidates")
    assert (await jalon("session", "plan", session, "--show")).code == 1


async def test_a_plan_is_proposed_checked_published_amended_and_exported(
    office: Office, session: str, tmp_path: Path
) -> None:
    pathways = await seat(office, session, "maladie", "famille")
    file = tmp_path / "plan.json"
    first = await proposal(session, file)
    assert {entry["candidate"] for entry in first["seats"]} == set(pathways)
    assert first["proven"]
    checked = (await jalon("session", "plan", session, "--site", SITE, "--check", file, "--json")).json
    assert (checked["legal"], checked["faults"]) == (True, [])
    damaged = {**first, "visits": [{**visit, "jurors": visit["jurors"][:1]} for visit in first["visits"]]}
    file.with_name("damaged.json").write_text(json.dumps(damaged), "utf-8")
    bad = await jalon("session", "plan", session, "--site", SITE, "--check", file.with_name("damaged.json"))
    assert bad.code == 1
    assert "fautes trouvées" in bad.err
    published = await jalon("session", "plan", session, "--site", SITE, "--from", file, "--publish", "--json")
    assert published.code == 0, published.err
    assert "plan_published" in [event["type"] for event in published.json["events"]]
    await office.settled(session)
    shown = (await jalon("session", "plan", session, "--show", "--json")).json
    assert (shown["status"], shown["seats"]) == ("published", first["seats"])
    exports = [tmp_path / f"plan{suffix}" for suffix in (".ics", ".xlsx", ".pdf")]
    answer = await jalon("session", "plan", session, "--show", *(f"--export={export}" for export in exports))
    assert answer.code == 0, answer.err
    assert [export.read_bytes()[:2] for export in exports] == [b"BE", b"PK", b"%P"]
    await _names_are_in(exports, pathways, shown)
    await seat(office, session, "maladie")
    amended = await proposal(session, file)
    assert (amended["objective"]["moved"], amended["seated"]) == (0, 3)
    visits = {json.dumps(visit, sort_keys=True) for visit in amended["visits"]}
    assert {json.dumps(visit, sort_keys=True) for visit in first["visits"]} <= visits


async def _names_are_in(exports: list[Path], pathways: list[str], shown: dict[str, Any]) -> None:
    """The files name candidates, jurors and places, the JSON nobody; who opened the names is recorded."""
    calendar, workbook, document = exports
    known = [(await jalon("pathway", "show", pathway, "--json")).json for pathway in pathways]
    jurors = {juror for visit in shown["visits"] for juror in visit["jurors"]}
    listed = (await jalon("register", "list", "jurors", "--scheme", "cqp-cos", "--json")).json
    called = [one["name"] for one in listed if one["code"] in jurors]
    assert len(called) == len(jurors)
    wanted = [*(one["name"] for one in known), *called, "Siège de l'Ucanss, Paris"]
    rows = load_workbook(workbook)["Jours"].iter_rows(values_only=True)
    in_workbook = "\n".join(str(cell) for row in rows for cell in row)
    events = Calendar.from_ical(calendar.read_bytes()).walk("VEVENT")
    in_calendar = "\n".join(str(event[name]) for event in events for name in ("summary", "location", "description"))
    in_document = " ".join("".join(page.extract_text() for page in PdfReader(document).pages).split())
    for name in wanted:
        assert name in in_workbook
        assert name in in_calendar
        assert name.split()[0] in in_document
        assert name not in json.dumps(shown, ensure_ascii=False)
    accesses = (await jalon("audit", "access", "--person", known[0]["person"], "--json")).json
    assert "session plan" in {access["purpose"] for access in accesses}


async def test_what_cannot_be_asked_is_said(session: str, tmp_path: Path) -> None:
    missing = await jalon("session", "plan", session, "--check", tmp_path / "none.json")
    assert (missing.code, missing.out) == (1, "")
    assert (await jalon("session", "plan", session, "--export", "plan.doc")).code == 2
    assert (await jalon("session", "plan", session, "--show", "--publish")).code == 2


async def test_a_cancelled_session_is_not_planned_and_its_plan_is_still_shown(
    office: Office, session: str, tmp_path: Path
) -> None:
    await seat(office, session, "maladie")
    published = await proposal(session, tmp_path / "plan.json", "--publish")
    assert "plan_published" in [event["type"] for event in published["events"]]
    await office.settled(session)
    cancelled = await jalon("session", "do", session, "cancel", "reason=Grève des transports")
    assert cancelled.code == 0, cancelled.err
    answer = await jalon("session", "plan", session, *PLAN)
    assert (answer.code, answer.err.partition(" ")[0]) == (1, "session.over")
    shown = await jalon("session", "plan", session, "--show", "--json")
    assert (shown.code, shown.json["status"]) == (0, "published")
