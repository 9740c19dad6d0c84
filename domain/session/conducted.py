"""What follows from the events of a session whose scheme says how it is conducted: who is told what, and what is asked.

A version of the scheme without a conduct leaves all of this to people.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from domain.appointments import of_juror, renewed
from domain.meetings import DeadlineEndangered, MeetingNear
from domain.records import Fact, Recorded
from domain.session import events as e

if TYPE_CHECKING:
    from domain.session.state import Session


def look_for_candidates(state: Session, record: Recorded) -> None:
    """Tell the pathways that look for a session that this one takes candidates."""
    params = {"scheme": state.scheme.id, "what": "sessions"}
    state.owe(record, "seekers", kind="inquire", template="seekers", params=params)


def look_for_sitting(state: Session, record: Recorded) -> None:
    """Ask once which sittings could follow, so that a deadline which none can meet is told in time."""
    if not state.foreseen:
        state.foreseen = True
        state.owe(record, "sittings", kind="inquire", template="sittings", params={"scheme": state.scheme.id})


def convened(state: Session, record: Recorded, pathways: tuple[str, ...]) -> None:
    """Convene ``pathways`` and their jurors."""
    for pathway in pathways:
        state.convened[pathway] = state.convocation(pathway)
        state.tell(record, pathway, "convocation", state.convened[pathway])
    tell_jurors(state, record)
    look_for_sitting(state, record)


def tell_jurors(state: Session, record: Recorded) -> None:
    """Convene the jurors whose own programme is not what they were told."""
    visits = [visit for id in state.convened for visit in state.visits.get(id, ())]
    for juror in state.jurors:
        now = of_juror(state.scheme, state.stream, juror, visits, state.places())
        before = state.invited.get(juror)
        if before is None or before != now:
            state.invited[juror] = now
            _invite(state, record, juror, renewed(before or (), now))


def _invite(state: Session, record: Recorded, juror: str, appointments: list[dict[str, Any]]) -> None:
    params = {**state.window(), "place": state.place, "appointments": appointments}
    told = {"audience": "juror", "to": juror, "template": "convocation_juror", "params": params}
    state.owe(record, f"convocation/{juror}", kind="notice", **told)


def cancelled(state: Session, record: Recorded) -> None:
    """Tell the jurors, and take their appointments back."""
    for juror in state.jurors:
        params = {**state.window(), "appointments": renewed(state.invited.get(juror, ()), ())}
        told = {"audience": "juror", "to": juror, "template": "session_cancelled", "params": params}
        state.owe(record, f"cancelled/{juror}", kind="notice", **told)


def _announced(state: Session, record: Recorded, fact: e.RegistrationAnnounced) -> None:
    state.status = "announced"
    state.registration_opens = fact.opens


def _registration_opened(state: Session, record: Recorded, fact: e.RegistrationOpened) -> None:
    state.status = "open"
    state.passed.add(fact.due)
    look_for_candidates(state, record)


def _juror(state: Session, record: Recorded, fact: e.JurorDescribed) -> None:
    state.facts[fact.juror.juror] = fact.juror


def _withdrew(state: Session, record: Recorded, fact: e.JurorWithdrew) -> None:
    del state.jurors[fact.juror]
    state.facts.pop(fact.juror, None)
    state.invited.pop(fact.juror, None)
    for pathway in fact.visits:
        del state.visits[pathway]
    state.shaken()
    state.replacing = True
    told = {"audience": "administrator", "template": "replacement", "params": state.window()}
    state.owe(record, "replacement", kind="notice", **told)


def _candidate(state: Session, record: Recorded, fact: e.CandidateDescribed) -> None:
    state.candidates[fact.candidate.pathway] = fact.candidate


def _inquired(state: Session, record: Recorded, fact: e.JuryInquired) -> None:
    if fact.due:
        state.passed.add(fact.due)
    state.convening = state.convening or fact.about == "convening"
    state.inquiry = f"{state.stream}#{record.version}/jurors"
    persons = sorted({candidate.person for id, candidate in state.candidates.items() if id in state.seated})
    params = {"scheme": state.scheme.id, "persons": persons}
    state.owe(record, "jurors", kind="inquire", template="jurors", params=params)


def _checked(state: Session, record: Recorded, fact: e.JuryChecked) -> None:
    if fact.at != "opening":
        state.inquiry = ""
    state.facts |= {juror.juror: juror for juror in fact.jurors if juror.juror in state.jurors}
    state.faults = dict(fact.faults)
    if fact.faults and state.convening:
        told = {"audience": "administrator", "template": "jury_incomplete"}
        params = {**state.window(), "candidates": len(fact.faults), "rules": _rules(fact)}
        state.owe(record, "incomplete", kind="notice", **told, params=params)
    if state.replacing:
        state.replacing = False
        _ask_substitutes(state, record, fact)


def _rules(fact: e.JuryChecked) -> list[str]:
    return sorted({finding.rule for found in fact.faults.values() for finding in found})


def _ask_substitutes(state: Session, record: Recorded, fact: e.JuryChecked) -> None:
    able = {id for found in fact.faults.values() for finding in found for id in finding.mends}
    for juror in sorted(able - state.jurors.keys()):
        told = {"audience": "juror", "to": juror, "template": "replacement", "params": state.window()}
        state.owe(record, f"replacement/{juror}", kind="notice", **told)


def _published(state: Session, record: Recorded, fact: e.PlanPublished) -> None:
    state.plan = fact.number
    visits: dict[str, Any] = {}
    for visit in sorted(fact.visits, key=lambda visit: visit.starts):
        visits[visit.pathway] = (*visits.get(visit.pathway, ()), visit)
    state.visits, state.unseated = visits, fact.unseated
    state.facts |= {juror.juror: juror for juror in fact.jurors if juror.juror in state.jurors}
    state.sites = {site.id: site for site in fact.sites}
    state.shaken()
    look_for_sitting(state, record)


def _endangered(state: Session, record: Recorded, fact: DeadlineEndangered) -> None:
    state.endangered = (*state.endangered, fact)
    params = {
        **state.window(),
        "deadline": fact.deadline,
        "last_day": fact.last_day.isoformat(),
        "meeting": fact.meeting,
        "held_on": fact.held_on.isoformat() if fact.held_on else None,
    }
    told = {"audience": "administrator", "template": "deadline_endangered", "params": params}
    state.owe(record, f"endangered/{fact.deadline}", kind="notice", **told)


def _near(state: Session, record: Recorded, fact: MeetingNear) -> None:
    """Remind the jurors whose first day it is."""
    state.passed.add(fact.due)
    for juror in sorted(state.invited.keys() & state.jurors.keys()):
        appointments = state.invited[juror]
        first = appointments[0]["start"][:10] if appointments else str(state.opens)
        if first == fact.held_on.isoformat():
            params = {"meeting": state.stream, "held_on": first, "appointments": list(appointments)}
            told = {"audience": "juror", "to": juror, "template": "reminder_session", "params": params}
            state.owe(record, f"near/{juror}", kind="notice", **told)


def _excepted(state: Session, record: Recorded, fact: e.ExceptionRecorded) -> None:
    for rule in fact.rules:
        everybody = not fact.pathways or state.exceptions.get(rule) == frozenset()
        state.exceptions[rule] = frozenset(
            () if everybody else state.exceptions.get(rule, frozenset()) | set(fact.pathways)
        )


def _begun(state: Session, record: Recorded, fact: e.SessionBegun) -> None:
    state.status = "begun"
    state.reached("begun", record)


def _late(state: Session, record: Recorded, fact: e.ResultsLate) -> None:
    state.passed.add(fact.due)
    params = {**state.window(), "due": fact.last_day.isoformat(), "missing": len(fact.missing)}
    audience = "juror" if fact.tell in ("juror", "president") else fact.tell
    for juror in _jurors_to_tell(state, fact) if audience == "juror" else [""]:
        name = f"late/{juror}" if juror else "late"
        told = {"audience": audience, "to": juror, "template": "results_late", "params": params}
        state.owe(record, name, kind="notice", **told)


def _jurors_to_tell(state: Session, fact: e.ResultsLate) -> list[str]:
    behind = {juror for pathway in fact.missing for juror in state.jury(pathway)}
    if fact.tell == "juror":
        return sorted(behind & state.jurors.keys())
    return sorted(juror for juror in behind & state.jurors.keys() if state.jurors[juror].part == "president")


APPLY: dict[type[Fact], Callable[[Session, Recorded, Any], None]] = {
    e.RegistrationAnnounced: _announced,
    e.RegistrationOpened: _registration_opened,
    e.JurorDescribed: _juror,
    e.JurorWithdrew: _withdrew,
    e.CandidateDescribed: _candidate,
    e.JuryInquired: _inquired,
    e.JuryChecked: _checked,
    e.PlanPublished: _published,
    DeadlineEndangered: _endangered,
    MeetingNear: _near,
    e.ExceptionRecorded: _excepted,
    e.SessionBegun: _begun,
    e.ResultsLate: _late,
}
