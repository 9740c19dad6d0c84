"""Rows of a register's file as entries of its commands, personal texts apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from interfaces.register_file import EntryRow, FileKind, RegisterFile

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entering:
    """One row on its way: the ``entry`` without what is sealed, and the ``texts`` that are not as they were.

    ``personal``: it is about the person behind its code. ``about``: whom else the texts are about (the candidate of a
    tie).
    """

    row: int
    code: str
    entry: dict[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    personal: bool = False
    about: str = ""

    def whole(self, person: str, sealed: Mapping[str, Any]) -> dict[str, Any]:
        """The entry as the command takes it, about ``person``."""
        return {**self.entry, **sealed, **({"person": person} if self.personal else {})}

    def without(self, known: Mapping[tuple[str, str], str]) -> Entering:
        """The same without the texts that are ``known`` already, by code and field."""
        return replace(
            self, texts={name: text for name, text in self.texts.items() if known.get((self.code, name)) != text}
        )


def entering(file: RegisterFile) -> list[Entering]:
    """The rows as entries, those first on which others lean: bodies that belong to none, titular members."""
    shape = _SHAPES[file.kind]
    rows = sorted(file.rows, key=lambda row: bool(row.values.get("part_of") or row.values.get("replaces")))
    return [shape(row.row, row.values) for row in rows]


def tie(row: EntryRow, person: str) -> Entering:
    """The tie that ``row`` declares with the candidate ``person``."""
    values = row.values
    entry = {"who": values["who"], "person": person, "tie": values["tie"]}
    return Entering(row.row, values["who"], entry, _taken(values, "note"), about=person)


def _taken(values: Values, *names: str) -> dict[str, Any]:
    return {name: values[name] for name in names if name in values}


def _texts(values: Values) -> dict[str, str]:
    """Who somebody is and how they are written to, as they are sealed; an address that is not given stays as it was."""
    texts = {}
    if "family_name" in values:
        texts["identity"] = _sealable({name: values.get(name, "") for name in ("family_name", "given_name")})
    if "email" in values:
        texts["contact"] = _sealable({"email": values["email"], "language": values.get("language", "fr")})
    return texts


def _sealable(value: Mapping[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _days(values: Values, name: str) -> dict[str, Any] | None:
    ends = {end: values.get(f"{name}_{end}") for end in ("since", "until")}
    return ends if any(ends.values()) else None


def _organisation(row: int, values: Values) -> Entering:
    facts = {
        "id": values["code"],
        **_taken(values, "name", "kinds", "branch", "part_of", "habilitations", "department"),
    }
    texts = _texts(values)
    return Entering(row, values["code"], {"facts": facts}, texts, personal=bool(texts))


def _site(row: int, values: Values) -> Entering:
    taken = _taken(values, "organisation", "name", "rooms", "accessible", "latitude", "longitude")
    return Entering(row, values["code"], {"facts": {"id": values["code"], **taken}})


def _juror(row: int, values: Values) -> Entering:
    taken = _taken(values, "parts", "organisation", "branch", "gender", "sites", "available", "absent")
    trained = _days(values, "trained")
    # What is not in the file was perhaps declared since, one by one: it stays.
    keeps = [name for name, given in (("trained", trained), ("absent", values.get("absent"))) if not given]
    entry = {"facts": {"juror": values["code"], **taken, "trained": trained}, "keeps": keeps}
    return Entering(row, values["code"], entry, _texts(values), personal=True)


def _member(row: int, values: Values) -> Entering:
    taken = _taken(values, "college", "standing", "replaces", "organisation", "juror")
    mandate = _days(values, "mandate") or {}
    entry = {"facts": {"member": values["code"], **taken, "mandate": mandate}}
    return Entering(row, values["code"], entry, _texts(values), personal=True)


def _office(row: int, values: Values) -> Entering:
    return Entering(row, values["role"], {"facts": {"role": values["role"]}}, _texts(values), personal=True)


_SHAPES: dict[FileKind, Callable[[int, Values], Entering]] = {
    "organisations": _organisation,
    "sites": _site,
    "jurors": _juror,
    "members": _member,
    "office": _office,
}
