"""A legal plan breaks no rule, and every kind of damage to it is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.people import CandidateFacts, SiteFacts, Span, TieFacts
from domain.plan import PlannedTask, PlanProblem, Visit, travel
from domain.plan_check import PlanFault, check_plan
from domain.plan_places import Stay, check_person, check_rooms
from domain.plan_tasks import alternatives, minutes_of
from domain.scheme.conduct import Planning
from domain.scheme.model import Task
from interfaces.findings import plan_fault_sentence
from interfaces.words import LANGUAGES, catalogue
from tests.conducted import CONTESTATION, conducted, with_conduct
from tests.domain.planned import CANDIDATES, JURORS, PROBLEM, at, candidate, legal, moved, visit

COS = conducted("cqp-cos")
GAIA, HUGO, INES, JEAN = range(4)
Damaged = tuple[PlanProblem, list[Visit]]


def check(problem: PlanProblem = PROBLEM, visits: Iterable[Visit] | None = None, **asked: Any) -> list[PlanFault]:
    """The faults, each of which has its sentence."""
    found = check_plan(COS, problem, legal() if visits is None else [*visits], **asked)
    for language in LANGUAGES:
        assert all(plan_fault_sentence(fault, language) for fault in found)
    return list(found)


def rules(problem: PlanProblem = PROBLEM, visits: Iterable[Visit] | None = None, **asked: Any) -> set[str]:
    return {fault.rule for fault in check(problem, visits, **asked)}


def test_a_legal_plan_breaks_no_rule() -> None:
    assert not check(allow_unseated=False)


def test_a_plan_may_leave_people_out_unless_everybody_must_sit() -> None:
    assert not check(visits=legal()[1:])
    [fault] = check(visits=legal()[1:], allow_unseated=False)
    assert (fault.rule, fault.facts) == ("unseated", {"pathway": "pathway:gaia", "blocks": ["GRU", "POS"]})
    half = [visit(CANDIDATES[GAIA], "bourg", at("02 08:30"), blocks=["POS"]), *legal()[1:]]
    assert not check(visits=half)
    assert [fault.facts["blocks"] for fault in check(visits=half, allow_unseated=False)] == [["GRU"]]


def test_the_blocks_of_a_candidate_may_be_parted_before_one_jury() -> None:
    parted = [
        visit(CANDIDATES[GAIA], "bourg", at("02 08:30"), blocks=["POS"]),
        visit(CANDIDATES[GAIA], "bourg", at("03 08:30"), blocks=["GRU"]),
    ]
    assert not check(visits=[*parted, *legal()[1:]], allow_unseated=False)
    parted[1] = parted[1].model_copy(update={"jurors": ("lea", "paul")})
    assert rules(visits=[*parted, *legal()[1:]]) == {"several_juries"}


# --- damage ---------------------------------------------------------------------------------------------------------


def on(index: int, **changes: Any) -> Callable[[Damaged], Damaged]:
    """Change a visit."""

    def change(plan: Damaged) -> Damaged:
        problem, visits = plan
        visits[index] = visits[index].model_copy(update=changes)
        return problem, visits

    return change


def shifted(index: int, minutes: int) -> Callable[[Damaged], Damaged]:
    """Move a visit."""

    def change(plan: Damaged) -> Damaged:
        problem, visits = plan
        visits[index] = moved(visits[index], minutes)
        return problem, visits

    return change


def put(index: int, made: Visit) -> Callable[[Damaged], Damaged]:
    """Put another visit in the place of one."""

    def change(plan: Damaged) -> Damaged:
        problem, visits = plan
        return problem, [*visits[:index], made, *visits[index + 1 :]]

    return change


def tasks(index: int, edit: Callable[[list[PlannedTask]], Iterable[PlannedTask]]) -> Callable[[Damaged], Damaged]:
    """Edit the tasks of a visit."""

    def change(plan: Damaged) -> Damaged:
        problem, visits = plan
        visits[index] = visits[index].model_copy(update={"tasks": tuple(edit(list(visits[index].tasks)))})
        return problem, visits

    return change


def asked(**changes: Any) -> Callable[[Damaged], Damaged]:
    """Change what the plan is checked against."""
    return lambda plan: (plan[0].model_copy(update=changes), plan[1])


def who(index: int, **changes: Any) -> Callable[[Damaged], Damaged]:
    """Change a candidate."""
    people = [*CANDIDATES]
    people[index] = people[index].model_copy(update=changes)
    return asked(candidates=tuple(people))


def known(name: str, **changes: Any) -> Callable[[Damaged], Damaged]:
    """Change what the register says of a juror."""
    people = (one.model_copy(update=changes) if one.juror == name else one for one in JURORS)
    return asked(jurors=tuple(people))


def tied(name: str, kind: str) -> Callable[[Damaged], Damaged]:
    facts = {"who": name, "person": "person-hugo", "kind": kind, "declared_on": "2027-01-04", "declared_by": name}
    return asked(ties=(TieFacts.model_validate(facts),))


def later(planned: PlannedTask, minutes: int) -> PlannedTask:
    by = timedelta(minutes=minutes)
    return planned.model_copy(update={"starts": planned.starts + by, "ends": planned.ends + by})


def longer(planned: PlannedTask, minutes: int) -> PlannedTask:
    return planned.model_copy(update={"ends": planned.ends + timedelta(minutes=minutes)})


def swapped(found: list[PlannedTask]) -> list[PlannedTask]:
    """The two tasks of MDR the other way round; both last a quarter of an hour."""
    first, second = found
    return [first.model_copy(update={"task": second.task}), second.model_copy(update={"task": first.task})]


EARLY = visit(CANDIDATES[HUGO], "lyon", at("02 08:00"), ("lea", "paul"))
LUNCH = visit(CANDIDATES[JEAN], "bourg", at("02 12:30"))
DAMAGE: dict[str, tuple[Callable[[Damaged], Damaged], str]] = {
    # what is held
    "a block that nobody asked for": (
        tasks(HUGO, lambda found: [found[0].model_copy(update={"block": "TD"}), found[1]]),
        "block_not_asked",
    ),
    "a task left out": (tasks(HUGO, lambda found: found[:1]), "task_missing"),
    "a task of another block": (
        tasks(HUGO, lambda found: [found[0], found[1].model_copy(update={"task": "td-entretien"})]),
        "task_unknown",
    ),
    "a written dossier held": (
        tasks(INES, lambda found: [found[0].model_copy(update={"task": "livret2"}), *found[1:]]),
        "task_unknown",
    ),
    "both of two alternatives": (
        tasks(GAIA, lambda found: [found[0], found[1].model_copy(update={"task": "gru-accueil"}), *found[2:]]),
        "task_twice",
    ),
    "the interview before the presentation": (tasks(HUGO, swapped), "task_order"),
    "tasks out of the order of time": (tasks(HUGO, reversed), "not_in_order_of_time"),
    "a task cut short": (tasks(HUGO, lambda found: [found[0], longer(found[1], -5)]), "task_length"),
    "extra time not given": (who(HUGO, extra_time=10), "task_length"),
    "extra time rounded down": (who(HUGO, extra_time=1), "task_length"),
    "nothing held": (tasks(HUGO, lambda found: []), "no_task"),
    "a block held twice": (
        lambda plan: (plan[0], [*plan[1], visit(CANDIDATES[HUGO], "lyon", at("04 09:00"), ("lea", "paul"))]),
        "block_twice",
    ),
    "a common interview held at two times": (
        tasks(INES, lambda found: [*found[:2], later(found[2], 5)]),
        "shared_task_apart",
    ),
    "a common interview held in two visits": (
        lambda plan: (
            plan[0],
            [
                *plan[1][:INES],
                visit(CANDIDATES[INES], "lyon", at("02 14:00"), ("lea", "paul"), blocks=["GRU", "MDR"]),
                visit(CANDIDATES[INES], "lyon", at("02 15:30"), ("lea", "paul"), blocks=["TD"]),
                *plan[1][JEAN:],
            ],
        ),
        "shared_task_apart",
    ),
    # when
    "no preparation": (on(HUGO, starts=at("02 09:05")), "preparation"),
    "no pause": (tasks(HUGO, lambda found: [found[0], later(found[1], -5)]), "pause"),
    "a gap": (tasks(HUGO, lambda found: [found[0], later(found[1], 5)]), "pause"),
    "no deliberation": (on(HUGO, ends=at("02 09:50")), "deliberation"),
    "a start between steps": (shifted(HUGO, 3), "step"),
    "half a minute": (on(HUGO, starts=at("02 09:00:30")), "times"),
    "a time with an offset": (on(HUGO, starts=at("02 09:00+01:00")), "times"),
    "a visit over midnight": (on(HUGO, ends=at("03 00:10")), "one_day"),
    "before the window": (asked(opens=date(2027, 2, 3)), "window"),
    "after the window": (asked(closes=date(2027, 2, 1)), "window"),
    "a Saturday": (shifted(HUGO, 4 * 24 * 60), "closed_day"),
    "a Sunday": (shifted(HUGO, 5 * 24 * 60), "closed_day"),
    "too early": (put(HUGO, EARLY), "hours"),
    "too late": (shifted(HUGO, 8 * 60), "hours"),
    "no lunch for the jury": (
        lambda plan: put(GAIA, moved(plan[1][GAIA], 55))(put(JEAN, LUNCH)(plan)),
        "lunch",
    ),
    # where
    "observed elsewhere than at one's post": (on(GAIA, site="lyon"), "place"),
    "at a workplace that is not one's own": (on(HUGO, site="bourg"), "place"),
    "nowhere that is known": (on(HUGO, site="mars"), "site_unknown"),
    "no place at all": (on(HUGO, site=""), "site_unknown"),
    "remote where the scheme does not allow it": (on(HUGO, site="", modality="remote"), "remote"),
    "not accessible": (who(HUGO, accessible=True), "not_accessible"),
    "more visits than rooms": (
        lambda plan: put(INES, moved(plan[1][INES], -5 * 60))(asked(sites=_sites(rooms=1))(plan)),
        "rooms",
    ),
    # who
    "a candidate whom nobody knows": (on(HUGO, pathway="pathway:zoe"), "candidate_unknown"),
    "a candidate on a day that is not possible": (who(HUGO, unavailable=(date(2027, 2, 2),)), "unavailable"),
    "a candidate in two places": (
        lambda plan: (plan[0], [*plan[1], visit(CANDIDATES[HUGO], "lyon", at("02 09:05"), ("anne", "marc"))]),
        "candidate_twice_at_once",
    ),
    "a juror whom nobody knows": (on(HUGO, jurors=("lea", "zoe")), "juror_unknown"),
    "a juror who cannot reach the site": (known("lea", sites=("bourg",)), "out_of_reach"),
    "a juror in two places": (on(HUGO, jurors=("anne", "marc")), "juror_twice_at_once"),
    "no time to travel": (put(HUGO, visit(CANDIDATES[HUGO], "lyon", at("02 11:20"), ("anne", "marc"))), "travel"),
    "a way that nobody knows": (
        lambda plan: on(JEAN, site="nowhere")(who(JEAN, workplace="nowhere", accessible=False)(plan)),
        "travel_unknown",
    ),
    "no time to turn over": (
        lambda plan: on(HUGO, **dict(visit(CANDIDATES[HUGO], "lyon", at("02 15:10"), ("lea", "paul"))))(plan),
        "turnover",
    ),
    "one juror": (on(HUGO, jurors=("lea",)), "too_few_jurors"),
    "a juror twice in one slot": (on(HUGO, jurors=("lea", "lea")), "composition:distinct"),
    "two experts": (on(HUGO, jurors=("marc", "paul")), "composition:president_from_certifier"),
    "an untrained juror": (known("lea", trained=None), "composition:trained"),
    "training that ran out the day before": (on(HUGO, jurors=("lea", "old")), "composition:trained"),
    "a juror who trained the candidate": (tied("paul", "trained"), "composition:no_tie"),
    "a relative": (tied("lea", "related"), "composition:no_tie"),
    "an expert of another branch": (who(HUGO, branch="famille"), "composition:trade_expert_of_branch"),
    "an expert of the employer": (who(HUGO, employer="cpam-rhone"), "composition:not_from_employer"),
    "a jury of the training body": (
        lambda plan: who(HUGO, training_body="ucanss", employer="x")(
            on(HUGO, jurors=("lea", "anne", "marc"))(plan)
        ),
        "composition:outside_training_body",
    ),
    "an absent juror": (known("lea", absent=(Span(since=date(2027, 2, 1)),)), "composition:available"),
    "a juror who left": (known("lea", active=False), "composition:active"),
    # the whole
    "more candidates than seats": (asked(capacity={**PROBLEM.capacity, "MDR": 1}), "capacity"),
    "a block without seats": (asked(capacity={"GRU": 3, "POS": 3, "TD": 3}), "capacity"),
    "a visit that must not move": (asked(fixed=("pathway:hugo",), published=(EARLY,)), "moved"),
    "a visit that must not vanish": (
        lambda plan: (asked(fixed=("pathway:gaia",), published=tuple(legal()))(plan)[0], plan[1][1:]),
        "moved",
    ),
}  # fmt: skip


def _sites(**changes: Any) -> tuple[SiteFacts, ...]:
    return tuple(site.model_copy(update=changes) for site in PROBLEM.sites)


@pytest.mark.parametrize("name", DAMAGE)
def test_every_kind_of_damage_is_named(name: str) -> None:
    change, rule = DAMAGE[name]
    found = check(*change((PROBLEM, legal())))
    named = {f"composition:{fault.facts['rule']}" if fault.rule == "composition" else fault.rule for fault in found}
    assert rule in named
    assert all(fault.basis for fault in found)


def test_the_damage_is_of_every_kind_that_can_be_told() -> None:
    kinds = {rule for _, rule in DAMAGE.values() if not rule.startswith("composition:")} | {
        "unseated",
        "several_juries",
    }
    for language in LANGUAGES:
        told = {name.partition(".")[2] for name in catalogue(language) if name.startswith("plan_faults.")}
        assert kinds == told


def test_what_may_not_move_may_stay() -> None:
    fixed = PROBLEM.model_copy(update={"fixed": ("pathway:hugo", "pathway:gaia"), "published": tuple(legal())})
    assert not check(fixed)


def test_a_holiday_is_no_day_of_a_jury() -> None:
    easter = PROBLEM.model_copy(update={"opens": date(2027, 3, 22), "closes": date(2027, 4, 2)})
    there = [visit(CANDIDATES[HUGO], "lyon", datetime.combine(date(2027, 3, day), time(9))) for day in (29, 30)]
    assert rules(easter, there[:1]) == {"closed_day"}
    assert not check(easter, there[1:])


def test_remote_only_where_scheme_and_session_allow_it_and_the_task_does() -> None:
    clea = conducted("clea")
    asked = CandidateFacts.model_validate(
        {**candidate("kim", "D1", "D2").model_dump(), "route": "training", "training_body": "greta"}
    )
    one = visit(asked, "", at("02 09:00"), ("anne",), scheme=clea)
    told = PROBLEM.model_copy(update={"candidates": (asked,), "modality": "remote", "capacity": {"D1": 1, "D2": 1}})
    assert not check_plan(clea, told, [one], allow_unseated=False)
    in_person = told.model_copy(update={"modality": "in_person"})
    assert {fault.rule for fault in check_plan(clea, in_person, [one])} == {"remote"}
    assert not check_plan(clea, in_person, [one.model_copy(update={"site": "lyon", "modality": "in_person"})])


def test_hours_and_lengths_are_those_of_the_scheme() -> None:
    slow = with_conduct(
        "cqp-cos",
        contestation=CONTESTATION,
        session={"planning": {"preparation": 30, "pause": 0, "day_opens": "09:00"}},
    )
    found = {fault.rule for fault in check_plan(slow, PROBLEM, legal())}
    assert found == {"preparation", "pause", "hours"}
    own = visit(CANDIDATES[HUGO], "lyon", at("02 09:00"), ("lea", "paul"), scheme=slow)
    assert not check_plan(slow, PROBLEM, [own])


def test_travel_is_as_given_or_as_the_crow_flies() -> None:
    assert travel(PROBLEM, 50, "lyon", "lyon") == 0
    assert travel(PROBLEM, 50, "lyon", "nowhere") is None
    assert travel(PROBLEM, 50, "lyon", "mars") is None
    # 57.4 km: a degree of latitude is 111.2 km, and one of longitude there 77.5.
    assert travel(PROBLEM, 50, "bourg", "lyon") == travel(PROBLEM, 50, "lyon", "bourg") == 69
    assert travel(PROBLEM.model_copy(update={"minutes": {"bourg|lyon": 50}}), 50, "lyon", "bourg") == 50


def test_a_started_minute_of_extra_time_is_a_whole_one() -> None:
    task = Task(id="t", kind="interview", title="t", minutes=15)
    for extra in range(0, 201):
        given = minutes_of(task, candidate("x", "TD", extra_time=extra))
        assert (given - 16) * 100 < 15 * extra <= (given - 15) * 100 or (extra == 0 and given == 15)


def test_of_a_chain_of_alternatives_one_is_held() -> None:
    made = [
        Task(id=id, kind="test", title=id, minutes=5, instead_of=other)
        for id, other in [("a", None), ("b", "a"), ("c", "b"), ("d", None)]
    ]
    assert [[task.id for task in group] for group in alternatives(made)] == [["a", "b", "c"], ["d"]]


# --- against a minute-by-minute reading of the rules ------------------------------------------------------------------

PLANNING = Planning()
DAY = at("02 00:00")


@st.composite
def stays(draw: st.DrawFn) -> list[Stay]:
    """A few stays of one day, at two sites or remote, perhaps at once."""
    found = draw(
        st.lists(
            st.tuples(st.integers(96, 200), st.integers(1, 30), st.sampled_from(["lyon", "bourg", ""])), max_size=4
        )
    )
    return [
        Stay(DAY + timedelta(minutes=5 * start), DAY + timedelta(minutes=5 * (start + length)), number, site)
        for number, (start, length, site) in enumerate(found)
    ]


def minutes(found: Iterable[Stay], over: int = 0) -> list[set[int]]:
    """The minutes of the day in which each stay lasts."""
    return [set(range(round((s.starts - DAY).seconds / 60), round((s.ends - DAY).seconds / 60) + over)) for s in found]


@settings(max_examples=100)
@given(stays())
def test_two_places_at_once_are_found_minute_by_minute(found: list[Stay]) -> None:
    told = {fault.rule for fault in check_person(PROBLEM, PLANNING, "juror", "anne", found)}
    taken = minutes(found)
    assert ("juror_twice_at_once" in told) == (sum(map(len, taken)) != len(set().union(*taken)))


@settings(max_examples=100)
@given(stays(), st.integers(0, 3))
def test_rooms_are_counted_minute_by_minute(found: list[Stay], rooms: int) -> None:
    taken = minutes(found, PLANNING.turnover)
    over = any(sum(minute in one for one in taken) > rooms for minute in range(24 * 60))
    assert bool(list(check_rooms(PLANNING, "lyon", rooms, found))) == over


@settings(max_examples=100)
@given(stays())
def test_lunch_is_found_minute_by_minute_where_nobody_travels(found: list[Stay]) -> None:
    here = [stay._replace(site="lyon") for stay in found]
    told = {fault.rule for fault in check_person(PROBLEM, PLANNING, "juror", "anne", here)}
    taken = set().union(*minutes(here))
    free = any(not taken & set(range(start, start + PLANNING.lunch)) for start in range(720, 840 - PLANNING.lunch + 1))
    assert ("lunch" in told) == (bool(here) and not free)


def test_lunch_is_not_eaten_while_travelling() -> None:
    def eats(until: str, since: str) -> bool:
        morning, afternoon = Stay(at("02 09:00"), at(until), 0, "lyon"), Stay(at(since), at("02 17:00"), 1, "bourg")
        return not list(check_person(PROBLEM, PLANNING, "juror", "anne", [morning, afternoon]))

    assert eats("02 12:00", "02 13:54")  # 69 minutes on the road, 45 at table
    assert not eats("02 12:00", "02 13:53")
    assert eats("02 12:45", "02 14:39")  # at table until half past one, then the road
    assert not eats("02 13:20", "02 15:30")  # on the road before or after, but at table too late


@settings(max_examples=60)
@given(st.integers(0, 3), st.integers(-600, 600))
def test_a_moved_visit_is_legal_or_named(index: int, by: int) -> None:
    """Within its day a visit of the plan only meets hours, steps, lunch, the other visits of its people, and rooms."""
    visits = legal()
    visits[index] = moved(visits[index], by)
    found = rules(visits=visits)
    assert found <= {
        "hours", "step", "lunch", "turnover", "travel", "juror_twice_at_once", "one_day", "rooms",
    }  # fmt: skip
    assert ("step" in found) == bool(by % 5)
