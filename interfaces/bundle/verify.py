#!/usr/bin/env python3
# ruff: noqa: B904, UP017 - a fault needs no history; Python 3.8 has no datetime.UTC
"""Checks a bundle of evidence offline: ``python verify.py [BUNDLE.zip|FOLDER] [--key VKEY|FILE] [--lang en] [--json]``.

It needs Python 3.8 or later and nothing else, and shares no code with the program that made the bundle: it is written
from RFC 9162 (Merkle trees), RFC 8032 (Ed25519), C2SP signed-note and tlog-checkpoint, RFC 9562 (uuid5), and from what
LISEZMOI.txt says about the leaf of an event. It writes nothing and opens no connection.

Exit code: 0 everything that was checked holds; 1 something does not; 2 this is no bundle that can be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import os
import re
import struct
import sys
import uuid
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timezone
from typing import IO, TYPE_CHECKING, Any, cast

FORMAT = "jalon-bundle-1"
NAMESPACE = uuid.UUID("6f0c2c4e-5f7b-5d0a-9c0e-2f5d4a1b7e11")
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

TOTAL_LIMIT = 4 << 30
"""Bytes of a whole bundle once unpacked."""
FILE_LIMIT = 64 << 20
"""Bytes of a file that is read whole."""
LINE_LIMIT = 16 << 20
FILES_LIMIT = 100_000
FAULTS_LISTED = 100

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z")
MOMENT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{6})Z\Z")
HASH = re.compile(r"[0-9a-f]{64}\Z")
NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})\Z")

STREAMS = ("pathway", "session", "sitting", "register", "awards", "deposit")
"""The kinds of streams of which one alone can be asked for."""

READ_ERRORS = (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


if TYPE_CHECKING:
    Point = tuple[int, int, int, int]
    SignedNote = tuple[str, list[tuple[str, bytes, bytes]]]


class Unusable(Exception):
    """There is nothing to check: ``code`` names the sentence that says why."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class Malformed(ValueError):
    """A part that is not what it has to be; the message says which."""


# --- Ed25519 (RFC 8032) ---------------------------------------------------------------------------------------------

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
ROOT_OF_MINUS_ONE = pow(2, (PRIME - 1) // 4, PRIME)
NEUTRAL = (0, 1, 1, 0)


def _add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % PRIME
    b = (p[1] + p[0]) * (q[1] + q[0]) % PRIME
    c = 2 * p[3] * q[3] * CURVE % PRIME
    d = 2 * p[2] * q[2] % PRIME
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % PRIME, g * h % PRIME, f * g % PRIME, e * h % PRIME)


def _times(scalar: int, point: Point) -> Point:
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _point(encoded: bytes) -> Point | None:
    """The point that 32 bytes stand for, or None."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= PRIME:
        return None
    square = (y * y - 1) * pow(CURVE * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * ROOT_OF_MINUS_ONE % PRIME
    if (x * x - square) % PRIME or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = PRIME - x
    return (x, y, 1, x * y % PRIME)


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], PRIME - 2, PRIME)
    x, y = point[0] * inverse % PRIME, point[1] * inverse % PRIME
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = _point((4 * pow(5, PRIME - 2, PRIME) % PRIME).to_bytes(32, "little")) or NEUTRAL


def ed25519_pure(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) is that of ``message`` under the key ``public`` (32 bytes)."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key = _point(public)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    challenge = int.from_bytes(digest, "little") % ORDER
    minus_key = (PRIME - key[0], key[1], 1, PRIME - key[3])
    return _encoded(_add(_times(scalar, BASE), _times(challenge, minus_key))) == signature[:32]


try:
    import cryptography
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
except Exception:
    LIBRARY = ""
    ed25519 = ed25519_pure
else:
    LIBRARY = "cryptography " + cryptography.__version__

    def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
        """The same, by the library."""
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except Exception:
            return False
        return True


# --- Merkle tree (RFC 9162, 2.1) ------------------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_from_inclusion(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root that ``path`` leads to from leaf ``index`` of ``size`` (2.1.3.2); None when it leads nowhere."""
    if not 0 <= index < size:
        return None
    number, last, result = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            result = node(step, result)
            while number and not number & 1:
                number >>= 1
                last >>= 1
        else:
            result = node(result, step)
        number >>= 1
        last >>= 1
    return result if last == 0 else None


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, path: list[bytes]) -> bool:
    """Whether ``path`` shows that the tree of ``second`` leaves begins with that of ``first`` (2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second:
        return first == 0 < second and not path and first_root == hashlib.sha256(b"").digest()
    if first & (first - 1) == 0:
        path = [first_root, *path]
    if not path:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number >>= 1
        last >>= 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node(step, old), node(step, new)
            while number and not number & 1:
                number >>= 1
                last >>= 1
        else:
            new = node(new, step)
        number >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root


def draw(seed: str, root: bytes, size: int, count: int) -> list[int]:
    """``count`` distinct leaves of ``size`` (at least so many), in order: the sample that LISEZMOI.txt describes."""
    fair = (1 << 64) - (1 << 64) % size
    drawn: set[int] = set()
    counter = 0
    while len(drawn) < count:
        digest = hashlib.sha256(b"jalon sample\n" + root + struct.pack(">Q", counter) + seed.encode()).digest()
        number = int.from_bytes(digest[:8], "big")
        if number < fair:
            drawn.add(number % size)
        counter += 1
    return sorted(drawn)


# --- notes and keys (C2SP) ------------------------------------------------------------------------------------------


def base64_bytes(text: str) -> bytes:
    """What base64 stands for. Malformed when it is none."""
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        raise Malformed("base64")


def number_in(text: str) -> int:
    """A decimal number as notes write it. Malformed when it is none."""
    if not NUMBER.match(text):
        raise Malformed("number")
    return int(text)


def read_note(written: str) -> SignedNote:
    """``(text, [(name, key id, signature)])``. Malformed when it is no note."""
    text, blank, lines = written.rpartition("\n\n")
    if not blank or not text or not lines.endswith("\n"):
        raise Malformed("note")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        raw = base64_bytes(encoded)
        if dash != "\u2014" or not name or len(raw) < 5:
            raise Malformed("signature")
        signatures.append((name, raw[:4], raw[4:]))
    return text + "\n", signatures


class Key:
    """A published key: ``name+hex id+base64(0x01 || public)``. Malformed when it is none, or has not its own id."""

    def __init__(self, written: str) -> None:
        parts = written.strip().split("+", 2)
        raw = base64_bytes(parts[2]) if len(parts) == 3 and parts[0] else b""
        if len(raw) != 33 or raw[:1] != b"\x01":
            raise Malformed("key")
        self.name, self.public, self.written = parts[0], raw[1:], written.strip()
        self.id = hashlib.sha256(parts[0].encode() + b"\n" + raw).digest()[:4]
        if self.id.hex() != parts[1]:
            raise Malformed("key id")

    def signed(self, note: SignedNote) -> bool:
        """Whether this key signed the note, and every signature that bears its name is its own."""
        text, signatures = note
        own = [signature for name, id, signature in signatures if (name, id) == (self.name, self.id)]
        return bool(own) and all(ed25519(self.public, text.encode(), signature) for signature in own)


# --- JSON -----------------------------------------------------------------------------------------------------------


def _refuse(_: str) -> Any:
    raise Malformed("number")


def _small(text: str) -> int:
    if len(text) > 19:
        raise Malformed("number")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("key given twice")
    return found


def read_json(text: str) -> Any:
    """A JSON value of text, whole numbers, objects without doubled keys. Malformed otherwise."""
    try:
        return json.loads(text, parse_int=_small, parse_float=_refuse, parse_constant=_refuse, object_pairs_hook=_once)
    except Malformed:
        raise
    except RecursionError:
        raise Malformed("nested too deeply")
    except ValueError as error:
        raise Malformed(type(error).__name__)


def canonical(value: Any) -> bytes:
    """The one text form (RFC 8785; keys are ASCII, numbers whole)."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def part(value: Any, name: str, kind: type) -> Any:
    """``value[name]``, which has to be a ``kind``; whole numbers are not negative. Malformed otherwise."""
    found = value.get(name) if isinstance(value, dict) else None
    if not isinstance(found, kind) or isinstance(found, bool) != (kind is bool):
        raise Malformed(name)
    if isinstance(found, int) and not 0 <= found < 1 << 63:
        raise Malformed(name)
    return found


def hash_in(text: Any, name: str = "hash") -> bytes:
    """32 bytes written in hexadecimal. Malformed otherwise."""
    if not isinstance(text, str) or not HASH.match(text):
        raise Malformed(name)
    return bytes.fromhex(text)


def microseconds(text: str) -> int:
    """Microseconds since 1970 of ``2026-03-02T08:00:00.000000Z``. Malformed otherwise."""
    found = MOMENT.match(text)
    if not found:
        raise Malformed("moment")
    try:
        year, month, day, hour, minute, second, micro = map(int, found.groups())
        since = datetime(year, month, day, hour, minute, second, micro, timezone.utc) - EPOCH
    except ValueError:
        raise Malformed("moment")
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


# --- where the files are --------------------------------------------------------------------------------------------


class Box(ABC):
    """The files of a bundle, by name, with their sizes in bytes."""

    sizes: dict[str, int]
    strays_are_faults: bool

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """The bytes of a file, as a stream."""


class Zip(Box):
    """The files of a zip, none of which is ever unpacked onto the disk."""

    strays_are_faults = True

    def __init__(self, path: str) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            entries = self._zip.infolist()
        except Exception as error:
            raise Unusable("not_a_zip", path=path, kind=type(error).__name__)
        self.sizes = {}
        for entry in entries:
            name = entry.filename
            if name == "documents/":
                continue
            if not SAFE_NAME.match(name) or name in self.sizes:
                raise Unusable("unsafe_name", name=name)
            # The other methods unpack as much as they like at once.
            if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise Unusable("unsafe_entry", name=name)
            self.sizes[name] = entry.file_size

    def open(self, name: str) -> IO[bytes]:
        """The bytes of a file, as a stream."""
        return io.BufferedReader(cast(io.RawIOBase, self._zip.open(name)))


class Folder(Box):
    """The files of an unpacked bundle. Links are left alone: they could lead anywhere."""

    strays_are_faults = False

    def __init__(self, path: str) -> None:
        self._path = path
        self.sizes = {}
        for folder, _, files in os.walk(path):
            for file in files:
                full = os.path.join(folder, file)
                if len(self.sizes) > FILES_LIMIT:
                    raise Unusable("too_many")
                if os.path.isfile(full) and not os.path.islink(full):
                    self.sizes[os.path.relpath(full, path).replace(os.sep, "/")] = os.path.getsize(full)

    def open(self, name: str) -> IO[bytes]:
        """The bytes of a file, as a stream."""
        return open(os.path.join(self._path, *name.split("/")), "rb")


def find_box(given: str | None) -> tuple[str, Box]:
    """The bundle: the one given, or the one in which, or beside which, this program lies. Unusable when none."""
    here = os.path.dirname(os.path.abspath(__file__))
    if given is None:
        for folder in (here, os.getcwd()):
            if os.path.isfile(os.path.join(folder, "manifest.json")):
                return folder, Folder(folder)
        zips = sorted(name for name in os.listdir(here) if name.endswith(".zip"))
        if len(zips) != 1:
            raise Unusable("nothing_given")
        given = os.path.join(here, zips[0])
    if os.path.isdir(given):
        return given, Folder(given)
    if not os.path.isfile(given):
        raise Unusable("not_there", path=given)
    return given, Zip(given)


# --- what was found -------------------------------------------------------------------------------------------------


class Report:
    """What holds, what does not, and what was not looked at."""

    def __init__(self) -> None:
        self.good: dict[str, int] = {}
        self.faults: list[tuple[str, str, str, dict[str, Any]]] = []
        self.fault_count = 0
        self.unchecked: list[tuple[str, dict[str, Any]]] = []

    def check(self, check: str, where: str, holds: bool, code: str, **params: Any) -> bool:
        """One more thing was checked; ``code`` names the sentence for when it does not hold."""
        if holds:
            self.good[check] = self.good.get(check, 0) + 1
        else:
            self.fault(check, where, code, **params)
        return holds

    def fault(self, check: str, where: str, code: str, **params: Any) -> None:
        """Something does not hold."""
        self.fault_count += 1
        if len(self.faults) < FAULTS_LISTED:
            self.faults.append((check, where, code, params))

    def left(self, code: str, **params: Any) -> None:
        """Something was not checked."""
        self.unchecked.append((code, params))


class Bundle:
    """One bundle on its way through the checks."""

    def __init__(self, box: Box, report: Report, trusted: Key | None) -> None:
        if sum(box.sizes.values()) > TOTAL_LIMIT:
            raise Unusable("too_big")
        if len(box.sizes) > FILES_LIMIT:
            raise Unusable("too_many")
        if "manifest.json" not in box.sizes:
            raise Unusable("no_manifest")
        self.box, self.report, self.trusted = box, report, trusted
        self.listed: dict[str, tuple[bytes, int]] = {}
        self.manifest: dict[str, Any] = {}
        self.selection: dict[str, Any] = {}
        self.streams: dict[str, Any] = {}
        self.origin, self.size, self.root = "", 0, b""
        self.keys: list[tuple[int, Key]] = []
        self.checkpoints: list[tuple[int, bytes, str]] = []
        self.schemes: set[str] = set()
        self.documents: dict[int, list[tuple[str, str]]] = {}
        self.indexes: list[int] = []
        self.seen: dict[str, Stream] = {}

    def run(self) -> None:
        """All checks: each is made whatever another one found, for one fault must not hide the next."""
        if not self._guard("manifest", self._read_manifest):
            return
        for check in ("files", "keys", "checkpoints", "consistency", "schemes", "documents", "events", "selection"):
            self._guard(check, getattr(self, "_check_" + check))
        self._tell_unchecked()

    def _guard(self, check: str, work: Callable[[], None]) -> bool:
        try:
            work()
        except ValueError as error:
            part = str(error) if isinstance(error, Malformed) else type(error).__name__
            self.report.fault(check, check, "malformed", part=part)
        except READ_ERRORS as error:
            self.report.fault(check, check, "unreadable", kind=type(error).__name__)
        else:
            return True
        return False

    def _whole(self, name: str) -> bytes:
        """The bytes of a file that the manifest lists. Malformed when there is none, or it is too large."""
        if name != "manifest.json" and name not in self.listed:
            raise Malformed(name)
        if self.box.sizes.get(name, FILE_LIMIT + 1) > FILE_LIMIT:
            raise Malformed(name)
        with self.box.open(name) as file:
            return file.read(FILE_LIMIT + 1)

    def _text(self, name: str) -> str:
        try:
            return self._whole(name).decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed(name)

    # --- the manifest and the files ---------------------------------------------------------------------------------

    def _read_manifest(self) -> None:
        manifest = self.manifest = part(
            {"manifest.json": read_json(self._text("manifest.json"))}, "manifest.json", dict
        )
        if part(manifest, "format", str) != FORMAT:
            raise Malformed("format")
        for name, about in part(manifest, "files", dict).items():
            if not SAFE_NAME.match(name):
                raise Malformed("files")
            self.listed[name] = (hash_in(part(about, "sha256", str)), part(about, "size", int))
        self.origin = part(manifest, "origin", str)
        checkpoint = part(manifest, "checkpoint", dict)
        self.size, self.root = part(checkpoint, "size", int), hash_in(part(checkpoint, "root", str))
        self.streams, self.selection = part(manifest, "streams", dict), part(manifest, "selection", dict)
        part(manifest, "events", int)

    def _check_files(self) -> None:
        for name, expected in self.listed.items():
            if name not in self.box.sizes:
                self.report.fault("files", name, "file_missing")
                continue
            try:
                found = self._digest(name)
            except READ_ERRORS as error:
                self.report.fault("files", name, "unreadable", kind=type(error).__name__)
            else:
                self.report.check("files", name, found == expected, "file_changed")
        for name in sorted(set(self.box.sizes) - set(self.listed) - {"manifest.json"}):
            if self.box.strays_are_faults:
                self.report.fault("files", name, "file_unlisted")
            else:
                self.report.left("stray", name=name)

    def _digest(self, name: str) -> tuple[bytes, int]:
        found, length = hashlib.sha256(), 0
        with self.box.open(name) as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                found.update(chunk)
                length += len(chunk)
        return found.digest(), length

    # --- keys, checkpoints, schemes, documents ----------------------------------------------------------------------

    def _check_keys(self) -> None:
        """One chain: each key but the first is vouched for by the one before it, and accepted that."""
        for about in part(self.manifest, "keys", list):
            where, since = part(about, "file", str), part(about, "since", int)
            try:
                key = Key(self._text(where))
                endorsed = self._is_endorsed(key, since, about.get("endorsement"))
            except Malformed:
                self.report.fault("keys", where, "key_malformed")
                break
            if not self.report.check("keys", where, endorsed, "key_not_endorsed"):
                break
            self.keys.append((since, key))
        if not self.keys:
            self.report.fault("keys", "manifest.json", "no_key")
        if self.trusted is None:
            self.report.left("key", key=self.keys[0][1].written if self.keys else "-")
        elif self.trusted.written not in [key.written for _, key in self.keys]:
            self.report.fault("keys", self.trusted.written, "key_not_trusted")

    def _is_endorsed(self, key: Key, since: int, endorsement: Any) -> bool:
        if key.name != self.origin:
            return False
        if not self.keys:
            return endorsement is None and since == 0
        before, old = self.keys[-1]
        if not isinstance(endorsement, str) or since < before:
            return False
        note = read_note(self._text(endorsement))
        text = f"{self.origin}\nkey rotation\n{old.written}\n{key.written}\n{since}\n"
        return note[0] == text and old.signed(note) and key.signed(note)

    def _in_force(self, size: int) -> list[Key]:
        """The key that has to sign a checkpoint of ``size``: the last that takes over before it. Empty when none."""
        earlier = [key for since, key in self.keys if since < size]
        return earlier[-1:] or [key for _, key in self.keys[:1]]

    def _check_checkpoints(self) -> None:
        for about in part(self.manifest, "checkpoints", list):
            where, size = part(about, "file", str), part(about, "size", int)
            try:
                note = read_note(self._text(where))
                lines = note[0].split("\n")
                root = base64_bytes(lines[2]) if len(lines) > 3 else b""
                if len(root) != 32 or lines[0] != self.origin or number_in(lines[1]) != size:
                    raise Malformed(where)
            except Malformed:
                self.report.fault("checkpoints", where, "checkpoint_malformed")
                continue
            signed = any(key.signed(note) for key in self._in_force(size))
            self.report.check("checkpoints", where, signed, "checkpoint_not_signed")
            self.checkpoints.append((size, root, where))
        sizes = [size for size, _, _ in self.checkpoints]
        if sizes != sorted(set(sizes)) or not sizes or self.checkpoints[-1][:2] != (self.size, self.root):
            self.report.fault("checkpoints", "manifest.json", "checkpoint_other")

    def _check_consistency(self) -> None:
        proofs = {}
        for proof in part({"list": read_json(self._text("consistency.json"))}, "list", list):
            steps = [hash_in(step) for step in part(proof, "proof", list)]
            proofs[part(proof, "first", int), part(proof, "second", int)] = steps
        for size, root, where in self.checkpoints[:-1]:
            found = proofs.get((size, self.size))
            holds = found is not None and is_consistent(size, self.size, root, self.root, found)
            self.report.check("consistency", where, holds, "not_consistent")

    def _check_schemes(self) -> None:
        for name in part(self.manifest, "schemes", list):
            where = f"schemes/{name}.json"
            same = hashlib.sha256(self._whole(where)).hexdigest() == name
            self.report.check("schemes", where, same, "scheme_changed")
            self.schemes.add(name)

    def _check_documents(self) -> None:
        for about in part(self.manifest, "documents", list):
            where, digest = part(about, "file", str), part(about, "sha256", str)
            same = where in self.listed and self.listed[where][0] == hash_in(digest)
            self.report.check("documents", where, same, "document_changed")
            self.documents.setdefault(part(about, "leaf_index", int), []).append((digest, where))

    # --- events -----------------------------------------------------------------------------------------------------

    def _check_events(self) -> None:
        if "events.jsonl" not in self.listed or "events.jsonl" not in self.box.sizes:
            raise Malformed("events.jsonl")
        number = 0
        with self.box.open("events.jsonl") as file:
            for line in iter(lambda: file.readline(LINE_LIMIT), b""):
                number += 1
                try:
                    self._check_event(Event(line))
                except Malformed as error:
                    self.report.fault("events", f"events.jsonl:{number}", "malformed", part=str(error))
        if number != self.manifest["events"]:
            self.report.fault("events", "events.jsonl", "count", told=self.manifest["events"], found=number)
        for documents in self.documents.values():
            for _, where in documents:
                self.report.fault("documents", where, "document_unknown")
        self._check_streams()

    def _check_event(self, event: Event) -> None:
        report, where = self.report, event.where
        if self.indexes and event.leaf_index <= self.indexes[-1]:
            report.fault("events", where, "out_of_order")
        self.indexes.append(event.leaf_index)
        leaf = event.leaf()
        report.check("leaves", where, leaf == event.leaf_hash, "leaf_differs")
        root = root_from_inclusion(event.leaf_index, self.size, leaf, event.proof)
        report.check("inclusion", where, root == self.root, "not_included")
        id = uuid.uuid5(NAMESPACE, f"{event.stream}/{event.version}")
        report.check("ids", where, event.event_id == id, "id_differs")
        hash = event.fact.get("scheme_hash")
        if event.version == 1 and not (isinstance(hash, str) and hash in self.schemes):
            report.fault("schemes", where, "scheme_missing")
        for digest, document in self.documents.pop(event.leaf_index, ()):
            if digest not in event.public:
                report.fault("documents", document, "document_unknown")
        self._check_period(event)
        self.seen.setdefault(event.stream, Stream(self.streams.get(event.stream))).take(event, report)

    def _check_period(self, event: Event) -> None:
        if self.selection.get("kind") == "period":
            first, last = (microseconds(part(self.selection, name, str)) for name in ("from", "before"))
            if not first <= event.recorded < last:
                self.report.fault("selection", event.where, "not_in_period")

    def _check_streams(self) -> None:
        for name, told in self.streams.items():
            stream = self.seen.get(name)
            found, number = stream.events if stream else 0, part(told, "events", int)
            if found != number:
                self.report.fault("streams", name, "count", told=number, found=found)
            elif stream and stream.sound:
                self.report.check("whole" if stream.whole else "excerpts", name, True, "")
        for name in self.seen:
            if name not in self.streams:
                self.report.fault("streams", name, "stream_unlisted")

    def _check_selection(self) -> None:
        kind, events = part(self.selection, "kind", str), len(self.indexes)
        if kind == "sample":
            seed, count = part(self.selection, "seed", str), part(self.selection, "count", int)
            # What no file bears out is not drawn: it could keep this program busy for ever.
            fits = 0 < count == events <= self.size
            drawn = fits and draw(seed, self.root, self.size, count) == self.indexes
            self.report.check("sample", "events.jsonl", drawn, "not_the_sample")
        elif kind in STREAMS:
            name = part(self.selection, "stream", str)
            about = self.streams.get(name)
            if not name.startswith(kind + ":") or not part(about, "whole", bool):
                self.report.fault("selection", name, "not_what_was_asked")
        elif kind == "log":
            everything = self.indexes == list(range(self.size))
            self.report.check("complete", "events.jsonl", everything, "not_what_was_asked")
        elif kind != "period":
            self.report.fault("selection", "manifest.json", "not_what_was_asked")

    def _tell_unchecked(self) -> None:
        report, kind = self.report, self.selection.get("kind")
        if kind == "log":
            report.left("after", size=self.size)
        elif kind == "sample":
            report.left("seed")
        else:
            report.left("complete", size=self.size)
        if kind in STREAMS and len(self.streams) > 1:
            report.left("excerpts")
        if any(name.startswith("timestamps/") for name in self.listed):
            report.left("timestamps")
        for code in ("rules", "other_logs", "dates", "sealed", "reading", "program"):
            report.left(code, program=program_hash())


class Event:
    """One line of events.jsonl. Malformed when it is none."""

    def __init__(self, line: bytes) -> None:
        try:
            data = read_json(line.decode("utf-8"))
            texts = [part(data, name, str).encode() for name in ("stream", "command_id", "type", "public")]
            self.event_id = uuid.UUID(part(data, "event_id", str))
        except (UnicodeError, ValueError) as error:
            raise Malformed(str(error) if isinstance(error, Malformed) else type(error).__name__)
        self._texts: list[bytes] = texts
        self.stream, self.command_id, self.type, self.public = (text.decode() for text in texts)
        self.leaf_index: int = part(data, "leaf_index", int)
        self.version: int = part(data, "version", int)
        self.command_seq: int = part(data, "command_seq", int)
        self.schema_version: int = part(data, "schema_version", int)
        self.occurred = microseconds(part(data, "occurred_at", str))
        self.recorded = microseconds(part(data, "recorded_at", str))
        self.leaf_hash = hash_in(part(data, "leaf_hash", str), "leaf_hash")
        self.proof = [hash_in(step, "proof") for step in part(data, "proof", list)]
        told = read_json(self.public)
        self.fact: dict[str, Any] = part(told, "fact", dict)
        self.digest: str = part(told, "digest", str)
        self.asked = told.get("asked")
        self.is_canonical = canonical(told) == texts[3] and self.fact.get("kind") == self.type
        self.where = f"{self.stream}#{self.version} ({self.leaf_index})"

    def leaf(self) -> bytes:
        """The leaf hash of what the line says."""
        stream, command, type, public = self._texts
        return hashlib.sha256(
            b"\x00" + struct.pack(">I", len(stream)) + stream + struct.pack(">q", self.version) + self.event_id.bytes
            + struct.pack(">I", len(command)) + command + struct.pack(">q", self.command_seq)
            + struct.pack(">I", len(type)) + type
            + struct.pack(">3q", self.schema_version, self.occurred, self.recorded)
            + hashlib.sha256(public).digest()
        ).digest()  # fmt: skip


class Stream:
    """What was seen of one stream so far: its events come in the order of their versions."""

    def __init__(self, told: Any) -> None:
        self.whole = isinstance(told, dict) and told.get("whole") is True
        self.sound = True
        self.events = self.version = self.recorded = 0
        self.command, self.seq, self.digest = "", -1, ""

    def take(self, event: Event, report: Report) -> None:
        """The next event of this stream."""
        if event.version != self.version + 1 if self.whole else event.version <= self.version:
            self._fault(event, report, "version_gap", version=self.version)
        if self.events and event.recorded < self.recorded:
            self._fault(event, report, "recorded_earlier")
        if event.command_id != self.command:
            self.command, self.seq, self.digest = event.command_id, -1, ""
        if event.command_seq != self.seq + 1 if self.whole else event.command_seq <= self.seq:
            self._fault(event, report, "order_gap")
        self.version, self.recorded, self.seq = event.version, event.recorded, event.command_seq
        self.events += 1
        self._check_order(event, report)

    def _fault(self, event: Event, report: Report, code: str, **params: Any) -> None:
        self.sound = False
        report.fault("streams", event.where, code, **params)

    def _check_order(self, event: Event, report: Report) -> None:
        """The first event that an order gave tells what was asked; all of them bear its digest."""
        if not event.is_canonical:
            report.fault("orders", event.where, "not_canonical")
        if event.command_seq == 0:
            if not isinstance(event.asked, dict):
                report.fault("orders", event.where, "not_asked")
                return
            asked = {"command": event.asked.get("command"), "on": event.asked.get("on")}
            self.digest = hashlib.sha256(canonical(asked)).hexdigest()
        if self.digest:
            report.check("orders", event.where, event.digest == self.digest, "order_differs")


# --- saying it ------------------------------------------------------------------------------------------------------

WORDS = {
    "fr": {
        "title": "Vérification d'un dossier de preuve",
        "bundle": "Dossier : {path}",
        "what": "Objet : {what}",
        "checkpoint": "Point de contrôle : {size} événements du journal {origin}, racine {root}",
        "library": "Signatures Ed25519 : calculées par la bibliothèque {library}",
        "pure": "Signatures Ed25519 : calculées par ce programme seul (RFC 8032)",
        "checked": "Vérifié",
        "faults": "Ce qui ne tient pas ({number})",
        "more": "… et {number} autres.",
        "unchecked": "Non vérifié",
        "ok": "Conclusion : tout ce qui a été vérifié tient.",
        "not_ok": "Conclusion : ce dossier ne tient pas ({number} défauts).",
        "what.pathway": "le parcours {stream}",
        "what.session": "la session {stream}",
        "what.sitting": "la séance {stream}",
        "what.register": "le registre {stream}",
        "what.awards": "le livre des attributions {stream}",
        "what.deposit": "la file de dépôt {stream}",
        "what.log": "tout le journal",
        "what.period": "ce qui fut enregistré du {since} au {until}",
        "what.period_since": "ce qui fut enregistré depuis le {since}",
        "what.period_until": "ce qui fut enregistré jusqu'au {until}",
        "what.sample": "{count} événements tirés au sort avec la graine « {seed} »",
        "done.files": "fichiers conformes aux empreintes du manifeste",
        "done.keys": "clés publiques, chacune cautionnée par la précédente",
        "done.checkpoints": "points de contrôle signés par la clé alors en vigueur",
        "done.consistency": "points de contrôle antérieurs que le dernier prolonge sans rien changer",
        "done.schemes": "versions de dispositif conformes à leur empreinte",
        "done.documents": "pièces conformes à l'empreinte que porte leur événement",
        "done.leaves": "événements dont l'empreinte est celle de leurs champs",
        "done.inclusion": "événements à leur place dans le journal signé (preuve d'inclusion)",
        "done.ids": "identifiants d'événement exacts",
        "done.orders": "événements conformes à l'empreinte de ce qui fut demandé",
        "done.whole": "dossiers entiers, de la version 1 à la dernière donnée sans lacune",
        "done.excerpts": "extraits de dossiers",
        "done.sample": "tirage refait : ce sont bien ces événements",
        "done.complete": "journal entier : chaque feuille, de la première à celle du point de contrôle",
        "malformed": "mal formé : {part}",
        "unreadable": "illisible ({kind})",
        "file_missing": "ce fichier manque",
        "file_changed": "ce fichier n'a pas l'empreinte que dit le manifeste",
        "file_unlisted": "ce fichier n'est pas dans le manifeste",
        "key_malformed": "cette clé n'est pas une clé de ce journal",
        "key_not_endorsed": "cette clé n'est pas cautionnée par la précédente",
        "key_not_trusted": "la clé donnée par --key n'est pas de celles qui ont signé ce journal",
        "no_key": "aucune clé publique",
        "checkpoint_malformed": "ce n'est pas un point de contrôle de ce journal",
        "checkpoint_not_signed": "la clé en vigueur n'a pas signé ce point de contrôle",
        "checkpoint_other": "le dernier point de contrôle n'est pas celui qu'annonce le manifeste",
        "not_consistent": "le dernier point de contrôle ne prolonge pas celui-ci",
        "scheme_changed": "le contenu de ce dispositif n'a pas son empreinte",
        "scheme_missing": "le dispositif de ce dossier manque",
        "document_changed": "cette pièce n'a pas l'empreinte annoncée",
        "document_unknown": "aucun événement du lot ne porte l'empreinte de cette pièce",
        "count": "{told} événements annoncés, {found} trouvés",
        "out_of_order": "cet événement n'est pas à sa place dans la suite des feuilles",
        "leaf_differs": "les champs de cet événement ne donnent pas son empreinte",
        "not_included": "la preuve ne mène pas de cet événement à la racine signée",
        "id_differs": "l'identifiant de cet événement n'est pas le sien",
        "not_in_period": "cet événement ne fut pas enregistré dans la période",
        "version_gap": "après la version {version}, celle-ci ne peut pas suivre : un événement manque ou est de trop",
        "order_gap": "un autre événement de la même demande manque avant celui-ci",
        "recorded_earlier": "cet événement fut enregistré avant le précédent",
        "not_canonical": "le texte de cet événement n'a pas sa forme unique, ou dit un autre type",
        "not_asked": "cet événement ne dit pas ce qui fut demandé",
        "order_differs": "ce qui fut demandé n'a pas l'empreinte annoncée",
        "stream_unlisted": "ce dossier n'est pas dans le manifeste",
        "not_the_sample": "le tirage refait ne donne pas ces événements",
        "not_what_was_asked": "le lot ne contient pas ce que le manifeste annonce",
        "stray": "{name} : ce fichier n'est pas du lot.",
        "key": "Que la clé est bien celle de l'organisme : comparez-la à celle qu'il publie, ou donnez-la par --key."
        " Première clé : {key}",
        "complete": "Que rien d'autre n'existe : une preuve d'inclusion dit qu'un événement est dans le journal, non"
        " qu'il est le dernier de son dossier, ni que le lot les donne tous, jusqu'au point de contrôle ({size}).",
        "after": "Ce qui fut enregistré après le point de contrôle ({size} événements).",
        "seed": "Que la graine fut choisie par vous, et après la signature du point de contrôle.",
        "excerpts": "Que les extraits disent tout ce qui concerne le dossier : c'est l'opérateur qui les a choisis.",
        "timestamps": "Les horodatages (RFC 3161) : openssl ts -verify -in timestamps/N.tsr -data checkpoints/N.note"
        " -CAfile CERTIFICAT_DE_L_AUTORITÉ.pem",
        "rules": "Que les règles permettaient chaque fait : « jalon audit verify » les rejoue sur le journal entier.",
        "other_logs": "Que l'opérateur montre à tous le même journal : comparez le point de contrôle à d'autres.",
        "dates": "Que les dates sont exactes : elles sont celles que l'opérateur a signées.",
        "sealed": "Les données personnelles : les événements n'en portent que l'empreinte.",
        "reading": "Les phrases de timeline.html, et ce que le manifeste dit de qui a demandé ce lot.",
        "program": "Ce programme lui-même : prenez-le à la source de Jalon. Empreinte SHA-256 : {program}",
        "not_a_zip": "{path} ne se lit pas comme un fichier zip ({kind}).",
        "unsafe_name": "Le zip contient un nom qui n'a rien à y faire : {name}. Rien n'a été lu.",
        "unsafe_entry": "Le zip contient un fichier chiffré ou comprimé autrement : {name}. Rien n'a été lu.",
        "too_many": "Ce lot contient trop de fichiers.",
        "too_big": "Ce lot dépasse 4 Gio une fois déplié : rien n'a été lu.",
        "no_manifest": "Il n'y a pas de manifest.json : ce n'est pas un dossier de preuve.",
        "nothing_given": "Quel dossier ? Donnez le fichier zip ou le répertoire : python verify.py DOSSIER.zip",
        "not_there": "{path} n'existe pas.",
        "bad_key": "--key : ce n'est pas une clé publique de la forme nom+identifiant+base64.",
        "unexpected": "Ce dossier ne se laisse pas lire ({kind}).",
    },
    "en": {
        "title": "Verification of a bundle of evidence",
        "bundle": "Bundle: {path}",
        "what": "Subject: {what}",
        "checkpoint": "Checkpoint: {size} events of the log {origin}, root {root}",
        "library": "Ed25519 signatures: computed by the library {library}",
        "pure": "Ed25519 signatures: computed by this program alone (RFC 8032)",
        "checked": "Checked",
        "faults": "What does not hold ({number})",
        "more": "… and {number} more.",
        "unchecked": "Not checked",
        "ok": "Conclusion: everything that was checked holds.",
        "not_ok": "Conclusion: this bundle does not hold ({number} faults).",
        "what.pathway": "the pathway {stream}",
        "what.session": "the session {stream}",
        "what.sitting": "the sitting {stream}",
        "what.register": "the register {stream}",
        "what.awards": "the book of awards {stream}",
        "what.deposit": "the queue of deposits {stream}",
        "what.log": "the whole log",
        "what.period": "what was recorded from {since} to {until}",
        "what.period_since": "what was recorded since {since}",
        "what.period_until": "what was recorded until {until}",
        "what.sample": "{count} events drawn with the seed “{seed}”",
        "done.files": "files have the hashes of the manifest",
        "done.keys": "public keys, each vouched for by the one before",
        "done.checkpoints": "checkpoints signed by the key then in force",
        "done.consistency": "earlier checkpoints that the last one extends and changes nothing of",
        "done.schemes": "scheme versions have their hash",
        "done.documents": "documents have the hash that their event bears",
        "done.leaves": "events whose hash is that of their fields",
        "done.inclusion": "events at their place in the signed log (inclusion proof)",
        "done.ids": "event ids are exact",
        "done.orders": "events agree with the digest of what was asked",
        "done.whole": "whole streams, from version 1 to the last given without a gap",
        "done.excerpts": "excerpts of streams",
        "done.sample": "sample drawn anew: these are the events",
        "done.complete": "whole log: every leaf, from the first to that of the checkpoint",
        "malformed": "malformed: {part}",
        "unreadable": "unreadable ({kind})",
        "file_missing": "this file is missing",
        "file_changed": "this file does not have the hash that the manifest says",
        "file_unlisted": "this file is not in the manifest",
        "key_malformed": "this key is no key of this log",
        "key_not_endorsed": "this key is not vouched for by the one before",
        "key_not_trusted": "the key given by --key is none of those that signed this log",
        "no_key": "no public key",
        "checkpoint_malformed": "this is no checkpoint of this log",
        "checkpoint_not_signed": "the key in force did not sign this checkpoint",
        "checkpoint_other": "the last checkpoint is not the one that the manifest names",
        "not_consistent": "the last checkpoint does not extend this one",
        "scheme_changed": "the content of this scheme does not have its hash",
        "scheme_missing": "the scheme of this stream is missing",
        "document_changed": "this document does not have the hash that is told",
        "document_unknown": "no event of the bundle bears the hash of this document",
        "count": "{told} events told, {found} found",
        "out_of_order": "this event is not at its place in the order of leaves",
        "leaf_differs": "the fields of this event do not give its hash",
        "not_included": "the proof does not lead from this event to the signed root",
        "id_differs": "the id of this event is not its own",
        "not_in_period": "this event was not recorded in the period",
        "version_gap": "after version {version} this one cannot follow: an event is missing, or is one too many",
        "order_gap": "another event of the same order is missing before this one",
        "recorded_earlier": "this event was recorded before the one that precedes it",
        "not_canonical": "the text of this event is not in its one form, or tells another type",
        "not_asked": "this event does not tell what was asked",
        "order_differs": "what was asked does not have the digest that is told",
        "stream_unlisted": "this stream is not in the manifest",
        "not_the_sample": "drawing anew does not give these events",
        "not_what_was_asked": "the bundle does not hold what the manifest says",
        "stray": "{name}: this file is not of the bundle.",
        "key": "That the key is the organisation's own: compare it with the one it publishes, or give that by --key."
        " First key: {key}",
        "complete": "That nothing else exists: an inclusion proof says that an event is in the log, not that it is the"
        " last of its stream, nor that the bundle gives them all, up to the checkpoint ({size}).",
        "after": "What was recorded after the checkpoint ({size} events).",
        "seed": "That the seed was chosen by you, and after the checkpoint was signed.",
        "excerpts": "That the excerpts tell all that concerns the stream: the operator chose them.",
        "timestamps": "The time stamps (RFC 3161): openssl ts -verify -in timestamps/N.tsr -data checkpoints/N.note"
        " -CAfile CERTIFICATE_OF_THE_AUTHORITY.pem",
        "rules": "That the rules allowed each fact: `jalon audit verify` puts the questions again over the whole log.",
        "other_logs": "That the operator shows everyone the same log: compare this checkpoint with other copies.",
        "dates": "That the dates are exact: they are those that the operator signed.",
        "sealed": "Personal data: the events bear its digest only.",
        "reading": "The sentences of timeline.html, and what the manifest says about who asked for this bundle.",
        "program": "This program itself: take it from the source of Jalon. SHA-256: {program}",
        "not_a_zip": "{path} cannot be read as a zip file ({kind}).",
        "unsafe_name": "The zip holds a name that has no place there: {name}. Nothing was read.",
        "unsafe_entry": "The zip holds a file that is encrypted or compressed otherwise: {name}. Nothing was read.",
        "too_many": "This bundle holds too many files.",
        "too_big": "This bundle is larger than 4 GiB once unpacked: nothing was read.",
        "no_manifest": "There is no manifest.json: this is no bundle of evidence.",
        "nothing_given": "Which bundle? Give the zip file or the folder: python verify.py BUNDLE.zip",
        "not_there": "{path} does not exist.",
        "bad_key": "--key: this is no public key of the form name+id+base64.",
        "unexpected": "This bundle cannot be read ({kind}).",
    },
}
CHECKS = tuple(name[5:] for name in WORDS["fr"] if name.startswith("done."))


def shown(value: Any) -> str:
    """A value of the bundle as it may stand on a terminal: nothing in it moves the cursor, and it is not endless."""
    text = "".join(sign if sign.isprintable() else "\ufffd" for sign in str(value)[:300])
    return text.encode("utf-8", "replace").decode()


def program_hash() -> str:
    """The SHA-256 of this file."""
    try:
        with open(os.path.abspath(__file__), "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except OSError:
        return "?"


class Speaker:
    """Says things in one language."""

    def __init__(self, language: str) -> None:
        self._words = WORDS[language]

    def __call__(self, code: str, /, **params: Any) -> str:
        """The sentence called ``code``."""
        return self._words[code].format(**{name: shown(value) for name, value in params.items()})


def what(bundle: Bundle, say: Speaker) -> str:
    """What the bundle is about, in words."""
    code = "what.{}".format(bundle.selection.get("kind"))
    if code == "what.period" and None in (bundle.selection.get("since"), bundle.selection.get("until")):
        code += "_until" if bundle.selection.get("since") is None else "_since"
    values = {name: bundle.selection.get(name, "?") for name in ("stream", "since", "until", "count", "seed")}
    return say(code, **values) if code in WORDS["fr"] else "?"


def as_json(path: str, bundle: Bundle, report: Report, say: Speaker) -> dict[str, Any]:
    """The report as data."""
    return {
        "ok": not report.fault_count,
        "bundle": path,
        "selection": bundle.selection,
        "checkpoint": {"origin": bundle.origin, "size": bundle.size, "root": bundle.root.hex()},
        "ed25519": LIBRARY or "pure Python",
        "checked": {name: report.good.get(name, 0) for name in CHECKS},
        "fault_count": report.fault_count,
        "faults": [
            {"check": check, "where": shown(where), "code": code, "detail": say(code, **params)}
            for check, where, code, params in report.faults
        ],
        "not_checked": [{"code": code, "detail": say(code, **params)} for code, params in report.unchecked],
    }


def print_report(path: str, bundle: Bundle, report: Report, say: Speaker) -> None:
    """The report as lines."""
    print(say("title"))
    print(say("bundle", path=path))
    print(say("what", what=what(bundle, say)))
    print(say("checkpoint", size=bundle.size, origin=bundle.origin, root=bundle.root.hex()))
    print(say("library", library=LIBRARY) if LIBRARY else say("pure"))
    print("\n" + say("checked"))
    for name in CHECKS:
        if name in report.good:
            print(f"  {report.good[name]:>8}  " + say("done." + name))
    if report.fault_count:
        print("\n" + say("faults", number=report.fault_count))
        for _, where, code, params in report.faults:
            print(f"  ! {shown(where)} : {say(code, **params)}")
        if report.fault_count > len(report.faults):
            print("  " + say("more", number=report.fault_count - len(report.faults)))
    print("\n" + say("unchecked"))
    for code, params in report.unchecked:
        print("  - " + say(code, **params))
    print("\n" + (say("not_ok", number=report.fault_count) if report.fault_count else say("ok")))


def trusted_key(given: str | None) -> Key | None:
    """The key of ``--key``, written out or in a file."""
    if given is None:
        return None
    try:
        if os.path.isfile(given):
            with open(given, encoding="utf-8") as file:
                given = file.read(10_000)
        return Key(given)
    except (ValueError, OSError):
        raise Unusable("bad_key")


def main(arguments: list[str] | None = None) -> int:
    """Check one bundle and say so; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", nargs="?", metavar="BUNDLE.zip|FOLDER")
    parser.add_argument("--key", metavar="VKEY|FILE")
    parser.add_argument("--lang", choices=("fr", "en"), default="fr")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    say = Speaker(options.lang)
    try:
        path, box = find_box(options.bundle)
        report = Report()
        bundle = Bundle(box, report, trusted_key(options.key))
        bundle.run()
        if options.json:
            print(json.dumps(as_json(path, bundle, report, say), ensure_ascii=False, indent=2))
        else:
            print_report(path, bundle, report, say)
    except Unusable as error:
        print(say(error.code, **error.params), file=sys.stderr)
        return 2
    except Exception as error:
        # Whoever made this bundle wanted this program to fall: that is an answer too.
        print(say("unexpected", kind=type(error).__name__), file=sys.stderr)
        return 2
    return 1 if report.fault_count else 0


if __name__ == "__main__":
    sys.exit(main())
