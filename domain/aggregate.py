"""What the aggregates have in common: how an order becomes facts, and how facts become a state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any, Generic, NamedTuple, Self, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from domain import calendar, upcasting
from domain.agenda import Due, Effect, Mail, Task
from domain.authority import Actor, require
from domain.deadlines import Milestone
from domain.ledger import canonical, digest
from domain.log import NewEvent, StoredEvent, ViewRows
from domain.records import Command, Fact, Recorded, sealed_fields
from domain.refusal import OWN_RULES, Refusal, Refused, refuse
from domain.scheme import library
from domain.scheme.model import AggregateName, Scheme


class Order(BaseModel):
    """A command on its way to an aggregate.

    ``command_id`` is done once per stream; ``digest`` is :func:`order_digest` of the content, so that one id
    with another content is noticed; ``on`` is the day the fact took place when that is not today; ``expects`` the
    version that the stream had when the order was thought of, for those who would not have it carried out on any other.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    command_id: str
    digest: str
    actor: Actor
    on: date | None = None
    expects: int | None = None
    command: dict[str, Any]


def order_digest(command: Mapping[str, Any], on: date | None) -> str:
    """SHA-256 (hex) of what is asked; a sealed value counts by its digest."""
    return digest({"command": _without_ciphertext(command), "on": on.isoformat() if on else None})


def _without_ciphertext(value: Any) -> Any:
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, Mapping):
        return {key: _without_ciphertext(item) for key, item in value.items() if key != "ciphertext"}
    if isinstance(value, (list, tuple)):
        return [_without_ciphertext(item) for item in value]
    return value


class Done(NamedTuple):
    """A command that was done: its events are ``first`` to ``last``."""

    first: int
    last: int
    digest: str


@dataclass(slots=True)
class Standing:
    """The part of a state that every aggregate has.

    A state is changed in place while it is folded and copied one level deep before a question is asked of its future:
    so its containers hold immutable values only.
    """

    stream: str = ""
    version: int = 0
    scheme_hash: str = ""
    commands: dict[str, Done] = field(default_factory=dict)
    milestones: dict[str, Milestone] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    owed: dict[str, Effect] = field(default_factory=dict)
    mails: dict[str, Mail] = field(default_factory=dict)

    @property
    def scheme(self) -> Scheme:
        """The scheme version that this stream is pinned to."""
        return library.recall(self.scheme_hash)

    def copy(self) -> Self:
        """A state that can be changed without changing this one."""
        twin = object.__new__(type(self))
        for item in fields(self):
            value = getattr(self, item.name)
            setattr(twin, item.name, value.copy() if isinstance(value, (dict, set, list)) else value)
        return twin

    def reached(self, milestone: str, record: Recorded) -> None:
        """Note that ``milestone`` was reached with this event."""
        self.milestones[milestone] = Milestone(record.version, record.fact.on)

    def owe(self, record: Recorded, name: str, **effect: Any) -> None:
        """Promise an effect, named after the event that made it owed."""
        id = f"{self.stream}#{record.version}/{name}"
        self.owed[id] = Effect(id=id, **effect)


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know beside the state: when, who, under which command id, on which day."""

    now: datetime
    actor: Actor
    command_id: str
    today: date
    on: date


S = TypeVar("S", bound=Standing)

_FACT = ',"fact":'
"""Within a text of JSON no quotation mark stands bare, so this is found before the fact and nowhere earlier."""


class Repeated(NamedTuple):
    """The order was carried out before: these are its versions."""

    done: Done


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """One kind of aggregate: its vocabulary and its four rules, all total, pure and deterministic."""

    name: AggregateName
    new: Callable[[], S]
    commands: TypeAdapter[Command]
    facts: Sequence[type[Fact]]
    apply: Callable[[S, Recorded], None]
    decide: Callable[[S, Any, Context], list[Fact]]
    due: Callable[[S], list[Due]]
    todo: Callable[[S], list[Task]]
    view: Callable[[S], ViewRows]
    ended: Callable[[S], bool]
    news: Callable[[S, int], ViewRows] | None = None
    """The rows of what changed since a version, where looking at every entry to find it would take too long."""

    @cached_property
    def _readers(self) -> dict[str, tuple[int, Callable[[str], Any]]]:
        # The validators themselves: what stands around them costs as much as a small fact.
        return {
            fact.model_fields["kind"].default: (fact.schema_version, fact.__pydantic_validator__.validate_json)
            for fact in self.facts
        }

    def read(self, stream: str, stored: StoredEvent) -> tuple[Recorded, str]:
        """A stored event with its fact as a model of today, and the digest of the order it came from."""
        current, reader = self._readers[stored.type]
        public = stored.public
        if stored.schema_version != current:
            public = upcasting.upcast(self.name, stored.type, stored.schema_version, current, public)
        # Canonical bytes have one order: actor, asked, digest, fact, and no command has a field called fact. What
        # precedes the fact is read when it is asked for.
        cut = public.index(_FACT)
        fact, head = reader(public[cut + len(_FACT) : -1]), public[:cut]
        record = Recorded(stream, stored.version, stored.command_id, stored.occurred_at, stored.recorded_at, fact, head)
        return record, head[head.rindex('"', 0, -1) + 1 : -1]

    def fold(self, state: S, stream: str, events: Iterable[StoredEvent]) -> S:
        """Advance ``state`` in place by stored events and return it. The caller owns ``state``."""
        state.stream = stream
        for stored in events:
            record, order = self.read(stream, stored)
            self.evolve_in_place(state, record, order)
        return state

    def evolve_in_place(self, state: S, record: Recorded, order: str) -> None:
        """Advance ``state`` by one event."""
        version, command_id = record.version, record.command_id
        done = state.commands.get(command_id)
        state.version = version
        state.commands[command_id] = Done(done.first if done else version, version, order)
        self.apply(state, record)

    def evolve(self, state: S, stream: str, events: Iterable[StoredEvent]) -> S:
        """A new state, ``events`` later; ``state`` stays as it was."""
        return self.fold(state.copy(), stream, events)

    def consider(self, state: S, order: Order, now: datetime) -> list[Fact] | Repeated | Refusal:
        """What carrying out ``order`` would add to the log: facts (perhaps none), or why not, or that it was done."""
        try:
            return self._consider(state, order, now)
        except Refused as refused:
            return self._grounded(state, order, refused.refusal)

    def _grounded(self, state: S, order: Order, refusal: Refusal) -> Refusal:
        """The refusal with what it rests on: where the rule does not say, Jalon's own rules or the scheme's."""
        basis = refusal.basis or OWN_RULES.get(refusal.code.partition(".")[0], "")
        hash = state.scheme_hash or str(order.command.get("scheme_hash", ""))
        if not basis and library.knows(hash):
            scheme = library.recall(hash)
            basis = f"{scheme.title}, version {scheme.version}"
        return refusal.model_copy(update={"basis": basis})

    def _consider(self, state: S, order: Order, now: datetime) -> list[Fact] | Repeated:
        done = state.commands.get(order.command_id)
        if done is not None:
            if done.digest != order.digest:
                raise refuse("command.reused", command=order.command_id)
            return Repeated(done)
        if order.expects is not None and order.expects != state.version:
            raise refuse("command.stale", expected=order.expects, version=state.version)
        try:
            command = self.commands.validate_python(order.command)
        except ValidationError as error:
            raise refuse("command.malformed", fields=_fields(error)) from None
        require(self.name, command.kind, order.actor)
        scheme = self._scheme(state, command)
        today = calendar.local_date(scheme.calendar, now)
        on = order.on or today
        if on > today:
            raise refuse("date.in_future", on=on.isoformat(), today=today.isoformat())
        context = Context(now=now, actor=order.actor, command_id=order.command_id, today=today, on=on)
        return self.decide(state, command, context)

    def _scheme(self, state: S, command: Command) -> Scheme:
        if state.scheme_hash:
            return state.scheme
        hash = getattr(command, "scheme_hash", None)
        if hash is None:
            raise refuse("stream.not_open", stream=state.stream)
        return library.recall(hash)

    def events(self, state: S, order: Order, facts: Sequence[Fact], now: datetime) -> tuple[NewEvent, ...]:
        """The events to append for ``facts``, in canonical form, sealed values apart.

        The first of them tells what was asked as well, so that whoever reads the log can put the question again.
        """
        hash = state.scheme_hash or order.command.get("scheme_hash", "")
        scheme = library.recall(hash)
        asked = {
            "at": now.astimezone(UTC).isoformat(),
            "command": _without_ciphertext(order.command),
            "on": order.on.isoformat() if order.on else None,
        }
        return tuple(
            _event(order, fact, scheme, now, {} if number else {"asked": asked}) for number, fact in enumerate(facts)
        )

    def rows(self, state: S, since: int) -> ViewRows:
        """The rows to write for ``state`` over those of version ``since``: of entries, those only that changed."""
        if self.news is not None:
            return self.news(state, since)
        view = self.view(state)
        changed = tuple(row for row in view.entries if row["version"] > since)
        return view.model_copy(update={"entries": changed}) if view.entries else view

    def foresee(self, state: S, order: Order, events: Sequence[NewEvent], now: datetime) -> S:
        """The state as it will be once ``events`` are stored: what the read models are written from."""
        return self.evolve(
            state,
            state.stream,
            (
                StoredEvent(
                    version=state.version + number,
                    command_id=order.command_id,
                    type=event.type,
                    schema_version=event.schema_version,
                    occurred_at=event.occurred_at,
                    recorded_at=now,
                    public=event.public,
                )
                for number, event in enumerate(events, start=1)
            ),
        )


def _fields(error: ValidationError) -> list[str]:
    """Where a malformed command is wrong; never what was written there, which may be personal."""
    return [".".join(str(part) for part in item["loc"]) + f" ({item['type']})" for item in error.errors()]


def _event(order: Order, fact: Fact, scheme: Scheme, now: datetime, asked: Mapping[str, Any]) -> NewEvent:
    sealed = dict(sealed_fields(fact))
    body = fact.model_dump(mode="json")
    public = {
        "actor": order.actor.model_dump(mode="json"),
        **asked,
        "digest": order.digest,
        "fact": _without_ciphertext(body) if sealed else body,
    }
    today = calendar.local_date(scheme.calendar, now)
    zone = ZoneInfo(scheme.calendar.timezone)
    return NewEvent(
        type=fact.kind,
        schema_version=fact.schema_version,
        # A fact told later is dated at noon of its day: a day is all that is known.
        occurred_at=now if fact.on == today else datetime.combine(fact.on, time(12), zone),
        public=canonical(public).decode(),
        sealed={path: value for path, value in sealed.items() if value.ciphertext is not None},
    )
