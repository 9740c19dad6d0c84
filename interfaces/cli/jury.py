"""``jalon jury``: whether some people may be a jury."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from domain.jury import Finding, compose, failing
from domain.scheme.model import Scheme
from interfaces.cli.app import app
from interfaces.cli.console import fail, out, print_json, settings, text
from interfaces.cli.faults import tell_faults
from interfaces.cli.known import SchemesOption, known_schemes
from interfaces.days import read_day
from interfaces.findings import finding_sentence, rule_title
from interfaces.jury_case import JuryCase, read_case
from interfaces.scheme_words import unreadable_sentence
from interfaces.table_types import shown
from schemes.strict_yaml import Unreadable, read

group = typer.Typer(name="jury", no_args_is_help=True, help="La composition des jurys professionnels.")
app.add_typer(group)


@group.callback()
def jury_group() -> None:
    """La composition des jurys professionnels."""


@group.command()
def check(
    file: Annotated[Path, typer.Argument(help="Composition : YAML ou JSON (members, candidate, ties, pool…).")],
    scheme: Annotated[str | None, typer.Option("--scheme", help="Dispositif, par exemple cqp-cos.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="Jour du jury : 2027-02-02.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Le résultat en JSON sur la sortie standard.")] = False,
    schemes: SchemesOption = None,
) -> None:
    """Dit, règle par règle, si une composition est légale, sur quels faits, et qui y remédierait.

    Code de sortie : 0 dès qu'il y a une réponse, favorable ou non ; 1 si le fichier est refusé.
    """
    try:
        document = read(file)
    except Unreadable as error:
        fail("schemes.check.unreadable", file=file.name, message=unreadable_sentence(error, settings.language))
    found = _scheme(scheme or _named(document.value), known_schemes(schemes))
    case = read_case(document.value, found, _day(on))
    if not isinstance(case, JuryCase):
        tell_faults(file, document, case)
    findings = compose(
        found.jury.rules, case.on, case.members, case.candidate, case.ties, pool=case.pool, parts=case.parts()
    )
    if json:
        print_json(as_json(found, case, findings))
    else:
        show_findings(findings)


def as_json(scheme: Scheme, case: JuryCase, findings: Sequence[Finding]) -> dict[str, Any]:
    """The answer, rule by rule, in sentences too. ``holds``: whether the jury may sit."""
    return {
        "scheme": scheme.id,
        "version": scheme.version,
        "on": case.on.isoformat(),
        "holds": not failing(findings),
        "findings": [finding_json(finding) for finding in findings],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding with its title and its sentence."""
    said = {
        "title": rule_title(finding.rule, settings.language),
        "sentence": finding_sentence(finding, settings.language),
    }
    return {**finding.model_dump(mode="json"), **said}


def show_findings(findings: Sequence[Finding]) -> None:
    """The list on a terminal, and whether the jury may sit."""
    table = Table(*(text(f"jury.table.{column}") for column in ("rule", "answer", "facts", "basis")))
    for finding in findings:
        answer = "holds" if finding.holds else "fails" if finding.bar else "missed"
        colour = {"holds": "green", "fails": "red", "missed": "yellow"}[answer]
        facts = finding_sentence(finding, settings.language)
        if finding.mends:
            facts += " " + text("jury.table.mends", mends=", ".join(finding.mends))
        title = rule_title(finding.rule, settings.language)
        table.add_row(
            escape(title), f"[{colour}]{text(f'jury.answer.{answer}')}[/]", escape(facts), escape(finding.basis)
        )
    out.print(table, soft_wrap=False)
    against = failing(findings)
    out.print(text("jury.check.no" if against else "jury.check.yes", count=len(against)), markup=False, highlight=False)


def _named(value: Any) -> str:
    named = value.get("scheme") if isinstance(value, dict) else None
    return named if isinstance(named, str) else ""


def _scheme(id: str, known: dict[str, Scheme]) -> Scheme:
    if not id:
        fail("jury.input.no_scheme", known=", ".join(sorted(known)))
    if id not in known:
        fail("jury.input.scheme", value=shown(id), known=", ".join(sorted(known)))
    return known[id]


def _day(on: str | None) -> date | None:
    try:
        return read_day(on) if on is not None else None
    except ValueError:
        fail("calendar.input.date", value=shown(on or ""))
