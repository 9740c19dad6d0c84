"""``do``: giving any command that a person may give to a pathway, a session or a sitting."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.scheme.model import AggregateName
from interfaces.cli.acting import (
    PATIENCE,
    AsOption,
    CommandIdOption,
    ExpectOption,
    ForOption,
    Halt,
    JsonOption,
    OnOption,
    RoleOption,
    WaitOption,
    act,
    actor_of,
    data_of,
    day_of,
    find,
    give,
    named,
    receipt_report,
    scheme_of,
    show_receipt,
    tell,
)
from interfaces.cli.console import Exit, fail, note, out, print_json, settings, text
from interfaces.table_types import shown

if TYPE_CHECKING:
    from interfaces.commands import Ask
    from interfaces.gateway import Gateway

_REFERENCES: dict[str, AggregateName] = {
    "pathway": "pathway",
    "pathways": "pathway",
    "absent": "pathway",
    "session": "session",
    "sitting": "sitting",
}
"""Fields of commands that name a stream: what is typed there may be shortened too."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed after ``do``."""

    id: str
    command: str
    fields: tuple[str, ...]
    data: str = ""
    on: str = ""
    role: str = ""
    as_: str = ""
    for_: str = ""
    command_id: str = ""
    expects: int | None = None
    wait: float = PATIENCE
    json: bool = False
    listing: bool = False


def add_do(group: typer.Typer, aggregate: AggregateName, help: str) -> None:
    """Give ``group`` its ``do``."""

    @group.command(name="do", help=help)
    def do_it(
        id: Annotated[str, typer.Argument(metavar="ID", help="Identifiant, entier ou son début.")] = "",
        command: Annotated[str, typer.Argument(metavar="COMMANDE", help="Voir --list.")] = "",
        fields: Annotated[
            list[str] | None, typer.Argument(metavar="CHAMP=VALEUR…", help="Champs ; blocks.GRU=oui pour un tableau.")
        ] = None,
        data: Annotated[str, typer.Option("--data", metavar="JSON|@FICHIER", help="Champs en un objet JSON.")] = "",
        on: OnOption = "",
        role: RoleOption = "",
        as_: AsOption = "",
        for_: ForOption = "",
        command_id: CommandIdOption = "",
        expects: ExpectOption = None,
        wait: WaitOption = PATIENCE,
        listing: Annotated[
            bool, typer.Option("--list", "--help-commands", help="Les commandes possibles, avec leurs champs.")
        ] = False,
        json: JsonOption = False,
    ) -> None:
        given = (id, command, tuple(fields or ()), data, on, role, as_, for_, command_id)
        do(aggregate, Asked(*given, expects=expects, wait=wait, json=json, listing=listing))


def do(aggregate: AggregateName, asked: Asked) -> None:
    """Give the command that was asked for, or list those that can be."""
    from interfaces.commands import askable

    known = askable(aggregate)
    if asked.listing:
        _list(known, asked.json, asked.command)
        return
    if not asked.id:
        fail("acting.do.id", Exit.USAGE)
    if not asked.command:
        fail("acting.do.command", Exit.USAGE, commands=", ".join(known))
    ask = known.get(asked.command.replace("-", "_"))
    if ask is None:
        fail("acting.do.unknown", Exit.USAGE, command=shown(asked.command), commands=", ".join(known))
    values, on = _values(ask, asked), day_of(asked.on, "--on")
    show_receipt(act(lambda: _give(ask, asked, values, on)), asked.json)


def _values(ask: Ask, asked: Asked) -> dict[str, Any]:
    """The fields as typed; what is malformed is said field by field and ends the command."""
    from interfaces.commands import faults, read_fields

    try:
        values = read_fields(ask, asked.fields, data_of(asked.data))
    except ValueError as error:
        fail("acting.do.pair", Exit.USAGE, pair=shown(str(error)))
    if isinstance(values.get("identity"), Mapping):
        # An identity is sealed whole: what is left out is taken from the one that is recorded.
        found = faults(ask, {**values, "identity": "{}"})
    else:
        found = faults(ask, values)
    if found:
        tell([fault.message(settings.language) for fault in found])
        fail("acting.do.malformed", command=ask.kind)
    return values


async def _give(ask: Ask, asked: Asked, values: Mapping[str, Any], on: date | None) -> dict[str, Any]:
    from interfaces.gateway import Gateway

    async with Gateway.open() as gateway:
        stream = await find(gateway.reading, ask.aggregate, asked.id)
        actor = actor_of(gateway.actor, asked.role, asked.as_, asked.for_)
        command = {"kind": ask.kind, **await _resolved(gateway, ask, values)}
        command = await _with_facts(gateway, stream, command)
        if isinstance(command.get("identity"), Mapping):
            command["identity"] = await _identity(gateway, stream, command["identity"])
        given = await give(
            gateway,
            stream,
            command,
            subject=await _subject(gateway, stream, command),
            on=on,
            command_id=asked.command_id,
            actor=actor,
            expects=asked.expects,
            wait=asked.wait,
        )
        return await receipt_report(gateway, given)


async def _resolved(gateway: Gateway, ask: Ask, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with whole ids in place of shortened ones."""
    resolved = dict(values)
    for name, aggregate in _REFERENCES.items():
        value = resolved.get(name) if name in ask.fields else None
        if isinstance(value, str):
            resolved[name] = await find(gateway.reading, aggregate, value)
        elif isinstance(value, Mapping):
            resolved[name] = {await find(gateway.reading, aggregate, id): item for id, item in value.items()}
        elif isinstance(value, (list, tuple)):
            resolved[name] = [await find(gateway.reading, aggregate, str(id)) for id in value]
    return resolved


async def _subject(gateway: Gateway, stream: str, command: Mapping[str, Any]) -> str:
    """Whose key seals the texts of the command: that of the candidate it is about, else the stream's own.

    Where a session or a sitting has no conduct, some of its reasons stay in the clear, as they were.
    """
    pathway = stream if stream.startswith("pathway:") else command.get("pathway")
    meeting = stream.startswith(("session:", "sitting:"))
    conducted = meeting and (await scheme_of(gateway.reading, stream)).conduct is not None
    if conducted and isinstance(command.get("juror"), str):
        return await _juror(gateway, stream, command["juror"])
    if isinstance(pathway, str) and (conducted or command["kind"] != "postpone_dossier"):
        return (await gateway.reading.pathway(pathway)).person_id
    if not conducted:
        return ""
    await gateway.keyring.keys.made([stream])
    return stream


async def _juror(gateway: Gateway, stream: str, juror: str) -> str:
    """The person behind a juror of the register; nobody where the register does not know them."""
    from eventstore.roster import Roster

    roster = Roster(gateway.reading.pool)
    found = (await roster.names(await roster.register_for(stream), [juror])).get(juror)
    return found.person if found else ""


async def _with_facts(gateway: Gateway, stream: str, command: dict[str, Any]) -> dict[str, Any]:
    """An appointment with what the register says of the juror, where the scheme says how sessions are conducted."""
    from activities.inquiring import jurors_of
    from eventstore.roster import Roster

    if command["kind"] != "appoint_juror" or "facts" in command:
        return command
    if (await scheme_of(gateway.reading, stream)).conduct is None:
        return command
    roster = Roster(gateway.reading.pool)
    found = await jurors_of(roster, await roster.register_for(stream), [str(command.get("juror"))])
    return {**command, "facts": found["jurors"][0]} if found["jurors"] else command


async def _identity(gateway: Gateway, stream: str, changes: Mapping[str, Any]) -> str:
    """The recorded identity with ``changes``, as the text that is sealed."""
    from domain.deposit.identity import FIELDS
    from interfaces.streams import identities

    row = await gateway.reading.pathway(stream)
    current = (await identities(gateway.reader("pathway do"), [row])).get(stream)
    if current is None:
        raise Halt("acting.erased", id=stream)
    known = dict.fromkeys((*current, *FIELDS))
    wrong = sorted(changes.keys() - known.keys())
    if wrong:
        raise Halt("acting.do.identity", fields=", ".join(map(str, wrong)), known=", ".join(known))
    return json.dumps({**current, **changes}, ensure_ascii=False, sort_keys=True)


def _list(known: Mapping[str, Ask], as_json: bool, only: str) -> None:
    chosen = {kind: ask for kind, ask in known.items() if not only or kind == only.replace("-", "_")}
    if not chosen:
        fail("acting.do.unknown", Exit.USAGE, command=shown(only), commands=", ".join(known))
    if as_json:
        print_json([_ask_report(ask) for ask in chosen.values()])
        return
    for ask in chosen.values():
        roles = ", ".join(named("role", role) for role in ask.roles)
        out.print(f"[bold]{ask.kind}[/bold]", highlight=False, end="")
        out.print(
            text("acting.do.listed", does=ask.does(settings.language), roles=roles), markup=False, highlight=False
        )
        for field in ask.fields.values():
            name = "acting.do.field" if field.required else "acting.do.field_optional"
            words = {"label": _label(field.name), "sort": field.sort_words(settings.language)}
            out.print(text(name, field=field.name, **words), markup=False, highlight=False)
    note("acting.do.hint")


def _label(field: str) -> str:
    return text(f"commands.field.{field}")


def _ask_report(ask: Ask) -> dict[str, Any]:
    return {
        "command": ask.kind,
        "does": ask.does(settings.language),
        "roles": list(ask.roles),
        "fields": [
            {
                "name": field.name,
                "sort": field.sort,
                "required": field.required,
                "choices": list(field.choices),
                "label": _label(field.name),
            }
            for field in ask.fields.values()
        ],
    }
