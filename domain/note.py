"""Checkpoints and the notes that carry them: the text forms of C2SP (signed-note, tlog-checkpoint). No cryptography."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

ED25519 = b"\x01"
_DASH = "\u2014 "
_ROTATION = "key rotation"


class MalformedNote(ValueError):
    """A text that is no note, no checkpoint or no key; the message says which line."""


class Signature(NamedTuple):
    """Who signed, with which key (4 bytes of its hash), and the signature itself."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A text (ending with a line feed) and its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    def format(self) -> str:
        """The note as it is written down."""
        lines = [
            f"{_DASH}{each.name} {base64.b64encode(each.key_id + each.signature).decode()}\n"
            for each in self.signatures
        ]
        return f"{self.text}\n{''.join(lines)}"

    @classmethod
    def parse(cls, written: str) -> Note:
        """Read a note. MalformedNote when it is none."""
        text, blank, lines = written.rpartition("\n\n")
        if not blank or not text or not lines.endswith("\n"):
            raise MalformedNote("no signatures behind an empty line")
        return cls(text + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: its first ``size`` leaves have this root. ``origin`` is the log's name."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read the text of a note; lines beyond the third are left alone. MalformedNote when it is no checkpoint."""
        lines = text.split("\n")
        if len(lines) < 4 or not lines[0]:
            raise MalformedNote("a checkpoint has three lines")
        size = _number(lines[1], "the second line of a checkpoint is its size")
        root = _decoded(lines[2])
        if len(root) != 32:
            raise MalformedNote("the third line of a checkpoint is a root of 32 bytes")
        return cls(lines[0], size, root)


@dataclass(frozen=True, slots=True)
class Rotation:
    """A new key takes over from an old one (both as :meth:`VerifierKey.format` writes them).

    The old one signed the checkpoints of up to ``size`` leaves, the new one signs those of more.
    """

    origin: str
    old: str
    new: str
    size: int

    def text(self) -> str:
        """The text that both keys sign."""
        return f"{self.origin}\n{_ROTATION}\n{self.old}\n{self.new}\n{self.size}\n"

    @classmethod
    def parse(cls, text: str) -> Rotation:
        """Read the text of a note. MalformedNote when it is no rotation."""
        lines = text.split("\n")
        if len(lines) != 6 or lines[1] != _ROTATION or lines[5]:
            raise MalformedNote("a rotation has five lines, the second of which says so")
        return cls(lines[0], lines[2], lines[3], _number(lines[4], "the fifth line of a rotation is a size"))


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key (Ed25519, 32 bytes) under its name: ``<name>+<hex of the key's id>+<base64>``."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of ``SHA256(name || LF || 0x01 || public)``."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def format(self) -> str:
        """The key as it is written down."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, written: str) -> VerifierKey:
        """Read a key. MalformedNote when it is none, or its id is not its own."""
        parts = written.strip().split("+", 2)
        if len(parts) != 3 or not parts[0]:
            raise MalformedNote("a key is name+id+base64")
        raw = _decoded(parts[2])
        if len(raw) != 33 or raw[:1] != ED25519:
            raise MalformedNote("not an Ed25519 key")
        key = cls(parts[0], raw[1:])
        if key.key_id.hex() != parts[1]:
            raise MalformedNote("the key's id is not that of this key")
        return key


def _number(text: str, problem: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or (len(text) > 1 and text.startswith("0")):
        raise MalformedNote(problem)
    return int(text)


def _signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    raw = _decoded(encoded) if space else b""
    if not line.startswith(_DASH) or not name or len(raw) < 5:
        raise MalformedNote("not a line of a signature")
    return Signature(name, raw[:4], raw[4:])


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedNote("not base64") from None
