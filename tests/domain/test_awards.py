"""The register of awards: numbers without gap or double, whatever is delivered twice, late or in another order."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aggregates import aggregate_of
from domain.authority import SYSTEM
from domain.awards import book_of
from domain.awards.events import AwardNumbered
from domain.pathway.view import view as pathway_view
from domain.refusal import Refused
from domain.verifying.numbers import Numbers, document_faults
from tests.certified import certified
from tests.conducted import conducted
from tests.domain.awarded import BOOK, awarded, enter, make
from tests.domain.decided import TEXT, A, U, admitted, decide, decided
from tests.domain.world import World

BLOCKS = ("GRU", "MDR", "POS", "TD")
B = "pathway:b"


def claims(pathway: str, *kinds: str, decision: int = 15, on: str = "2027-01-04") -> list[dict[str, Any]]:
    """Awards of one decision: blocks by their ids, the certification as ``""``."""
    return [
        {
            "award": f"{pathway}#{decision + number}",
            "kind": "block" if block else "certification",
            "block": block,
            "held_as": f"ucanss:{block}" if block else "",
            "awarded_on": on,
            "sitting": "sitting:t",
            "decision": decision,
        }
        for number, block in enumerate(kinds, start=1)
    ]


def entry(pathway: str, person: str, awards: list[dict[str, Any]], **other: Any) -> dict[str, Any]:
    """What a pathway delivers."""
    scheme = certified("cqp-cos")
    known: dict[str, Any] = {"scheme_id": scheme.id, "scheme_hash": scheme.hash, "route": "vae"}
    return {**known, "pathway": pathway, "person": person, "awards": awards, **other}


def refused(world: World, kind: str, **fields: Any) -> str:
    return world.refusal(BOOK, kind, actor=SYSTEM, **fields)


def numbers(world: World) -> list[str]:
    """The numbers of the book, in the order of their events."""
    return [record.fact.number for record in world.records(BOOK) if isinstance(record.fact, AwardNumbered)]


def delivered(world: World, command_id: str, fields: dict[str, Any]) -> str:
    """Deliver to the book; the code with which it refuses."""
    try:
        world.give(BOOK, "enter", actor=SYSTEM, command_id=command_id, **fields)
    except Refused as no:
        return no.refusal.code
    return ""


# --- what a decision gives ------------------------------------------------------------------------------------------


def test_a_decision_gives_a_number_to_each_block_and_then_to_the_certification() -> None:
    world = awarded()
    entries = sorted(world.book(BOOK).entries.values(), key=lambda entry: entry.sequence)
    assert [entry.number for entry in entries] == [f"COS-2027-00000{n}" for n in range(1, 6)]
    assert [entry.block for entry in entries] == [*BLOCKS, ""]
    assert [entry.award for entry in entries] == [row["award_id"] for row in pathway_view(world.pathway(A)).awards]
    assert {entry.sitting for entry in entries} == {"sitting:t"}


def test_the_awards_of_one_decision_arrive_together_and_get_neighbouring_numbers() -> None:
    world = awarded()
    [told] = {record.command_id for record in world.records(BOOK) if record.fact.kind == "award_numbered"}
    first = world.pathway(A).awards[0].version
    assert told == f"{A}#{first}/enter"


def test_a_partial_decision_gives_numbers_to_what_it_validates_and_no_more() -> None:
    world = awarded(("TD",))
    assert [entry.block for entry in world.book(BOOK).entries.values()] == ["GRU", "MDR", "POS"]


def test_what_a_contested_decision_awards_later_gets_the_next_numbers() -> None:
    scheme = certified("cqp-cos")
    world = admitted(scheme=scheme)
    enter(world)
    world.give(A, "redeliberate", sitting=U)
    decide(world, sitting=U, members=("m3", "m4"), TD=True)
    enter(world)
    entries = sorted(world.book(BOOK).entries.values(), key=lambda entry: entry.sequence)
    assert [entry.block for entry in entries] == ["GRU", "MDR", "POS", "TD", ""]
    assert {entry.sitting for entry in entries[3:]} == {U}


def test_a_scheme_without_certificates_owes_no_book_anything() -> None:
    world = decided(failed=(), scheme=conducted("cqp-cos"))
    assert world.pathway(A).awards
    assert not [effect for effect in world.pathway(A).owed.values() if effect.target.startswith("awards:")]


def test_a_book_is_of_one_certification_and_of_the_year_of_the_award() -> None:
    assert book_of("cqp-gc", date(2028, 1, 1)) == "awards:cqp-gc:2028"
    assert awarded().book(BOOK).year == 2027


def test_an_award_that_is_to_be_deposited_starts_the_countdown_and_its_withdrawal_stops_it() -> None:
    world = awarded()
    assert world.deadline(A, "deposit") == date(2027, 4, 4)
    assert "deposit" not in {row["deadline"] for row in pathway_view(awarded(("TD",)).pathway(A)).deadlines}
    world.delivering = False
    world.give(A, "withdraw_award", block="", reason=TEXT, basis="Code du travail, art. D. 6412-6")
    assert "deposit" not in {row["deadline"] for row in pathway_view(world.pathway(A)).deadlines}


# --- numbers ----------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sets(st.sampled_from(BLOCKS), min_size=1), st.booleans()),
        min_size=1,
        max_size=14,
    ),
    st.randoms(use_true_random=False),
)
def test_numbers_have_neither_gap_nor_double_whatever_is_delivered_how_often(
    decisions: list[tuple[int, set[str], bool]], chance: Any
) -> None:
    """Deliveries come in any order, some of them twice, and the refused ones leave nothing behind."""
    world = World(delivering=False)
    orders = []
    for index, (person, blocks, whole) in enumerate(decisions):
        pathway = f"pathway:{index}"
        awards = claims(pathway, *sorted(blocks), *([""] if whole else []))
        orders.append((f"{pathway}#16/enter", entry(pathway, f"person{person}", awards)))
    deliveries = [*orders, *chance.choices(orders, k=len(orders))]
    chance.shuffle(deliveries)
    given_for: dict[str, str] = {}
    for command_id, fields in deliveries:
        assert delivered(world, command_id, fields) in ("", "award.twice")
        if BOOK in world.states:
            now = {entry.award: entry.number for entry in world.book(BOOK).entries.values()}
            assert given_for.items() <= now.items(), "a number never changes"
            given_for = now
    assert numbers(world) == [f"COS-2027-{n:06d}" for n in range(1, len(given_for) + 1)]
    held = [(entry.person, entry.held_as) for entry in world.book(BOOK).entries.values()]
    assert len(held) == len(set(held)), "nobody holds the same thing twice"


def test_the_same_claim_under_another_command_gets_no_second_number() -> None:
    world = awarded()
    again = entry(A, "person", claims(A, *BLOCKS, "", decision=16))
    again["awards"] = [
        {**claim, "award": known.award, "decision": known.decision}
        for claim, known in zip(again["awards"], world.book(BOOK).entries.values(), strict=True)
    ]
    again["route"] = "training"
    before = world.book(BOOK).version
    assert world.give(BOOK, "enter", actor=SYSTEM, **again) == []
    assert world.book(BOOK).version == before


def test_an_append_brings_the_rows_of_what_it_changed_and_the_view_all_of_them() -> None:
    world = awarded()
    aggregate, state = aggregate_of(BOOK), world.book(BOOK)
    assert len(aggregate.view(state).entries) == 5
    since = state.version
    world.delivering = False
    world.give(BOOK, "reissue", number="COS-2027-000002", why="lost", basis="Demande")
    [row] = aggregate.rows(world.book(BOOK), since).entries
    assert (row["number"], row["edition"], row["issued"]) == ("COS-2027-000002", 2, 1)


# --- refusals ---------------------------------------------------------------------------------------------------------


def changed(**fields: Any) -> dict[str, Any]:
    return entry(B, "somebody", [{**claims(B, "GRU")[0], **fields}])


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (changed(sitting=""), "award.no_decision"),
        (changed(decision=0), "award.no_decision"),
        (changed(decision=16), "award.no_decision"),
        (changed(award="pathway:c#16"), "award.of_another"),
        (changed(award="pathway:b"), "award.of_another"),
        (changed(awarded_on="2026-12-31"), "award.other_book"),
        (changed(block="XXX"), "award.unknown_block"),
        (changed(held_as="ucanss:MDR"), "award.unknown_block"),
        (changed(kind="certification"), "award.unknown_block"),
        (entry(B, "somebody", []), "award.nothing_claimed"),
        (entry(B, "somebody", claims(B, "GRU", "GRU")), "award.twice"),
        (entry(B, "person", claims(B, "GRU")), "award.twice"),
        (entry(B, "somebody", claims(B, "GRU"), scheme_id="cqp-gc"), "scheme.mismatch"),
        (entry(A, "person", claims(A, "MDR", decision=16)), "award.claimed_otherwise"),
    ],
)
def test_what_is_no_award_of_this_book_gets_no_number(fields: dict[str, Any], code: str) -> None:
    world = awarded()
    assert refused(world, "enter", **fields) == code
    assert len(numbers(world)) == 5


def test_a_scheme_that_certifies_nothing_is_refused() -> None:
    plain = conducted("cqp-cos")
    fields = entry(B, "somebody", claims(B, "GRU"), scheme_hash=plain.hash)
    assert refused(World(), "enter", **fields) == "award.no_certificates"


def test_a_block_may_be_awarded_again_once_the_first_award_is_withdrawn() -> None:
    world = awarded()
    world.delivering = False
    world.give(A, "withdraw_award", block="GRU", reason=TEXT, basis="Code du travail, art. D. 6412-6")
    enter(world)
    world.give(BOOK, "enter", actor=SYSTEM, **entry(B, "person", claims(B, "GRU")))
    assert numbers(world)[-1] == "COS-2027-000006"


@pytest.mark.parametrize("kind", ["reissue", "correct"])
def test_only_a_number_that_is_valid_is_made_again(kind: str) -> None:
    fields: Any = {"reissue": {"why": "lost"}, "correct": {"title": "Autre titre", "reason": TEXT}}[kind]
    world = awarded()
    world.delivering = False
    known: dict[str, Any] = {"number": "COS-2027-000001", **fields}
    assert world.refusal(BOOK, kind, **{**known, "number": "COS-2027-000099"}, basis="Demande") == "award.unknown"
    assert world.refusal(BOOK, kind, **known, basis=" ") == "award.no_basis"
    world.give(A, "withdraw_award", block="GRU", reason=TEXT, basis="Code du travail, art. D. 6412-6")
    enter(world)
    assert world.refusal(BOOK, kind, **known, basis="Demande") == "award.withdrawn"
    world.give(BOOK, "erase_subject", person="person")
    assert world.refusal(BOOK, kind, **{**known, "number": "COS-2027-000002"}, basis="Demande") == "award.erased"


def test_a_correction_says_something_new_and_nothing_impossible() -> None:
    world = awarded()
    known: dict[str, Any] = {"number": "COS-2027-000005", "basis": "Erreur matérielle", "reason": TEXT}
    assert world.refusal(BOOK, "correct", **known) == "award.nothing_to_correct"
    same = "CQP Conseiller offres de services"
    assert world.refusal(BOOK, "correct", title=same, **known) == "award.nothing_to_correct"
    assert world.refusal(BOOK, "correct", valid_until="2027-01-03", **known) == "award.ends_too_early"
    assert world.refusal(BOOK, "correct", title="T" * 301, **known) == "award.title_too_long"


# --- documents --------------------------------------------------------------------------------------------------------


def test_documents_are_noted_once_and_never_otherwise() -> None:
    world = awarded()
    known = world.book(BOOK).entries["COS-2027-000001"].editions[0]
    said: dict[str, Any] = {
        "number": "COS-2027-000001",
        "edition": 1,
        "document": known.document,
        "credential": known.credential,
    }
    assert world.give(BOOK, "note_issued", actor=SYSTEM, **said, key=known.key) == []
    assert refused(world, "note_issued", **said, key="0" * 64) == "award.other_document"
    assert refused(world, "note_issued", **{**said, "edition": 2}, key=known.key) == "award.no_edition"
    assert refused(world, "note_issued", **{**said, "number": "COS-2027-000009"}, key=known.key) == "award.unknown"
    world.delivering = False
    world.give(BOOK, "reissue", number="COS-2027-000001", why="lost", basis="Demande")
    assert refused(world, "note_issued", number="COS-2027-000001", edition=2) == "award.no_document"


def test_without_an_issuer_numbers_are_given_and_certificates_stay_to_be_made() -> None:
    world = World(issuing=False)
    awarded(world=world)
    book = world.book(BOOK)
    assert (len(book.entries), book.issued, book.owed) == (5, 0, {})
    assert all(entry.issued == 0 for entry in book.entries.values())


def test_another_edition_keeps_the_number_and_makes_the_one_before_void() -> None:
    world = awarded()
    world.give(BOOK, "reissue", number="COS-2027-000005", why="name_changed", basis="Acte d’état civil")
    entry = world.book(BOOK).entries["COS-2027-000005"]
    assert (entry.edition, entry.issued) == (2, 2)
    assert entry.editions[0].document != entry.editions[1].document


# --- withdrawal -------------------------------------------------------------------------------------------------------


def withdrawn() -> World:
    """A block withdrawn, and with it the certification that rests on it; the book has heard of both."""
    world = awarded()
    world.delivering = False
    world.give(A, "withdraw_award", block="GRU", reason=TEXT, basis="Code du travail, art. D. 6412-6")
    for effect in list(world.states[A].owed.values()):
        if effect.kind == "deliver" and effect.target == BOOK:
            world.settle(A, effect)
    return world


def test_a_withdrawn_award_is_struck_and_only_the_newest_list_is_owed() -> None:
    world = withdrawn()
    book = world.book(BOOK)
    assert book.withdrawn == {1, 5}
    [owed] = [effect for effect in book.owed.values() if effect.kind == "publish"]
    assert owed.params == {"version": book.version}
    make(world)
    assert world.book(BOOK).published == owed.params["version"]
    assert not world.book(BOOK).owed


def test_a_list_that_is_older_than_the_published_one_changes_nothing() -> None:
    world = withdrawn()
    older = next(record.version for record in world.records(BOOK) if record.fact.kind == "award_struck")
    make(world)
    said: dict[str, Any] = {"version": older, "digest": "0" * 64, "withdrawn": 1}
    assert world.give(BOOK, "note_published", actor=SYSTEM, **said) == []
    newest: dict[str, Any] = {**said, "version": world.book(BOOK).published}
    assert refused(world, "note_published", **newest) == "award.other_list"
    assert refused(world, "note_published", **{**said, "version": 999}) == "award.list_of_later"


def test_no_certificate_is_owed_any_more_of_what_is_withdrawn() -> None:
    world = awarded(world=World(issuing=False))
    world.delivering = False
    world.give(BOOK, "reissue", number="COS-2027-000001", why="lost", basis="Demande")
    assert [effect.kind for effect in world.book(BOOK).owed.values()] == ["issue"]
    world.give(A, "withdraw_award", block="GRU", reason=TEXT, basis="Code du travail, art. D. 6412-6")
    for effect in list(world.states[A].owed.values()):
        if effect.kind == "deliver" and effect.target == BOOK:
            world.settle(A, effect)
    assert {effect.kind for effect in world.book(BOOK).owed.values()} <= {"publish", "deliver"}


def test_the_withdrawal_of_what_never_got_a_number_is_refused_and_twice_the_same_is_nothing() -> None:
    world = withdrawn()
    told: dict[str, Any] = {"withdrawal": 30, "withdrawn_on": "2027-01-04", "basis": "x"}
    assert refused(world, "withdraw", award="pathway:zz#3", **told) == "award.not_entered"
    struck = next(entry for entry in world.book(BOOK).entries.values() if entry.withdrawn_on)
    assert world.give(BOOK, "withdraw", actor=SYSTEM, award=struck.award, **told) == []


def test_erasing_whoever_holds_awards_leaves_their_numbers() -> None:
    world = awarded()
    world.give(BOOK, "erase_subject", person="person")
    assert all(entry.erased for entry in world.book(BOOK).entries.values())
    assert len(numbers(world)) == 5
    assert world.give(BOOK, "erase_subject", person="person") == []


def test_a_book_begins_with_an_award() -> None:
    fields: dict[str, Any] = {"number": "COS-2027-000001", "why": "lost", "basis": "Demande"}
    assert World().refusal(BOOK, "reissue", **fields) == "stream.not_open"


# --- what a verification finds ----------------------------------------------------------------------------------------


def found(world: World, *streams: str, without: str = "") -> set[str]:
    """The codes of the faults between the book and these pathways."""
    numbers = Numbers()
    faults = list(numbers.book(world.book(BOOK))) if without != BOOK else []
    for stream in streams:
        faults += numbers.pathway(world.pathway(stream))
    return {fault.code for fault in (*faults, *numbers.rest())}


def test_every_award_has_its_number_and_every_number_its_award() -> None:
    world = awarded()
    assert found(world, A) == set()
    assert found(world, A, without=BOOK) == {"award.unnumbered"}
    assert found(world) == {"award.numberless"}


def test_what_is_still_owed_to_the_book_is_no_fault() -> None:
    scheme = certified("cqp-cos")
    world = decided(failed=(), scheme=scheme)
    assert found(world, A, without=BOOK) == set()
    enter(world)
    world.delivering = False
    world.give(A, "withdraw_award", block="GRU", reason=TEXT, basis="Code du travail, art. D. 6412-6")
    assert found(world, A) == set()


def test_a_number_that_says_something_else_than_the_pathway_is_found() -> None:
    world = awarded()
    book = world.book(BOOK)
    entry = book.entries["COS-2027-000001"]
    for change, code in (
        ({"sitting": "sitting:other"}, "award.misnumbered"),
        ({"withdrawn_on": date(2027, 1, 4)}, "award.struck"),
        ({"sequence": 9}, "award.gap"),
    ):
        book.entries["COS-2027-000001"] = entry._replace(**change)
        assert code in found(world, A)
    book.entries["COS-2027-000001"] = entry
    world.pathway(A).awards[0] = world.pathway(A).awards[0]._replace(withdrawn_on=date(2027, 1, 4))
    assert found(world, A) == {"award.unstruck"}


def test_what_is_kept_is_what_the_book_heard_of() -> None:
    book = awarded().book(BOOK)
    rows = [
        {"number": entry.number, "edition": 1, "person_id": entry.person, "digest": entry.editions[0].document}
        for entry in book.entries.values()
    ]
    lists = {book.published: book.listed}

    def faults(rows: list[dict[str, Any]], lists: dict[int, str]) -> list[str]:
        return [fault.code for fault in document_faults(book, rows, lists)]

    assert faults(rows, lists) == []
    assert faults([{**rows[0], "digest": "0" * 64}, *rows[1:]], lists) == ["award.document"]
    assert faults([{**rows[0], "person_id": "other"}, *rows[1:]], lists) == ["award.document"]
    assert faults(rows[1:], lists) == ["award.document_missing"]
    assert faults([*rows, {**rows[0], "edition": 7}], lists) == ["award.document_invented"]
    assert faults(rows, {}) == ["award.list"]
    assert faults(rows, {book.published: "0" * 64}) == ["award.list"]
