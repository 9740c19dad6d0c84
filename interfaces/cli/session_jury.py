"""``jalon session jury`` and ``begin``: who may sit before whom, as the register has it, and the opening of the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.jury import Finding, failing
from domain.people import JurorFacts, TieFacts
from domain.session.gate import composition
from domain.session.state import Session
from interfaces.cli.acting import (
    PATIENCE,
    AsOption,
    CommandIdOption,
    ForOption,
    JsonOption,
    OnOption,
    RoleOption,
    WaitOption,
    act,
    actor_of,
    day_of,
    desk,
    execute,
    find,
    give,
    receipt_report,
    say_out,
    scheme_of,
    show_receipt,
)
from interfaces.cli.console import fail, note, print_json
from interfaces.cli.jury import finding_json, show_findings
from interfaces.table_types import shown
from interfaces.telling import short

if TYPE_CHECKING:
    from eventstore.reading import Reading

_Id = Annotated[str, typer.Argument(metavar="ID", help="Identifiant, entier ou son début, avec ou sans « session: ».")]
_Present = Annotated[
    list[str] | None, typer.Option("--present", metavar="JURÉ", help="Juré présent ; à répéter, ou séparés par « , ».")
]


def add_jury(group: typer.Typer) -> None:
    """Give ``group`` what concerns the juries of a session."""

    @group.command()
    def jury(
        id: _Id,
        candidate: Annotated[str, typer.Option("--candidate", metavar="PARCOURS", help="Un seul candidat.")] = "",
        present: _Present = None,
        on: OnOption = "",
        json: JsonOption = False,
    ) -> None:
        """Dit, candidat par candidat et règle par règle, si son jury peut siéger, d'après le registre d'aujourd'hui.

        Avec --present, comme à l'ouverture de la session : seuls comptent les jurés qui sont vraiment là.

        jalon session jury cqp-cos-2027-06 --present j1,j2

        Code de sortie : 0 dès qu'il y a une réponse, favorable ou non ; 1 si la question est refusée.
        """
        day, here = day_of(on, "--on"), _split(present)
        rows = execute(lambda: _juries(id, here, day))
        chosen = [
            row for row in rows if row["pathway"].partition(":")[2].startswith(candidate.removeprefix("pathway:"))
        ]
        if candidate and not chosen:
            fail("session.jury.no_candidate", candidate=shown(candidate))
        if json:
            print_json([_report(row) for row in chosen])
        else:
            _show(chosen)

    @group.command(name="begin")
    def begin_session(
        id: _Id,
        present: _Present = None,
        on: OnOption = "",
        role: RoleOption = "",
        as_: AsOption = "",
        for_: ForOption = "",
        command_id: CommandIdOption = "",
        wait: WaitOption = PATIENCE,
        json: JsonOption = False,
    ) -> None:
        """Ouvre une session, le jour venu, devant les jurés présents : refusé si un jury ne peut pas siéger.

        jalon session begin cqp-cos-2027-06 --present j1,j2

        Ce que le dispositif permet d'écarter s'écarte d'abord, avec un motif :
        jalon session do cqp-cos-2027-06 record_exception rules=gender_balance reason="…"

        Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
        """
        here = _split(present)
        if not here:
            fail("session.begin.present")
        day = day_of(on, "--on")

        async def work() -> dict[str, Any]:
            from interfaces.gateway import Gateway

            async with Gateway.open() as gateway:
                stream = await find(gateway.reading, "session", id)
                state = await _state(gateway.reading, stream)
                found = await _register(gateway.reading, stream, state)
                command = {"kind": "begin", "present": here, "jurors": found["jurors"], "ties": found["ties"]}
                actor = actor_of(gateway.actor, role, as_, for_)
                given = await give(gateway, stream, command, on=day, command_id=command_id, actor=actor, wait=wait)
                return await receipt_report(gateway, given)

        show_receipt(act(work), json)


def _split(present: Sequence[str] | None) -> list[str]:
    """The jurors who are there, each once."""
    names = (part.strip() for entry in present or () for part in entry.split(","))
    return list(dict.fromkeys(name for name in names if name))


async def _state(reading: Reading, stream: str) -> Session:
    from interfaces.streams import read_stream

    state: Session = (await read_stream(reading, stream)).state
    return state


async def _register(reading: Reading, stream: str, state: Session) -> dict[str, Any]:
    """What the register says of its jurors, and of their ties with the candidates of the session."""
    from activities.inquiring import jurors_of
    from eventstore.roster import Roster

    roster = Roster(reading.pool)
    await scheme_of(reading, stream)
    persons = [facts.person for id, facts in state.candidates.items() if id in state.seated]
    return await jurors_of(roster, await roster.register_for(stream), persons=persons)


async def _juries(id: str, present: list[str], on: date | None) -> list[dict[str, Any]]:
    async with desk() as books:
        stream = await find(books.reading, "session", id)
        state = await _state(books.reading, stream)
        found = await _register(books.reading, stream, state)
    known = [JurorFacts.model_validate(facts) for facts in found["jurors"]]
    register = {**state.facts, **{facts.juror: facts for facts in known}}
    ties = [TieFacts.model_validate(tie) for tie in found["ties"]]
    return [
        {
            "pathway": pathway,
            "jurors": [juror for juror in state.jury(pathway) if not present or juror in present],
            "findings": composition(state, pathway, register, ties, present=present or None, on=on),
            "set_aside": [rule for rule in state.exceptions if state.excepts(rule, pathway)],
        }
        for pathway in state.seated
    ]


def _against(row: Mapping[str, Any]) -> tuple[Finding, ...]:
    return tuple(finding for finding in failing(row["findings"]) if finding.rule not in row["set_aside"])


def _report(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "findings": [finding_json(finding) for finding in row["findings"]], "holds": not _against(row)}


def _show(rows: Sequence[Mapping[str, Any]]) -> None:
    """One candidate in full; of several, the rules that fail."""
    if not rows:
        note("session.jury.nobody")
    for row in rows:
        against = _against(row)
        answer = "session.jury.no" if against else "session.jury.yes"
        say_out(answer, pathway=short(row["pathway"]), jurors=", ".join(row["jurors"]) or "—")
        told = row["findings"] if len(rows) == 1 else tuple(one for one in row["findings"] if not one.holds)
        if told:
            show_findings(told)
        if row["set_aside"]:
            say_out("session.jury.set_aside", rules=", ".join(row["set_aside"]))
