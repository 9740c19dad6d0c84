"""``jalon marks``: what marks compute, criterion by criterion."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from domain.marks import BlockResult, CompetenceResult, Judgement, certificate, judge
from domain.scheme.model import Scheme
from interfaces import ratios
from interfaces.cli.acting import (
    PATIENCE,
    AsOption,
    CommandIdOption,
    JsonOption,
    OnOption,
    RoleOption,
    WaitOption,
    day_of,
)
from interfaces.cli.app import app
from interfaces.cli.console import err, fail, note, out, print_json, settings, text
from interfaces.cli.known import SchemesOption, known_schemes
from interfaces.marks_file import MarksFile, read_marks
from interfaces.table_types import shown

group = typer.Typer(name="marks", no_args_is_help=True, help="Les notations et ce qu'elles calculent.")
app.add_typer(group)


PathwayOption = Annotated[str, typer.Option("--pathway", metavar="ID", help="Parcours, entier ou son début.")]
PathwayArgument = Annotated[str, typer.Argument(metavar="ID", help="Parcours, entier ou son début.")]


@group.callback()
def marks() -> None:
    """Les notations et ce qu'elles calculent."""


@group.command()
def explain(
    scheme: Annotated[str, typer.Option("--scheme", help="Dispositif, par exemple cqp-cos.")],
    file: Annotated[Path, typer.Option("--marks", help="Notations : CSV ou XLSX, colonnes criterion et met.")],
    blocks: Annotated[str | None, typer.Option("--blocks", help="Blocs jugés : GRU,MDR. Sans elle, tous.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Le résultat en JSON sur la sortie standard.")] = False,
    schemes: SchemesOption = None,
) -> None:
    """Calcule, critère par critère, ce que des notations valident, et dit comment.

    Code de sortie : 0 si tout est bon, 1 si le fichier est refusé, 2 si la ligne de commande est mal écrite.
    """
    known = known_schemes(schemes)
    found = known.get(scheme)
    if found is None:
        fail("marks.input.scheme", value=shown(scheme), known=", ".join(sorted(known)))
    judged = _blocks(found, blocks)
    marks_file = read_marks(file, found, judged)
    if marks_file.faults:
        _tell(marks_file, file, found, all_blocks=judged is None)
    judgement = judge(found, marks_file.marks, judged)
    if json:
        print_json(as_json(found, judgement))
    else:
        _show(found, judgement)


@group.command(name="import")
def import_marks(
    pathway: PathwayOption,
    juror: Annotated[str, typer.Option("--juror", metavar="ID", help="Juré dont ce sont les notations.")],
    file: Annotated[Path, typer.Option("--marks", help="Notations : CSV ou XLSX, colonnes criterion, met et notes.")],
    blocks: Annotated[
        str | None, typer.Option("--blocks", help="Ne prendre que ces blocs : GRU,MDR. Sans elle, ceux de la place.")
    ] = None,
    on: OnOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Enregistre un fichier de notations comme celles d'un juré, pour un parcours convoqué.

    Le même fichier donné deux fois n'est enregistré qu'une fois. Chacun note seul : la notation reste secrète tant que
    tous les évaluateurs n'ont pas donné la leur. Un juré donne la sienne avec --role juror --as juror:ID.

    Colonnes : criterion, met (1 atteint, 0 non atteint, rien : non observé), notes (facultative).

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """
    from interfaces.cli.marks_import import Import, kept
    from interfaces.cli.marks_import import import_marks as record

    def read(scheme: Scheme, seat: Sequence[str] | None) -> MarksFile:
        named = _blocks(scheme, blocks)
        judged = named if named is not None else list(seat) if seat is not None else None
        found = read_marks(file, scheme, judged)
        if found.faults:
            _tell(found, file, scheme, all_blocks=judged is None)
        return kept(found, scheme, named)

    record(Import(pathway, juror, day_of(on, "--on"), role, as_, command_id, wait), read, json)


@group.command()
def joint(
    pathway: PathwayOption,
    juror: Annotated[str, typer.Option("--juror", metavar="ID", help="Juré qui saisit pour tout le jury.")],
    file: Annotated[Path, typer.Option("--marks", help="Critères réglés : CSV ou XLSX, criterion, met et notes.")],
    on: OnOption = "",
    role: RoleOption = "",
    as_: AsOption = "",
    command_id: CommandIdOption = "",
    wait: WaitOption = PATIENCE,
    json: JsonOption = False,
) -> None:
    """Enregistre la notation commune : les critères où les évaluateurs divergent, ceux que personne n'a observés.

    met vaut 1 ou 0. Un critère que personne n'a observé, ni abordé à l'entretien, se décide non atteint : met vide,
    et le motif dans notes. Une remarque est due aussi pour changer un critère sur lequel le jury était d'accord.

    Code de sortie : 0 si c'est fait, 1 si c'est refusé, 2 si la ligne est mal écrite, 3 si la pile est injoignable.
    """
    from interfaces.cli.marks_import import Import, import_joint

    def read(scheme: Scheme, seat: Sequence[str] | None) -> MarksFile:
        found = read_marks(file, scheme, whole=False)
        if found.faults:
            _tell(found, file, scheme, all_blocks=False)
        silent = [criterion for criterion, mark in found.marks.items() if mark is None and criterion not in found.notes]
        if silent:
            fail("marks.joint.reason", criteria=", ".join(silent))
        return found

    import_joint(Import(pathway, juror, day_of(on, "--on"), role, as_, command_id, wait), read, json)


@group.command()
def show(id: PathwayArgument, role: RoleOption = "", as_: AsOption = "", json: JsonOption = False) -> None:
    """Montre les notations d'un parcours : qui a noté et, une fois toutes données, comment.

    Avant cela, un juré voit la sienne, et elle seule : --role juror --as juror:ID.
    """
    from interfaces.cli.marks_view import show_marks

    show_marks(id, role, as_, json)


@group.command()
def divergences(id: PathwayArgument, json: JsonOption = False) -> None:
    """Montre ce que le jury doit régler en commun : critères divergents, critères que personne n'a observés.

    Code de sortie : 0, ou 1 tant que des notations manquent : rien n'est montré avant qu'elles soient toutes données.
    """
    from interfaces.cli.marks_view import show_divergences

    show_divergences(id, json)


def as_json(scheme: Scheme, judgement: Judgement) -> dict[str, Any]:
    """The judgement in the shape that other programs read."""
    return {
        "scheme": scheme.id,
        "blocks": [_block_json(block) for block in judgement.blocks],
        "certificate": certificate(scheme, judgement.validated()),
    }


def _block_json(block: BlockResult) -> dict[str, Any]:
    return {
        "id": block.id,
        "validated": block.validated,
        "validated_competences": block.validated_competences,
        "competences": block.competences,
        "detail": [
            {"id": result.id, "validated": result.validated, "met": result.met, "criteria": result.criteria}
            for result in block.detail
        ],
    }


def _blocks(scheme: Scheme, written: str | None) -> list[str] | None:
    if written is None:
        return None
    known = ", ".join(scheme.block_by_id)
    wanted = [name for part in written.split(",") if (name := part.strip())]
    if not wanted:
        fail("marks.input.no_blocks", scheme=scheme.id, known=known)
    unknown = [name for name in wanted if name not in scheme.block_by_id]
    if unknown:
        fail("marks.input.blocks", scheme=scheme.id, value=shown(", ".join(unknown)), known=known)
    return wanted


def _tell(marks_file: MarksFile, file: Path, scheme: Scheme, *, all_blocks: bool) -> None:
    for fault in marks_file.faults:
        err.print(fault.message(settings.language), highlight=False, markup=False)
    if all_blocks and marks_file.faults[-1].name.startswith("marks.mark.missing"):
        marked = dict.fromkeys(scheme.block_of_criterion[criterion] for criterion in marks_file.marks)
        if 0 < len(marked) < len(scheme.blocks):
            note("marks.mark.hint", blocks=",".join(marked))
    count = len(marks_file.faults)
    fail("marks.file.count_one" if count == 1 else "marks.file.count", count=count, file=file.name)


def _show(scheme: Scheme, judgement: Judgement) -> None:
    table = Table(title=text("marks.table.title", title=escape(scheme.title)), title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column(text("marks.table.competence"))
    table.add_column(text("marks.table.derivation"))
    table.add_column(text("marks.table.result"))
    for result in judgement.blocks:
        block = scheme.block_by_id[result.id]
        table.add_section()
        for competence, one in zip(block.competences, result.detail, strict=True):
            verdict = text("marks.table.validated" if one.validated else "marks.table.not_validated")
            table.add_row(one.id, escape(competence.title), _derivation(one), _coloured(verdict, one.validated))
        table.add_row(*_total(block.title, result), style="bold")
    out.print(table, soft_wrap=False)
    validated = judgement.validated()
    if certificate(scheme, validated):
        out.print(text("marks.table.certificate", award=scheme.awards.certification.title), markup=False)
    else:
        out.print(text("marks.table.no_certificate", count=len(validated), total=len(scheme.blocks)), markup=False)
    out.print(text("marks.table.proposal"), markup=False)
    if "grid" in scheme.illustrative:
        out.print(text("marks.table.illustrative"), markup=False)


def _derivation(result: CompetenceResult) -> str:
    return text(
        "marks.table.competence_unobserved" if result.not_observed else "marks.table.competence_met",
        met=result.met,
        criteria=result.criteria,
        share=share(Fraction(result.met, result.criteria)),
        threshold=_threshold(result.threshold),
        unobserved=result.not_observed,
    )


def _total(title: str, result: BlockResult) -> tuple[str, str, str, str]:
    verdict = text("marks.table.block_validated" if result.validated else "marks.table.block_not_validated")
    derivation = text(
        "marks.table.block",
        validated=result.validated_competences,
        competences=result.competences,
        share=share(Fraction(result.validated_competences, result.competences)),
        threshold=_threshold(result.threshold),
    )
    return result.id, escape(title), derivation, _coloured(verdict, result.validated)


def _coloured(verdict: str, good: bool) -> str:
    return f"[{'green' if good else 'red'}]{verdict}[/]"


def share(ratio: Fraction) -> str:
    """:func:`interfaces.ratios.share` in the language of the screen."""
    return ratios.share(ratio, settings.language)


def _threshold(ratio: Fraction) -> str:
    return ratios.threshold(ratio, settings.language)
