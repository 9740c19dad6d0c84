"""The golden files: where they are, what they should be, and which are not there yet."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from domain.aggregates import AGGREGATES
from domain.log import StoredEvent
from tests.golden.stories import stories

FOLDER = Path(__file__).parent
MANIFEST = FOLDER / "SHA256SUMS"


class Kind(NamedTuple):
    """An event type of an aggregate, in one of its shapes."""

    aggregate: str
    type: str
    version: int

    @property
    def path(self) -> Path:
        """Where its golden file is."""
        return FOLDER / self.aggregate / f"{self.type}.v{self.version}.json"


class Example(NamedTuple):
    """The first event of a kind that a story tells, and the events of its stream before it."""

    stream: str
    before: list[StoredEvent]
    event: StoredEvent


def current_kinds() -> Iterator[Kind]:
    """Every event type in its shape of today."""
    for name, aggregate in AGGREGATES.items():
        for fact in aggregate.facts:
            yield Kind(name, fact.model_fields["kind"].default, fact.schema_version)


def existing_kinds() -> list[Kind]:
    """Every event type and version of which there is a golden file."""
    found = []
    for path in sorted(FOLDER.glob("*/*.json")):
        type, _, version = path.stem.rpartition(".v")
        found.append(Kind(path.parent.name, type, int(version)))
    return found


def examples() -> dict[tuple[str, str], Example]:
    """An example of every event type, by aggregate and type."""
    found: dict[tuple[str, str], Example] = {}
    for world in stories():
        for stream, log in world.logs.items():
            for index, event in enumerate(log):
                found.setdefault((stream.partition(":")[0], event.type), Example(stream, log[:index], event))
    return found


def manifest() -> dict[str, str]:
    """SHA-256 (hex) by path relative to the folder, as noted when each file was written."""
    if not MANIFEST.exists():
        return {}
    lines = MANIFEST.read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def digest(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    return sha256(path.read_bytes()).hexdigest()


def complete() -> list[Path]:
    """Write the golden files that are missing, and note their digests; existing ones are never touched."""
    known, found = manifest(), examples()
    written = []
    for kind in current_kinds():
        if kind.path.exists():
            continue
        kind.path.parent.mkdir(exist_ok=True)
        kind.path.write_bytes(found[kind.aggregate, kind.type].event.public.encode())
        known[kind.path.relative_to(FOLDER).as_posix()] = digest(kind.path)
        written.append(kind.path)
    lines = [f"{hash}  {name}\n" for name, hash in sorted(known.items())]
    MANIFEST.write_text("".join(lines), "utf-8")
    return written
