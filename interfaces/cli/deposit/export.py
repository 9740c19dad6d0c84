"""``jalon deposit export``: files for the portal, each in the log before it appears."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfaces.cli.acting import Halt, JsonOption, act, say_out
from interfaces.cli.console import note, print_json
from interfaces.cli.deposit.group import SchemeOption, group, queue_meant, require_suffix

if TYPE_CHECKING:
    from interfaces.deposit.exporting import Account, Written
    from interfaces.gateway import Gateway


DEFAULT, MOST = 3000, 4000
"""Passages in a file. A file is one order, and the rows that it changes must pass through the engine, which takes two
megabytes in one piece: 4 000 of them are 1.8.
"""


@group.command()
def export(
    out: Annotated[
        Path, typer.Option("--out", metavar="FICHIER.xml", help="Où écrire ; s'il en faut plusieurs : FICHIER-2.xml…")
    ],
    most: Annotated[int, typer.Option("--max", metavar="N", min=1, max=MOST, help="Passages par fichier.")] = DEFAULT,
    flux: Annotated[
        str, typer.Option("--flux", metavar="ID", help="Écrire de nouveau, octet pour octet, le fichier de ce flux.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Dire ce qui serait déposé ; rien n'est écrit ni ordonné.")
    ] = False,
    scheme: SchemeOption = "",
    json: JsonOption = False,
) -> None:
    """Écrit le fichier XML des passages à déposer (schéma public 1.1.2), toutes certifications ensemble.

    Chaque fichier est un flux, inscrit au journal avant que le fichier n'apparaisse : un passage n'entre jamais dans
    deux fichiers sans réponse. Si la commande est interrompue entre les deux, « export --flux ID » rend le fichier.

    Code de sortie : 0 si c'est fait (ou s'il n'y a rien à déposer), 1 si c'est refusé, 3 si la pile est injoignable.
    """
    report = act(lambda: _export(out, most, flux, dry_run, scheme))
    if json:
        print_json(report)
        return
    told = "deposit.cli.again" if flux else "deposit.cli.would_write" if dry_run else "deposit.cli.written"
    for file in report["files"]:
        say_out(told, file=file["file"], number=file["passages"], flux=file["flux"])
    if report["test"] and report["files"]:
        note("deposit.cli.test_account", client=report["client"], contract=report["contract"])
    if report["left_out"]:
        note("deposit.cli.left_out", number=len(report["left_out"]))
    if not report["files"]:
        say_out("deposit.cli.nothing_waits")
        if report["unanswered"]:
            fluxes = dict.fromkeys(report["unanswered"].values())
            note("deposit.cli.unanswered", number=len(report["unanswered"]), flux=", ".join(fluxes))
    elif not dry_run:
        say_out("deposit.cli.next")


def account() -> Account:
    """The identifiers of the settings; on the embedded stack, where there are none, those of a test. Raises Halt."""
    from interfaces.deposit.exporting import TEST_CLIENT, TEST_CONTRACT, Account
    from workers.settings import load

    found = load()
    if found.deposit_client and found.deposit_contract:
        return Account(found.deposit_client, found.deposit_contract)
    if found.database_url is not None or found.deposit_client or found.deposit_contract:
        raise Halt("deposit.cli.no_account")
    return Account(TEST_CLIENT, TEST_CONTRACT)


async def _export(out: Path, most: int, flux: str, dry_run: bool, scheme: str) -> dict[str, Any]:
    from interfaces.deposit.exporting import again, path_of
    from interfaces.gateway import Gateway

    require_suffix(out, ".xml")
    named = account()
    async with Gateway.open() as gateway:
        queue = await queue_meant(gateway.reading, scheme)
        if flux:
            _require_room(out)
            reader = gateway.reader("deposit export")
            written = await _guarded(out, lambda: again(gateway.reading, reader, queue, flux, out))
            return _report(named, [written], [], {})
        ready, left_out = await _ready(gateway, queue.deposit_id, scheme)
        sent = await _sent(gateway, queue.deposit_id, scheme)
        if dry_run:
            from interfaces.deposit.exporting import parts

            files = [
                {"file": str(path_of(out, number)), "flux": None, "passages": len(part)}
                for number, part in enumerate(parts(ready, most), start=1)
            ]
            return {**_report(named, [], left_out, sent), "files": files}
        return _report(named, await _write_all(gateway, queue.deposit_id, ready, out, most, named), left_out, sent)


async def _ready(gateway: Gateway, queue: str, scheme: str) -> tuple[list[Any], list[str]]:
    """Who can be told, and the numbers of those who cannot."""
    from eventstore.deposits import Deposits
    from interfaces.deposit.holders import holders

    rows = await Deposits(gateway.reading.pool).passages(queue=queue, statuses=("waiting",), scheme=scheme or None)
    reader = gateway.reader("deposit export")
    found = [holder async for holder in holders(gateway.reading, reader, rows)]
    ready = [holder for holder in found if holder.line is not None]
    return ready, [holder.row.number for holder in found if holder.line is None]


async def _sent(gateway: Gateway, queue: str, scheme: str) -> dict[str, str]:
    """What had no answer before this command: number -> flux."""
    from eventstore.deposits import Deposits

    rows = await Deposits(gateway.reading.pool).passages(queue=queue, statuses=("sent",), scheme=scheme or None)
    return {row.number: row.flux for row in rows if row.flux}


async def _write_all(
    gateway: Gateway, queue: str, ready: list[Any], out: Path, most: int, named: Account
) -> list[Written]:
    from interfaces.deposit.exporting import export as write_one
    from interfaces.deposit.exporting import parts, path_of

    chosen = list(parts(ready, most))
    for number in range(1, len(chosen) + 1):
        _require_room(path_of(out, number))
    written = []
    for number, part in enumerate(chosen, start=1):
        path = path_of(out, number)
        try:
            written.append(await _guarded(path, lambda p=path, h=part: write_one(gateway, queue, h, p, named)))
        except BaseException:
            # What went wrong here takes nothing back: the files before are whole, and ordered.
            for item in written:
                note("deposit.cli.written", file=str(item.path), number=item.passages, flux=item.flux)
            raise
    return written


def _require_room(path: Path) -> None:
    """Refuse to take the place of a file, which may have been deposited."""
    if path.exists():
        raise Halt("deposit.cli.exists", file=str(path))


async def _guarded(path: Path, work: Any) -> Any:
    from interfaces.deposit.exporting import NotPlaced

    try:
        return await work()
    except NotPlaced as error:
        raise Halt("deposit.cli.not_placed", file=str(path), flux=error.flux, why=error.why) from None
    except OSError as error:
        if isinstance(error, ConnectionError | TimeoutError):
            raise
        raise Halt("deposit.cli.folder", file=str(path), why=error.strerror or type(error).__name__) from None


def _report(named: Account, written: list[Written], left_out: list[str], sent: dict[str, str]) -> dict[str, Any]:
    return {
        "client": named.client,
        "contract": named.contract,
        "test": named.test,
        "files": [
            {
                "file": str(item.path),
                "flux": item.flux,
                "at": item.at.isoformat(),
                "passages": item.passages,
                "digest": item.digest,
            }
            for item in written
        ],
        "left_out": left_out,
        "unanswered": sent,
    }
