"""What the doors read."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.agenda import Effect
from domain.log import ViewRows
from domain.scheme.model import Scheme
from eventstore.identity import Identity
from eventstore.pool import Pool
from eventstore.reading import Ambiguous, NotFound, Reading, SchemeConflict
from eventstore.rows import NoticeRow
from eventstore.store import EventStore
from schemes.files import bundled
from tests.eventstore import making
from tests.eventstore.making import (
    append,
    award_row,
    deadline_row,
    event,
    session_row,
    sitting_row,
    task_row,
    view,
)

DUE = datetime(2026, 5, 2, 22, 0, tzinfo=UTC)


async def test_pathways_are_filtered_and_listed_in_the_order_of_opening(store: EventStore, reading: Reading) -> None:
    rows = {
        "pathway:a": {"opened_on": date(2026, 3, 3), "step": "jury"},
        "pathway:b": {"opened_on": date(2026, 3, 1), "route": "vae"},
        "pathway:c": {"opened_on": date(2026, 3, 2), "status": "closed", "employer": "CPAM", "scheme_id": "other"},
    }
    for stream, main in rows.items():
        await store.append(append(stream, view=view(stream, main=main)))

    async def ids(**filters: str | int) -> str:
        return "".join(row.pathway_id[-1] for row in await reading.pathways(**filters))  # type: ignore[arg-type]

    assert await ids() == "bca"
    assert await ids(scheme="a-scheme") == "ba"
    assert await ids(status="closed") == "c"
    assert await ids(step="jury", status="open") == "a"
    assert await ids(employer="CPAM") == "c"
    assert await ids(route="vae") == "b"
    assert await ids(limit=1, offset=1) == "c"


async def test_a_pathway_is_found_by_its_id_or_a_prefix_that_is_unique(store: EventStore, reading: Reading) -> None:
    for stream in ("pathway:ab1", "pathway:ab12", "pathway:c_d", "pathway:cxd"):
        await store.append(append(stream, view=view(stream)))
    assert (await reading.pathway("pathway:ab12")).pathway_id == "pathway:ab12"
    assert (await reading.pathway("ab12")).pathway_id == "pathway:ab12"
    assert (await reading.pathway("ab1")).pathway_id == "pathway:ab1"
    assert (await reading.pathway("c_")).pathway_id == "pathway:c_d"
    with pytest.raises(Ambiguous) as ambiguous:
        await reading.pathway("ab")
    assert ambiguous.value.candidates == ("pathway:ab1", "pathway:ab12")
    for unknown in ("zz", "", "%"):
        with pytest.raises(NotFound):
            await reading.pathway(unknown)


async def test_a_pathway_comes_with_its_sealed_identity_and_what_opens_it(
    store: EventStore, reading: Reading, pool: Pool
) -> None:
    keyring = making.keyring(pool)
    person = (await keyring.enrol([Identity("Dupont", "Zoé", date(1990, 1, 1))]))[0]

    async def tell(version: int, command: str, name: str) -> None:
        sealed = await keyring.seal(person, f"pathway:1/{command}/identity", name)
        told = event(public=f'{{"digest":"{sealed.digest}"}}', sealed={"identity": sealed})
        main = {"person_id": person, "identity_version": version + 1}
        await store.append(append("pathway:1", version, command, told, view=view(main=main)))

    await tell(0, "c1", "Zoé Dupont")
    await tell(1, "c2", "Zoé Durand")
    row = (await reading.pathways())[0]
    assert row.identity is not None
    assert row.identity_context is not None
    assert await keyring.unseal(row.identity, row.identity_context) == "Zoé Durand"
    values = await reading.sealed_values("pathway:1")
    assert await keyring.unseal_all([(value.sealed, value.context) for value in values]) == ["Zoé Dupont", "Zoé Durand"]


async def test_a_pathway_without_a_stored_identity_is_listed_all_the_same(store: EventStore, reading: Reading) -> None:
    await store.append(append(view=view()))
    row = await reading.pathway("1")
    assert (row.identity, row.identity_context, row.held) == (None, None, ("A", "B"))


async def test_open_and_closed_pathways_are_counted_by_person_and_scheme(store: EventStore, reading: Reading) -> None:
    for number, status in enumerate(("open", "suspended", "closed", "closed", "closed")):
        main = {"status": status, "scheme_id": "a-scheme" if number < 4 else "other"}
        await store.append(append(f"pathway:{number}", view=view(f"pathway:{number}", main=main)))
    assert await reading.pathway_counts(["p1", "p2"]) == {("p1", "a-scheme"): (2, 2), ("p1", "other"): (0, 1)}
    assert await reading.open_pathways_of("p1") == ["pathway:0", "pathway:1"]


async def test_deadlines_are_late_once_their_moment_has_passed(store: EventStore, reading: Reading) -> None:
    deadlines = [
        deadline_row("soon:1"),
        deadline_row("later:1", due_on=date(2026, 5, 20), due_at=DUE + timedelta(days=18)),
        deadline_row("paused:1", status="paused", due_on=None, due_at=None),
        deadline_row("missed:1", status="missed", due_on=date(2026, 4, 1), due_at=DUE - timedelta(days=31)),
    ]
    await store.append(append(view=view(deadlines=deadlines)))

    async def ids(as_of: datetime, late: bool = False, within_days: int | None = None) -> list[str]:
        found = await reading.deadlines(as_of=as_of, late=late, within_days=within_days)
        return [row.deadline_id.split(":")[0] for row in found]

    assert await ids(DUE) == ["missed", "soon", "later", "paused"]
    assert await ids(DUE - timedelta(microseconds=1), late=True) == ["missed"]
    assert await ids(DUE, late=True) == ["missed", "soon"]
    assert await ids(DUE - timedelta(days=3), within_days=3) == ["missed", "soon"]
    assert await ids(DUE - timedelta(days=3), within_days=2) == ["missed"]
    explained = await reading.deadline("pathway:1", "soon:1")
    assert explained.derivation == [{"rule": "months", "amount": 2}]
    with pytest.raises(NotFound):
        await reading.deadline("pathway:1", "none:1")


async def test_tasks_are_listed_by_role_and_urgency(store: EventStore, reading: Reading) -> None:
    tasks = [task_row("b", due_on=None), task_row("a", due_on=date(2026, 4, 1)), task_row("c", who="juror")]
    await store.append(append(view=view(tasks=tasks)))
    assert [row.task_id for row in await reading.tasks()] == ["a", "c", "b"]
    assert [row.task_id for row in await reading.tasks(who="juror")] == ["c"]
    assert [row.task_id for row in await reading.tasks(stream="pathway:1", due_before=date(2026, 4, 2))] == ["a"]


async def test_sessions_and_sittings_are_listed_by_date(store: EventStore, reading: Reading) -> None:
    for number, opens in enumerate((date(2026, 6, 1), date(2026, 4, 1))):
        main = session_row(f"session:{number}", opens=opens)
        await store.append(append(f"session:{number}", aggregate="session", view=ViewRows(main=main)))
    main = sitting_row("sitting:x")
    await store.append(append("sitting:x", aggregate="sitting", view=ViewRows(main=main)))
    assert [row.session_id for row in await reading.sessions(status="open")] == ["session:1", "session:0"]
    assert (await reading.session("1")).capacity == {"A": 12}
    assert [row.sitting_id for row in await reading.sittings(scheme="a-scheme")] == ["sitting:x"]
    assert (await reading.sitting("x")).dossiers == 4


async def test_awards_are_listed_by_person_and_by_pathway(store: EventStore, reading: Reading) -> None:
    await store.append(append("pathway:1", view=view(awards=[award_row("pathway:1#9")])))
    both = [award_row("pathway:2#9"), award_row("pathway:2#10", block=None, held_as=None, kind="certification")]
    await store.append(append("pathway:2", view=view("pathway:2", awards=both)))
    assert len(await reading.awards(person="p1")) == 3
    assert len(await reading.awards(stream="pathway:1")) == 1


async def test_a_notice_is_recorded_once_and_dated_by_the_event_that_owes_it(
    store: EventStore, reading: Reading
) -> None:
    answer = await store.append(append("pathway:1", 0, "c1", event(), event()))
    params = {"session": "s"}
    id = "pathway:1#2/convocation"
    notice = Effect(id=id, kind="notice", audience="candidate", template="convened", params=params)
    answers = await asyncio.gather(*(reading.insert_notice("pathway:1", notice) for _ in range(4)))
    assert sorted(answers) == [False, False, False, True]
    recorded_at = answer.events[1].recorded_at
    assert await reading.notices("pathway:1") == [
        NoticeRow(id, "pathway:1", "candidate", "convened", params, recorded_at)
    ]


async def test_a_scheme_is_published_once_and_read_back_with_its_hash(reading: Reading) -> None:
    schemes = list(bundled().values())
    published = await asyncio.gather(*(reading.publish_scheme(scheme) for scheme in schemes + schemes))
    assert published.count(True) == len(schemes)
    assert sorted(await reading.published_hashes()) == sorted(scheme.hash for scheme in schemes)
    for hash, content in await reading.schemes():
        assert Scheme.model_validate_json(content).hash == hash
        assert await reading.scheme_content(hash) == content
    with pytest.raises(NotFound):
        await reading.scheme_content("none")


async def test_a_published_version_never_changes(reading: Reading) -> None:
    scheme = next(iter(bundled().values()))
    await reading.publish_scheme(scheme)
    changed = Scheme.model_validate(scheme.model_dump() | {"title": "Another title"})
    with pytest.raises(SchemeConflict):
        await reading.publish_scheme(changed)


async def test_streams_that_do_not_exist_are_missing(store: EventStore, reading: Reading) -> None:
    await store.append(append("pathway:1", 0, "c1", event(), event()))
    assert await reading.missing_streams(["pathway:0", "pathway:1", "pathway:2"]) == ["pathway:0", "pathway:2"]
    assert (await reading.stream_version("pathway:1"), await reading.stream_version("pathway:0")) == (2, 0)
