"""A scheme whose next version is published while pathways are open: each stays with the one that it began under."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.scheme import library
from domain.scheme.model import Scheme
from eventstore.keyring import Keyring
from interfaces.candidates import CandidateRow
from interfaces.gateway import Gateway
from schemes.files import bundled
from tests.domain.world import World
from tests.engine.harness import OPERATOR, Engine
from tests.versions.conftest import SCHEME
from workers.publishing import learn_published


async def started(gateway: Gateway, name: str) -> str:
    """A candidacy as the office takes it in: for the scheme as this release has it."""
    row = CandidateRow(
        row=1,
        family_name=name,
        usage_name="",
        given_name="Zoé",
        birth_date=date(1990, 1, 1),
        email="",
        scheme_id=SCHEME,
        route="vae",
        employer="CPAM",
        branch="maladie",
        initiative="candidate",
        candidacy_on=None,
        held_blocks=(),
        proof="",
    )
    [report] = [report async for report in gateway.start_candidates([row])]
    assert report.outcome == "started", report
    return report.pathway


async def test_open_pathways_keep_their_version_and_new_candidacies_take_the_new_one(
    live: Engine, release: Scheme, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = Gateway(live.client, live.reading, Keyring(live.keys), OPERATOR, live.task_queue)
    old = await started(gateway, "Avant")
    # The next release: its processes publish what it brings, and every worker learns it.
    monkeypatch.setattr("interfaces.gateway.bundled", lambda: {**bundled(), SCHEME: release})
    assert await live.reading.publish_scheme(release)
    await learn_published(live.reading)
    new = await started(gateway, "Après")
    lasted = {}
    for pathway in (old, new):
        await live.give(pathway, "file_admissibility", pieces=["livret 1"])
        row = await live.reading.deadline(pathway, "admissibility:2")
        assert row.due_on is not None
        lasted[pathway] = (row.due_on.year - row.starts_on.year) * 12 + row.due_on.month - row.starts_on.month
    assert lasted == {old: 2, new: 3}
    versions = {pathway: (await live.pathway(pathway)).scheme.version for pathway in (old, new)}
    assert versions == {old: bundled()[SCHEME].version, new: "2027.1"}


def test_a_session_of_the_new_version_seats_pathways_of_the_old(release: Scheme) -> None:
    library.learn(release)
    world, opens = World(), date(2027, 6, 7)
    world.start("pathway:old", SCHEME)
    world.to_jury("pathway:old")
    founding: dict[str, Any] = {
        "scheme_id": SCHEME,
        "scheme_hash": release.hash,
        "capacity": {id: 1 for id in release.block_by_id},
    }
    days: dict[str, Any] = {"opens": str(opens), "closes": "2027-06-11", "registration_closes": "2027-05-01"}
    world.give("session:new", "open", place="Paris", **founding, **days)
    world.give("pathway:old", "request_seat", session="session:new")
    seat = world.pathway("pathway:old").seat
    assert seat is not None
    assert seat.status == "granted"
