"""A stream's whole history: every order asked again, and every award traced to the decision that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from domain.aggregate import Standing
from domain.aggregates import aggregate_of
from domain.log import StoredEvent
from domain.pathway.aggregate import PATHWAY
from domain.pathway.state import Pathway
from domain.recheck import recheck
from domain.records import event_id
from domain.sitting.state import Sitting
from domain.verifying.fault import Fault

Row = Sequence[Any]
"""An event as stored: version, command, type, schema version, occurred at, recorded at, public part (bytes)."""


class Retold(NamedTuple):
    """What became of a history: its faults, and the state that it leads to, as far as it could be folded."""

    faults: list[Fault]
    state: Standing | None


def retell(stream: str, rows: Sequence[Row]) -> Retold:
    """Ask every order of ``stream`` again. The scheme versions must be known (``library``). Never raises."""
    try:
        aggregate = aggregate_of(stream)
    except KeyError:
        return Retold([Fault("rule.stranger", _event(stream, rows[0][0]), stream)], None)
    faults, state = [], aggregate.new()
    try:
        events = stored_events(rows)
        for found in recheck(aggregate, stream, events, state):
            params = {"version": found.version, "why": found.detail}
            faults.append(Fault(f"rule.{found.code}", _event(stream, found.version), stream, params))
    except Exception as error:
        # What a forger wrote can break anything; that it does is the finding.
        version = state.version + 1
        params = {"version": version, "why": type(error).__name__}
        faults.append(Fault("rule.unreadable", _event(stream, version), stream, params))
    return Retold(faults, state if state.version == rows[-1][0] else None)


def stored_events(rows: Iterable[Row]) -> list[StoredEvent]:
    """The events as the rules take them. UnicodeDecodeError when a public part is no text."""
    return [StoredEvent(*[*row[:6], row[6].decode()]) for row in rows]


def award_faults(state: Pathway, rows: Iterable[Mapping[str, Any]]) -> Iterator[Fault]:
    """How the stored awards of a pathway (rows of ``awards``) differ from those that its history gives."""
    stored = {row["award_id"]: dict(row) for row in rows}
    for expected in PATHWAY.view(state).awards:
        id = expected["award_id"]
        event = _event(state.stream, int(id.rpartition("#")[2]))
        row = stored.pop(id, None)
        if row is None:
            yield Fault("award.missing", event, state.stream, {"award": id})
        elif row != {**expected, "stream_id": state.stream}:
            columns = [name for name, value in expected.items() if row[name] != value]
            yield Fault("award.differs", event, state.stream, {"award": id, "columns": ", ".join(columns)})
    for id in stored:
        yield Fault("award.invented", None, state.stream, {"award": id})


def mail_faults(state: Standing, rows: Iterable[Mapping[str, Any]]) -> Iterator[Fault]:
    """How the book of mails (rows of ``mails``) differs from the attempts that a stream's history tells of.

    The book is written first: of a notice that is still owed it may tell of one more attempt. That nobody knows any
    more where to write to stands in the book alone.
    """
    book = {row["effect_id"]: row for row in rows}
    for id, mail in state.mails.items():
        event, row, told = _event(state.stream, mail.effect.version), book.get(id), mail.mailing
        if row is None:
            yield Fault("mail.missing", event, state.stream, {"mail": told.message_id})
            continue
        if row["attempt"] > told.attempt and (id in state.owed or row["status"] == "unaddressed"):
            continue
        said = {
            **{"audience": mail.effect.audience, "recipient": mail.effect.to, "template": mail.effect.template},
            **{"message_id": told.message_id, "attempt": told.attempt},
        }
        if told.status != "bounced" or row["status"] != "sent":
            # A return is noted in the log first.
            said |= {"status": told.status, "code": told.code}
        if columns := [name for name, value in said.items() if row[name] != value]:
            params = {"mail": told.message_id, "columns": ", ".join(columns)}
            yield Fault("mail.differs", event, state.stream, params)


def basis_faults(state: Pathway, sittings: Mapping[str, Sitting | None]) -> Iterator[Fault]:
    """The awards of a pathway that no proclaimed decision gives. ``sittings``: as their histories leave them."""
    for award in state.awards:
        sitting = sittings.get(award.sitting)
        decision = sitting.decisions.get(state.stream) if sitting is not None else None
        if sitting is None or decision is None or sitting.status != "proclaimed":
            why = "absent"
        elif award.block is not None and not decision.fact.blocks.get(award.block, False):
            why = "refused"
        elif award.block is None and award.withdrawn_on is None and not state.holds_all(state.lost):
            # A block that was lost since, on another pathway, puts the certification in doubt, and not the log.
            why = "blocks"
        else:
            continue
        params = {"award": f"{state.stream}#{award.version}", "sitting": award.sitting}
        yield Fault(f"award.{why}", _event(state.stream, award.version), state.stream, params)


def recognised(state: Pathway) -> list[tuple[str, str]]:
    """The blocks that count here because another pathway awarded them: that pathway, and how the block is held."""
    return [
        (block.pathway, block.held_as)
        for block in state.held.values()
        if block.pathway is not None and block.pathway != state.stream
    ]


def _event(stream: str, version: int) -> str:
    return str(event_id(stream, version))
