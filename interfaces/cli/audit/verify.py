"""``jalon audit verify``: the whole log, its tree, its signatures, its rules."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import JsonOption, execute, say_out
from interfaces.cli.audit.group import audit
from interfaces.cli.console import Exit, fail, out, print_json, settings
from interfaces.cli.progress import Bar
from interfaces.table_types import shown

if TYPE_CHECKING:
    from domain.note import VerifierKey
    from workers.verifying import Progress, Verification


@audit.command()
def verify(
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="FICHIER", help="Un point de contrôle que vous avez gardé (note signée)."),
    ] = None,
    key: Annotated[
        str | None, typer.Option("--key", metavar="CLÉ|FICHIER", help="La clé publique du notaire que vous connaissez.")
    ] = None,
    rules: Annotated[
        bool, typer.Option("--rules/--no-rules", help="Redemander aussi chaque fait aux règles (le plus long).")
    ] = True,
    json: JsonOption = False,
) -> None:
    """Vérifie le journal : empreintes, arbre, signatures, copies, dossiers, données scellées, règles, attributions.

    Une seule lecture, pendant que le service continue. Le premier défaut est nommé, avec ce qu'il touche.

    Code de sortie : 0 si tout est intact, 1 sinon, 3 si PostgreSQL est injoignable.
    """
    kept, known = _checkpoint(since), known_key(key)
    start = time.monotonic()
    with _progress() as progress:
        found = execute(lambda: _verify(kept, known, rules, progress))
    seconds = round(time.monotonic() - start, 1)
    if json:
        from interfaces.verdict import notes, report

        said = notes(found, settings.language, key_known=known is not None)
        print_json({**report(found, settings.language), "seconds": seconds, "notes": said})
    else:
        _show(found, known is not None)
    raise SystemExit(int(Exit.OK if found.ok else Exit.REFUSED))


async def _verify(kept: str, key: VerifierKey | None, rules: bool, progress: Progress) -> Verification:
    from workers.settings import load, open_database, resolve_database
    from workers.verifying import Known, verify
    from workers.witness import Witness

    environment = load()
    pool = await open_database(resolve_database(environment))
    try:
        witnesses = [Witness(place) for place in environment.witness_places]
        return await verify(pool, witnesses, Known(kept, key), rules=rules, progress=progress)
    finally:
        await pool.close()


def _checkpoint(file: Path | None) -> str:
    """The signed note in ``file``; empty without a file."""
    if file is None:
        return ""
    from domain.note import Checkpoint, Note

    try:
        written = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        fail("verify.since_missing", file=shown(str(file)))
    try:
        Checkpoint.parse(Note.parse(written).text)
    except ValueError:
        fail("verify.since_malformed", file=shown(str(file)))
    return written


def known_key(value: str | None) -> VerifierKey | None:
    """The key written in the option, or in the file that it names; None without the option.

    An empty one is refused: a key that somebody meant to give must not be left out in silence.
    """
    if value is None:
        return None
    from domain.note import VerifierKey

    try:
        written = Path(value).read_text("utf-8") if "+" not in value or Path(value).is_file() else value
        return VerifierKey.parse(written)
    except (OSError, ValueError):
        fail("verify.key_malformed", value=shown(value))


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar for each stage, one after the other."""
    with ExitStack() as shown_now:
        stages: dict[str, Any] = {}

        def advance(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                shown_now.close()
                stages[stage] = shown_now.enter_context(Bar(f"verify.progress.{stage}", total))
            stages[stage](done)

        yield advance


def _show(found: Verification, key_known: bool) -> None:
    from interfaces.verdict import notes, report, touched

    verdict = report(found, settings.language)
    if found.ok:
        say_out("verify.whole", events=found.events)
    else:
        say_out("verify.broken" if found.total > 1 else "verify.broken_one", total=found.total)
    for number, fault in enumerate(verdict["faults"]):
        if number == 1:
            say_out("verify.others")
        if number == 0:
            say_out("verify.first", detail=fault["detail"])
        else:
            out.print(f"- {fault['detail']}", highlight=False, markup=False)
        if what := touched(fault, settings.language):
            say_out("verify.touches", what=what)
    if found.total > len(found.faults):
        say_out("verify.listed", listed=len(found.faults), total=found.total)
    say_out("verify.events", events=found.events, sealed=found.sealed)
    if found.unsealed:
        since = found.unsealed_since.isoformat(timespec="seconds") if found.unsealed_since else "?"
        say_out("verify.unsealed", count=found.unsealed, since=since)
    else:
        say_out("verify.unsealed_none")
    say_out("verify.root", root=found.root.hex())
    say_out("verify.checkpoints", count=found.checkpoints)
    if found.rechecked is not None:
        say_out("verify.rechecked", count=found.rechecked)
    for sentence in notes(found, settings.language, key_known=key_known):
        out.print(sentence, highlight=False, markup=False)
