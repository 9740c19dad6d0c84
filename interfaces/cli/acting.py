"""What the commands on pathways, sessions and sittings share: reaching the services, finding a stream, giving an order.

Lists are read from PostgreSQL alone, so they answer while Temporal is away. Everything that needs a driver is imported
when it is used: ``--help`` waits for none of them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from domain.authority import Actor, Role
from domain.refusal import Refused
from domain.scheme.model import AggregateName
from interfaces.cli.console import Exit, err, fail, out, print_json, refused, settings, text
from interfaces.days import plain_date, read_day
from interfaces.sentences import event_sentence, name_of, role_name, task_sentence
from interfaces.table_types import shown

if TYPE_CHECKING:
    from activities.contracts import Receipt
    from domain.records import Recorded
    from eventstore.access import Reader
    from eventstore.keyring import Keyring
    from eventstore.reading import Reading
    from interfaces.gateway import Gateway

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds to wait for the answer to an order, unless ``--wait`` says otherwise."""

JsonOption = Annotated[bool, typer.Option("--json", help="Le résultat en JSON sur la sortie standard.")]
OnOption = Annotated[
    str, typer.Option("--on", metavar="DATE", help="Jour où le fait a eu lieu, si ce n'est pas aujourd'hui.")
]
RoleOption = Annotated[
    str, typer.Option("--role", metavar="RÔLE", help=" | ".join(role for role in Role if role is not Role.SYSTEM))
]
AsOption = Annotated[str, typer.Option("--as", metavar="ID", help="Identifiant de qui agit (jamais un nom).")]
ForOption = Annotated[str, typer.Option("--for", metavar="ID", help="Identifiant de la personne pour qui l'on agit.")]
CommandIdOption = Annotated[
    str,
    typer.Option("--command-id", metavar="ID", help="Identifiant de la demande : la même ne s'exécute qu'une fois."),
]
ExpectOption = Annotated[
    int | None,
    typer.Option("--expect-version", metavar="N", help="Refuser si le dossier n'en est plus à cette version."),
]
WaitOption = Annotated[
    float, typer.Option("--wait", metavar="SECONDES", min=0.1, help="Temps d'attente de la réponse.")
]


class Halt(Exception):
    """Ends the command with a sentence of the catalogue and an exit code."""

    def __init__(self, name: str, exit: Exit = Exit.REFUSED, **params: Any) -> None:
        super().__init__(name)
        self.name = name
        self.exit = exit
        self.params = params


@dataclass(frozen=True, slots=True)
class Desk:
    """What reading needs: the read models, the keys of the persons, and who reads."""

    reading: Reading
    keyring: Keyring
    actor: Actor

    def reader(self, purpose: str) -> Reader:
        """What opens personal data for the command called ``purpose`` (``pathway show``), and records that it does."""
        from eventstore.access import AccessLog, Reader

        return Reader(AccessLog(self.reading.pool), self.keyring, self.actor, purpose)


def execute(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``work`` to its end; what the rules, the services or the caller's input object to becomes a sentence."""
    try:
        return asyncio.run(work())
    except Refused as no:
        refused(no.refusal.model_dump(mode="json"))
    except Halt as halt:
        fail(halt.name, halt.exit, **halt.params)
    except Exception as error:
        _explain(error)


def act(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run ``work``, which speaks to Temporal, and give the engine's threads their moment before the process ends."""
    from workers import shutdown

    try:
        return execute(work)
    finally:
        if threading.current_thread() is threading.main_thread():
            shutdown.settle()


def _explain(error: Exception) -> NoReturn:
    """Say what stands in the way. What is not known here goes on to the entry point."""
    from eventstore.access import NotRecorded
    from eventstore.keyring import KeyringError

    if isinstance(error, KeyringError):
        fail("acting.key", kind=type(error).__name__)
    if isinstance(error, NotRecorded):
        fail("access.not_recorded", Exit.UNREACHABLE, kind=str(error))
    if type(error).__name__ in ("UndefinedTableError", "UndefinedColumnError", "UndefinedFunctionError"):
        fail("acting.migrations", Exit.UNREACHABLE)
    if type(error).__name__ in ("RPCError", "WorkflowUpdateRPCTimeoutOrCancelledError", "RPCTimeoutOrCancelledError"):
        from workers.settings import load, resolve
        from workers.trouble import Unreachable

        raise Unreachable("stack.unreachable.temporal", address=resolve(load()).temporal_address) from error
    raise error


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    """The read models of the environment's PostgreSQL; Temporal is not asked."""
    from eventstore.keyring import Keyring
    from eventstore.keys import Keys
    from eventstore.reading import Reading
    from workers.settings import load, open_pool, resolve

    environment = load()
    services = resolve(environment)
    pool = await open_pool(services)
    try:
        yield Desk(Reading(pool), Keyring(Keys(pool, services.masters)), environment.actor)
    finally:
        await pool.close()


async def find(reading: Reading, aggregate: AggregateName, id: str) -> str:
    """The full id of the stream that ``id`` means: whole, without its kind, or the beginning of only one.

    Raises:
        Halt: when there is none, or more than one.
    """
    from eventstore.books import Books
    from eventstore.deposits import Deposits
    from eventstore.reading import Ambiguous, NotFound

    try:
        if aggregate == "pathway":
            return (await reading.pathway(id)).pathway_id
        if aggregate == "session":
            return (await reading.session(id)).session_id
        if aggregate == "awards":
            return (await Books(reading.pool).book(id)).book_id
        if aggregate == "deposit":
            return (await Deposits(reading.pool).queue(id)).deposit_id
        if aggregate == "register":
            return (await reading.register(id)).register_id
        return (await reading.sitting(id)).sitting_id
    except NotFound:
        raise Halt(f"acting.not_found.{aggregate}", id=shown(id)) from None
    except Ambiguous as several:
        raise Halt("acting.ambiguous", id=shown(id), candidates=", ".join(several.candidates)) from None


async def find_any(reading: Reading, id: str) -> str:
    """The full id of the stream that ``id`` means: a pathway, unless another kind stands before it.

    Raises:
        Halt: when there is none, or more than one.
    """
    kinds: tuple[AggregateName, ...] = ("session", "sitting", "register", "awards", "deposit")
    for kind in kinds:
        if id.startswith(f"{kind}:"):
            return await find(reading, kind, id)
    return await find(reading, "pathway", id)


def today() -> date:
    """The day in metropolitan France, whatever the clock of the machine is set to."""
    return datetime.now(ZoneInfo("Europe/Paris")).date()


def noon(day: date) -> datetime:
    """A moment within ``day`` in every French time zone: what was due the day before is late, what is due now not."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def day_of(value: str, option: str) -> date | None:
    """The day written in an option; None when it is not given. What is no day ends the command."""
    if not value:
        return None
    try:
        return read_day(value)
    except ValueError:
        fail("acting.day", option=option, value=shown(value))


def one_of(option: str, value: str | None, known: Sequence[str]) -> None:
    """End the command unless ``value`` is one of ``known`` (or not given): a misspelt filter would find nothing."""
    if value is not None and value not in known:
        fail("acting.one_of", Exit.USAGE, option=option, value=shown(value), known=", ".join(known))


def actor_of(default: Actor, role: str, as_: str, for_: str) -> Actor:
    """Who acts: the local operator, unless ``--role``, ``--as`` and ``--for`` say otherwise.

    Raises:
        Halt: for a role that nobody can take.
    """
    if role and role not in [known.value for known in Role if known is not Role.SYSTEM]:
        known = ", ".join(role for role in Role if role is not Role.SYSTEM)
        raise Halt("acting.role", Exit.USAGE, value=shown(role), known=known)
    return Actor(id=as_ or default.id, role=Role(role) if role else default.role, on_behalf_of=for_ or None)


# --- orders ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """An order that was carried out: its receipt, and the facts that it wrote, now or (``repeated``) before."""

    command_id: str
    repeated: bool
    receipt: Receipt
    records: tuple[Recorded, ...]


async def give(
    gateway: Gateway,
    stream: str,
    command: Mapping[str, Any],
    *,
    subject: str = "",
    on: date | None = None,
    command_id: str = "",
    actor: Actor | None = None,
    expects: int | None = None,
    wait: float = PATIENCE,
) -> Given:
    """Give ``command`` and wait for what it wrote, ``wait`` seconds at most.

    Raises:
        Refused: a rule says no.
        Halt: no answer in time; the same command id may be used again.
    """
    from interfaces.streams import learn, read_records

    # Temporal answers a second time with the first receipt, which does not know that it is a repetition.
    earlier = await gateway.reading.events(stream) if command_id else []
    done_before = any(row.event.command_id == command_id for row in earlier)
    command_id = command_id or str(uuid4())
    task = asyncio.ensure_future(
        gateway.give(stream, command, subject=subject, on=on, command_id=command_id, actor=actor, expects=expects)
    )
    done, _ = await asyncio.wait({task}, timeout=wait)
    if not done:
        task.cancel()
        await asyncio.wait({task})
        raise Halt("acting.no_answer", Exit.UNREACHABLE, seconds=f"{wait:g}", command_id=command_id)
    receipt = task.result()
    rows = await gateway.reading.events(stream, receipt.from_version)
    records = read_records(stream, (row.event for row in rows if row.event.version <= receipt.version))
    for record in records:
        await learn(gateway.reading, getattr(record.fact, "scheme_hash", ""))
    return Given(command_id, receipt.repeated or done_before, receipt, tuple(records))


async def scheme_of(reading: Reading, stream: str) -> Any:
    """The scheme version that a stream is pinned to."""
    from domain.scheme import library
    from eventstore.books import Books
    from eventstore.deposits import Deposits
    from interfaces.streams import learn

    kind = stream.partition(":")[0]
    beside = {"awards": Books(reading.pool).book, "deposit": Deposits(reading.pool).queue}
    row: Any = await (beside.get(kind) or getattr(reading, kind))(stream)
    await learn(reading, row.scheme_hash)
    return library.recall(row.scheme_hash)


async def receipt_report(gateway: Gateway, given: Given) -> dict[str, Any]:
    """What was written, what comes next, who must act, by when."""
    receipt = given.receipt
    scheme = await scheme_of(gateway.reading, receipt.stream)
    return {
        "stream": receipt.stream,
        "command_id": given.command_id,
        "from_version": receipt.from_version,
        "version": receipt.version,
        "repeated": given.repeated,
        "events": [
            {
                "version": record.version,
                "type": record.fact.kind,
                "on": record.fact.on,
                "sentence": event_sentence(record, scheme, settings.language),
            }
            for record in given.records
        ],
        "next": [{"task": task.task, "who": task.who, "by": task.by} for task in receipt.next],
    }


def show_receipt(report: Mapping[str, Any], as_json: bool) -> None:
    """Print a receipt."""
    if as_json:
        print_json(report)
        return
    if report["repeated"]:
        say_out("acting.receipt.repeated")
    if not report["events"]:
        say_out("acting.receipt.nothing")
    for event in report["events"]:
        say_out("acting.receipt.event", version=event["version"], sentence=event["sentence"])
    say_out("acting.receipt.stream", stream=report["stream"], version=report["version"])
    for task in report["next"]:
        say_out("acting.receipt.next", what=next_sentence(task))


def next_sentence(task: Mapping[str, Any]) -> str:
    """``demander une place dans une session — administration — avant le 3 mars 2027``."""
    what = task_sentence(task["task"], settings.language)
    who = role_name(task["who"], settings.language)
    if task["by"] is None:
        return text("acting.next", what=what, who=who)
    return text("acting.next_by", what=what, who=who, by=plain_date(task["by"], settings.language))


def say_out(name: str, /, **params: Any) -> None:
    """A sentence on standard output."""
    out.print(text(name, **params), highlight=False, markup=False)


def yes_no(value: bool | None) -> str:
    """``oui``, ``non`` or a dash."""
    return text("acting.none" if value is None else "acting.yes" if value else "acting.no")


def named(table: str, value: str | None) -> str:
    """What the catalogue calls ``value`` in a table of names, or a dash."""
    return name_of(table, value, settings.language) if value else text("acting.none")


def dated(day: date | None) -> str:
    """A day as it is written in a table, or a dash."""
    if day is None:
        return text("acting.none")
    return f"{day:%d/%m/%Y}" if settings.language == "fr" else day.isoformat()


def listing(prefix: str, columns: Sequence[str]) -> Table:
    """An empty table whose titles are ``<prefix>.<column>``; ids, in the first column, and days stay on one line."""
    table = Table(*(text(f"{prefix}.{column}") for column in columns), title=text(f"{prefix}.title"))
    table.title_justify = "left"
    for column, name in zip(table.columns, columns, strict=True):
        column.overflow = "fold"
        column.no_wrap = name in (columns[0], "by", "held_on", "window", "registration", "changed")
    return table


def unwrapped(table: Table, ids: Sequence[str]) -> None:
    """Let what stands under the ids of the first column wrap, but never an id."""
    first = table.columns[0]
    first.no_wrap, first.min_width = False, max(len(id.partition(":")[2]) for id in ids)


def data_of(value: str) -> dict[str, Any]:
    """The fields that ``--data`` gives: a JSON object, or ``@FILE`` (``@-`` for standard input) that holds one."""
    if not value:
        return {}
    try:
        written = value if not value.startswith("@") else _read(value[1:])
        data = json.loads(written)
    except (OSError, UnicodeDecodeError, ValueError, RecursionError) as error:
        fail("acting.data", kind=type(error).__name__)
    if not isinstance(data, dict):
        fail("acting.data_object")
    return data


def _read(file: str) -> str:
    return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8-sig")


def tell(sentences: Sequence[str]) -> None:
    """Sentences on standard error."""
    for sentence in sentences:
        err.print(sentence, highlight=False, markup=False)
