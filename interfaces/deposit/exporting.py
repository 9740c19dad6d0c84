"""Deposit files: the order first, then the file, whole; and the same file again, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from errno import EEXIST
from itertools import groupby
from pathlib import Path
from uuid import uuid4

from documents.deposit import Certification, Head, write
from domain.deposit.decide import SHOWN
from domain.deposit.events import FluxWritten
from domain.refusal import refuse
from eventstore.access import Reader
from eventstore.deposits import DepositRow, Deposits
from eventstore.reading import Reading
from interfaces.deposit.holders import Holder, holders
from interfaces.gateway import Gateway
from interfaces.streams import read_stream

TEST_CLIENT, TEST_CONTRACT = "ESSAI000", "ESSAI"
"""What stands in the place of the identifiers that the Caisse des Dépôts gives, on a stack that has none."""


class NotPlaced(Exception):
    """The order of ``flux`` stands in the log, and its file could not take the name ``path``: ``why``."""

    def __init__(self, flux: str, path: Path, why: str) -> None:
        super().__init__(flux)
        self.flux = flux
        self.path = path
        self.why = why


@dataclass(frozen=True, slots=True)
class Account:
    """Under which identifiers holders are deposited."""

    client: str
    contract: str

    @property
    def test(self) -> bool:
        """Whether nobody can deposit with them."""
        return self.client == TEST_CLIENT


@dataclass(frozen=True, slots=True)
class Written:
    """One file and what is in it."""

    path: Path
    flux: str
    at: datetime
    passages: int
    digest: str


def path_of(out: Path, number: int) -> Path:
    """``FILE.xml``, ``FILE-2.xml``, …"""
    return out if number == 1 else out.with_name(f"{out.stem}-{number}{out.suffix}")


def parts(found: Sequence[Holder], most: int) -> Iterator[Sequence[Holder]]:
    """What goes into each file: at most so many passages, in the order in which they were awarded."""
    for start in range(0, len(found), most):
        yield found[start : start + most]


async def export(gateway: Gateway, queue: str, found: Sequence[Holder], path: Path, account: Account) -> Written:
    """Write one file of these holders and have it in the log; the file appears once the order was carried out.

    Raises:
        Refused: the queue does not deposit one of them (any more); there is no file then.
        OSError: the file cannot be written; nothing was ordered.
        NotPlaced: it was ordered, and cannot take its name; :func:`again` writes it under another.
    """
    at = datetime.now(UTC).replace(microsecond=0)
    flux = f"{at:%Y%m%dT%H%M%S}-{uuid4().hex[:12]}"
    draft = path.with_name(f".{path.name}.{flux}.part")
    head = Head(flux, at, account.client, account.contract)
    try:
        ordered = _ordered(found)
        digest = _write(draft, head, ordered)
        command = {
            "kind": "write_flux",
            "flux": flux,
            "at": at.isoformat(),
            "numbers": [holder.row.number for holder in ordered],
            "versions": [holder.version for holder in ordered],
            "client": account.client,
            "contract": account.contract,
            "digest": digest,
        }
        await gateway.give(queue, command, command_id=f"flux:{flux}")
        try:
            _place(draft, path)
        except OSError as error:
            raise NotPlaced(flux, path, error.strerror or type(error).__name__) from None
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return Written(path, flux, at, len(found), digest)


async def again(reading: Reading, reader: Reader, queue: DepositRow, flux: str, path: Path) -> Written:
    """Write the file of a flux again, from what stood in the log when it was written.

    Raises:
        Refused: the flux is unknown, or the data of somebody in it is gone: no other file takes its name.
    """
    file = await read_stream(reading, queue.deposit_id)
    facts = [record.fact for record in file.records if isinstance(record.fact, FluxWritten)]
    told = next((fact for fact in facts if fact.flux == flux), None)
    if told is None:
        raise refuse("deposit.flux_unknown", flux=flux)
    known = await Deposits(reading.pool).numbered(told.numbers)
    rows = [known[number] for number in told.numbers]
    found = [holder async for holder in holders(reading, reader, rows, told.versions)]
    lost = [holder.row.number for holder in found if holder.line is None]
    if lost:
        raise refuse("deposit.flux_lost", flux=flux, numbers=lost[:SHOWN])
    draft = path.with_name(f".{path.name}.{flux}.part")
    try:
        digest = _write(draft, Head(flux, told.at, told.client, told.contract), found)
        if digest != told.digest:
            raise refuse("deposit.flux_differs", flux=flux)
        _place(draft, path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return Written(path, flux, told.at, len(found), digest)


def _ordered(found: Iterable[Holder]) -> list[Holder]:
    """Certification by certification; within one, as they came."""
    return sorted(found, key=_certification)


def _certification(holder: Holder) -> tuple[str, str]:
    return holder.scheme.registration.repertoire, holder.scheme.registration.code or ""


def _write(path: Path, head: Head, ordered: Sequence[Holder]) -> str:
    """The digest of the file, which is on the disk when this returns."""
    certifications = [
        Certification(*certification, [holder.line for holder in group if holder.line is not None])
        for certification, group in groupby(ordered, _certification)
    ]
    # What a killed command left under this name is of the same flux.
    path.unlink(missing_ok=True)
    with open(path, "xb", opener=_private) as file:
        digest = write(file, head, certifications)
        file.flush()
        os.fsync(file.fileno())
    return digest


def _place(draft: Path, path: Path) -> None:
    """Give a whole file its name, unless another has it by now: that one may be on its way. Raises OSError."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: what is left is to look first.
        if path.exists():
            raise FileExistsError(EEXIST, os.strerror(EEXIST)) from None
        os.replace(draft, path)


def _private(file: str, flags: int) -> int:
    return os.open(file, flags, 0o600)
