"""The group of the deposit's commands, and the queue that a command means."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import Halt
from interfaces.cli.app import app
from interfaces.table_types import shown

if TYPE_CHECKING:
    from eventstore.deposits import DepositRow, PassageRow
    from eventstore.reading import Reading
    from interfaces.deposit.holders import Holder

group = typer.Typer(
    name="deposit", no_args_is_help=True, help="Le dépôt des titulaires auprès de la Caisse des Dépôts (accrochage)."
)
app.add_typer(group)

SchemeOption = Annotated[str, typer.Option("--scheme", metavar="ID", help="Un dispositif seulement.")]
STATUSES = ("waiting", "sent", "accepted", "rejected", "dropped", "to_suppress", "suppressed")


@group.callback()
def deposit() -> None:
    """Le dépôt des titulaires auprès de la Caisse des Dépôts (accrochage)."""


async def queue_meant(reading: Reading, scheme: str = "") -> DepositRow:
    """The queue of the scheme's certifier; without one, the only queue that there is. Raises Halt."""
    from domain.deposit import queue_of
    from eventstore.deposits import Deposits
    from interfaces.cli.register.group import scheme_meant

    queues = await Deposits(reading.pool).queues()
    if not queues:
        raise Halt("deposit.cli.no_queue")
    if not scheme:
        if len(queues) > 1:
            raise Halt("deposit.cli.which", schemes=", ".join(sorted({queue.scheme_id for queue in queues})))
        return queues[0]
    stream = queue_of(await scheme_meant(reading, scheme))
    found = next((queue for queue in queues if queue.deposit_id == stream), None)
    if found is None:
        raise Halt("deposit.cli.no_queue")
    return found


async def numbered(reading: Reading, numbers: Sequence[str]) -> dict[str, PassageRow]:
    """The passages of these numbers, all of which exist. Raises Halt."""
    from eventstore.deposits import Deposits

    found = await Deposits(reading.pool).numbered(numbers)
    if strangers := [number for number in numbers if number not in found]:
        raise Halt("deposit.cli.not_there", numbers=", ".join(shown(number) for number in strangers[:20]))
    return found


def write_whole(file: Path, content: bytes) -> None:
    """Put a report in its place at once, whole. Raises Halt."""
    draft = file.with_name(f".{file.name}.part")
    try:
        # Names and dates of birth: for its owner's eyes.
        draft.unlink(missing_ok=True)
        with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as opened:
            opened.write(content)
        draft.replace(file)
    except OSError as error:
        raise Halt("deposit.cli.folder", file=str(file), why=error.strerror or type(error).__name__) from None


def require_suffix(file: Path | None, *known: str) -> None:
    """Refuse a file whose name says that it is something else. Raises Halt."""
    if file is not None and file.suffix.lower() not in known:
        raise Halt("deposit.cli.suffix", known=", ".join(known))


def holder_name(identity: Mapping[str, Any] | None) -> str | None:
    """Who it is, as lists show it."""
    from interfaces.streams import full_name

    return full_name(identity) if identity else None


def asked_of(holder: Holder, tasks: Mapping[str, Any]) -> bool:
    """Whether the identity was asked for and not told yet."""
    return any(task.kind == "complete_identity" for task in tasks.get(holder.row.pathway_id, ()))
