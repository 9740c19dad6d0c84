"""The certificates of the played years: written into the state directory, and where they are."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from eventstore.books import Books, NumberRow
from eventstore.documents import Documents
from interfaces.cli.console import text
from interfaces.demo.stage import Stage
from interfaces.erasing import CERTIFICATES


@dataclass(frozen=True, slots=True)
class Written:
    """One book of awards, and the files of its certificates."""

    book: str
    awards: tuple[NumberRow, ...]
    files: tuple[Path, ...]


async def write_certificates(stage: Stage) -> list[Written]:
    """Write the certificates that count, one file for each number, into ``<state>/certificates``, emptied before."""
    folder = stage.settings.state / CERTIFICATES
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    documents, books = Documents(stage.gateway.keyring.keys), Books(stage.reading.pool)
    found: list[Written] = []
    for book in await books.books():
        awards = await books.numbers(scheme=book.scheme_id, year=book.year)
        files = []
        for award in awards:
            kept = await documents.read(award.number, award.issued)
            if kept is not None and award.withdrawn_on is None:
                file = folder / f"{award.number}.pdf"
                file.write_bytes(kept.document)
                files.append(file)
        found.append(Written(book.book_id, tuple(awards), tuple(files)))
    return found


def certificates_table(written: Sequence[Written]) -> Table:
    """How many certificates each book gave, and where the first of them is."""
    table = Table(title=text("demo.certificates.title"), title_justify="left", box=SIMPLE_HEAD)
    for name in ("book", "certification", "block", "withdrawn"):
        table.add_column(text(f"demo.certificates.{name}"), justify="left" if name == "book" else "right")
    table.add_column(text("demo.certificates.file"), overflow="fold")
    for one in written:
        standing = [award for award in one.awards if award.withdrawn_on is None]
        counts = [sum(award.kind == kind for award in standing) for kind in ("certification", "block")]
        counts.append(len(one.awards) - len(standing))
        book = one.book.partition(":")[2].replace(":", " ")
        first = str(one.files[0]) if one.files else "·"
        table.add_row(book, *(str(count) if count else "·" for count in counts), first)
    return table
