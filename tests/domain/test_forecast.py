"""Which deadlines cannot be met as things are planned, and what would save them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from domain.forecast import Ahead, Breach, Meeting, breach
from domain.meetings import OpenSession, OpenSitting
from tests.conducted import conducted

TODAY, DUE = date(2027, 1, 4), date(2027, 4, 4)
DAY = timedelta(days=1)


def session(id: str, opens: date, closes: date | None = None, blocks: tuple[str, ...] = ("GRU", "TD")) -> OpenSession:
    registration = opens - 10 * DAY
    return OpenSession(
        session=id, opens=opens, closes=closes or opens + 5 * DAY, registration_closes=registration, blocks=blocks
    )


def sitting(id: str, on: date) -> OpenSitting:
    return OpenSitting(sitting=id, held_on=on)


def ahead(id: str = "vae_jury", **changes: object) -> Ahead:
    deadline = next(item for item in conducted("cqp-cos").every_deadline if item.id == id)
    found = Ahead(f"{id}:4", "pathway:a", deadline, DUE, ("TD",))
    return found._replace(**changes)  # type: ignore[arg-type]


def foreseen(
    what: Ahead, sessions: list[OpenSession] | None = None, sittings: list[OpenSitting] | None = None
) -> Breach:
    found = breach(what, sessions or [], sittings or [], TODAY)
    assert found is not None
    return found


def test_without_any_session_the_jury_cannot_come_in_time() -> None:
    found = foreseen(ahead())
    assert (found.needs, found.meeting, found.saved_by) == ("session", None, ())


def test_a_session_that_can_still_take_the_candidate_keeps_the_deadline() -> None:
    assert breach(ahead(), [session("session:s", DUE)], [], TODAY) is None


@pytest.mark.parametrize(
    "useless",
    [
        session("session:s", DUE, blocks=("GRU",)),
        session("session:s", TODAY + 5 * DAY),
    ],
    ids=["does not assess the block", "registration is over"],
)
def test_a_session_that_takes_no_such_candidate_saves_nothing(useless: OpenSession) -> None:
    assert foreseen(ahead(), [useless]).meeting is None


def test_a_seat_after_the_last_day_is_a_breach_that_an_earlier_session_would_save() -> None:
    late, early = session("session:late", DUE + DAY), session("session:early", DUE - 30 * DAY)
    found = foreseen(ahead(session=late), [late, early])
    assert found.meeting == Meeting("session:late", DUE + DAY)
    assert found.saved_by == (Meeting("session:early", DUE - 30 * DAY),)


def test_a_new_decision_needs_a_sitting_in_time() -> None:
    contest = ahead("contest_decision")
    assert foreseen(contest).needs == "sitting"
    assert breach(contest, [], [sitting("sitting:a", DUE)], TODAY) is None
    bound = contest._replace(sitting=sitting("sitting:b", DUE + DAY))
    assert foreseen(bound, sittings=[sitting("sitting:a", DUE)]).saved_by == (Meeting("sitting:a", DUE),)


@pytest.mark.parametrize("id", ["result_notice", "livret2", "pathway_validity", "contestation"])
def test_what_no_meeting_ends_is_not_foreseen(id: str) -> None:
    assert breach(ahead(id), [], [], TODAY) is None
