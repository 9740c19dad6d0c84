"""From candidacy to certificate through real workflows, and the deadlines on the way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta

from temporalio.testing import WorkflowEnvironment

from tests.by_hand import by_hand
from tests.engine.harness import JUROR, Engine, eventually, window

SILENCE = timedelta(days=75)


async def sleep_until(environment: WorkflowEnvironment, moment: datetime) -> None:
    """Move the clock to ``moment``; every timer on the way fires."""
    await environment.sleep(moment - await environment.get_current_time())


async def test_a_candidate_goes_from_candidacy_to_certificate(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    scheme = by_hand()["cqp-cos"]
    opens, closes = window(scheme, (await own_time_skipping.get_current_time()).date() + timedelta(days=60))
    async with skipping.worker():
        pathway = await skipping.start()
        await skipping.to_jury(pathway)
        session = await skipping.open_session(scheme.id, opens, closes)
        await skipping.give(pathway, "request_seat", session=session)
        await skipping.until(pathway, lambda state: state.seat and state.seat.status == "granted", "a seat")
        await sleep_until(own_time_skipping, datetime.combine(opens, time(12), UTC))
        await skipping.until(pathway, lambda state: state.seat and state.seat.status == "convened", "convened")
        blocks = {block.id: True for block in scheme.blocks}
        for juror in ("j1", "j2"):
            marks = {criterion: True for block in scheme.blocks for criterion in block.criteria}
            await skipping.give(pathway, "record_marks", actor=JUROR, juror=juror, marks=marks)
        await skipping.give(pathway, "give_opinion", actor=JUROR, juror="j1", blocks=blocks)
        await skipping.give(session, "hold")
        held_on = opens + timedelta(days=40)
        sitting = await skipping.open_sitting(scheme.id, held_on)
        await skipping.give(pathway, "send_dossier", sitting=sitting)
        await skipping.until(pathway, lambda state: state.dossier and state.dossier.accepted, "on the agenda")
        await sleep_until(own_time_skipping, datetime.combine(held_on, time(12), UTC))
        await skipping.until_event(sitting, "agenda_closed")
        await skipping.give(sitting, "decide_list")
        await skipping.give(sitting, "proclaim")
        await skipping.until(
            pathway, lambda state: state.status == "closed" and not state.owed, "closed, owing nothing"
        )
        for stream in (pathway, session, sitting):
            await skipping.handle(stream).result()
    state = await skipping.pathway(pathway)
    assert state.outcome == "certified"
    assert {award.block for award in state.awards} == {None, *scheme.block_by_id}
    assert "notified" in state.milestones


async def test_silence_on_a_complete_file_means_acceptance(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    async with skipping.worker():
        pathway = await skipping.start(route="vae")
        await skipping.give(pathway, "file_admissibility", pieces=["livret 1"])
        await own_time_skipping.sleep(SILENCE)
        await skipping.until_event(pathway, "admissibility_decided")
    decisions = [event for event in await skipping.events(pathway) if event.type == "admissibility_decided"]
    assert '"silence":true' in decisions[0].public
    assert decisions[0].command_id.startswith("deadline:admissibility:")


async def test_a_deadline_is_kept_though_the_worker_was_away_when_it_came(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    # Nothing cached, so that Temporal does not wait ten seconds for a worker that is gone.
    async with skipping.worker(max_cached_workflows=0):
        pathway = await skipping.start(route="vae")
        await skipping.give(pathway, "file_admissibility", pieces=["livret 1"])
    passing = asyncio.create_task(own_time_skipping.sleep(SILENCE))

    async def timer_fired() -> bool:
        history = await skipping.handle(pathway).fetch_history()
        return any(event.HasField("timer_fired_event_attributes") for event in history.events)

    await eventually(timer_fired, "a timer that fires")
    assert "admissibility_decided" not in await skipping.kinds(pathway)
    async with skipping.worker():
        await passing
        await skipping.until_event(pathway, "admissibility_decided")


async def test_a_deadline_that_was_stopped_does_not_fall(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    async with skipping.worker():
        pathway = await skipping.start(route="vae")
        await skipping.give(pathway, "file_admissibility", pieces=["livret 1"])
        await skipping.give(pathway, "request_pieces", missing=["attestation"])
        await own_time_skipping.sleep(SILENCE)
        await skipping.give(pathway, "provide_pieces", pieces=["attestation"])
        assert "admissibility_decided" not in await skipping.kinds(pathway)
        await own_time_skipping.sleep(SILENCE)
        await skipping.until_event(pathway, "admissibility_decided")


async def test_candidates_move_up_from_the_waiting_list_when_a_seat_is_given_up(
    skipping: Engine, own_time_skipping: WorkflowEnvironment
) -> None:
    scheme = by_hand()["cqp-cos"]
    opens, closes = window(scheme, (await own_time_skipping.get_current_time()).date() + timedelta(days=60))
    async with skipping.worker():
        session = await skipping.open_session(scheme.id, opens, closes, capacity={b.id: 1 for b in scheme.blocks})
        first, second = await skipping.start(), await skipping.start()
        for pathway in (first, second):
            await skipping.to_jury(pathway)
            await skipping.give(pathway, "request_seat", session=session)
            await skipping.until(pathway, lambda state: state.seat and state.seat.status != "requested", "an answer")
        waiting = await skipping.pathway(second)
        assert waiting.seat is not None
        assert waiting.seat.status == "waiting"
        await skipping.give(first, "give_up_seat")
        await skipping.until(second, lambda state: state.seat and state.seat.status == "granted", "the seat")

        async def nothing_owed() -> bool:
            return not any([(await skipping.state(stream)).owed for stream in (first, second, session)])

        await eventually(nothing_owed, "nothing owed")
