"""The commands that a person may give to an aggregate: which there are, what they take, and how a typed value is read.

All of it is derived from the command models and from the table of who may do what, so a new command needs words only.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from domain.aggregates import AGGREGATES
from domain.authority import MAY, Role
from domain.records import Sealed
from domain.scheme.model import AggregateName
from interfaces.days import read_day
from interfaces.words import say

ELSEWHERE = frozenset({"start", "open", "erase_subject", "note_members", "publish_plan", "begin"})
"""Commands that have ways of their own (``candidates start``, ``session open``, ``sitting convene``…)."""

Sort = Literal[
    "text", "sealed", "date", "flag", "number", "choice", "list", "flags", "numbers", "sealed_table", "object", "items"
]
_YES_NO: dict[str, bool | None] = {
    **{"true": True, "oui": True, "yes": True, "1": True},
    **{"false": False, "non": False, "no": False, "0": False},
    "null": None,
}
_SEALED = Sealed(subject="door", key_version=1, digest="")


@dataclass(frozen=True, slots=True)
class AskField:
    """One field of a command; ``choices`` for a closed list of values."""

    name: str
    sort: Sort
    required: bool
    choices: tuple[str, ...] = ()

    def sort_words(self, language: str) -> str:
        """What to write there, in words."""
        return say(f"commands.sort.{self.sort}", language, choices=" | ".join(self.choices))


@dataclass(frozen=True, slots=True)
class Ask:
    """One command that a person may give: its fields, and the roles that may give it."""

    aggregate: AggregateName
    kind: str
    fields: dict[str, AskField]
    roles: tuple[str, ...]
    model: type[BaseModel]

    def does(self, language: str) -> str:
        """What the command does, in a sentence."""
        return say(f"tasks.command.{self.kind}", language)


@dataclass(frozen=True, slots=True)
class FieldFault:
    """A field that cannot be read or that the command does not take."""

    path: str
    code: str
    params: dict[str, Any]

    def message(self, language: str) -> str:
        """The sentence to show."""
        return say(f"commands.fault.{self.code}", language, path=self.path, **self.params)


@cache
def askable(aggregate: AggregateName) -> dict[str, Ask]:
    """The commands that a person may give to an existing stream, by kind, in the order of a pathway's life."""
    found = {}
    for model in _models(aggregate):
        kind = model.model_fields["kind"].default
        roles = MAY.get(f"{aggregate}.{kind}", frozenset()) - {Role.SYSTEM}
        if roles and kind not in ELSEWHERE:
            names = [name for name in model.model_fields if name != "kind"]
            fields = {name: _field(name, model) for name in names}
            found[kind] = Ask(aggregate, kind, fields, tuple(sorted(role.value for role in roles)), model)
    return found


def read_fields(ask: Ask, pairs: Iterable[str], data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a command from ``key=value`` pairs over ``data``.

    ``key`` may go into a table: ``blocks.TD=false``. Nothing is checked here beyond what the value looks like.

    Raises:
        ValueError: the pair has no ``=``; the pair is the argument.
    """
    values = dict(data)
    for pair in pairs:
        key, equals, text = pair.partition("=")
        if not equals or not key.strip():
            raise ValueError(pair)
        head, dot, rest = key.strip().partition(".")
        field = ask.fields.get(head)
        if dot and rest:
            table = values.get(head)
            values[head] = {**(table if isinstance(table, Mapping) else {}), rest: _read_entry(field, text)}
        else:
            values[head] = read_value(field, text)
    return values


def read_value(field: AskField | None, text: str) -> Any:
    """``text`` as the field takes it: JSON where it is JSON, else the text itself."""
    sort = field.sort if field else "object"
    if sort in ("text", "sealed", "choice"):
        return _json(text) if text.startswith('"') else text
    if sort == "date":
        return _day(text)
    if sort == "flag":
        return _YES_NO.get(text.strip().lower(), text)
    if sort == "list" and not text.lstrip().startswith("["):
        return [part for item in text.split(",") if (part := item.strip())]
    return _json(text)


def faults(ask: Ask, values: Mapping[str, Any]) -> list[FieldFault]:
    """What is wrong with the shape of a command, field by field; rules are not asked."""
    try:
        ask.model.model_validate({"kind": ask.kind, **{name: _stand_in(ask, name, values[name]) for name in values}})
    except ValidationError as error:
        return [_fault(ask, item["loc"], item["type"]) for item in error.errors()]
    return []


def _models(aggregate: AggregateName) -> tuple[type[BaseModel], ...]:
    union = get_args(AGGREGATES[aggregate].commands._type)[0]  # Annotated[union, discriminator]
    return get_args(union)


def _field(name: str, model: type[BaseModel]) -> AskField:
    info = model.model_fields[name]
    annotation = _plain(info.annotation)
    sort = _sort(annotation)
    choices = tuple(map(str, get_args(annotation))) if sort == "choice" else ()
    return AskField(name, sort, info.is_required(), choices)


def _plain(annotation: Any) -> Any:
    """The annotation without ``None`` and without metadata."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        if Sealed in get_args(annotation):
            return Sealed
        left = [item for item in get_args(annotation) if item is not type(None)]
        return _plain(left[0]) if len(left) == 1 else annotation
    return annotation


_SIMPLE: dict[Any, Sort] = {str: "text", Sealed: "sealed", date: "date", bool: "flag", int: "number"}
_TABLES: dict[Any, Sort] = {Sealed: "sealed_table", bool: "flags", int: "numbers"}


def _sort(annotation: Any) -> Sort:
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    if get_origin(annotation) is Literal:
        return "choice"
    if get_origin(annotation) is dict:
        return _TABLES.get(_plain(get_args(annotation)[1]), "object")
    if get_origin(annotation) is tuple:
        return "list" if get_args(annotation)[0] is str else "items"
    return "object"


def _read_entry(field: AskField | None, text: str) -> Any:
    if field and field.sort == "flags":
        return _YES_NO.get(text.strip().lower(), text)
    if field and field.sort == "sealed_table":
        return _json(text) if text.startswith('"') else text
    return _json(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _day(text: str) -> str:
    try:
        return read_day(text).isoformat()
    except ValueError:
        return text


def _stand_in(ask: Ask, name: str, value: Any) -> Any:
    """``value`` with something sealed in place of the texts that the gateway will seal."""
    field = ask.fields.get(name)
    if field and field.sort == "sealed" and isinstance(value, str):
        return _SEALED
    if field and field.sort == "sealed_table" and isinstance(value, Mapping):
        return {key: _SEALED if isinstance(text, str) else text for key, text in value.items()}
    if field and field.sort == "object" and isinstance(value, Mapping):
        inner = _plain(ask.model.model_fields[name].annotation)
        if not hasattr(inner, "model_fields"):
            return value
        sealed = [key for key, info in inner.model_fields.items() if _plain(info.annotation) is Sealed]
        return {key: _SEALED if key in sealed and isinstance(text, str) else text for key, text in value.items()}
    return value


def _fault(ask: Ask, location: tuple[int | str, ...], type: str) -> FieldFault:
    path = ".".join(map(str, location))
    field = ask.fields.get(str(location[0])) if location else None
    if type == "missing":
        return FieldFault(path, "missing", {})
    if type == "extra_forbidden" or field is None:
        known = ", ".join(ask.fields) or "-"
        return FieldFault(path, "unknown", {"known": known})
    if len(location) > 1 and field.sort not in ("flags", "numbers"):
        return FieldFault(path, "inside", {"type": type})
    return FieldFault(path, f"sort_{field.sort}", {"choices": ", ".join(field.choices)})
