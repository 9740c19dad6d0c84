"""How other commands find the stack that runs in a state directory."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from workers.embedded.process import Identity

FILE = "stack.json"


@dataclass(frozen=True)
class StackInfo:
    """A running ``jalon up``: who runs it, and where its parts are. A part that runs elsewhere has no pid."""

    pid: int
    started: float
    database_url: str = field(repr=False)
    temporal_address: str
    temporal_namespace: str
    postgres_pid: int | None = None
    temporal_pid: int | None = None
    worker_pid: int | None = None
    notary_pid: int | None = None
    smtp_address: str | None = None
    """Where the stack takes mails for its own mailbox; None when they go to a real relay."""
    public_pid: int | None = None
    public_address: str | None = None
    """Where the public pages are; None when the stack has none."""

    def write(self, state: Path) -> None:
        """Tell the others, all at once: nobody reads half a file, nobody else reads the password."""
        draft = state / f"{FILE}.new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(self), file, indent=2)
        draft.replace(state / FILE)


def find_stack(state: Path) -> StackInfo | None:
    """The stack that runs in ``state``, or None: never started, stopped, or killed."""
    try:
        info = StackInfo(**json.loads((state.expanduser() / FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return info if Identity(info.pid, info.started).process() is not None else None


def forget_stack(state: Path) -> None:
    """The stack no longer runs."""
    (state / FILE).unlink(missing_ok=True)
