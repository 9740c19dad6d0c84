"""A register on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.markup import escape

from interfaces.cli.acting import listing, say_out, yes_no
from interfaces.cli.console import out, settings, text
from interfaces.cli.pathway_view import facts_table
from interfaces.days import plain_date, read_day
from interfaces.sentences import name_of
from interfaces.words import catalogue

_COLUMNS = {
    "organisation": ("code", "name", "kinds", "branch", "habilitations", "state"),
    "site": ("code", "name", "organisation", "rooms", "accessible", "state"),
    "juror": ("code", "name", "parts", "organisation", "branch", "trained", "state"),
    "member": ("code", "name", "college", "standing", "replaces", "mandate", "state"),
    "office": ("code", "name", "email", "state"),
    "tie": ("who", "kind", "person", "declared_on", "declared_by", "state"),
}
_WORDS = ("kinds", "parts", "college", "standing", "kind", "what", "gender", "role")
_HIDDEN = ("id", "member", "name")


def show_register(report: Mapping[str, Any]) -> None:
    """Print the report of :func:`interfaces.register_reports.register_report`."""
    counts = Counter(entry["entity"] for entry in report["entries"] if entry["active"])
    facts = [
        ("id", f"{report['id']} (version {report['version']})"),
        ("certifier", report["certifier"]),
        *((entity, str(counts[entity])) for entity in _COLUMNS),
    ]
    out.print(facts_table(facts, "register.show"))


def show_entries(entity: str, entries: Sequence[Mapping[str, Any]]) -> None:
    """Print a table of entries of one kind."""
    columns = _COLUMNS[entity]
    table = listing("register.list", columns)
    for entry in entries:
        table.add_row(*(escape(_cell(entry, column)) for column in columns))
    out.print(table)


def show_entry(entry: Mapping[str, Any]) -> None:
    """Print everything about one entry, with its ties."""
    facts = [
        ("code", f"{entry['code']} ({name_of('entity', entry['entity'], settings.language)})"),
        *((name, entry[name]) for name in ("name", "email", "language", "person")),
        *((name, _shown(name, value)) for name, value in entry["facts"].items() if _told(entry, name) and value),
        ("state", _cell(entry, "state")),
    ]
    out.print(facts_table(facts, "register.list"))
    for tie in entry["ties"]:
        kind = text(f"events.tie.{tie['kind']}")
        say_out(
            "register.show.tie_of", person=tie["person"], kind=kind, by=tie["declared_by"], on=_day(tie["declared_on"])
        )


def _told(entry: Mapping[str, Any], name: str) -> bool:
    """Whether a fact is worth a line of its own: not what was said by the code and the name."""
    return name not in _HIDDEN and (name, entry["entity"]) != ("juror", "juror")


def _cell(entry: Mapping[str, Any], column: str) -> str:
    if column == "state":
        return text("register.state.active" if entry["active"] else "register.state.left")
    value = entry[column] if column in entry else entry["facts"].get(column)
    return _shown(column, value) or text("acting.none")


def _shown(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, list):
        return ", ".join(_shown(name, item) for item in value)
    if isinstance(value, dict):
        if "what" in value:
            return f"{_shown('what', value['what'])} ({_days(value['valid'])})"
        return _days(value)
    if value is None:
        return ""
    return catalogue(settings.language).get(f"register.word.{value}", str(value)) if name in _WORDS else str(value)


def _days(span: Mapping[str, str | None]) -> str:
    ends = {name: _day(day) for name in ("since", "until") if (day := span.get(name))}
    name = "both" if len(ends) == 2 else next(iter(ends), "always")
    return text(f"events.days.{name}", **ends)


def _day(day: str) -> str:
    return plain_date(read_day(day), settings.language)
