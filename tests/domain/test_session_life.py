"""A session that lives by itself: registration, the gate before convening, replacement, opening, exceptions, ladder."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.aggregates import aggregate_of
from domain.authority import Role
from domain.people import TieFacts
from domain.refusal import Refused
from tests.conducted import conducted, with_conduct
from tests.domain.registered import juror, president
from tests.domain.sessions import CLOSES, CONVENED, OPENS, S, T, begin, known, seated, session
from tests.domain.world import ROLES, World, sealed

A, B = "pathway:a", "pathway:b"
REASON = sealed().model_dump(mode="json")


def templates(world: World, audience: str) -> list[str]:
    return [notice.template for notice in world.notices if notice.audience == audience]


def seat(world: World, stream: str) -> str | None:
    held = world.pathway(stream).seat
    return held.status if held else None


def test_the_session_knows_what_a_jury_must_know_of_its_candidates() -> None:
    world = seated(A)
    told = session(world).candidates[A]
    assert (told.employer, told.branch, told.training_body, told.blocks) == (
        "CPAM de l'Aube", "maladie", "CFP", ("GRU", "MDR", "POS", "TD"),
    )  # fmt: skip


def test_conditions_reach_the_session_of_the_seat() -> None:
    world = seated(A)
    world.give(A, "set_conditions", workplace="Troyes", extra_time=33, unavailable=["2027-06-09"], proof=REASON)
    world.give(A, "set_conditions", accessible=True)
    told = session(world).candidates[A]
    assert (told.workplace, told.extra_time, told.accessible) == ("Troyes", 33, True)
    assert told.unavailable == (date(2027, 6, 9),)


def test_candidates_are_convened_by_themselves_in_time_before_a_lawful_jury() -> None:
    world = seated(A)
    world.wait_until(CONVENED)
    assert session(world).status == "convened"
    assert seat(world, A) == "convened"
    assert templates(world, "candidate") == ["convocation"]
    assert templates(world, "employer") == ["convocation_employer"]
    assert templates(world, "juror") == ["convocation_juror"] * 2


def test_who_is_convened_is_reminded_a_week_before() -> None:
    world = seated(A)
    world.wait_until(date(2027, 6, 1))
    told = [(notice.audience, notice.to) for notice in world.notices if notice.template == "reminder_session"]
    assert sorted(told) == [("candidate", ""), ("employer", ""), ("juror", "j1"), ("juror", "j2")]


def test_a_tied_juror_keeps_only_that_candidate_from_being_convened() -> None:
    world = seated(A, B)
    world.ties.append(TieFacts(who="j2", person=A, kind="coached", declared_on=date(2027, 3, 1), declared_by="x"))
    world.register["j3"] = juror("j3")
    world.wait_until(CONVENED)
    assert (seat(world, A), seat(world, B)) == ("granted", "convened")
    (finding,) = session(world).faults[A]
    assert (finding.rule, finding.mends) == ("no_tie", ("j3",))
    assert "jury_incomplete" in templates(world, "administrator")
    task = next(task for task in _tasks(world) if task["kind"] == "mend_jury")
    assert task["params"] == {"candidates": 1, "rules": ["no_tie"], "substitutes": ["j3"]}


def test_who_waited_for_a_lawful_jury_is_convened_once_it_is_mended_and_nobody_twice() -> None:
    world = seated(A, B)
    world.ties.append(TieFacts(who="j2", person=A, kind="coached", declared_on=date(2027, 3, 1), declared_by="x"))
    world.register["j3"] = juror("j3")
    world.wait_until(CONVENED)
    world.give(S, "appoint_juror", juror="j3", part="trade_expert", organisation="CAF", branch="maladie")
    assert seat(world, A) == "granted"  # j2 still sits before A
    world.give(S, "dismiss_juror", juror="j2")
    assert seat(world, A) == "convened"
    assert not session(world).faults
    # B was told anew when the jury changed, never of what they knew.
    assert world.kinds(B).count("convened") == 3
    assert world.kinds(A).count("convened") == 1


def test_a_juror_who_withdraws_is_replaced_by_asking_those_who_can() -> None:
    world = seated(A)
    world.register["j3"] = juror("j3")
    world.wait_until(CONVENED)
    world.register["j2"] = juror("j2", active=False)
    world.give(S, "withdraw_juror", actor=ROLES[Role.JUROR], juror="j2", reason=REASON)
    asked = [notice.to for notice in world.notices if notice.template == "replacement" and notice.audience == "juror"]
    assert asked == ["j3"]
    assert "replacement" in templates(world, "administrator")
    assert set(session(world).faults) == {A}


def test_a_session_does_not_begin_before_a_jury_that_may_not_sit() -> None:
    world = seated(A)
    world.wait_until(OPENS)
    assert world.refusal(S, "begin", present=["j1"], jurors=known(world)) == "session.jury_unlawful"
    assert world.refusal(S, "hold") == "session.not_begun"
    world.give(S, "begin", present=["j1", "j2"], jurors=known(world))
    world.give(S, "hold")
    assert seat(world, A) == "attended"


def test_a_session_begins_on_its_day_before_those_who_were_appointed() -> None:
    world = seated(A)
    world.wait_until(CONVENED)
    assert world.refusal(S, "begin", present=["j1", "j2"], jurors=known(world)) == "date.too_early"
    world.wait_until(OPENS)
    assert world.refusal(S, "begin", present=["j1", "j9"], jurors=known(world)) == "juror.not_appointed"
    world.give(S, "begin", present=["j1", "j2"], jurors=known(world))
    assert world.refusal(S, "begin", present=["j1", "j2"], jurors=known(world)) == "session.already_begun"


def test_an_opening_that_fails_needs_an_exception_that_the_scheme_allows() -> None:
    def lenient(id: str) -> Any:
        return with_conduct(id, session={"exceptions": ["trained"]})

    world = seated(A, schemes=lenient)
    world.wait_until(OPENS)
    world.register["j2"] = juror("j2", trained=None)
    assert world.refusal(S, "begin", present=["j1", "j2"], jurors=known(world)) == "session.jury_unlawful"
    assert world.refusal(S, "record_exception", rules=["no_tie"], reason=REASON) == "exception.not_allowed"
    world.give(S, "record_exception", rules=["trained"], reason=REASON)
    world.give(S, "begin", present=["j1", "j2"], jurors=known(world))
    checked = [record.fact for record in world.records(S) if record.fact.kind == "jury_checked"][-1]
    assert checked.excepted == {A: ("trained",)}  # type: ignore[attr-defined]


def test_a_jury_that_changes_after_the_opening_asks_for_another() -> None:
    world = seated(A)
    world.register["j3"] = juror("j3")
    world.wait_until(OPENS)
    world.give(S, "begin", present=["j1", "j2"], jurors=known(world))
    world.give(S, "withdraw_juror", juror="j2")
    assert world.refusal(S, "hold") == "session.not_begun"
    world.give(S, "appoint_juror", juror="j3", part="trade_expert", organisation="CAF", branch="maladie")
    world.give(S, "begin", present=["j1", "j3"], jurors=known(world))
    world.give(S, "hold")
    assert session(world).status == "held"


def test_an_excused_candidate_goes_to_the_next_session_by_itself() -> None:
    world = seated(A, B)
    world.open_session("session:t", "cqp-cos", date(2027, 10, 4), date(2027, 10, 8))
    world.wait_until(OPENS)
    begin(world)
    world.give(S, "hold", absent={A: True, B: False})
    held = world.pathway(A).seat
    assert held is not None
    assert (held.session, held.status) == ("session:t", "granted")
    assert seat(world, B) == "absent"


def test_an_excused_candidate_waits_for_a_session_to_open_and_is_then_seated() -> None:
    world = seated(A)
    world.wait_until(OPENS)
    begin(world)
    world.give(S, "hold", absent={A: True})
    assert seat(world, A) is None
    assert templates(world, "administrator").count("no_session_found") == 1
    assert [task["kind"] for task in _tasks(world, A)] == ["await_session"]
    world.open_session("session:t", "cqp-cos", date(2027, 10, 4), date(2027, 10, 8))
    assert seat(world, A) == "granted"


def test_an_absence_without_excuse_is_decided_and_never_by_itself() -> None:
    world = seated(A)
    world.wait_until(OPENS)
    begin(world)
    world.give(S, "hold", absent={A: False})
    world.open_session("session:t", "cqp-cos", date(2027, 10, 4), date(2027, 10, 8))
    assert seat(world, A) == "absent"
    world.give(A, "reject_absence", reason=REASON)
    assert seat(world, A) is None
    assert [task["kind"] for task in _tasks(world, A)] == ["request_seat"]


def test_whose_jury_could_not_sit_is_not_absent_and_goes_to_the_next_session() -> None:
    world = seated(A, B)
    world.open_session("session:t", "cqp-cos", date(2027, 10, 4), date(2027, 10, 8))
    world.ties.append(TieFacts(who="j2", person=A, kind="manages", declared_on=date(2027, 3, 1), declared_by="x"))
    world.wait_until(OPENS)
    begin(world)
    world.give(S, "hold")
    held = world.pathway(A).seat
    assert held is not None
    assert held.session == "session:t"
    assert "absence_recorded" not in world.kinds(A)


def test_the_dossier_goes_by_itself_to_the_first_sitting_that_takes_it() -> None:
    world = seated(A)
    world.open_sitting("sitting:late", "cqp-cos", date(2027, 9, 1))
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    world.wait_until(OPENS)
    begin(world)
    world.advised(A)
    dossier = world.pathway(A).dossier
    assert dossier is not None
    assert (dossier.sitting, dossier.accepted) == (T, True)


def test_a_dossier_without_a_sitting_waits_for_one_to_open() -> None:
    world = seated(A)
    world.wait_until(OPENS)
    begin(world)
    world.advised(A)
    assert "await_sitting" in [task["kind"] for task in _tasks(world, A)]
    assert templates(world, "administrator").count("no_sitting_found") == 1
    world.open_sitting(T, "cqp-cos", date(2027, 7, 13))
    assert world.pathway(A).dossier is not None


@pytest.mark.parametrize("known_before", [True, False], ids=["a sitting is open", "a sitting opens later"])
def test_a_complete_preliminary_assessment_finds_its_sitting_without_a_session(known_before: bool) -> None:
    world = World(schemes=conducted)
    world.start(A, "clea")
    if known_before:
        world.open_sitting(T, "clea", date(2027, 7, 13))
    world.give(A, "record_preliminary", body="Évaluateur", marks=world.sheet(A))
    assert "send_dossier" not in [task["kind"] for task in _tasks(world, A)]
    if not known_before:
        world.open_sitting(T, "clea", date(2027, 7, 13))
    dossier = world.pathway(A).dossier
    assert dossier is not None
    assert dossier.accepted


def test_blocks_recognised_until_the_jury_has_nothing_left_send_what_was_proven_to_a_sitting() -> None:
    world = World(schemes=conducted)
    world.start(A, "clea", "free_candidacy")
    world.open_sitting(T, "clea", date(2027, 7, 13))
    world.give(A, "record_preliminary", body="Évaluateur", marks=world.sheet(A, failed=("D3",)))
    assert world.pathway(A).dossier is None
    held_as = world.pathway(A).scheme.block_by_id["D3"].held_as
    world.give(A, "recognise_block", block={"held_as": held_as, "since": "2026-01-01"})
    dossier = world.pathway(A).dossier
    assert dossier is not None
    assert "D3" not in dossier.blocks


def test_results_that_are_late_climb_the_ladder_once_a_rung() -> None:
    rungs = [
        {"after": 0, "tell": "juror"},
        {"after": 3, "tell": "president"},
        {"after": 7, "tell": "administrator"},
        {"after": 14, "tell": "head"},
    ]

    def strict(id: str) -> Any:
        return with_conduct(id, session={"ladder": rungs})

    world = seated(A, schemes=strict)
    world.wait_until(OPENS)
    begin(world)
    world.give(S, "hold")
    world.wait(days=90)
    late = [(notice.audience, notice.to) for notice in world.notices if notice.template == "results_late"]
    assert late == [("juror", "j1"), ("juror", "j2"), ("juror", "j1"), ("administrator", ""), ("head", "")]


def test_registration_may_open_later_than_the_session_is_announced() -> None:
    world = World(schemes=conducted)
    world.open_session(S, "cqp-cos", OPENS, CLOSES, registration_opens="2027-03-01")
    world.start(A, "cqp-cos", person=A)
    world.to_jury(A)
    world.give(A, "request_seat", session=S)
    assert seat(world, A) is None
    world.wait_until(date(2027, 3, 1))
    world.give(A, "request_seat", session=S)
    assert seat(world, A) == "granted"


def test_registration_that_would_open_after_it_closes_is_refused() -> None:
    world = World(schemes=conducted)
    with pytest.raises(Exception, match=r"date\.reversed"):
        world.open_session(S, "cqp-cos", OPENS, CLOSES, registration_opens="2027-05-30")


def test_why_a_session_is_cancelled_is_sealed() -> None:
    world = seated(A)
    assert world.refusal(S, "cancel", reason="Grève") == "session.reason_in_clear"
    world.wait_until(CONVENED)
    world.give(S, "cancel", reason=REASON)
    assert seat(world, A) is None
    assert templates(world, "candidate")[-1] == "seat_lost"
    assert templates(world, "juror").count("session_cancelled") == 2


def test_a_session_too_late_for_a_legal_deadline_is_told_when_the_seat_is_given() -> None:
    world = World(schemes=conducted)
    world.open_session(S, "cqp-cos", date(2027, 6, 7), date(2027, 6, 15))
    world.start(A, "cqp-cos", "vae", person=A)
    world.to_jury(A)
    world.give(A, "request_seat", session=S)
    assert world.deadline(A, "vae_jury") == date(2027, 4, 4)
    assert templates(world, "administrator") == ["deadline_endangered"]


def _open(world: World) -> None:
    world.give(S, "begin", present=["j1", "j2"], jurors=known(world))


def _tasks(world: World, stream: str = S) -> tuple[dict[str, Any], ...]:
    return aggregate_of(stream).view(world.states[stream]).tasks


moves = st.lists(
    st.tuples(
        st.sampled_from(("appoint", "dismiss", "withdraw", "tie", "untie", "conditions", "leave")),
        st.sampled_from(("j1", "j2", "j3", "j4")),
        st.sampled_from((A, B)),
    ),
    max_size=12,
)


@given(moves)
@settings(max_examples=40)
def test_who_is_convened_knows_their_jury_and_who_is_not_knows_why(played: list[tuple[str, str, str]]) -> None:
    world = seated(A, B)
    world.register |= {"j3": president("j3"), "j4": juror("j4")}
    world.wait_until(CONVENED)
    for move, name, pathway in played:
        with suppress(Refused):
            _play(world, move, name, pathway)
        state = session(world)
        for stream in state.seated:
            held = world.pathway(stream).seat
            assert held is not None
            if stream not in state.faults:
                assert state.convened[stream] == state.convocation(stream)
                assert (held.status, held.jurors) == ("convened", state.jury(stream))


def _play(world: World, move: str, name: str, pathway: str) -> None:
    match move:
        case "appoint":
            part = world.register[name].parts[0]
            world.give(S, "appoint_juror", juror=name, part=part, organisation="x")
        case "dismiss":
            world.give(S, "dismiss_juror", juror=name)
        case "withdraw":
            world.give(S, "withdraw_juror", juror=name)
        case "tie":
            told = {"declared_on": date(2027, 3, 1), "declared_by": "x"}
            world.ties.append(TieFacts.model_validate({"who": name, "person": pathway, "kind": "coached", **told}))
            world.give(pathway, "set_conditions", workplace=f"{len(world.ties)}")
        case "untie":
            world.ties.clear()
            world.give(pathway, "set_conditions", workplace="")
        case "conditions":
            world.give(pathway, "set_conditions", accessible=True)
        case "leave":
            world.give(pathway, "withdraw")
