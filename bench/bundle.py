"""Bundles of whole pathways, against the same streams fetched and the same files zipped bare.

``python -m bench.bundle [--events N]`` starts a server of its own and prints one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from bench.million import write_million
from bench.rig import KEY, OPERATOR, line, rig, say, show
from eventstore.access import AccessLog, Reader
from eventstore.keyring import Keyring
from eventstore.keys import Keys
from eventstore.log import Log
from eventstore.masters import Masters
from eventstore.pool import Pool
from eventstore.reading import Reading
from interfaces.bundle.contents import OneStream
from interfaces.bundle.writing import Bundler

PATHWAYS = 8
ROUNDS = 9


async def _bundled(pool: Pool, folder: Path, pathways: Sequence[str]) -> float:
    """Bundles per second."""
    keyring = Keyring(Keys(pool, Masters.local(KEY)))
    start = time.perf_counter()
    for number, pathway in enumerate(pathways):
        reader = Reader(AccessLog(pool), keyring, OPERATOR, "bench")
        await Bundler(Reading(pool), reader, OPERATOR).write(folder / f"{number}.zip", OneStream(pathway))
    return len(pathways) / (time.perf_counter() - start)


async def _bare(pool: Pool, folder: Path, made: Sequence[dict[str, bytes]], streams: Sequence[list[str]]) -> float:
    """The same, when everything is known but the rows."""
    log, start = Log(pool), time.perf_counter()
    for files, named in zip(made, streams, strict=True):
        for stream in named:
            assert await log.of_stream(stream)
        with ZipFile(folder / "bare.zip", "w", ZIP_DEFLATED) as bare:
            for name, content in files.items():
                bare.writestr(name, content)
    return len(made) / (time.perf_counter() - start)


async def bundle_pathway(pool: Pool, pathways: Sequence[str]) -> dict[str, object]:
    """Bundles of single pathways per second, each with its proofs, its reasons and its page."""
    chosen = pathways[:: max(1, len(pathways) // PATHWAYS)][:PATHWAYS]
    with tempfile.TemporaryDirectory(prefix="jalon-bench-") as name:
        folder = Path(name)
        await _bundled(pool, folder, chosen)
        made, streams, sizes = [], [], []
        for number in range(len(chosen)):
            with ZipFile(folder / f"{number}.zip") as bundle:
                made.append({file: bundle.read(file) for file in bundle.namelist()})
            rows = (row.split(b'"stream":"', 1)[1] for row in made[-1]["events.jsonl"].splitlines())
            streams.append(list(dict.fromkeys(row.split(b'"', 1)[0].decode() for row in rows)))
            sizes.append((folder / f"{number}.zip").stat().st_size)
        values, references = [], []
        for _ in range(ROUNDS):
            references.append(await _bare(pool, folder, made, streams))
            values.append(await _bundled(pool, folder, chosen))
    events = sum(files["events.jsonl"].count(b"\n") for files in made) / len(made)
    note = f"{events:.0f} events, {statistics.mean(sizes) / 1024:.0f} KiB each; reference: same rows, same files zipped"
    ratio = statistics.median(value / reference for value, reference in zip(values, references, strict=True))
    value, reference = statistics.median(values), statistics.median(references)
    say(f"bundle_pathway: {value:.1f} a second, bare {reference:.1f}")
    return line("bundle_pathway", "bundles/s", value, reference, ratio, note)


async def _main(events: int) -> None:
    async with rig() as own:
        written = await write_million(own.pool, events)
        show(await bundle_pathway(own.pool, written.pathways))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=50_000)
    asyncio.run(_main(parser.parse_args().events))
