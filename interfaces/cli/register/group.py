"""The group of the register's commands, and the register that a command means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import Halt, one_of
from interfaces.cli.app import app
from interfaces.table_types import shown

if TYPE_CHECKING:
    from domain.scheme.model import Scheme
    from eventstore.reading import Reading
    from interfaces.gateway import Gateway

KINDS = {
    "organisations": "organisation",
    "sites": "site",
    "jurors": "juror",
    "members": "member",
    "office": "office",
    "ties": "tie",
}
"""Table -> what an entry of it is called by the rules."""

group = typer.Typer(
    name="register", no_args_is_help=True, help="Les registres : organismes, sites, jurés, membres, liens."
)
app.add_typer(group)

SchemeOption = Annotated[
    str, typer.Option("--scheme", help="Dispositif du certificateur ; inutile s'il n'y a qu'un registre.")
]


@group.callback()
def register() -> None:
    """Les registres : organismes, sites, jurés, membres, liens."""


def require_kind(kind: str, option: str = "--kind") -> None:
    """End the command unless ``kind`` is one of the tables."""
    one_of(option, kind, tuple(KINDS))


async def scheme_meant(reading: Reading, scheme_id: str) -> Scheme:
    """The newest published version of the scheme that is named; else of any of the only certifier there is.

    Raises:
        Halt: the scheme is not published, or several certifiers could be meant.
    """
    from domain.register import register_of
    from domain.scheme import library
    from domain.scheme.model import Scheme

    newest: dict[str, Scheme] = {}
    for _, content in await reading.schemes():
        version = Scheme.model_validate_json(content)
        library.learn(version)
        newest[version.id] = version
    if scheme_id:
        if scheme_id not in newest:
            raise Halt("acting.not_found.scheme", id=shown(scheme_id), known=", ".join(sorted(newest)))
        return newest[scheme_id]
    of_registers = {register_of(version): version for version in newest.values()}
    opened = {row.register_id for row in await reading.registers()} & of_registers.keys()
    meant = opened or of_registers.keys()
    if len(meant) != 1:
        raise Halt("register.which", schemes=", ".join(sorted(newest)))
    return of_registers[next(iter(meant))]


async def register_meant(reading: Reading, scheme_id: str) -> str:
    """The register that is meant, which is open. Raises Halt."""
    from domain.register import register_of

    stream = register_of(await scheme_meant(reading, scheme_id))
    if not await reading.stream_version(stream):
        raise Halt("acting.not_found.register", id=stream)
    return stream


@asynccontextmanager
async def counter(scheme_id: str) -> AsyncIterator[tuple[Gateway, str]]:
    """The gateway, and the register that is meant."""
    from interfaces.gateway import Gateway

    async with Gateway.open() as gateway:
        yield gateway, await register_meant(gateway.reading, scheme_id)


async def called(reading: Reading, stream: str, code: str) -> dict[str, Any]:
    """The entry called ``code``, in use or not, as a row. Raises Halt."""
    from eventstore.roster import Roster

    roster = Roster(reading.pool)
    for entity in KINDS.values():
        if entity != "tie" and (rows := await roster.entries(stream, entity, [code])):
            return rows[0]
    raise Halt("register.not_found", code=shown(code), register=stream)
