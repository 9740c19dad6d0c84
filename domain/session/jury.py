"""The rules on who sits: asking the register, convening whose jury may sit, exceptions, the opening of the day."""

from __future__ import annotations

from typing import Literal

from domain import calendar
from domain.aggregate import Context
from domain.meetings import BEFORE_THE_JURY, BEFORE_THE_SITTING, DeadlineEndangered, first_sitting
from domain.people import TieFacts
from domain.records import Fact
from domain.refusal import refuse
from domain.scheme.conduct import Conduct
from domain.session import commands as c
from domain.session import events as e
from domain.session.gate import Checked, check
from domain.session.guards import require_live
from domain.session.state import Session


def conduct_of(state: Session) -> Conduct:
    """The conduct of the scheme; refused where it has none."""
    conduct = state.scheme.conduct
    if conduct is None:
        raise refuse("session.not_conducted", scheme=state.scheme.id)
    return conduct


def inquired(
    state: Session, context: Context, about: Literal["convening", "replacement", "change"], due: str = ""
) -> list[Fact]:
    """The question to the register that a change of the jury or of the candidates asks for.

    None where the scheme has no conduct, nor before anybody has to be convened unless a juror must be replaced.
    """
    if state.scheme.conduct is None or (about == "change" and not state.convening):
        return []
    return [e.JuryInquired(on=context.today, about=about, due=due)]


def note_jurors(state: Session, command: c.NoteJurors, context: Context) -> list[Fact]:
    """Check everybody's jury and, once it is time, convene those whose jury may sit and who are not told yet."""
    if command.inquiry != state.inquiry or state.status not in ("announced", "open", "closed", "convened"):
        return []
    register = {**state.facts, **{juror.juror: juror for juror in command.jurors}}
    checked = check(state, state.seated, register, command.ties)
    concerned = {*state.jurors, *checked.substitutes()}
    facts: list[Fact] = [
        e.JuryChecked(
            on=context.today,
            at="convening" if state.convening else "change",
            **checked._asdict(),
            jurors=tuple(register[id] for id in sorted(concerned & register.keys())),
            ties=_about(command, concerned),
        )
    ]
    if state.convening:
        told = tuple(id for id in checked.lawful if state.convocation(id) != state.convened.get(id))
        if told or (not state.seated and state.status != "convened"):
            facts.append(e.CandidatesConvened(on=context.today, pathways=told))
    return facts


def _about(command: c.NoteJurors, jurors: set[str]) -> tuple[TieFacts, ...]:
    return tuple(tie for tie in command.ties if tie.who in jurors)


def withdraw_juror(state: Session, command: c.WithdrawJuror, context: Context) -> list[Fact]:
    """A juror leaves; the register is asked who could replace them."""
    require_live(state)
    conduct_of(state)
    if command.juror not in state.jurors:
        raise refuse("juror.unknown", juror=command.juror)
    visits = tuple(id for id, planned in state.visits.items() if any(command.juror in v.jurors for v in planned))
    left = e.JurorWithdrew(on=context.on, juror=command.juror, visits=visits, reason=command.reason)
    return [left, *inquired(state, context, "replacement")]


def record_exception(state: Session, command: c.RecordException, context: Context) -> list[Fact]:
    """Set rules aside that the scheme allows to be set aside."""
    require_live(state)
    allowed = conduct_of(state).session.exceptions
    wrong = sorted(set(command.rules) - set(allowed))
    if wrong:
        raise refuse("exception.not_allowed", rules=wrong, allowed_rules=list(allowed))
    strangers = sorted(set(command.pathways) - state.seated.keys())
    if strangers:
        raise refuse("session.not_seated", pathways=strangers)
    recorded = e.ExceptionRecorded(on=context.on, rules=command.rules, pathways=command.pathways, reason=command.reason)
    return [recorded, *inquired(state, context, "change")]


def begin(state: Session, command: c.Begin, context: Context) -> list[Fact]:
    """Open the session before those who are there, if every convened candidate's jury may sit."""
    require_live(state)
    conduct_of(state)
    if state.status == "begun":
        raise refuse("session.already_begun", session=state.stream)
    if state.status != "convened":
        raise refuse("session.not_convened", session=state.stream)
    assert state.opens is not None
    if context.on < state.opens:
        raise refuse("date.too_early", on=context.on.isoformat(), earliest=state.opens.isoformat())
    strangers = sorted(set(command.present) - state.jurors.keys())
    if strangers:
        raise refuse("juror.not_appointed", jurors=strangers)
    register = {**state.facts, **{juror.juror: juror for juror in command.jurors}}
    expected = [id for id in state.seated if id in state.convened]
    checked = check(state, expected, register, command.ties, present=set(command.present), on=context.on)
    if checked.faults:
        raise _unlawful(state, checked)
    jurors = tuple(register[id] for id in sorted(set(command.present) & register.keys()))
    ties = tuple(tie for tie in command.ties if tie.who in command.present)
    return [
        e.JuryChecked(on=context.on, at="opening", **checked._asdict(), jurors=jurors, ties=ties),
        e.SessionBegun(on=context.on, present=command.present),
    ]


def _unlawful(state: Session, checked: Checked) -> Exception:
    found = [
        {"pathway": pathway, **finding.model_dump(mode="json")}
        for pathway, failing in checked.faults.items()
        for finding in failing
    ]
    rules = sorted({finding["rule"] for finding in found})
    bases = " ; ".join(dict.fromkeys(finding["basis"] for finding in found))
    return refuse(
        "session.jury_unlawful", basis=bases, pathways=sorted(checked.faults), rules=rules, findings=found[:50]
    )


def note_sittings(state: Session, command: c.NoteSittings, context: Context) -> list[Fact]:
    """Warn of deadlines that no sitting after this session could meet."""
    if state.status in ("", "cancelled", "completed") or state.scheme.conduct is None:
        return []
    assert state.closes is not None
    sitting = first_sitting(command.sittings, state.closes)
    facts: list[Fact] = []
    for deadline in state.scheme.deadlines_of("pathway"):
        if deadline.starts not in BEFORE_THE_JURY or BEFORE_THE_SITTING.isdisjoint(deadline.ends):
            continue
        due = calendar.add(state.scheme.calendar, state.closes, deadline.amount, deadline.unit).due
        if due is not None and (sitting is None or sitting.held_on > due):
            facts.append(
                DeadlineEndangered(
                    on=context.today,
                    deadline=deadline.id,
                    last_day=due,
                    meeting=sitting.sitting if sitting else "",
                    held_on=sitting.held_on if sitting else None,
                    basis=deadline.basis,
                )
            )
    return facts
