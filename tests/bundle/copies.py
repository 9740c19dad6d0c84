"""Bundles taken apart, altered and put together again, as somebody with a motive would."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from domain.ledger import canonical
from interfaces.bundle import verify

VERIFIER = Path(verify.__file__)


@dataclass
class Copy:
    """The files of a bundle."""

    files: dict[str, bytes] = field(repr=False)

    @classmethod
    def of(cls, path: Path) -> Copy:
        """The files of the bundle at ``path``."""
        with ZipFile(path) as bundle:
            return cls({name: bundle.read(name) for name in bundle.namelist() if not name.endswith("/")})

    @property
    def manifest(self) -> Any:
        """The manifest, as data."""
        return json.loads(self.files["manifest.json"])

    @property
    def events(self) -> list[dict[str, Any]]:
        """The lines of events.jsonl, as data."""
        return [json.loads(line) for line in self.files["events.jsonl"].splitlines()]

    def set_manifest(self, change: Callable[[Any], None]) -> None:
        """Alter the manifest."""
        manifest = self.manifest
        change(manifest)
        self.files["manifest.json"] = json.dumps(manifest).encode()

    def set_events(self, events: list[dict[str, Any]]) -> None:
        """Put other events into it, and have the manifest tell how many there are of each stream."""
        self.files["events.jsonl"] = b"".join(canonical(event) + b"\n" for event in events)

        def count(manifest: Any) -> None:
            manifest["events"] = len(events)
            for stream in [*manifest["streams"]]:
                number = sum(event["stream"] == stream for event in events)
                manifest["streams"][stream]["events"] = number
                if not number:
                    del manifest["streams"][stream]

        self.set_manifest(count)

    def listed(self) -> Copy:
        """The same, its manifest telling the hashes of the files as they are now."""

        def list_files(manifest: Any) -> None:
            manifest["files"] = {
                name: {"sha256": sha256(content).hexdigest(), "size": len(content)}
                for name, content in self.files.items()
                if name != "manifest.json"
            }

        self.set_manifest(list_files)
        return self

    def write(self, path: Path) -> Path:
        """Make a zip of it."""
        with ZipFile(path, "w") as bundle:
            for name, content in self.files.items():
                bundle.writestr(name, content)
        return path


def checked(path: Path | str, *options: str, program: Path = VERIFIER) -> tuple[int, dict[str, Any]]:
    """What verify.py says of a bundle, run by a Python that knows of no other library: exit code and report."""
    answer = run("--json", *options, str(path), program=program)
    assert answer.stderr == "", answer.stderr
    return answer.returncode, json.loads(answer.stdout)


def run(*arguments: str, program: Path = VERIFIER, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run verify.py as it is meant to be run."""
    command = [sys.executable, "-I", "-S", str(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=folder, check=False)


def found(path: Path, trusted: str | None = None) -> verify.Report:
    """What verify.py finds in a bundle, within this process."""
    report = verify.Report()
    verify.Bundle(verify.Zip(str(path)), report, verify.Key(trusted) if trusted else None).run()
    return report


def codes(report: verify.Report) -> set[str]:
    """The codes of its faults."""
    return {code for _, _, code, _ in report.faults}
