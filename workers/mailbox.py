"""The mailbox of the embedded stack: what would have gone out, kept in ``<state>/mailbox`` (a Maildir).

What is in it is personal: whoever is erased is erased here too.
"""

from __future__ import annotations

import os
import re
import secrets
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from pathlib import Path

from activities.mailing import PERSON, TEMPLATE

FOLDER = "mailbox"
_PARTS = ("tmp", "new", "cur")
_READ = ("new", "cur")
_ID = re.compile(r"<([\w-]+)@")


@dataclass(frozen=True, slots=True)
class Kept:
    """One mail of the mailbox; ``id`` is the first part of its message id."""

    id: str
    file: Path
    dated: datetime
    to: str
    subject: str
    template: str


def folder_of(state: Path) -> Path:
    """Where the mailbox of a state directory is."""
    return state.expanduser() / FOLDER


def make(folder: Path) -> None:
    """Have an empty mailbox, if there is none, for its owner's eyes only."""
    for part in _PARTS:
        (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def keep(folder: Path, message: bytes) -> None:
    """Put a message into the mailbox, whole or not at all, and on the disk before it is acknowledged."""
    found = _ID.search(str(BytesHeaderParser(policy=policy.default).parsebytes(message).get("Message-ID", "")))
    name = f"{time.time_ns()}.{found[1] if found else secrets.token_hex(8)}.jalon"
    draft = folder / "tmp" / name
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(message)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(folder / "new" / name)


def kept(folder: Path) -> list[Kept]:
    """The mails of the mailbox, the latest first."""
    found = []
    for file in _files(folder):
        headers = BytesHeaderParser(policy=policy.default).parsebytes(file.read_bytes())
        found.append(
            Kept(
                id=file.name.split(".")[1],
                file=file,
                dated=headers["Date"].datetime,
                to=str(headers["To"]),
                subject=str(headers["Subject"]),
                template=str(headers[TEMPLATE]),
            )
        )
    return sorted(found, key=lambda mail: mail.file.name, reverse=True)


def read(mail: Kept) -> EmailMessage:
    """One mail with its parts."""
    message = message_from_bytes(mail.file.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def forget(folder: Path, persons: Collection[str]) -> int:
    """Delete every mail that holds anything about one of ``persons``; how many there were."""
    gone = 0
    for file in _files(folder):
        about = str(BytesHeaderParser(policy=policy.default).parsebytes(file.read_bytes()).get(PERSON, ""))
        if not set(persons).isdisjoint(about.split()):
            file.unlink()
            gone += 1
    return gone


def _files(folder: Path) -> Iterator[Path]:
    for part in _READ:
        yield from (file for file in (folder / part).glob("*.jalon") if file.is_file())
