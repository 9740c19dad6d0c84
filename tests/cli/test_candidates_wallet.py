"""A candidacy brings along what the person earned before, also under another referential's name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.pathway.state import Pathway
from eventstore.identity import Identity
from eventstore.store import EventStore
from interfaces.candidates import CandidateRow
from interfaces.streams import read_stream
from tests.by_hand import by_hand
from tests.certified import BASIS, certified, crosswalk, renamed, with_certificates
from tests.cli.office import Office
from tests.domain.decided import before_the_sitting, decide
from tests.domain.world import World
from tests.eventstore.telling import tell

ROW = CandidateRow(
    row=2,
    family_name="Lefèvre",
    usage_name="",
    given_name="Aïcha",
    birth_date=date(1990, 5, 1),
    email="",
    scheme_id="cqp-gc",
    route="training",
    employer="",
    branch="",
    initiative="candidate",
    candidacy_on=None,
    held_blocks=("GRU", "GDU"),
    proof="Attestation",
)


async def earned(office: Office, held_as: dict[str, str], years: int | None, days: int, row: CandidateRow) -> str:
    """A pathway of the candidate of ``row``, decided on so many ``days`` ago, in the log; its stream."""
    id = f"ancien-{row.row}"
    before = renamed(certified("cqp-cos"), id, held_as)
    if years:
        limited = before.awards.block.model_copy(update={"years": years})
        before = renamed(
            before.model_copy(update={"awards": before.awards.model_copy(update={"block": limited})}), id, {}
        )
    reading = office.gateway.reading
    await reading.publish_scheme(before)
    [person] = await office.gateway.keyring.enrol([Identity(row.family_name, row.given_name, row.birth_date)])
    stream, world = f"pathway:old-{row.row}", World(now=datetime.now(UTC) - timedelta(days=days))
    before_the_sitting(scheme=before, world=world, stream=stream, person=person)
    decide(world, stream)
    store = EventStore(reading.pool)
    await tell(store, reading, world)
    await store.close()
    return stream


async def started(office: Office, row: CandidateRow, patch: pytest.MonkeyPatch) -> Pathway:
    gc = with_certificates("cqp-gc", crosswalk=crosswalk(GRU="ucanss:GRU"))
    await office.gateway.reading.publish_scheme(gc)
    patch.setattr("interfaces.gateway.bundled", lambda: {**by_hand(), "cqp-gc": gc})
    [report] = [one async for one in office.gateway.start_candidates([row])]
    assert report.outcome == "started", report
    state = (await read_stream(office.gateway.reading, report.pathway)).state
    assert isinstance(state, Pathway)
    return state


async def test_what_was_earned_before_weighs_more_than_what_is_declared(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await earned(office, {"GRU": "old:GRU"}, None, 400, ROW)
    state = await started(office, ROW, monkeypatch)
    held = {name: (block.held_as, block.pathway) for name, block in state.held.items()}
    assert held == {
        "ucanss:GRU": ("old:GRU", old),
        "ucanss:MDR": ("ucanss:MDR", old),
        "ucanss:GDU": ("ucanss:GDU", None),
    }
    events = await office.gateway.reading.events(state.stream)
    assert sum(BASIS in row.event.public for row in events) == 1


async def test_what_is_no_longer_valid_is_left_behind(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    row = replace(ROW, row=3, given_name="Bruno", held_blocks=())
    await earned(office, {}, 1, 400, row)
    state = await started(office, row, monkeypatch)
    assert state.held == {}
