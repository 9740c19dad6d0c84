"""The deposit of holders: what is deposited once and never twice, whatever is asked and in whatever order."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.authority import SYSTEM
from domain.deadline_book import book, history
from domain.deposit.agenda import todo
from domain.deposit.aggregate import DEPOSIT
from domain.deposit.events import FluxWritten, ReceiptRead
from domain.deposit.state import DEPOSITED
from domain.pathway.agenda import runs as running
from domain.pathway.agenda import todo as tasks_of
from domain.refusal import Refused
from tests.domain import depositing as d
from tests.domain.decided import TEXT
from tests.domain.depositing import FIRST, QUEUE, SECOND, answer, direct, put, queue, rejection, statuses, write
from tests.domain.world import World


def refused(world: World, kind: str, **fields: Any) -> str:
    return world.refusal(QUEUE, kind, **fields)


def rewritten(world: World, flux: str, numbers: list[str], **more: Any) -> str:
    """The code with which another file of this name, or with these passages, is refused."""
    told = {"at": world.now.isoformat(), "numbers": numbers, "versions": [9] * len(numbers), "digest": "0" * 64}
    return refused(world, "write_flux", flux=flux, client="ESSAI000", contract="ESSAI", **{**told, **more})


def test_an_award_that_the_scheme_deposits_waits_in_the_queue_of_its_certifier_and_no_other_does() -> None:
    world = d.queued(d.A)
    [passage] = queue(world).passages.values()
    assert (passage.number, passage.kind, passage.pathway, passage.status) == (FIRST, "certification", d.A, "waiting")
    assert passage.award in {f"{d.A}#{award.version}" for award in world.pathway(d.A).awards}


def test_its_three_months_run_on_the_closed_pathway_and_end_with_the_acceptance() -> None:
    world = d.queued(d.A)
    [run] = [run for run in running(world.pathway(d.A)) if run.deadline.id == "deposit"]
    assert (run.starts_on, run.due) == (date(2027, 1, 4), date(2027, 4, 4))
    write(world, "f1", FIRST)
    answer(world, "f1", "t1", FIRST)
    assert [run for run in running(world.pathway(d.A)) if run.deadline.id == "deposit"] == []
    assert world.pathway(d.A).milestones["deposited"].on == world.today


def test_nobody_who_is_late_is_forgotten() -> None:
    world = d.queued(d.A)
    world.wait_until(date(2027, 4, 10))
    [run] = [run for run in running(world.pathway(d.A)) if run.deadline.id == "deposit"]
    assert run.status == "missed"
    assert [notice.params["days"] for notice in world.notices if notice.params.get("deadline") == "deposit"] == [30]


def standings(world: World) -> list[tuple[str, str]]:
    """Every run of the deadline for depositing, and where it stands today."""
    state, reached = history(d.A, world.logs[d.A])
    return [
        (entry.standing, str(entry.due))
        for entry in book(state, reached, world.today)
        if entry.deadline.id == "deposit"
    ]


def test_the_book_of_deadlines_tells_what_became_of_it() -> None:
    world = d.queued(d.A)
    assert standings(world) == [("running", "2027-04-04")]
    write(world, "f1", FIRST)
    answer(world, "f1", "t1", rejected=[rejection(FIRST)])
    assert standings(world) == [("running", "2027-04-04")]
    world.give(d.A, "complete_identity", identity=TEXT)
    write(world, "f2", FIRST)
    answer(world, "f2", "t2", FIRST)
    assert standings(world) == [("met", "2027-04-04")]
    late = d.queued(d.A)
    late.wait_until(date(2027, 4, 10))
    assert standings(late) == [("missed", "2027-04-04")]


def test_an_award_is_queued_once_and_its_number_means_no_other_award() -> None:
    world = direct("N1")
    version = queue(world).version
    put(world, "N1")
    assert queue(world).version == version
    scheme = queue(world).passages["N1"].scheme_hash
    other = {
        "scheme_id": "cqp-cos",
        "scheme_hash": scheme,
        "number": "N1",
        "award": "pathway:x#3",
        "pathway": "pathway:x",
    }
    more = {"person": "p", "kind_of_award": "certification", "route": "vae", "awarded_on": "2027-01-04"}
    assert refused(world, "queue", actor=SYSTEM, **other, **more) == "deposit.number_taken"
    assert refused(world, "queue", actor=SYSTEM, **{**other, "number": "N2"}, **{**more, "kind_of_award": "block"}) == (
        "deposit.not_deposited"
    )


def test_a_file_is_written_once() -> None:
    world = direct("N1", "N2")
    write(world, "f1", "N1")
    version = queue(world).version
    write(world, "f1", "N1")
    assert queue(world).version == version
    assert rewritten(world, "f1", ["N1"]) == "deposit.flux_other"
    assert rewritten(world, "f2", ["N1"]) == "deposit.not_waiting"
    assert rewritten(world, "f2", ["N2", "N2"]) == "deposit.twice"
    assert rewritten(world, "f2", ["N9"]) == "deposit.unknown_passage"
    assert rewritten(world, "f2", []) == "deposit.nothing"
    assert rewritten(world, "f2", ["N2"], versions=[]) == "deposit.versions"


def test_an_answer_is_read_once_and_another_of_the_same_name_is_refused() -> None:
    world = direct("N1", "N2")
    write(world, "f1", "N1", "N2")
    answer(world, "f1", "t1", "N1")
    version = queue(world).version
    answer(world, "f1", "t1", "N1")
    assert queue(world).version == version
    told = {"flux": "f1", "treatment": "t1", "accepted": ["N2"], "digest": "0" * 64}
    assert refused(world, "read_receipt", **told) == "deposit.receipt_other"


def test_an_answer_leaves_alone_what_it_does_not_name() -> None:
    world = direct("N1", "N2", "N3")
    write(world, "f1", "N1", "N2", "N3")
    answer(world, "f1", "t1", "N1", rejected=[rejection("N3")])
    assert statuses(world) == {"N1": "accepted", "N2": "sent", "N3": "rejected"}
    assert queue(world).fluxes["f1"].unanswered == 1
    answer(world, "f1", "t2", "N2")
    assert queue(world).fluxes["f1"].unanswered == 0


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"flux": "f9", "accepted": ["N1"]}, "deposit.flux_unknown"),
        ({"flux": "f1", "accepted": ["N2"]}, "deposit.not_in_flux"),
        ({"flux": "f1", "accepted": []}, "deposit.receipt_empty"),
        ({"flux": "f1", "accepted": ["N1", "N1"]}, "deposit.twice"),
        ({"flux": "f1", "accepted": ["N1"], "rejected": [rejection("N1")]}, "deposit.receipt_contradicts"),
    ],
)
def test_an_answer_that_cannot_be_ours_is_refused(told: dict[str, Any], code: str) -> None:
    world = direct("N1", "N2")
    write(world, "f1", "N1")
    assert refused(world, "read_receipt", treatment="t", digest="0" * 64, **told) == code


def test_what_was_accepted_is_not_rejected_by_a_later_answer() -> None:
    world = direct("N1")
    write(world, "f1", "N1")
    answer(world, "f1", "t1", "N1")
    later = {"flux": "f1", "treatment": "t2", "digest": "0" * 64, "accepted": [], "rejected": [rejection("N1")]}
    assert refused(world, "read_receipt", **later) == "deposit.receipt_contradicts"


def test_an_abandoned_file_that_was_taken_after_all_counts() -> None:
    world = direct("N1")
    write(world, "f1", "N1")
    world.give(QUEUE, "abandon_flux", flux="f1")
    assert statuses(world) == {"N1": "waiting"}
    assert refused(world, "abandon_flux", flux="f1") == "deposit.flux_closed"
    answer(world, "f1", "t1", "N1")
    assert statuses(world) == {"N1": "accepted"}


def test_a_rejected_passage_is_tried_again_once_the_identity_changes_or_somebody_says_so() -> None:
    world = d.queued(d.A, d.B)
    write(world, "f1", FIRST, SECOND)
    answer(world, "f1", "t1", rejected=[rejection(FIRST), rejection(SECOND, "certification", False)])
    assert [task.kind for task in tasks_of(world.pathway(d.A))] == ["complete_identity"]
    assert [task.kind for task in tasks_of(world.pathway(d.B))] == []
    assert [task.params["award"] for task in todo(queue(world)) if task.kind == "mend_rejection"] == [FIRST, SECOND]
    world.give(d.A, "complete_identity", identity=TEXT)
    world.give(d.B, "correct_candidacy", identity=TEXT, reason=TEXT)
    assert statuses(world) == {FIRST: "waiting", SECOND: "rejected"}
    world.give(QUEUE, "retry", numbers=[SECOND])
    assert refused(world, "retry", numbers=[SECOND]) == "deposit.not_rejected"
    write(world, "f2", FIRST, SECOND)
    assert {passage.tries for passage in queue(world).passages.values()} == {2}


def test_what_is_asked_of_the_employer_is_asked_of_them_until_it_is_told() -> None:
    world = d.queued(d.A)
    world.give(
        QUEUE, "ask_identity", number=FIRST, of="employer", faults={"birth_commune": "missing", "sex": "missing"}
    )
    [task] = tasks_of(world.pathway(d.A))
    assert (task.kind, task.who, task.by) == ("complete_identity", "employer", date(2027, 4, 4))
    [notice] = [notice for notice in world.notices if notice.template == "identity_asked"]
    assert (notice.to, notice.params) == ("CPAM de l'Aube", {"fields": ["birth_commune", "sex"]})
    before = world.pathway(d.A).identity_version
    world.give(d.A, "complete_identity", identity=TEXT)
    assert world.pathway(d.A).identity_version > before
    assert tasks_of(world.pathway(d.A)) == []
    assert queue(world).passages[FIRST].asked == ""


@pytest.mark.parametrize(
    ("before", "after"),
    [("waiting", "dropped"), ("rejected", "dropped"), ("sent", "sent"), ("accepted", "to_suppress")],
)
def test_a_withdrawn_award_is_not_deposited_and_where_it_was_it_is_listed_for_suppression(
    before: str, after: str
) -> None:
    world = direct("N1", "N2")
    if before != "waiting":
        write(world, "f1", "N1", "N2")
    if before == "accepted":
        answer(world, "f1", "t1", "N1")
    if before == "rejected":
        answer(world, "f1", "t1", rejected=[rejection("N1")])
    world.give(QUEUE, "withdraw", actor=SYSTEM, number="N1", basis="L. 242-1")
    assert statuses(world)["N1"] == after
    if after == "sent":
        answer(world, "f1", "t1", "N1")
        assert statuses(world)["N1"] == "to_suppress"
    if after == "dropped":
        assert rewritten(world, "f9", ["N1"]) == "deposit.not_waiting"
    else:
        world.give(QUEUE, "note_suppressed", numbers=["N1"])
        assert statuses(world)["N1"] == "suppressed"
        assert refused(world, "note_suppressed", numbers=["N1"]) == "deposit.not_to_suppress"


def test_a_withdrawn_award_ends_the_three_months_of_its_pathway() -> None:
    world = d.queued(d.A)
    world.give(d.A, "withdraw_award", block="", reason=TEXT, basis="CRPA, art. L. 242-1")
    assert statuses(world) == {FIRST: "dropped"}
    assert [run for run in running(world.pathway(d.A)) if run.deadline.id == "deposit"] == []


def test_who_was_erased_is_not_deposited_any_more_and_who_was_deposited_stays_so() -> None:
    world = direct("N1", "N2", "N3", person="p")
    write(world, "f1", "N1", "N2")
    answer(world, "f1", "t1", "N1")
    world.give(QUEUE, "erase_subject", person="p")
    assert statuses(world) == {"N1": "accepted", "N2": "sent", "N3": "dropped"}
    answer(world, "f1", "t2", rejected=[rejection("N2")])
    assert statuses(world)["N2"] == "dropped"
    assert world.give(QUEUE, "erase_subject", person="p") == []


def test_an_append_brings_those_passages_only_that_it_changed() -> None:
    world = direct("N1", "N2", "N3")
    before = queue(world).version
    write(world, "f1", "N3", "N1")
    rows = DEPOSIT.rows(queue(world), before)
    assert {row["number"]: row["status"] for row in rows.entries} == {"N1": "sent", "N3": "sent"}
    assert {row["number"] for row in DEPOSIT.rows(queue(world), 0).entries} == {"N1", "N2", "N3"}


NUMBERS = ("N1", "N2", "N3", "N4")
FLUXES = ("f1", "f2", "f3")
some = st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4, unique=True)
asked = st.one_of(
    st.tuples(st.just("write"), st.sampled_from(FLUXES), some),
    st.tuples(st.just("abandon"), st.sampled_from(FLUXES), some),
    st.tuples(st.just("read"), st.sampled_from(FLUXES), some, some, st.integers(0, 3)),
    st.tuples(st.just("retry"), some),
    st.tuples(st.just("withdraw"), st.sampled_from(NUMBERS)),
    st.tuples(st.just("erase"), st.sampled_from(NUMBERS)),
    st.tuples(st.just("suppress"), some),
    st.tuples(st.just("identity"), st.sampled_from(NUMBERS)),
)


def ask(world: World, what: tuple[Any, ...]) -> None:
    """One order of any kind, lawful or not."""
    match what:
        case "write", flux, numbers:
            write(world, flux, *numbers)
        case "abandon", flux, _:
            world.give(QUEUE, "abandon_flux", flux=flux)
        case "read", flux, accepted, rejected, treatment:
            left = [number for number in rejected if number not in accepted]
            answer(world, flux, f"t{treatment}", *accepted, rejected=[rejection(number) for number in left])
        case "retry", numbers:
            world.give(QUEUE, "retry", numbers=numbers)
        case "withdraw", number:
            world.give(QUEUE, "withdraw", actor=SYSTEM, number=number, basis="L. 242-1")
        case "erase", number:
            world.give(QUEUE, "erase_subject", person=f"person:{number}")
        case "suppress", numbers:
            world.give(QUEUE, "note_suppressed", numbers=numbers)
        case "identity", number:
            world.give(QUEUE, "note_identity", actor=SYSTEM, pathway=f"pathway:{number}")


@settings(max_examples=300)
@given(st.lists(asked, max_size=25))
def test_nothing_is_deposited_twice_whatever_is_asked_and_in_whatever_order(orders: list[tuple[Any, ...]]) -> None:
    world = direct(*NUMBERS)
    accepted: set[str] = set()
    for order in orders:
        before = {number: passage.status for number, passage in queue(world).passages.items()}
        log = len(world.logs[QUEUE])
        with suppress(Refused):
            ask(world, order)
        state = queue(world)
        for number, passage in state.passages.items():
            # Once accepted, a passage never waits and is never sent again.
            assert before[number] not in DEPOSITED or passage.status in DEPOSITED
            assert number not in accepted or passage.status in DEPOSITED
        accepted |= {number for number, passage in state.passages.items() if passage.status in DEPOSITED}
        written = [fact for fact in facts(world, log) if isinstance(fact, FluxWritten)]
        assert all(before[number] == "waiting" for fact in written for number in fact.numbers)
        sent = Counter(passage.flux for passage in state.passages.values() if passage.status == "sent")
        assert {id: flux.unanswered for id, flux in state.fluxes.items() if flux.unanswered} == dict(sent)
    answers = [(fact.treatment, fact.part) for fact in facts(world, 0) if isinstance(fact, ReceiptRead)]
    assert len(answers) == len(set(answers))


def facts(world: World, since: int) -> list[Any]:

    return [DEPOSIT.read(QUEUE, stored)[0].fact for stored in world.logs[QUEUE][since:]]
