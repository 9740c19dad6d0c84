"""Opening a session or a sitting: the scheme's newest published version, and an id that says what it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from domain.scheme.model import AggregateName, Scheme
from interfaces.cli.acting import PATIENCE, Halt, give, receipt_report
from interfaces.cli.console import Exit
from interfaces.table_types import shown

if TYPE_CHECKING:
    from interfaces.gateway import Gateway


async def open_stream(
    aggregate: AggregateName,
    scheme_id: str,
    month: date,
    fields: Mapping[str, Any],
    *,
    id: str = "",
    command_id: str = "",
    wait: float = PATIENCE,
) -> dict[str, Any]:
    """Open a session or a sitting and report its receipt. ``fields`` may have a ``capacity`` for ``*``: every block.

    Raises:
        Refused: a rule says no.
        Halt: the scheme is not published, or no answer came.
    """
    from interfaces.gateway import Gateway

    async with Gateway.open() as gateway:
        scheme = await _newest(gateway, scheme_id)
        stream = _stream(aggregate, id, f"{scheme.id}-{month:%Y-%m}")
        command = {"kind": "open", "scheme_id": scheme.id, "scheme_hash": scheme.hash, **fields}
        everywhere = command.get("capacity", {}).get("*")
        if everywhere is not None:
            given = {block: seats for block, seats in command["capacity"].items() if block != "*"}
            command["capacity"] = {**{block.id: everywhere for block in scheme.blocks}, **given}
        return await receipt_report(gateway, await give(gateway, stream, command, command_id=command_id, wait=wait))


async def _newest(gateway: Gateway, scheme_id: str) -> Scheme:
    from domain.scheme import library

    published = [library.recall(hash) for hash in await gateway.reading.published_hashes()]
    versions = [scheme for scheme in published if scheme.id == scheme_id]
    if not versions:
        known = ", ".join(sorted({scheme.id for scheme in published}))
        raise Halt("acting.not_found.scheme", id=shown(scheme_id), known=known)
    return versions[-1]


def _stream(aggregate: AggregateName, id: str, default: str) -> str:
    name = id.removeprefix(f"{aggregate}:") or default
    # The id ends up in addresses, file names and command lines.
    if not all(sign.isalnum() or sign in "-_." for sign in name) or len(name) > 100:
        raise Halt("acting.bad_id", Exit.USAGE, id=shown(id))
    return f"{aggregate}:{name}"
