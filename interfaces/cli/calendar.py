"""``jalon calendar``: counting days as the law counts them."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from domain.calendar import ZONES, Reckoning
from domain.refusal import Refused
from domain.scheme.values import Unit
from interfaces.cli.app import app
from interfaces.cli.console import err, fail, out, print_json, refused, settings, text
from interfaces.days import explained, read_day
from interfaces.reckoning import UNITS, reckon
from interfaces.table_types import fold, shown

group = typer.Typer(name="calendar", no_args_is_help=True, help="Le calendrier : jours ouvrés, ouvrables, francs…")
app.add_typer(group)


@group.callback()
def calendar() -> None:
    """Le calendrier : jours ouvrés, ouvrables, francs…"""


@group.command(name="add", context_settings={"ignore_unknown_options": True})
def add_days(
    day: Annotated[str, typer.Argument(metavar="DATE", help="Jour de départ : 2026-11-09 ou 09/11/2026.")],
    amount: Annotated[str, typer.Argument(metavar="N", help="Longueur du délai.")],
    unit: Annotated[str, typer.Option("--unit", help=" | ".join(UNITS))] = "calendaires",
    zone: Annotated[str, typer.Option("--zone", help="Lieu dont les jours fériés comptent.")] = "metropole",
    before: Annotated[bool, typer.Option("--before", help="Compter à rebours.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Dire comment, sur la sortie d'erreur.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Le résultat en JSON.")] = False,
) -> None:
    """Ajoute N unités à DATE et affiche le dernier jour du délai.

    Code de sortie : 0 si tout est bon, 1 si la demande est impossible, 2 si la ligne de commande est mal écrite.
    """
    start, length, counted = _day(day), _amount(amount), _unit(unit)
    reckoning = _reckon(zone, start, length, counted, before)
    assert reckoning.due is not None
    sentences = explained(reckoning.derivation, settings.language)
    if json:
        answer = {"start": start.isoformat(), "amount": length, "unit": counted, "zone": zone}
        derivation = {"derivation": reckoning.derivation, "sentences": sentences}
        print_json({**answer, "due": reckoning.due.isoformat(), **derivation})
        return
    if explain:
        for sentence in sentences:
            err.print(sentence, highlight=False, markup=False)
    typer.echo(reckoning.due.isoformat())


@group.command()
def zones(json: Annotated[bool, typer.Option("--json", help="La liste en JSON.")] = False) -> None:
    """Liste les zones dont les jours fériés sont connus."""
    if json:
        print_json([{"zone": zone, "timezone": timezone} for zone, timezone in ZONES.items()])
        return
    table = Table(text("calendar.zones.zone"), text("calendar.zones.timezone"), title=text("calendar.zones.title"))
    for zone, timezone in ZONES.items():
        table.add_row(zone, timezone)
    out.print(table, soft_wrap=False)


def _reckon(zone: str, start: date, amount: int, unit: Unit, before: bool) -> Reckoning:
    try:
        return reckon(zone, start, amount, unit, before=before)
    except Refused as no:
        refused(no.refusal.model_dump())


def _day(value: str) -> date:
    try:
        return read_day(value)
    except ValueError:
        fail("calendar.input.date", value=shown(value))


def _amount(value: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", value.strip()):
        fail("calendar.input.amount", value=shown(value))
    return int(value)


def _unit(value: str) -> Unit:
    unit = next((unit for unit in UNITS if fold(value) == unit), None)
    if unit is None:
        fail("calendar.input.unit", value=shown(value), known=", ".join(UNITS))
    return unit
