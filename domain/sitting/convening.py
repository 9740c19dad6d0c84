"""The rules by which the paritaire jury comes together: members convened, attendance, quorum, second convocation."""

from __future__ import annotations

from datetime import timedelta

from domain import attendance
from domain.aggregate import Context
from domain.deliberation import QUORUM, quorum
from domain.records import Fact
from domain.refusal import refuse
from domain.scheme.conduct import SittingConduct
from domain.sitting import commands as c
from domain.sitting import events as e
from domain.sitting.guards import require_day, require_live
from domain.sitting.state import Sitting


def require_conduct(state: Sitting) -> SittingConduct:
    """How the sitting is conducted, refused where its scheme leaves that to people."""
    if state.conduct is None:
        raise refuse("sitting.no_conduct", scheme=state.scheme.id)
    return state.conduct


def note_members(state: Sitting, command: c.NoteMembers, context: Context) -> list[Fact]:
    """Convene those in office on the day. Too few of them: refused by hand, told to the administrator otherwise."""
    if command.inquiry and (command.inquiry not in state.owed or state.status != "closed"):
        return []
    require_live(state)
    rules = require_conduct(state)
    if state.status != "closed":
        raise refuse("sitting.agenda_open", sitting=state.stream)
    if state.attendance is not None:
        raise refuse("sitting.already_sitting", sitting=state.stream)
    assert state.held_on is not None
    members = attendance.in_office(command.members, state.held_on)
    titulars = len(attendance.titulars(members))
    if titulars < rules.members:
        if not command.inquiry:
            raise refuse("sitting.members_lacking", titulars=titulars, needed=rules.members)
        return [e.MembersLacking(on=context.on, inquiry=command.inquiry, titulars=titulars, needed=rules.members)]
    return [
        e.MembersConvened(
            on=context.on,
            members=members,
            ties=command.ties,
            last=command.last,
            presides=attendance.presiding_college(rules, command.last),
            inquiry=command.inquiry,
        )
    ]


def record_attendance(state: Sitting, command: c.RecordAttendance, context: Context) -> list[Fact]:
    """Record who is there. Without a quorum the first convocation ends here, and the second one follows by itself.

    Said again, it is who is there from now on; once something is decided, nothing is convened anew.
    """
    rules = require_conduct(state)
    require_day(state, context)
    if not state.members:
        raise refuse("sitting.not_convened", sitting=state.stream)
    assert state.presides is not None
    seats = attendance.seats(rules, state.members, command.present, command.remote, command.proxies)
    found = quorum(rules, state.members, seats, second=bool(state.second_of))
    if not seats and (state.second_of or state.decisions):
        raise refuse("attendance.nobody", basis=QUORUM, sitting=state.stream)
    president = attendance.president(seats, state.presides, command.president)
    recorded = e.AttendanceRecorded(
        on=context.on,
        present=command.present,
        remote=command.remote,
        proxies=command.proxies,
        seats=seats,
        president=president,
        quorum=found,
        ties=command.ties,
    )
    if found.holds or state.decisions:
        return [recorded]
    return [recorded, _failed(state, rules, context)]


def _failed(state: Sitting, rules: SittingConduct, context: Context) -> e.QuorumFailed:
    second_on = context.today + timedelta(days=rules.second_after)
    return e.QuorumFailed(on=context.on, second=f"{state.stream}-2", second_on=second_on)
