"""``jalon sitting tally``: a vote put through the rules, without a sitting and without any service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from interfaces.cli.acting import JsonOption, say_out
from interfaces.cli.console import fail, print_json, settings
from interfaces.cli.sitting.group import group
from interfaces.table_types import shown
from interfaces.vote_cases import BadCase, answer, read_cases


@group.command()
def tally(
    file: Annotated[str, typer.Argument(metavar="FICHIER", help="Un cas de vote en JSON, ou une liste de cas.")],
    json: JsonOption = False,
) -> None:
    """Dit ce que donne un vote : quorum, parité, majorité, voix prépondérante ; ou pourquoi il ne peut pas avoir lieu.

    Rien n'est écrit, et ni PostgreSQL ni Temporal ne sont demandés. Un vote irrégulier est une réponse : code 0.
    """
    try:
        cases, several = read_cases(Path(file).read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        fail("sitting.tally.unreadable", file=shown(file), reason=type(error).__name__)
    except BadCase as bad:
        fail(f"sitting.tally.{bad.reason}", file=shown(file), where=shown(bad.where))
    answers = [answer(case, settings.language) for case in cases]
    if json:
        print_json(answers if several else answers[0])
        return
    for found in answers:
        _show(found)


def _show(found: dict[str, Any]) -> None:
    if not found["legal"]:
        say_out("sitting.tally.illegal", sentence=found["sentence"])
        return
    if found["adopted"] is None:
        say_out("sitting.tally.able", counted=found["quorum"]["counted"])
        return
    for sentence in found["explained"]:
        typer.echo(sentence)
