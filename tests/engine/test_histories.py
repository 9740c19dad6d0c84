"""Histories kept beside the events: every run noted, exported once it closed, whatever goes away meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.orders import sealed
from eventstore.histories import Histories, KeptHistory, RunBook
from tests.engine.harness import Engine, candidacy, stream
from workers.exporter import Exporter, unpack

AT_ONCE = timedelta(0)


async def kept(made: Engine, of: str | None = None) -> list[KeptHistory]:
    return [history async for history in Histories(made.pool).kept(of)]


async def noted(made: Engine) -> list[tuple[str, str]]:
    rows = await made.pool.fetch("select stream_id, coalesce(fate, '') from runs order by number")
    return [(row[0], row[1]) for row in rows]


async def note(made: Engine, of: str, run: str) -> None:
    written = RunBook(made.pool).note(of, run)
    assert written is not None
    await written


async def ended(made: Engine) -> str:
    """A pathway whose only run has closed."""
    pathway = await made.start()
    await made.give(pathway, "withdraw")
    await made.handle(pathway).result()
    return pathway


async def test_a_closed_run_is_kept_as_temporal_had_it_and_only_once(live: Engine) -> None:
    pathway, open_one = await ended(live), await live.start()
    exporter = Exporter(live.client, Histories(live.pool))
    assert await exporter.export(AT_ONCE) == 1
    assert await exporter.export(AT_ONCE) == 0
    assert await noted(live) == [(pathway, "kept"), (open_one, "")]
    [history] = await kept(live)
    assert (history.workflow_type, history.status) == ("Pathway", "completed")
    theirs = await live.handle(pathway).fetch_history()
    # As values: the texts may name a payload's metadata in another order.
    assert unpack(history).to_json_dict() == theirs.to_json_dict()
    assert history.events == len(theirs.events)


async def test_every_run_of_a_stream_is_kept_in_its_order(live: Engine) -> None:
    pathway = stream()
    await live.found(pathway, candidacy(), orders_per_run=2)
    await live.recorded(pathway)
    for number in range(3):
        await live.give(pathway, "correct_candidacy", employer=f"CAF {number}", reason=sealed())
    await live.give(pathway, "withdraw")
    await live.handle(pathway).result()
    await live.give(pathway, "correct_candidacy", employer="CAF", reason=sealed())
    await live.handle(pathway).result()
    await Exporter(live.client, Histories(live.pool)).export(AT_ONCE)
    statuses = [history.status for history in await kept(live, pathway)]
    assert statuses == ["continued_as_new"] * (len(statuses) - 2) + ["completed"] * 2
    assert len(statuses) >= 4


async def test_a_run_that_was_ended_by_hand_is_found_by_the_slow_look(live: Engine) -> None:
    pathway = await live.start()
    await live.handle(pathway).terminate()
    exporter = Exporter(live.client, Histories(live.pool))
    assert await exporter.export(AT_ONCE) == 0
    await live.pool.execute("update runs set noted_at = noted_at - interval '7 hours', looked_at = null")
    assert await exporter.export(AT_ONCE) == 1
    assert [history.status for history in await kept(live)] == ["terminated"]


async def test_a_run_that_temporal_has_forgotten_is_lost_until_it_acts_again(live: Engine) -> None:
    pathway = await live.start()
    gone = "5a3e8f0c-0000-4000-8000-000000000000"
    await note(live, pathway, gone)
    await live.pool.execute("update runs set noted_at = noted_at - interval '7 hours'")
    assert await Exporter(live.client, Histories(live.pool)).export(AT_ONCE) == 0
    assert await noted(live) == [(pathway, ""), (pathway, "lost")]
    await note(live, pathway, gone)
    assert await noted(live) == [(pathway, ""), (pathway, "")]


async def test_a_run_is_noted_before_its_first_event_is_acknowledged(workless: Engine) -> None:
    refusing = "create function refuse_runs() returns trigger language plpgsql as $$ begin raise 'no'; end $$"
    await workless.pool.execute(refusing)
    await workless.pool.execute(
        "create trigger refuse before insert on runs for each row execute function refuse_runs()"
    )
    async with workless.worker():
        pathway = stream()
        await workless.found(pathway, candidacy())
        await workless.recorded(pathway)
        await workless.pool.execute("drop trigger refuse on runs")
        assert (await workless.give(pathway, "record_positioning", body="CFP")).version == 2
    assert await noted(workless) == [(pathway, "")]


async def test_runs_that_come_together_are_noted_together_and_none_twice(live: Engine) -> None:
    book = RunBook(live.pool)
    runs = [(stream(), f"run-{number}") for number in range(50)]
    writing = {book.note(of, run) for of, run in runs * 2}
    assert len(writing) == 1
    for written in writing:
        assert written is not None
        await written
    assert {book.note(of, run) for of, run in runs} == {None}
    assert await noted(live) == [(of, "") for of, _ in runs]


async def test_two_exporters_never_take_the_same_run(live: Engine) -> None:
    for number in range(60):
        await note(live, f"pathway:{number}", f"run-{number}")
    histories, now, taken = Histories(live.pool), datetime.now(UTC), []
    while claimed := await histories.claim(now) + await histories.claim(now):
        taken += claimed
    assert sorted(run.run_id for run in taken) == sorted(f"run-{number}" for number in range(60))
