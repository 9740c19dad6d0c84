"""``jalon register leave``, ``training``, ``absence …`` and ``tie …``: one thing that changes in a register."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import (
    PATIENCE,
    AsOption,
    CommandIdOption,
    ForOption,
    Halt,
    JsonOption,
    OnOption,
    RoleOption,
    WaitOption,
    act,
    actor_of,
    day_of,
    give,
    receipt_report,
    show_receipt,
)
from interfaces.cli.console import Exit, fail
from interfaces.cli.register.group import SchemeOption, called, counter, group
from interfaces.table_types import shown

if TYPE_CHECKING:
    from interfaces.gateway import Gateway

tie = typer.Typer(name="tie", no_args_is_help=True, help="Les liens d'un juré ou d'un membre avec un candidat.")
absence = typer.Typer(name="absence", no_args_is_help=True, help="Les absences d'un juré.")
group.add_typer(tie)
group.add_typer(absence)

JurorArgument = Annotated[str, typer.Argument(metavar="CODE", help="Code du juré.")]
WhoArgument = Annotated[str, typer.Argument(metavar="CODE", help="Code du juré ou du membre.")]
CandidateOption = Annotated[
    str, typer.Option("--candidate", metavar="ID", help="Parcours du candidat, ou sa personne ; entier ou son début.")
]
TieOption = Annotated[
    str, typer.Option("--kind", metavar="LIEN", help="trained | coached | manages | employs | related")
]
SinceOption = Annotated[str, typer.Option("--since", metavar="DATE", help="Premier jour.")]
UntilOption = Annotated[str, typer.Option("--until", metavar="DATE", help="Dernier jour, inclus.")]


@dataclass(frozen=True, slots=True)
class Act:
    """How a command is given: by whom, for which day, to which register."""

    scheme: str
    on: str = ""
    role: str = ""
    as_: str = ""
    for_: str = ""
    command_id: str = ""
    wait: float = PATIENCE


Ordering = Callable[["Gateway", str], Awaitable[tuple[dict[str, Any], str]]]
"""Gateway, register -> the command, and whose the texts in it are."""


@group.command()
def leave(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code de l'inscription.")],
    scheme: SchemeOption = "",
    on: OnOption = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Retire une inscription du registre : elle ne sert plus, ses faits restent. L'inscrire de nouveau la rétablit."""

    async def command(gateway: Gateway, stream: str) -> tuple[dict[str, Any], str]:
        entry = await called(gateway.reading, stream, code)
        return {"kind": "leave", "entity": entry["entity"], "code": code}, ""

    _show(Act(scheme, on, command_id=command_id, wait=wait), command, json)


@group.command()
def training(
    code: JurorArgument,
    since: SinceOption,
    until: UntilOption = "",
    scheme: SchemeOption = "",
    on: OnOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Note qu'un juré a suivi la formation à sa fonction, et jusqu'à quand elle vaut."""
    plain = {"kind": "note_training", "juror": code, "trained": _span(since, until)}
    _show(Act(scheme, on, role, as_), _plainly(plain), json)


@absence.command(name="declare")
def declare_absence(
    code: JurorArgument,
    since: SinceOption,
    until: UntilOption,
    scheme: SchemeOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Déclare qu'un juré ne peut pas siéger ces jours-là."""
    plain = {"kind": "declare_absence", "juror": code, "absence": _span(since, until)}
    _show(Act(scheme, "", role, as_), _plainly(plain), json)


@absence.command(name="lift")
def lift_absence(
    code: JurorArgument,
    since: SinceOption,
    until: UntilOption,
    scheme: SchemeOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Lève une absence, aux mêmes dates que celles où elle fut déclarée."""
    plain = {"kind": "lift_absence", "juror": code, "absence": _span(since, until)}
    _show(Act(scheme, "", role, as_), _plainly(plain), json)


@tie.command()
def declare(
    code: WhoArgument,
    candidate: CandidateOption,
    kind: TieOption,
    note: Annotated[str, typer.Option("--note", help="Précision ; scellée avec la clé du candidat.")] = "",
    scheme: SchemeOption = "",
    on: OnOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    for_: ForOption = "",
    json: JsonOption = False,
) -> None:
    """Déclare ce qui lie un juré ou un membre à un candidat ; chacun peut le faire, candidat et employeur compris."""
    meant = _tie(kind)

    async def command(gateway: Gateway, stream: str) -> tuple[dict[str, Any], str]:
        person = await _person(gateway, candidate)
        noted = {"note": note} if note else {}
        return {"kind": "declare_ties", "ties": [{"who": code, "person": person, "tie": meant, **noted}]}, person

    _show(Act(scheme, on, role, as_, for_), command, json)


@tie.command()
def lift(
    code: WhoArgument,
    candidate: CandidateOption,
    kind: TieOption,
    reason: Annotated[str, typer.Option("--reason", help="Motif ; scellé avec la clé du candidat.")] = "",
    scheme: SchemeOption = "",
    on: OnOption = "",
    as_: AsOption = "",
    json: JsonOption = False,
) -> None:
    """Lève un lien : il n'existe pas, ou n'existe plus. La déclaration reste à l'histoire."""
    meant = _tie(kind)

    async def command(gateway: Gateway, stream: str) -> tuple[dict[str, Any], str]:
        person = await _person(gateway, candidate)
        plain = {"kind": "lift_tie", "who": code, "person": person, "tie": meant}
        return {**plain, "reason": reason} if reason else plain, person

    _show(Act(scheme, on, "", as_), command, json)


def _tie(written: str) -> str:
    """The kind of tie, in any of its words."""
    from interfaces.candidate_cells import BadCell
    from interfaces.register_cells import TIES, one_of

    try:
        return one_of(TIES)(written)
    except BadCell:
        fail("acting.one_of", Exit.USAGE, option="--kind", value=shown(written), known=", ".join(TIES))


def _span(since: str, until: str) -> dict[str, str | None]:
    days = {"since": day_of(since, "--since"), "until": day_of(until, "--until")}
    return {name: day.isoformat() if day else None for name, day in days.items()}


def _plainly(command: dict[str, Any]) -> Ordering:
    async def order(gateway: Gateway, stream: str) -> tuple[dict[str, Any], str]:
        return command, ""

    return order


async def _person(gateway: Gateway, id: str) -> str:
    """The candidate whom ``id`` means: by a pathway, else by a person."""
    from eventstore.persons import Persons
    from eventstore.reading import Ambiguous, NotFound

    try:
        try:
            return (await gateway.reading.pathway(id)).person_id
        except NotFound:
            return await Persons(gateway.reading.pool).called(id)
    except NotFound:
        raise Halt("acting.not_found.pathway", id=shown(id)) from None
    except Ambiguous as several:
        raise Halt("acting.ambiguous", id=shown(id), candidates=", ".join(several.candidates)) from None


def _show(how: Act, order: Ordering, as_json: bool) -> None:
    day = day_of(how.on, "--on")

    async def work() -> dict[str, Any]:
        async with counter(how.scheme) as (gateway, stream):
            command, subject = await order(gateway, stream)
            actor = actor_of(gateway.actor, how.role, how.as_, how.for_)
            given = await give(
                gateway,
                stream,
                command,
                subject=subject,
                on=day,
                command_id=how.command_id,
                actor=actor,
                wait=how.wait,
            )
            return await receipt_report(gateway, given)

    show_receipt(act(work), as_json)
